"""Several events of one call in one transaction: what is known after each decision, and all decisions as one.

Pure. It is exact: whoever decides on `after` decides as he would on what the database says after a save. Where a step
would go unrecorded, because only the last of two is saved, `fits` says so, and the transaction ends before it.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from freeswitch_cc.core.call import Agent, Leg, View, Visit
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import CommandKind

T = TypeVar("T")


def after(view: View, decision: Decision) -> View:
    """The view of the next event of this call, if nobody else has changed anything: it is still locked."""
    call = decision.call or view.call
    if call is None:
        return view
    legs = _with(view.legs, decision.legs, "leg_id")
    offers = tuple(offer for offer in _with(view.offers, decision.offers, "offer_id") if offer.outcome is None)
    in_question = {offer.agent_id for offer in offers} | {leg.agent_id for leg in legs if leg.is_live}
    agents = _with(view.agents, decision.agents, "agent_id")
    return replace(
        view,
        call=call,
        legs=tuple(sorted(legs, key=lambda leg: leg.leg_id)),
        visit=_open_or_last((*((view.visit,) if view.visit else ()), *decision.visits)),
        offers=offers,
        agents=tuple(a for a in agents if a.call_id == call.call_id or a.agent_id in in_question),
        entry=None,
        overflow=None,
        dialling=None,
    )


def may_go_on(view: View, so_far: Decision) -> bool:
    """May another event be decided in this transaction? view: what was known before all of them.

    An answer to a request may be refused by the database, and all that is saved with it. What a view shows only when it
    is due, or of a call that an agent asks for, is not shown again before another look.
    """
    return so_far.answer is None and view.overflow is None and view.dialling is None


def fits(view: View, so_far: Decision, decision: Decision) -> bool:
    """May this decision be saved together with those before it? view: what was known before all of them.

    Every command ends by name, every interval of a leg and of an agent is written down, every visit is: of two steps
    that one record takes the database would see the last one only.
    """
    legs = {leg.leg_id: leg for leg in so_far.legs}
    agents = {agent.agent_id: agent for agent in so_far.agents}
    visits = {visit.visit_id for visit in so_far.visits}
    return (
        decision.answer is None
        and all(_leg_fits(view.leg(leg.leg_id), legs.get(leg.leg_id), leg) for leg in decision.legs)
        and all(_agent_fits(view.agent(a.agent_id), agents.get(a.agent_id), a) for a in decision.agents)
        and not any(visit.visit_id in visits for visit in decision.visits)
    )


def together(first: Decision, then: Decision) -> Decision:
    """Both as one: the last state of every record, the commands of both in their order."""
    return Decision(
        call=then.call or first.call,
        legs=_with(first.legs, then.legs, "leg_id"),
        visits=_with(first.visits, then.visits, "visit_id"),
        offers=_with(first.offers, then.offers, "offer_id"),
        agents=_with(first.agents, then.agents, "agent_id"),
        commands=(*first.commands, *then.commands),
        alarms=(*first.alarms, *then.alarms),
        dispositions=(*first.dispositions, *then.dispositions),
        voicemails=_with(first.voicemails, then.voicemails, "path"),
        answer=then.answer or first.answer,
        because="; ".join(why for why in (first.because, then.because) if why),
        wakes_matcher=first.wakes_matcher or then.wakes_matcher,
        asked=then.asked or first.asked,
        refused_by=then.refused_by or first.refused_by,
        new=first.new | then.new,
    )


def _leg_fits(saved: Leg | None, before: Leg | None, leg: Leg) -> bool:
    if before is None:
        return True
    if saved is None:
        return leg.segment is before.segment and leg.command_id == before.command_id
    if leg.segment is not before.segment and before.segment is not saved.segment:
        return False
    is_ended_by_name = saved.command_id in (None, leg.command_id, leg.last_command_id)
    return is_ended_by_name or saved.command is CommandKind.SETTLE or leg.command is CommandKind.KILL


def _agent_fits(saved: Agent | None, before: Agent | None, agent: Agent) -> bool:
    return saved is None or before is None or _state(agent) == _state(before) or _state(before) == _state(saved)


def _state(agent: Agent) -> tuple[object, ...]:
    return agent.presence, agent.reason, agent.activity, agent.call_id


def _open_or_last(visits: Iterable[Visit]) -> Visit | None:
    latest = {visit.visit_id: visit for visit in visits}
    return max(latest.values(), key=lambda visit: (visit.outcome is None, visit.entered_at), default=None)


def _with(before: tuple[T, ...], changed: tuple[T, ...], key: str) -> tuple[T, ...]:
    """Those of before, each as it was changed last, and the new ones behind them."""
    return tuple({getattr(one, key): one for one in (*before, *changed)}.values())
