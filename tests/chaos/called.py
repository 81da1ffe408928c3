"""How a number's call ended that an agent has called, once it had answered: who ended it, by what the switch did. Pure.

It is a customer to be saved from its answer on. Proper ends: it hung up or its line died; the agent hung up by hand,
or asked for it; the agent was gone before it answered; he could not be called back in time, or did not want to be; the
call lasted as long as it may. See docs/decisions/0012.
"""

from collections.abc import Collection, Mapping, Sequence

from tests.chaos.plan_dials import BEGINNING, HANGS_UP
from tests.chaos.record import Limits
from tests.chaos.witness import RESTARTED, Channel, Fact

TICK_US = 20_000
BY_HAND = frozenset({"NORMAL_CLEARING", "NORMAL_UNSPECIFIED", "CALL_REJECTED"})
"""As core.placed_legs takes them: also a phone that rejects to be called back."""
_LATE_US = 1_500_000


def hangs_up_by_itself(customer: Channel) -> bool:
    return customer.name.removeprefix("sofia/external/").startswith(f"{BEGINNING.removeprefix('+')}{HANGS_UP}")


def is_limited(customer: Channel, end: Fact, limits: Limits) -> bool:
    """Did it last as long as the center lets it? Whole seconds, of which the first may be over at once."""
    lasted_us = end.at_us - (customer.answered_us or end.at_us)
    return end.detail == "ALLOTTED_TIMEOUT" and lasted_us >= (limits.max_call_ms - 1_000) * 1000 - TICK_US


def why_killed(
    customer: Channel,
    end: Fact,
    own: Sequence[Channel],
    asked: Mapping[str, Sequence[int]],
    referred: Collection[str],
    limits: Limits,
) -> tuple[bool, str]:
    """Was it right of an engine to hang up? own: the legs of the agent who has called, asked: when he asked to hang up
    or to reject, by his leg. referred: the legs that ended by a REFER."""
    answered_us = customer.answered_us or end.at_us
    for leg in own:
        if any(at_us <= end.at_us + TICK_US for at_us in asked.get(leg.uuid, ())):
            return True, f"{leg.agent} asked for it"
    last = max(own, key=lambda leg: leg.began_us, default=None)
    if last is None:
        return False, "nobody had called it"
    if last.end is None or last.end.at_us > end.at_us + TICK_US:
        return False, f"{last.agent} was there still"
    if last.end.name == RESTARTED:
        return False, "the switch restarted"
    if last.end.at_us <= answered_us + TICK_US and last is own[0]:
        return True, f"{last.agent} was gone before it answered"
    bridge = next((f for f in reversed(customer.facts) if f.name == "CHANNEL_BRIDGE"), None)
    if last.end.detail in BY_HAND and last.ended_by.startswith("recv_"):
        if bridge is None or bridge.detail != last.uuid:
            return True, f"{last.agent} hung up before they talked"
        if not (_is_held(last) or _is_parted(customer, bridge, last.end) or last.uuid in referred):
            return True, f"{last.agent} hung up"
    since_us = _lost_us(own, bridge)
    if end.at_us - since_us >= limits.call_back_ms * 1000 - 5 * TICK_US:
        return True, f"{last.agent} could not be called back for {(end.at_us - since_us) // 1000} ms"
    return False, f"{last.agent} was lost ({last.end.detail}, {last.ended_by}) {(end.at_us - since_us) // 1000} ms ago"


def _lost_us(own: Sequence[Channel], bridge: Fact | None) -> int:
    """Since when it waited for its agent: from the end of the leg that it talked to last, or of the first one."""
    talked = next((leg for leg in own if bridge is not None and leg.uuid == bridge.detail), own[0])
    return talked.end.at_us if talked.end is not None else 0


def _is_parted(customer: Channel, bridge: Fact, over: Fact) -> bool:
    """Was the number on hold, by request, when the agent left?"""
    return any(bridge.at_us < f.at_us < over.at_us - TICK_US for f in customer.facts if f.name == "CHANNEL_PARK")


def _is_held(leg: Channel) -> bool:
    """Did the agent hold with his handset when he left? A leg that ends takes its hold back right before."""
    holds = [fact for fact in leg.facts if fact.name in ("CHANNEL_HOLD", "CHANNEL_UNHOLD")]
    if not holds or leg.end is None:
        return False
    return holds[-1].name == "CHANNEL_HOLD" or leg.end.at_us - holds[-1].at_us < TICK_US
