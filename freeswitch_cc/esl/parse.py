"""Raw JSON events become typed facts. Pure; only the fields that are used are ever decoded.

Nothing here raises for what the switch or a caller sent: a frame that cannot be read is a LegUnreadable.
Sounds and recordings are read in esl.parse_sounds, registrations in esl.registrations, what is of no leg in
esl.parse_switch. No rules about what a fact means (core), no bytes off the wire (esl.frames), no dumps (esl.sight).
"""

import re
from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import field

from freeswitch_cc.core.events import (
    BLIND_TRANSFER,
    CallEvent,
    ConferenceJoined,
    ConferenceLeft,
    LegHeld,
    LegHungUp,
    LegParked,
    LegRinging,
    LegsBridged,
    LegsUnbridged,
    LegUnheld,
    SoundStarted,
)
from freeswitch_cc.core.phone_events import FeatureDialled
from freeswitch_cc.core.switch_events import LegUnreadable, SwitchFact
from freeswitch_cc.esl.fields import Unreadable, clean, decoder_of, instant, leg_id, lower_uuid, number, uuid_or_none
from freeswitch_cc.esl.marks import FEATURE_ROLE, missing_in
from freeswitch_cc.esl.parse_sounds import recording_started, recording_stopped, sound_stopped
from freeswitch_cc.esl.parse_switch import heartbeat, job, shutdown
from freeswitch_cc.esl.registrations import SUBCLASSES, contact_of, registration

_Reader = Callable[[bytes, str], CallEvent | SwitchFact | None]

_HEAD = b'{"Event-Name":"'
# A module's own event has its subclass before its name (switch_event_create_subclass_detailed).
_CUSTOM_HEAD = b'{"Event-Subclass":"'
_LEG_IN_BYTES = re.compile(rb'"Unique-ID"\s*:\s*"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"')
_CAUSE = re.compile(r"[A-Z0-9_]{1,64}")
_CONFERENCE_PREFIX = "fcc-"


class _Leg(msgspec.Struct, gc=False):
    call: str = field(name="variable_fcc_call", default="")
    leg: str = field(name="Unique-ID", default="")
    at: str = field(name="Event-Date-Timestamp", default="")
    seq: str = field(name="Event-Sequence", default="")


class _Park(_Leg, gc=False):
    direction: str = field(name="Call-Direction", default="")
    answer_state: str = field(name="Answer-State", default="")
    role: str = field(name="variable_fcc_role", default="")
    dialled: str = field(name="variable_fcc_dialled", default="")
    destination: str = field(name="Caller-Destination-Number", default="")
    caller_name: str = field(name="Caller-Caller-ID-Name", default="")
    caller_number: str = field(name="Caller-Caller-ID-Number", default="")
    refer_to: str = field(name="variable_sip_refer_to", default="")
    user: str = field(name="variable_user_name", default="")
    domain: str = field(name="variable_domain_name", default="")


class _Progress(_Leg, gc=False):
    direction: str = field(name="Call-Direction", default="")


class _Pair(_Leg, gc=False):
    a: str = field(name="Bridge-A-Unique-ID", default="")
    b: str = field(name="Bridge-B-Unique-ID", default="")
    other: str = field(name="Other-Leg-Unique-ID", default="")


class _Hangup(_Leg, gc=False):
    channel: str = field(name="Channel-Name", default="")
    call_state: str = field(name="Channel-Call-State", default="")
    sip_status: str = field(name="variable_sip_term_status", default="")
    cause: str = field(name="Hangup-Cause", default="")
    answered_at: str = field(name="Caller-Channel-Answered-Time", default="")
    disposition: str = field(name="variable_endpoint_disposition", default="")


class _Conference(msgspec.Struct, gc=False):
    subclass: str = field(name="Event-Subclass", default="")
    action: str = field(name="Action", default="")
    name: str = field(name="Conference-Name", default="")
    leg: str = field(name="Unique-ID", default="")
    at: str = field(name="Event-Date-Timestamp", default="")
    seq: str = field(name="Event-Sequence", default="")


