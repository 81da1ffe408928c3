"""The records that a decision is made on: a call, its legs, its visit, its offers, its agents.

Plain values, mirrored one to one by tables of the same names. No rules here: facts change legs in
core.facts, features change wants, core.moves says how legs are moved.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from freeswitch_cc.core.dialling import Dialling, Placed
from freeswitch_cc.core.entry import Entry
from freeswitch_cc.core.lines import Farewell, Forward, Home, Overflow
from freeswitch_cc.core.words import (
    Activity,
    CallOutcome,
    CommandKind,
    LeftReason,
    OfferOutcome,
    Origin,
    Phase,
    Presence,
    Role,
    Seen,
    Segment,
    Sound,
    Step,
    VisitOutcome,
    Want,
    WrapUp,
)

# Who must survive the end of whom in a bridge, the first before the last: see survivor_of.
SURVIVES = (Role.CUSTOMER, Role.AGENT, Role.TARGET, Role.PARTICIPANT, Role.SUPERVISOR)


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One channel. What we want, what we saw, and at most one command in flight.

    seen_at, seen_seq: the switch's clock and Event-Sequence of the last fact about its place;
    an older fact changes nothing. command_due_at: when it is looked up if nothing proved it.
    is_muted: wanted by the agent; the switch tells nothing of it, so what is written counts. None: never asked for.
    is_holding: its handset holds its partner, or held him to the end if they have just been parted.
    """

    leg_id: str
    call_id: str
    switch_id: str
    role: Role
    agent_id: str | None = None
    contact: str | None = None
    ring_ms: int = 0
    want: Want = Want.PARKED
    want_leg_id: str | None = None
    want_conference: str | None = None
    seen: Seen = Seen.UNBORN
    seen_leg_id: str | None = None
    seen_conference: str | None = None
    seen_at: datetime | None = None
    seen_seq: int = 0
    is_holding: bool = False
    is_muted: bool | None = None
    command: CommandKind | None = None
    command_id: str | None = None
    command_leg_id: str | None = None
    command_due_at: datetime | None = None
    last_command_id: str | None = None
    sound: Sound = Sound.SILENT
    sound_tries: int = 0
    sound_due_at: datetime | None = None
    deadman_due_at: datetime | None = None
    segment: Segment | None = None
    segment_at: datetime | None = None
    hangup_cause: str | None = None
    ended_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.seen is not Seen.GONE

    @property
    def is_movable(self) -> bool:
        """Answered, and at a place from which it may be bridged or transferred."""
        return self.seen in (Seen.PARKED, Seen.WITH, Seen.IN_CONFERENCE)


def survivor_of(one: Leg, other: Leg) -> Leg:
    """Which of the two a bridge puts first, for the switch parks him when the other dies (docs/decisions/0010)."""
    return min(one, other, key=lambda leg: (SURVIVES.index(leg.role), leg.leg_id))


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One stay in one queue, with the settings of that queue. Its instants are by our clock, not by the switch's.

    entry_reason: inbound, overflow, returned; or passed: it was shut, and the call only went through to its way out.
    requirement_id: what the call asks of an agent besides the queue. preferred_agent_id: who is asked first.
    hold_music: for who is put on hold; empty: music.
    max_wait_ms: of the queue, if it says where to after that. overflow_at: when is looked whether it overflows.
    spent: the overflows that are over for this call, `<queue id>:<reason>`. Of a call that waits for one agent, because
    it overflowed to him: came_from, the visit that it left, with its home; it goes back after max_tries rings.
    """

    visit_id: str
    call_id: str
    queue_id: str
    entered_at: datetime
    entry_reason: str = "inbound"
    is_returned: bool = False
    priority: int = 0
    requirement_id: str | None = None
    preferred_agent_id: str | None = None
    left_at: datetime | None = None
    outcome: VisitOutcome | None = None
    agent_id: str | None = None
    music: str = ""
    hold_music: str = ""
    wrap_up: WrapUp | None = None
    wrap_up_ms: int | None = None
    wrap_up_limit_ms: int | None = None
    max_wait_ms: int | None = None
    left_reason: LeftReason | None = None
    overflow_at: datetime | None = None
    spent: tuple[str, ...] = ()
    came_from: str | None = None
    tries: int = 0
    max_tries: int | None = None
    home: Home | None = None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One attempt to ring one agent for one call.

    retry_at: he is not offered it again before: pause_ms after it ended; if he took it, when the call came back.
    """

    offer_id: str
    call_id: str
    visit_id: str
    agent_id: str
    contact: str
    ring_ms: int
    made_at: datetime
    expires_at: datetime
    leg_id: str | None = None
    ringing_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: OfferOutcome | None = None
    cause: str | None = None
    retry_at: datetime | None = None
    pause_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Agent:
    """Somebody who takes calls. due_at: when a passing activity is looked at, if nothing ended it.

    pending_presence: asked for during a call, by pending_by if not by himself. changed_by: who made him what he is,
    if neither he nor a call. last_call_id: the call that he was in last. wrap_up_limit_at: until when the wrap-up
    that he is in may be extended. misses: offers in a row that he let ring; failures: that never came to his phone,
    the last one failed_at. is_auto_answer: his phone is asked to pick up by itself. is_back_with_phone: he is not
    ready, or will be after his call, only because his phone is not registered: he is available again with it
    (core.phones). contact: the dial string of his phone.
    """

    agent_id: str
    login: str
    presence: Presence = Presence.OFFLINE
    reason: str | None = None
    pending_presence: Presence | None = None
    pending_reason: str | None = None
    pending_by: str | None = None
    changed_by: str | None = None
    activity: Activity = Activity.IDLE
    activity_at: datetime
    due_at: datetime | None = None
    call_id: str | None = None
    last_call_id: str | None = None
    idle_since: datetime | None = None
    released_at: datetime | None = None
    wrap_up_limit_at: datetime | None = None
    misses: int = 0
    failures: int = 0
    failed_at: datetime | None = None
    max_misses: int = 3
    is_auto_answer: bool = False
    is_back_with_phone: bool = False
    contact: str = ""
    wrap_up: WrapUp = WrapUp.NONE
    wrap_up_ms: int = 0
    wrap_up_limit_ms: int = 0

    @property
    def is_ready(self) -> bool:
        return self.presence is Presence.AVAILABLE and self.activity is Activity.IDLE


