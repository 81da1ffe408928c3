"""What an end of a call does with what it hears from the far one: answers, BYE, hold, keys, REFER. mod_sofia's sofia.c.

Each is run by the thread of its channel, between two frames. Who says it stands in sip.py.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import unquote

from freeswitch_cc.simulator import bridge, endpoint, transfer
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.records import PrivateEvent
from freeswitch_cc.simulator.states import CAUSE_OF_STATUS, Q850, is_true
from freeswitch_cc.simulator.threads import Body

if TYPE_CHECKING:
    from freeswitch_cc.simulator.sip import End

P = ParamSpec("P")

_HOLD_MS = 250.0
_PARK_WAIT_MS = 5000.0


def _at_once(do: Callable[Concatenate["End", P], None]) -> Callable[Concatenate["End", P], Body]:
    """A hearing that waits for nothing."""

    def hear(end: "End", /, *args: P.args, **kwargs: P.kwargs) -> Body:
        do(end, *args, **kwargs)
        yield from ()

    return hear


@_at_once
def ringing(end: "End") -> None:
    channel = end.channel
    if not channel.is_down and not channel.has_media:
        channel.profile.times.progress = channel.switch.now_us()
        channel.flag("RING_READY")
        channel.emit("CHANNEL_PROGRESS")
        channel.set_call_state("RINGING")
    _ask_to_answer(end)


def _ask_to_answer(end: "End") -> None:
    """At the first sign that the phone rings (sofia.c:7561).

    Who answers by that NOTIFY has a leg that is hung up in the same moment; not so by one that comes later.
    """
    channel = end.channel
    is_quiet = is_true(channel.get("sip_auto_answer_suppress_notify"))
    if is_true(channel.get("sip_auto_answer")) and not is_quiet and not channel.is_down:
        end.ends_at_answer = True
        end.send_talk()


@_at_once
def early(end: "End") -> None:
    channel = end.channel
    if not channel.is_down and not channel.has_media:
        channel.profile.times.progress_media = channel.switch.now_us()
        channel.flag("EARLY_MEDIA")
        channel.emit("CHANNEL_PROGRESS_MEDIA")
        channel.set("endpoint_disposition", "EARLY MEDIA")
        channel.set_call_state("EARLY")
    _ask_to_answer(end)


@_at_once
def answered(end: "End") -> None:
    channel = end.channel
    if channel.is_down:
        # It has ended while the answer was on its way: the call is taken down again.
        end.send(lambda far: bye(far, channel.cause))
    elif not channel.is_answered:
        endpoint.mark_answered(channel)
        end.sound()
        if end.ends_at_answer:
            channel.hang_up("NORMAL_CLEARING")


@_at_once
def refused(end: "End", status: int) -> None:
    channel = end.channel
    if not channel.is_down:
        end.is_over, end.ends_by = True, "recv_refuse"
        channel.set("sip_hangup_disposition", end.ends_by)
        channel.set("proto_specific_hangup_cause", f"sip:{status}")
        if status == 302:
            end.ends_by = "send_cancel"
            is_fatal = is_true(channel.get("outbound_redirect_fatal"))
            channel.hang_up("REQUESTED_CHAN_UNAVAIL" if is_fatal else "NORMAL_TEMPORARY_FAILURE")
        else:
            channel.set("sip_term_status", str(status))
            channel.set("sip_invite_failure_status", str(status))
            channel.hang_up(CAUSE_OF_STATUS.get(status, "NORMAL_TEMPORARY_FAILURE"))


@_at_once
def cancel(end: "End") -> None:
    channel = end.channel
    if not channel.is_down and not channel.is_answered:
        end.is_over, end.ends_by = True, "recv_cancel"
        channel.hang_up("ORIGINATOR_CANCEL")


def bye(end: "End", cause: str) -> Body:
    """A BYE takes sofia a moment; the partner's thread may come in between (t15, t28)."""
    channel = end.channel
    if not end.is_over:
        yield channel.switch.random.uniform(0.5, 1.5)
        end.is_over, end.ends_by = True, "recv_bye"
        channel.set("sip_term_status", "200")
        channel.set("proto_specific_hangup_cause", "sip:200")
        # A BYE's Reason carries causes of Q.850 only.
        channel.hang_up(cause if Q850.get(cause, 128) < 128 else "NORMAL_CLEARING")
        channel.set("sip_hangup_disposition", end.ends_by)  # behind the event of hanging up (t01, t04)


def hold(end: "End") -> Body:
    """switch_core_media_toggle_hold: the partner hears music; then 250 ms in which this leg does nothing else."""
    channel = end.channel
    if channel.is_down or not channel.is_answered or "PROTO_HOLD" in channel.flags:
        return
    partner = channel.switch.partner_of(channel)
    channel.flag("PROTO_HOLD")
    channel.mark_hold(True)
    music = channel.get("hold_music") or "local_stream://moh"
    if music != "silence" and partner is not None and "EVENT_LOCK_PRI" not in partner.flags:
        broadcast(partner, music, is_urgent=True, loops=-1)
        yield _HOLD_MS
    channel.emit("CUSTOM", {"Event-Subclass": "sofia::reinvite"})


