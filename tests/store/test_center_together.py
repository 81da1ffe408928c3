"""A center file that is applied while others are at work: the matcher, and a database that refuses something."""

from collections.abc import Iterator
from dataclasses import replace

import gevent
import psycopg2
import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url

from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.store.center import apply, difference
from tests.database import Database
from tests.floor import LIMIT_S, until
from tests.store.test_center import applied
from tests.store.test_center_routing import ALICE, BOB, CAROL, CENTER, rows_of


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield engine
    engine.dispose()


def test_a_time_zone_that_postgresql_does_not_know_is_refused_and_nothing_is_changed(
    store: Engine, db: Database
) -> None:
    strange = replace(CENTER, timezone="Europe/Atlantis")
    for told_or_done in (difference, apply):
        with (
            pytest.raises(ConfigInvalid, match="'Europe/Atlantis', which this PostgreSQL does not know"),
            store.begin() as connection,
        ):
            told_or_done(connection, strange)
    assert db.value("SELECT count(*) FROM agent") == 0
    assert db.value("SELECT timezone FROM center") == "UTC"


def test_matching_rests_while_rows_are_changed_and_is_left_alone_when_none_are(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    matcher = psycopg2.connect(db.url)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    try:
        with matcher.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('freeswitch_cc.match'))")
        assert not gevent.spawn(applied, store, CENTER).get(timeout=LIMIT_S).changes
        change = gevent.spawn(applied, store, replace(CENTER, agents=(ALICE, BOB, replace(CAROL, name="C."))))
        until(lambda: db.value(waiting) or change.ready(), "the change waits for the matcher")
        assert not change.ready(), change
        matcher.commit()
        assert change.get(timeout=LIMIT_S).changes
    finally:
        matcher.close()


def test_nothing_is_changed_until_the_caller_commits(store: Engine, db: Database) -> None:
    before = rows_of(db)
    with store.connect() as connection:
        assert apply(connection, CENTER).changes
        connection.rollback()
    assert rows_of(db) == before
