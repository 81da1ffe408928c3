"""Commands become text for the switch: all escaping lives here, one function a command. Pure.

Nothing from outside goes into a command except a caller's number that matches an allow-list and a
caller's name of which only letters, digits, blanks, dots and hyphens are kept. No sockets, no rules.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import singledispatch

from freeswitch_cc.core.commands import (
    Announce,
    AnswerByTone,
    Bridge,
    Command,
    DropDeadman,
    ForgetRefer,
    Join,
    Kill,
    Mark,
    Mute,
    Originate,
    Park,
    PickUp,
    Play,
    PushDeadman,
    Record,
    SendDtmf,
    Unmute,
)
from freeswitch_cc.core.contact import check_contact
from freeswitch_cc.core.sound import DONE_TONE, REFUSED_TONE, check_announcement, check_recording, check_sound
from freeswitch_cc.esl.marks import MARKS, ORPHAN_CONTEXT, ORPHAN_EXTENSION, called_marks, caller_marks
from freeswitch_cc.esl.wire import Wire

KILL_CAUSES = frozenset(
    {
        "ALLOTTED_TIMEOUT",
        "CALL_REJECTED",
        "LOSE_RACE",
        "MANAGER_REQUEST",
        "NORMAL_CLEARING",
        "NORMAL_TEMPORARY_FAILURE",
        "NORMAL_UNSPECIFIED",
        "NO_ANSWER",
        "NO_ROUTE_DESTINATION",
        "NO_USER_RESPONSE",
        "ORIGINATOR_CANCEL",
        "PICKED_OFF",
        "SUBSCRIBER_ABSENT",
        "SYSTEM_SHUTDOWN",
        "UNALLOCATED_NUMBER",
        "USER_BUSY",
    }
)
"""Causes a leg may be killed with; the switch takes any other word for NORMAL_CLEARING, in silence."""

MAX_NAME = 64
"""Characters of a caller's name that are shown on a phone."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NUMBER = re.compile(r"[+]?[0-9*#]{1,32}")
_ROLE = re.compile(r"[a-z_]{1,32}")
_DIGITS = re.compile(r"[0-9A-D*#]{1,32}")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_SECONDS = 1_000_000
_SILENCE = 200  # of 32,767: what is quieter is no speech (the switch's own default)


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """What the switch's configuration (fs-config) is called there. Times in ms; 0 leaves one out.

    media_timeout_ms, media_hold_timeout_ms: a phone that sends nothing for so long is hung up
    (switch_core_media.c:2735-2770; the older rtp_timeout_sec is deprecated there).
    """

    conference_profile: str = "fcc"
    media_timeout_ms: int = 60_000
    media_hold_timeout_ms: int = 3_600_000

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.conference_profile):
            raise ValueError("conference_profile must be one plain word")


def render(command: Command, settings: RenderSettings) -> Wire:
    """The frames of one command, whole. Raises ValueError that names what may not be sent.

    A command whose text would make the switch unload its Event Socket is refused whatever field it came
    from (mod_event_socket.c:1737 looks for the words anywhere in the line).
    """
    _uuid(command.command_id, "command_id")
    wire = _render(command, settings)
    if b"mod_event_socket" in wire.data.lower():
        raise ValueError("the command holds mod_event_socket")
    return wire


def caller_name(text: str) -> str:
    """What is kept of a caller's name: NFC, letters, digits, blanks, `.` and `-`; may be empty.

    No underscore: with it a name could spell mod_event_socket. No apostrophe: a lone one makes the
    switch's tokeniser swallow blanks (switch_utils.c:2632-2866).
    """
    composed = unicodedata.normalize("NFC", text[: 4 * MAX_NAME])
    kept = "".join(sign if sign in ".-" or unicodedata.category(sign)[0] in "LMN" else " " for sign in composed)
    return " ".join(kept.split())[:MAX_NAME].strip()


@singledispatch
def _render(command: Command, _settings: RenderSettings) -> Wire:
    raise ValueError(f"{type(command).__name__} is no command for the switch")


