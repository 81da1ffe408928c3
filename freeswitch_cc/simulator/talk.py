"""Two legs in talk, and how they leave it: the first one's thread carries the bridge, the second one's talks too.

switch_ivr_bridge.c from switch_ivr_multi_threaded_bridge on; how two legs come here stands in bridge.py.
"""

from freeswitch_cc.simulator import session, transfer
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.records import Bridge
from freeswitch_cc.simulator.states import is_true
from freeswitch_cc.simulator.threads import FRAME, LOOK, Body

_LEAD_FRAMES_MS = 200.0


def bridge(channel: Channel, other: Channel) -> Body:
    """switch_ivr_multi_threaded_bridge, by the first leg's thread. The second gets a thread's work to do as well."""
    channel.flag("BRIDGE_ORIGINATOR")
    other.flags.discard("BRIDGE_ORIGINATOR")  # nobody is woken by it
    other.handlers.append("audio_bridge")
    mine, theirs = Bridge(channel, other), Bridge(other, channel)
    if not channel.is_ready():
        _abort(channel, other)
        return
    # The second sees this state only if it wakes before the next one is set: 7 of 51 recordings.
    other.state = "CS_CONSUME_MEDIA"
    if channel.switch.random.random() < 0.125:
        other.touch()
    other.set("call_uuid", channel.uuid)
    now = channel.switch.now_us()
    channel.profile.times.bridged = other.profile.times.bridged = now
    pair = {"Bridge-A-Unique-ID": channel.uuid, "Bridge-B-Unique-ID": other.uuid}
    channel.emit("CHANNEL_BRIDGE", pair)
    yield channel.switch.timing.breath()  # the event is fired before the legs know (line 1689)
    for leg, partner in ((channel, other), (other, channel)):
        leg.set("bridge_to", partner.uuid)
        leg.set("last_bridge_to", partner.uuid)
        leg.set("bridge_channel", partner.name)
        leg.set("bridge_uuid", partner.uuid)
        leg.set("signal_bond", partner.uuid)
    if not channel.is_ready():
        _abort(channel, other)
        _after_bridge(channel, other, mine, pair)
        return
    while "BROADCAST" in other.flags and channel.is_ready() and not other.is_down:
        yield 1.0
    yield from session.parse_all(channel)
    other.private["bridge"] = theirs
    other.set_state("CS_EXCHANGE_MEDIA")
    yield from _talk(mine)
    channel.unflag("BRIDGE_ORIGINATOR")
    other.stop_broadcast()
    yield from _await_the_end(channel, other)
    for leg, partner in ((channel, other), (other, channel)):
        if leg.cause:
            partner.set("bridge_hangup_cause", leg.cause)
    _after_bridge(channel, other, mine, pair)


def _await_the_end(channel: Channel, other: Channel) -> Body:
    """Until the second one has left the bridge as well; what the first one's phone says is heard meanwhile."""
    assert channel.thread is not None, "it is this leg's own thread that looks"
    other.watchers.add(channel.thread)
    try:
        while other.state == "CS_EXCHANGE_MEDIA":
            yield from session.parse_signals(channel)
            yield LOOK
    finally:
        other.watchers.discard(channel.thread)


def _abort(channel: Channel, other: Channel) -> None:
    """abort_call: the second is hung up with the first one's own cause (line 1602)."""
    other.hang_up(channel.cause or "ORIGINATOR_CANCEL")


def _after_bridge(channel: Channel, other: Channel, mine: Bridge, pair: dict[str, str]) -> None:
    """From the label `done` on: UNBRIDGE, then what park_after_bridge and the like say of the first."""
    other.set("call_uuid", other.uuid)
    channel.emit("CHANNEL_UNBRIDGE", pair)
    state = channel.state
    if not channel.flags & {"TRANSFER", "REDIRECT"} and not channel.private.pop("clean_exit", False):
        is_stopped = state in ("CS_EXECUTE", "CS_SOFT_EXECUTE", "CS_PARK", "CS_ROUTING")
        if not is_stopped or (other.has_media and not channel.is_down):
            where = channel.get("transfer_after_bridge")
            if is_true(channel.get("park_after_bridge")):
                transfer.park_session(channel)
            elif where:
                transfer.after_bridge(channel, where)
            elif is_true(channel.get("hangup_after_bridge")):
                channel.hang_up(other.cause or "NORMAL_CLEARING")
    if "REDIRECT" in channel.flags:
        if "RESET" in channel.flags:
            channel.unflag("RESET")
        elif channel.state not in ("CS_RESET", "CS_PARK", "CS_ROUTING", "CS_EXECUTE"):
            channel.set_state("CS_RESET")


