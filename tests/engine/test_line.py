"""What waits for a worker: a call's events together and in order, nobody kept waiting for what is in no hurry."""

import time
from datetime import UTC, datetime
from typing import Any

import gevent
import pytest
from gevent.queue import SimpleQueue

from freeswitch_cc.core import events
from freeswitch_cc.engine import line as module
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.line import Line

AT = datetime(2026, 1, 1, tzinfo=UTC)


def fact(kind: type[events.LegFact], call_id: str, **fields: Any) -> events.LegFact:
    return kind(call_id=call_id, leg_id=call_id, at=AT, **fields)


def sound(call_id: str) -> events.LegFact:
    return fact(events.SoundStarted, call_id)


def hangup(call_id: str) -> events.LegFact:
    return fact(events.LegHungUp, call_id, cause="NORMAL_CLEARING")


def line_of(*given: Work | None) -> Line:
    queue: SimpleQueue[Work | None] = SimpleQueue()
    for event in given:
        queue.put(event)
    return Line(queue)


def everything(line: Line) -> list[list[Work]]:
    taken = []
    while (events_of_one := line.next()) is not None:
        taken.append(events_of_one)
    return taken


def test_the_events_of_a_call_come_together_and_the_first_call_comes_first() -> None:
    one, other, agent = (
        fact(events.LegParked, "1"),
        fact(events.LegParked, "2"),
        events.AgentDeadlinePassed(agent_id="a"),
    )
    line = line_of(one, other, agent, hangup("1"), None)
    assert everything(line) == [[one, hangup("1")], [other], [agent]]


def test_music_that_began_waits_for_what_comes_next_of_its_call() -> None:
    offered = events.OfferMade(call_id="1", offer_id="o")
    line = line_of(sound("1"), hangup("2"), offered, None)
    assert everything(line) == [[hangup("2")], [sound("1"), offered]]


def test_what_is_in_no_hurry_comes_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.HOLD_S, events.SoundStarted, 0.02)
    began = time.monotonic()
    with gevent.Timeout(10):
        assert line_of(sound("1")).next() == [sound("1")]
    assert time.monotonic() - began >= 0.02


def test_nothing_is_held_back_from_a_worker_that_ends() -> None:
    unbridged = fact(events.LegsUnbridged, "2", other_leg_id="x")
    assert everything(line_of(sound("1"), unbridged, sound("1"), None)) == [[sound("1"), sound("1")], [unbridged]]


def test_of_a_call_that_is_ending_only_the_end_is_urgent() -> None:
    parked = fact(events.LegParked, "1")
    line = line_of(parked, hangup("2"), hangup("1"), None)
    line.note_ending("1", True)
    assert everything(line) == [[hangup("2")], [parked, hangup("1")]]
    line = line_of(parked, hangup("2"), hangup("1"), None)
    line.note_ending("1", True)
    line.note_ending("1", False)
    assert everything(line) == [[parked, hangup("1")], [hangup("2")]]


def test_calls_that_never_end_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ENDING", 3)
    line = line_of()
    for number in range(10):
        line.note_ending(str(number), True)
    assert list(line._ending) == ["7", "8", "9"]
