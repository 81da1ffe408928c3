"""A switch whose clock is not ours: who waits on it has waited, and may wait, as long as we have seen him wait."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.core import events
from tests.database import Database
from tests.floor import Floor
from tests.store.tiers import add_to_tier, have_tiers

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
    sql = "SELECT extract(epoch FROM clock_timestamp() - waiting_since) AS s FROM queue_visit ORDER BY entered_at DESC"
    return float(floor.db.value(f"{sql} LIMIT 1"))


@pytest.mark.parametrize("behind_s", [300, -300])
def test_a_clock_that_is_minutes_off_opens_no_tier_early_and_keeps_none_closed(
    floor: Floor, db: Database, behind_s: int
) -> None:
    have_tiers(floor, 60_000)
    add_to_tier(floor, "ann", 1, 60_000)
    beat(floor, behind_s)
    assert come(floor, behind_s) == pytest.approx(0, abs=20)
    assert floor.match() == []
    opens_ms = floor.session.next_tier_ms()
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


# -- deadlines, and stays that begin by one ------------------------------------------------------


def slow_queue(floor: Floor, target: str) -> None:
    """Who waits a minute in `sales` overflows."""
    overflow = json.dumps({"too_long": target})
    floor.db.run("UPDATE queue SET max_wait_ms = 60000, overflow = %(o)s::jsonb WHERE name = 'sales'", o=overflow)


def told(floor: Floor, behind_s: float) -> dict[str, Any]:
    """The switch's clock of the next fact."""
    said = floor.at()
    return {**said, "at": said["at"] - timedelta(seconds=behind_s)}


def open_visit(floor: Floor) -> dict[str, Any]:
    return floor.db.one(
        "SELECT visit_id::text, call_id::text, extract(epoch FROM overflow_at - clock_timestamp())::float AS due_in_s"
        "  FROM queue_visit WHERE outcome IS NULL"
    )


def visit_is_due(floor: Floor) -> None:
    visit = open_visit(floor)
    floor.happen(events.CallDeadlinePassed(call_id=visit["call_id"], kind="visit", row_id=visit["visit_id"]))


@pytest.mark.parametrize("behind_s", [300, -300])
def test_a_clock_that_is_minutes_off_lets_nobody_wait_shorter_or_longer_than_he_may(
    floor: Floor, behind_s: int
) -> None:
    floor.add_agent("eve", floor.add_queue("night"))
    floor.add_agent("ann")
    slow_queue(floor, "queue:night")
    beat(floor, behind_s)
    come(floor, behind_s)
    before = open_visit(floor)
    assert before["due_in_s"] == pytest.approx(60, abs=20)
    visit_is_due(floor)
    assert open_visit(floor)["visit_id"] == before["visit_id"], "it is not due"


@pytest.mark.parametrize("behind_s", [300, -300])
def test_nor_for_the_line_of_one_agent(floor: Floor, behind_s: int) -> None:
    floor.add_agent("boss", floor.add_queue("agent:boss"))
    floor.db.run('UPDATE queue SET overflow = \'{"nobody": "agent:boss"}\', agent_wait_ms = 60000')
    beat(floor, behind_s)
    come(floor, behind_s)
    assert open_visit(floor)["due_in_s"] == pytest.approx(60, abs=20)


@pytest.mark.parametrize("behind_s", [300, -300])
def test_a_stay_that_began_by_a_deadline_and_ended_by_a_fact_lasts_as_long_as_it_did(
    floor: Floor, db: Database, behind_s: int
) -> None:
    floor.add_agent("eve", floor.add_queue("night"))
    floor.add_agent("ann", presence="not_ready", reason="meal")
    slow_queue(floor, "queue:night")
    beat(floor, behind_s)
    floor.happen(floor.arrival(at=datetime.now(UTC) - timedelta(seconds=behind_s + 100)))
    visit_is_due(floor)
    db.run("UPDATE queue_visit SET entered_at = entered_at - interval '40 s' WHERE outcome IS NULL")
    call_id = open_visit(floor)["call_id"]
    customer = floor.customer(call_id)
    gone = events.LegHungUp(
        call_id=call_id, leg_id=customer, cause="NORMAL_CLEARING", is_answered=True, **told(floor, behind_s)
    )
    floor.happen(gone)
    stays = db.rows("SELECT extract(epoch FROM left_at - entered_at)::float AS s FROM queue_visit ORDER BY entered_at")
    assert [row["s"] for row in stays] == [pytest.approx(100, abs=20), pytest.approx(40, abs=20)]