def _talk(bridge: Bridge) -> Body:
    """audio_bridge_thread, of either leg."""
    leg, other = bridge.leg, bridge.other
    assert leg.thread is not None, "it is this leg's own thread that talks"
    other.watchers.add(leg.thread)
    leg.private.pop("clean_exit", None)
    try:
        leg.flag("BRIDGED")
        while "BRIDGED" not in other.flags and leg.is_ready() and not other.is_down:
            yield 1.0
        if "BRIDGED" in other.flags:
            yield from _exchange(bridge)
        elif not other.flags & {"TRANSFER", "REDIRECT"} and other.state != "CS_RESET":
            other.hang_up("DESTINATION_OUT_OF_ORDER")
        leg.set("bridge_to", None)
        leg.unflag("BRIDGED")
        _leave_hold(leg, other)
    finally:
        other.watchers.discard(leg.thread)
    other.touch()


def _exchange(bridge: Bridge) -> Body:
    """The loop in the middle: frames go to and fro until somebody leaves."""
    leg, other = bridge.leg, bridge.other
    clock = leg.switch.clock
    starts_at = clock.now + _LEAD_FRAMES_MS
    clock.at(starts_at, leg.touch)
    has_started = is_shown = False
    while True:
        if "TRANSFER" in leg.flags:
            leg.private["clean_exit"] = True
        if leg.private.get("clean_exit") or "TRANSFER" in other.flags:
            leg.unflag("HOLD", "SUSPEND")
            break
        if "BRIDGED" not in other.flags or other.is_down:
            break
        if not leg.is_ready():
            if not leg.is_down:
                leg.private["clean_exit"] = True
            break
        if "HOLD_ON_BRIDGE" in leg.flags:
            leg.unflag("HOLD_ON_BRIDGE")
        is_steady = clock.now >= starts_at
        if not is_shown and "BRIDGE_ORIGINATOR" in leg.flags:
            is_shown = True
            _display(other, leg)
            _display(leg, other)
        if is_steady and not has_started:
            has_started = True
            leg.switch.run_hooks(leg, "api_before_bridge")
        if is_steady and (leg.private_events or leg.urgent_events):
            yield from session.parse_next(leg)
        yield from session.parse_signals(leg)
        leg.digits.clear()
        if leg.is_down:
            break  # nothing is read from a channel that has ended
        yield FRAME
    leg.switch.run_hooks(leg, "api_after_bridge")


def _leave_hold(leg: Channel, other: Channel) -> None:
    """A leg that holds, or held when it ended, takes its partner along unless hold_hangup_xfer_exten says where to."""
    if not leg.flags & {"LEG_HOLDING", "HANGUP_HELD"}:
        return
    if other.is_ready() and other.state != "CS_PARK" and not other.private.get("clean_exit"):
        extension = leg.get("hold_hangup_xfer_exten")
        other.stop_broadcast()
        if extension:
            other.set("transfer_after_bridge", extension)
        elif leg.switch.traps.hold_drops:
            other.hang_up(other.cause or "NORMAL_CLEARING")
    if "LEG_HOLDING" in leg.flags:
        leg.mark_hold(False)


def on_exchange_media(channel: Channel) -> Body:
    """audio_bridge_on_exchange_media: the second leg's part of a bridge."""
    bridge: Bridge | None = channel.private.pop("bridge", None)
    if bridge is None:
        channel.hang_up("DESTINATION_OUT_OF_ORDER")
    else:
        yield from _talk(bridge)
    channel.handlers = [handler for handler in channel.handlers if handler != "audio_bridge"]
    is_left = not channel.flags & {"TRANSFER", "REDIRECT"} and not channel.private.pop("clean_exit", False)
    if is_left and channel.state == "CS_EXCHANGE_MEDIA" and bridge is not None:
        where = channel.get("transfer_after_bridge")
        if is_true(channel.get("park_after_bridge")):
            transfer.park_session(channel)
            return
        if where:
            transfer.after_bridge(channel, where)
            return
        channel.hang_up("NORMAL_CLEARING" if channel.is_answered else "ORIGINATOR_CANCEL")
    if channel.state == "CS_EXCHANGE_MEDIA":
        channel.set("park_timeout", "3")
        channel.set_state("CS_PARK")


def _display(source: Channel, target: Channel) -> None:
    """The target's phone is shown whom it talks to, unless it shows him already (switch_ivr_bridge.c, send_display)."""
    theirs = source.profile
    if "BRIDGE_ORIGINATOR" in source.flags:
        name, number = theirs.caller_name, theirs.caller_number
    else:
        name, number = theirs.callee_name, theirs.callee_number or theirs.destination
    name = name or number

    def show() -> Body:
        is_new = target.private.get("shown") != (name, number)
        target.private["shown"] = (name, number)
        target.set("last_sent_callee_id_name", name)
        target.set("last_sent_callee_id_number", number)
        if is_new:
            shown = {"Sent-Callee-ID-Name": name, "Sent-Callee-ID-Number": number}
            target.emit("CALL_UPDATE", {"Direction": "SEND", **shown, "Bridged-To": source.uuid})
        yield from ()

    target.signals.append(show)
    target.touch()
