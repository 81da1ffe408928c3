"""What is kept, and for how long."""

from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.engine import retention as module
from freeswitch_cc.engine.retention import Retention
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.floor import LIMIT_S, Floor, until

TABLES = ("call_log", "agent_state_log", "match_log", "alarm", "request", "agent_day")
COUNT = " UNION ALL ".join(f"SELECT '{table}' AS name, count(*) AS rows FROM {table}" for table in TABLES)

Keep = Callable[..., Retention]


@pytest.fixture
def keep(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keep]:
    """`keep(10)`: a retention of ten days."""
    monkeypatch.setattr(module, "PAUSE_S", 0)
    made: list[Retention] = []

    def make(days: int, stopping: Event | None = None) -> Retention:
        made.append(Retention(Session(db.url), keep_days=days, stopping=stopping or Event()))
        return made[-1]

    yield make
    for retention in made:
        retention._session.close()


def write(floor: Floor, days: int, rows: int = 1) -> None:
    """So many rows in each of the tables, all so many days old."""
    agent_id = floor.db.rows("SELECT agent_id FROM agent")
    of = agent_id[0]["agent_id"] if agent_id else floor.add_agent("ann")
    for sql in (
        "INSERT INTO call_log (call_id, at, event, because) SELECT gen_random_uuid(), t, 'LegParked', 'x' FROM at",
        "INSERT INTO agent_state_log (agent_id, presence, activity, started_at, ended_at)"
        " SELECT %(of)s, 'available', 'idle', t, t FROM at",
        "INSERT INTO match_log (at, offer_id, call_id, queue_id, agent_id, waited_ms, tier, eligible, ready, because)"
        " SELECT t, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), %(of)s, 0, 0, 1, 1, 'x' FROM at",
        "INSERT INTO alarm (at, kind) SELECT t, 'deaf' FROM at",
        "INSERT INTO request (agent_id, kind, asked_by, idempotency_key, state, asked_at, answered_at)"
        " SELECT %(of)s, 'login', 'test', gen_random_uuid()::text, 'done', t, t FROM at",
        ", new AS (INSERT INTO agent (login, name, contact) SELECT gen_random_uuid()::text, '', '' FROM at"
        " RETURNING agent_id) INSERT INTO agent_day (agent_id, day) SELECT agent_id, (SELECT min(t) FROM at) FROM new",
    ):
        floor.db.run(
            "WITH at AS (SELECT now() - make_interval(days => %(days)s) AS t FROM generate_series(1, %(rows)s))" + sql,
            of=of,
            days=days,
            rows=rows,
        )


def counts(db: Database) -> dict[str, int]:
    return {row["name"]: row["rows"] for row in db.rows(COUNT)}


def test_what_is_older_goes_and_what_is_younger_stays(floor: Floor, db: Database, keep: Keep) -> None:
    write(floor, 11)
    write(floor, 9)
    assert keep(10).sweep() == dict.fromkeys(TABLES, 1)
    assert counts(db) == dict.fromkeys(TABLES, 1)
    assert keep(10).sweep() == dict.fromkeys(TABLES, 0)


def test_much_goes_in_small_batches(floor: Floor, db: Database, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    write(floor, 11, rows=25)
    write(floor, 9, rows=15)
    retention = keep(10)
    assert retention.sweep() == dict.fromkeys(TABLES, 25)
    assert retention._session.round_trips == 6 * 4, "three batches of each table, and one look"
    assert counts(db) == dict.fromkeys(TABLES, 15)


def test_a_request_that_nobody_answered_is_not_forgotten(floor: Floor, db: Database, keep: Keep) -> None:
    write(floor, 11)
    db.run("UPDATE request SET state = 'taken', answered_at = NULL")
    assert keep(10).sweep()["request"] == 0


def test_calls_and_what_they_consist_of_are_never_deleted(floor: Floor, db: Database, keep: Keep) -> None:
    call_id = floor.arrive()
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    db.run("UPDATE call SET started_at = started_at - interval '9 years', ended_at = ended_at - interval '9 years'")
    keep(1).sweep()
    assert db.value("SELECT count(*) FROM call") == 1
    assert db.value("SELECT count(*) FROM leg") == 1


def test_zero_days_keep_everything(floor: Floor, db: Database, keep: Keep) -> None:
    write(floor, 4000)
    retention = keep(0)
    retention.run()
    assert retention._session.round_trips == 0
    assert counts(db) == dict.fromkeys(TABLES, 1)


def test_it_runs_again_and_again_though_the_database_was_away(
    floor: Floor, db: Database, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    write(floor, 11)
    stopping = Event()
    retention = keep(10, stopping)
    rows, troubles = retention._session.rows, [1, 2]

    def fail_twice(sql: str, *arguments: object) -> list[tuple[object, ...]]:
        if troubles:
            troubles.pop()
            raise StoreFailed("not now")
        return rows(sql, *arguments)

    monkeypatch.setattr(retention._session, "rows", fail_twice)
    greenlet = gevent.spawn(retention.run)
    until(lambda: counts(db) == dict.fromkeys(TABLES, 0), "all is gone")
    write(floor, 11)
    until(lambda: counts(db) == dict.fromkeys(TABLES, 0), "and again")
    stopping.set()
    greenlet.get(timeout=LIMIT_S)
