"""What people look at: who is doing what now. Plain SQL on the rows that routing uses; nothing is computed twice."""

from typing import Any

from sqlalchemy import Connection, text

_AGENTS = text("""
    SELECT a.login, a.name, a.presence, a.reason, a.activity, a.state_at,
           a.presence = 'available' AND a.activity = 'idle' AND a.is_active AS is_ready,
           a.pending_presence, a.pending_reason, a.call_id, a.is_active,
           coalesce(array_agg(q.name ORDER BY q.name) FILTER (WHERE q.is_active), '{}') AS queues
      FROM agent a
      LEFT JOIN eligibility e USING (agent_id)
      LEFT JOIN queue q USING (queue_id)
     WHERE a.is_active OR a.presence <> 'offline'
     GROUP BY a.agent_id
     ORDER BY a.login
""")

# The last visit and the agent of the last answered offer say where a call is, or where it ended.
_CALLS = """
    SELECT c.call_id, c.phase, c.caller_number, c.caller_name, c.dialled, q.name AS queue, g.login AS agent,
           c.started_at, c.ended_at, c.outcome
      FROM call c
      LEFT JOIN LATERAL (SELECT v.queue_id, v.agent_id FROM queue_visit v
                          WHERE v.call_id = c.call_id ORDER BY v.entered_at DESC LIMIT 1) v ON true
      LEFT JOIN queue q ON q.queue_id = v.queue_id
      LEFT JOIN agent g ON g.agent_id = v.agent_id
"""
_LIVE_CALLS = text(f"{_CALLS} WHERE c.ended_at IS NULL ORDER BY c.started_at")
_LAST_CALLS = text(f"{_CALLS} ORDER BY c.started_at DESC LIMIT :limit")

_ALARMS = text("""
    SELECT a.at, a.kind, s.name AS switch, a.call_id, a.leg_id, a.details
      FROM alarm a LEFT JOIN switch s USING (switch_id)
     ORDER BY a.at DESC, a.alarm_id DESC LIMIT :limit
""")

Row = dict[str, Any]


def agents(connection: Connection) -> list[Row]:
    """Every agent who can take calls or is still logged in."""
    return [dict(row) for row in connection.execute(_AGENTS).mappings()]


def live_calls(connection: Connection) -> list[Row]:
    """Every call that has not ended, the oldest first."""
    return [dict(row) for row in connection.execute(_LIVE_CALLS).mappings()]


def last_calls(connection: Connection, limit: int) -> list[Row]:
    """The calls that started last, ended or not, the youngest first."""
    return [dict(row) for row in connection.execute(_LAST_CALLS, {"limit": limit}).mappings()]


def alarms(connection: Connection, limit: int) -> list[Row]:
    """What somebody should look at, the youngest first."""
    return [dict(row) for row in connection.execute(_ALARMS, {"limit": limit}).mappings()]
