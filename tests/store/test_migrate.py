"""The schema is brought up and down from Python."""

import pytest

from freeswitch_cc.engine.ownership import Ownership
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


# -- beside an engine ----------------------------------------------------------------------------


def test_a_schema_is_not_changed_under_an_engine_that_runs(empty_database_url: str) -> None:
    unmigrate(empty_database_url)
    migrate(empty_database_url, "0001")
    database = Database(empty_database_url)
    database.run(
        "INSERT INTO switch (name, host, port, password_env) VALUES ('main', 'h', 1, 'P'), ('dr', 'h', 2, 'P')"
    )
    owner = Ownership(empty_database_url)
    try:
        switch_id = str(database.value("SELECT switch_id FROM switch WHERE name = 'main'"))
        assert owner.take(switch_id) is not None
        with pytest.raises(StoreFailed, match="an engine runs on it and owns the switch main: stop it first"):
            migrate(empty_database_url)
        assert current(empty_database_url) == "0001"
        migrate(empty_database_url, beside_engines=True)
        assert current(empty_database_url) == newest()
        migrate(empty_database_url)  # nothing to do: nobody is disturbed
        with pytest.raises(StoreFailed, match="owns the switch main"):
            unmigrate(empty_database_url, "0001")
    finally:
        owner.close()
    unmigrate(empty_database_url)
    database.close()


def test_agents_keep_what_they_were_doing_when_the_schema_is_changed(empty_database_url: str) -> None:
    migrate(empty_database_url, "0001")
    database = Database(empty_database_url)
    database.run(
        "INSERT INTO agent (login, name, contact, presence, activity, call_id, state_at) VALUES"
        " ('ann', 'Ann', '', 'available', 'wrap_up', gen_random_uuid(), now() - interval '1 hour')"
    )
    migrate(empty_database_url)
    assert database.one("SELECT last_call_id = call_id AS call, presence_at = state_at AS since FROM agent") == {
        "call": True,
        "since": True,
    }
    unmigrate(empty_database_url)
    database.close()
