"""A queue as it is at this moment, where its overflow leads, and what a caller may be told before his call ends.

Plain values, as migrations/sql/0002_overflow.sql reads them; what follows from them is core.overflow's.
"""

from dataclasses import dataclass, field
from datetime import datetime

from freeswitch_cc.core.dialling import Dialling
from freeswitch_cc.core.hours import Hours
from freeswitch_cc.core.words import CallOutcome, LeftReason, WrapUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One queue, or the line of one agent (name `agent:LOGIN`).

    overflow: by reason, a target as core.target writes it. waiting: calls in it, also those that ring somebody.
    is_staffed: is somebody logged in who may take the call?
    agent_wait_ms, agent_tries: how long, and for how many rings, a call waits for the agent to whom it overflowed.
    may_dial, caller_ids: which classes of numbers it may overflow to, and by which caller ID, the first one.
    max_forwarded, max_forwarded_per_caller: it calls no more; 0: no limit. forwarded: its other calls that are at
    numbers now, forwarded_of_caller: other calls of this caller's number in the last day for which one was called, by
    any queue; each counted only where it matters.
    """

    queue_id: str
    name: str
    hours: Hours | None = None
    max_length: int | None = None
    max_wait_ms: int | None = None
    overflow: dict[str, str] = field(default_factory=dict)
    agent_wait_ms: int = 60_000
    agent_tries: int = 2
    waiting: int = 0
    is_staffed: bool = True
    music: str = ""
    hold_music: str = ""
    wrap_up: WrapUp | None = None
    wrap_up_ms: int | None = None
    wrap_up_limit_ms: int | None = None
    may_dial: tuple[str, ...] = ()
    caller_ids: tuple[str, ...] = ()
    max_forwarded: int = 0
    max_forwarded_per_caller: int = 0
    forwarded: int = 0
    forwarded_of_caller: int = 0

    @property
    def due_after_ms(self) -> int | None:
        """How long one may wait, if it is said where to after that."""
        return self.max_wait_ms if LeftReason.TOO_LONG in self.overflow else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A voicemail box. directory: on the switch's machine. silence_ms: so much of it ends a message.

    max_messages, max_per_caller: it takes no more; 0: no limit. messages: that are in it, messages_of_caller: that this
    caller's number has left in the last day; counted as far as the limit.
    """

    name: str
    directory: str
    greeting: str = ""
    longest_ms: int = 180_000
    silence_ms: int = 5_000
    max_messages: int = 0
    max_per_caller: int = 0
    messages: int = 0
    messages_of_caller: int = 0

    @property
    def is_full(self) -> bool:
        """For this caller at least."""
        return 0 < self.max_messages <= self.messages or 0 < self.max_per_caller <= self.messages_of_caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """What a queue's overflow may need to know: all queues and boxes that it can lead to. timezone: of the center.

    dialling: of the center, when it can lead to a number.
    """

    timezone: str
    lines: tuple[Line, ...] = ()
    boxes: tuple[Box, ...] = ()
    dialling: Dialling | None = None

    def line(self, queue_id: str) -> Line | None:
        return next((line for line in self.lines if line.queue_id == queue_id), None)

    def line_named(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name), None)

    def box(self, name: str) -> Box | None:
        return next((box for box in self.boxes if box.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The visit that a call left when it overflowed to an agent, or to a number: it goes back there if that is of no
    avail."""

    queue_id: str
    left_reason: LeftReason
    requirement_id: str | None = None
    preferred_agent_id: str | None = None
    max_wait_ms: int | None = None
    music: str = ""
    hold_music: str = ""
    wrap_up: WrapUp | None = None
    wrap_up_ms: int | None = None
    wrap_up_limit_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """An outside number that is called for a caller. It is noted when it begins: the center file may change.

    queue_id: the queue whose overflow it is. left_visit_id, home: what he left for it, which may be another queue.
    contact, ring_ms, limit_ms, caller_number: by the dial policy, as in core.dialling.Placed. spent: as in
    core.call.Visit, with this one.
    """

    number: str
    contact: str
    ring_ms: int
    queue_id: str
    left_visit_id: str
    home: Home
    caller_number: str = ""
    limit_ms: int = 0
    spent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What is done with a caller before his call ends. It is noted when it begins: the center file may change.

    sound: an announcement, or the greeting of a box. path: where his message is recorded; empty: it is not.
    asked_at: when that was asked for first. recorded_at, recorded_ms: since when the switch records, by our clock, and
    how long that became.
    """

    outcome: CallOutcome
    sound: str = ""
    box: str = ""
    path: str = ""
    longest_ms: int = 0
    silence_ms: int = 0
    queue_id: str | None = None
    recorded_at: datetime | None = None
    recorded_ms: int | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail:
    """A message that was left. ms: its length; None: the switch has not told it (yet)."""

    call_id: str
    queue_id: str | None
    box: str
    path: str
    at: datetime
    ms: int | None = None
