"""What fcc_view_calls returns, and how the views of several calls are made of it. Pure; the function:
migrations/sql/0002_view_calls.sql.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.call import Agent, Call, Leg, Offer, View, Visit
from freeswitch_cc.core.entry import Entry
from freeswitch_cc.core.lines import Overflow


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """How a call came that may be new: where it leads, who calls, and whose clock tells when."""

    call_id: str
    dialled: str = ""
    caller_number: str = ""
    switch_id: str | None = None


class CallsFound(msgspec.Struct, frozen=True):
    """Keys as in fcc_view_calls: entries and overflows by call, skews by switch (ms)."""

    now: datetime
    calls: tuple[Call, ...]
    legs: tuple[Leg, ...]
    visits: tuple[Visit, ...]
    offers: tuple[Offer, ...]
    agents: tuple[Agent, ...]
    entries: dict[str, Entry]
    overflows: dict[str, Overflow]
    skews: dict[str, int]


Record = TypeVar("Record", Leg, Offer)


def views_of(found: CallsFound, call_ids: Iterable[str], arrived: Sequence[Arrived]) -> dict[str, View]:
    """The view of each call that was asked for, known or not."""
    calls = {call.call_id: call for call in found.calls}
    visits = {visit.call_id: visit for visit in found.visits}
    legs, offers = _by_call(found.legs), _by_call(found.offers)
    came_by = {one.call_id: one.switch_id for one in arrived}
    views = {}
    for call_id in call_ids:
        call = calls.get(call_id)
        its_legs, its_offers = tuple(legs.get(call_id, ())), tuple(offers.get(call_id, ()))
        in_question = {offer.agent_id for offer in its_offers} | {leg.agent_id for leg in its_legs if leg.is_live}
        switch_id = call.switch_id if call is not None else came_by.get(call_id)
        views[call_id] = View(
            call=call,
            legs=its_legs,
            visit=visits.get(call_id),
            offers=its_offers,
            agents=tuple(a for a in found.agents if a.call_id == call_id or a.agent_id in in_question),
            entry=found.entries.get(call_id),
            overflow=found.overflows.get(call_id),
            skew_ms=found.skews.get(switch_id, 0) if switch_id is not None else 0,
        )
    return views


def agent_views_of(found: CallsFound, agent_ids: Iterable[str]) -> dict[str, AgentView]:
    """Of each agent who was asked for by himself; who is not there has an empty one."""
    agents = {agent.agent_id: agent for agent in found.agents}
    return {agent_id: AgentView(agent=agents.get(agent_id)) for agent_id in agent_ids}


def _by_call(records: Iterable[Record]) -> dict[str, list[Record]]:
    by_call: dict[str, list[Record]] = {}
    for record in records:
        by_call.setdefault(record.call_id, []).append(record)
    return by_call
