"""How many calls of a queue are at outside numbers, and how many of a caller were: exact when many come at once."""

from typing import Any

import gevent
import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.lines import Line
from freeswitch_cc.engine.roots import new_root
from tests.database import Database
from tests.floor import Floor
from tests.store.test_forwarding import TARGET, may_dial, number_leg
from tests.store.test_hot_path_batch import worker_on
from tests.store.test_overflow import NEVER, found, limit, visits
from tests.store.test_queue_length import come

AT_NUMBERS = "SELECT count(*) FROM call WHERE phase = 'forwarding'"
ROBOT, OTHER = "+15550100", "+15550101"


@pytest.fixture
def night(floor: Floor) -> Floor:
    """The queue is closed, and its calls go to a number; not for ever."""
    may_dial(floor)
    limit(floor, hours=NEVER, overflow={"closed": TARGET}, max_forwarded=3, max_forwarded_per_caller=0)
    return floor


def line_of(floor: Floor, caller: str = "", name: str = "sales") -> Line:
    line = found(floor, caller=caller).line_named(name)
    assert line is not None
    return line


def comes(floor: Floor, caller: str) -> str:
    event = floor.arrival(caller_number=caller)
    floor.happen(event)
    return event.call_id


def parked(floor: Floor, call_id: str) -> events.LegParked:
    """The number answers."""
    return events.LegParked(call_id=call_id, leg_id=number_leg(floor, call_id), role="target", **floor.at())


def not_reached(floor: Floor, call_id: str) -> None:
    floor.happen(floor.hangup(call_id, number_leg(floor, call_id), "USER_BUSY", is_answered=False))


def test_those_that_are_called_or_talked_to_are_counted(night: Floor) -> None:
    first, second = night.arrive(), night.arrive()
    assert (line_of(night).max_forwarded, line_of(night).forwarded) == (3, 2)
    not_reached(night, first)
    assert line_of(night).forwarded == 1
    leg_id = number_leg(night, second)
    night.happen(parked(night, second))
    night.happen(night.bridged(second, leg_id))
    assert line_of(night).forwarded == 1
    for leg in (leg_id, night.customer(second)):
        night.happen(night.hangup(second, leg))
    assert line_of(night).forwarded == 0


def test_each_queue_has_its_own(night: Floor) -> None:
    night.add_queue("reserve")
    may_dial(night, "reserve")
    limit(night, "reserve", overflow={"nobody": TARGET})
    limit(night, overflow={"closed": TARGET, "not_reached": "queue:reserve"})
    night.arrive()
    assert (line_of(night).forwarded, line_of(night, name="reserve").forwarded) == (1, 0)


def test_where_no_number_is_called_nothing_is_counted(night: Floor) -> None:
    night.arrive()
    limit(night, overflow={})
    assert line_of(night).forwarded == 0


@pytest.mark.parametrize("limits", [{"max_forwarded": 0}, {"max_forwarded": 0, "max_forwarded_per_caller": 0}])
def test_nor_where_there_is_no_limit(night: Floor, limits: dict[str, Any]) -> None:
    limit(night, **limits)
    for _ in range(5):
        night.arrive()
    assert night.db.value(AT_NUMBERS) == 5
    assert line_of(night, ROBOT).forwarded == 0


def test_there_are_never_more_than_may_be_however_many_come_at_once(night: Floor, db: Database) -> None:
    come(night, 8, 3)
    assert db.value(AT_NUMBERS) == 3
    assert db.value("SELECT count(*) FROM call WHERE farewell->>'outcome' = 'turned_away'") == 21


def test_nor_when_they_come_in_one_transaction(night: Floor, db: Database) -> None:
    arrivals = [night.arrival() for _ in range(5)]
    worker, _ = worker_on(db)
    worker.carry_all({arrival.call_id: [(arrival, new_root())] for arrival in arrivals})
    while worker._dispatcher.depth:
        worker.carry_all(dict(worker._dispatcher.next()))
    assert db.value(AT_NUMBERS) == 3
    assert db.value("SELECT count(*) FROM call WHERE farewell->>'outcome' = 'turned_away'") == 2


def test_who_goes_on_to_a_second_number_has_a_place_already(night: Floor, db: Database) -> None:
    limit(night, max_forwarded=1, overflow={"closed": TARGET, "not_reached": "number:+358405555555"})
    call_id = night.arrive()
    not_reached(night, call_id)
    assert db.value("SELECT forward->>'number' FROM call") == "+358405555555"
    assert db.value("SELECT count(*) FROM alarm") == 0


