"""What waits for the workers: a call's events together, in order, with one of them, as many calls as go together."""

import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import gevent
import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.agent_events import AgentDeadlinePassed
from freeswitch_cc.engine import dispatcher as module
from freeswitch_cc.engine.dispatcher import Dispatcher, Work

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def deadline() -> Any:
    with gevent.Timeout(20):
        yield


def fact(kind: type[events.LegFact], call_id: str, **fields: Any) -> events.LegFact:
    return kind(call_id=call_id, leg_id=call_id, at=AT, **fields)


def parked(call_id: str) -> events.LegFact:
    return fact(events.LegParked, call_id)


def sound(call_id: str) -> events.LegFact:
    return fact(events.SoundStarted, call_id)


def hangup(call_id: str) -> events.LegFact:
    return fact(events.LegHungUp, call_id, cause="NORMAL_CLEARING")


def given(*told: Work) -> Dispatcher:
    dispatcher = Dispatcher()
    for event in told:
        dispatcher.put(event)
    return dispatcher


def take(dispatcher: Dispatcher, most: int = 1) -> list[tuple[str, list[Work]]]:
    """What is taken next, without the roots."""
    return [(key, [event for event, _ in drawn]) for key, drawn in dispatcher.next(most)]


def everything(dispatcher: Dispatcher) -> list[list[Work]]:
    """As one worker takes it, to the end."""
    dispatcher.stop()
    found = []
    while taken := take(dispatcher):
        ((key, told),) = taken
        found.append(told)
        dispatcher.done(key)
    return found


def test_the_events_of_a_call_come_together_and_the_first_call_comes_first() -> None:
    agent = AgentDeadlinePassed(agent_id="a")
    dispatcher = given(parked("1"), parked("2"), agent, hangup("1"))
    assert dispatcher.depth == 4
    assert everything(dispatcher) == [[parked("1"), hangup("1")], [parked("2")], [agent]]
    assert dispatcher.depth == 0


def test_as_many_calls_are_taken_as_go_into_one_transaction() -> None:
    dispatcher = given(parked("1"), parked("2"), hangup("1"), parked("3"))
    assert take(dispatcher, 2) == [("1", [parked("1"), hangup("1")]), ("2", [parked("2")])]
    for key in ("1", "2"):
        dispatcher.done(key)
    assert take(dispatcher, 2) == [("3", [parked("3")])]


def test_what_comes_of_a_call_while_it_is_being_carried_through_waits_for_its_end() -> None:
    dispatcher = given(parked("1"))
    assert take(dispatcher) == [("1", [parked("1")])]
    dispatcher.put(parked("1"))
    dispatcher.put(parked("2"))
    assert take(dispatcher, 5) == [("2", [parked("2")])]
    dispatcher.done("1")
    assert take(dispatcher, 5) == [("1", [parked("1")])]


def test_one_worker_begins_at_a_time_and_another_one_only_if_he_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher = given(parked("1"))
    now = time.monotonic()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(module, "_in_a_moment", lambda seconds, do: moments.append((seconds, do)) or MagicMock())
    moments: list[tuple[float, Any]] = []
    assert take(dispatcher) == [("1", [parked("1")])]
    another = gevent.spawn(take, dispatcher)
    gevent.sleep(0)
    dispatcher.put(parked("2"))
    gevent.sleep(0)
    assert not another.ready()
    ((seconds, do),) = moments
    assert seconds == pytest.approx(module.PATIENCE_S)
    now += seconds
    do()
    assert another.get(timeout=10) == [("2", [parked("2")])]


def test_whoever_waited_last_is_called_first_and_who_goes_on_needs_no_call() -> None:
    dispatcher = Dispatcher()
    cold, warm = gevent.spawn(take, dispatcher), gevent.Greenlet(take, dispatcher)
    gevent.sleep(0)
    warm.start()
    gevent.sleep(0)
    dispatcher.put(parked("1"))
    assert warm.get(timeout=10) == [("1", [parked("1")])]
    assert not cold.ready()


def test_what_nobody_waits_for_goes_along_with_whatever_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.RIDE_S, events.LegHungUp, 60.0)
    dispatcher = given(hangup("1"), sound("2"))
    gevent.sleep(0)
    assert not dispatcher._ready
    dispatcher.put(parked("3"))
    assert take(dispatcher, 5) == [("3", [parked("3")]), ("1", [hangup("1")])]


def test_what_nobody_waits_for_comes_by_itself_in_a_moment() -> None:
    began = time.monotonic()
    assert take(given(hangup("1")), 5) == [("1", [hangup("1")])]
    assert time.monotonic() - began >= 0.01


