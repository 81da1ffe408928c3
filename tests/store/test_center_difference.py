"""What `apply` would change, told without touching anything; and calls that come while it is done."""

from collections.abc import Iterator
from dataclasses import replace

import gevent
import psycopg2
import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from freeswitch_cc.center import Center
from freeswitch_cc.store.center import apply, difference
from tests.database import Database
from tests.floor import LIMIT_S, until
from tests.store.test_center import ALICE, BOB, CENTER, SALES, applied, counted, someone_called, told

_SOMEBODY_WAITS = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
)
OTHER = replace(
    CENTER,
    agents=(replace(ALICE, name="Alice M.", max_misses=5), BOB),
    queues=(replace(SALES, agents=("bob",)),),
    entry_points=(CENTER.entry_points[0],),
)


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def looking(store: Engine) -> Iterator[Connection]:
    with store.connect() as connection:
        # Whoever would wait for somebody else's lock fails here instead.
        connection.execute(text("SET lock_timeout = '2s'"))
        connection.commit()
        yield connection
        connection.rollback()


def rows_of(db: Database) -> list[object]:
    return [
        db.rows(f"SELECT xmin::text, t.* FROM {table} t ORDER BY ctid")
        for table in ("switch", "agent", "queue", "entry_point", "eligibility")
    ]


@pytest.mark.parametrize("center", [CENTER, OTHER, Center(), replace(CENTER, queues=(), entry_points=())])
def test_the_difference_is_what_apply_then_does_and_touches_nothing(
    store: Engine, looking: Connection, db: Database, center: Center
) -> None:
    applied(store, CENTER)
    someone_called(db)
    before = rows_of(db)
    foretold = difference(looking, center)
    assert rows_of(db) == before
    looking.rollback()
    assert applied(store, center) == foretold
    assert not applied(store, center).changes


def test_each_change_names_its_fields_with_the_old_and_the_new_value(
    store: Engine, looking: Connection, db: Database
) -> None:
    applied(store, CENTER)
    someone_called(db)
    foretold = difference(looking, OTHER)
    assert told(foretold) == [
        "changed agent alice name: Alice Martin -> Alice M. max_misses: 3 -> 5",
        "removed eligibility alice in sales",
        "removed entry_point 7002",
        "removed queue support",
    ]
    assert counted(foretold) == {"switch": 1, "agent": 1, "queue": 1, "entry_point": 1, "eligibility": 1}


def test_who_looks_waits_for_no_row_and_locks_none(store: Engine, looking: Connection, db: Database) -> None:
    applied(store, CENTER)
    held = psycopg2.connect(db.url)
    try:
        with held.cursor() as cursor:
            cursor.execute("SELECT FROM switch, agent, queue, entry_point FOR UPDATE")
            foretold = difference(looking, OTHER)
        assert foretold.changes
        held.rollback()
        pid = looking.execute(text("SELECT pg_backend_pid()")).scalar_one()
        taken = db.rows(
            "SELECT DISTINCT locktype, mode FROM pg_locks WHERE pid = %(pid)s AND locktype <> 'virtualxid'", pid=pid
        )
        assert sorted((lock["locktype"], lock["mode"]) for lock in taken) == [
            ("advisory", "ShareLock"),
            ("relation", "AccessShareLock"),
        ]
        # As the engine writes, while the one who looks has not gone yet.
        db.run("SET lock_timeout = '2s'")
        assert db.run("UPDATE agent SET presence = 'available'") == 2
        assert db.run("UPDATE queue SET priority = 0") == 2
    finally:
        held.close()


def test_who_looks_cannot_write(looking: Connection) -> None:
    difference(looking, CENTER)
    with pytest.raises(DBAPIError, match="read-only"):
        apply(looking, CENTER)


def test_a_row_that_a_call_takes_hold_of_while_it_is_removed_is_switched_off(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    caller = psycopg2.connect(db.url)
    try:
        with caller.cursor() as cursor:
            # Not committed: whoever removes the entry point has seen no call yet, and must wait for this one.
            cursor.execute(
                "INSERT INTO call (call_id, switch_id, phase, entry_point_id, started_at)"
                " SELECT gen_random_uuid(), switch_id, 'queued', entry_point_id, now() FROM switch, entry_point"
                " WHERE number = '7002'"
            )
        removal = gevent.spawn(applied, store, replace(CENTER, entry_points=(CENTER.entry_points[0],)))
        until(lambda: db.value(_SOMEBODY_WAITS) or removal.ready(), "the removal waits for the caller")
        assert not removal.ready(), removal
        caller.commit()
        assert told(removal.get(timeout=LIMIT_S)) == ["switched_off entry_point 7002"]
    finally:
        caller.close()
    assert db.value("SELECT is_active FROM entry_point WHERE number = '7002'") is False
