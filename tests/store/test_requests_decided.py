"""What a request is judged by, read with the agent locked; and what it leaves in the database."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import gevent
import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.control import Control
from freeswitch_cc.core.feature_codes import KINDS
from freeswitch_cc.core.phone_events import NOBODY, CodeDialled, PhoneChanged
from freeswitch_cc.core.scene import Answer
from freeswitch_cc.store.db import AnsweredBefore, Session
from tests.database import Database
from tests.floor import Floor, take


@pytest.fixture
def ann(floor: Floor) -> str:
    floor.insert("disposition", code="sold", name="Sold")
    floor.insert("disposition", code="complaint", name="Complaint")
    floor.insert("disposition", code="old", name="Not used any more", is_active=False)
    return floor.add_agent("ann", wrap_up="manual")


def view_of(floor: Floor, agent_id: str, looks_at: str, call_id: str | None = None) -> AgentView:
    view = floor.session.view_agent(agent_id, looks_at, call_id)[1]
    floor.session.rollback()
    return view


def talk(floor: Floor) -> tuple[str, str]:
    """A call and the leg of the agent who talks in it."""
    call_id = floor.arrive()
    assert floor.match()
    return call_id, floor.bridge(call_id)


def end(floor: Floor, call_id: str, leg_id: str) -> None:
    """The customer goes, then the agent's leg."""
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    floor.happen(floor.hangup(call_id, leg_id))


def request(floor: Floor, kind: str) -> str:
    request_id = str(uuid4())
    floor.insert("request", request_id=request_id, kind=kind, asked_by="test", idempotency_key=request_id)
    return request_id


def dispose(floor: Floor, agent_id: str, code: str = "sold", **more: Any) -> Answer:
    asked = events.DispositionAsked(agent_id=agent_id, request_id=request(floor, "disposition"), code=code, **more)
    answer = floor.happen(asked).answer
    assert answer is not None
    return answer


def ask(floor: Floor, agent_id: str, kind: str, **more: Any) -> Answer:
    event = (events.WrapUpAsked if kind.endswith("wrap_up") else events.PresenceAsked)(
        agent_id=agent_id, request_id=request(floor, kind), kind=kind, **more
    )
    answer = floor.happen(event).answer
    assert answer is not None
    return answer


# -- what is read --------------------------------------------------------------------------------


def test_a_deadline_looks_at_the_agent_alone(floor: Floor, ann: str) -> None:
    view = view_of(floor, ann, "")
    assert view == AgentView(agent=view.agent)
    assert view.agent is not None


def test_a_presence_is_judged_by_the_reasons_that_people_may_give(floor: Floor, ann: str, db: Database) -> None:
    assert set(view_of(floor, ann, "reasons").reasons) >= {"meal", "meeting"}
    assert not {"no_answer", "forced", "unspecified"}.intersection(view_of(floor, ann, "reasons").reasons)
    db.run("DELETE FROM not_ready_reason WHERE NOT is_system")
    assert view_of(floor, ann, "reasons").reasons == ()
    assert ask(floor, ann, "not_ready", reason="meal").reason == "unknown_reason"
    assert ask(floor, ann, "not_ready").state == "done"


def test_a_code_is_judged_by_the_codes_and_the_numbers_of_reasons_in_use(floor: Floor, ann: str, db: Database) -> None:
    db.run("UPDATE not_ready_reason SET is_active = false WHERE name = 'meal'")
    db.run("UPDATE not_ready_reason SET number = 99 WHERE name = 'forced'")
    view = view_of(floor, ann, "codes")
    assert view.feature_codes == KINDS
    assert view.reason_numbers["1"] == "break"
    assert not {"2", "99"} & view.reason_numbers.keys(), "not what is switched off, nor what only the engine says"
    assert "meal" not in view.reasons
    assert view.agent is not None
    nobody = view_of(floor, NOBODY, "codes")
    assert (nobody.agent, nobody.feature_codes) == (None, KINDS)


