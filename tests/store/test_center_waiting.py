"""A center file that is changed while callers wait by what it said before."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url

from freeswitch_cc.center import AgentSettings, Center, EntryPointSettings, QueueSettings, SwitchSettings
from freeswitch_cc.core import events
from freeswitch_cc.core.why import sentences
from freeswitch_cc.store.availability import why
from freeswitch_cc.store.connect import connected
from tests.database import Database
from tests.floor import Floor
from tests.store.test_center import applied

POINT = EntryPointSettings(number="200", queue="sales", requires="french")
CENTER = Center(
    skills=("french",),
    switches=(SwitchSettings(name="one", host="127.0.0.1", port=1, password_env="PASSWORD"),),
    agents=(
        AgentSettings(login="ann", name="Ann", contact="user/ann@x", skills={"french": 2}),
        AgentSettings(login="bob", name="Bob", contact="user/bob@x"),
    ),
    queues=(QueueSettings(name="sales", agents=("ann", "bob")),),
    entry_points=(POINT,),
)


@pytest.fixture
def store(db: Database) -> Iterator[Engine]:
    engine = create_engine(make_url(db.url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def waiting(floor: Floor, store: Engine, db: Database) -> str:
    """Somebody waits for an agent who speaks French; bob, who does not, is ready."""
    applied(store, CENTER)
    call_id = floor.arrive("200")
    log_in(db, "bob")
    assert floor.match() == []
    return call_id


def log_in(db: Database, login: str) -> None:
    db.run("UPDATE agent SET presence = 'available', idle_since = now() WHERE login = %(login)s", login=login)


def asks(floor: Floor, call_id: str) -> str:
    with connected(floor.db.url) as connection:
        facts = why(connection, call_id)
    return " ".join(sentences(facts))


def test_who_waits_asks_what_his_number_asks_from_now_on(
    floor: Floor, store: Engine, db: Database, waiting: str
) -> None:
    applied(store, replace(CENTER, entry_points=(replace(POINT, requires="french >= 2"),)))
    assert floor.match() == [], "bob does not meet that either"
    assert "its agent must meet french >= 2" in asks(floor, waiting)
    log_in(db, "ann")
    assert [call_id for _, call_id in floor.match()] == [waiting]


def test_who_talks_and_comes_back_asks_it_too(floor: Floor, store: Engine, db: Database, waiting: str) -> None:
    log_in(db, "ann")
    floor.match()
    leg_id = floor.bridge(waiting)
    applied(store, replace(CENTER, entry_points=(replace(POINT, requires="french >= 3"),)))
    floor.happen(floor.hangup(waiting, leg_id))
    assert db.value("SELECT is_returned FROM queue_visit WHERE outcome IS NULL")
    assert floor.match() == [], "nobody meets it"


def test_a_requirement_that_is_taken_away_asks_nothing(floor: Floor, store: Engine, db: Database, waiting: str) -> None:
    applied(store, replace(CENTER, entry_points=(replace(POINT, requires=None),)))
    assert [call_id for _, call_id in floor.match()] == [waiting]


def test_a_number_that_goes_leaves_those_who_came_by_it_what_they_ask(
    floor: Floor, store: Engine, db: Database, waiting: str
) -> None:
    without = replace(CENTER, entry_points=(EntryPointSettings(number="300", queue="sales"),))
    applied(store, without)
    assert floor.match() == []
    assert db.value("SELECT count(*) FROM requirement") == 1
    floor.happen(floor.hangup(waiting, floor.customer(waiting)))
    applied(store, without)
    assert db.value("SELECT count(*) FROM requirement") == 0, "nobody waits by it any more"


def test_who_came_without_a_requirement_keeps_none(floor: Floor, store: Engine, db: Database) -> None:
    applied(store, replace(CENTER, entry_points=(replace(POINT, requires=None),)))
    call_id = floor.arrive("200")
    applied(store, CENTER)
    log_in(db, "bob")
    assert [told for _, told in floor.match()] == [call_id]


# -- how long one may wait -----------------------------------------------------------------------

SALES = CENTER.queues[0]
SPARE = QueueSettings(name="spare", agents=("bob",))


def limited(max_wait_ms: int | None, target: str = "queue:spare") -> Center:
    overflow = {"too_long": target} if max_wait_ms else {}
    return replace(CENTER, queues=(replace(SALES, max_wait_ms=max_wait_ms, overflow=overflow), SPARE))


def may_wait_s(db: Database) -> float | None:
    found = db.value("SELECT extract(epoch FROM overflow_at - entered_at) FROM queue_visit WHERE outcome IS NULL")
    return None if found is None else float(found)


def test_who_waits_may_do_so_as_long_as_is_said_now(store: Engine, db: Database, waiting: str) -> None:
    assert may_wait_s(db) is None
    for said_s in (300, 60, 600):
        applied(store, limited(said_s * 1_000))
        assert may_wait_s(db) == said_s
    applied(store, limited(None))
    assert may_wait_s(db) is None


def test_and_goes_when_that_is_over_already(floor: Floor, store: Engine, db: Database, waiting: str) -> None:
    db.run("UPDATE queue_visit SET entered_at = entered_at - interval '2 min'")
    applied(store, limited(60_000))
    visit_id = str(db.value("SELECT visit_id FROM queue_visit"))
    floor.happen(events.CallDeadlinePassed(call_id=waiting, kind="visit", row_id=visit_id))
    assert db.value("SELECT q.name FROM queue_visit v JOIN queue q USING (queue_id) WHERE outcome IS NULL") == "spare"


@pytest.mark.parametrize(
    "already",
    [
        "spent = jsonb_build_array(queue_id || ':too_long')",
        "came_from = visit_id",
        "outcome = 'abandoned', left_at = now()",
    ],
)
def test_but_not_who_has_been_there_or_waits_for_one_agent(
    store: Engine, db: Database, waiting: str, already: str
) -> None:
    db.run(f"UPDATE queue_visit SET {already}")
    applied(store, limited(60_000))
    assert db.value("SELECT overflow_at FROM queue_visit") is None
