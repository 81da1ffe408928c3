"""Figures that are only for people (days, foretold waits) stop no call when they cannot be made."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.database import Database
from tests.floor import Floor


@pytest.fixture
def nowhere(floor: Floor, db: Database) -> Iterator[None]:
    """A time zone that this PostgreSQL does not know."""
    db.run("UPDATE center SET timezone = 'Europe/Nowhere'")
    yield
    db.run("UPDATE center SET timezone = 'UTC'")


@pytest.mark.usefixtures("nowhere")
def test_an_unknown_time_zone_stops_neither_a_bridge_nor_matching(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    assert floor.match() == [(ann, call_id)]
    floor.bridge(call_id)
    assert floor.agent(ann)["activity"] == "talking"
    assert db.rows("SELECT day, calls FROM agent_day") == [{"day": datetime.now(UTC).date(), "calls": 1}]


@pytest.fixture
def broken(db: Database) -> Iterator[None]:
    """No wait can be estimated."""
    arguments = "(uuid, integer, uuid)"
    db.run(f"ALTER FUNCTION fcc_estimated_wait{arguments} RENAME TO fcc_set_aside")
    db.run(
        "CREATE FUNCTION fcc_estimated_wait(uuid, integer, uuid DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql STABLE"
        " AS $$ BEGIN RETURN 1 / 0; END $$"
    )
    yield
    db.run(f"DROP FUNCTION fcc_estimated_wait{arguments}")
    db.run(f"ALTER FUNCTION fcc_set_aside{arguments} RENAME TO fcc_estimated_wait")


@pytest.mark.usefixtures("broken")
def test_a_wait_that_cannot_be_estimated_keeps_nobody_out(floor: Floor, db: Database) -> None:
    floor.arrive()
    assert db.rows("SELECT position, estimated_wait_ms FROM queue_visit") == [
        {"position": 1, "estimated_wait_ms": None}
    ]