@dataclass(frozen=True, kw_only=True)
class Call:
    """A journey, from its start to its end. bridged_at: when customer and agent met.

    held_by: the agent at whose request the customer is on hold, since held_at. A hold from a handset is Leg.is_holding.
    farewell, step, step_due_at: in phase leaving, what is played to him or recorded, and until when.
    forward: the number that is called for him, or that he talks to; in phase forwarding that is due at step_due_at.
    placed: of a call that an agent has placed. called_back_at: since when his own phone is called anew, with the
    customer waiting for him.
    """

    call_id: str
    switch_id: str
    phase: Phase
    started_at: datetime
    origin: str = "inbound"
    caller_number: str = ""
    caller_name: str = ""
    dialled: str = ""
    entry_point_id: str | None = None
    attached: dict[str, Any] = field(default_factory=dict)
    bridged_at: datetime | None = None
    held_by: str | None = None
    held_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: CallOutcome | None = None
    farewell: Farewell | None = None
    step: Step | None = None
    step_due_at: datetime | None = None
    placed: Placed | None = None
    called_back_at: datetime | None = None
    forward: Forward | None = None


def other_party(call: Call | None, legs: Iterable[Leg]) -> Leg | None:
    """Whom agents talk to: the customer; in a call between agents the one who was called."""
    is_internal = call is not None and call.origin == Origin.INTERNAL
    role = Role.TARGET if is_internal else Role.CUSTOMER
    for leg in legs:  # asked many times for every event
        if leg.role is role:
            return leg
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything a decision may look at, locked in the database in this order.

    call is None for a call that is not known yet; entry is what its dialled number leads to.
    visit: the open one, or else the last. offers: the open ones. overflow: only when one may be due. dialling: only of
    a call that an agent asks for. skew_ms: by how much the clock of its switch is behind ours, as far as it matters.
    """

    call: Call | None = None
    legs: tuple[Leg, ...] = ()
    visit: Visit | None = None
    offers: tuple[Offer, ...] = ()
    agents: tuple[Agent, ...] = ()
    entry: Entry | None = None
    overflow: Overflow | None = None
    dialling: Dialling | None = None
    skew_ms: int = 0

    @property
    def is_whole(self) -> bool:
        """Is everybody in it in whom a leg or an offer is? Who looks without waiting leaves out who is locked."""
        known = {agent.agent_id for agent in self.agents}
        wanted = {leg.agent_id for leg in self.legs if leg.is_live and leg.agent_id is not None}
        return self.call is not None and wanted | {offer.agent_id for offer in self.offers} <= known

    def leg(self, leg_id: str | None) -> Leg | None:
        return next((leg for leg in self.legs if leg.leg_id == leg_id), None)

    def agent(self, agent_id: str | None) -> Agent | None:
        return next((agent for agent in self.agents if agent.agent_id == agent_id), None)

    def offer_of(self, leg_id: str) -> Offer | None:
        return next((offer for offer in self.offers if offer.leg_id == leg_id), None)

    @property
    def customer(self) -> Leg | None:
        return other_party(self.call, self.legs)
