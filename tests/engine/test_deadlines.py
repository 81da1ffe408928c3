"""What is due becomes an event, in time, though nothing else ever happens."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import gevent
import pytest

from freeswitch_cc.core.agent_events import AgentDeadlinePassed
from freeswitch_cc.core.events import CallDeadlinePassed
from freeswitch_cc.engine import deadlines as module
from freeswitch_cc.engine.deadlines import Deadlines
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.found import Due
from freeswitch_cc.store.postgres import ConnectionLost
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.fakes import Recorder
from tests.floor import LIMIT_S, Floor, until

AN_HOUR_MS = 3_600_000


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


class Counted(Session):
    """One that counts how often it is asked what is due."""

    looks = 0

    def due(self, switch_ids: list[str], horizon_ms: int) -> list[Due]:
        self.looks += 1
        return super().due(switch_ids, horizon_ms)


def deadlines_of(session: Session, recorder: Recorder, *switch_ids: str, horizon_ms: int = AN_HOUR_MS) -> Deadlines:
    return Deadlines(
        session,
        switch_ids=lambda: list(switch_ids),
        verify=recorder.looks.append,
        deliver=recorder.events.append,
        horizon_ms=horizon_ms,
    )


@pytest.fixture
def deadlines(floor: Floor, recorder: Recorder) -> Iterator[Deadlines]:
    made = deadlines_of(Session(floor.db.url), recorder, floor.switch_id)
    greenlet = gevent.spawn(made.run)
    yield made
    made.stop()
    greenlet.get(timeout=LIMIT_S)


def in_wrap_up(floor: Floor, in_ms: int, login: str = "ann") -> str:
    due_at = datetime.now(UTC) + timedelta(milliseconds=in_ms)
    call_id = floor.customer(floor.arrive())  # any id
    floor.db.run("UPDATE leg SET sound_due_at = NULL, sound = 'playing', deadman_due_at = NULL")
    return floor.add_agent(login, activity="wrap_up", call_id=call_id, due_at=due_at)


def test_it_rests_until_what_is_due_next(floor: Floor, recorder: Recorder) -> None:
    agent_id = in_wrap_up(floor, 3_000)
    made = deadlines_of(Session(floor.db.url), recorder)
    assert 0.05 < made.look() <= 3.0
    greenlet = gevent.spawn(made.run)
    until(lambda: recorder.events, "the wrap-up is due")
    made.stop()
    greenlet.get(timeout=LIMIT_S)
    assert recorder.events == [AgentDeadlinePassed(agent_id=agent_id)]


def test_wrap_ups_that_one_look_has_foretold_are_told_in_time_without_another(floor: Floor, recorder: Recorder) -> None:
    session = Counted(floor.db.url)
    agents = [in_wrap_up(floor, in_ms, f"a{in_ms}") for in_ms in (500, 550, 600)]
    made = deadlines_of(session, recorder)
    greenlet = gevent.spawn(made.run)
    until(lambda: len(recorder.events) == 3, "all three are due")
    is_over = floor.db.value("SELECT count(*) FROM agent WHERE due_at <= clock_timestamp()")
    made.stop()
    greenlet.get(timeout=LIMIT_S)
    assert recorder.events == [AgentDeadlinePassed(agent_id=agent_id) for agent_id in agents]
    assert is_over == 3, "none was told too early"
    assert session.looks == 1


def test_it_is_woken_for_what_is_due_earlier_than_it_knew(
    floor: Floor, deadlines: Deadlines, recorder: Recorder
) -> None:
    until(lambda: deadlines._next_at, "it rests for an hour")
    agent_id = in_wrap_up(floor, 50)
    deadlines.expect(0.05)
    until(lambda: recorder.events, "the wrap-up is due")
    assert recorder.events == [AgentDeadlinePassed(agent_id=agent_id)]


def test_what_is_expected_later_costs_no_look_now(floor: Floor, recorder: Recorder) -> None:
    session = Counted(floor.db.url)
    made = deadlines_of(session, recorder)
    greenlet = gevent.spawn(made.run)
    until(lambda: session.looks, "it has looked, and rests for an hour")
    for number in range(20):  # at 50 calls a second that many in no time, each due a little sooner
        made.expect(0.5 - number / 100)
        gevent.idle()
    assert session.looks == 1
    agent_id = in_wrap_up(floor, 50)
    made.expect(0.05)
    until(lambda: recorder.events, "the wrap-up is due")
    made.stop()
    greenlet.get(timeout=LIMIT_S)
    assert recorder.events == [AgentDeadlinePassed(agent_id=agent_id)]


def test_what_was_foretold_and_put_off_is_told_when_it_is_due_in_truth(
    floor: Floor, deadlines: Deadlines, recorder: Recorder
) -> None:
    agent_id = in_wrap_up(floor, 100)
    deadlines.expect(0)
    until(lambda: deadlines._known, "it is foretold")
    floor.db.run("UPDATE agent SET due_at = clock_timestamp() + interval '700 ms'")
    deadlines.expect(0.7)
    until(lambda: recorder.events, "it is told, for nothing")
    until(lambda: floor.db.value("SELECT due_at <= clock_timestamp() FROM agent"), "it is due in truth")
    is_due_at = time.monotonic()
    until(lambda: len(recorder.events) == 2, "it is told again")
    assert time.monotonic() - is_due_at < module.AGAIN_S
    assert recorder.events == [AgentDeadlinePassed(agent_id=agent_id)] * 2


def test_what_is_due_later_than_it_knows_does_not_wake_it(floor: Floor, deadlines: Deadlines) -> None:
    until(lambda: deadlines._next_at, "it rests for an hour")
    deadlines.expect(2 * AN_HOUR_MS / 1000)
    assert not deadlines._earlier.is_set()


def test_what_stays_due_is_told_again_but_not_at_once(
    floor: Floor, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    in_wrap_up(floor, -1)
    made = deadlines_of(Session(floor.db.url), recorder, horizon_ms=1000)
    made.look()
    made.look()
    assert len(recorder.events) == 1
    clock[0] += module.AGAIN_S + 0.1
    made.look()
    assert len(recorder.events) == 2
    made._session.close()


def test_a_command_an_offer_and_an_agent_are_looked_up_and_a_sound_is_told(
    floor: Floor, deadlines: Deadlines, recorder: Recorder, db: Database
) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    for statement in (
        "UPDATE leg SET command_due_at = now() WHERE command_due_at IS NOT NULL",
        "UPDATE leg SET sound_due_at = now(), deadman_due_at = now() WHERE role = 'customer'",
        "UPDATE offer SET expires_at = now()",
        "UPDATE agent SET due_at = now()",
    ):
        db.run(statement)
    deadlines.expect(0)
    until(lambda: len(recorder.events) + len(recorder.looks) == 5, "all five are told")
    assert recorder.looks == [call_id] * 3
    leg_id = floor.customer(call_id)
    assert set(recorder.events) == {
        CallDeadlinePassed(call_id=call_id, kind="sound", row_id=leg_id),
        CallDeadlinePassed(call_id=call_id, kind="deadman", row_id=leg_id),
    }


def test_a_database_that_is_away_for_a_while_is_asked_again(
    floor: Floor, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(floor.db.url)
    due, failures = session.due, [1, 2]

    def fail_twice(switch_ids: list[str], horizon_ms: int):  # type: ignore[no-untyped-def]
        if failures:
            failures.pop()
            raise ConnectionLost("away")
        return due(switch_ids, horizon_ms)

    monkeypatch.setattr(session, "due", fail_twice)
    in_wrap_up(floor, -1)
    made = deadlines_of(session, recorder, horizon_ms=20)
    greenlet = gevent.spawn(made.run)
    until(lambda: recorder.events, "the wrap-up is told")
    made.stop()
    greenlet.get(timeout=LIMIT_S)


def test_a_wrap_up_ends_though_no_event_ever_comes(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = in_wrap_up(floor, 100)
    floor.db.run("UPDATE agent SET presence = 'not_ready', reason = 'lunch'")  # else he is offered a call at once
    start_engine()
    until(lambda: floor.agent(agent_id)["activity"] == "idle", "the wrap-up is over")
    assert floor.agent(agent_id)["due_at"] is None
