"""The reasons of a center file in the tables: those that come with the product, and one's own in their place."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url

from freeswitch_cc.center import Center, ReasonSettings
from freeswitch_cc.center_settings import DEFAULT_REASONS, SYSTEM_REASONS
from tests.database import Database
from tests.store.test_center import BOB, applied, counted, told


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield engine
    engine.dispose()


def reasons(db: Database, *, is_active: bool = True) -> set[str]:
    rows = db.rows("SELECT name FROM not_ready_reason WHERE NOT is_system AND is_active = %(a)s", a=is_active)
    return {row["name"] for row in rows}


def test_the_reasons_of_a_new_database_are_those_of_a_file_that_names_none(store: Engine, db: Database) -> None:
    rows = db.rows("SELECT name, is_productive, is_paid, longest_ms, number FROM not_ready_reason WHERE NOT is_system")
    assert {ReasonSettings(**row) for row in rows} == set(DEFAULT_REASONS)
    system = {row["name"] for row in db.rows("SELECT name FROM not_ready_reason WHERE is_system")}
    assert system == set(SYSTEM_REASONS)
    assert not applied(store, Center()).changes


def test_reasons_that_a_file_names_take_the_place_of_the_others_until_it_names_none(
    store: Engine, db: Database
) -> None:
    system = db.rows("SELECT xmin::text, * FROM not_ready_reason WHERE is_system ORDER BY name")
    own = (ReasonSettings(name="break", longest_ms=600_000, number=1), ReasonSettings(name="siesta", is_paid=False))
    changes = applied(store, Center(reasons=own))
    assert told(changes)[:2] == ["changed reason break longest_ms: 900000 -> 600000", "added reason siesta"]
    assert all(line.startswith("removed reason") for line in told(changes)[2:])
    assert reasons(db) == {"break", "siesta"}
    assert counted(applied(store, Center(reasons=own))) == {"reason": 2}
    applied(store, Center())
    assert reasons(db) == {reason.name for reason in DEFAULT_REASONS}
    assert db.rows("SELECT xmin::text, * FROM not_ready_reason WHERE is_system ORDER BY name") == system


@pytest.mark.parametrize(
    "used",
    [
        "UPDATE agent SET presence = 'not_ready', reason = 'meal'",
        "UPDATE agent SET pending_presence = 'not_ready', pending_reason = 'meal'",
        "INSERT INTO agent_state_log (agent_id, presence, reason, activity, started_at, ended_at)"
        " SELECT agent_id, 'not_ready', 'meal', 'idle', now(), now() FROM agent",
    ],
)
def test_a_reason_that_an_agent_gave_is_switched_off_and_comes_back(store: Engine, db: Database, used: str) -> None:
    center = Center(agents=(BOB,), reasons=(ReasonSettings(name="break"),))
    applied(store, replace(center, reasons=None))
    db.run(used)
    changes = told(applied(store, center))
    assert "switched_off reason meal" in changes
    assert "removed reason meeting" in changes
    assert (reasons(db), reasons(db, is_active=False)) == ({"break"}, {"meal"})
    assert not applied(store, center).changes
    assert "switched_on reason meal" in told(applied(store, replace(center, reasons=None)))
