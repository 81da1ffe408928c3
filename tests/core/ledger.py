"""The database of these tests, in memory: what is saved, what is read back, and the rules that it guards.

It mirrors migrations/sql/0001_view_call.sql (what a view holds), 0001_save.sql (what a decision changes),
the CHECKs and partial unique indexes of store/tables.py and the trigger of 0001_guards.sql. No rules of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from freeswitch_cc.core.call import Agent, Call, Leg, Offer, View, Visit
from freeswitch_cc.core.entry import Entry
from freeswitch_cc.core.lines import Home, Overflow, Voicemail
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import (
    Activity,
    CommandKind,
    Phase,
    Presence,
    Role,
    Seen,
    Sound,
    VisitOutcome,
    Want,
    WrapUp,
)


class Broken(AssertionError):
    """The database would have refused to save this."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows of one call and of the agents; `entry` is what any dialled number leads to, `overflow` its queue now."""

    call: Call | None = None
    legs: Mapping[str, Leg] = field(default_factory=dict)
    visits: Mapping[str, Visit] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    entry: Entry | None = None
    overflow: Overflow | None = None
    voicemails: Mapping[str, Voicemail] = field(default_factory=dict)

    def view(self) -> View:
        if self.call is None:
            return View(entry=self.entry, overflow=self.overflow)
        call_id = self.call.call_id
        live = [leg.agent_id for leg in self.legs.values() if leg.is_live]
        offered = [offer.agent_id for offer in self.open_offers()]
        return View(
            call=self.call,
            legs=tuple(sorted(self.legs.values(), key=lambda leg: leg.leg_id)),
            visit=self._visit(),
            overflow=self.overflow,
            offers=tuple(sorted(self.open_offers(), key=lambda offer: offer.made_at)),
            agents=tuple(
                agent
                for agent in sorted(self.agents.values(), key=lambda agent: agent.agent_id)
                if agent.agent_id in live or agent.agent_id in offered or agent.call_id == call_id
            ),
        )

    def _visit(self) -> Visit | None:
        """The open one, or the last; with where it goes back to from an agent's line (fcc_home)."""
        visit = max(self.visits.values(), key=lambda visit: (visit.outcome is None, visit.entered_at), default=None)
        left = self.visits.get(visit.came_from or "") if visit is not None else None
        if visit is None or left is None or left.left_reason is None:
            return visit
        named = (left.requirement_id, left.preferred_agent_id)
        home = Home(
            queue_id=left.queue_id,
            left_reason=left.left_reason,
            requirement_id=named[0],
            preferred_agent_id=named[1],
            max_wait_ms=left.max_wait_ms,
            music=left.music,
        )
        return replace(visit, home=home)

    def open_offers(self) -> Iterator[Offer]:
        return (offer for offer in self.offers.values() if offer.outcome is None)

    def save(self, decision: Decision) -> "Ledger":
        """The rows after a decision; raises Broken when the database would."""
        for leg in decision.legs:
            check_leg(leg)
            guard_leg(self.legs.get(leg.leg_id), leg)
        for agent in decision.agents:
            check_agent(agent)
            _need(agent.agent_id in self.agents, f"agent {agent.agent_id} is configured, not made by a call")
        for offer in decision.offers:
            check_offer(offer)
            before = self.offers.get(offer.offer_id)
            _need(before is not None, "an offer is made by match(), not by a decision")
            _need(before is None or before.outcome in (None, offer.outcome), f"{offer.offer_id}: one outcome")
        for visit in decision.visits:
            check_visit(visit)
            old = self.visits.get(visit.visit_id)
            _need(old is None or old.outcome in (None, visit.outcome), f"{visit.visit_id}: one outcome")
        if decision.call is not None:
            check_call(decision.call)
        after = replace(
            self,
            call=decision.call or self.call,
            legs={**self.legs, **{leg.leg_id: leg for leg in decision.legs}},
            visits={**self.visits, **{visit.visit_id: visit for visit in decision.visits}},
            offers={**self.offers, **{offer.offer_id: offer for offer in decision.offers}},
            agents={**self.agents, **{agent.agent_id: agent for agent in decision.agents}},
            voicemails={**self.voicemails, **{voicemail.call_id: voicemail for voicemail in decision.voicemails}},
        )
        after.check_uniqueness()
        return after

    def check_uniqueness(self) -> None:
        customers = [leg for leg in self.legs.values() if leg.role is Role.CUSTOMER and leg.is_live]
        _need(len(customers) <= 1, "one_live_customer_per_call")
        _need(sum(visit.outcome is None for visit in self.visits.values()) <= 1, "one_open_visit_per_call")
        offers = list(self.open_offers())
        _need(len({offer.agent_id for offer in offers}) == len(offers), "one_open_offer_per_agent")
        _need(len({offer.visit_id for offer in offers}) == len(offers), "one_open_offer_per_visit")

    def with_rows(self, **rows: Any) -> "Ledger":
        """Rows that somebody else than a decision wrote: match(), `apply`."""
        return replace(self, **rows)


def _need(holds: bool, rule: str) -> None:
    if not holds:
        raise Broken(rule)