@_render.register
def _originate(command: Originate, settings: RenderSettings) -> Wire:
    """`{...}` first, then one contact, then &park. A customer whom we call has a caller's marks. A blank stays inside
    single quotes around a value: the tokeniser keeps a quoted blank in its word and drops the quotes
    (switch_utils.c:2790)."""
    leg = _uuid(command.leg_id, "leg_id")
    problem = check_contact(command.contact)
    if problem is not None:
        raise ValueError(problem)
    if not _ROLE.fullmatch(command.role):
        raise ValueError("role must be a plain word")
    variables = {
        "origination_uuid": leg,
        "fcc_call": _uuid(command.call_id, "call_id"),
        "fcc_role": command.role,
        **MARKS,
        "ignore_early_media": "true",
        "outbound_redirect_fatal": "true",
        # The switch compares whole seconds of its clock: the first of them may be over at once.
        "originate_timeout": str(_seconds(command.ring_ms, "ring_ms") + 1),
        "playback_terminators": "none",
    }
    if settings.media_timeout_ms > 0:
        variables["media_timeout"] = str(settings.media_timeout_ms)
    if settings.media_hold_timeout_ms > 0:
        variables["media_hold_timeout"] = str(settings.media_hold_timeout_ms)
    if command.is_auto_answer:
        variables["sip_auto_answer"] = "true"
        # The header is enough. The NOTIFY that the switch would send too, at the 180, ends the leg of a phone that
        # answers in that moment (tests/contract/test_control.py).
        variables["sip_auto_answer_suppress_notify"] = "true"
    if command.deadman_ms > 0:
        limit_s = _seconds(command.limit_ms, "limit_ms") if command.limit_ms else 0
        marks = called_marks(leg, _seconds(command.deadman_ms, "deadman_ms"), limit_s)
        # Made of ids and numbers alone: no sign of them means anything inside quotes.
        variables |= {name: f"'{value}'" if " " in value else value for name, value in marks.items()}
    if _NUMBER.fullmatch(command.caller_number):
        variables["origination_caller_id_number"] = command.caller_number
    name = caller_name(command.caller_name)
    if name:
        variables["origination_caller_id_name"] = f"'{name}'"
    block = ",".join(f"{key}={value}" for key, value in variables.items())
    return _job(command, f"originate {{{block}}}{command.contact} &park", f"originate {leg}")


@_render.register
def _bridge(command: Bridge, _settings: RenderSettings) -> Wire:
    """The first one's thread carries the bridge out, and is parked when the second is gone (docs/decisions/0010)."""
    survivor = _uuid(command.survivor_leg_id, "survivor_leg_id")
    other = _uuid(command.other_leg_id, "other_leg_id")
    if survivor == other:
        raise ValueError("a leg cannot be bridged with itself")
    return _job(command, f"uuid_bridge {survivor} {other}")


@_render.register
def _park(command: Park, _settings: RenderSettings) -> Wire:
    return _job(command, f"uuid_transfer {_uuid(command.leg_id, 'leg_id')} park inline")


@_render.register
def _join(command: Join, settings: RenderSettings) -> Wire:
    """`-both` moves the bridged partner too (E14); the park tail catches who is kicked (t43)."""
    prefix, _, call = command.conference.partition("-")
    if prefix != "fcc":
        raise ValueError("a conference is called fcc-<uuid>")
    _uuid(call, "conference")
    leg = _uuid(command.leg_id, "leg_id")
    both = ""
    if command.other_leg_id is not None:
        _uuid(command.other_leg_id, "other_leg_id")
        both = "-both "
    room = f"{command.conference}@{settings.conference_profile}"
    return _job(command, f"uuid_transfer {leg} {both}'conference:{room},park' inline")


@_render.register
def _kill(command: Kill, _settings: RenderSettings) -> Wire:
    if command.cause not in KILL_CAUSES:
        raise ValueError("the cause is none that a leg may be killed with")
    return _job(command, f"uuid_kill {_uuid(command.leg_id, 'leg_id')} {command.cause}")


@_render.register
def _play(command: Play, _settings: RenderSettings) -> Wire:
    """sendmsg, never uuid_broadcast (E2). Event-UUID comes back as Application-UUID (switch_ivr.c:558)."""
    return _playback(command, check_sound(command.sound))


@_render.register
def _announce(command: Announce, _settings: RenderSettings) -> Wire:
    return _playback(command, check_announcement(command.sound))


def _playback(command: Play | Announce, problem: str | None) -> Wire:
    leg = _uuid(command.leg_id, "leg_id")
    if problem is not None:
        raise ValueError(f"sound {command.sound[:100]!r} may not be played: {problem}")
    text = (
        f"sendmsg {leg}\ncall-command: execute\nexecute-app-name: playback\n"
        f"execute-app-arg: {command.sound}\nEvent-UUID: {command.command_id}\n\n"
    )
    return Wire(text.encode("ascii"), 1, f"playback to {leg}")


@_render.register
def _record(command: Record, _settings: RenderSettings) -> Wire:
    """uuid_record: it makes the directory, says -ERR where it cannot, and goes on over a park; the application `record`
    hangs the caller up where there is no directory, and ends with the next park (docs/measured.md).

    The first variable ends one in which nobody has said anything yet. The switch counts whole seconds of its clock, of
    which the first may be over at once.
    """
    leg = _uuid(command.leg_id, "leg_id")
    problem = check_recording(command.path)
    if problem is not None:
        raise ValueError(f"{command.path[:100]!r} may not be recorded to: {problem}")
    seconds = _seconds(command.longest_ms, "longest_ms") + 1
    _seconds(command.silence_ms, "silence_ms")
    silence = (
        f"RECORD_INITIAL_TIMEOUT_MS={2 * command.silence_ms};RECORD_FINAL_TIMEOUT_MS={command.silence_ms};"
        f"RECORD_SILENCE_THRESHOLD={_SILENCE};RECORD_READ_ONLY=true"
    )
    text = f"api uuid_setvar_multi {leg} {silence}\n\napi uuid_record {leg} start {command.path} {seconds}\n\n"
    return Wire(text.encode("ascii"), 2, f"record {leg}")


