"""What a call that comes is known by: the entry point of the number that was dialled, its queue, and who calls.

Plain values, as migrations/sql/0002_view_call.sql reads them; what becomes of them: core.arrival, core.priority.
"""

from dataclasses import dataclass, field
from typing import Any

from freeswitch_cc.core.words import WrapUp


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityRule:
    """What a queue adds to the priority of a call whose attached data say `key: value`."""

    key: str
    value: Any
    add: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a dialled number leads to, and what is known of the caller by his number.

    caller_name, importance: of a known caller. preferred_by: why preferred_agent_id is asked first: `known_caller`
    or `last_agent`.
    """

    entry_point_id: str
    queue_id: str
    queue_priority: int = 0
    entry_priority: int = 0
    priority_by: tuple[PriorityRule, ...] = ()
    attached: dict[str, Any] = field(default_factory=dict)
    requirement_id: str | None = None
    caller_name: str = ""
    importance: int = 0
    preferred_agent_id: str | None = None
    preferred_by: str = ""
    music: str = ""
    hold_music: str = ""
    wrap_up: WrapUp | None = None
    wrap_up_ms: int | None = None
    wrap_up_limit_ms: int | None = None
    max_wait_ms: int | None = None