def unhold(end: "End") -> Body:
    channel = end.channel
    if "PROTO_HOLD" not in channel.flags:
        return
    yield _HOLD_MS
    partner = channel.switch.partner_of(channel)
    if partner is not None:
        partner.stop_broadcast()
        while "BROADCAST" in partner.flags and not partner.is_down:
            yield 1.0
    channel.unflag("PROTO_HOLD")
    channel.mark_hold(False)
    channel.emit("CUSTOM", {"Event-Subclass": "sofia::reinvite"})


@_at_once
def digit(end: "End", digit: str) -> None:
    channel = end.channel
    if not channel.is_down:
        channel.digits.append(digit)
        channel.emit("DTMF", last={"DTMF-Digit": digit, "DTMF-Duration": "2000", "DTMF-Source": "RTP"})


@_at_once
def talk(end: "End") -> None:
    """Whoever was called answers, and goes to the extension auto_answer (sofia.c:731)."""
    channel = end.channel
    if channel.direction == "inbound" and not channel.is_down:
        endpoint.answer(channel)
        transfer.transfer(channel, "auto_answer")


def refer(end: "End", address: str, report: Callable[[str], None]) -> Body:
    """sofia_handle_sip_i_refer: with Replaces two of our own calls are put together, else the partner is sent away."""
    channel, switch = end.channel, end.channel.switch
    channel.set("transfer_disposition", "recv_replace")
    target, _, headers = address.partition("?")
    replaces = re.search(r"Replaces=([^&]*)", headers, re.IGNORECASE)
    if replaces is not None:
        yield from _replace(channel, unquote(replaces[1]), report)
        return
    # As the phone wrote it: the switch undoes no %20 here (sofia.c, sofia_handle_sip_i_refer).
    extension = target.removeprefix("sip:").partition("@")[0]
    partner = switch.partner_of(channel)
    channel.set("transfer_to", f"blind:{partner.uuid if partner is not None else extension}")
    channel.set("transfer_destination", f"blind:{extension}")
    if partner is None or not switch.traps.refer_asks_nobody:
        channel.set("endpoint_disposition", "ATTENDED_TRANSFER_ERROR")
        report("+OK:SIP/2.0 403 Forbidden")
        return
    partner.set("sip_refer_to", f"<{target}>")
    channel.set("endpoint_disposition", "BLIND_TRANSFER")
    report("+OK:SIP/2.0 200 OK")
    transfer.transfer(partner, extension)


def _replace(channel: Channel, replaces: str, report: Callable[[str], None]) -> Body:
    """The attended kind. Unknown calls are not looked for elsewhere (fs-config closes that door)."""
    switch = channel.switch
    line = switch.channel_of_dialog(replaces.partition(";")[0])
    refused = "+OK:SIP/2.0 403 Forbidden"
    if line is None:
        report(refused)
        return
    customer, target = switch.partner_of(channel), switch.partner_of(line)
    legs = [channel, line, customer, target]
    if any(leg is not None and is_true(leg.get("deny_refer_requests")) for leg in legs):
        report(refused)
        return
    if customer is None or target is None:
        channel.set("endpoint_disposition", "ATTENDED_TRANSFER_ERROR")
        report(refused)
        return
    for leg in (target, customer):
        transfer.note(leg, f"att_xfer:{_address(channel)}/{_address(leg)}")
    bridge.uuid_bridge(customer, target)
    # The phone's own BYE ends this leg; its other line is parked and ended 2 s later (sofia.c:9322, t27).
    line.set("endpoint_disposition", "ATTENDED_TRANSFER")
    report("+OK:SIP/2.0 200 OK")
    line.set("park_timeout", "2:attended_transfer")
    line.set_state("CS_PARK")
    waits_until = switch.clock.now + _PARK_WAIT_MS
    while line.running != "CS_PARK" and not line.is_down and switch.clock.now < waits_until:
        yield 1.0


def _address(leg: Channel) -> str:
    """Whom a leg is with, as a transfer is noted (mark_transfer_record)."""
    user = leg.profile.username if leg.direction == "inbound" else leg.get("sip_destination_url")[4:].partition("@")[0]
    return f"{user}@127.0.0.1"


def broadcast(channel: Channel, path: str, *, is_urgent: bool = False, loops: int = 1) -> None:
    """switch_ivr_broadcast, to the leg itself: a private event with lead frames and a lock."""
    headers = {
        "call-command": "execute",
        "execute-app-name": "playback",
        "execute-app-arg": path,
        "event-lock-pri" if is_urgent else "event-lock": "true",
        "lead-frames": "5",
    }
    if loops != 1:
        headers["loops"] = str(loops)
    channel.ask(PrivateEvent(headers, is_urgent))
