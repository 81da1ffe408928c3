"""Dispositions: by what they are judged, about which call they are, and that each is noted once."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from freeswitch_cc.core import agent_events
from freeswitch_cc.core.agent_view import AgentView
from tests.database import Database
from tests.floor import Floor
from tests.store.wishes import add_ann, ask, dispose, end, request, talk


@pytest.fixture
def ann(floor: Floor) -> str:
    return add_ann(floor)


def view_of(floor: Floor, agent_id: str, looks_at: str, call_id: str | None = None) -> AgentView:
    view = floor.session.view_agent(agent_id, looks_at, call_id)[1]
    floor.session.rollback()
    return view


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
    asked = agent_events.DispositionAsked(agent_id=ann, request_id=request(floor, "disposition"), code="sold")
    floor.happen(asked)
    db.run("DELETE FROM call_disposition")
    floor.happen(asked)
    assert db.rows("SELECT * FROM call_disposition") == []


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
