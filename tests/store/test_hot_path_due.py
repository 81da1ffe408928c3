"""Deadlines: each kind appears when it is due and not before, soonest first, of our switches only."""

from typing import Any

import pytest

from freeswitch_cc.core import agent_events
from tests.database import Database
from tests.floor import Floor

HORIZON_MS = 1000


def due(floor: Floor, *switch_ids: str, horizon_ms: int = HORIZON_MS) -> dict[str, float]:
    """kind -> in how many ms."""
    rows = floor.session.due(list(switch_ids) or [floor.switch_id], horizon_ms)
    return {row.kind: row.due_in_ms for row in rows}


@pytest.fixture
def offered(floor: Floor, db: Database) -> Floor:
    """A call that waits with music asked for, offered to ann: every kind of deadline stands, all of them far away."""
    floor.add_agent("ann")
    floor.arrive()
    floor.match()
    for table, column in COLUMNS.values():
        db.run(f"UPDATE {table} SET {column} = now() + interval '1 h' WHERE {column} IS NOT NULL")
    return floor


COLUMNS = {
    "command": ("leg", "command_due_at"),
    "sound": ("leg", "sound_due_at"),
    "deadman": ("leg", "deadman_due_at"),
    "offer": ("offer", "expires_at"),
    "agent": ("agent", "due_at"),
}


def set_due(floor: Floor, kind: str, in_ms: int) -> None:
    table, column = COLUMNS[kind]
    statement = f"UPDATE {table} SET {column} = clock_timestamp() + make_interval(secs => %(s)s)"
    floor.db.run(f"{statement} WHERE {column} IS NOT NULL", s=in_ms / 1000)


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_deadline_appears_when_it_is_due_and_not_before(kind: str, offered: Floor) -> None:
    assert due(offered) == {}
    set_due(offered, kind, HORIZON_MS // 2)
    (seen,) = due(offered).items()
    assert seen[0] == kind
    assert 0 < seen[1] <= HORIZON_MS // 2, "it is announced, and how long it takes"
    set_due(offered, kind, -10)
    (seen,) = due(offered).items()
    assert seen[0] == kind
    assert seen[1] <= -10
    assert due(offered, horizon_ms=0) == {kind: pytest.approx(seen[1], abs=1000)}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_deadline_of_a_switch_that_is_not_ours_is_left_to_its_owner(kind: str, offered: Floor) -> None:
    set_due(offered, kind, -10)
    assert due(offered, offered.add_switch("two")) == {}
    assert offered.session.due([], HORIZON_MS) == []


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_deadline_names_its_row_and_its_call(kind: str, offered: Floor, db: Database) -> None:
    set_due(offered, kind, -10)
    (row,) = offered.session.due([offered.switch_id], HORIZON_MS)
    table, column = COLUMNS[kind]
    assert row.row_id == db.value(f"SELECT {table}_id FROM {table} WHERE {column} IS NOT NULL")
    assert row.call_id == db.value("SELECT call_id FROM call")


def test_the_soonest_comes_first(offered: Floor) -> None:
    for in_ms, kind in enumerate(("offer", "command", "sound", "agent", "deadman")):
        set_due(offered, kind, in_ms * 100 - 1000)
    rows = offered.session.due([offered.switch_id], HORIZON_MS)
    assert [row.kind for row in rows] == ["offer", "command", "sound", "agent", "deadman"]


def test_a_wrap_up_is_due_for_any_engine_as_the_agent_s_own(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann", wrap_up="timed", wrap_up_ms=500)
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.bridge(call_id)
    floor.happen(floor.hangup(call_id, leg_id, "MEDIA_TIMEOUT"))
    db.run("UPDATE leg SET command_due_at = 'infinity' WHERE command_due_at IS NOT NULL")
    (row,) = floor.session.due([], HORIZON_MS)
    assert (row.kind, row.agent_id, row.row_id) == ("wrap_up", agent_id, agent_id)
    due_event = agent_events.AgentDeadlinePassed(agent_id=agent_id)
    assert floor.happen(due_event).changes_nothing, "not due yet"
    db.run("UPDATE agent SET due_at = clock_timestamp()")
    assert not floor.happen(due_event).changes_nothing
    assert floor.agent(agent_id)["activity"] == "idle"
    assert floor.session.due([], HORIZON_MS) == []


def test_a_wrap_up_without_an_end_is_never_due(floor: Floor) -> None:
    floor.add_agent("ann", wrap_up="manual")
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.bridge(call_id)
    floor.happen(floor.hangup(call_id, leg_id))
    assert "wrap_up" not in due(floor, horizon_ms=10**9)


def test_what_is_over_is_not_due(offered: Floor, db: Database) -> None:
    call_id = db.value("SELECT call_id FROM call")
    offered.refuse(call_id)
    offered.happen(offered.hangup(call_id, offered.customer(call_id)))
    assert due(offered, horizon_ms=10**9) == {}


def test_many_due_rows_come_in_portions_the_oldest_first(floor: Floor, db: Database) -> None:
    call_id = floor.arrive()
    db.run(
        "INSERT INTO agent (login, name, contact, presence, activity, call_id, due_at)"
        " SELECT 'a' || n, '', '', 'available', 'wrap_up', %(id)s, now() - make_interval(secs => n)"
        " FROM generate_series(1, 6000) n",
        id=call_id,
    )
    rows = floor.session.due([], 0)
    assert len(rows) == 5000
    assert sorted(row.due_in_ms for row in rows) == [row.due_in_ms for row in rows]
    assert rows[0].due_in_ms < -5_999_000


def test_an_offer_that_nobody_was_told_of_is_due_as_any_other(floor: Floor) -> None:
    floor.add_agent("ann")
    floor.arrive()
    floor.match(tell=False)
    set_due(floor, "offer", -10)
    assert "offer" in due(floor)


def test_a_row_that_is_due_stays_due_until_it_is_changed(offered: Floor) -> None:
    set_due(offered, "command", -10)
    seen: list[Any] = [due(offered) for _ in range(3)]
    assert all(set(one) == {"command"} for one in seen)
