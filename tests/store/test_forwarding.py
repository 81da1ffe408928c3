"""Overflow to a number in the database: what a view says of it, what is saved, what is due, and what SQL can ask."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Originate
from freeswitch_cc.core.dialling import Dialling, NumberClass
from freeswitch_cc.core.lines import Overflow
from freeswitch_cc.core.scene import Decision
from tests.database import Database
from tests.floor import Floor
from tests.store.saving import view_of
from tests.store.test_overflow import NEVER, limit, visits

NUMBER = "+358401234567"
TARGET = f"number:{NUMBER}"
CLASSES = [{"name": "national", "like": ["+358"]}]


@pytest.fixture
def night(floor: Floor) -> Floor:
    """The queue is closed, and its calls go to a number."""
    may_dial(floor)
    limit(floor, hours=NEVER, overflow={"closed": TARGET})
    return floor


def may_dial(floor: Floor, queue: str = "sales") -> None:
    floor.db.run("DELETE FROM dialling")
    floor.insert("dialling", trunk="carrier", classes=json.dumps(CLASSES), ring_ms=9_000, max_call_ms=90_000)
    limit(floor, queue, may_dial='["national"]', caller_ids='["+358401112222"]')


def overflow_of(floor: Floor) -> Overflow:
    overflow = view_of(floor.session, str(uuid4()), "100").overflow
    assert overflow is not None
    return overflow


def number_leg(floor: Floor, call_id: str) -> str:
    return str(floor.db.value("SELECT leg_id FROM leg WHERE call_id = %(c)s AND role = 'target'", c=call_id))


def comes(floor: Floor) -> tuple[str, Decision]:
    event = floor.arrival()
    return event.call_id, floor.happen(event)


def kinds(floor: Floor) -> list[str]:
    return [due.kind for due in floor.session.due([floor.switch_id], 0)]


def test_what_the_policy_needs_is_known_only_where_a_number_may_come_of_it(floor: Floor) -> None:
    may_dial(floor)
    limit(floor, overflow={"nobody": "queue:night"}, may_dial="[]")
    floor.add_queue("night")
    assert overflow_of(floor).dialling is None
    may_dial(floor, "night")
    limit(floor, "night", overflow={"nobody": TARGET})
    overflow = overflow_of(floor)
    assert overflow.dialling == Dialling(
        trunk="carrier",
        classes=(NumberClass(name="national", like=("+358",)),),
        ring_ms=9_000,
        max_call_ms=90_000,
    )
    line = overflow.line_named("night")
    assert line is not None
    assert (line.may_dial, line.caller_ids) == (("national",), ("+358401112222",))


def test_a_number_is_called_and_what_was_agreed_on_is_written_down(night: Floor, db: Database) -> None:
    call_id, decision = comes(night)
    (originate,) = [command for command in decision.commands if isinstance(command, Originate)]
    assert (originate.contact, originate.limit_ms) == ("sofia/gateway/carrier/358401234567", 90_000)
    call = view_of(night.session, call_id).call
    assert call is not None
    assert call.forward is not None
    assert (call.forward.number, call.forward.queue_id) == (NUMBER, night.queue_id)
    assert db.one("SELECT phase, forward->>'number' AS number, step FROM call") == {
        "phase": "forwarding",
        "number": NUMBER,
        "step": None,
    }
    assert visits(db) == [("sales", "inbound", "closed")]


def test_nobody_is_offered_it_meanwhile(night: Floor) -> None:
    night.add_agent("ann")
    comes(night)
    assert night.match() == []


def test_it_is_due_to_be_looked_at_and_then_decided(night: Floor, db: Database) -> None:
    comes(night)
    db.run(
        "UPDATE leg SET command_due_at = command_due_at + interval '1 h', sound_due_at = sound_due_at + interval '1 h'"
    )
    assert kinds(night) == []
    db.run("UPDATE call SET step_due_at = now() - interval '1 s'")
    assert kinds(night) == ["forward"]


def test_where_it_goes_on_is_known_when_it_is_not_reached(night: Floor, db: Database) -> None:
    night.add_agent("ann", night.add_queue("reserve"))
    limit(night, overflow={"closed": TARGET, "not_reached": "queue:reserve"})
    call_id, _ = comes(night)
    night.happen(night.hangup(call_id, number_leg(night, call_id), "USER_BUSY", is_answered=False))
    assert visits(db) == [("sales", "inbound", "closed"), ("reserve", "overflow", None)]
    assert db.one("SELECT phase, forward FROM call") == {"phase": "queued", "forward": None}
    rows = db.rows("SELECT waiting_since <= entered_at AS keeps FROM queue_visit WHERE outcome IS NULL")
    assert [row["keeps"] for row in rows] == [True]


def test_who_waited_is_back_before_all_others(night: Floor, db: Database) -> None:
    limit(night, hours=None, overflow={"nobody": TARGET})
    call_id, _ = comes(night)
    night.happen(night.hangup(call_id, number_leg(night, call_id), "NO_ANSWER", is_answered=False))
    assert visits(db) == [("sales", "inbound", "nobody"), ("sales", "returned", None)]
    assert db.value("SELECT is_returned FROM queue_visit WHERE outcome IS NULL") is True


def test_a_talk_with_a_number_is_seen_in_the_rows(night: Floor, db: Database) -> None:
    call_id, _ = comes(night)
    leg_id = number_leg(night, call_id)
    night.happen(events.LegRinging(call_id=call_id, leg_id=leg_id, **night.at()))
    night.happen(events.LegParked(call_id=call_id, leg_id=leg_id, role="target", **night.at()))
    night.happen(night.bridged(call_id, leg_id))
    assert db.one("SELECT phase, step_due_at, forward->>'number' AS number FROM call") == {
        "phase": "talking",
        "step_due_at": None,
        "number": NUMBER,
    }
    legs = db.rows("SELECT role, segment, agent_id FROM leg ORDER BY role")
    assert [tuple(row.values()) for row in legs] == [("customer", "talking", None), ("target", "talking", None)]
    assert [row["kind"] for row in db.rows("SELECT kind FROM segment WHERE leg_id = %(l)s", l=leg_id)] == ["ringing"]


def test_the_question_of_the_manual_is_answered(night: Floor, db: Database) -> None:
    call_id, _ = comes(night)
    night.happen(night.hangup(call_id, number_leg(night, call_id), "USER_BUSY", is_answered=False))
    manual = (Path(__file__).parents[2] / "docs" / "overflow.md").read_text(encoding="utf-8")
    (asked,) = re.findall(r"^ +SELECT c\.caller_number.*?;$", manual, re.MULTILINE | re.DOTALL)
    assert [tuple(row.values()) for row in db.rows(asked)] == [
        ("+15550100", "closed", "sofia/gateway/carrier/358401234567", "USER_BUSY", None, None)
    ]
