"""The life of a session's thread: from state to state, until it is destroyed. switch_core_state_machine.c.

Which applications there are stands in apps.py, what a bridge does in bridge.py and talk.py. What arrives from a
phone waits in `signals`, what the Event Socket asks for in `private_events`: both are looked at between frames.
"""

from collections.abc import Iterable

from freeswitch_cc.simulator import bridge, recording, talk
from freeswitch_cc.simulator.apps import execute
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.park import park
from freeswitch_cc.simulator.records import PrivateEvent
from freeswitch_cc.simulator.states import HANGUP, NUMBERS
from freeswitch_cc.simulator.threads import IDLE, Asking, Body, Wait


def run(channel: Channel) -> Body:
    """switch_core_session_run"""
    while channel.state != "CS_DESTROY":
        state = channel.state
        if state != channel.running or channel.number >= HANGUP:
            channel.run_state(state)
            channel.flags -= {"TRANSFER", "REDIRECT"}
            yield from parse_signals(channel)
            if NUMBERS[state] < HANGUP:
                channel.be_active_again()
            yield from _in_state(channel, state)
        if channel.state == channel.running and channel.state != "CS_DESTROY":
            yield from parse_all(channel)
            if channel.state == channel.running:
                yield IDLE
            yield from parse_all(channel)


def _in_state(channel: Channel, state: str) -> Body:
    """What the standard handlers do is left out when another state is wanted by now (STATE_MACRO, midstate)."""
    match state:
        case "CS_INIT":
            channel.emit("CHANNEL_CREATE")
            if channel.direction == "outbound":
                channel.emit("CHANNEL_ORIGINATE")
            if channel.end is not None:
                channel.end.on_init()
            elif channel.direction == "inbound":
                channel.set_state("CS_ROUTING")
        case "CS_ROUTING":
            if "audio_bridge" in channel.handlers:
                channel.set_state("CS_CONSUME_MEDIA")
            elif channel.state == state:
                channel.switch.route(channel)
        case "CS_EXECUTE" if channel.state == state:
            yield from _execute(channel)
        case "CS_EXCHANGE_MEDIA":
            if "audio_bridge" in channel.handlers:
                yield from talk.on_exchange_media(channel)
        case "CS_SOFT_EXECUTE":
            if "uuid_bridge" in channel.handlers:
                yield from bridge.on_soft_execute(channel)
        case "CS_PARK" if channel.state == state:
            channel.unflag("BREAK")
            yield from park(channel)
        case "CS_CONSUME_MEDIA" | "CS_HIBERNATE":
            if "uuid_bridge" in channel.handlers:
                channel.set_state("CS_RESET")
        case "CS_RESET":
            if "uuid_bridge" in channel.handlers:
                channel.unflag("ORIGINATING")
                if "UUID_BRIDGE_ORIGINATOR" in channel.flags:
                    channel.set_state("CS_SOFT_EXECUTE")
            else:
                channel.set("call_uuid", channel.uuid)
        case "CS_HANGUP":
            channel.mark_end()
            recording.close(channel)
            bridge.leave_behind(channel)
            channel.set_call_state("HANGUP")
            if channel.end is not None:
                channel.end.on_hangup()
            channel.set_state("CS_REPORTING")
        case "CS_REPORTING":
            channel.emit("CHANNEL_HANGUP_COMPLETE", {"Hangup-Cause": channel.cause})
            channel.switch.run_hooks(channel, "api_hangup_hook")
            channel.set_state("CS_DESTROY")


def _execute(channel: Channel) -> Body:
    """switch_core_standard_on_execute: one application after the other, then the end."""
    channel.set("call_uuid", channel.uuid)
    if channel.extension is None:
        channel.hang_up("NORMAL_CLEARING")
        return
    applications = channel.extension
    while channel.state == "CS_EXECUTE" and (application := next(applications, None)) is not None:
        yield from execute(channel, *application)
        if channel.private.pop("ends", False):
            channel.hang_up("NORMAL_CLEARING")
    if channel.is_ready() and channel.state == "CS_EXECUTE":
        channel.hang_up("NORMAL_CLEARING")


