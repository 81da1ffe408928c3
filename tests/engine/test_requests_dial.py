"""A call that an agent asks for: the switch that it is placed on knows where his phone is, and can be asked now."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from freeswitch_cc.core.events import DialAsked
from freeswitch_cc.engine.requests import Requests
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.engines import link_of
from tests.engine.fakes import Recorder
from tests.engine.test_requests import ask
from tests.floor import Floor, until

LATE_MS = 60_000
NUMBER = "number:+358401234567"
Take = Callable[..., list[DialAsked]]


@pytest.fixture
def take(db: Database) -> Iterator[Take]:
    """`take(one, two)`: what an engine takes that owns these, and can ask them now unless `ready` says less."""
    sessions = []

    def taken(*switch_ids: str, ready: list[str] | None = None) -> list[DialAsked]:
        recorder, session = Recorder(), Session(db.url)
        sessions.append(session)
        Requests(
            session,
            switch_ids=lambda: list(switch_ids),
            ready_ids=lambda: list(switch_ids) if ready is None else ready,
            deliver=recorder.events.append,
            sweep_ms=1000,
            late_ms=LATE_MS,
        ).take(["new"])
        return [event for event in recorder.events if isinstance(event, DialAsked)]

    yield taken
    for session in sessions:
        session.close()


@pytest.fixture
def switches(floor: Floor) -> tuple[str, str]:
    return floor.switch_id, floor.add_switch("two", port=2)


def asks(floor: Floor, agent_id: str, to: str = NUMBER, age_ms: int = 0) -> str:
    request_id = str(uuid4())
    floor.insert(
        "request",
        request_id=request_id,
        kind="dial",
        agent_id=agent_id,
        asked_by="test",
        idempotency_key=request_id,
        arguments=json.dumps({"to": to}),
        asked_at=datetime.now(UTC) - timedelta(milliseconds=age_ms),
    )
    return request_id


def registers(floor: Floor, login: str, switch_id: str, is_registered: bool = True) -> None:
    contact = f"user/{login}@center"
    floor.insert("registration", switch_id=switch_id, contact=contact, is_registered=is_registered)


def answer(db: Database, request_id: str) -> tuple[str, str | None]:
    row = db.one("SELECT state, reason FROM request WHERE request_id = %(id)s", id=request_id)
    return row["state"], row["reason"]


def test_a_call_is_taken_by_an_engine_that_has_a_switch_and_by_no_other(floor: Floor, take: Take, db: Database) -> None:
    request_id = asks(floor, floor.add_agent("ann"))
    assert take() == []
    assert answer(db, request_id) == ("new", None)
    (event,) = take(floor.switch_id)
    assert (event.call_id, event.switch_id, event.to) == (request_id, floor.switch_id, NUMBER)


def test_a_call_that_cannot_be_placed_is_refused_by_the_engine_that_takes_it(
    floor: Floor, take: Take, db: Database
) -> None:
    request_id = asks(floor, floor.add_agent("ann"), "112")
    assert take(floor.switch_id) == []
    assert answer(db, request_id) == ("refused", "bad_target")


@pytest.mark.parametrize("home", [0, 1])
def test_a_call_is_placed_where_his_phone_is_registered(
    floor: Floor, take: Take, switches: tuple[str, str], home: int
) -> None:
    ann = floor.add_agent("ann")
    registers(floor, "ann", switches[home])
    registers(floor, "ann", switches[1 - home], is_registered=False)
    asks(floor, ann)
    (event,) = take(*switches)
    assert event.switch_id == switches[home]


def test_a_call_is_left_to_the_engine_that_owns_the_switch_where_his_phone_is(
    floor: Floor, take: Take, switches: tuple[str, str]
) -> None:
    registers(floor, "ann", switches[1])
    asks(floor, floor.add_agent("ann"))
    assert take(switches[0]) == []
    (event,) = take(switches[1])
    assert event.switch_id == switches[1]


def test_of_a_phone_that_is_registered_at_both_the_one_that_knows_his_colleague_s_is_taken(
    floor: Floor, take: Take, switches: tuple[str, str]
) -> None:
    for switch_id in switches:
        registers(floor, "ann", switch_id)
    registers(floor, "bob", switches[1])
    floor.add_agent("bob")
    asks(floor, floor.add_agent("ann"), "agent:bob")
    (event,) = take(*switches)
    assert event.switch_id == switches[1]


def test_two_whose_phones_are_registered_at_two_switches_cannot_call_each_other(
    floor: Floor, take: Take, db: Database, switches: tuple[str, str]
) -> None:
    """Before his own phone rings in vain: a call stays on its switch."""
    for login, switch_id in zip(("ann", "bob"), switches, strict=True):
        registers(floor, login, switch_id)
    floor.add_agent("bob")
    request_id = asks(floor, floor.add_agent("ann"), "agent:bob", age_ms=LATE_MS // 2 + 1)
    assert take(*switches) == []
    assert answer(db, request_id) == ("refused", "no_switch")


def test_a_colleague_s_phone_that_registers_nowhere_is_rung_where_his_own_is(
    floor: Floor, take: Take, switches: tuple[str, str]
) -> None:
    registers(floor, "ann", switches[1])
    registers(floor, "bob", switches[0], is_registered=False)
    floor.add_agent("bob")
    asks(floor, floor.add_agent("ann"), "agent:bob")
    (event,) = take(*switches)
    assert event.switch_id == switches[1]


@pytest.mark.parametrize("registered", [None, False])
def test_a_phone_that_registers_nowhere_is_rung_by_any_switch(
    floor: Floor, take: Take, switches: tuple[str, str], registered: bool | None
) -> None:
    if registered is not None:
        registers(floor, "ann", switches[1], registered)
    asks(floor, floor.add_agent("ann"))
    (event,) = take(*switches)
    assert event.switch_id == switches[0]


def test_a_registration_at_a_switch_that_is_switched_off_says_nothing(
    floor: Floor, take: Take, db: Database, switches: tuple[str, str]
) -> None:
    registers(floor, "ann", switches[1])
    db.run("UPDATE switch SET is_active = false WHERE switch_id = %(id)s", id=switches[1])
    asks(floor, floor.add_agent("ann"))
    (event,) = take(switches[0])
    assert event.switch_id == switches[0]


def test_a_switch_that_cannot_be_asked_now_is_not_taken(floor: Floor, take: Take, switches: tuple[str, str]) -> None:
    asks(floor, floor.add_agent("ann"))
    assert take(*switches, ready=[]) == []
    (event,) = take(*switches, ready=[switches[1]])
    assert event.switch_id == switches[1]


@pytest.mark.parametrize("registered", [True, False])
def test_a_call_for_which_there_is_no_switch_is_refused_while_somebody_waits_for_the_answer(
    floor: Floor, take: Take, db: Database, switches: tuple[str, str], registered: bool
) -> None:
    """Another engine may have one, or it be back in a moment: so long it is waited for."""
    if registered:
        registers(floor, "ann", switches[1])
    ready = [switches[0]] if registered else []
    ann = floor.add_agent("ann")
    early, late = asks(floor, ann, age_ms=LATE_MS // 2 - 10_000), asks(floor, ann, age_ms=LATE_MS // 2 + 1)
    assert take(*switches, ready=ready) == []
    assert answer(db, early) == ("new", None)
    assert answer(db, late) == ("refused", "no_switch")
    too_late = asks(floor, ann, age_ms=LATE_MS + 1)
    assert take(*switches, ready=ready) == []
    assert answer(db, too_late) == ("refused", "too_late")


def test_while_the_switch_is_away_nobody_is_called_and_whoever_asked_is_told(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    ann = floor.add_agent("ann")
    floor.add_agent("bob")
    engine = start_engine(request_ms=1_000, sweep_ms=50)
    link_of(engine, floor).is_ready = False
    refused = ask(floor, "dial", "k1", to="agent:bob")
    assert (refused.state, refused.reason) == ("refused", "no_switch")
    assert floor.agent(ann)["activity"] == "idle"
    assert db.value("SELECT count(*) FROM call") == 0
    link_of(engine, floor).is_ready = True
    assert ask(floor, "dial", "k2", to="agent:bob").state == "done"
    until(lambda: link_of(engine, floor).kinds() == ["Originate"], "his phone is called")


def test_a_call_is_placed_and_answered_in_the_row(floor: Floor, start_engine: StartEngine) -> None:
    ann, bob = floor.add_agent("ann"), floor.add_agent("bob", presence="not_ready", reason="meal")
    start_engine()
    answer = ask(floor, "dial", "k1", to="agent:bob")
    assert (answer.state, answer.message) == ("done", "ann's phone rings first, then bob is called")
    assert floor.agent(ann)["call_id"] == floor.agent(bob)["call_id"] == answer.request_id
    assert ask(floor, "dial", "k1", to="agent:bob") == answer, "the same key is carried out once"
    assert ask(floor, "dial", "k2", to="agent:bob").reason == "busy"
    assert ask(floor, "dial", "k3", to="number:+358401234567").reason == "busy"
