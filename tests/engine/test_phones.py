"""Agents' phones at one switch: what is asked, what is written, who is told, and what costs nothing."""

import time
from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.core.commands import AnswerByTone
from freeswitch_cc.core.events import LegFound
from freeswitch_cc.core.phone_events import NOBODY, CodeDialled, PhoneChanged
from freeswitch_cc.engine import phones as phones_module
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.store.db import ConnectionLost, Session
from tests.database import Database
from tests.engine.conftest import MakeLine, StartEngine
from tests.engine.engines import link_of
from tests.engine.fakes import ScriptedSwitch, no_more
from tests.engine.lines import Line, looked_around
from tests.floor import Floor, until

USER = "ann@center"
CONTACT = f"user/{USER}"
NEVER = 3_600_000


@pytest.fixture
def line(make_line: MakeLine, floor: Floor) -> Line:
    """Its looks are far apart, and what is told is carried out as a worker would."""
    line = make_line(look_around_ms=NEVER, look_again_ms=NEVER, settle_ms=50)
    line.on_event = lambda event: floor.happen(event) if isinstance(event, PhoneChanged) else None
    return line


def tell(switch: ScriptedSwitch, subclass: str, user: str = USER) -> None:
    name, host = user.split("@")
    who = {"user": name, "host": host} if subclass == "expire" else {"from-user": name, "from-host": host}
    switch.tell({"Event-Subclass": f"sofia::{subclass}", "Event-Name": "CUSTOM", **who})


def dial(switch: ScriptedSwitch, leg_id: str, code: str = "*43", user: str = USER) -> None:
    name, host = user.split("@")
    marks = {"fcc_call": leg_id, "fcc_role": "feature", "fcc_dialled": code, "user_name": name, "domain_name": host}
    said = {"Event-Name": "CHANNEL_PARK", "Unique-ID": leg_id, "Call-Direction": "inbound"}
    switch.tell({**said, **{f"variable_{key}": value for key, value in marks.items()}})


def asked(switch: ScriptedSwitch) -> int:
    return len(switch.asked("api sofia_contact"))


def state_of(floor: Floor, agent_id: str) -> tuple[str, str | None]:
    agent = floor.agent(agent_id)
    return agent["presence"], agent["reason"]


DOWN, READY = ("not_ready", "device_down"), ("available", None)


# -- registrations -------------------------------------------------------------------------------


