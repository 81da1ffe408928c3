"""What people asked for and nobody carried out in time: about the call of then, or not at all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.core.events import CallEvent, ControlAsked
from freeswitch_cc.engine.requests import Requests
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.fakes import Recorder
from tests.floor import TIMEOUTS, Floor, until

LATE_MS = 60_000
BEFORE = timedelta(milliseconds=LATE_MS + 1_000)


@pytest.fixture
def taken(floor: Floor, db: Database) -> Iterator[Any]:
    """`taken("new")`: what one more engine takes, in the order of asking; then it dies."""
    sessions = []

    def take(*states: str, switch_ids: tuple[str, ...] = ()) -> list[Any]:
        recorder, session = Recorder(), Session(db.url)
        sessions.append(session)
        owned = list(switch_ids or (floor.switch_id,))
        Requests(
            session,
            switch_ids=lambda: owned,
            ready_ids=lambda: owned,
            deliver=recorder.events.append,
            sweep_ms=1000,
            late_ms=LATE_MS,
        ).take(list(states))
        return recorder.events

    yield take
    for session in sessions:
        session.close()


def talk(floor: Floor) -> str:
    call_id = floor.arrive()
    floor.match()
    floor.bridge(call_id)
    return call_id


def end(floor: Floor, call_id: str) -> None:
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    floor.happen(floor.hangup(call_id, floor.agent_leg(call_id)))


def asks(floor: Floor, agent_id: str, kind: str, **values: Any) -> None:
    floor.insert("request", kind=kind, agent_id=agent_id, asked_by="desk", idempotency_key=str(uuid4()), **values)


def answer(db: Database) -> tuple[str, str | None]:
    row = db.one("SELECT state, reason FROM request")
    return row["state"], row["reason"]


@pytest.mark.parametrize("was_taken", [True, False])
def test_a_wish_of_the_last_call_is_not_carried_out_on_the_next_one(
    floor: Floor, db: Database, taken: Any, was_taken: bool
) -> None:
    """An engine takes it and dies, or none is there: when the next one looks, she talks to somebody else."""
    ann = floor.add_agent("ann")
    first = talk(floor)
    asks(floor, ann, "hang_up")
    if was_taken:
        assert [event.call_id for event in taken("new")] == [first]
    end(floor, first)
    second = talk(floor)
    (asked,) = taken("new", "taken")
    assert isinstance(asked, ControlAsked)
    assert asked.call_id == first
    assert floor.happen(asked).commands == ()
    assert answer(db)[0] == "refused"
    assert db.value("SELECT phase FROM call WHERE call_id = %(id)s", id=second) == "talking"


def test_who_was_in_no_call_when_he_asked_is_refused_though_he_is_in_one_now(
    floor: Floor, db: Database, taken: Any
) -> None:
    ann = floor.add_agent("ann")
    asks(floor, ann, "hang_up")
    talk(floor)
    assert taken("new") == []
    assert answer(db) == ("refused", "no_call")


@pytest.mark.parametrize(("kind", "state"), [("hang_up", "new"), ("logout", "new"), ("logout", "taken")])
def test_a_wish_that_is_too_old_is_refused(floor: Floor, db: Database, taken: Any, kind: str, state: str) -> None:
    ann = floor.add_agent("ann")
    talk(floor)
    asks(floor, ann, kind, state=state, asked_at=datetime.now(UTC) - BEFORE)
    assert taken("new") == []
    assert answer(db) == ("refused", "too_late")


@pytest.mark.parametrize(("kind", "arguments"), [("hang_up", "{}"), ("dial", '{"to": "agent:bob"}')])
def test_a_wish_that_was_taken_in_time_and_is_decided_too_late_is_refused(
    floor: Floor, db: Database, taken: Any, kind: str, arguments: str
) -> None:
    """The database was away in between, or the engine had much to do: nobody waits for it any more."""
    ann = floor.add_agent("ann")
    if kind == "hang_up":
        talk(floor)
    floor.add_agent("bob")
    asked_at = datetime.now(UTC) - timedelta(milliseconds=TIMEOUTS.request_ms + 1_000)
    asks(floor, ann, kind, asked_at=asked_at, arguments=arguments)
    (asked,) = taken("new")
    assert asked.asked_at == asked_at
    assert floor.happen(asked).commands == ()
    assert answer(db) == ("refused", "too_late")
    assert db.value("SELECT count(*) FROM call WHERE phase = 'dialing'") == 0


def test_a_wish_that_was_carried_out_is_not_answered_anew(floor: Floor, db: Database, taken: Any) -> None:
    ann = floor.add_agent("ann")
    old = datetime.now(UTC) - BEFORE
    asks(floor, ann, "logout", state="done", asked_at=old, answered_at=old)
    assert taken("new", "taken") == []
    assert answer(db) == ("done", None)


def test_a_wish_about_a_call_that_is_over_is_answered_though_nobody_owns_its_switch(
    floor: Floor, db: Database, taken: Any
) -> None:
    ann, old = floor.add_agent("ann"), floor.add_switch("old", port=2)
    call_id = floor.arrive(switch_id=old)
    asks(floor, ann, "hold", call_id=call_id)
    assert taken("new") == [], "its owner may come back"
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    (asked,) = taken("new")
    assert isinstance(asked, CallEvent)
    floor.happen(asked)
    assert answer(db) == ("refused", "not_your_call")


def test_a_wish_about_a_call_on_a_switch_that_nobody_owns_is_answered_when_it_is_too_old(
    floor: Floor, db: Database, taken: Any
) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive(switch_id=floor.add_switch("old", port=2))
    asks(floor, ann, "hold", call_id=call_id, asked_at=datetime.now(UTC) - BEFORE)
    assert taken("new") == []
    assert answer(db) == ("refused", "too_late")


def test_the_sweep_answers_what_a_dead_engine_took(floor: Floor, db: Database, start_engine: StartEngine) -> None:
    ann = floor.add_agent("ann", presence="offline")
    engine = start_engine(sweep_ms=20, request_ms=LATE_MS)
    until(lambda: engine.requests._states == ["new"], "it has looked once")
    asks(floor, ann, "login", state="taken", asked_at=datetime.now(UTC) - BEFORE)
    until(lambda: answer(db)[0] == "refused", "it is answered")
    assert floor.agent(ann)["presence"] == "offline"
