"""uuid_bridge, and how its two legs come together, step by step as in switch_ivr_bridge.c; in talk: talk.py.

The first leg's thread carries the bridge out (soft_execute), the second one's sleeps until it is told to talk.
Between the command and the bridge lie two looks, 20 ms apart: the window in which whoever dies makes trouble.
"""

from freeswitch_cc.simulator import talk, transfer
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.states import is_true
from freeswitch_cc.simulator.threads import Asking, Body

_LOOKS = 1000


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
            transfer.park_session(channel)  # it talks to somebody else by now: there is nothing to wait for
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
            transfer.park_session(channel)
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
    yield from talk.bridge(channel, other)
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
        transfer.park_session(channel)
    elif where:
        transfer.after_bridge(channel, where)
    else:
        channel.hang_up("DESTINATION_OUT_OF_ORDER")


def leave_behind(channel: Channel) -> None:
    """Without the trap: who was to be bridged to a leg that has ended is parked, as one would wish."""
    other = channel.switch.find(channel.get("signal_bond"))
    if not channel.switch.traps.limbo and other is not None and not other.is_down and "BRIDGED" not in other.flags:
        transfer.park_session(other)
