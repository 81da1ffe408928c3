"""What a request about a call or a wrap-up leaves in the database, and which call it is about."""

from uuid import uuid4

import gevent
import pytest

from freeswitch_cc.core import agent_events, events
from freeswitch_cc.core.control import Control
from freeswitch_cc.core.said_to_people import Answer
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import AnsweredBefore
from tests.database import Database
from tests.floor import Floor, take
from tests.store.wishes import add_ann, ask, end, request, talk


@pytest.fixture
def ann(floor: Floor) -> str:
    return add_ann(floor)


def test_the_limit_is_the_queue_s_and_stays_though_the_queue_changes(floor: Floor, db: Database) -> None:
    db.run("UPDATE queue SET wrap_up = 'timed', wrap_up_ms = 60000, wrap_up_limit_ms = 90000")
    ann = floor.add_agent("ann", wrap_up_limit_ms=1)
    call_id, leg_id = talk(floor)
    end(floor, call_id, leg_id)
    db.run("UPDATE queue SET wrap_up_limit_ms = 0")
    before = floor.agent(ann)
    assert (before["wrap_up_limit_at"] - before["due_at"]).total_seconds() == 30
    refused = ask(floor, ann, "extend_wrap_up", by_ms=30_001)
    assert (refused.state, refused.reason) == ("refused", "past_the_limit")
    assert "by 30s more at most" in refused.message
    assert floor.agent(ann) == before
    assert ask(floor, ann, "extend_wrap_up", by_ms=30_000).state == "done"
    assert floor.agent(ann)["due_at"] == before["wrap_up_limit_at"]
    assert ask(floor, ann, "end_wrap_up").state == "done"
    assert floor.agent(ann)["wrap_up_limit_at"] is None


def test_of_two_who_end_a_wrap_up_at_once_one_is_told_that_it_is_over(floor: Floor, ann: str, other: Session) -> None:
    call_id, leg_id = talk(floor)
    end(floor, call_id, leg_id)
    asked = [
        agent_events.WrapUpAsked(
            agent_id=ann, request_id=request(floor, "end_wrap_up"), kind="end_wrap_up", forced_by=by
        )
        for by in (None, "boss")
    ]
    greenlets = [
        gevent.spawn(session.transaction, lambda s=session, e=event: take(s, e, uuid4(), None))
        for session, event in zip((floor.session, other), asked, strict=True)
    ]
    gevent.joinall(greenlets, timeout=20, raise_error=True)
    answers = [greenlet.value.answer for greenlet in greenlets]
    assert sorted(answer.state for answer in answers) == ["done", "refused"]
    winner = next(event for event, answer in zip(asked, answers, strict=True) if answer.state == "done")
    assert floor.agent(ann)["changed_by"] == winner.forced_by


# -- about a call --------------------------------------------------------------------------------


def control(floor: Floor, agent_id: str, call_id: str, kind: str, request_id: str, digits: str = "") -> Answer:
    asked = events.ControlAsked(call_id=call_id, agent_id=agent_id, request_id=request_id, kind=kind, digits=digits)
    answer = floor.happen(asked).answer
    assert answer is not None
    return answer


def test_a_hold_is_written_with_its_answer(floor: Floor, ann: str, db: Database) -> None:
    call_id, leg_id = talk(floor)
    first = request(floor, "hold")
    assert control(floor, ann, call_id, "hold", first).state == "done"
    held = db.one("SELECT phase, held_by, held_at IS NOT NULL AS is_timed FROM call")
    assert held == {"phase": "talking", "held_by": ann, "is_timed": True}
    assert {row["want"] for row in db.rows("SELECT want FROM leg")} == {"parked"}
    assert (floor.agent(ann)["activity"], floor.agent(ann)["call_id"]) == ("holding", call_id)
    assert db.value("SELECT state FROM request WHERE request_id = %(id)s", id=first) == "done"
    assert control(floor, ann, call_id, "mute", request(floor, "mute")).state == "done"
    assert db.value("SELECT is_muted FROM leg WHERE leg_id = %(id)s", id=leg_id)
    second = request(floor, "hold")
    assert control(floor, ann, call_id, "hold", second).reason == "already_held"
    assert db.value("SELECT reason FROM request WHERE request_id = %(id)s", id=second) == "already_held"


def test_what_was_answered_before_is_told_when_something_was_to_be_sent(floor: Floor, ann: str, db: Database) -> None:
    call_id, _ = talk(floor)
    request_id = request(floor, "mute")
    assert control(floor, ann, call_id, "mute", request_id).state == "done"
    with pytest.raises(AnsweredBefore):
        control(floor, ann, call_id, "unmute", request_id)
    assert db.value("SELECT bool_or(is_muted) FROM leg"), "nothing of the second one was written"


def test_keys_are_kept_nowhere(floor: Floor, ann: str, db: Database) -> None:
    call_id, _ = talk(floor)
    request_id = request(floor, "send_dtmf")
    db.run("UPDATE request SET arguments = %(keys)s", keys='{"digits": "4111111111111111"}')
    assert control(floor, ann, call_id, "send_dtmf", request_id, digits="4111111111111111").state == "done"
    for table in ("call_log", "request"):
        texts = db.rows(f"SELECT to_jsonb(t)::text AS row FROM {table} t")
        assert texts
        assert not [text for text in texts if "4111" in text["row"]]
    assert db.value("SELECT message FROM request") == "16 keys sent to the customer"


@pytest.mark.parametrize("kind", [*Control, "logout", "disposition"])
def test_a_wish_about_a_call_is_about_the_one_that_he_is_in_when_he_asks(floor: Floor, db: Database, kind: str) -> None:
    ann = floor.add_agent("ann")
    call_id, _ = talk(floor)
    named = str(uuid4())
    for number, values in enumerate([{}, {"call_id": named}]):
        floor.insert("request", kind=kind, agent_id=ann, asked_by="test", idempotency_key=f"k{number}", **values)
    noted = [row["call_id"] for row in db.rows("SELECT call_id FROM request ORDER BY idempotency_key")]
    assert noted == [None if kind == "logout" else call_id, named]
