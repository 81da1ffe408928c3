"""Overflow in the database: what a view says of a queue that a call finds or leaves, what is saved, and what is due."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.hours import Hours
from freeswitch_cc.core.lines import Box, Overflow
from tests.database import Database
from tests.floor import Floor
from tests.store.saving import view_of

NEVER = '{"weekly": {}, "closed_on": []}'


def limit(floor: Floor, name: str = "sales", **values: Any) -> None:
    for column, value in values.items():
        said = json.dumps(value) if isinstance(value, dict) else value
        floor.db.run(f"UPDATE queue SET {column} = %(value)s WHERE name = %(name)s", value=said, name=name)


def found(floor: Floor, number: str = "100", caller: str = "") -> Overflow:
    overflow = view_of(floor.session, str(uuid4()), number, caller).overflow
    assert overflow is not None
    return overflow


def visits(db: Database) -> list[tuple[str, str, str | None]]:
    rows = db.rows(
        "SELECT q.name, v.entry_reason, v.left_reason FROM queue_visit v JOIN queue q USING (queue_id)"
        " ORDER BY v.entered_at, v.outcome IS NULL"
    )
    return [(row["name"], row["entry_reason"], row["left_reason"]) for row in rows]


def visit_is_due(floor: Floor, call_id: str) -> None:
    visit_id = floor.db.value("SELECT visit_id FROM queue_visit WHERE outcome IS NULL AND call_id = %(c)s", c=call_id)
    floor.happen(events.CallDeadlinePassed(call_id=call_id, kind="visit", row_id=str(visit_id)))


# -- what a call that comes finds ----------------------------------------------------------------


def test_of_a_queue_without_limits_nothing_is_asked(floor: Floor) -> None:
    assert view_of(floor.session, str(uuid4()), "100").overflow is None


@pytest.mark.parametrize("column", ["hours", "max_length", "overflow"])
def test_of_one_with_any_all_is_known_that_its_overflow_may_need(floor: Floor, column: str) -> None:
    given = {"hours": NEVER, "max_length": 5, "overflow": {"nobody": "queue:night"}}
    limit(floor, **{column: given[column]})
    floor.add_queue("night")
    names = {line.name for line in found(floor).lines}
    assert names == ({"sales", "night"} if column == "overflow" else {"sales"})


def test_every_queue_line_and_box_is_reached_and_no_other(floor: Floor) -> None:
    for name in ("night", "agent:boss", "far", "foreign"):
        floor.add_queue(name)
    limit(floor, overflow={"nobody": "queue:night", "closed": "agent:boss"}, hours=NEVER)
    limit(floor, "night", overflow={"nobody": "queue:far", "full": "voicemail:box"}, music="local_stream://night")
    limit(floor, "far", overflow={"nobody": "queue:sales"})  # no center file says so
    floor.insert("voicemail_box", name="box", directory="/var/voicemail", greeting="/a.wav", longest_ms=9, silence_ms=8)
    floor.insert("voicemail_box", name="other", directory="/var/other")
    overflow = found(floor)
    assert {line.name for line in overflow.lines} == {"sales", "night", "agent:boss", "far"}
    assert overflow.boxes == (
        Box(
            name="box",
            directory="/var/voicemail",
            greeting="/a.wav",
            longest_ms=9,
            silence_ms=8,
            max_messages=1_000,
            max_per_caller=10,
        ),
    )
    assert overflow.timezone == "UTC"
    sales, night = overflow.line_named("sales"), overflow.line_named("night")
    assert sales is not None
    assert night is not None
    assert sales.hours == Hours()
    assert night.music == "local_stream://night"


def test_who_is_in_a_queue_counts_also_while_he_rings_somebody(floor: Floor) -> None:
    limit(floor, max_length=5)
    floor.add_agent("ann")
    floor.arrive()
    floor.match()
    floor.arrive()
    (line,) = found(floor).lines
    assert line.waiting == 2


@pytest.mark.parametrize(
    ("changes", "is_staffed"),
    [
        ({}, True),
        ({"presence": "not_ready", "reason": "meal"}, True),
        ({"presence": "offline"}, False),
        ({"is_active": False}, False),
    ],
)
def test_a_queue_is_staffed_by_who_is_logged_in(floor: Floor, changes: dict[str, Any], is_staffed: bool) -> None:
    limit(floor, max_length=5)
    floor.add_agent("ann", **changes)
    (line,) = found(floor).lines
    assert line.is_staffed is is_staffed


@pytest.mark.parametrize(("gone_for", "is_staffed"), [("30 s", True), ("61 s", False)])
def test_but_not_by_who_has_had_no_phone_for_a_minute(floor: Floor, gone_for: str, is_staffed: bool) -> None:
    limit(floor, max_length=5)
    floor.add_agent("ann", presence="not_ready", reason="device_down")
    floor.db.run("UPDATE agent SET presence_at = now() - %(gone)s::interval", gone=gone_for)
    (line,) = found(floor).lines
    assert line.is_staffed is is_staffed
    floor.db.run("UPDATE agent SET reason = 'meal', presence_at = now() - interval '1 h'")
    (line,) = found(floor).lines
    assert line.is_staffed


def test_and_by_who_meets_what_the_call_asks(floor: Floor) -> None:
    limit(floor, overflow={"nobody": "queue:night"})
    floor.add_queue("night")
    ann = floor.add_agent("ann")
    requirement_id = str(uuid4())
    floor.insert("requirement", requirement_id=requirement_id, expression="french")
    floor.add_entry("200", floor.queue_id, requires="french")
    line = found(floor, "200").line_named("sales")
    assert line is not None
    assert not line.is_staffed
    floor.insert("qualification", requirement_id=requirement_id, agent_id=ann)
    line = found(floor, "200").line_named("sales")
    assert line is not None
    assert line.is_staffed


def a_box(floor: Floor, **settings: int) -> None:
    floor.insert("voicemail_box", name="box", directory="/var/voicemail", **settings)
    limit(floor, overflow={"nobody": "voicemail:box"})


def leave_messages(floor: Floor, number: str, count: int, hours_ago: int = 0) -> None:
    for _ in range(count):
        call_id = str(uuid4())
        began = datetime.now(UTC) - timedelta(hours=hours_ago)
        floor.insert(
            "call",
            call_id=call_id,
            switch_id=floor.switch_id,
            phase="ended",
            caller_number=number,
            started_at=began,
            ended_at=began,
            outcome="voicemail",
        )
        floor.insert("voicemail", call_id=call_id, box="box", path=f"/var/voicemail/{call_id}.wav", at=began)


def test_a_box_tells_how_many_messages_it_has_and_how_many_of_this_caller_in_a_day(floor: Floor) -> None:
    a_box(floor, max_messages=9, max_per_caller=3)
    leave_messages(floor, "+15550100", 2)
    leave_messages(floor, "+15550100", 1, hours_ago=25)
    leave_messages(floor, "+15550101", 4)
    (box,) = found(floor, caller="+15550100").boxes
    assert (box.messages, box.messages_of_caller, box.is_full) == (7, 2, False)
    leave_messages(floor, "+15550100", 2)
    (box,) = found(floor, caller="+15550100").boxes
    assert (box.messages, box.messages_of_caller, box.is_full) == (9, 3, True), "and no more is counted than matters"


@pytest.mark.parametrize("number", ["", "anonymous", "0000000000"])
def test_who_says_no_number_is_no_caller(floor: Floor, number: str) -> None:
    a_box(floor, max_per_caller=1)
    leave_messages(floor, number, 3)
    (box,) = found(floor, caller=number).boxes
    assert (box.messages, box.messages_of_caller) == (3, 0)


def test_a_box_without_limits_is_not_counted(floor: Floor) -> None:
    a_box(floor, max_messages=0, max_per_caller=0)
    leave_messages(floor, "+15550100", 2)
    (box,) = found(floor).boxes
    assert (box.messages, box.messages_of_caller, box.is_full) == (0, 0, False)


# -- what becomes of it --------------------------------------------------------------------------


def test_a_call_that_overflows_keeps_its_wait(floor: Floor, db: Database) -> None:
    night = floor.add_queue("night")
    floor.add_agent("ann")
    floor.add_agent("eve", night)
    limit(floor, max_wait_ms=60_000, overflow={"too_long": "queue:night"})
    call_id = floor.arrive()
    db.run(
        "UPDATE queue_visit SET entered_at = entered_at - interval '2 min', overflow_at = now() - interval '1 s',"
        " waiting_since = waiting_since - interval '2 min'"
    )
    visit_is_due(floor, call_id)
    assert visits(db) == [("sales", "inbound", "too_long"), ("night", "overflow", None)]
    row = db.one("SELECT * FROM queue_visit WHERE outcome IS NULL")
    assert row["entered_at"] - row["waiting_since"] >= timedelta(minutes=2)
    assert row["spent"] == [f"{floor.queue_id}:too_long"]


def test_what_is_noted_of_an_agents_line_is_found_again(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    floor.add_agent("boss", floor.add_queue("agent:boss"))
    limit(floor, max_wait_ms=60_000, overflow={"too_long": "agent:boss"}, agent_tries=3, agent_wait_ms=9_000)
    call_id = floor.arrive()
    db.run("UPDATE queue_visit SET entered_at = entered_at - interval '2 min', overflow_at = now() - interval '1 s'")
    visit_is_due(floor, call_id)
    visit = view_of(floor.session, call_id).visit
    assert visit is not None
    assert (visit.max_tries, visit.tries) == (3, 0)
    assert visit.home is not None
    assert (visit.home.queue_id, visit.home.left_reason, visit.home.max_wait_ms) == (floor.queue_id, "too_long", 60_000)
    db.run("UPDATE queue_visit SET overflow_at = now() - interval '1 s' WHERE outcome IS NULL")
    visit_is_due(floor, call_id)
    assert visits(db)[1:] == [("agent:boss", "overflow", "too_long"), ("sales", "returned", None)]
    assert db.value("SELECT is_returned FROM queue_visit WHERE outcome IS NULL") is True


def test_a_farewell_is_saved_in_steps_and_its_message_is_kept(floor: Floor, db: Database) -> None:
    floor.insert("voicemail_box", name="box", directory="/var/voicemail")
    limit(floor, overflow={"nobody": "voicemail:box"})
    call_id = floor.arrive()
    leg_id, path = floor.customer(call_id), f"/var/voicemail/{call_id}.wav"
    assert db.value("SELECT step FROM call") == "beeping"
    beep = "tone_stream://%(400,100,880)"
    floor.happen(events.SoundStopped(call_id=call_id, leg_id=leg_id, sound=beep, **floor.at()))
    floor.happen(events.RecordingStarted(call_id=call_id, leg_id=leg_id, path=path, **floor.at()))
    assert db.one("SELECT box, path, ms FROM voicemail") == {"box": "box", "path": path, "ms": None}
    floor.happen(floor.hangup(call_id, leg_id))
    assert db.value("SELECT phase FROM call") == "ended"
    floor.happen(events.RecordingStopped(call_id=call_id, leg_id=leg_id, path=path, ms=4_200, **floor.at()))
    floor.happen(events.RecordingStopped(call_id=call_id, leg_id=leg_id, path=path, ms=0, **floor.at()))
    assert db.one("SELECT outcome, step, ms FROM call JOIN voicemail USING (call_id)") == {
        "outcome": "voicemail",
        "step": None,
        "ms": 4_200,
    }