def parse_signals(channel: Channel) -> Iterable[Wait]:
    """What the phone has sent, one after the other (switch_ivr_parse_all_signal_data)."""
    # Mostly nothing has come, here and in parse_all: no generator is made then.
    return _take_signals(channel) if channel.signals and "SIGNAL_DATA" not in channel.flags else ()


def _take_signals(channel: Channel) -> Body:
    channel.flags.add("SIGNAL_DATA")
    while channel.signals:
        yield from channel.signals.popleft()()
    channel.flags.discard("SIGNAL_DATA")


def parse_all(channel: Channel) -> Iterable[Wait]:
    """switch_ivr_parse_all_events"""
    return _take_all(channel) if channel.signals or channel.urgent_events or channel.private_events else ()


def _take_all(channel: Channel) -> Body:
    yield from parse_signals(channel)
    while True:
        has_run = yield from parse_next(channel)
        if not has_run:
            return


def parse_next(channel: Channel) -> Asking:
    """switch_ivr_parse_next_event: one thing that was asked for. Returns: was there one that ran to its end?

    Under a lock nothing else is looked at: a second broadcast waits behind the first (t18). sendmsg nests.
    """
    event = _dequeue(channel)
    if event is None:
        return False
    has_succeeded = yield from _parse(channel, event)
    channel.emit("PRIVATE_COMMAND")
    return has_succeeded


def _dequeue(channel: Channel) -> PrivateEvent | None:
    """switch_core_session_dequeue_private_event"""
    if "EVENT_LOCK_PRI" in channel.flags:
        return None
    if channel.private.get("playing") and not channel.switch.traps.playback_nests:
        return None
    if channel.urgent_events:
        return channel.urgent_events.popleft()
    if "EVENT_LOCK" in channel.flags or not channel.private_events:
        return None
    return channel.private_events.popleft()


def _parse(channel: Channel, event: PrivateEvent) -> Asking:
    """switch_ivr_parse_event"""
    headers, traps = event.headers, channel.switch.traps
    locks = {"event-lock": "EVENT_LOCK", "event-lock-pri": "EVENT_LOCK_PRI"}
    taken = [flag for header, flag in locks.items() if headers.get(header) == "true" and flag not in channel.flags]
    channel.flags.update(taken)
    if "lead-frames" in headers and channel.has_media and channel.is_ready() and traps.broadcast_waits:
        # switch_ivr.c:540-556; 200 ms on every recording (t18, t33).
        yield 200.0
        yield from parse_signals(channel)
    match headers.get("call-command"):
        case "execute":
            yield from _execute_command(channel, headers)
        case "hangup":
            channel.hang_up(headers.get("hangup-cause", "NORMAL_CLEARING"))
    channel.flags.difference_update(taken)
    channel.touch()
    return "BREAK" not in channel.flags


def _execute_command(channel: Channel, headers: dict[str, str]) -> Body:
    was_stopped = "STOP_BROADCAST" in channel.flags and not channel.switch.traps.hold_music_sticks
    channel.unflag("STOP_BROADCAST")
    is_inner = "BRIDGED" not in channel.flags
    if "BROADCAST" not in channel.flags:
        channel.flag("BROADCAST")
        is_inner = False
    loops = int(headers.get("loops", "1"))
    played = 0
    while not was_stopped and (loops < 0 or played < loops):
        began = channel.switch.clock.now
        played += 1
        name, data = headers.get("execute-app-name", ""), headers.get("execute-app-arg", "")
        has_run = yield from execute(channel, name, data, headers.get("event-uuid", ""))
        is_short = channel.switch.clock.now - began < 500
        if not has_run or not channel.is_ready() or "STOP_BROADCAST" in channel.flags or is_short:
            break
    if not is_inner:
        channel.unflag("BROADCAST")
    if "STOP_BROADCAST" in channel.flags:
        channel.unflag("BROADCAST")
        channel.flag("BREAK")