@_render.register
def _push_deadman(command: PushDeadman, _settings: RenderSettings) -> Wire:
    """One write, so that nothing comes between: two timers on a leg would both fire. E16.

    And the rescue's rounds start anew: an engine is here.
    """
    leg = _uuid(command.leg_id, "leg_id")
    after = _seconds(command.after_ms, "after_ms")
    text = (
        f"api sched_del {leg}\n\napi sched_transfer +{after} {leg} {ORPHAN_EXTENSION} XML {ORPHAN_CONTEXT}\n\n"
        f"api uuid_setvar {leg} fcc_orphan_rounds\n\n"
    )
    return Wire(text.encode("ascii"), 3, f"put off the dead-man of {leg}")


@_render.register
def _drop_deadman(command: DropDeadman, _settings: RenderSettings) -> Wire:
    leg = _uuid(command.leg_id, "leg_id")
    return Wire(f"api sched_del {leg}\n\n".encode("ascii"), 1, f"drop the dead-man of {leg}")


@_render.register
def _forget_refer(command: ForgetRefer, _settings: RenderSettings) -> Wire:
    """No value unsets a variable (mod_commands.c, uuid_setvar)."""
    leg = _uuid(command.leg_id, "leg_id")
    return Wire(f"api uuid_setvar {leg} sip_refer_to\n\n".encode("ascii"), 1, f"forget the REFER of {leg}")


@_render.register
def _mark(command: Mark, _settings: RenderSettings) -> Wire:
    marks = caller_marks(_uuid(command.leg_id, "leg_id"), _seconds(command.after_ms, "after_ms"))
    if not command.names or not marks.keys() >= set(command.names):
        raise ValueError("names must be marks, at least one")
    values = ";".join(f"{name}={marks[name]}" for name in command.names)
    return Wire(f"api uuid_setvar_multi {command.leg_id} {values}\n\n".encode("ascii"), 1, f"mark {command.leg_id}")


@_render.register
def _pick_up(command: PickUp, _settings: RenderSettings) -> Wire:
    """NOTIFY Event: talk."""
    leg = _uuid(command.leg_id, "leg_id")
    return Wire(f"api uuid_phone_event {leg} talk\n\n".encode("ascii"), 1, f"let the phone at {leg} answer")


@_render.register
def _mute(command: Mute, _settings: RenderSettings) -> Wire:
    """`read`: what comes from this phone. It stays over every park and bridge."""
    leg = _uuid(command.leg_id, "leg_id")
    return Wire(f"api uuid_audio {leg} start read mute 1\n\n".encode("ascii"), 1, f"mute {leg}")


@_render.register
def _unmute(command: Unmute, _settings: RenderSettings) -> Wire:
    leg = _uuid(command.leg_id, "leg_id")
    return Wire(f"api uuid_audio {leg} stop\n\n".encode("ascii"), 1, f"unmute {leg}")


@_render.register
def _send_dtmf(command: SendDtmf, _settings: RenderSettings) -> Wire:
    """The switch says +OK to anything."""
    leg = _uuid(command.leg_id, "leg_id")
    if not _DIGITS.fullmatch(command.digits):
        raise ValueError("digits must be 1 to 32 of 0-9, A-D, * and #")
    return Wire(f"api uuid_send_dtmf {leg} {command.digits}\n\n".encode("ascii"), 1, f"keys to {leg}")


@_render.register
def _answer_by_tone(command: AnswerByTone, _settings: RenderSettings) -> Wire:
    """`m:^:`: a tone has commas (mod_dptools.c:78). A moment first, for a phone that has only just been answered."""
    leg = _uuid(command.leg_id, "leg_id")
    tone = DONE_TONE if command.is_done else REFUSED_TONE
    return _job(command, f"uuid_transfer {leg} 'm:^:sleep:200^playback:{tone}^hangup:NORMAL_CLEARING' inline")


def _job(command: Command, text: str, describe: str | None = None) -> Wire:
    data = f"bgapi {text}\nJob-UUID: {command.command_id}\n\n".encode()
    return Wire(data, 1, describe or text)


def _uuid(text: str, name: str) -> str:
    if not _UUID.fullmatch(text):
        raise ValueError(f"{name} must be a UUID in lower case")
    return text


def _seconds(milliseconds: int, name: str) -> int:
    """Whole seconds, rounded up: the switch counts no other."""
    seconds = -(-milliseconds // 1000)
    if not 1 <= seconds <= _MAX_SECONDS:
        raise ValueError(f"{name} must be between 1 and {_MAX_SECONDS * 1000}")
    return seconds
