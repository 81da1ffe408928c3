"""Records to begin with, and Story: a call that is told event by event, each decided and saved.

Frozen values, one fixed clock for the switch and the database; it moves only when a story says so.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from freeswitch_cc.core import agent_events, events
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.call import Agent, Call, Leg, Offer, Visit
from freeswitch_cc.core.commands import Command
from freeswitch_cc.core.decide import decide
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.entry import Entry
from freeswitch_cc.core.said_to_people import Alarm
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.core.words import Activity, Phase, Presence, Want
from tests.core.ledger import Ledger

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CALL, SWITCH, CUSTOMER = "call", "switch", "customer"
RING_MS = 15_000
TIMEOUTS = Timeouts()
REASONS = ("lunch", "meeting")
ENTRY = Entry(entry_point_id="entry", queue_id="sales", music="local_stream://sales")


def ms(milliseconds: int) -> timedelta:
    return timedelta(milliseconds=milliseconds)


def make_agent(agent_id: str = "ann", **changes: Any) -> Agent:
    """Ready, unless told otherwise; busy ones belong to the call."""
    busy = changes.get("activity", Activity.IDLE) is not Activity.IDLE
    passing = changes.get("activity") in (Activity.RESERVED, Activity.RINGING)
    changes.setdefault("presence", Presence.AVAILABLE)
    changes.setdefault("reason", "lunch" if changes["presence"] is Presence.NOT_READY else None)
    changes.setdefault("call_id", CALL if busy else None)
    changes.setdefault("due_at", NOW + ms(20_000) if passing else None)
    changes.setdefault("idle_since", NOW)
    return Agent(agent_id=agent_id, login=agent_id, activity_at=NOW, **changes)


def make_offer(offer_id: str = "offer-1", agent_id: str = "ann", leg_id: str = "ann-1", **changes: Any) -> Offer:
    values: dict[str, Any] = {
        "call_id": CALL,
        "visit_id": "visit",
        "contact": f"user/{agent_id}@center.example",
        "ring_ms": RING_MS,
        "made_at": NOW,
        "expires_at": NOW + ms(RING_MS + TIMEOUTS.offer_grace_ms),
    }
    return Offer(offer_id=offer_id, agent_id=agent_id, leg_id=leg_id, **{**values, **changes})


def matched(ledger: Ledger, visit: Visit, agent_id: str, now: datetime) -> tuple[Ledger, Offer]:
    """What match() writes: the agent is reserved, the offer made."""
    count = len(ledger.offers) + 1
    offer = make_offer(
        f"offer-{count}",
        agent_id,
        f"{agent_id}-{count}",
        visit_id=visit.visit_id,
        made_at=now,
        expires_at=now + ms(RING_MS + TIMEOUTS.offer_grace_ms),
    )
    reserved = replace(
        ledger.agents[agent_id],
        activity=Activity.RESERVED,
        activity_at=now,
        call_id=CALL,
        due_at=now + ms(RING_MS + 2 * TIMEOUTS.offer_grace_ms),
    )
    ledger = ledger.with_rows(
        offers={**ledger.offers, offer.offer_id: offer}, agents={**ledger.agents, agent_id: reserved}
    )
    return ledger, offer


@dataclass
class Story:
    """A call told event by event; every decision is saved as the database would save it."""

    ledger: Ledger
    now: datetime = NOW
    told: int = 0
    commands: list[Command] = field(default_factory=list)
    new_commands: tuple[Command, ...] = ()
    alarms: list[Alarm] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    # -- how stories begin -----------------------------------------------------------------------

    @classmethod
    def unheard(cls, *agents: Agent, entry: Entry | None = ENTRY) -> "Story":
        known = agents or (make_agent(),)
        return cls(Ledger(agents={agent.agent_id: agent for agent in known}, entry=entry))

    @classmethod
    def waiting(cls, *agents: Agent, entry: Entry | None = ENTRY) -> "Story":
        """A customer is parked and hears music."""
        story = cls.unheard(*agents, entry=entry)
        story.arrives()
        story.music_plays()
        return story

    @classmethod
    def offered(cls, *agents: Agent, entry: Entry | None = ENTRY) -> "Story":
        story = cls.waiting(*agents, entry=entry)
        story.offer()
        return story

    @classmethod
    def connecting(cls, *agents: Agent, entry: Entry | None = ENTRY) -> "Story":
        """The agent answered, the bridge is in flight."""
        story = cls.offered(*agents, entry=entry)
        story.rings()
        story.parks("ann-1")
        return story

    @classmethod
    def talking(cls, *agents: Agent, entry: Entry | None = ENTRY) -> "Story":
        """They have talked for a minute."""
        story = cls.connecting(*agents, entry=entry)
        story.bridges()
        story.pass_time(60_000)
        return story

    # -- what happens ----------------------------------------------------------------------------

    def happen(self, event: events.CallEvent) -> Decision:
        self.told += 1
        decision = decide(self.ledger.view(), event, self.now, UUID(int=self.told), TIMEOUTS)
        self.ledger = self.ledger.save(decision)
        self.commands += decision.commands
        self.new_commands = decision.commands
        self.alarms += decision.alarms
        self.reasons.append(decision.because)
        return decision

    def fact(self, kind: type[events.LegFact], leg_id: str, **fields: Any) -> Decision:
        """A fact of the switch, a millisecond after the last one."""
        self.now += ms(1)
        event = kind(call_id=CALL, leg_id=leg_id, at=self.now, seq=self.told + 1, **fields)
        return self.happen(event)

    def pass_time(self, milliseconds: int) -> None:
        self.now += ms(milliseconds)

    def arrives(self, **fields: Any) -> Decision:
        given = {"switch_id": SWITCH, "is_inbound": True, "dialled": "100", "caller_number": "+15550100"}
        return self.fact(events.LegParked, CUSTOMER, **{**given, **fields})

    def offer(self, agent_id: str = "ann", told: bool = True) -> Offer:
        """match() puts the call and an agent together."""
        visit = self.visit
        assert visit.outcome is None, "match() offers only what waits"
        assert self.ledger.agents[agent_id].is_ready, "match() reserves only who is ready"
        self.ledger, offer = matched(self.ledger, visit, agent_id, self.now)
        if told:
            self.happen(events.OfferMade(call_id=CALL, offer_id=offer.offer_id))
        return offer

    def rings(self, leg_id: str = "ann-1") -> Decision:
        return self.fact(events.LegRinging, leg_id)

    def parks(self, leg_id: str, **fields: Any) -> Decision:
        return self.fact(events.LegParked, leg_id, **{"is_inbound": leg_id == CUSTOMER, **fields})

    def bridges(self, leg_id: str = "ann-1", other: str = CUSTOMER) -> Decision:
        return self.fact(events.LegsBridged, leg_id, other_leg_id=other)

    def unbridges(self, leg_id: str = "ann-1", other: str = CUSTOMER) -> Decision:
        return self.fact(events.LegsUnbridged, leg_id, other_leg_id=other)

    def is_ended(self, leg_id: str, cause: str = "NORMAL_CLEARING", is_answered: bool = True) -> Decision:
        """By the switch: its phone has said nothing."""
        return self.fact(events.LegHungUp, leg_id, cause=cause, is_answered=is_answered, is_by_phone=False)

    def hangs_up_holding(self, leg_id: str) -> Decision:
        """His handset held to the end; that it did is told by its end alone."""
        return self.fact(events.LegHungUp, leg_id, cause="NORMAL_CLEARING", was_holding=True)

    def hangs_up(self, leg_id: str, cause: str = "NORMAL_CLEARING", is_answered: bool = True) -> Decision:
        return self.fact(events.LegHungUp, leg_id, cause=cause, is_answered=is_answered)

    def holds(self, leg_id: str = "ann-1") -> Decision:
        return self.fact(events.LegHeld, leg_id)

    def unholds(self, leg_id: str = "ann-1") -> Decision:
        return self.fact(events.LegUnheld, leg_id)

    def music_plays(self) -> Decision:
        return self.fact(events.SoundStarted, CUSTOMER)

    def refuse(self, kind: str, leg_id: str, reason: str, details: str = "") -> Decision:
        leg = self.leg(leg_id)
        return self.happen(
            events.CommandRefused(
                call_id=CALL,
                command_id=leg.command_id or "",
                kind=kind,
                leg_ids=(leg_id,),
                reason=reason,
                details=details,
            )
        )

    def verify(self, **seen: str) -> Decision:
        """The engine looked: `verify(customer="parked", ann_1="with customer")`, after every deadline is over."""
        sights = []
        for name, words in seen.items():
            word, _, other = words.partition(" ")
            known = word not in ("gone", "lost")
            sights.append(
                events.Sight(
                    leg_id=name.replace("_", "-"),
                    seen=word,
                    at=self.now if known else None,
                    seq=self.told + 1 if known else 0,
                    other_leg_id=other or None,
                )
            )
        return self.happen(events.CallVerified(call_id=CALL, sights=tuple(sights)))

    def control(self, agent_id: str, kind: str, digits: str = "1") -> Decision:
        """An agent asks for something about the call."""
        request_id = f"request-{self.told + 1}"
        event = events.ControlAsked(call_id=CALL, agent_id=agent_id, request_id=request_id, kind=kind, digits=digits)
        return self.happen(event)

    def look(self, leg_id: str = CUSTOMER, seen: str = "parked", **fields: Any) -> Decision:
        """The same of one leg, with whatever else a sight may hold."""
        sight = events.Sight(leg_id=leg_id, seen=seen, at=self.now, seq=self.told + 1, **fields)
        return self.happen(events.CallVerified(call_id=CALL, sights=(sight,)))

    def ask(self, agent_id: str, what: str, reason: str | None = None, by: str | None = None) -> Decision:
        """A person asks for a presence, or a supervisor for him."""
        self.told += 1
        request_id = f"request-{self.told}"
        event = agent_events.PresenceAsked(
            agent_id=agent_id, request_id=request_id, kind=what, reason=reason, forced_by=by
        )
        return self._of_agent(agent_id, event)

    def ask_of_wrap_up(self, agent_id: str, what: str, by_ms: int = 0, by: str | None = None) -> Decision:
        self.told += 1
        request_id = f"request-{self.told}"
        event = agent_events.WrapUpAsked(agent_id=agent_id, request_id=request_id, kind=what, by_ms=by_ms, forced_by=by)
        return self._of_agent(agent_id, event)

    def agent_is_due(self, agent_id: str = "ann") -> Decision:
        return self._of_agent(agent_id, agent_events.AgentDeadlinePassed(agent_id=agent_id))

    def _of_agent(self, agent_id: str, event: agent_events.AgentEvent) -> Decision:
        view = AgentView(agent=self.ledger.agents.get(agent_id), reasons=REASONS)
        decision = decide_agent(view, event, self.now)
        self.ledger = self.ledger.save(decision)
        return decision

    # -- what is known ---------------------------------------------------------------------------

    @property
    def call(self) -> Call:
        assert self.ledger.call is not None
        return self.ledger.call

    @property
    def visit(self) -> Visit:
        visit = self.ledger.view().visit
        assert visit is not None
        return visit

    @property
    def customer(self) -> Leg:
        return self.leg(CUSTOMER)

    def leg(self, leg_id: str) -> Leg:
        return self.ledger.legs[leg_id]

    def agent(self, agent_id: str = "ann") -> Agent:
        return self.ledger.agents[agent_id]

    @property
    def is_back_at_the_head(self) -> bool:
        """Does a customer who was answered wait again, before all others?"""
        visit = self.visit
        return (
            self.call.phase is Phase.QUEUED
            and self.call.bridged_at is None
            and (visit.entry_reason, visit.is_returned, visit.outcome) == ("returned", True, None)
            and len(self.ledger.visits) == 2
            and self.customer.want is Want.PARKED
        )

    def offer_row(self, number: int = 1) -> Offer:
        return self.ledger.offers[f"offer-{number}"]

    def sent(self) -> list[str]:
        """The commands of the last event, as words: `bridge customer ann-1`."""
        return [spell(command) for command in self.new_commands]


def spell(command: Command) -> str:
    legs = command.leg_ids or (command.leg_id,)
    return " ".join([type(command).__name__.lower(), *legs])
