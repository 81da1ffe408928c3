"""What holds after every scenario, whatever happened in it: SQL that finds what must not be. Reads only."""

from collections.abc import Iterable

from freeswitch_cc.store.db import Session

# A sentence, and SQL that gives a row for every breach of it; %(live)s: the legs that the switch has.
RULES: dict[str, str] = {
    "an open leg is live on the switch": """
        SELECT role, leg_id, seen FROM leg WHERE seen <> 'gone' AND leg_id <> ALL (%(live)s::uuid[])""",
    "a leg of the switch is written down and open": """
        SELECT id FROM unnest(%(live)s::uuid[]) id
         WHERE NOT EXISTS (SELECT 1 FROM leg WHERE leg_id = id AND seen <> 'gone')""",
    "an open call has a live leg": """
        SELECT call_id, phase FROM call c
         WHERE ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM leg l WHERE l.call_id = c.call_id
                                                   AND l.seen <> 'gone' AND l.leg_id = ANY (%(live)s::uuid[]))""",
    "an open visit is of a call whose customer is there": """
        SELECT visit_id, call_id FROM queue_visit v
         WHERE outcome IS NULL AND NOT EXISTS (SELECT 1 FROM leg l WHERE l.call_id = v.call_id AND l.role = 'customer'
                                                  AND l.leg_id = ANY (%(live)s::uuid[]))""",
    "an open offer has a live leg": """
        SELECT offer_id, leg_id FROM offer WHERE outcome IS NULL AND leg_id <> ALL (%(live)s::uuid[])""",
    "a busy agent has a live leg": """
        SELECT login, activity FROM agent a
         WHERE activity IN ('reserved', 'ringing', 'talking', 'holding')
           AND NOT EXISTS (SELECT 1 FROM leg l WHERE l.agent_id = a.agent_id AND l.call_id = a.call_id
                              AND l.leg_id = ANY (%(live)s::uuid[]))
           AND NOT EXISTS (SELECT 1 FROM call c WHERE c.call_id = a.call_id AND c.phase = 'dialing')""",
    "a queued call has exactly one open visit, any other none": """
        SELECT c.call_id, c.phase, count(v.visit_id) FROM call c
          LEFT JOIN queue_visit v ON v.call_id = c.call_id AND v.outcome IS NULL
         GROUP BY c.call_id, c.phase HAVING count(v.visit_id) <> (c.phase = 'queued')::int""",
    "an answered visit has one answered offer, of the same agent; any other visit none": """
        SELECT v.visit_id, v.outcome, count(o.offer_id) FROM queue_visit v
          LEFT JOIN offer o ON o.visit_id = v.visit_id AND o.outcome = 'answered'
         GROUP BY v.visit_id, v.outcome, v.agent_id
        HAVING count(o.offer_id) <> coalesce(v.outcome = 'answered', false)::int
            OR (count(o.offer_id) = 1 AND min(o.agent_id::text) IS DISTINCT FROM v.agent_id::text)""",
    "segments cover a leg without gap or overlap": """
        SELECT leg_id, kind, started_at, before_at
          FROM (SELECT leg_id, kind, started_at,
                       lag(ended_at) OVER (PARTITION BY leg_id ORDER BY started_at, segment_id) AS before_at
                  FROM segment) s
         WHERE before_at <> started_at""",
    "segments last as long as the leg": """
        SELECT l.leg_id, l.role, l.ended_at, max(s.ended_at) FROM leg l JOIN segment s USING (leg_id)
         WHERE l.ended_at IS NOT NULL GROUP BY l.leg_id, l.role, l.ended_at HAVING max(s.ended_at) <> l.ended_at
        UNION ALL
        SELECT l.leg_id, l.role, c.started_at, min(coalesce(s.started_at, l.segment_at))
          FROM leg l JOIN call c USING (call_id) LEFT JOIN segment s USING (leg_id)
         WHERE l.role = 'customer' AND c.origin = 'inbound' AND c.outcome IS DISTINCT FROM 'no_entry_point'
         GROUP BY l.leg_id, l.role, c.started_at, l.segment_at
        HAVING min(coalesce(s.started_at, l.segment_at)) IS DISTINCT FROM c.started_at""",
    "the history of an agent has no gap and no overlap": """
        SELECT agent_id, started_at, before_at
          FROM (SELECT agent_id, started_at, lag(ended_at) OVER (PARTITION BY agent_id ORDER BY log_id) AS before_at
                  FROM agent_state_log) s
         WHERE before_at <> started_at""",
    "nothing ends before it begins": """
        SELECT call_id, 'call' FROM call WHERE ended_at < started_at
        UNION ALL SELECT visit_id, 'visit' FROM queue_visit WHERE left_at < entered_at
        UNION ALL SELECT offer_id, 'offer' FROM offer WHERE ended_at < made_at""",
    "a customer who is parked hears music": """
        SELECT leg_id, sound, seen_at FROM leg
         WHERE role = 'customer' AND seen = 'parked' AND want = 'parked' AND sound <> 'playing'
           AND seen_at < clock_timestamp() - interval '3 s'""",
    # A leg in a passing sight has a command, the database sees to that.
    "no leg waits for a command that is overdue": """
        SELECT role, leg_id, seen, command FROM leg
         WHERE seen <> 'gone' AND command_due_at < clock_timestamp() - interval '3 s'""",
    "an agent who is reserved or ringing has an open offer, or a call is being placed": """
        SELECT login, activity, activity_at FROM agent a
         WHERE activity IN ('reserved', 'ringing') AND activity_at < clock_timestamp() - interval '3 s'
           AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.agent_id = a.agent_id AND o.outcome IS NULL)
           AND NOT EXISTS (SELECT 1 FROM call c WHERE c.call_id = a.call_id AND c.phase = 'dialing')""",
    "a call that is being placed is due by the agent who placed it": """
        SELECT c.call_id, a.login, a.activity FROM call c
          LEFT JOIN agent a ON a.agent_id = (c.placed->>'agent_id')::uuid AND a.call_id = c.call_id
         WHERE c.phase = 'dialing' AND a.due_at IS NULL""",
    "a customer on hold has an agent who holds him, and neither is wanted with anybody": """
        SELECT c.call_id, a.login, a.activity, l.role, l.want
          FROM call c JOIN agent a ON a.agent_id = c.held_by
          LEFT JOIN leg l ON l.call_id = c.call_id AND l.want = 'with'
         WHERE a.activity <> 'holding' OR a.call_id IS DISTINCT FROM c.call_id OR l.leg_id IS NOT NULL""",
    "an agent who holds does so by request or from his handset": """
        SELECT login FROM agent a
         WHERE activity = 'holding'
           AND NOT EXISTS (SELECT 1 FROM call c WHERE c.call_id = a.call_id AND c.held_by = a.agent_id)
           AND NOT EXISTS (SELECT 1 FROM leg l
                            WHERE l.agent_id = a.agent_id AND l.call_id = a.call_id AND l.is_holding)
           AND NOT EXISTS (SELECT 1 FROM call c WHERE c.call_id = a.call_id AND c.called_back_at IS NOT NULL)""",
    "a number is called for who has no visit, or is talked to": """
        SELECT c.call_id, c.phase, l.leg_id FROM leg l JOIN call c USING (call_id)
         WHERE l.role = 'target' AND l.agent_id IS NULL AND l.seen <> 'gone' AND l.want <> 'gone'
           AND (c.forward IS NULL OR c.phase NOT IN ('forwarding', 'talking'))""",
    "a number that is called has an end": """
        SELECT c.call_id, c.step_due_at FROM call c
         WHERE c.phase = 'forwarding' AND c.step_due_at < clock_timestamp() - interval '3 s'""",
    "every request is answered": """
        SELECT kind, state FROM request WHERE state IN ('new', 'taken')""",
}

_ALARMS = "SELECT kind, details FROM alarm ORDER BY alarm_id"


def breaches(session: Session, live_legs: Iterable[str]) -> list[str]:
    """A sentence for every rule that does not hold, with the rows that break it."""
    live = list(live_legs)
    found = []
    for sentence, sql in RULES.items():
        # Session takes arguments by place; each rule names only one.
        rows = session.rows(sql.replace("%(live)s", "%s"), *[live] * sql.count("%(live)s"))
        if rows:
            found.append(f"{sentence}: " + "; ".join(", ".join(str(cell) for cell in row) for row in rows[:5]))
    return found


def alarm_problems(session: Session, must: Iterable[str], may: Iterable[str]) -> list[str]:
    """Alarms that nobody expected, and expected ones that were not raised."""
    raised = session.rows(_ALARMS)
    kinds = {kind for kind, _ in raised}
    allowed = {*must, *may}
    problems = [f"the alarm {kind} was raised: {details}" for kind, details in raised if kind not in allowed]
    return problems + [f"the alarm {kind} was not raised" for kind in must if kind not in kinds]
