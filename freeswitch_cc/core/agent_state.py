"""The steps that the tables of an agent are made of: each takes an agent and gives him back changed.

Shared by core.activity (what he is seen to do), core.presence and core.wrap_up (what is asked for). No table here, and
nothing is refused.
"""

from datetime import datetime, timedelta

from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.record import replace
from freeswitch_cc.core.words import Activity, Presence

SYSTEM = "system"
"""Who changed an agent (`changed_by`) when it was the engine, of its own accord."""

DEVICE_DOWN = "device_down"
"""The reason of who has no phone: it is not registered any more (core.phones), or was never reached (core.activity)."""


class Refusal(Exception):
    """A request that is not allowed now: a stable reason and a sentence that says what would be right."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def check_in_time(asked_at: datetime | None, now: datetime, request_ms: int) -> None:
    """Raises Refusal(too_late) when it was asked for longer ago than anybody waits. asked_at: None: a moment ago."""
    if asked_at is not None and now - asked_at > timedelta(milliseconds=request_ms):
        raise too_late()


def too_late() -> Refusal:
    """He who asked has been told that nobody answered: done now, it would be done behind his back."""
    return Refusal("too_late", "no engine has carried it out in time: ask again")


def enter(agent: Agent, activity: Activity, now: datetime) -> Agent:
    """Another activity, by the doing of a call or of the clock."""
    return replace(agent, activity=activity, activity_at=now, changed_by=None)


def choose(agent: Agent, presence: Presence, reason: str | None, now: datetime, by: str | None) -> Agent:
    """Take a presence at once. Idle time is counted from the login and survives a break.

    by: who made him, if not he himself; SYSTEM knows no better than before whether his phone can be rung. A presence
    that he has already is not taken again.
    """
    reason = (reason or "unspecified") if presence is Presence.NOT_READY else None
    is_phones_doing = agent.is_back_with_phone and reason == DEVICE_DOWN
    agent = replace(
        agent, pending_presence=None, pending_reason=None, pending_by=None, is_back_with_phone=is_phones_doing
    )
    if (agent.presence, agent.reason) == (presence, reason):
        return agent
    return replace(
        agent,
        presence=presence,
        reason=reason,
        changed_by=by,
        misses=0 if presence is Presence.AVAILABLE else agent.misses,
        failures=0 if presence is Presence.AVAILABLE and by != SYSTEM else agent.failures,
        idle_since=now if agent.presence is Presence.OFFLINE else agent.idle_since or now,
    )


def wait_with(agent: Agent, presence: Presence, reason: str | None, by: str | None) -> Agent:
    """Remember a presence until after the call and its wrap-up. The last word counts, whoever said it."""
    return replace(agent, pending_presence=presence, pending_reason=reason, pending_by=by, is_back_with_phone=False)


def become_idle(agent: Agent, now: datetime, by: str | None = None) -> Agent:
    """Free again; what was asked for meanwhile is his now. His place in the row is kept if he took no call.

    by: who freed him, if that was neither he himself nor a call nor the clock. What was asked for is the doing of who
    asked for it.
    """
    agent = replace(enter(agent, Activity.IDLE, now), due_at=None, call_id=None, wrap_up_limit_at=None, changed_by=by)
    if agent.pending_presence is not None:
        agent = choose(agent, agent.pending_presence, agent.pending_reason, now, agent.pending_by)
    return agent


def end_wrap_up(agent: Agent, now: datetime, by: str | None = None) -> Agent:
    """Idle since the wrap-up ended: he could not take a call before."""
    return become_idle(replace(agent, idle_since=now), now, by)
