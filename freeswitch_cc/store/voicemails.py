"""Messages that callers have left: which there are, and the end of their rows. core.farewell has them written.

The files are on the switch's machine, where we have no hand: who removes a row is told which file was its.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

_LAST = text("""
    SELECT v.at, v.box, q.name AS queue, c.caller_number, c.caller_name, v.ms, v.path, v.call_id
      FROM voicemail v JOIN call c USING (call_id) LEFT JOIN queue q ON q.queue_id = v.queue_id
     WHERE CAST(:box AS text) IS NULL OR v.box = :box
     ORDER BY v.at DESC LIMIT :limit
""")
# Not while it may still be recorded: its row would come again.
_REMOVE = """
    DELETE FROM voicemail v USING call c
     WHERE c.call_id = v.call_id AND c.phase = 'ended' AND (CAST(:box AS text) IS NULL OR v.box = :box) AND {which}
 RETURNING v.at, v.box, v.ms, v.path, v.call_id
"""
_NAMED = text(_REMOVE.format(which="v.call_id = ANY (CAST(:call_ids AS uuid[]))"))
_OLDER = text(_REMOVE.format(which="v.at < now() - make_interval(days => :days)"))
_OVERDUE = text(
    _REMOVE.format(
        which="""EXISTS (SELECT 1 FROM voicemail_box b WHERE b.name = v.box AND b.keep_days > 0
                            AND v.at < now() - make_interval(days => b.keep_days))"""
    )
)


def last(connection: Connection, limit: int, box: str | None = None) -> list[dict[str, Any]]:
    """The youngest first. ms: None while it is recorded, or when its end was told to nobody."""
    return [dict(row) for row in connection.execute(_LAST, {"limit": limit, "box": box}).mappings()]


def remove(
    connection: Connection,
    *,
    call_ids: Sequence[str] = (),
    older_than_days: int | None = None,
    box: str | None = None,
) -> list[dict[str, Any]]:
    """Those of these calls; or those that are older; or, if neither is said, those that are older than their box keeps
    them. Returns what was removed, the oldest first."""
    values: dict[str, Any] = {"box": box}
    if call_ids:
        found = connection.execute(_NAMED, values | {"call_ids": list(call_ids)})
    elif older_than_days is not None:
        found = connection.execute(_OLDER, values | {"days": older_than_days})
    else:
        found = connection.execute(_OVERDUE, values)
    return sorted((dict(row) for row in found.mappings()), key=lambda row: row["at"])
