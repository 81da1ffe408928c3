"""The schema is brought up and down from Python."""

import pytest

from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.migrate import current, migrate, newest, unmigrate
from tests.database import Database


def tables_in(url: str) -> set[str]:
    database = Database(url)
    try:
        rows = database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row["tablename"] for row in rows} - {"alembic_version"}
    finally:
        database.close()


def test_a_database_goes_up_to_the_newest_revision_and_down_to_nothing(empty_database_url: str) -> None:
    assert current(empty_database_url) is None
    migrate(empty_database_url)
    assert current(empty_database_url) == newest()
    assert "call" in tables_in(empty_database_url)
    unmigrate(empty_database_url)
    assert current(empty_database_url) is None
    assert tables_in(empty_database_url) == set()


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    migrate(empty_database_url)
    before = tables_in(empty_database_url)
    migrate(empty_database_url)
    assert tables_in(empty_database_url) == before


def test_an_unknown_revision_is_one_sentence(empty_database_url: str) -> None:
    with pytest.raises(StoreFailed, match="no-such-revision"):
        migrate(empty_database_url, "no-such-revision")


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(StoreFailed) as caught:
        migrate("postgresql://nobody@127.0.0.1:1/center")
    assert "\n" not in str(caught.value)


def test_a_url_that_is_none_is_one_sentence() -> None:
    with pytest.raises(StoreFailed, match="cannot be read"):
        migrate("what is this")


def test_a_module_gets_a_migrated_and_empty_database(database_url: str, db: Database) -> None:
    assert current(database_url) == newest()
    assert db.value("SELECT count(*) FROM call") == 0
    db.run("INSERT INTO agent (login, name, contact) VALUES ('alice', 'Alice', 'user/alice')")


def test_what_a_test_left_behind_is_gone_in_the_next(db: Database) -> None:
    assert db.value("SELECT count(*) FROM agent") == 0
