"""What failed is told: in an alarm, and to whoever asked for it, whether or not the database is there just now."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.core.agent_events import PresenceAsked
from freeswitch_cc.core.events import CallDeadlinePassed
from freeswitch_cc.engine import failures as module
from freeswitch_cc.engine.failures import Failures
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import ConnectionLost, LostRace
from tests.database import Database
from tests.floor import LIMIT_S, Floor, until


class Desk:
    """Failures that run, on a session that fails as often as the test says."""

    def __init__(self, floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stopping = Event()
        self.troubles: list[Exception] = []
        session = Session(floor.db.url)
        write = session.run

        def run(sql: str, *arguments: Any) -> None:
            if self.troubles:
                raise self.troubles.pop()
            write(sql, *arguments)

        monkeypatch.setattr(session, "run", run)
        monkeypatch.setattr(module, "AGAIN_S", 0.01)
        self.failures = Failures(session, stopping=self.stopping)
        self.greenlet = gevent.spawn(self.failures.run)

    def stop(self) -> None:
        self.failures.stop()
        self.greenlet.get(timeout=LIMIT_S)


@pytest.fixture
def desk(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(floor, monkeypatch)
    yield desk
    desk.stopping.set()
    desk.stop()


def failed(call_id: str) -> CallDeadlinePassed:
    return CallDeadlinePassed(call_id=call_id, kind="sound", row_id=call_id)


def test_an_alarm_that_cannot_be_written_while_the_database_is_away_is_written_when_it_is_back(
    desk: Desk, db: Database
) -> None:
    desk.troubles = [ConnectionLost("away"), LostRace("too slow"), ConnectionLost("away")]
    first, second = str(uuid4()), str(uuid4())
    desk.failures.put(failed(first), "one")
    desk.failures.put(failed(second), "two")
    until(lambda: db.value("SELECT count(*) FROM alarm") == 2, "both are told")
    rows = db.rows("SELECT kind, call_id::text, details FROM alarm ORDER BY alarm_id")
    assert [tuple(row.values()) for row in rows] == [("event_failed", first, "one"), ("event_failed", second, "two")]


def test_whoever_asked_is_told_once_though_the_alarm_was_late(desk: Desk, floor: Floor, db: Database) -> None:
    agent_id, request_id = floor.add_agent("ann"), str(uuid4())
    floor.insert(
        "request", request_id=request_id, agent_id=agent_id, kind="login", asked_by="test", idempotency_key="k"
    )
    desk.troubles = [ConnectionLost("away")]
    desk.failures.put(PresenceAsked(agent_id=agent_id, request_id=request_id, kind="login"), "it failed")
    until(lambda: db.rows("SELECT 1 FROM alarm"), "the alarm is there")
    assert db.one("SELECT state, reason FROM request") == {"state": "refused", "reason": "engine_failed"}
    assert db.value("SELECT count(*) FROM alarm") == 1


def test_an_alarm_that_the_database_refuses_stops_no_other(desk: Desk, db: Database) -> None:
    desk.troubles = [StoreFailed("no such column")]
    desk.failures.put(failed(str(uuid4())), "one")
    desk.failures.put(failed(str(uuid4())), "two")
    until(lambda: db.rows("SELECT 1 FROM alarm"), "the second is told")
    assert db.value("SELECT details FROM alarm") == "two"


def test_an_engine_that_stops_does_not_wait_for_a_database_that_is_away(desk: Desk, db: Database) -> None:
    desk.troubles = [ConnectionLost("away")] * 100_000
    desk.failures.put(failed(str(uuid4())), "one")
    until(lambda: len(desk.troubles) < 100_000, "it has tried")
    desk.stopping.set()
    desk.stop()
    assert db.rows("SELECT 1 FROM alarm") == []


def test_what_fails_again_in_the_same_way_is_one_alarm_and_whoever_asks_is_told_each_time(
    desk: Desk, floor: Floor, db: Database
) -> None:
    agent_id, call_id = floor.add_agent("ann"), str(uuid4())
    for event, details in ((failed(call_id), "one"), (failed(call_id), "one"), (failed(call_id), "two")):
        desk.failures.put(event, details)
    requests = [str(uuid4()) for _ in range(2)]
    for request_id in requests:
        row = {"kind": "login", "asked_by": "test", "idempotency_key": request_id}
        floor.insert("request", request_id=request_id, agent_id=agent_id, **row)
        desk.failures.put(PresenceAsked(agent_id=agent_id, request_id=request_id, kind="login"), "three")
    until(lambda: not db.rows("SELECT 1 FROM request WHERE state <> 'refused'"), "both are answered")
    assert [row["details"] for row in db.rows("SELECT details FROM alarm ORDER BY alarm_id")] == ["one", "two", "three"]
