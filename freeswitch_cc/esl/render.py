"""Commands become text for the switch, one function a command; the longest stands in esl.render_originate. Pure.

Every field is checked here before it becomes part of a line; nothing that a caller chose goes into any command but an
originate. No sockets, no rules.
"""

import re
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
    Park,
    PickUp,
    Play,
    PushDeadman,
    Record,
    SendDtmf,
    Unmute,
)
from freeswitch_cc.core.sound import DONE_TONE, REFUSED_TONE, check_announcement, check_recording, check_sound
from freeswitch_cc.esl.frames_of_commands import api, checked_uuid, job, whole_seconds
from freeswitch_cc.esl.marks import ORPHAN_CONTEXT, ORPHAN_EXTENSION, caller_marks
from freeswitch_cc.esl.render_originate import originate
from freeswitch_cc.esl.render_settings import RenderSettings
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

_DIGITS = re.compile(r"[0-9A-D*#]{1,32}")
_SILENCE = 200  # of 32,767: what is quieter is no speech (the switch's own default)


def render(command: Command, settings: RenderSettings) -> Wire:
    """The frames of one command, whole. Raises ValueError that names what may not be sent.

    A command whose text would make the switch unload its Event Socket is refused whatever field it came
    from (mod_event_socket.c:1737 looks for the words anywhere in the line).
    """
    checked_uuid(command.command_id, "command_id")
    wire = _render(command, settings)
    if b"mod_event_socket" in wire.data.lower():
        raise ValueError("the command holds mod_event_socket")
    return wire


@singledispatch
def _render(command: Command, _settings: RenderSettings) -> Wire:
    raise ValueError(f"{type(command).__name__} is no command for the switch")


_render.register(originate)


@_render.register
def _bridge(command: Bridge, _settings: RenderSettings) -> Wire:
    """The first one's thread carries the bridge out, and is parked when the second is gone (docs/decisions/0010)."""
    survivor = checked_uuid(command.survivor_leg_id, "survivor_leg_id")
    other = checked_uuid(command.other_leg_id, "other_leg_id")
    if survivor == other:
        raise ValueError("a leg cannot be bridged with itself")
    return job(command, f"uuid_bridge {survivor} {other}")


@_render.register
def _park(command: Park, _settings: RenderSettings) -> Wire:
    return job(command, f"uuid_transfer {checked_uuid(command.leg_id, 'leg_id')} park inline")


@_render.register
def _join(command: Join, settings: RenderSettings) -> Wire:
    """`-both` moves the bridged partner too (E14); the park tail catches who is kicked (t43)."""
    prefix, _, call = command.conference.partition("-")
    if prefix != "fcc":
        raise ValueError("a conference is called fcc-<uuid>")
    checked_uuid(call, "conference")
    leg = checked_uuid(command.leg_id, "leg_id")
    both = ""
    if command.other_leg_id is not None:
        checked_uuid(command.other_leg_id, "other_leg_id")
        both = "-both "
    room = f"{command.conference}@{settings.conference_profile}"
    return job(command, f"uuid_transfer {leg} {both}'conference:{room},park' inline")


@_render.register
def _kill(command: Kill, _settings: RenderSettings) -> Wire:
    if command.cause not in KILL_CAUSES:
        raise ValueError("the cause is none that a leg may be killed with")
    return job(command, f"uuid_kill {checked_uuid(command.leg_id, 'leg_id')} {command.cause}")


@_render.register
def _play(command: Play, _settings: RenderSettings) -> Wire:
    """sendmsg, never uuid_broadcast (E2). Event-UUID comes back as Application-UUID (switch_ivr.c:558)."""
    return _playback(command, check_sound(command.sound))


@_render.register
def _announce(command: Announce, _settings: RenderSettings) -> Wire:
    return _playback(command, check_announcement(command.sound))


def _playback(command: Play | Announce, problem: str | None) -> Wire:
    leg = checked_uuid(command.leg_id, "leg_id")
    if problem is not None:
        raise ValueError(f"sound {command.sound[:100]!r} may not be played: {problem}")
    text = (
        f"sendmsg {leg}\ncall-command: execute\nexecute-app-name: playback\n"
        f"execute-app-arg: {command.sound}\nEvent-UUID: {command.command_id}\n\n"
    )
    return Wire(text.encode("ascii"), 1, f"playback to {leg}", may_follow=True)


