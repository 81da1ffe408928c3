"""What happened to a switch itself: none of it belongs to a call or to an agent. As core.events, which see."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchFact:
    """Something about the switch itself; it never enters a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(SwitchFact):
    """BACKGROUND_JOB whose result is a failure. Successes are dropped: the fact itself is the proof."""

    job_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(SwitchFact):
    """HEARTBEAT. core_id changes when the switch restarts."""

    core_id: str
    at: datetime
    sessions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchStopping(SwitchFact):
    """SHUTDOWN: the switch is going down."""

    core_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegUnreadable(SwitchFact):
    """A frame that could not be decoded. leg_id when it could be found in the bytes, else None."""

    leg_id: str | None
    why: str = field(default="")
