"""decide_agent(): from one agent, and one event that belongs to him and to no call, to what is changed. Pure.

What people ask for is carried out or refused here, and answered in the same transaction. Facts of calls come to
agents through core.told.
"""

from datetime import datetime, timedelta

from freeswitch_cc.core import activity, agent_events, feature_codes, phones, presence, wrap_up
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.disposition import Disposition, dispose
from freeswitch_cc.core.durations import spell
from freeswitch_cc.core.phone_events import CodeDialled, PhoneChanged
from freeswitch_cc.core.presence import Ask
from freeswitch_cc.core.said_to_people import Answer
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.supervision import check_supervisor
from freeswitch_cc.core.words import Activity, Presence
from freeswitch_cc.core.wrap_up import WrapUpAsk


def decide_agent(view: AgentView, event: agent_events.AgentEvent, now: datetime) -> Decision:
    """The decision on one event of one agent. view: what is known, locked. now: the database's clock."""
    if isinstance(event, agent_events.AgentRequest):
        return _answer(view, event, now)
    if isinstance(event, CodeDialled):
        return _carry_out(view, event, now)
    if isinstance(event, PhoneChanged):
        return _follow_phone(view, now)
    agent = view.agent
    if agent is None or agent.due_at is None or agent.due_at > now or agent.activity is not Activity.WRAP_UP:
        return Decision(because="not due any more")
    after = activity.note(agent, activity.Fact.DUE, now)
    return Decision(agents=(after,), because="the wrap-up is over", wakes_matcher=after.is_ready)


def _follow_phone(view: AgentView, now: datetime) -> Decision:
    agent = view.agent
    if agent is None:
        return Decision(because="there is no such agent")
    after = phones.follow(agent, view.is_phone_registered, now, view.registered_since)
    if after == agent:
        return Decision(because="nothing to do about his phone")
    word = "is registered" if view.is_phone_registered else "is not registered any more"
    return Decision(agents=(after,), because=f"his phone {word}: {_told(after)}", wakes_matcher=after.is_ready)


def _carry_out(view: AgentView, event: CodeDialled, now: datetime) -> Decision:
    """A code is what it stands for, asked for by his phone."""
    try:
        decision = _answer(view, feature_codes.request_of(view, event), now)
    except Refusal as refusal:
        answer = Answer(request_id=event.leg_id, state="refused", reason=refusal.reason, message=refusal.message)
        decision = Decision(answer=answer, because=refusal.message)
    return feature_codes.told(decision, view, event, now)


def _answer(view: AgentView, event: agent_events.AgentRequest, now: datetime) -> Decision:
    try:
        if view.agent is None:
            raise Refusal("no_such_agent", "there is no such agent")
        if isinstance(event, agent_events.DispositionAsked):
            said = dispose(view, event.code, event.subject, event.call_id, now)
            return _noted(event, said)
        if isinstance(event, agent_events.WrapUpAsked):
            after, message = _of_wrap_up(view.agent, event, now)
        else:
            assert isinstance(event, agent_events.PresenceAsked)
            after, message = _of_presence(view, view.agent, event, now)
    except Refusal as refusal:
        answer = Answer(request_id=event.request_id, state="refused", reason=refusal.reason, message=refusal.message)
        return Decision(answer=answer, because=refusal.message)
    return Decision(
        agents=(after,) if after != view.agent else (),
        answer=Answer(request_id=event.request_id, state="done", message=message),
        because=message,
        wakes_matcher=after.is_ready,
    )


def _noted(event: agent_events.DispositionAsked, said: Disposition) -> Decision:
    message = f"{said.code} noted for call {said.call_id}"
    return Decision(
        dispositions=(said,),
        answer=Answer(request_id=event.request_id, state="done", message=message),
        because=message,
    )


def _of_presence(view: AgentView, agent: Agent, event: agent_events.PresenceAsked, now: datetime) -> tuple[Agent, str]:
    what = Ask(event.kind)
    if event.forced_by is None:
        after = presence.ask(agent, what, event.reason, now)
    else:
        check_supervisor(event.forced_by, event.kind, agent)
        after = presence.force(agent, what, event.reason, now, event.forced_by)
    if what is Ask.NOT_READY:
        _check_reason(event.reason, view.reasons)
    return after, f"{_told(agent)} already" if after == agent else _told(after)


def _check_reason(reason: str | None, allowed: tuple[str, ...]) -> None:
    """None given is none to be checked; what only the engine says nobody may ask for."""
    if reason is not None and reason not in allowed:
        listed = f"it may be {', '.join(allowed)}, or none" if allowed else "the center has none: leave it out"
        raise Refusal("unknown_reason", f"{reason[:80]!r} is no reason to be not ready: {listed}")


def _of_wrap_up(agent: Agent, event: agent_events.WrapUpAsked, now: datetime) -> tuple[Agent, str]:
    what = WrapUpAsk(event.kind)
    if event.forced_by is not None:
        check_supervisor(event.forced_by, event.kind, agent)
    after = wrap_up.ask(agent, what, event.by_ms, now, event.forced_by)
    if what is WrapUpAsk.END:
        return after, _told(after)
    assert after.due_at is not None, "only what ends by the clock is extended"
    left_ms = max(0, (after.due_at - now) // timedelta(milliseconds=1))
    return after, f"{agent.login}'s wrap-up lasts {spell(event.by_ms)} longer: {spell(left_ms)} are left"


def _told(agent: Agent) -> str:
    """What an agent is, and what he will be."""
    told = f"{agent.login} is {_spelled(agent.presence, agent.reason)}"
    if agent.pending_presence is not None:
        told += f", {_spelled(agent.pending_presence, agent.pending_reason)} after this call"
    return told


def _spelled(chosen: Presence, reason: str | None) -> str:
    return f"{chosen} ({reason})" if reason else str(chosen)
