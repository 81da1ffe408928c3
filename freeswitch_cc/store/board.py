"""What people look at: who is doing what now. Plain SQL on the rows that routing uses; nothing is computed twice."""

from typing import Any

from sqlalchemy import Connection, TextClause, text

from freeswitch_cc.store import opening

# over_ms: by how much he has been not ready for longer than his reason allows. call_with: who calls in the call that he
# is in, or whom he has called.
_AGENTS = text("""
    SELECT a.login, a.name, a.presence, a.reason, a.activity, a.state_at, a.presence_at,
           CASE WHEN r.longest_ms IS NOT NULL
                THEN greatest(0, floor(extract(epoch FROM now() - a.presence_at) * 1000) - r.longest_ms)::bigint
                END AS over_ms,
           EXISTS (SELECT 1 FROM ready_agent y WHERE y.agent_id = a.agent_id) AS is_ready,
           a.pending_presence, a.pending_reason, a.pending_by, a.changed_by, a.call_id, a.is_active,
           CASE WHEN a.activity = 'wrap_up' THEN a.due_at END AS wrap_up_ends_at, a.wrap_up_limit_at,
           coalesce(array_agg(q.name ORDER BY q.name) FILTER (WHERE q.is_active), '{}') AS queues,
           c.origin AS call_origin,
           CASE WHEN c.placed->>'agent_id' = a.agent_id::text THEN split_part(c.dialled, ':', 2)
                ELSE coalesce(nullif(c.caller_name, ''), c.caller_number) END AS call_with
      FROM agent a
      LEFT JOIN call c USING (call_id)
      LEFT JOIN not_ready_reason r ON r.name = a.reason
      LEFT JOIN eligibility e USING (agent_id)
      LEFT JOIN queue q USING (queue_id)
     WHERE a.is_active OR a.presence <> 'offline'
     GROUP BY a.agent_id, r.name, c.call_id
     ORDER BY a.login
""")
_REASONS = text(
    "SELECT name, is_productive, is_paid, longest_ms, is_system FROM not_ready_reason"
    " WHERE is_active ORDER BY is_system, name"
)
_DISPOSITIONS = text("SELECT code, name, is_active FROM disposition ORDER BY is_active DESC, code")

# The last visit says where a call is, or where it ended; waited_ms is all its waiting. agent: whom it is being offered
# to, or else who answered last, or who has placed it. state: `waiting`, `offered`, `ringing`, `talking`, `held`,
# `dialing`, `called back` (who has placed it), `forwarding`, `ending`, `ended`, or the step of a farewell.
# forwarded_to: the number to which it has overflowed, and that is called for it, or talked to.
_CALLS = """
    SELECT c.call_id, c.phase,
           CASE WHEN c.phase = 'talking' AND l.is_held THEN 'held'
                WHEN c.phase = 'leaving' THEN c.step
                WHEN c.phase = 'dialing' AND c.called_back_at IS NOT NULL THEN 'called back'
                WHEN c.phase <> 'queued' THEN c.phase
                WHEN o.ringing_at IS NOT NULL THEN 'ringing'
                WHEN o.login IS NOT NULL THEN 'offered' ELSE 'waiting' END AS state,
           c.caller_number, c.caller_name, c.dialled, q.name AS queue,
           coalesce(o.login, g.login, p.login) AS agent,
           v.priority, v.is_returned,
           floor(extract(epoch FROM greatest(coalesce(v.left_at, clock_timestamp()), v.waiting_since)
                                    - v.waiting_since) * 1000)::bigint AS waited_ms,
           c.started_at, c.bridged_at, c.ended_at, c.outcome, c.origin, c.step, v.left_reason,
           c.forward->>'number' AS forwarded_to,
           v.queue_id::text AS queue_id, q.overflow, v.spent, v.overflow_at, h.name AS home,
           v.entered_at + make_interval(secs => q.max_wait_ms / 1000.0) AS too_long_at
      FROM call c
      LEFT JOIN LATERAL (SELECT v.* FROM queue_visit v
                          WHERE v.call_id = c.call_id ORDER BY v.entered_at DESC LIMIT 1) v ON true
      LEFT JOIN LATERAL (SELECT bool_or(l.segment = 'held') AS is_held FROM leg l
                          WHERE l.call_id = c.call_id AND l.seen <> 'gone'
                            AND (l.role = 'customer' OR c.origin = 'internal')) l ON true
      LEFT JOIN LATERAL (SELECT a.login, o.ringing_at FROM offer o JOIN agent a USING (agent_id)
                          WHERE o.visit_id = v.visit_id AND o.outcome IS NULL) o ON true
      LEFT JOIN queue q ON q.queue_id = v.queue_id
      LEFT JOIN queue_visit w ON w.visit_id = v.came_from
      LEFT JOIN queue h ON h.queue_id = w.queue_id
      LEFT JOIN agent g ON g.agent_id = v.agent_id
      LEFT JOIN agent p ON p.agent_id = (c.placed->>'agent_id')::uuid
"""
_LIVE_CALLS = text(f"{_CALLS} WHERE c.ended_at IS NULL ORDER BY c.started_at")
_ONE_CALL = text(f"{_CALLS} WHERE c.call_id = :call_id")
_LAST_CALLS = text(f"{_CALLS} ORDER BY c.started_at DESC LIMIT :limit")

