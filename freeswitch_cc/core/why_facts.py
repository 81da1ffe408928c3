"""The facts that are known of one call at one moment, as migrations/sql/0002_why.sql reads them.

Plain values; what is said of them is core.why's. No rule of routing looks at these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from freeswitch_cc.core.hours import Hours
from freeswitch_cc.core.lines import Farewell, Forward
from freeswitch_cc.core.words import CallOutcome, LeftReason, OfferOutcome, Phase, Step, VisitOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """is_owned: an engine commands it. heard_at: its last sign of life, by its own clock; None: never."""

    name: str
    is_active: bool
    is_owned: bool
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """The open stay in a queue, or the last one. requires: what the call asks besides its queue. agent: who answered.

    waiting_since: entered_at less all earlier waiting of the call. overflow: of the queue, by reason, its target.
    spent, overflow_at, max_tries: as in core.call.Visit. too_long_at: when it will have waited too long. home: the
    queue that it goes back to from an agent's line.
    """

    queue: str
    is_queue_active: bool
    strategy: str
    entered_at: datetime
    waiting_since: datetime
    left_at: datetime | None = None
    outcome: VisitOutcome | None = None
    is_returned: bool = False
    priority: int = 0
    estimated_wait_ms: int | None = None
    requires: str | None = None
    agent: str | None = None
    queue_id: str = ""
    overflow: Mapping[str, str] = field(default_factory=dict)
    hours: Hours | None = None
    spent: tuple[str, ...] = ()
    overflow_at: datetime | None = None
    max_tries: int | None = None
    home: str | None = None
    left_reason: LeftReason | None = None
    too_long_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A tier of agents. number: from 1. eligible: all in it; does: how many of those who meet what the call asks
    do what (`ready`, an activity, `not_ready`, `offline`); reasons: why how many of them are not ready."""

    number: int
    after_ms: int
    eligible: int
    requires: str | None = None
    agents: tuple[str, ...] = ()
    does: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def able(self) -> int:
        return sum(self.does.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """Who is asked first, if he is ready. does: as in Tier; None: he is switched off."""

    login: str
    is_active: bool
    is_eligible: bool
    does: str | None = None
    reason: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Who was offered this call, and how that ended last. retry_at: he is not asked again before; None: at any time."""

    login: str
    tries: int
    outcome: OfferOutcome
    ended_at: datetime
    retry_at: datetime | None = None
    is_ready: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOffer:
    """Whom it is being offered to. is_answered: he picked up, and is being connected."""

    login: str
    made_at: datetime
    ringing_at: datetime | None = None
    is_answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A call at one moment. position: 1 goes next in its queue. expected_ms: as foretold to a call at its place,
    expected_by: the answers of late, the times that calls take (`handling`), or who is `ready`.

    held_at: since when the customer is on hold, if he is. placed_by: the agent who has placed it; called_back_at:
    since when his phone is called anew. forward: the number that is called for him, or that he talks to.
    """

    now: datetime
    call_id: str
    phase: Phase
    started_at: datetime
    switch: Switch
    outcome: CallOutcome | None = None
    dialled: str = ""
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    held_at: datetime | None = None
    talks_to: tuple[str, ...] = ()
    visit: VisitFacts | None = None
    tried: tuple[Tried, ...] = ()
    offer: OpenOffer | None = None
    position: int | None = None
    expected_ms: int | None = None
    expected_by: str | None = None
    preferred: Preferred | None = None
    tiers: tuple[Tier, ...] = ()
    timezone: str = "UTC"
    step: Step | None = None
    farewell: Farewell | None = None
    called_back_at: datetime | None = None
    placed_by: str | None = None
    forward: Forward | None = None
