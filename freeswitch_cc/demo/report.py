"""What PostgreSQL says of the minute: questions in plain SQL, and their answers. Prints nothing.

Each question stands as it is shown, so that it can be copied and asked of any database of ours.
"""

from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from freeswitch_cc.store.connect import connected


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    title: str
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    title: str
    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def _question(title: str, sql: str) -> Question:
    return Question(title=title, sql=dedent(sql).strip())


QUESTIONS: tuple[Question, ...] = (
    _question(
        "Calls: offered to each queue, come back to it, answered, given up; and how many seconds they waited",
        """
        SELECT q.name AS queue,
               count(*) FILTER (WHERE entry_reason = 'inbound') AS offered,
               count(*) FILTER (WHERE is_returned) AS came_back,
               count(*) FILTER (WHERE outcome = 'answered') AS answered,
               count(*) FILTER (WHERE outcome = 'abandoned') AS abandoned,
               round(avg(extract(epoch FROM left_at - entered_at)), 1) AS waited,
               round(max(extract(epoch FROM left_at - entered_at)), 1) AS longest
          FROM queue_visit v JOIN queue q USING (queue_id)
         GROUP BY q.name ORDER BY q.name""",
    ),
    _question(
        "How long they waited until a human voice, in steps of two seconds",
        """
        SELECT 2 * floor(extract(epoch FROM left_at - entered_at) / 2) AS from_s,
               count(*) AS calls,
               repeat('█', count(*)::int) AS chart
          FROM queue_visit WHERE outcome = 'answered'
         GROUP BY from_s ORDER BY from_s""",
    ),
    _question(
        "Agents: calls taken, and seconds in talk, in wrap-up, ringing, ready, and not ready",
        """
        SELECT a.login AS agent,
               (SELECT count(*) FROM queue_visit v WHERE v.agent_id = a.agent_id) AS calls,
               round(sum(s) FILTER (WHERE l.activity IN ('talking', 'holding')), 1) AS talk,
               round(sum(s) FILTER (WHERE l.activity = 'wrap_up'), 1) AS wrap_up,
               round(sum(s) FILTER (WHERE l.activity IN ('reserved', 'ringing')), 1) AS ringing,
               round(sum(s) FILTER (WHERE l.activity = 'idle' AND l.presence = 'available'), 1) AS ready,
               round(sum(s) FILTER (WHERE l.activity = 'idle' AND l.presence = 'not_ready'), 1) AS not_ready
          FROM agent a JOIN agent_state_log l USING (agent_id),
               extract(epoch FROM l.ended_at - l.started_at) s
         GROUP BY a.agent_id ORDER BY a.login""",
    ),
    _question(
        "Offers: what became of every attempt to ring an agent",
        """
        SELECT outcome, count(*) AS offers,
               round(avg(extract(epoch FROM ended_at - made_at)), 1) AS lasted,
               string_agg(DISTINCT cause, ', ') AS cause,
               repeat('█', count(*)::int) AS chart
          FROM offer GROUP BY outcome ORDER BY offers DESC, outcome""",
    ),
    _question(
        "Tiers: why a call that could go to one agent after another went to this one, and after which wait",
        """
        SELECT q.name AS queue, c.caller_name AS caller, round(m.waited_ms / 1000.0, 1) AS waited,
               m.eligible, m.ready, a.login AS agent, m.because
          FROM match_log m JOIN call c USING (call_id) JOIN queue q USING (queue_id) JOIN agent a USING (agent_id)
         WHERE (m.details->>'tiers')::int > 1
         ORDER BY m.log_id""",
    ),
    _question(
        "The caller whose agent's phone died: each of his stays in the queue",
        """
        SELECT c.caller_name AS caller, v.entry_reason AS came,
               to_char(v.entered_at, 'HH24:MI:SS') AS at,
               round(extract(epoch FROM v.left_at - v.entered_at), 1) AS waited,
               v.outcome, a.login AS agent
          FROM queue_visit v JOIN call c USING (call_id) LEFT JOIN agent a USING (agent_id)
         WHERE v.call_id IN (SELECT call_id FROM queue_visit WHERE is_returned)
         ORDER BY c.started_at, v.entered_at""",
    ),
    _question(
        "The same call, step by step: every decision of the engine says why",
        """
        SELECT to_char(at, 'HH24:MI:SS.MS') AS at, event, because, commands
          FROM call_log
         WHERE call_id IN (SELECT call_id FROM queue_visit WHERE is_returned)
         ORDER BY log_id""",
    ),
    _question(
        "Alarms: what somebody should look at",
        """
        SELECT to_char(at, 'HH24:MI:SS') AS at, kind, details, c.caller_name AS caller
          FROM alarm LEFT JOIN call c USING (call_id) ORDER BY alarm_id""",
    ),
)


def ask(database_url: str) -> tuple[Answer, ...]:
    """Every question to this database, in its order."""
    answers = []
    with connected(database_url) as connection:
        for question in QUESTIONS:
            result = connection.exec_driver_sql(question.sql)
            answers.append(
                Answer(
                    title=question.title,
                    sql=question.sql,
                    columns=tuple(result.keys()),
                    rows=tuple(tuple(row) for row in result),
                )
            )
    return tuple(answers)
