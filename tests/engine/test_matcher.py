"""When match() runs, and who is told."""

from collections.abc import Iterator

import gevent
import pytest

from freeswitch_cc.core.events import OfferMade
from freeswitch_cc.engine.matcher import Matcher
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.fakes import Recorder, no_more
from tests.floor import LIMIT_S, Floor, until


def matcher_of(floor: Floor, recorder: Recorder, *, sweep_ms: int = 3_600_000, owns: bool = True) -> Matcher:
    return Matcher(
        Session(floor.db.url),
        switch_ids=lambda: [floor.switch_id] if owns else [],
        deliver=recorder.events.append,
        offer_grace_ms=3000,
        sweep_ms=sweep_ms,
    )


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def run() -> Iterator[list[Matcher]]:
    """Put a matcher in, and it runs until the end of the test."""
    running: list[Matcher] = []
    yield running
    for matcher in running:
        matcher.stop()


def test_a_wake_up_matches_and_tells_the_call(
    floor: Floor, recorder: Recorder, run: list[Matcher], db: Database
) -> None:
    matcher = matcher_of(floor, recorder)
    run.append(matcher)
    gevent.spawn(matcher.run)
    floor.add_agent("ann")
    call_id = floor.arrive()
    assert no_more(lambda: recorder.events), "nobody woke it"
    matcher.wake()
    until(lambda: recorder.events, "the offer is told")
    assert recorder.events == [OfferMade(call_id=call_id, offer_id=db.value("SELECT offer_id FROM offer"))]


def test_the_sweep_finds_what_nobody_told(floor: Floor, recorder: Recorder, run: list[Matcher]) -> None:
    floor.add_agent("ann")
    floor.arrive()
    matcher = matcher_of(floor, recorder, sweep_ms=20)
    run.append(matcher)
    gevent.spawn(matcher.run)
    until(lambda: recorder.events, "the sweep has matched")


def test_who_owns_no_switch_does_not_ask_the_database(floor: Floor, recorder: Recorder) -> None:
    matcher = matcher_of(floor, recorder, owns=False)
    assert matcher.match() == 0
    assert matcher._session.round_trips == 0


def test_a_match_that_fails_is_tried_again_by_the_sweep(
    floor: Floor, recorder: Recorder, run: list[Matcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.add_agent("ann")
    floor.arrive()
    matcher = matcher_of(floor, recorder, sweep_ms=20)
    match, failures = matcher._session.match, [1, 2]

    def fail_twice(switch_ids: list[str], offer_grace_ms: int) -> list[tuple[str, str]]:
        if failures:
            failures.pop()
            raise StoreFailed("not now")
        return match(switch_ids, offer_grace_ms)

    monkeypatch.setattr(matcher._session, "match", fail_twice)
    run.append(matcher)
    gevent.spawn(matcher.run)
    until(lambda: recorder.events, "the offer is told")


def test_a_matcher_that_waits_can_be_stopped(floor: Floor, recorder: Recorder) -> None:
    matcher = matcher_of(floor, recorder)
    greenlet = gevent.spawn(matcher.run)
    gevent.idle()
    matcher.stop()
    greenlet.get(timeout=LIMIT_S)


def test_a_call_that_arrives_is_offered_before_the_next_sweep(floor: Floor, start_engine: StartEngine) -> None:
    engine = start_engine(sweep_ms=2_000)
    floor.add_agent("ann")
    engine.dispatcher.put(floor.arrival())
    link = engine.links[floor.switch_id]
    with gevent.Timeout(1.5, AssertionError("only a sweep has found it")):
        until(lambda: "Originate" in link.kinds(), "the agent's phone is asked to ring")  # type: ignore[attr-defined]