@_render.register
def _record(command: Record, _settings: RenderSettings) -> Wire:
    """uuid_record: it makes the directory, says -ERR where it cannot, and goes on over a park; the application `record`
    hangs the caller up where there is no directory, and ends with the next park (docs/measured.md).

    The first variable ends one in which nobody has said anything yet. The switch counts whole seconds of its clock, of
    which the first may be over at once. What is asked for twice is appended, for a message that is over must not be
    overwritten. What is noted on the leg tells a look how far it is: last, so that a line that is cut in between leaves
    no note of what never began (one that began and is not noted is asked for again, which changes nothing).
    """
    leg = checked_uuid(command.leg_id, "leg_id")
    problem = check_recording(command.path)
    if problem is not None:
        raise ValueError(f"{command.path[:100]!r} may not be recorded to: {problem}")
    seconds = whole_seconds(command.longest_ms, "longest_ms") + 1
    whole_seconds(command.silence_ms, "silence_ms")
    silence = (
        f"RECORD_INITIAL_TIMEOUT_MS={2 * command.silence_ms};RECORD_FINAL_TIMEOUT_MS={command.silence_ms};"
        f"RECORD_SILENCE_THRESHOLD={_SILENCE};RECORD_READ_ONLY=true;RECORD_APPEND=true"
    )
    text = (
        f"api uuid_setvar_multi {leg} {silence};record_ms=;record_completion_cause=\n\n"
        f"api uuid_record {leg} start {command.path} {seconds}\n\n"
        f"api uuid_setvar {leg} fcc_recording {command.path}\n\n"
    )
    return Wire(text.encode("ascii"), 3, f"record {leg}")


@_render.register
def _push_deadman(command: PushDeadman, _settings: RenderSettings) -> Wire:
    """One write, so that nothing comes between: two timers on a leg would both fire. E16.

    And the rescue's rounds start anew: an engine is here.
    """
    leg = checked_uuid(command.leg_id, "leg_id")
    after = whole_seconds(command.after_ms, "after_ms")
    text = (
        f"api sched_del {leg}\n\napi sched_transfer +{after} {leg} {ORPHAN_EXTENSION} XML {ORPHAN_CONTEXT}\n\n"
        f"api uuid_setvar {leg} fcc_orphan_rounds\n\n"
    )
    return Wire(text.encode("ascii"), 3, f"put off the dead-man of {leg}", may_follow=True)


@_render.register
def _drop_deadman(command: DropDeadman, _settings: RenderSettings) -> Wire:
    leg = checked_uuid(command.leg_id, "leg_id")
    return api(f"sched_del {leg}", f"drop the dead-man of {leg}")


@_render.register
def _forget_refer(command: ForgetRefer, _settings: RenderSettings) -> Wire:
    """No value unsets a variable (mod_commands.c, uuid_setvar)."""
    leg = checked_uuid(command.leg_id, "leg_id")
    return api(f"uuid_setvar {leg} sip_refer_to", f"forget the REFER of {leg}")


@_render.register
def _mark(command: Mark, _settings: RenderSettings) -> Wire:
    marks = caller_marks(checked_uuid(command.leg_id, "leg_id"), whole_seconds(command.after_ms, "after_ms"))
    if not command.names or not marks.keys() >= set(command.names):
        raise ValueError("names must be marks, at least one")
    values = ";".join(f"{name}={marks[name]}" for name in command.names)
    return api(f"uuid_setvar_multi {command.leg_id} {values}", f"mark {command.leg_id}")


@_render.register
def _pick_up(command: PickUp, _settings: RenderSettings) -> Wire:
    """NOTIFY Event: talk."""
    leg = checked_uuid(command.leg_id, "leg_id")
    return api(f"uuid_phone_event {leg} talk", f"let the phone at {leg} answer")


@_render.register
def _mute(command: Mute, _settings: RenderSettings) -> Wire:
    """`read`: what comes from this phone. It stays over every park and bridge."""
    leg = checked_uuid(command.leg_id, "leg_id")
    return api(f"uuid_audio {leg} start read mute 1", f"mute {leg}")


@_render.register
def _unmute(command: Unmute, _settings: RenderSettings) -> Wire:
    leg = checked_uuid(command.leg_id, "leg_id")
    return api(f"uuid_audio {leg} stop", f"unmute {leg}")


@_render.register
def _send_dtmf(command: SendDtmf, _settings: RenderSettings) -> Wire:
    """The switch says +OK to anything."""
    leg = checked_uuid(command.leg_id, "leg_id")
    if not _DIGITS.fullmatch(command.digits):
        raise ValueError("digits must be 1 to 32 of 0-9, A-D, * and #")
    return api(f"uuid_send_dtmf {leg} {command.digits}", f"keys to {leg}")


@_render.register
def _answer_by_tone(command: AnswerByTone, _settings: RenderSettings) -> Wire:
    """`m:^:`: a tone has commas (mod_dptools.c:78). A moment first, for a phone that has only just been answered."""
    leg = checked_uuid(command.leg_id, "leg_id")
    tone = DONE_TONE if command.is_done else REFUSED_TONE
    return job(command, f"uuid_transfer {leg} 'm:^:sleep:200^playback:{tone}^hangup:NORMAL_CLEARING' inline")