@pytest.mark.parametrize(
    ("registered", "is_registered"), [([], None), ([False], False), ([True], True), ([False, True], True)]
)
def test_a_phone_is_registered_when_it_is_so_at_any_switch_in_use(
    floor: Floor, ann: str, registered: list[bool], is_registered: bool | None
) -> None:
    contact = floor.agent(ann)["contact"]
    for number, value in enumerate(registered):
        switch_id = floor.add_switch(f"more{number}", port=10 + number)
        floor.insert("registration", switch_id=switch_id, contact=contact, is_registered=value)
    off = floor.add_switch("off", port=9, is_active=False)
    floor.insert("registration", switch_id=off, contact=contact, is_registered=True)
    floor.insert("registration", switch_id=floor.switch_id, contact="user/other@center", is_registered=True)
    assert view_of(floor, ann, "phone").is_phone_registered is is_registered


def code(floor: Floor, agent_id: str, dialled: str) -> CodeDialled:
    leg_id = str(uuid4())
    return CodeDialled(
        agent_id=agent_id,
        switch_id=floor.switch_id,
        leg_id=leg_id,
        dialled=dialled,
        phone="user/ann@center",
        command_id=leg_id,
    )


def test_what_a_phone_asks_for_is_written_with_its_answer_and_once(floor: Floor, ann: str, db: Database) -> None:
    event = code(floor, ann, "*43*3")
    floor.happen(event)
    row = db.one("SELECT * FROM request")
    assert (row["request_id"], row["kind"], row["agent_id"]) == (event.leg_id, "not_ready", ann)
    assert (row["state"], row["arguments"]) == ("done", {"dialled": "*43*3"})
    assert row["answered_at"] is not None
    before = floor.agent(ann)
    with pytest.raises(AnsweredBefore):
        floor.happen(event)
    assert floor.agent(ann) == before
    refused = code(floor, NOBODY, "*41")
    floor.happen(refused)
    row = db.one("SELECT * FROM request WHERE request_id = %(id)s", id=refused.leg_id)
    assert (row["agent_id"], row["state"], row["reason"]) == (None, "refused", "strange_phone")


def test_what_his_phone_has_made_of_an_agent_is_kept(floor: Floor, ann: str) -> None:
    floor.insert("registration", switch_id=floor.switch_id, contact="user/ann@center", is_registered=False)
    floor.happen(PhoneChanged(agent_id=ann))
    agent = floor.agent(ann)
    assert (agent["presence"], agent["reason"], agent["is_back_with_phone"]) == ("not_ready", "device_down", True)
    floor.db.run("UPDATE registration SET is_registered = true")
    floor.happen(PhoneChanged(agent_id=ann))
    agent = floor.agent(ann)
    assert (agent["presence"], agent["is_back_with_phone"]) == ("available", False)


def test_a_disposition_is_judged_by_the_codes_in_use_and_the_call(floor: Floor, ann: str) -> None:
    assert view_of(floor, ann, "dispositions").codes == ("complaint", "sold")
    assert view_of(floor, ann, "dispositions").call_id is None
    call_id, _ = talk(floor)
    view = view_of(floor, ann, "dispositions")
    assert (view.call_id, view.is_his_call) == (call_id, True)


def test_an_agent_who_is_not_there_has_no_call(floor: Floor, ann: str) -> None:
    call_id, _ = talk(floor)
    for asked in (None, call_id):
        view = view_of(floor, str(uuid4()), "dispositions", asked)
        assert (view.agent, view.is_his_call) == (None, False)


# -- dispositions --------------------------------------------------------------------------------


def test_a_disposition_may_be_given_in_the_talk_in_wrap_up_and_until_the_next_talk(
    floor: Floor, ann: str, db: Database
) -> None:
    assert dispose(floor, ann).reason == "no_call"
    first, leg_id = talk(floor)
    assert dispose(floor, ann, "complaint", subject="too slow").state == "done"
    end(floor, first, leg_id)
    assert floor.agent(ann)["activity"] == "wrap_up"
    assert dispose(floor, ann, subject="it's sold").state == "done"
    assert floor.agent(ann)["activity"] == "wrap_up", "it ends nothing"
    ask(floor, ann, "end_wrap_up")
    second = floor.arrive()
    floor.match()
    assert floor.agent(ann)["call_id"] == second
    dispose(floor, ann, "complaint")
    row = db.one("SELECT call_id, agent_id, code, subject, noted_at FROM call_disposition")
    assert (row["call_id"], row["agent_id"], row["code"], row["subject"]) == (first, ann, "complaint", "")
    assert row["noted_at"] <= datetime.now(UTC)
    floor.bridge(second)
    dispose(floor, ann)
    assert db.value("SELECT code FROM call_disposition WHERE call_id = %(id)s", id=second) == "sold"