def test_a_phone_that_goes_and_comes_takes_its_agent_along(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    ann = floor.add_agent("ann")
    switch.registered = {USER}
    line.start()
    switch.registered = set()
    tell(switch, "unregister")
    until(lambda: state_of(floor, ann) == DOWN, "his phone is gone")
    switch.registered = {USER}
    tell(switch, "register")
    until(lambda: state_of(floor, ann) == READY, "it is back")


def test_a_phone_that_says_again_that_it_is_there_is_dropped_before_anything_is_asked(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    floor.add_agent("ann")
    switch.registered = {USER, "bob@center"}
    line.start()
    until(lambda: len(switch.asked("api show registrations")) == 2, "it has looked twice")
    before, statements = asked(switch), line.session.statements
    for _ in range(500):
        tell(switch, "register")
    switch.registered.add("cid@center")
    tell(switch, "register", "cid@center")
    until(lambda: asked(switch) > before, "one that is new is asked about")
    until(lambda: line.link._chores.empty(), "nothing is left to be done")
    assert asked(switch) == before + 1
    assert line.session.statements <= statements + 3, "the end of the second look, and two for the new one"
    assert line.heard(PhoneChanged) == []


def test_of_several_addresses_of_one_phone_one_that_goes_changes_nothing(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    ann = floor.add_agent("ann")
    switch.registered = {USER}
    line.start()
    for subclass in ("unregister", "expire"):
        before = asked(switch)
        tell(switch, subclass)
        until(lambda before=before: asked(switch) == before + 2, "it is asked, and once more")  # type: ignore[misc]
    until(lambda: line.link._chores.empty(), "nothing is left to be done")
    assert line.heard(PhoneChanged) == []
    assert state_of(floor, ann) == READY
    assert db.value("SELECT is_registered FROM registration")


def test_an_expiry_that_is_told_before_it_is_true_is_believed_when_it_is(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    ann = floor.add_agent("ann")
    switch.registered = {USER}
    line.start()
    switch.on_command = lambda text: None
    tell(switch, "expire")
    until(lambda: asked(switch) >= 2, "it was asked too soon")  # the first time at the start, when it was new
    switch.registered = set()
    until(lambda: state_of(floor, ann) == DOWN, "and again")


def test_coming_back_counts_what_is_true_then(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    went, came, stayed = floor.add_agent("ann"), floor.add_agent("bob"), floor.add_agent("cid")
    switch.registered = {USER, "bob@center", "cid@center"}
    line.start()
    switch.registered = {USER, "cid@center"}
    tell(switch, "unregister", "bob@center")
    until(lambda: state_of(floor, came) == DOWN, "bob's is gone")
    switch.drop()
    switch.registered = {"bob@center", "cid@center"}
    until(lambda: line.ready == 2, "it is back")
    until(lambda: (state_of(floor, went), state_of(floor, came)) == (DOWN, READY), "both are seen")
    assert state_of(floor, stayed) == READY


def test_who_was_never_seen_registered_is_left_alone(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    """His phone may be one that does not register: the directory may say where it is."""
    ann = floor.add_agent("ann")
    line.start()
    until(lambda: len(switch.asked("api show registrations")) == 2, "it has looked twice")
    assert state_of(floor, ann) == READY
    assert db.rows("SELECT 1 FROM registration") == []


def test_a_phone_that_registers_at_another_switch_is_not_gone(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    ann, other = floor.add_agent("ann"), floor.add_switch("two", port=2)
    floor.insert("registration", switch_id=other, contact=CONTACT, is_registered=True)
    switch.registered = {USER}
    line.start()
    switch.registered = set()
    tell(switch, "unregister")
    until(lambda: db.value("SELECT count(*) FROM registration WHERE NOT is_registered") == 1, "it is written")
    assert state_of(floor, ann) == READY
    db.run("UPDATE switch SET is_active = false WHERE name = 'two'")
    switch.drop()
    until(lambda: state_of(floor, ann) == DOWN, "a switch that is not in use has no say")


def test_what_a_dead_engine_wrote_and_did_not_tell_is_told_by_the_next(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    ann = floor.add_agent("ann")
    floor.insert("registration", switch_id=floor.switch_id, contact=CONTACT, is_registered=False)
    line.start()
    until(lambda: state_of(floor, ann) == DOWN, "it is told")


def test_whom_the_list_does_not_know_yet_to_be_gone_is_seen_by_a_second_look(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    """The switch's list is a moment behind, and his unregistering was before we listened."""
    ann = floor.add_agent("ann")
    floor.insert("registration", switch_id=floor.switch_id, contact=CONTACT, is_registered=True)
    switch.listed = {USER}
    line.start()
    assert state_of(floor, ann) == READY
    switch.listed = set()
    until(lambda: state_of(floor, ann) == DOWN, "it is seen")


def test_whom_the_list_does_not_know_yet_to_be_there_is_not_gone(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    ann = floor.add_agent("ann")
    floor.insert("registration", switch_id=floor.switch_id, contact=CONTACT, is_registered=True)
    switch.registered, switch.listed = {USER}, set()
    line.start()
    assert state_of(floor, ann) == READY
    assert db.value("SELECT is_registered FROM registration")


def test_events_that_were_lost_are_made_up_for_by_looking_around(
    make_line: MakeLine, floor: Floor, switch: ScriptedSwitch
) -> None:
    line = make_line()
    line.on_event = lambda event: floor.happen(event) if isinstance(event, PhoneChanged) else None
    ann = floor.add_agent("ann")
    switch.registered = {USER}
    line.start()
    switch.registered = set()
    until(lambda: state_of(floor, ann) == DOWN, "nobody told it")
    switch.registered = {USER}
    until(lambda: state_of(floor, ann) == READY, "nobody told that, either")


@pytest.mark.parametrize("answer", [b"-ERR no such command\n", b"nonsense\n"])
def test_a_switch_that_lists_nobody_is_ready_all_the_same(
    floor: Floor, line: Line, switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    ann = floor.add_agent("ann")
    floor.insert("registration", switch_id=floor.switch_id, contact=CONTACT, is_registered=True)
    real = switch._answer

    def refuse(command: str, peer: Any) -> bytes:
        if "registrations" in command:
            return b"Content-Type: api/response\nContent-Length: %d\n\n%s" % (len(answer), answer)
        return real(command, peer)

    monkeypatch.setattr(switch, "_answer", refuse)
    line.start()
    assert state_of(floor, ann) == READY


# -- feature codes -------------------------------------------------------------------------------


def test_a_code_goes_to_the_agent_whose_phone_it_is(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    ann, leg = floor.add_agent("ann"), str(uuid4())
    line.start()
    dial(switch, leg)
    until(lambda: line.heard(CodeDialled), "it is told")
    (event,) = line.heard(CodeDialled)
    assert (event.agent_id, event.switch_id, event.leg_id) == (ann, floor.switch_id, leg)
    assert (event.dialled, event.phone) == ("*43", CONTACT)


@pytest.mark.parametrize(
    ("agents", "user"),
    [
        (["ann"], "bob@center"),
        (["ann"], "ann@elsewhere"),
        (["ann", "ann's twin"], USER),
        (["ann, switched off"], USER),
    ],
)
def test_a_phone_of_nobody_or_of_two_is_nobodys(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database, agents: list[str], user: str
) -> None:
    for login in agents:
        floor.add_agent(login, is_active="off" not in login)
    db.run("UPDATE agent SET contact = %(contact)s", contact=CONTACT)
    line.start()
    dial(switch, str(uuid4()), user=user)
    until(lambda: line.heard(CodeDialled), "it is told")
    assert line.heard(CodeDialled)[0].agent_id == NOBODY


def test_a_code_that_could_not_be_looked_at_for_long_is_dropped(
    floor: Floor, line: Line, switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who dialled it has hung up: to make him available minutes later would ring an empty chair."""
    floor.add_agent("ann")
    line.start()
    monkeypatch.setattr(phones_module, "FRESH_S", -1.0)
    dial(switch, str(uuid4()))
    until(lambda: line.link._chores.empty(), "it was looked at")
    assert no_more(lambda: line.heard(CodeDialled))


def test_a_leg_on_which_a_code_was_dialled_is_left_alone_by_who_looks_around(
    make_line: MakeLine, floor: Floor, switch: ScriptedSwitch
) -> None:
    """Nobody has written it down. Parked anew it would carry its code out again."""
    line = make_line()
    leg, lost = str(uuid4()), str(uuid4())
    switch.channels, switch.features = {leg: leg, lost: lost}, {leg}
    line.start()
    until(looked_around(switch, 6), "it has looked")
    assert {event.leg_id for event in line.heard(LegFound)} == {lost}


def code(floor: Floor, agent_id: str, dialled: str, leg_id: str = "") -> CodeDialled:
    return CodeDialled(
        agent_id=agent_id,
        switch_id=floor.switch_id,
        leg_id=leg_id or str(uuid4()),
        dialled=dialled,
        phone=CONTACT,
        command_id=str(uuid4()),
    )


def test_a_code_is_carried_out_written_down_answered_by_a_tone_and_leaves_nothing_else(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    ann = floor.add_agent("ann")
    engine = start_engine()
    event = code(floor, ann, "*43*2")
    engine.dispatcher.put(event)
    until(lambda: link_of(engine, floor).sent, "the tone is sent")
    assert link_of(engine, floor).sent == [
        AnswerByTone(
            command_id=event.command_id,
            switch_id=floor.switch_id,
            call_id=event.leg_id,
            leg_id=event.leg_id,
            is_done=True,
        )
    ]
    assert state_of(floor, ann) == ("not_ready", "meal")
    row = db.one("SELECT * FROM request")
    assert (row["request_id"], row["kind"], row["state"], row["agent_id"]) == (event.leg_id, "not_ready", "done", ann)
    assert row["asked_by"] == f"phone {CONTACT}"
    assert row["message"] == "ann is not_ready (meal)"
    assert db.value("SELECT (SELECT count(*) FROM call) + (SELECT count(*) FROM leg)") == 0
    assert floor.agent(ann)["activity"] == "idle"


def test_a_code_that_is_told_twice_is_carried_out_once(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    ann = floor.add_agent("ann", presence="offline", idle_since=None)
    engine = start_engine()
    leg = str(uuid4())
    for _ in range(3):
        engine.dispatcher.put(code(floor, ann, "*41", leg))
    last = code(floor, ann, "*42")
    engine.dispatcher.put(last)
    until(lambda: db.value("SELECT count(*) FROM request") == 2, "all are carried out")
    until(lambda: len(link_of(engine, floor).sent) == 2, "each has its tone")
    tones = [(command.call_id, getattr(command, "is_done", None)) for command in link_of(engine, floor).sent]
    assert tones == [(leg, True), (last.leg_id, True)], "no second login that would be refused"
    assert state_of(floor, ann) == READY


def test_a_strange_phone_is_on_record_and_hears_that_it_is_refused(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    engine = start_engine()
    engine.dispatcher.put(code(floor, NOBODY, "*42"))
    until(lambda: link_of(engine, floor).sent, "the tone is sent")
    assert [getattr(command, "is_done", None) for command in link_of(engine, floor).sent] == [False]
    row = db.one("SELECT agent_id, state, reason FROM request")
    assert (row["agent_id"], row["state"], row["reason"]) == (None, "refused", "strange_phone")


def test_a_code_is_not_kept_until_the_database_is_back(
    floor: Floor, start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = floor.add_agent("ann")
    engine = start_engine()
    (worker,) = {engine.workers[0]}
    failed: list[Work] = []

    def away(body: Any) -> Any:
        failed.append(event)
        raise ConnectionLost("away")

    event = code(floor, ann, "*43")
    monkeypatch.setattr(worker, "_session", Session(floor.db.url))
    monkeypatch.setattr(worker._session, "transaction", away)
    began = time.monotonic()
    worker.handle(event)
    assert failed == [event], "it is tried once"
    assert time.monotonic() - began < 5
    assert state_of(floor, ann) == READY