def test_what_makes_an_agent_free_is_urgent_while_a_call_waits_for_one() -> None:
    free = AgentDeadlinePassed(agent_id="a")
    dispatcher = Dispatcher()
    dispatcher.hurry(True)
    for event in (free, hangup("1"), fact(events.LegRinging, "2")):
        dispatcher.put(event)
    assert list(dispatcher._ready) == ["a", "1"]
    dispatcher.next(2)
    dispatcher.hurry(False)
    dispatcher.put(hangup("3"))
    assert not dispatcher._ready


def test_music_that_began_waits_for_what_comes_next_of_its_call() -> None:
    offered = events.OfferMade(call_id="1", offer_id="o")
    assert everything(given(sound("1"), parked("2"), offered)) == [[parked("2")], [sound("1"), offered]]


def test_what_is_in_no_hurry_comes_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.HOLD_S, events.SoundStarted, 0.02)
    began = time.monotonic()
    assert take(given(sound("1"))) == [("1", [sound("1")])]
    assert time.monotonic() - began >= 0.015


def test_what_came_while_its_call_was_busy_may_be_in_no_hurry_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.HOLD_S, events.SoundStarted, 0.02)
    dispatcher = given(parked("1"))
    dispatcher.next()
    dispatcher.put(sound("1"))
    dispatcher.done("1")
    assert not dispatcher._ready
    assert take(dispatcher) == [("1", [sound("1")])]


def test_nothing_is_held_back_from_workers_that_end() -> None:
    assert everything(given(sound("1"), sound("2"), sound("1"))) == [[sound("1"), sound("1")], [sound("2")]]


def test_of_a_call_that_is_ending_only_the_end_is_urgent() -> None:
    dispatcher = Dispatcher()
    dispatcher.note_ending("1", True)
    unbridged = fact(events.LegsUnbridged, "1", other_leg_id="x")
    for event in (unbridged, parked("1"), parked("2"), hangup("1")):
        dispatcher.put(event)
    assert everything(dispatcher) == [[parked("2")], [unbridged, parked("1"), hangup("1")]]
    dispatcher = Dispatcher()
    dispatcher.note_ending("1", True)
    dispatcher.note_ending("1", False)
    for event in (parked("1"), parked("2"), hangup("1")):
        dispatcher.put(event)
    assert everything(dispatcher) == [[parked("1"), hangup("1")], [parked("2")]]


def test_calls_that_never_end_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ENDING", 3)
    dispatcher = Dispatcher()
    for number in range(10):
        dispatcher.note_ending(str(number), True)
    assert list(dispatcher._ending) == ["7", "8", "9"]


def test_every_worker_ends_and_not_before_the_last_event_is_done() -> None:
    dispatcher = given(parked("1"))
    dispatcher.next()
    workers = [gevent.spawn(take, dispatcher) for _ in range(3)]
    gevent.sleep(0)
    dispatcher.put(hangup("1"))
    dispatcher.stop()
    gevent.sleep(0)
    assert not any(worker.ready() for worker in workers)
    dispatcher.done("1")
    (last,) = gevent.wait(workers, timeout=10, count=1)
    assert last.get(timeout=10) == [("1", [hangup("1")])]
    dispatcher.done("1")
    gevent.joinall(workers, timeout=10)
    assert [worker.get() for worker in workers if worker is not last] == [[], []]


def test_what_does_not_go_together_comes_next_alone_and_before_what_came_meanwhile() -> None:
    dispatcher = given(parked("1"), parked("2"), parked("3"))
    (first, _), (second, drawn), _ = dispatcher.next(3)
    dispatcher.put(hangup("2"))
    dispatcher.give_back(second, drawn)
    dispatcher.done(first)
    dispatcher.put(parked("4"))
    assert take(dispatcher, 5) == [("2", [parked("2"), hangup("2")])]
    assert take(dispatcher, 5) == [("4", [parked("4")])]
    dispatcher.done("2")
    dispatcher.put(parked("2"))
    dispatcher.put(parked("5"))
    assert take(dispatcher, 5) == [("2", [parked("2")]), ("5", [parked("5")])], "it was alone once"


def test_what_is_taken_together_passes_by_who_goes_alone() -> None:
    dispatcher = given(parked("1"), parked("2"))
    for key, drawn in dispatcher.next(2):
        dispatcher.give_back(key, drawn)
    dispatcher.put(parked("3"))
    assert [take(dispatcher, 5) for _ in range(3)] == [
        [("2", [parked("2")])],
        [("1", [parked("1")])],
        [("3", [parked("3")])],
    ]


def test_a_fact_behind_music_that_began_waits_no_longer_than_without_it() -> None:
    began = time.monotonic()
    assert take(given(sound("1"), hangup("1")), 5) == [("1", [sound("1"), hangup("1")])]
    assert time.monotonic() - began < module.HOLD_S[events.SoundStarted] / 2
    dispatcher = given(sound("1"), fact(events.LegsBridged, "1", other_leg_id="x"), parked("2"))
    assert [key for key, _ in dispatcher.next(5)] == ["2", "1"], "and rides along"
