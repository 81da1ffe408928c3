"""What may be asked of a wrap-up: one complete table, activity x (end it, extend it).

How a wrap-up begins is core.activity's business, and that the clock ends it too. A wrap-up ends once: whoever comes
second finds him idle and is refused.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from freeswitch_cc.core.agent_state import Refusal, end_wrap_up
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.durations import spell
from freeswitch_cc.core.words import Activity


class WrapUpAsk(StrEnum):
    """What a person asks for."""

    END = "end_wrap_up"
    EXTEND = "extend_wrap_up"


def _not_in_wrap_up(agent: Agent, by_ms: int, now: datetime, by: str | None) -> Agent:
    raise Refusal("not_in_wrap_up", f"{agent.login} is in no wrap-up: he is {agent.activity}")


def _end(agent: Agent, by_ms: int, now: datetime, by: str | None) -> Agent:
    """His presence stays what it was, or becomes what was asked for meanwhile."""
    return end_wrap_up(agent, now, by)


def _extend(agent: Agent, by_ms: int, now: datetime, by: str | None) -> Agent:
    """Only what the clock ends can be extended, and never past the limit that was written down when it began."""
    if agent.due_at is None:
        raise Refusal(
            "wrap_up_is_manual", f"{agent.login}'s wrap-up lasts until he ends it: there is nothing to extend"
        )
    if agent.wrap_up_limit_at is None:
        raise Refusal("wrap_up_has_no_extension", f"{agent.login}'s wrap-up may not be extended")
    due_at = agent.due_at + timedelta(milliseconds=by_ms)
    if due_at > agent.wrap_up_limit_at:
        left_ms = max(0, (agent.wrap_up_limit_at - agent.due_at) // timedelta(milliseconds=1))
        left = f"by {spell(left_ms)} more at most" if left_ms else "no more"
        raise Refusal(
            "past_the_limit", f"{agent.login}'s wrap-up may be extended {left}, and {spell(by_ms)} were asked for"
        )
    return replace(agent, due_at=due_at)


_Request = Callable[[Agent, int, datetime, str | None], Agent]

WRAP_UP: dict[tuple[Activity, WrapUpAsk], _Request] = {
    (Activity.IDLE, WrapUpAsk.END): _not_in_wrap_up,
    (Activity.IDLE, WrapUpAsk.EXTEND): _not_in_wrap_up,
    (Activity.RESERVED, WrapUpAsk.END): _not_in_wrap_up,
    (Activity.RESERVED, WrapUpAsk.EXTEND): _not_in_wrap_up,
    (Activity.RINGING, WrapUpAsk.END): _not_in_wrap_up,
    (Activity.RINGING, WrapUpAsk.EXTEND): _not_in_wrap_up,
    (Activity.TALKING, WrapUpAsk.END): _not_in_wrap_up,
    (Activity.TALKING, WrapUpAsk.EXTEND): _not_in_wrap_up,
    (Activity.HOLDING, WrapUpAsk.END): _not_in_wrap_up,
    (Activity.HOLDING, WrapUpAsk.EXTEND): _not_in_wrap_up,
    (Activity.WRAP_UP, WrapUpAsk.END): _end,
    (Activity.WRAP_UP, WrapUpAsk.EXTEND): _extend,
}


def ask(agent: Agent, what: WrapUpAsk, by_ms: int, now: datetime, by: str | None) -> Agent:
    """The agent after a request; raises Refusal when it is not allowed now.

    by_ms: for how much longer, when it is extended. by: the supervisor who asks for it in his place.
    """
    return WRAP_UP[agent.activity, what](agent, by_ms, now, by)
