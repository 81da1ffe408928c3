"""Every event to its worker: what belongs together keeps its order."""

from datetime import UTC, datetime
from uuid import uuid4

from freeswitch_cc.core.agent_events import AgentDeadlinePassed
from freeswitch_cc.core.events import LegHungUp
from freeswitch_cc.engine.dispatcher import Dispatcher


def events_of(dispatcher: Dispatcher) -> list[list[object]]:
    return [[queue.get() for _ in range(queue.qsize())] for queue in dispatcher.queues]


def test_the_events_of_one_call_go_to_one_worker_in_their_order() -> None:
    dispatcher = Dispatcher(8)
    calls = [str(uuid4()) for _ in range(50)]
    told = [
        LegHungUp(call_id=call_id, leg_id=call_id, at=datetime.now(UTC), seq=seq, cause="NORMAL_CLEARING")
        for seq in range(5)
        for call_id in calls
    ]
    for event in told:
        dispatcher.put(event)
    queues = events_of(dispatcher)
    for call_id in calls:
        found = [[event for event in queue if getattr(event, "call_id", "") == call_id] for queue in queues]
        assert [event for queue in found for event in queue] == [event for event in told if event.call_id == call_id]
        assert sum(bool(queue) for queue in found) == 1
    assert all(queues), "the calls are shared out among all workers"


def test_the_events_of_one_agent_go_to_one_worker() -> None:
    dispatcher = Dispatcher(8)
    event = AgentDeadlinePassed(agent_id=str(uuid4()))
    for _ in range(5):
        dispatcher.put(event)
    assert sorted(len(queue) for queue in events_of(dispatcher)) == [0] * 7 + [5]


def test_a_stop_comes_behind_what_was_put_before() -> None:
    dispatcher = Dispatcher(1)
    event = AgentDeadlinePassed(agent_id="a")
    dispatcher.put(event)
    assert dispatcher.depth == 1
    dispatcher.stop()
    assert events_of(dispatcher) == [[event, None]]
