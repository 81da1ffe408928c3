"""Whether queues are open, and where their calls go next, as people read it: beside the rows of boards. Reads only.

The words are core.why_overflow's, the hours core.hours': SQL has no second opinion of either.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from freeswitch_cc.core.hours import Hours
from freeswitch_cc.core.why_overflow import next_step, opening

_NOW = text("SELECT clock_timestamp(), coalesce((SELECT timezone FROM center), 'UTC')")
_HOURS = text("SELECT name, hours FROM queue WHERE is_active")
_OWN = ("overflow", "spent", "overflow_at", "home", "queue_id", "too_long_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The database's clock, and the center's time zone."""

    at: datetime
    timezone: str


def now_of(connection: Connection) -> Now:
    at, timezone = connection.execute(_NOW).one()
    return Now(at=at, timezone=timezone)


def hours_of(said: Any, now: Now) -> str | None:
    """`open`, or `closed, opens in 2 h`. said: the column queue.hours."""
    return None if said is None else opening(msgspec.convert(said, Hours), now.timezone, now.at)


def hours_by_queue(connection: Connection) -> dict[str, str | None]:
    """The same of every queue, by name."""
    now = now_of(connection)
    return {row.name: hours_of(row.hours, now) for row in connection.execute(_HOURS)}


def with_next(row: dict[str, Any], now: Now) -> dict[str, Any]:
    """A call with `next` in place of the columns from which it is told."""
    kept = {name: value for name, value in row.items() if name not in _OWN}
    is_waiting = row["phase"] == "queued" and row["queue_id"] is not None
    said = (
        next_step(
            row["overflow"] or {},
            row["queue_id"],
            row["spent"] or (),
            row["overflow_at"],
            row["home"],
            now.at,
            row["too_long_at"],
        )
        if is_waiting
        else None
    )
    return {**kept, "next": said}
