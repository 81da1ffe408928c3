"""The working copy of a view while one decision is made, and the decision that comes of it.

Local to one decide(): built from a frozen View, thrown away after. It knows how to change records and
to remember why; the rules stand in facts, queueing, talking, presence and moves.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypedDict

from freeswitch_cc.core.call import Agent, Call, Leg, Offer, View, Visit, other_party
from freeswitch_cc.core.commands import Command, Mark, Play, PushDeadman
from freeswitch_cc.core.disposition import Disposition
from freeswitch_cc.core.entry import Entry
from freeswitch_cc.core.ids import Ids
from freeswitch_cc.core.lines import Voicemail
from freeswitch_cc.core.record import replace
from freeswitch_cc.core.said_to_people import Alarm, Answer, PhoneRequest
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.core.words import CommandKind, Phase, Seen, Want


class About(TypedDict):
    """What every command about one leg says: `Play(**scene.about(leg), sound=...)`."""

    command_id: str
    switch_id: str
    call_id: str
    leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Only what changed, to be saved in one transaction; commands to be sent after its commit."""

    call: Call | None = None
    legs: tuple[Leg, ...] = ()
    visits: tuple[Visit, ...] = ()
    offers: tuple[Offer, ...] = ()
    agents: tuple[Agent, ...] = ()
    commands: tuple[Command, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    dispositions: tuple[Disposition, ...] = ()
    voicemails: tuple[Voicemail, ...] = ()
    answer: Answer | None = None
    because: str = ""
    wakes_matcher: bool = False
    asked: PhoneRequest | None = None
    refused_by: str = ""
    """The switch that did not even try to ring an agent, for a reason of its own; empty: none did."""
    new: frozenset[str] = frozenset()
    """The ids of a call, legs and visits that nobody has seen before: they are added, the others changed."""

    @property
    def changes_nothing(self) -> bool:
        return (
            not (self.call or self.legs or self.visits or self.offers or self.agents or self.alarms or self.answer)
            and not self.commands
            and not self.dispositions
            and not self.voicemails
        )

    @property
    def lets_a_call_wait(self) -> bool:
        """Of one that wakes the matcher: does a call wait for an agent from now on, or may another one be asked?"""
        return bool(self.offers) or any(visit.outcome is None for visit in self.visits)

    @property
    def is_found_again(self) -> bool:
        """Would a look at the switch tell all of it again? Of a caller who has just come and is moved nowhere.

        Whoever forgets it finds a leg in park that nobody knows, and takes it for a caller who comes (core.strangers).
        """
        return (
            self.call is not None
            and self.call.call_id in self.new
            and self.call.phase is Phase.QUEUED
            and all(leg.is_live for leg in self.legs)
            and all(visit.outcome is None for visit in self.visits)
            and all(isinstance(command, Play | PushDeadman | Mark) for command in self.commands)
            and not (self.offers or self.agents or self.alarms or self.dispositions or self.voicemails)
            and self.answer is None
            and self.asked is None
        )


@dataclass(slots=True)
class Scene:
    """See the module. `at` is the instant of the event: the switch's clock for its facts, else now.

    our_at: the same instant by our clock, for all that is compared with now or with what began by a deadline. Never of
    the future: what is known of the switch's clock is known by its heartbeats, and one that was late misleads.
    """

    view: View
    now: datetime
    at: datetime
    our_at: datetime
    ids: Ids
    timeouts: Timeouts
    call: Call | None = None
    legs: dict[str, Leg] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    answer: Answer | None = None
    voicemail: Voicemail | None = None
    reasons: list[str] = field(default_factory=list)
    wakes_matcher: bool = False
    refused_by: str = ""
    never_born: set[str] = field(default_factory=set)
    """Legs that the switch was asked for and has not made."""

    @classmethod
    def of(cls, view: View, now: datetime, at: datetime | None, ids: Ids, timeouts: Timeouts) -> "Scene":
        return cls(
            view=view,
            now=now,
            at=at or now,
            our_at=min(at + timedelta(milliseconds=view.skew_ms), now) if at is not None else now,
            ids=ids,
            timeouts=timeouts,
            call=view.call,
            legs={leg.leg_id: leg for leg in view.legs},
            visits={view.visit.visit_id: view.visit} if view.visit else {},
            offers={offer.offer_id: offer for offer in view.offers},
            agents={agent.agent_id: agent for agent in view.agents},
        )

    # -- looking ---------------------------------------------------------------------------------

    @property
    def entry(self) -> Entry | None:
        return self.view.entry

    @property
    def the_call(self) -> Call:
        assert self.call is not None, "a feature is asked only about a call that exists"
        return self.call

    @property
    def customer(self) -> Leg | None:
        return other_party(self.call, self.legs.values())

    @property
    def open_visit(self) -> Visit | None:
        return next((visit for visit in self.visits.values() if visit.outcome is None), None)

    @property
    def last_visit(self) -> Visit | None:
        return max(self.visits.values(), key=lambda visit: visit.entered_at, default=None)

    @property
    def open_offer(self) -> Offer | None:
        return next((offer for offer in self.offers.values() if offer.outcome is None), None)

    def live_legs(self) -> list[Leg]:
        return [leg for leg in self.legs.values() if leg.seen is not Seen.GONE]

    def live_legs_of(self, agent_id: str) -> list[Leg]:
        return [leg for leg in self.live_legs() if leg.agent_id == agent_id]

    def after(self, ms: int) -> datetime:
        return self.now + timedelta(milliseconds=ms)

    def about(self, leg: Leg, command_id: str | None = None) -> About:
        """What a command about this leg begins with; it has a new id, unless one was drawn for it before."""
        return About(
            command_id=command_id or self.ids.draw(),
            switch_id=leg.switch_id,
            call_id=leg.call_id,
            leg_id=leg.leg_id,
        )

    # -- changing --------------------------------------------------------------------------------

    def because(self, reason: str) -> None:
        self.reasons.append(reason)

    def change_leg(self, leg_id: str, **changes: Any) -> Leg:
        self.legs[leg_id] = changed = replace(self.legs[leg_id], **changes)
        return changed

    def change_offer(self, offer: Offer, **changes: Any) -> Offer:
        self.offers[offer.offer_id] = changed = replace(offer, **changes)
        return changed

    def change_visit(self, visit: Visit, **changes: Any) -> Visit:
        self.visits[visit.visit_id] = changed = replace(visit, **changes)
        return changed

    def change_agent(self, agent_id: str, **changes: Any) -> Agent:
        self.agents[agent_id] = changed = replace(self.agents[agent_id], **changes)
        return changed

    def change_call(self, **changes: Any) -> Call:
        self.call = changed = replace(self.the_call, **changes)
        return changed

    def want_parked(self, leg: Leg | None) -> None:
        if leg is not None and leg.is_live:
            self.change_leg(leg.leg_id, want=Want.PARKED, want_leg_id=None, want_conference=None)

    def want_gone(self, leg: Leg | None) -> None:
        if leg is not None and leg.is_live:
            self.change_leg(leg.leg_id, want=Want.GONE, want_leg_id=None, want_conference=None)

    def want_together(self, one: Leg, other: Leg) -> None:
        for leg, partner in ((one, other), (other, one)):
            self.change_leg(leg.leg_id, want=Want.WITH, want_leg_id=partner.leg_id, want_conference=None)

    def end_command(self, leg_id: str) -> Leg:
        """The command in flight ended by its proof, a refusal or a look at the switch."""
        leg = self.legs[leg_id]
        if leg.command is None:
            return leg
        return self.change_leg(
            leg_id,
            command=None,
            last_command_id=leg.last_command_id if leg.command is CommandKind.SETTLE else leg.command_id,
            command_id=None,
            command_leg_id=None,
            command_due_at=None,
        )

    def settle(self, leg_id: str) -> None:
        """The switch moves this leg by itself: give it a moment, then look."""
        if self.legs[leg_id].command is None:
            self.change_leg(
                leg_id,
                command=CommandKind.SETTLE,
                command_id=self.ids.draw(),
                command_due_at=self.after(self.timeouts.settle_ms),
            )

    def alarm(self, kind: str, leg: Leg | None = None, details: str = "", *, once: str = "") -> None:
        call = self.call
        self.alarms.append(
            Alarm(
                kind=kind,
                switch_id=call.switch_id if call else None,
                call_id=call.call_id if call else None,
                leg_id=leg.leg_id if leg else None,
                details=details,
                once=once,
            )
        )

    def decision(self) -> Decision:
        """What changed against the view."""
        view = self.view
        legs = {leg.leg_id: leg for leg in view.legs}
        agents = {agent.agent_id: agent for agent in view.agents}
        return Decision(
            call=self.call if _differs(self.call, view.call) else None,
            legs=tuple(leg for leg in self.legs.values() if _differs(leg, legs.get(leg.leg_id))),
            visits=tuple(visit for visit in self.visits.values() if _differs(visit, view.visit)),
            offers=tuple(o for o in self.offers.values() if o not in view.offers),
            agents=tuple(agent for agent in self.agents.values() if _differs(agent, agents.get(agent.agent_id))),
            commands=tuple(self.commands),
            alarms=tuple(self.alarms),
            answer=self.answer,
            voicemails=(self.voicemail,) if self.voicemail is not None else (),
            because="; ".join(self.reasons),
            wakes_matcher=self.wakes_matcher,
            refused_by=self.refused_by,
            new=self._new(legs),
        )

    def _new(self, known: dict[str, Leg]) -> frozenset[str]:
        view = self.view
        new = [leg_id for leg_id in self.legs if leg_id not in known]
        new += [visit_id for visit_id in self.visits if view.visit is None or view.visit.visit_id != visit_id]
        if view.call is None and self.call is not None:
            new.append(self.call.call_id)
        return frozenset(new)


def _differs(now: object, before: object) -> bool:
    """Most have not been touched: to compare all their fields would take longer than the decision."""
    return now is not before and now != before


def is_talking_pair(one: Leg, other: Leg) -> bool:
    """Do the two hear each other, as far as was seen?"""
    return one.seen is Seen.WITH and one.seen_leg_id == other.leg_id and other.seen_leg_id == one.leg_id
