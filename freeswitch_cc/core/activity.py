"""What the system sees an agent do: one complete table, activity x what a call or the clock says of him.

Facts come from the call in the same transaction and nothing goes back: no legs are known here. What he chose
himself is core.presence's.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from freeswitch_cc.core.agent_state import DEVICE_DOWN, SYSTEM, become_idle, end_wrap_up, enter, wait_with
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.record import replace
from freeswitch_cc.core.words import Activity, Presence, WrapUp

NO_ANSWER = "no_answer"


class Fact(StrEnum):
    """What a call, or the clock, says of an agent."""

    RANG = "rang"  # his phone rings
    REACHED = "reached"  # his phone did not ring and yet said something: busy, refused, answered and gone
    CONNECTED = "connected"  # the bridge with the customer is proved
    HELD = "held"  # his handset holds the customer
    RETRIEVED = "retrieved"
    RELEASED = "released"  # his last leg of a call that he took is gone
    FREED = "freed"  # an offer is over and his phone is quiet
    MISSED = "missed"  # he let it ring
    UNREACHABLE = "unreachable"  # the offer never came to his phone
    DUE = "due"  # his passing activity has lasted long enough


def _stay(agent: Agent, now: datetime) -> Agent:
    return agent


def _rang(agent: Agent, now: datetime) -> Agent:
    return replace(enter(agent, Activity.RINGING, now), failures=0)


def _reached(agent: Agent, now: datetime) -> Agent:
    return replace(agent, failures=0)


def _connected(agent: Agent, now: datetime) -> Agent:
    agent = enter(agent, Activity.TALKING, now)
    return replace(agent, due_at=None, misses=0, failures=0, last_call_id=agent.call_id)


def _held(agent: Agent, now: datetime) -> Agent:
    return enter(agent, Activity.HOLDING, now)


def _retrieved(agent: Agent, now: datetime) -> Agent:
    return enter(agent, Activity.TALKING, now)


def _released(agent: Agent, now: datetime) -> Agent:
    """Wrap-up by the policy that the call left with him: wrap_up, wrap_up_ms, wrap_up_limit_ms of this value.

    The policy is lent for this decision only, so the limit of extending is written down as an instant.
    """
    agent = replace(agent, released_at=now, idle_since=now)
    is_timed = agent.wrap_up is WrapUp.TIMED
    if agent.wrap_up is WrapUp.NONE or (is_timed and agent.wrap_up_ms <= 0):
        return become_idle(agent, now)
    limit_at = _later(now, agent.wrap_up_limit_ms) if is_timed and agent.wrap_up_limit_ms > 0 else None
    due_at = _later(now, agent.wrap_up_ms) if is_timed else None
    return replace(enter(agent, Activity.WRAP_UP, now), due_at=due_at, wrap_up_limit_at=limit_at)


def _freed(agent: Agent, now: datetime) -> Agent:
    return become_idle(replace(agent, released_at=now), now)


def _missed(agent: Agent, now: datetime) -> Agent:
    """One more call that he let ring; after max_misses he is taken to be away from his desk."""
    if agent.misses + 1 < agent.max_misses or _is_leaving(agent):
        return replace(agent, misses=agent.misses + 1)
    return wait_with(replace(agent, misses=0), Presence.NOT_READY, NO_ANSWER, SYSTEM)


def _unreachable(agent: Agent, now: datetime) -> Agent:
    """One more call that his phone was not there for; after max_misses it is taken to be down.

    They are counted on until there is a sign of it: who comes back by his phone's doing, and is not reached, is down at
    once (core.phones).
    """
    agent = replace(agent, failed_at=now, failures=agent.failures + 1)
    if agent.failures < agent.max_misses or _is_leaving(agent):
        return agent
    return wait_with(agent, Presence.NOT_READY, DEVICE_DOWN, SYSTEM)


def _is_leaving(agent: Agent) -> bool:
    """Does he take no more calls anyway? What he said himself goes before what we make of his phone."""
    return agent.pending_presence in (Presence.NOT_READY, Presence.OFFLINE)


def _wrapped_up(agent: Agent, now: datetime) -> Agent:
    return end_wrap_up(agent, now)


def _later(now: datetime, milliseconds: int) -> datetime:
    return now + timedelta(milliseconds=milliseconds)


_Change = Callable[[Agent, datetime], Agent]

ACTIVITY: dict[tuple[Activity, Fact], _Change] = {
    (Activity.IDLE, Fact.RANG): _stay,
    (Activity.IDLE, Fact.REACHED): _stay,
    (Activity.IDLE, Fact.CONNECTED): _stay,
    (Activity.IDLE, Fact.HELD): _stay,
    (Activity.IDLE, Fact.RETRIEVED): _stay,
    (Activity.IDLE, Fact.RELEASED): _stay,
    (Activity.IDLE, Fact.FREED): _stay,
    (Activity.IDLE, Fact.MISSED): _stay,
    (Activity.IDLE, Fact.UNREACHABLE): _stay,
    (Activity.IDLE, Fact.DUE): _stay,
    (Activity.RESERVED, Fact.RANG): _rang,
    (Activity.RESERVED, Fact.REACHED): _reached,
    (Activity.RESERVED, Fact.CONNECTED): _connected,
    (Activity.RESERVED, Fact.HELD): _stay,
    (Activity.RESERVED, Fact.RETRIEVED): _stay,
    (Activity.RESERVED, Fact.RELEASED): _freed,
    (Activity.RESERVED, Fact.FREED): _freed,
    (Activity.RESERVED, Fact.MISSED): _missed,
    (Activity.RESERVED, Fact.UNREACHABLE): _unreachable,
    (Activity.RESERVED, Fact.DUE): _stay,
    (Activity.RINGING, Fact.RANG): _stay,
    (Activity.RINGING, Fact.REACHED): _stay,
    (Activity.RINGING, Fact.CONNECTED): _connected,
    (Activity.RINGING, Fact.HELD): _stay,
    (Activity.RINGING, Fact.RETRIEVED): _stay,
    (Activity.RINGING, Fact.RELEASED): _freed,
    (Activity.RINGING, Fact.FREED): _freed,
    (Activity.RINGING, Fact.MISSED): _missed,
    (Activity.RINGING, Fact.UNREACHABLE): _stay,  # it rang, whatever the switch says in the end
    (Activity.RINGING, Fact.DUE): _stay,
    (Activity.TALKING, Fact.RANG): _stay,
    (Activity.TALKING, Fact.REACHED): _stay,
    (Activity.TALKING, Fact.CONNECTED): _stay,
    (Activity.TALKING, Fact.HELD): _held,
    (Activity.TALKING, Fact.RETRIEVED): _stay,
    (Activity.TALKING, Fact.RELEASED): _released,
    (Activity.TALKING, Fact.FREED): _released,
    (Activity.TALKING, Fact.MISSED): _stay,
    (Activity.TALKING, Fact.UNREACHABLE): _stay,
    (Activity.TALKING, Fact.DUE): _stay,
    (Activity.HOLDING, Fact.RANG): _stay,
    (Activity.HOLDING, Fact.REACHED): _stay,
    (Activity.HOLDING, Fact.CONNECTED): _stay,
    (Activity.HOLDING, Fact.HELD): _stay,
    (Activity.HOLDING, Fact.RETRIEVED): _retrieved,
    (Activity.HOLDING, Fact.RELEASED): _released,
    (Activity.HOLDING, Fact.FREED): _released,
    (Activity.HOLDING, Fact.MISSED): _stay,
    (Activity.HOLDING, Fact.UNREACHABLE): _stay,
    (Activity.HOLDING, Fact.DUE): _stay,
    (Activity.WRAP_UP, Fact.RANG): _stay,
    (Activity.WRAP_UP, Fact.REACHED): _stay,
    (Activity.WRAP_UP, Fact.CONNECTED): _stay,
    (Activity.WRAP_UP, Fact.HELD): _stay,
    (Activity.WRAP_UP, Fact.RETRIEVED): _stay,
    (Activity.WRAP_UP, Fact.RELEASED): _stay,
    (Activity.WRAP_UP, Fact.FREED): _stay,
    (Activity.WRAP_UP, Fact.MISSED): _stay,
    (Activity.WRAP_UP, Fact.UNREACHABLE): _stay,
    (Activity.WRAP_UP, Fact.DUE): _wrapped_up,
}


def note(agent: Agent, fact: Fact, now: datetime) -> Agent:
    """The agent after a fact. A fact that does not fit what he is doing changes nothing."""
    return ACTIVITY[agent.activity, fact](agent, now)
