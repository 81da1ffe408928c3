"""What people ask for: taken, decided, answered in the row, carried out once."""

from datetime import timedelta
from typing import Any

import gevent
import pytest

from freeswitch_cc.core.agent_events import PresenceAsked
from freeswitch_cc.engine import deciding as deciding_module
from freeswitch_cc.engine.requests import Requests
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.requests import ask_and_wait
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.fakes import Recorder, no_more
from tests.floor import LIMIT_S, Floor, until

LATE_MS = 60_000
FINAL = "SELECT state FROM request WHERE state NOT IN ('new', 'taken')"


def insert(floor: Floor, agent_id: str | None, kind: str, key: str = "k", **values: Any) -> str:
    floor.insert("request", kind=kind, agent_id=agent_id, asked_by="test", idempotency_key=key, **values)
    return str(floor.db.value("SELECT request_id FROM request WHERE idempotency_key = %(key)s", key=key))


def ask(floor: Floor, kind: str, key: str, **arguments: Any) -> Any:
    return ask_and_wait(
        floor.db.url,
        kind=kind,
        login="ann",
        arguments=arguments,
        asked_by="test",
        idempotency_key=key,
        wait_ms=int(LIMIT_S * 1000),
    )


def test_a_request_is_answered_in_its_row(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = floor.add_agent("ann", presence="offline")
    start_engine()
    answer = ask(floor, "login", "k1")
    assert (answer.state, answer.message) == ("done", "ann is not_ready (logged_in)")
    assert floor.agent(agent_id)["reason"] == "logged_in"
    answer = ask(floor, "not_ready", "k2", reason="meal")
    assert answer.state == "done"
    assert floor.agent(agent_id)["reason"] == "meal"


def test_a_refusal_says_why(floor: Floor, start_engine: StartEngine) -> None:
    floor.add_agent("ann", presence="offline")
    start_engine()
    answer = ask(floor, "available", "k1")
    assert (answer.state, answer.reason) == ("refused", "not_logged_in")


def test_a_request_asked_twice_with_one_key_is_carried_out_once(floor: Floor, start_engine: StartEngine) -> None:
    floor.add_agent("ann", presence="offline")
    start_engine()
    first, second = ask(floor, "login", "same"), ask(floor, "login", "same")
    assert first == second
    assert first.state == "done", "a second login would have been refused"


def test_a_withdrawn_request_is_not_carried_out(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = floor.add_agent("ann", presence="offline")
    insert(floor, agent_id, "login", state="withdrawn", answered_at=floor.at()["at"])
    start_engine()
    assert ask(floor, "available", "k2").state == "refused", "the engine takes requests, and he is not logged in"
    assert floor.agent(agent_id)["presence"] == "offline"


def test_an_unknown_kind_is_refused(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = floor.add_agent("ann")
    insert(floor, agent_id, "dance", "k1")
    insert(floor, None, "login", "k2")
    start_engine()
    until(lambda: len(floor.db.rows(FINAL)) == 2, "both are answered")
    rows = floor.db.rows("SELECT reason FROM request ORDER BY idempotency_key")
    assert [row["reason"] for row in rows] == ["unknown_kind", "no_such_agent"]


def test_arguments_that_a_kind_does_not_take_are_refused_and_stop_nobody_else(
    floor: Floor, start_engine: StartEngine
) -> None:
    agent_id = floor.add_agent("ann")
    for number, arguments in enumerate(('{"resaon": "meal"}', "[]", "null", '"meal"', '{"by": 5}', '{"reason": {}}')):
        insert(floor, agent_id, "not_ready", f"k{number}", arguments=arguments)
    start_engine()
    assert ask(floor, "not_ready", "good", reason="meal").state == "done"
    refused = floor.db.rows("SELECT state, reason FROM request WHERE idempotency_key <> 'good'")
    assert {tuple(row.values()) for row in refused} == {("refused", "bad_arguments")}
    assert len(refused) == 6
    assert floor.agent(agent_id)["reason"] == "meal"


def test_a_supervisor_s_request_is_logged_as_his(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = floor.add_agent("ann", presence="offline")
    start_engine()
    answer = ask(floor, "available", "k1", forced=True, by="boss")
    assert (answer.state, answer.message) == ("done", "ann is available")
    assert ask(floor, "logout", "k2").state == "done"
    assert floor.db.rows("SELECT presence, changed_by FROM agent_state_log ORDER BY log_id") == [
        {"presence": "offline", "changed_by": None},
        {"presence": "available", "changed_by": "boss"},
    ]
    assert ask(floor, "available", "k3", forced=True).reason == "no_supervisor"
    assert floor.agent(agent_id)["presence"] == "offline"


def test_a_disposition_is_noted(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = floor.add_agent("ann")
    floor.insert("disposition", code="sold", name="Sold")
    call_id = floor.arrive()
    floor.match()
    floor.bridge(call_id)
    start_engine()
    assert ask(floor, "disposition", "k1", code="sole").reason == "unknown_disposition"
    answer = ask(floor, "disposition", "k2", code="sold", subject="two chairs")
    assert (answer.state, answer.message) == ("done", f"sold noted for call {call_id}")
    row = floor.db.one("SELECT call_id, agent_id, code, subject FROM call_disposition")
    assert row == {"call_id": call_id, "agent_id": agent_id, "code": "sold", "subject": "two chairs"}


def test_a_wrap_up_that_was_extended_ends_by_its_new_deadline(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = floor.add_agent("ann", wrap_up="timed", wrap_up_ms=3_000, wrap_up_limit_ms=60_000)
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.bridge(call_id)
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    start_engine()
    floor.happen(floor.hangup(call_id, leg_id))
    due_at = floor.agent(agent_id)["due_at"]
    assert ask(floor, "extend_wrap_up", "k1", by_ms=500).state == "done"
    assert floor.agent(agent_id)["due_at"] == due_at + timedelta(milliseconds=500)
    until(lambda: floor.agent(agent_id)["activity"] == "idle", "the wrap-up is over")
    assert floor.agent(agent_id)["idle_since"] >= due_at + timedelta(milliseconds=500)
    assert ask(floor, "extend_wrap_up", "k2", by_ms=500).reason == "not_in_wrap_up"


def test_what_a_dead_engine_took_is_taken_again(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = floor.add_agent("ann", presence="offline")
    insert(floor, agent_id, "login", state="taken")
    start_engine()
    until(lambda: floor.db.rows(FINAL), "it is answered")
    assert floor.agent(agent_id)["presence"] == "not_ready"


def test_a_stand_by_takes_what_the_dead_owner_of_a_switch_took(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = floor.add_agent("ann", presence="offline")
    first = start_engine()
    second = start_engine(owns=False)
    for requests in (first.requests, second.requests):
        until(lambda: requests._states == ["new"] and requests._waiting, "it has looked, and waits")  # noqa: B023
    insert(floor, agent_id, "login", state="taken")
    assert no_more(lambda: floor.db.rows(FINAL))
    first.stop()
    until(lambda: floor.db.rows(FINAL), "the new owner has answered it")
    assert floor.agent(agent_id)["presence"] == "not_ready"


def test_what_was_taken_is_taken_again_when_a_switch_of_ours_is_ready(floor: Floor, start_engine: StartEngine) -> None:
    """A call that an agent asks for needs one: whoever looked before had none."""
    agent_id = floor.add_agent("ann", presence="offline")
    engine = start_engine()
    until(lambda: engine.requests._states == ["new"] and engine.requests._waiting, "it has looked, and waits")
    insert(floor, agent_id, "login", state="taken")
    assert no_more(lambda: floor.db.rows(FINAL))
    engine._on_ready()
    until(lambda: floor.db.rows(FINAL), "it is answered")
    assert floor.agent(agent_id)["presence"] == "not_ready", "carried out, and not refused because it is too late"


def test_requests_are_put_on_the_path_in_the_order_of_asking(floor: Floor, db: Database) -> None:
    agent_id, recorder = floor.add_agent("ann"), Recorder()
    asked = [insert(floor, agent_id, "available", f"k{number}") for number in range(5)]
    for age, request_id in enumerate(asked):
        db.run(
            "UPDATE request SET asked_at = now() - make_interval(secs => %(age)s) WHERE request_id = %(id)s",
            age=age,
            id=request_id,
        )
    requests = Requests(
        Session(db.url), switch_ids=list, ready_ids=list, deliver=recorder.events.append, sweep_ms=1000, late_ms=LATE_MS
    )
    assert requests.take(["new"]) == 5
    assert requests.take(["new"]) == 0, "taken is taken"
    told = [event.request_id for event in recorder.events if isinstance(event, PresenceAsked)]
    assert told == asked[::-1]
    requests._session.close()


def test_a_request_is_taken_at_once_though_its_notification_came_with_another_answer(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The announcement comes while the engine is looking at the table: nothing is left to wake it."""
    agent_id, recorder = floor.add_agent("ann"), Recorder()
    requests = Requests(
        Session(floor.db.url),
        switch_ids=list,
        ready_ids=list,
        deliver=recorder.events.append,
        sweep_ms=3_600_000,
        late_ms=LATE_MS,
    )
    take, late = requests.take, iter([True])

    def take_and_be_late(states: list[str]) -> int:
        taken = take(states)
        if next(late, False):  # once: a greenlet killed inside the test's own window would close it
            insert(floor, agent_id, "available")
            requests._session.rows("SELECT 1")
        return taken

    monkeypatch.setattr(requests, "take", take_and_be_late)
    greenlet = gevent.spawn(requests.run)
    until(lambda: recorder.events, "it is taken")
    greenlet.kill(timeout=LIMIT_S)


def test_requests_go_on_after_their_connection_died(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    floor.add_agent("ann", presence="offline")
    engine = start_engine()
    listening = engine.requests._session
    until(lambda: listening._connection is not None, "it listens")
    db.run("SELECT pg_terminate_backend(%(pid)s, 5000)", pid=listening._connection.get_backend_pid())  # type: ignore[union-attr]
    assert ask(floor, "login", "k").state == "done"


def test_a_request_that_makes_the_engine_fail_is_refused_and_not_left_open(
    floor: Floor, start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(deciding_module, "decide_agent", fail)
    floor.add_agent("ann", presence="offline")
    start_engine()
    answer = ask(floor, "login", "k")
    assert (answer.state, answer.reason) == ("refused", "engine_failed")
    assert "ZeroDivisionError" in floor.db.value("SELECT details FROM alarm")
