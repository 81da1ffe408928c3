"""After a match no pair is left, whatever the center looks like."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.database import Database
from tests.floor import Floor

# A waiting visit without an offer, beside a ready eligible agent who may be offered it now.
LEFT_OVER = """
    SELECT w.visit_id, r.agent_id
      FROM queue_visit w JOIN call c USING (call_id) JOIN eligibility e USING (queue_id)
      JOIN agent r ON r.agent_id = e.agent_id
     WHERE w.outcome IS NULL AND c.phase = 'queued' AND c.switch_id = ANY (%(switches)s::uuid[])
       AND r.presence = 'available' AND r.activity = 'idle' AND r.is_active
       AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.visit_id = w.visit_id AND o.outcome IS NULL)
       AND NOT EXISTS (SELECT 1 FROM offer t WHERE t.visit_id = w.visit_id AND t.agent_id = r.agent_id
                          AND t.retry_at > clock_timestamp())
"""


def may_retry_now(db: Database) -> None:
    """As if every pause were over, and had never grown."""
    db.run("UPDATE offer SET retry_at = ended_at, pause_ms = 0 WHERE outcome IS NOT NULL")


QUEUES, AGENTS = 3, 4
eligible = st.lists(st.sets(st.integers(0, QUEUES - 1)), min_size=0, max_size=AGENTS)
waiting = st.lists(st.tuples(st.integers(0, QUEUES - 1), st.integers(0, 2)), max_size=6)
tries = st.lists(st.tuples(st.integers(0, 5), st.integers(0, AGENTS - 1), st.booleans()), max_size=6)
states = st.lists(
    st.sampled_from(["ready", "ready", "ready", "not_ready", "offline"]), min_size=AGENTS, max_size=AGENTS
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(agents=eligible, calls=waiting, tried=tries, presences=states)
def test_after_a_match_nobody_waits_beside_a_ready_agent_who_may_have_him(
    db: Database,
    agents: list[set[int]],
    calls: list[tuple[int, int]],
    tried: list[tuple[int, int, bool]],
    presences: list[str],
) -> None:
    db.empty()
    floor = Floor(db)
    queues = [floor.add_queue(f"q{number}", priority=number % 2) for number in range(QUEUES)]
    ids = []
    for number, serves in enumerate(agents):
        presence = {"ready": "available"}.get(presences[number], presences[number])
        reason = "lunch" if presence == "not_ready" else None
        queue_ids = [queues[index] for index in sorted(serves)]
        ids.append(floor.add_agent(f"a{number}", *queue_ids, idle_s=number % 2, presence=presence, reason=reason))
        if not queue_ids:
            db.run("DELETE FROM eligibility WHERE agent_id = %(id)s", id=ids[-1])
    for number, queue_id in enumerate(queues):
        floor.add_entry(f"2{number}", queue_id)
    call_ids = [floor.arrive(f"2{queue}") for queue, _ in calls]
    for call, agent, may_retry in tried:
        if call < len(call_ids) and agent < len(ids):
            _tried_before(floor, call_ids[call], ids[agent], may_retry)
    made = floor.session.match([floor.switch_id], 3000).offers
    left = db.rows(LEFT_OVER, switches=[floor.switch_id])
    offers = db.rows("SELECT agent_id, visit_id FROM offer WHERE outcome IS NULL")
    floor.close()
    assert left == []
    assert len(offers) == len(made)
    assert all(row["agent_id"] in ids for row in offers)


def _tried_before(floor: Floor, call_id: str, agent_id: str, may_retry: bool) -> None:
    now = datetime.now(UTC)
    floor.db.run(
        "INSERT INTO offer (call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at, ended_at,"
        " outcome, retry_at) SELECT call_id, visit_id, %(agent)s, gen_random_uuid(), '', 1000, %(now)s, %(now)s,"
        " %(now)s, 'busy', %(retry)s FROM queue_visit WHERE call_id = %(call)s",
        agent=agent_id,
        call=call_id,
        now=now,
        retry=now + timedelta(hours=-1 if may_retry else 1),
    )
