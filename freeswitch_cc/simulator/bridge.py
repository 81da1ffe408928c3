"""uuid_bridge, and what the two threads of a bridge do, step by step as in switch_ivr_bridge.c.

The first leg's thread carries the bridge out (soft_execute), the second one's sleeps until it is told to talk.
Between the command and the bridge lie two looks, 20 ms apart: the window in which whoever dies makes trouble.
"""

from freeswitch_cc.simulator import session, transfer
from freeswitch_cc.simulator.channel import Bridge, Channel
from freeswitch_cc.simulator.states import is_true
from freeswitch_cc.simulator.threads import FRAME, Asking, Body

_LOOKS = 1000
_LEAD_FRAMES_MS = 200.0


def uuid_bridge(first: Channel, second: Channel) -> bool:
    """switch_ivr_uuid_bridge: both are torn from what they do; the first will bridge to the second."""
    is_under_way = {"UUID_BRIDGE_ORIGINATOR", "BRIDGE_ORIGINATOR"} & (first.flags | first.state_flags)
    if is_under_way and first.get("signal_bond") == second.uuid and not first.switch.traps.same_bridge_twice:
        return True
    for leg in (first, second):
        if "LEG_HOLDING" in leg.flags:
            leg.flag("HOLD_ON_BRIDGE")
    if first.direction == "outbound" and not first.has_dialplan:
        first.flip_caller_id()
        first.has_dialplan = True
    if first.is_down:
        return False
    if not first.has_media:
        if not second.has_media:
            return False
        first, second = second, first
    if second.direction == "outbound":
        second.has_dialplan = False
    _show_each_other(first, second)
    for leg, other in ((first, second), (second, first)):
        leg.flag("REDIRECT")
        leg.set("bridge_to", None)
        leg.set("bridge_channel", other.name)
        leg.set("bridge_uuid", other.uuid)
        leg.set("signal_bond", other.uuid)
        profile = leg.profile
        leg.set("original_destination_number", profile.destination)
        leg.set("original_caller_id_name", profile.caller_name)
        leg.set("original_caller_id_number", profile.caller_number)
    first.set("uuid_bridge", second.uuid)
    second.step_profile()
    first.step_profile()
    second.originator, second.other_type = first.profile.clone(), "originator"
    first.originatee, first.other_type = second.profile.clone(), "originatee"
    first.profile.callee_name = second.profile.callee_name
    first.profile.callee_number = second.profile.callee_number
    second.profile.caller_name = first.profile.caller_name
    second.profile.caller_number = first.profile.caller_number
    for leg, other in ((first, second), (second, first)):
        leg.stop_broadcast()
        leg.flag("TRANSFER")
        leg.unflag("ORIGINATING")
        transfer.note(leg, f"uuid_br:{other.uuid}")
        leg.handlers.clear()
        leg.state_flags.discard("BRIDGE_ORIGINATOR")
        leg.unflag("BRIDGE_ORIGINATOR", "UUID_BRIDGE_ORIGINATOR")
        leg.handlers.append("uuid_bridge")
    first.state_flags.add("UUID_BRIDGE_ORIGINATOR")
    for leg in (first, second):
        leg.set_state("CS_CONSUME_MEDIA" if leg.state == "CS_HIBERNATE" else "CS_HIBERNATE")
    return True


def _show_each_other(first: Channel, second: Channel) -> None:
    """Who is shown to whom (switch_ivr_bridge.c:2079-2097)."""
    if ("BLEG" in first.flags) if first.direction == "inbound" else not first.has_dialplan:
        first.swap_caller_id()
        if first.direction == "inbound":
            second.flags.discard("BLEG")
    if ("BLEG" not in second.flags) if second.direction == "inbound" else second.has_dialplan:
        second.swap_caller_id()
        if second.direction == "inbound":
            second.flags.add("BLEG")


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


def on_soft_execute(channel: Channel) -> Body:
    """uuid_bridge_on_soft_execute: wait for the second, look at both, bridge, and see what is left afterwards."""
    channel.handlers = [handler for handler in channel.handlers if handler != "uuid_bridge"]
    if "UUID_BRIDGE_ORIGINATOR" not in channel.flags:
        return
    other = channel.switch.find(channel.get("uuid_bridge"))
    if other is None:
        _be_alone(channel)
    else:
        channel.set("uuid_bridge", None)
        is_free = yield from _await(channel, other)
        if is_free:
            yield from _bridge_if_both_live(channel, other)
    channel.unflag("UUID_BRIDGE_ORIGINATOR")


