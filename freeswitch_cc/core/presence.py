"""The agent: what he chose (presence) and what the system sees him do (activity).

Two tables, each complete: activity x what a call or the clock says, and presence x what he asks for.
Facts come from the call in the same transaction and nothing goes back: presence knows no legs.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.words import Activity, Presence, WrapUp

NO_ANSWER = "no_answer"


class Fact(StrEnum):
    """What a call, or the clock, says of an agent."""

    RANG = "rang"  # his phone rings
    CONNECTED = "connected"  # the bridge with the customer is proved
    HELD = "held"  # his handset holds the customer
    RETRIEVED = "retrieved"
    RELEASED = "released"  # his last leg of a call that he took is gone
    FREED = "freed"  # an offer is over and his phone is quiet
    MISSED = "missed"  # he let it ring
    DUE = "due"  # his passing activity has lasted long enough


class Ask(StrEnum):
    """What a person asks for."""

    LOGIN = "login"
    AVAILABLE = "available"
    NOT_READY = "not_ready"
    LOGOUT = "logout"


class Refusal(Exception):
    """A request that is not allowed now: a stable reason and a sentence."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


# -- activity ------------------------------------------------------------------------------------


def _stay(agent: Agent, now: datetime) -> Agent:
    return agent


def _enter(agent: Agent, activity: Activity, now: datetime) -> Agent:
    return replace(agent, activity=activity, activity_at=now)


def _rang(agent: Agent, now: datetime) -> Agent:
    return _enter(agent, Activity.RINGING, now)


def _connected(agent: Agent, now: datetime) -> Agent:
    return replace(_enter(agent, Activity.TALKING, now), due_at=None, misses=0)


def _held(agent: Agent, now: datetime) -> Agent:
    return _enter(agent, Activity.HOLDING, now)


def _retrieved(agent: Agent, now: datetime) -> Agent:
    return _enter(agent, Activity.TALKING, now)


def _idle(agent: Agent, now: datetime) -> Agent:
    """Free again; what he asked for meanwhile is his now. His place in the row is kept if he took no call."""
    agent = replace(_enter(agent, Activity.IDLE, now), due_at=None, call_id=None)
    if agent.pending_presence is not None:
        agent = _choose(agent, agent.pending_presence, agent.pending_reason, now)
    return agent


def _released(agent: Agent, now: datetime) -> Agent:
    """Wrap-up by the policy that the call left with him (wrap_up, wrap_up_ms of this value)."""
    agent = replace(agent, released_at=now, idle_since=now)
    if agent.wrap_up is WrapUp.NONE or (agent.wrap_up is WrapUp.TIMED and agent.wrap_up_ms <= 0):
        return _idle(agent, now)
    due_at = now + timedelta(milliseconds=agent.wrap_up_ms) if agent.wrap_up is WrapUp.TIMED else None
    return replace(_enter(agent, Activity.WRAP_UP, now), due_at=due_at)


def _freed(agent: Agent, now: datetime) -> Agent:
    return _idle(replace(agent, released_at=now), now)


def _missed(agent: Agent, now: datetime) -> Agent:
    """One more call that he let ring; after max_misses he is taken to be away from his desk."""
    misses = agent.misses + 1
    if misses < agent.max_misses or agent.pending_presence is Presence.OFFLINE:
        return replace(agent, misses=misses)
    return replace(agent, misses=0, pending_presence=Presence.NOT_READY, pending_reason=NO_ANSWER)


def _wrapped_up(agent: Agent, now: datetime) -> Agent:
    """Idle since the wrap-up ended: he could not take a call before."""
    return _idle(replace(agent, idle_since=now), now)


_Change = Callable[[Agent, datetime], Agent]

ACTIVITY: dict[tuple[Activity, Fact], _Change] = {
    (Activity.IDLE, Fact.RANG): _stay,
    (Activity.IDLE, Fact.CONNECTED): _stay,
    (Activity.IDLE, Fact.HELD): _stay,
    (Activity.IDLE, Fact.RETRIEVED): _stay,
    (Activity.IDLE, Fact.RELEASED): _stay,
    (Activity.IDLE, Fact.FREED): _stay,
    (Activity.IDLE, Fact.MISSED): _stay,
    (Activity.IDLE, Fact.DUE): _stay,
    (Activity.RESERVED, Fact.RANG): _rang,
    (Activity.RESERVED, Fact.CONNECTED): _connected,
    (Activity.RESERVED, Fact.HELD): _stay,
    (Activity.RESERVED, Fact.RETRIEVED): _stay,
    (Activity.RESERVED, Fact.RELEASED): _freed,
    (Activity.RESERVED, Fact.FREED): _freed,
    (Activity.RESERVED, Fact.MISSED): _missed,
    (Activity.RESERVED, Fact.DUE): _stay,
    (Activity.RINGING, Fact.RANG): _stay,
    (Activity.RINGING, Fact.CONNECTED): _connected,
    (Activity.RINGING, Fact.HELD): _stay,
    (Activity.RINGING, Fact.RETRIEVED): _stay,
    (Activity.RINGING, Fact.RELEASED): _freed,
    (Activity.RINGING, Fact.FREED): _freed,
    (Activity.RINGING, Fact.MISSED): _missed,
    (Activity.RINGING, Fact.DUE): _stay,
    (Activity.TALKING, Fact.RANG): _stay,
    (Activity.TALKING, Fact.CONNECTED): _stay,
    (Activity.TALKING, Fact.HELD): _held,
    (Activity.TALKING, Fact.RETRIEVED): _stay,
    (Activity.TALKING, Fact.RELEASED): _released,
    (Activity.TALKING, Fact.FREED): _released,
    (Activity.TALKING, Fact.MISSED): _stay,
    (Activity.TALKING, Fact.DUE): _stay,
    (Activity.HOLDING, Fact.RANG): _stay,
    (Activity.HOLDING, Fact.CONNECTED): _stay,
    (Activity.HOLDING, Fact.HELD): _stay,
    (Activity.HOLDING, Fact.RETRIEVED): _retrieved,
    (Activity.HOLDING, Fact.RELEASED): _released,
    (Activity.HOLDING, Fact.FREED): _released,
    (Activity.HOLDING, Fact.MISSED): _stay,
    (Activity.HOLDING, Fact.DUE): _stay,
    (Activity.WRAP_UP, Fact.RANG): _stay,
    (Activity.WRAP_UP, Fact.CONNECTED): _stay,
    (Activity.WRAP_UP, Fact.HELD): _stay,
    (Activity.WRAP_UP, Fact.RETRIEVED): _stay,
    (Activity.WRAP_UP, Fact.RELEASED): _stay,
    (Activity.WRAP_UP, Fact.FREED): _stay,
    (Activity.WRAP_UP, Fact.MISSED): _stay,
    (Activity.WRAP_UP, Fact.DUE): _wrapped_up,
}


