"""Feature codes: whose phone it was, what is carried out and written down, and what is too late."""

import time
from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.core.commands import AnswerByTone
from freeswitch_cc.core.events import LegFound
from freeswitch_cc.core.phone_events import NOBODY, CodeDialled
from freeswitch_cc.engine import codes
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import ConnectionLost
from tests.database import Database
from tests.engine.conftest import MakeLine, StartEngine
from tests.engine.engines import link_of
from tests.engine.fakes import ScriptedSwitch, no_more
from tests.engine.lines import Line, looked_around
from tests.engine.phones_told import CONTACT, READY, USER, code, dial, quiet_line, state_of
from tests.floor import Floor, until


@pytest.fixture
def line(make_line: MakeLine, floor: Floor) -> Line:
    return quiet_line(make_line, floor)


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
    monkeypatch.setattr(codes, "FRESH_S", -1.0)
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
