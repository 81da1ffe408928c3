"""The ends of sounds, and recordings, as typed facts: the part of esl.parse that farewells need. Pure."""

import re
from datetime import datetime
from typing import TypedDict

import msgspec
from msgspec import field

from freeswitch_cc.core.events import RecordingStarted, RecordingStopped, SoundStopped
from freeswitch_cc.esl.fields import clean, decoder_of, instant, leg_id, lower_uuid, number
from freeswitch_cc.esl.marks import RESCUE_CONTEXTS


class _Whose(TypedDict):
    call_id: str
    leg_id: str
    at: datetime
    seq: int


class _Sound(msgspec.Struct, gc=False):
    call: str = field(name="variable_fcc_call", default="")
    leg: str = field(name="Unique-ID", default="")
    at: str = field(name="Event-Date-Timestamp", default="")
    seq: str = field(name="Event-Sequence", default="")
    played: str = field(name="Playback-File-Path", default="")
    recorded: str = field(name="Record-File-Path", default="")
    ms: str = field(name="variable_record_ms", default="")
    cause: str = field(name="Record-Completion-Cause", default="")
    context: str = field(name="Caller-Context", default="")
    dialplan: str = field(name="Caller-Dialplan", default="")


RECORD_FAILED = "uri-failure"
"""What the switch says of a recording that it could not write, or not all of it."""
_decode = decoder_of(_Sound)
_ENDLESS = re.compile(rb'"Playback-File-Path":\s*"(?:local_stream:|[^"]*loops=-1")')


def sound_stopped(raw: bytes, _switch_id: str) -> SoundStopped | None:
    """Music that was stopped is no news: what stopped it, tells itself."""
    said = None if _ENDLESS.search(raw) else _decode(raw)
    if said is None or not said.call:
        return None
    is_rescued = said.context in RESCUE_CONTEXTS and said.dialplan != "inline"
    return SoundStopped(**_whose(said), sound=clean(said.played), is_rescued=is_rescued)


def recording_started(raw: bytes, _switch_id: str) -> RecordingStarted | None:
    said = _decode(raw)
    if not said.call:
        return None
    return RecordingStarted(**_whose(said), path=clean(said.recorded))


def recording_stopped(raw: bytes, _switch_id: str) -> RecordingStopped | None:
    said = _decode(raw)
    if not said.call:
        return None
    return RecordingStopped(
        **_whose(said), path=clean(said.recorded), ms=number(said.ms), is_failed=said.cause == RECORD_FAILED
    )


def _whose(said: _Sound) -> _Whose:
    """Whose sound, and when. Raises Unreadable."""
    return {
        "call_id": lower_uuid(said.call, "variable_fcc_call"),
        "leg_id": leg_id(said.leg),
        "at": instant(said.at),
        "seq": number(said.seq),
    }
