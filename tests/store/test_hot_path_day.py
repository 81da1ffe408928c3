"""What each agent did on each day: counted by the database, whoever writes the agent's row."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from freeswitch_cc.core import events
from tests.database import Database
from tests.floor import Floor

CALL = "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def does(db: Database, agent_id: str, activity: str, at: datetime, **more: Any) -> None:
    """The agent's activity from now on, as a decision writes it."""
    values = {"activity": activity, "activity_at": at, "call_id": None if activity == "idle" else CALL, **more}
    if activity in ("reserved", "ringing"):
        values["due_at"] = at + timedelta(seconds=20)
    setting = ", ".join(f"{name} = %({name})s" for name in values)
    db.run(f"UPDATE agent SET {setting} WHERE agent_id = %(agent)s", agent=agent_id, **values)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def days(db: Database) -> list[tuple[date, int, int]]:
    return [
        (row["day"], row["calls"], row["talk_ms"])
        for row in db.rows("SELECT day, calls, talk_ms FROM agent_day ORDER BY day")
    ]


def test_a_talk_is_a_call_of_its_day_and_its_length_is_counted_when_it_ends(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    does(db, ann, "reserved", NOON)
    does(db, ann, "ringing", after(1))
    assert days(db) == []
    does(db, ann, "talking", after(5))
    assert days(db) == [(NOON.date(), 1, 0)]
    does(db, ann, "wrap_up", after(65.25))
    assert days(db) == [(NOON.date(), 1, 60_250)]
    does(db, ann, "idle", after(80))
    assert days(db) == [(NOON.date(), 1, 60_250)]
    assert floor.agent(ann)["talking_since"] is None


def test_what_he_holds_within_a_talk_is_talk_and_no_second_call(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    for seconds, activity in enumerate(("ringing", "talking", "holding", "talking", "holding", "idle")):
        does(db, ann, activity, after(10 * seconds))
    assert days(db) == [(NOON.date(), 1, 40_000)]


def test_every_talk_of_a_day_is_added_to_it_and_every_agent_has_his_own(floor: Floor, db: Database) -> None:
    ann, bob = floor.add_agent("ann"), floor.add_agent("bob")
    for start in (0, 100):
        does(db, ann, "talking", after(start))
        does(db, ann, "idle", after(start + 30))
    does(db, bob, "talking", NOON)
    rows = db.rows("SELECT agent_id, calls, talk_ms FROM agent_day ORDER BY talk_ms DESC")
    assert [tuple(row.values()) for row in rows] == [(ann, 2, 60_000), (bob, 1, 0)]


@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [
        ("UTC", date(2026, 3, 2), date(2026, 3, 3)),
        ("Asia/Tokyo", date(2026, 3, 3), date(2026, 3, 3)),
        ("America/New_York", date(2026, 3, 2), date(2026, 3, 2)),
    ],
)
def test_a_day_begins_at_the_center_s_midnight(floor: Floor, db: Database, zone: str, begins: date, ends: date) -> None:
    """A talk of 20 minutes around midnight in Greenwich is a call of the day it began on, and talk of the other."""
    db.run("UPDATE center SET timezone = %(zone)s", zone=zone)
    ann = floor.add_agent("ann")
    does(db, ann, "talking", datetime(2026, 3, 2, 23, 50, tzinfo=UTC))
    does(db, ann, "idle", datetime(2026, 3, 3, 0, 10, tzinfo=UTC))
    expected = {begins: [1, 0]}
    expected.setdefault(ends, [0, 0])[1] = 1_200_000
    assert {day: [calls, talk_ms] for day, calls, talk_ms in days(db)} == expected


def test_a_clock_that_went_back_makes_no_talk_shorter_than_none(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    does(db, ann, "talking", NOON)
    does(db, ann, "idle", after(-5))
    assert days(db) == [(NOON.date(), 1, 0)]


def test_an_agent_who_talked_before_anybody_counted_has_talked_since_he_was_seen_to(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann", activity="talking", call_id=CALL, activity_at=NOON)
    does(db, ann, "idle", after(7))
    assert days(db) == [(NOON.date(), 0, 7_000)]


def test_a_call_through_the_path_is_counted(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.bridge(call_id)
    for made in (events.LegHeld, events.LegUnheld):
        floor.happen(made(call_id=call_id, leg_id=leg_id, **floor.at()))
    assert floor.agent(ann)["talking_since"] is not None
    floor.happen(floor.hangup(call_id, leg_id))
    assert db.value("SELECT calls FROM agent_day") == 1


def test_a_ring_that_nobody_took_is_no_call(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    floor.refuse(call_id)
    assert days(db) == []