# A queue that is switched off is told of too: somebody may wait in it yet.
_QUEUES = text("""
      WITH counted AS MATERIALIZED (SELECT * FROM availability WHERE kind = 'queue')
    SELECT q.name, q.is_active, q.strategy, q.priority, greatest(1, jsonb_array_length(q.tiers)) AS tiers,
           coalesce(v.waiting, 0) AS waiting, v.oldest_wait_ms, v.estimated_wait_ms,
           coalesce(v.ready, 0) AS ready, coalesce(v.in_reserve, 0) AS in_reserve, coalesce(v.busy, 0) AS busy,
           coalesce(v.wrap_up, 0) AS wrap_up, coalesce(v.not_ready, 0) AS not_ready, coalesce(v.offline, 0) AS offline,
           coalesce(v.eligible, 0) AS eligible, v.longest_idle_ms, q.hours, q.max_length, q.max_wait_ms,
           CASE WHEN jsonb_path_exists(q.overflow, '$.* ? (@ starts with "number:")')
                THEN fcc_forwarded(q.queue_id, '{}') END AS forwarded, q.max_forwarded, q.max_forwarded_per_caller
      FROM queue q LEFT JOIN counted v ON v.name = q.name
     ORDER BY NOT q.is_active, q.name
""")

_ALARMS = text("""
    SELECT a.at, a.kind, s.name AS switch, a.call_id, a.leg_id, a.details
      FROM alarm a LEFT JOIN switch s USING (switch_id)
     ORDER BY a.at DESC, a.alarm_id DESC LIMIT :limit
""")

Row = dict[str, Any]


def agents(connection: Connection) -> list[Row]:
    """Every agent who can take calls or is still logged in.

    over_ms: None unless he is not ready for a reason that may last only so long, 0 while it has not lasted too long.
    """
    return [dict(row) for row in connection.execute(_AGENTS).mappings()]


def not_ready_reasons(connection: Connection) -> list[Row]:
    """Why an agent may be not ready; those that only the engine gives (is_system) last."""
    return [dict(row) for row in connection.execute(_REASONS).mappings()]


def dispositions(connection: Connection) -> list[Row]:
    """What an agent may say that came of a call; those that are not in use any more last."""
    return [dict(row) for row in connection.execute(_DISPOSITIONS).mappings()]


def live_calls(connection: Connection) -> list[Row]:
    """Every call that has not ended, the oldest first."""
    return _with_next(connection, _LIVE_CALLS)


def one_call(connection: Connection, call_id: str) -> Row:
    """One call that is there."""
    (row,) = _with_next(connection, _ONE_CALL, call_id=call_id)
    return row


def last_calls(connection: Connection, limit: int) -> list[Row]:
    """The calls that started last, ended or not, the youngest first."""
    return _with_next(connection, _LAST_CALLS, limit=limit)


def queues(connection: Connection) -> list[Row]:
    """Every queue: how it serves, who could, and who waits; those that are switched off at the end.

    hours: `open`, or `closed, opens in 2 h`; None for a queue that is always open.
    """
    now = opening.now_of(connection)
    rows = [dict(row) for row in connection.execute(_QUEUES).mappings()]
    return [row | {"hours": opening.hours_of(row["hours"], now)} for row in rows]


def _with_next(connection: Connection, query: TextClause, **named: Any) -> list[Row]:
    """Calls, each with what happens next to it, and when: `overflow to queue:reserve in 30 s`, or None."""
    now = opening.now_of(connection)
    return [opening.with_next(dict(row), now) for row in connection.execute(query, named).mappings()]


def snapshot(connection: Connection) -> Row:
    """`{"at", "queues", "calls", "agents"}`: the database's clock, every queue, every live call, every agent."""
    return {
        "at": connection.execute(text("SELECT clock_timestamp()")).scalar_one(),
        "queues": queues(connection),
        "calls": live_calls(connection),
        "agents": agents(connection),
    }


def alarms(connection: Connection, limit: int) -> list[Row]:
    """What somebody should look at, the youngest first."""
    return [dict(row) for row in connection.execute(_ALARMS, {"limit": limit}).mappings()]
