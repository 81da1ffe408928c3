"""Messages that callers have left, for people. Reads only: core.farewell has them written."""

from typing import Any

from sqlalchemy import Connection, text

_LAST = text("""
    SELECT v.at, v.box, q.name AS queue, c.caller_number, c.caller_name, v.ms, v.path, v.call_id
      FROM voicemail v JOIN call c USING (call_id) LEFT JOIN queue q ON q.queue_id = v.queue_id
     WHERE CAST(:box AS text) IS NULL OR v.box = :box
     ORDER BY v.at DESC LIMIT :limit
""")


def last(connection: Connection, limit: int, box: str | None = None) -> list[dict[str, Any]]:
    """The youngest first. ms: None while it is recorded, or when its end was told to nobody."""
    return [dict(row) for row in connection.execute(_LAST, {"limit": limit, "box": box}).mappings()]
