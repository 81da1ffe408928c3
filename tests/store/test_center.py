"""A center file in the tables: all of it, once, and what is no longer in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url

from freeswitch_cc.center import AgentSettings, Center, EntryPointSettings, QueueSettings, SwitchSettings
from freeswitch_cc.store.center import apply
from freeswitch_cc.store.difference import Difference
from tests.database import Database

ALICE = AgentSettings(login="alice", name="Alice Martin", contact="user/alice@example.test")
BOB = AgentSettings(login="bob", name="Bob", contact="user/bob@example.test", wrap_up="timed", wrap_up_ms=5000)
SALES = QueueSettings(name="sales", agents=("alice", "bob"))
SUPPORT = QueueSettings(name="support", agents=("bob",), wrap_up="timed", wrap_up_ms=9000)
CENTER = Center(
    switches=(SwitchSettings(name="main", host="127.0.0.1", password_env="SECRET"),),
    agents=(ALICE, BOB),
    queues=(SALES, SUPPORT),
    entry_points=(
        EntryPointSettings(number="7001", queue="sales", attached={"product": "phones"}),
        EntryPointSettings(number="7002", queue="support"),
    ),
)
CALL_ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield engine
    engine.dispose()


@contextmanager
def undone(store: Engine) -> Iterator[Connection]:
    with store.connect() as connection:
        yield connection
        connection.rollback()


def applied(store: Engine, center: Center) -> Difference:
    with store.begin() as connection:
        return apply(connection, center)


def told(difference: Difference) -> list[str]:
    """One line for each change: kind, table, name, and each value, old and new."""
    return [
        " ".join(
            [
                change.kind,
                change.what,
                change.name,
                *(f"{item.field}: {item.old} -> {item.new}" for item in change.fields),
            ]
        )
        for change in difference.changes
    ]


def counted(difference: Difference) -> dict[str, int]:
    """How many rows of each table stay as they are, where there are any."""
    return {what: count for what, count in difference.unchanged.items() if count}


def someone_called(db: Database) -> None:
    """A call through 7001 into sales that bob answered."""
    db.run(
        "INSERT INTO call (call_id, switch_id, phase, entry_point_id, started_at, ended_at, outcome)"
        " SELECT %(call)s, switch_id, 'ended', entry_point_id, now(), now(), 'completed' FROM switch, entry_point"
        " WHERE number = '7001'",
        call=CALL_ID,
    )
    db.run(
        "INSERT INTO queue_visit (visit_id, call_id, queue_id, agent_id, entered_at, waiting_since, left_at, outcome)"
        " SELECT %(call)s, %(call)s, queue_id, agent_id, now(), now(), now(), 'answered' FROM queue, agent"
        " WHERE queue.name = 'sales' AND login = 'bob'",
        call=CALL_ID,
    )


def test_a_first_apply_adds_everything(store: Engine, db: Database) -> None:
    assert told(applied(store, CENTER)) == [
        "added switch main",
        "added agent alice",
        "added agent bob",
        "added queue sales",
        "added queue support",
        "added entry_point 7001",
        "added entry_point 7002",
        "added eligibility alice in sales",
        "added eligibility bob in sales",
        "added eligibility bob in support",
    ]
    assert db.one("SELECT port, password_env, is_active, epoch FROM switch") == {
        "port": 8021,
        "password_env": "SECRET",
        "is_active": True,
        "epoch": 0,
    }
    assert db.value("SELECT attached FROM entry_point WHERE number = '7001'") == {"product": "phones"}
    assert db.value("SELECT presence FROM agent WHERE login = 'bob'") == "offline"


def test_the_same_file_again_changes_nothing(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    before = db.rows("SELECT xmin::text, ctid::text FROM agent UNION ALL SELECT xmin::text, ctid::text FROM queue")
    again = applied(store, CENTER)
    assert again.changes == ()
    assert counted(again) == {"switch": 1, "agent": 2, "queue": 2, "entry_point": 2, "eligibility": 3}
    after = db.rows("SELECT xmin::text, ctid::text FROM agent UNION ALL SELECT xmin::text, ctid::text FROM queue")
    assert after == before


def test_what_differs_is_changed_and_told(store: Engine) -> None:
    applied(store, CENTER)
    changes = applied(
        store,
        replace(
            CENTER,
            queues=(replace(SALES, ring_ms=20000, agents=("alice",)), replace(SUPPORT, wrap_up=None, wrap_up_ms=None)),
            entry_points=(CENTER.entry_points[0], EntryPointSettings(number="7002", queue="sales")),
        ),
    )
    assert told(changes) == [
        "changed queue sales ring_ms: 15000 -> 20000",
        "changed queue support wrap_up: timed -> None wrap_up_ms: 9000 -> None",
        "changed entry_point 7002 queue: support -> sales",
        "removed eligibility bob in sales",
    ]
    assert counted(changes) == {"switch": 1, "agent": 2, "entry_point": 1, "eligibility": 2}


def test_one_and_true_are_not_the_same_attached_data(store: Engine, db: Database) -> None:
    point = CENTER.entry_points[0]
    applied(store, replace(CENTER, entry_points=(replace(point, attached={"vip": 1}),)))
    changes = applied(store, replace(CENTER, entry_points=(replace(point, attached={"vip": True}),)))
    assert told(changes) == ["changed entry_point 7001 attached: {'vip': 1} -> {'vip': True}"]
    assert db.value("SELECT attached::text FROM entry_point") == '{"vip": true}'


def test_an_agents_live_state_is_left_alone(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    db.run("UPDATE agent SET presence = 'available', idle_since = now() WHERE login = 'alice'")
    applied(store, replace(CENTER, agents=(replace(ALICE, name="Alice M."), BOB)))
    assert db.one("SELECT presence, name FROM agent WHERE login = 'alice'") == {
        "presence": "available",
        "name": "Alice M.",
    }


def test_what_the_file_does_not_name_any_more_is_removed_when_nothing_refers_to_it(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    assert told(applied(store, Center())) == [
        "removed entry_point 7001",
        "removed entry_point 7002",
        "removed queue sales",
        "removed queue support",
        "removed agent alice",
        "removed agent bob",
        "removed switch main",
    ]
    assert db.value("SELECT (SELECT count(*) FROM agent) + (SELECT count(*) FROM switch)") == 0


def test_what_has_a_history_is_switched_off_and_keeps_its_rows(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    someone_called(db)
    assert sorted(told(applied(store, Center()))) == [
        "removed agent alice",
        "removed entry_point 7002",
        "removed queue support",
        "switched_off agent bob",
        "switched_off entry_point 7001",
        "switched_off queue sales",
        "switched_off switch main",
    ]
    assert db.value("SELECT count(*) FROM queue_visit") == 1
    assert applied(store, Center()).changes == ()


def test_a_queue_that_is_switched_off_keeps_the_agents_of_those_who_still_wait_in_it(
    store: Engine, db: Database
) -> None:
    applied(store, CENTER)
    someone_called(db)
    applied(store, replace(CENTER, queues=(SUPPORT,), entry_points=(CENTER.entry_points[1],)))
    assert db.value("SELECT count(*) FROM eligibility JOIN queue USING (queue_id) WHERE name = 'sales'") == 2


def test_a_queue_that_an_old_number_leads_to_stays_and_one_whose_number_leads_elsewhere_now_goes(
    store: Engine, db: Database
) -> None:
    applied(store, CENTER)
    someone_called(db)
    db.run("DELETE FROM queue_visit")
    moved = (replace(CENTER.entry_points[1], queue="third"),)
    changes = applied(store, replace(CENTER, queues=(QueueSettings(name="third"),), entry_points=moved))
    assert told(changes)[-3:] == ["switched_off entry_point 7001", "switched_off queue sales", "removed queue support"]


def test_what_comes_back_is_switched_on_again_as_the_same_row(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    someone_called(db)
    before = db.value("SELECT agent_id FROM agent WHERE login = 'bob'")
    applied(store, Center())
    changes = applied(store, replace(CENTER, agents=(ALICE, replace(BOB, name="Robert"))))
    assert "switched_on agent bob name: Bob -> Robert" in told(changes)
    assert db.one("SELECT agent_id, is_active FROM agent WHERE login = 'bob'") == {
        "agent_id": before,
        "is_active": True,
    }


def test_an_agent_who_is_logged_in_is_switched_off_and_never_removed(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    db.run("UPDATE agent SET presence = 'available' WHERE login = 'alice'")
    db.run("DELETE FROM agent_state_log")
    changes = applied(store, replace(CENTER, agents=(BOB,), queues=(replace(SALES, agents=("bob",)), SUPPORT)))
    assert "switched_off agent alice" in told(changes)


def test_nothing_is_changed_until_the_caller_commits(store: Engine, db: Database) -> None:
    with undone(store) as connection:
        assert apply(connection, CENTER).changes
    assert db.value("SELECT count(*) FROM agent") == 0