def note(agent: Agent, fact: Fact, now: datetime) -> Agent:
    """The agent after a fact. A fact that does not fit what he is doing changes nothing."""
    return ACTIVITY[agent.activity, fact](agent, now)


# -- presence ------------------------------------------------------------------------------------


def _choose(agent: Agent, presence: Presence, reason: str | None, now: datetime) -> Agent:
    """Take a presence at once. Idle time is counted from the login and survives a break."""
    reason = (reason or "unspecified") if presence is Presence.NOT_READY else None
    if (agent.presence, agent.reason) == (presence, reason):
        return replace(agent, pending_presence=None, pending_reason=None)
    return replace(
        agent,
        presence=presence,
        reason=reason,
        pending_presence=None,
        pending_reason=None,
        misses=0 if presence is Presence.AVAILABLE else agent.misses,
        idle_since=now if agent.presence is Presence.OFFLINE else agent.idle_since or now,
    )


def _choose_or_wait(agent: Agent, presence: Presence, reason: str | None, now: datetime) -> Agent:
    """During a call, and its wrap-up, a presence is remembered; available ends nothing early."""
    if agent.activity is Activity.IDLE:
        return _choose(agent, presence, reason, now)
    if presence is agent.presence and presence is not Presence.NOT_READY:
        return replace(agent, pending_presence=None, pending_reason=None)
    return replace(agent, pending_presence=presence, pending_reason=reason)


def _log_in(agent: Agent, reason: str | None, now: datetime) -> Agent:
    return _choose(agent, Presence.NOT_READY, reason or "logged_in", now)


def _already_in(agent: Agent, reason: str | None, now: datetime) -> Agent:
    raise Refusal("already_logged_in", f"{agent.login} is logged in already ({agent.presence})")


def _not_in(agent: Agent, reason: str | None, now: datetime) -> Agent:
    raise Refusal("not_logged_in", f"{agent.login} is not logged in: log in first")


def _already_out(agent: Agent, reason: str | None, now: datetime) -> Agent:
    raise Refusal("not_logged_in", f"{agent.login} is not logged in")


def _make_available(agent: Agent, reason: str | None, now: datetime) -> Agent:
    """Asked for in wrap-up it ends the wrap-up: that is how an agent says that he is done."""
    if agent.activity is Activity.WRAP_UP:
        return _wrapped_up(replace(agent, pending_presence=Presence.AVAILABLE, pending_reason=None), now)
    return _choose_or_wait(agent, Presence.AVAILABLE, None, now)


def _make_not_ready(agent: Agent, reason: str | None, now: datetime) -> Agent:
    return _choose_or_wait(agent, Presence.NOT_READY, reason, now)


def _log_out(agent: Agent, reason: str | None, now: datetime) -> Agent:
    if agent.activity is Activity.WRAP_UP:
        return _wrapped_up(replace(agent, pending_presence=Presence.OFFLINE, pending_reason=None), now)
    return _choose_or_wait(agent, Presence.OFFLINE, None, now)


_Request = Callable[[Agent, str | None, datetime], Agent]

PRESENCE: dict[tuple[Presence, Ask], _Request] = {
    (Presence.OFFLINE, Ask.LOGIN): _log_in,
    (Presence.OFFLINE, Ask.AVAILABLE): _not_in,
    (Presence.OFFLINE, Ask.NOT_READY): _not_in,
    (Presence.OFFLINE, Ask.LOGOUT): _already_out,
    (Presence.AVAILABLE, Ask.LOGIN): _already_in,
    (Presence.AVAILABLE, Ask.AVAILABLE): _make_available,
    (Presence.AVAILABLE, Ask.NOT_READY): _make_not_ready,
    (Presence.AVAILABLE, Ask.LOGOUT): _log_out,
    (Presence.NOT_READY, Ask.LOGIN): _already_in,
    (Presence.NOT_READY, Ask.AVAILABLE): _make_available,
    (Presence.NOT_READY, Ask.NOT_READY): _make_not_ready,
    (Presence.NOT_READY, Ask.LOGOUT): _log_out,
}


def ask(agent: Agent, what: Ask, reason: str | None, now: datetime) -> Agent:
    """The agent after a request; raises Refusal when it is not allowed now."""
    return PRESENCE[agent.presence, what](agent, reason, now)