def test_who_is_called_already_waits_for_nobody_who_takes_a_place(night: Floor, db: Database) -> None:
    call_id = night.arrive()
    key = "hashtextextended('freeswitch_cc.forwarded.' || %(q)s, 0)"
    db.run(f"SELECT pg_advisory_lock({key})", q=night.queue_id)
    try:
        with gevent.Timeout(5):
            night.happen(parked(night, call_id))
    finally:
        db.run(f"SELECT pg_advisory_unlock({key})", q=night.queue_id)
    assert db.value("SELECT want FROM leg WHERE role = 'customer'") == "with"


def test_a_caller_for_whom_numbers_were_called_often_today_is_known(night: Floor, db: Database) -> None:
    limit(night, max_forwarded=0, max_forwarded_per_caller=2)
    for _ in range(2):
        assert line_of(night, ROBOT).forwarded_of_caller == db.value(AT_NUMBERS)
        comes(night, ROBOT)
    comes(night, ROBOT)
    assert db.value(AT_NUMBERS) == 2
    assert db.rows("SELECT kind, details FROM alarm") == [
        {"kind": "number_full", "details": "sales: numbers were called for this caller 2 times in a day"}
    ]
    assert line_of(night, OTHER).forwarded_of_caller == 0, "another one is not"
    db.run("UPDATE call SET started_at = started_at - interval '25 h'")
    assert line_of(night, ROBOT).forwarded_of_caller == 0, "and tomorrow he is not either"


def test_they_count_whether_they_were_reached_or_not_and_whichever_queue_it_was(night: Floor) -> None:
    night.add_queue("reserve")
    limit(night, max_forwarded_per_caller=5, overflow={"closed": TARGET, "not_reached": "queue:reserve"})
    limit(night, "reserve", max_forwarded_per_caller=5, overflow={"nobody": TARGET})
    not_reached(night, comes(night, ROBOT))
    assert line_of(night, ROBOT).forwarded_of_caller == 1
    assert line_of(night, ROBOT, name="reserve").forwarded_of_caller == 1


def test_his_own_call_does_not_count_against_him(night: Floor, db: Database) -> None:
    limit(night, max_forwarded_per_caller=1, overflow={"closed": TARGET, "not_reached": "number:+358405555555"})
    not_reached(night, comes(night, ROBOT))
    assert db.value("SELECT forward->>'number' FROM call") == "+358405555555"


@pytest.mark.parametrize("number", ["", "anonymous", "0000000000"])
def test_who_says_no_number_is_no_caller(night: Floor, number: str) -> None:
    limit(night, max_forwarded_per_caller=1)
    comes(night, number)
    assert line_of(night, number).forwarded_of_caller == 0


def test_a_call_that_was_only_answered_here_is_none_of_them(night: Floor, db: Database) -> None:
    limit(night, hours=None, overflow={"nobody": TARGET}, max_forwarded_per_caller=1)
    night.add_agent("ann")
    comes(night, ROBOT)
    assert visits(db) == [("sales", "inbound", None)]
    assert line_of(night, ROBOT).forwarded_of_caller == 0


def test_of_many_calls_only_those_at_numbers_are_looked_at_whatever_the_statistics_say(
    night: Floor, db: Database
) -> None:
    """Who is about to be called for is counted under a lock."""
    db.run(
        "INSERT INTO call (call_id, switch_id, phase, started_at, ended_at, outcome)"
        " SELECT gen_random_uuid(), %(s)s, 'ended', now(), now(), 'completed' FROM generate_series(1, 5000)",
        s=night.switch_id,
    )
    night.arrive()
    (body,) = db.value("SELECT ARRAY[prosrc] FROM pg_proc WHERE proname = 'fcc_forwarded'")
    asked = (
        body.replace("p_queue_id", "gen_random_uuid()")
        .replace("p_but_call_ids", "ARRAY[gen_random_uuid()]")
        .rstrip("; \n")
    )
    for analyzed in ("", "ANALYZE call"):
        if analyzed:
            db.run(analyzed)
        plan = "\n".join(str(row["QUERY PLAN"]) for row in db.rows(f"EXPLAIN {asked}"))
        assert "call_at_number" in plan, plan
