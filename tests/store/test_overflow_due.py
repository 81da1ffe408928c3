"""When a call that waits is looked at for its overflow: its time is over, nobody is there, or its way out was shut."""

from uuid import uuid4

import pytest

from tests.floor import Floor
from tests.store.test_overflow import NEVER, limit, visit_is_due, visits

AGAIN_MS = 5_000


@pytest.fixture
def slow(floor: Floor) -> Floor:
    """A call waits, and may do so for a minute."""
    floor.add_agent("ann", presence="not_ready", reason="meal")
    limit(floor, max_wait_ms=60_000, overflow={"too_long": "queue:night", "nobody": "queue:night"})
    floor.add_queue("night")
    floor.arrive()
    floor.db.run("UPDATE leg SET sound_due_at = NULL, sound = 'playing', deadman_due_at = NULL")
    return floor


def kinds(floor: Floor) -> list[str]:
    return [row.kind for row in floor.session.due([floor.switch_id], 0)]


def test_a_visit_is_due_when_it_has_lasted_too_long(slow: Floor) -> None:
    assert kinds(slow) == []
    slow.db.run("UPDATE queue_visit SET overflow_at = now() - interval '1 s'")
    assert kinds(slow) == ["visit"]
    assert slow.session.due([str(uuid4())], 0) == [], "of our switches only"


def test_not_while_somebody_is_rung_for_it(slow: Floor) -> None:
    slow.db.run("UPDATE agent SET presence = 'available', reason = NULL")
    slow.match()
    slow.db.run("UPDATE queue_visit SET overflow_at = now() - interval '1 s'")
    assert "visit" not in kinds(slow)


def test_not_when_it_is_over(slow: Floor) -> None:
    slow.db.run(
        "UPDATE queue_visit SET overflow_at = now() - interval '1 s', outcome = 'left_otherwise', left_at = now()"
    )
    assert kinds(slow) == []


def test_a_step_is_due_when_its_end_was_not_told(slow: Floor) -> None:
    slow.db.run(
        "UPDATE queue_visit SET outcome = 'left_otherwise', left_at = now();"
        "UPDATE call SET phase = 'leaving', step = 'announcing', step_due_at = now() - interval '1 s'"
    )
    assert kinds(slow) == ["step"]


def test_who_waits_where_nobody_is_any_more_becomes_due_once(slow: Floor) -> None:
    assert slow.session.note_deserted(AGAIN_MS) == 0
    slow.db.run("UPDATE agent SET presence = 'offline', reason = NULL")
    assert slow.session.note_deserted(AGAIN_MS) == 1
    assert kinds(slow) == ["visit"]
    assert slow.session.note_deserted(AGAIN_MS) == 0, "it is due already"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE queue SET overflow = '{\"too_long\": \"queue:night\"}' WHERE name = 'sales'",
        "UPDATE queue_visit SET spent = jsonb_build_array(queue_id || ':nobody')",
        "UPDATE queue_visit SET outcome = 'abandoned', left_at = now()",
    ],
)
def test_but_not_where_that_is_of_no_consequence(slow: Floor, change: str) -> None:
    slow.db.run("UPDATE agent SET presence = 'offline', reason = NULL")
    slow.db.run(change)
    assert slow.session.note_deserted(AGAIN_MS) == 0


def test_a_line_of_an_agent_is_deserted_when_he_is_gone(slow: Floor) -> None:
    slow.db.run("UPDATE queue SET overflow = '{}'")
    slow.db.run("UPDATE queue_visit SET came_from = gen_random_uuid()")
    slow.db.run("UPDATE agent SET presence = 'offline', reason = NULL")
    assert slow.session.note_deserted(AGAIN_MS) == 1


def test_one_whose_way_out_was_shut_asks_again_by_itself(slow: Floor) -> None:
    slow.db.run("UPDATE agent SET presence = 'offline', reason = NULL")
    slow.db.run("UPDATE queue SET hours = %(never)s::jsonb WHERE name = 'night'", never=NEVER)
    assert slow.session.note_deserted(AGAIN_MS) == 1
    call_id = str(slow.db.value("SELECT call_id FROM queue_visit"))
    visit_is_due(slow, call_id)
    assert slow.session.note_deserted(AGAIN_MS) == 0
    in_s = slow.db.value("SELECT extract(epoch FROM overflow_at - clock_timestamp())::float FROM queue_visit")
    assert 0 < in_s <= 5
    slow.db.run("UPDATE queue SET hours = NULL WHERE name = 'night'")
    slow.db.run("UPDATE queue_visit SET overflow_at = now()")
    slow.add_agent("eve", str(slow.db.value("SELECT queue_id FROM queue WHERE name = 'night'")))
    visit_is_due(slow, call_id)
    assert visits(slow.db) == [("sales", "inbound", "nobody"), ("night", "overflow", None)]


def test_a_site_without_power_lets_its_callers_go_where_they_go_when_nobody_is_there(slow: Floor) -> None:
    slow.db.run("UPDATE agent SET reason = 'device_down'")
    assert slow.session.note_deserted(AGAIN_MS) == 0
    slow.db.run("UPDATE agent SET presence_at = now() - interval '2 min'")
    assert slow.session.note_deserted(AGAIN_MS) == 1
