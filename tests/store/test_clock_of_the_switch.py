"""A switch whose clock is not ours: who waits on it has waited as long as we have seen him wait."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.database import Database
from tests.floor import Floor
from tests.store.circles import add_to_circle, have_circles

BEAT = """
    INSERT INTO switch_heartbeat (switch_id, core_id, heartbeat_at)
    VALUES (%(switch)s, %(core)s, clock_timestamp() - make_interval(secs => %(behind)s))
    ON CONFLICT (switch_id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at
"""


def beat(floor: Floor, behind_s: float) -> None:
    floor.db.run(BEAT, switch=floor.switch_id, core=str(uuid4()), behind=behind_s)


def come(floor: Floor, behind_s: float) -> float:
    """A caller, told in the switch's clock; for how many seconds he counts as waiting."""
    floor.happen(floor.arrival(at=datetime.now(UTC) - timedelta(seconds=behind_s)))
    sql = "SELECT extract(epoch FROM clock_timestamp() - waiting_since) AS s FROM queue_visit ORDER BY visit_id DESC"
    return float(floor.db.value(f"{sql} LIMIT 1"))


@pytest.mark.parametrize("behind_s", [300, -300])
def test_a_clock_that_is_minutes_off_opens_no_circle_early_and_keeps_none_closed(
    floor: Floor, db: Database, behind_s: int
) -> None:
    have_circles(floor, 60_000)
    add_to_circle(floor, "ann", 1, 60_000)
    beat(floor, behind_s)
    assert come(floor, behind_s) == pytest.approx(0, abs=20)
    assert floor.match() == []
    opens_ms = floor.session.next_circle_ms()
    assert opens_ms is not None
    assert 30_000 < opens_ms <= 61_000


def test_one_heartbeat_that_was_late_on_its_way_moves_nobody(floor: Floor) -> None:
    beat(floor, 0)
    beat(floor, 90)
    assert come(floor, 0) == pytest.approx(0, abs=20)


def test_who_came_while_nobody_listened_has_waited_all_that_time(floor: Floor) -> None:
    beat(floor, 0)
    assert come(floor, 40) == pytest.approx(40, abs=20)


def test_the_engine_s_own_note_of_a_switch_says_nothing_of_its_clock(floor: Floor, db: Database) -> None:
    beat(floor, 300)
    db.run("UPDATE switch_heartbeat SET heartbeat_at = now()")
    assert come(floor, 300) == pytest.approx(0, abs=20)
