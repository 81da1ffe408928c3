"""Limits, overflow and voicemail boxes of a center file in the tables, and the lines of agents overflowed to."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url

from freeswitch_cc.center import AgentSettings, Center, QueueSettings, VoicemailBoxSettings
from freeswitch_cc.core.hours import Hours
from tests.database import Database
from tests.store.test_center import applied, told

HOURS = Hours(weekly={"mon": ("08:00-12:00", "13:00-17:00")}, closed_on=("2026-12-25",))
SALES = QueueSettings(
    name="sales",
    agents=("alice",),
    hours=HOURS,
    max_wait_ms=60_000,
    max_length=20,
    overflow={"closed": "voicemail:box", "too_long": "agent:boss"},
    agent_wait_ms=5_000,
    agent_tries=1,
    max_forwarded=3,
    max_forwarded_per_caller=0,
)
CENTER = Center(
    agents=(
        AgentSettings(login="alice", name="Alice", contact="user/alice@example.test"),
        AgentSettings(login="boss", name="Boss", contact="user/boss@example.test"),
    ),
    queues=(SALES,),
    voicemail_boxes=(VoicemailBoxSettings(name="box", directory="/var/voicemail", greeting="/var/hello.wav"),),
)


@pytest.fixture
def engine(db: Database) -> Iterator[Engine]:
    engine = create_engine(make_url(db.url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield engine
    engine.dispose()


def test_limits_are_written_as_they_are_read(engine: Engine, db: Database) -> None:
    applied(engine, CENTER)
    row = db.one("SELECT * FROM queue WHERE name = 'sales'")
    assert row["hours"] == {"weekly": {"mon": ["08:00-12:00", "13:00-17:00"]}, "closed_on": ["2026-12-25"]}
    assert (row["max_wait_ms"], row["max_length"], row["agent_wait_ms"], row["agent_tries"]) == (60_000, 20, 5_000, 1)
    assert (row["max_forwarded"], row["max_forwarded_per_caller"]) == (3, 0)
    assert row["overflow"] == {"closed": "voicemail:box", "too_long": "agent:boss"}
    assert db.one("SELECT * FROM voicemail_box") == {
        "name": "box",
        "directory": "/var/voicemail",
        "greeting": "/var/hello.wav",
        "longest_ms": 180_000,
        "silence_ms": 5_000,
        "max_messages": 1_000,
        "max_per_caller": 10,
        "keep_days": 0,
    }


def test_applied_again_it_changes_nothing(engine: Engine) -> None:
    applied(engine, CENTER)
    assert told(applied(engine, CENTER)) == []


def test_an_agent_who_is_overflowed_to_has_a_line_in_which_he_alone_is(engine: Engine, db: Database) -> None:
    applied(engine, CENTER)
    rows = db.rows(
        "SELECT a.login FROM eligibility e JOIN agent a USING (agent_id) JOIN queue q USING (queue_id)"
        " WHERE q.name = 'agent:boss'"
    )
    assert [row["login"] for row in rows] == ["boss"]
    assert db.value("SELECT count(*) FROM eligibility") == 2, "and he takes no other call of sales"


def test_a_line_that_nobody_overflows_to_any_more_is_removed(engine: Engine, db: Database) -> None:
    applied(engine, CENTER)
    applied(engine, replace(CENTER, queues=(replace(SALES, overflow={}, hours=None),), voicemail_boxes=()))
    assert [row["name"] for row in db.rows("SELECT name FROM queue WHERE is_active")] == ["sales"]
    assert db.value("SELECT hours IS NULL FROM queue WHERE name = 'sales'") is True
    assert db.value("SELECT count(*) FROM voicemail_box") == 0