def _await(channel: Channel, other: Channel) -> Asking:
    """The loop of line 1168: until the second sleeps in soft_execute, at most 20 s, then both are hung up."""
    looks = _LOOKS
    while not (other.is_down or channel.is_down):
        if "BRIDGED" in other.flags and not channel.switch.traps.time_bomb:
            park_session(channel)  # it talks to somebody else by now: there is nothing to wait for
            return False
        if other.state == other.running:
            looks -= 1
            if looks < 1:
                channel.hang_up("DESTINATION_OUT_OF_ORDER")
                other.hang_up("DESTINATION_OUT_OF_ORDER")
            if other.running == "CS_RESET":
                other.set_state("CS_SOFT_EXECUTE")
            if other.running == "CS_SOFT_EXECUTE":
                # The other one carries out a bridge of its own: this one has nothing to do any more.
                return "UUID_BRIDGE_ORIGINATOR" not in other.flags
        else:
            looks = _LOOKS
        yield 20.0
    return True


def _bridge_if_both_live(channel: Channel, other: Channel) -> Body:
    """From line 1200 on."""
    traps = channel.switch.traps
    if not _is_other_answered(channel, other):
        if is_true(channel.get("uuid_bridge_continue_on_cancel")):
            channel.set_state("CS_EXECUTE")
        elif is_true(channel.get("uuid_bridge_park_on_cancel")) or not traps.first_is_hung_up:
            park_session(channel)
        elif "TRANSFER" not in channel.flags:
            channel.hang_up("ORIGINATOR_CANCEL")
        return
    if not channel.is_ready() or not other.is_ready():
        if not channel.is_ready():
            other.hang_up("DESTINATION_OUT_OF_ORDER")
        if not other.is_ready():
            extension = other.get("rdnis") or other.profile.rdnis
            if channel.is_ready() and extension:
                transfer.transfer(channel, extension)
            else:
                channel.hang_up("DESTINATION_OUT_OF_ORDER")
        return
    for leg, partner in ((channel, other), (other, channel)):
        leg.emit("CHANNEL_EXECUTE", last={"Application": "uuid_bridge", "Application-Data": partner.uuid})
    yield from _bridge(channel, other)
    is_free = not channel.flags & {"TRANSFER", "REDIRECT"} and not channel.is_down
    if is_free and channel.state not in ("CS_ROUTING", "CS_PARK"):
        channel.set_state("CS_EXECUTE")


def _is_other_answered(channel: Channel, other: Channel) -> bool:
    """switch_ivr_wait_for_answer, of two legs that are answered: it ends at once, and badly when one is gone."""
    if other.state == "CS_RESET":
        other.set_state("CS_SOFT_EXECUTE")
    is_good = True
    if not (other.has_media and other.is_ready()):
        if not other.is_down and channel.switch.traps.same_bridge_twice:
            other.hang_up("DESTINATION_OUT_OF_ORDER")
        is_good = False
    return is_good and not channel.is_down


def _be_alone(channel: Channel) -> None:
    """The second is gone altogether (line 1262)."""
    where = channel.get("transfer_after_bridge")
    if is_true(channel.get("park_after_bridge")):
        park_session(channel)
    elif where:
        _transfer_after_bridge(channel, where)
    else:
        channel.hang_up("DESTINATION_OUT_OF_ORDER")


def _bridge(channel: Channel, other: Channel) -> Body:
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
    while other.state == "CS_EXCHANGE_MEDIA":
        yield from session.parse_signals(channel)
        yield channel.switch.random.uniform(0.05, 1.0)
    for leg, partner in ((channel, other), (other, channel)):
        if leg.cause:
            partner.set("bridge_hangup_cause", leg.cause)
    _after_bridge(channel, other, mine, pair)


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
                park_session(channel)
            elif where:
                _transfer_after_bridge(channel, where)
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
            park_session(channel)
            return
        if where:
            _transfer_after_bridge(channel, where)
            return
        channel.hang_up("NORMAL_CLEARING" if channel.is_answered else "ORIGINATOR_CANCEL")
    if channel.state == "CS_EXCHANGE_MEDIA":
        channel.set("park_timeout", "3")
        channel.set_state("CS_PARK")


def leave_behind(channel: Channel) -> None:
    """Without the trap: who was to be bridged to a leg that has ended is parked, as one would wish."""
    other = channel.switch.find(channel.get("signal_bond"))
    if not channel.switch.traps.limbo and other is not None and not other.is_down and "BRIDGED" not in other.flags:
        park_session(other)


def park_session(channel: Channel) -> None:
    """switch_ivr_park_session. Of a leg in CS_PARK it changes nothing, but the flag makes it deaf (E7)."""
    if channel.state == "CS_PARK" and not channel.switch.traps.deaf_after_second_park:
        return
    channel.flag("TRANSFER")
    channel.set_state("CS_PARK")


def _transfer_after_bridge(channel: Channel, where: str) -> None:
    channel.set("transfer_after_bridge", None)
    extension, _, rest = where.partition(":")
    dialplan, _, context = rest.partition(":")
    transfer.transfer(channel, extension, dialplan, context)