_decode_leg = decoder_of(_Leg)
_decode_park = decoder_of(_Park)
_decode_progress = decoder_of(_Progress)
_decode_pair = decoder_of(_Pair)
_decode_hangup = decoder_of(_Hangup)
_decode_conference = decoder_of(_Conference)


def parse(raw: bytes, switch_id: str) -> CallEvent | SwitchFact | None:
    """What one text/event-json body says; None for what changes nothing or is of no call of ours.

    Ours is a leg that carries variable_fcc_call. The name is looked at before anything is decoded:
    the switch always writes it first (switch_event.c:1819), and most events end right there.
    """
    if raw.startswith(_CUSTOM_HEAD):
        return _read(_custom, raw, switch_id)
    end = raw.find(b'"', len(_HEAD), len(_HEAD) + 64) if raw.startswith(_HEAD) else -1
    if end < 0:
        return LegUnreadable(leg_id=_dig(raw), why="it does not begin as an event does")
    reader = _READERS.get(raw[len(_HEAD) : end])
    return None if reader is None else _read(reader, raw, switch_id)


def _read(reader: _Reader, raw: bytes, switch_id: str) -> CallEvent | SwitchFact | None:
    try:
        return reader(raw, switch_id)
    except Unreadable as error:
        return LegUnreadable(leg_id=_dig(raw), why=str(error))


def _dig(raw: bytes) -> str | None:
    """The leg's id out of bytes that cannot be decoded. Inside a JSON string its quotes would be escaped."""
    found = _LEG_IN_BYTES.search(raw)
    return found[1].decode("ascii") if found else None


def _park(raw: bytes, switch_id: str) -> LegParked | FeatureDialled | None:
    said = _decode_park(raw)
    if not said.call:
        return None
    if said.role == FEATURE_ROLE and said.direction == "inbound":
        # Whoever has proved to be this user dialled it; what his phone calls itself is text from outside.
        phone = contact_of(said.user, said.domain) or ""
        return FeatureDialled(leg_id=leg_id(said.leg), dialled=clean(said.dialled), phone=phone)
    return LegParked(
        call_id=_call_id(said.call),
        leg_id=leg_id(said.leg),
        at=instant(said.at),
        seq=number(said.seq),
        switch_id=switch_id,
        is_inbound=said.direction == "inbound",
        is_answered=said.answer_state == "answered",
        role=clean(said.role),
        caller_number=clean(said.caller_number),
        caller_name=clean(said.caller_name),
        dialled=clean(said.dialled) or clean(said.destination),
        refer_to=clean(said.refer_to),
        unmarked=missing_in(raw) if said.direction == "inbound" else (),
    )


def _progress(raw: bytes, _switch_id: str) -> LegRinging | None:
    said = _decode_progress(raw)
    if not said.call or said.direction != "outbound":
        return None
    return LegRinging(call_id=_call_id(said.call), leg_id=leg_id(said.leg), at=instant(said.at), seq=number(said.seq))


def _pair(said: _Pair) -> tuple[str, str, str, datetime, int]:
    """Signal bridges write no Bridge-A/B on their UNBRIDGE (switch_ivr_bridge.c:1481)."""
    one, other = (said.a, said.b) if said.a and said.b else (said.leg, said.other)
    one_id, other_id = leg_id(one), leg_id(other)
    if one_id == other_id:
        raise Unreadable("a leg bridged with itself")
    return _call_id(said.call), one_id, other_id, instant(said.at), number(said.seq)


def _bridge(raw: bytes, _switch_id: str) -> LegsBridged | None:
    said = _decode_pair(raw)
    if not said.call:
        return None
    call_id, one, other, at, seq = _pair(said)
    return LegsBridged(call_id=call_id, leg_id=one, other_leg_id=other, at=at, seq=seq)


def _unbridge(raw: bytes, _switch_id: str) -> LegsUnbridged | None:
    said = _decode_pair(raw)
    if not said.call:
        return None
    call_id, one, other, at, seq = _pair(said)
    return LegsUnbridged(call_id=call_id, leg_id=one, other_leg_id=other, at=at, seq=seq)


