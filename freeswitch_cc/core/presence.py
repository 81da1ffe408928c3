"""What an agent chose: two complete tables, presence x what is asked for, by him and by a supervisor in his place.

During a call and its wrap-up a presence waits (`pending_presence`), the last one that was asked for counts. What he is
seen to do is core.activity's; nothing here knows calls.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from freeswitch_cc.core.agent_state import Refusal, choose, end_wrap_up, wait_with
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.words import Activity, Presence

FORCED = "forced"
"""The reason of a supervisor who gave none."""


class Ask(StrEnum):
    """What a person asks for."""

    LOGIN = "login"
    AVAILABLE = "available"
    NOT_READY = "not_ready"
    LOGOUT = "logout"


# -- asked for by himself, and by a supervisor who is named ---------------------------------------


def _choose_or_wait(agent: Agent, presence: Presence, reason: str | None, now: datetime, by: str | None) -> Agent:
    """During a call, and its wrap-up, a presence is remembered; what he is anyway only takes an earlier wish back."""
    if agent.activity is Activity.IDLE:
        return choose(agent, presence, reason, now, by)
    if presence is agent.presence and presence is not Presence.NOT_READY:
        return replace(agent, pending_presence=None, pending_reason=None, pending_by=None, is_back_with_phone=False)
    return wait_with(agent, presence, reason, by)


def _log_in(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    return choose(agent, Presence.NOT_READY, "logged_in", now, by)


def _already_in(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    raise Refusal("already_logged_in", f"{agent.login} is logged in already ({agent.presence})")


def _not_in(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    raise Refusal("not_logged_in", f"{agent.login} is not logged in: log in first")


def _already_out(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    raise Refusal("not_logged_in", f"{agent.login} is not logged in")


def _make_available(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    """Asked for in wrap-up it ends the wrap-up: that is how an agent says that he is done."""
    if agent.activity is Activity.WRAP_UP:
        return end_wrap_up(wait_with(agent, Presence.AVAILABLE, None, by), now, by)
    return _choose_or_wait(agent, Presence.AVAILABLE, None, now, by)


def _make_not_ready(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    return _choose_or_wait(agent, Presence.NOT_READY, reason, now, by)


def _log_out(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    if agent.activity is Activity.WRAP_UP:
        return end_wrap_up(wait_with(agent, Presence.OFFLINE, None, by), now, by)
    return _choose_or_wait(agent, Presence.OFFLINE, None, now, by)


# -- only asked for by a supervisor ----------------------------------------------------------------


def _is_out(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    """Nothing is left to be forced."""
    return agent


def _put_aside(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    return _make_not_ready(agent, reason or FORCED, now, by)


def _no_login(agent: Agent, reason: str | None, now: datetime, by: str | None) -> Agent:
    raise Refusal("cannot_be_forced", "a login cannot be forced: available, not_ready and logout can")


_Request = Callable[[Agent, str | None, datetime, str | None], Agent]

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

FORCED_PRESENCE: dict[tuple[Presence, Ask], _Request] = {
    (Presence.OFFLINE, Ask.LOGIN): _no_login,
    (Presence.OFFLINE, Ask.AVAILABLE): _make_available,
    (Presence.OFFLINE, Ask.NOT_READY): _put_aside,
    (Presence.OFFLINE, Ask.LOGOUT): _is_out,
    (Presence.AVAILABLE, Ask.LOGIN): _no_login,
    (Presence.AVAILABLE, Ask.AVAILABLE): _make_available,
    (Presence.AVAILABLE, Ask.NOT_READY): _put_aside,
    (Presence.AVAILABLE, Ask.LOGOUT): _log_out,
    (Presence.NOT_READY, Ask.LOGIN): _no_login,
    (Presence.NOT_READY, Ask.AVAILABLE): _make_available,
    (Presence.NOT_READY, Ask.NOT_READY): _put_aside,
    (Presence.NOT_READY, Ask.LOGOUT): _log_out,
}


def ask(agent: Agent, what: Ask, reason: str | None, now: datetime) -> Agent:
    """The agent after his own request; raises Refusal when it is not allowed now."""
    return PRESENCE[agent.presence, what](agent, reason, now, None)


def force(agent: Agent, what: Ask, reason: str | None, now: datetime, by: str) -> Agent:
    """The agent after a supervisor's request. Whoever calls this has checked that he may."""
    return FORCED_PRESENCE[agent.presence, what](agent, reason, now, by)