def test_a_late_disposition_names_a_call_that_he_was_in(floor: Floor, ann: str, db: Database) -> None:
    first, leg_id = talk(floor)
    end(floor, first, leg_id)
    ask(floor, ann, "end_wrap_up")
    second, leg_id = talk(floor)
    end(floor, second, leg_id)
    ask(floor, ann, "logout")
    assert dispose(floor, ann, call_id=first).state == "done"
    assert [row["call_id"] for row in db.rows("SELECT call_id FROM call_disposition")] == [first]


def test_somebody_else_s_call_is_refused(floor: Floor, ann: str, db: Database) -> None:
    bob = floor.add_agent("bob", idle_s=3600)
    call_id, _ = talk(floor)
    assert floor.agent(bob)["call_id"] == call_id, "bob has been idle for longer"
    assert dispose(floor, ann, call_id=call_id).reason == "not_his_call"
    assert dispose(floor, ann, call_id=str(uuid4())).reason == "no_such_call"
    offered = floor.arrive()
    floor.match()
    floor.answer(offered)
    assert floor.agent(ann)["call_id"] == offered
    assert dispose(floor, ann, call_id=offered).reason == "not_his_call", "he has not heard the customer yet"
    assert db.rows("SELECT * FROM call_disposition") == []


@pytest.mark.parametrize("code", ["old", "fraud", ""])
def test_a_code_that_is_not_in_use_is_refused(floor: Floor, ann: str, code: str) -> None:
    talk(floor)
    answer = dispose(floor, ann, code)
    assert (answer.reason, answer.message.split(": ")[1]) == ("unknown_disposition", "it may be complaint, sold")


def test_a_disposition_that_was_answered_before_is_not_noted_again(floor: Floor, ann: str, db: Database) -> None:
    talk(floor)
    asked = events.DispositionAsked(agent_id=ann, request_id=request(floor, "disposition"), code="sold")
    floor.happen(asked)
    db.run("DELETE FROM call_disposition")
    floor.happen(asked)
    assert db.rows("SELECT * FROM call_disposition") == []


# -- wrap-up -------------------------------------------------------------------------------------


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
        events.WrapUpAsked(agent_id=ann, request_id=request(floor, "end_wrap_up"), kind="end_wrap_up", forced_by=by)
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


# -- the call that it is about -------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*Control, "logout", "disposition"])
def test_a_wish_about_a_call_is_about_the_one_that_he_is_in_when_he_asks(floor: Floor, db: Database, kind: str) -> None:
    ann = floor.add_agent("ann")
    call_id, _ = talk(floor)
    named = str(uuid4())
    for number, values in enumerate([{}, {"call_id": named}]):
        floor.insert("request", kind=kind, agent_id=ann, asked_by="test", idempotency_key=f"k{number}", **values)
    noted = [row["call_id"] for row in db.rows("SELECT call_id FROM request ORDER BY idempotency_key")]
    assert noted == [None if kind == "logout" else call_id, named]


def test_a_disposition_is_about_the_call_that_he_was_in_last_when_he_noted_it(
    floor: Floor, ann: str, db: Database
) -> None:
    """The next call may be there before an engine has read it."""
    call_id, leg_id = talk(floor)
    end(floor, call_id, leg_id)
    floor.insert("request", kind="disposition", agent_id=ann, asked_by="test", idempotency_key="k")
    assert ask(floor, ann, "end_wrap_up").state == "done"
    following, _ = talk(floor)
    assert floor.agent(ann)["last_call_id"] == following
    about = db.value("SELECT call_id FROM request WHERE idempotency_key = 'k'")
    assert about == call_id
    assert dispose(floor, ann, call_id=about).message == f"sold noted for call {call_id}"