def _simple(made: type[LegHeld] | type[LegUnheld] | type[SoundStarted]) -> _Reader:
    def read(raw: bytes, _switch_id: str) -> CallEvent | None:
        said = _decode_leg(raw)
        if not said.call:
            return None
        return made(call_id=_call_id(said.call), leg_id=leg_id(said.leg), at=instant(said.at), seq=number(said.seq))

    return read


def _hangup(raw: bytes, _switch_id: str) -> LegHungUp | None:
    """Answered or not is in the channel's own time; the disposition stands in when it is missing.

    Who leaves by a REFER of his own is hung up with NORMAL_CLEARING like any other, before or after his partner's
    PARK; only the disposition tells (t15, t28). That a phone has hung up, or refused, is written on its SIP leg
    before it is ended; its disposition comes later, with CHANNEL_HANGUP_COMPLETE (docs/measured.md).
    """
    said = _decode_hangup(raw)
    if not said.call:
        return None
    cause = BLIND_TRANSFER if said.disposition == BLIND_TRANSFER else said.cause
    is_answered = said.disposition in ("ANSWER", BLIND_TRANSFER)
    if said.answered_at:
        is_answered = number(said.answered_at) > 0
    return LegHungUp(
        call_id=_call_id(said.call),
        leg_id=leg_id(said.leg),
        at=instant(said.at),
        seq=number(said.seq),
        cause=cause if _CAUSE.fullmatch(cause) else "UNKNOWN",
        is_answered=is_answered,
        is_by_phone=bool(said.sip_status) or not said.channel.startswith("sofia/"),
        was_holding=said.call_state in ("HELD", "UNHELD"),
    )


def _custom(raw: bytes, _switch_id: str) -> CallEvent | SwitchFact | None:
    """Registrations; add-member and del-member, which carry no variables: the call is in the conference's name (t13,
    t43)."""
    if any(name in raw for name in SUBCLASSES):
        return registration(raw)
    if b'-member"' not in raw:
        return None
    said = _decode_conference(raw)
    if said.subclass != "conference::maintenance" or said.action not in ("add-member", "del-member"):
        return None
    if not said.name.startswith(_CONFERENCE_PREFIX):
        return None
    call_id = uuid_or_none(said.name[len(_CONFERENCE_PREFIX) :])
    if call_id is None:
        return None
    leg, at, seq = leg_id(said.leg), instant(said.at), number(said.seq)
    if said.action == "add-member":
        return ConferenceJoined(call_id=call_id, leg_id=leg, at=at, seq=seq, conference=said.name)
    return ConferenceLeft(call_id=call_id, leg_id=leg, at=at, seq=seq, conference=said.name)


def _call_id(text: str) -> str:
    return lower_uuid(text, "variable_fcc_call")


_READERS: dict[bytes, _Reader] = {
    b"CHANNEL_PARK": _park,
    b"CHANNEL_PROGRESS": _progress,
    b"CHANNEL_PROGRESS_MEDIA": _progress,
    b"CHANNEL_BRIDGE": _bridge,
    b"CHANNEL_UNBRIDGE": _unbridge,
    b"CHANNEL_HOLD": _simple(LegHeld),
    b"CHANNEL_UNHOLD": _simple(LegUnheld),
    b"CHANNEL_HANGUP": _hangup,
    b"PLAYBACK_START": _simple(SoundStarted),
    b"PLAYBACK_STOP": sound_stopped,
    b"RECORD_START": recording_started,
    b"RECORD_STOP": recording_stopped,
    b"CUSTOM": _custom,
    b"BACKGROUND_JOB": job,
    b"HEARTBEAT": heartbeat,
    b"SHUTDOWN": shutdown,
}

EVENT_NAMES: tuple[str, ...] = tuple(name.decode() for name in _READERS if name != b"CUSTOM")
"""What must be subscribed to, and nothing else; CUSTOM comes with its subclass (esl.reader)."""
