"""What agents ask for about calls: taken by the engine that owns the switch, carried out once, told to the switch."""

from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.core.events import ControlAsked
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine import deciding as deciding_module
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.engine.requests import Requests
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.requests import Answer, ask_and_wait
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.fakes import Recorder, RecordingLink, no_more
from tests.floor import LIMIT_S, Floor, until


def ask(floor: Floor, kind: str, key: str, call_id: str | None = None, **arguments: Any) -> Answer:
    return ask_and_wait(
        floor.db.url,
        kind=kind,
        login="ann",
        arguments=arguments,
        asked_by="test",
        idempotency_key=key,
        wait_ms=int(LIMIT_S * 1000),
        call_id=call_id,
    )


def talk(floor: Floor) -> str:
    """ann talks; the id of the call."""
    call_id = floor.arrive()
    floor.match()
    floor.bridge(call_id)
    return call_id


def line_of(engine: Engine, floor: Floor) -> RecordingLink:
    link: Any = engine.links[floor.switch_id]
    assert isinstance(link, RecordingLink)
    return link


def test_a_wish_is_decided_on_the_call_s_path_answered_and_then_sent(floor: Floor, start_engine: StartEngine) -> None:
    agent_id = floor.add_agent("ann")
    call_id = talk(floor)
    engine = start_engine(park_ms=60_000, settle_ms=60_000)  # nothing here is due while it runs
    answer = ask(floor, "hold", "k1")
    assert (answer.state, answer.message) == ("done", "the customer is on hold")
    assert floor.agent(agent_id)["activity"] == "holding"
    assert floor.db.value("SELECT held_by FROM call WHERE call_id = %(id)s", id=call_id) == agent_id
    assert ask(floor, "retrieve", "k2", call_id).state == "done"
    assert ask(floor, "retrieve", "k3", call_id).reason == "not_held"
    assert ask(floor, "send_dtmf", "k4", digits="12#").message == "3 keys sent to the customer"
    # Answered first, then sent.
    until(lambda: line_of(engine, floor).kinds() == ["Park", "SendDtmf"], "both are sent")


def test_a_call_that_is_not_his_or_is_not_there_is_refused(floor: Floor, start_engine: StartEngine) -> None:
    floor.add_agent("ann", presence="offline")
    other = floor.arrive()
    start_engine()
    assert ask(floor, "hold", "k1").reason == "no_call"
    assert ask(floor, "hold", "k2", other).reason == "not_your_call"
    assert ask(floor, "hold", "k3", str(uuid4())).reason == "no_such_call"
    assert ask(floor, "send_dtmf", "k4", other, digits="1x!").reason == "bad_digits"


def test_a_wish_asked_twice_with_one_key_is_carried_out_once(floor: Floor, start_engine: StartEngine) -> None:
    floor.add_agent("ann")
    talk(floor)
    engine = start_engine()
    first, second = ask(floor, "send_dtmf", "same", digits="1"), ask(floor, "send_dtmf", "same", digits="1")
    assert first == second
    until(lambda: line_of(engine, floor).kinds(), "it is sent")
    assert no_more(lambda: line_of(engine, floor).kinds() != ["SendDtmf"])


@pytest.mark.parametrize("state", ["done", "withdrawn"])
def test_what_was_answered_before_is_neither_written_nor_sent(
    floor: Floor, start_engine: StartEngine, state: str
) -> None:
    """Two engines may have put it on the path, or its asker may have taken it back."""
    agent_id = floor.add_agent("ann")
    call_id = talk(floor)
    engine = start_engine()
    values = {"state": state, "answered_at": floor.at()["at"], "agent_id": agent_id}
    floor.insert("request", kind="send_dtmf", asked_by="test", idempotency_key="k", **values)
    request_id = str(floor.db.value("SELECT request_id FROM request"))
    log = floor.db.value("SELECT count(*) FROM call_log")
    worker = engine.workers[0]
    handled = worker.handled
    for kind in ("send_dtmf", "mute"):
        worker.handle(ControlAsked(call_id=call_id, agent_id=agent_id, request_id=request_id, kind=kind, digits="1"))
    assert worker.handled == handled + 2
    assert line_of(engine, floor).sent == []
    assert floor.db.value("SELECT count(*) FROM call_log") == log
    assert floor.db.value("SELECT bool_or(is_muted) FROM leg") is None
    assert floor.db.value("SELECT count(*) FROM alarm") == 0


def test_a_wish_about_a_call_is_taken_by_the_owner_of_its_switch_and_by_no_other(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann")
    call_id = talk(floor)
    for number, values in enumerate([{}, {"call_id": call_id}, {"call_id": str(uuid4())}]):
        key = f"k{number}"
        floor.insert("request", kind="hold", agent_id=agent_id, asked_by="test", idempotency_key=key, **values)
    strangers, owners = Recorder(), Recorder()
    for recorder, switch_ids, count in ((strangers, [str(uuid4())], 1), (owners, [floor.switch_id], 2)):
        requests = Requests(
            Session(db.url),
            switch_ids=lambda switch_ids=switch_ids: switch_ids,  # type: ignore[misc]
            ready_ids=list,
            deliver=recorder.events.append,
            sweep_ms=1000,
            late_ms=60_000,
        )
        assert requests.take(["new"]) == count
        requests._session.close()
    assert owners.of_calls() == [call_id, call_id]
    assert call_id not in strangers.of_calls()


def test_a_wish_that_makes_the_engine_fail_is_refused_and_not_left_open(
    floor: Floor, start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = deciding_module.decide

    def fail(view: Any, event: Any, *rest: Any) -> Decision:
        if isinstance(event, ControlAsked):
            raise ZeroDivisionError("a fault of ours")
        return whole(view, event, *rest)

    monkeypatch.setattr(deciding_module, "decide", fail)
    floor.add_agent("ann")
    talk(floor)
    start_engine()
    answer = ask(floor, "hold", "k")
    assert (answer.state, answer.reason) == ("refused", "engine_failed")