def check_leg(leg: Leg) -> None:
    rules = {
        "with_names_a_leg": (leg.want is Want.WITH) == (leg.want_leg_id is not None),
        "in_names_a_conference": (leg.want is Want.IN_CONFERENCE) == (leg.want_conference is not None),
        "seen_with_names_a_leg": (leg.seen is Seen.WITH) == (leg.seen_leg_id is not None),
        "seen_in_names_a_conference": (leg.seen is Seen.IN_CONFERENCE) == (leg.seen_conference is not None),
        "gone_has_an_end": (leg.seen is Seen.GONE) == (leg.ended_at is not None),
        "command_is_whole": (leg.command is None) == (leg.command_id is None) == (leg.command_due_at is None),
        "gone_is_not_commanded": leg.seen is not Seen.GONE or leg.command is None,
        "passing_has_an_end": leg.seen not in (Seen.MOVING, Seen.DIALING, Seen.LOST) or leg.command is not None,
        "asked_sound_has_an_end": leg.sound is not Sound.ASKED or leg.sound_due_at is not None,
        # Stricter than the database: a deadline that nobody clears is found due again and again.
        "only_an_asked_sound_is_due": leg.sound is Sound.ASKED or leg.sound_due_at is None,
        "gone_has_no_deadline": leg.seen is not Seen.GONE or leg.deadman_due_at is None,
    }
    _need(all(rules.values()), f"{leg.leg_id}: {[rule for rule, holds in rules.items() if not holds]} {leg}")


def guard_leg(old: Leg | None, new: Leg) -> None:
    """The trigger guard_leg; and that a segment never goes back."""
    if old is None:
        return
    _need(new.call_id == old.call_id, "one_owner_per_leg")
    is_kept = new.command_id == old.command_id or new.last_command_id == old.command_id
    _need(
        old.command_id is None or old.command is CommandKind.SETTLE or is_kept or new.command is CommandKind.KILL,
        f"one_command_per_leg: {old.leg_id} has {old.command} in flight, not {new.command}",
    )
    _need(old.seen is not Seen.GONE or new.seen is Seen.GONE, "gone_is_for_ever")
    if old.segment_at is not None and new.segment_at is not None:
        _need(new.segment_at >= old.segment_at, f"{new.leg_id}: a segment goes forward")


def check_agent(agent: Agent) -> None:
    passing = (Activity.RESERVED, Activity.RINGING)
    rules = {
        "timed_wrap_up_has_a_time": agent.wrap_up is not WrapUp.TIMED or agent.wrap_up_ms > 0,
        "not_ready_has_a_reason": (agent.presence is Presence.NOT_READY) == (agent.reason is not None),
        "passing_has_an_end": agent.activity not in passing or agent.due_at is not None,
        "busy_has_a_call": agent.activity is Activity.IDLE or agent.call_id is not None,
        "idle_has_no_call": agent.activity is not Activity.IDLE or agent.call_id is None,
        "offline_is_idle": agent.presence is not Presence.OFFLINE or agent.activity is Activity.IDLE,
        # Stricter than the database, as above.
        "idle_is_not_due": agent.activity is not Activity.IDLE or agent.due_at is None,
        "ready_has_a_place_in_the_row": not agent.is_ready or agent.idle_since is not None,
        "only_a_wrap_up_is_extended": agent.wrap_up_limit_at is None or agent.activity is Activity.WRAP_UP,
        "nobody_asks_for_nothing": agent.pending_presence is not None
        or (agent.pending_reason, agent.pending_by) == (None, None),
    }
    _need(all(rules.values()), f"{agent.login}: {[rule for rule, holds in rules.items() if not holds]} {agent}")


def check_offer(offer: Offer) -> None:
    _need((offer.outcome is None) == (offer.ended_at is None), "offer: outcome_has_an_end")
    _need(offer.leg_id is not None, "an offer knows its leg")
    _need(offer.ended_at is None or offer.ended_at >= offer.made_at, "an offer ends after it was made")


def check_visit(visit: Visit) -> None:
    _need((visit.outcome is None) == (visit.left_at is None), "visit: outcome_has_an_end")
    is_otherwise = visit.outcome is VisitOutcome.LEFT_OTHERWISE
    _need(visit.left_reason is None or is_otherwise, "left_for_a_reason")
    _need(visit.left_at is None or visit.left_at >= visit.entered_at, "a visit ends after it began")


def check_call(call: Call) -> None:
    _need((call.phase is Phase.ENDED) == (call.ended_at is not None), "ended_has_an_end")
    ends = call.phase in (Phase.ENDING, Phase.ENDED)
    is_told = call.phase is Phase.DIALING  # who has called in vain hears so before he is let go
    _need(is_told or ends == (call.outcome is not None), "a call that ends has an outcome, and no other")
    is_placed = call.origin in ("outbound", "internal") or call.phase is Phase.DIALING
    _need(call.placed is not None or not is_placed, "placed_by_somebody")
    _need((call.held_by is None) == (call.held_at is None), "held_since_when")
    _need(call.held_by is None or call.phase is Phase.TALKING, "held_in_a_talk")
    _need((call.phase is Phase.LEAVING) == (call.step is not None), "leaving_in_steps")
    is_passing = call.phase in (Phase.LEAVING, Phase.FORWARDING)
    _need(is_passing == (call.step_due_at is not None), "step_has_an_end")
    _need(call.phase is not Phase.FORWARDING or call.forward is not None, "forwarding_to_a_number")
    _need(call.ended_at is None or call.ended_at >= call.started_at, "a call ends after it began")
