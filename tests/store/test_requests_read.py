"""What a request, a code or a phone is judged by, read with the agent locked; and what that leaves in the database."""

from uuid import uuid4

import pytest

from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.feature_codes import KINDS
from freeswitch_cc.core.phone_events import NOBODY, CodeDialled, PhoneChanged
from freeswitch_cc.store.postgres import AnsweredBefore
from tests.database import Database
from tests.floor import Floor
from tests.store.wishes import add_ann, ask


@pytest.fixture
def ann(floor: Floor) -> str:
    return add_ann(floor)


def view_of(floor: Floor, agent_id: str, looks_at: str, call_id: str | None = None) -> AgentView:
    view = floor.session.view_agent(agent_id, looks_at, call_id)[1]
    floor.session.rollback()
    return view


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
