"""When match() runs, and what becomes of it that it cannot. What is offered: test_matcher_offers.py."""

from typing import Any

import gevent
import gevent.event
import pytest

from freeswitch_cc.core.commands import Originate
from freeswitch_cc.engine.matcher import Matcher
from freeswitch_cc.errors import EpochLost, StoreFailed
from freeswitch_cc.store.postgres import ConnectionLost
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.fakes import Recorder, no_more
from tests.engine.matching import fail, matcher_of, recorder, run
from tests.floor import LIMIT_S, Floor, until
from tests.store.tiers import add_to_tier, has_waited, have_tiers, log_of

__all__ = ["recorder", "run"]


def test_a_wake_up_matches_and_tells_the_call(
    floor: Floor, recorder: Recorder, run: list[Matcher], db: Database
) -> None:
    matcher = matcher_of(floor, recorder)
    run.append(matcher)
    gevent.spawn(matcher.run)
    floor.add_agent("ann")
    call_id = floor.arrive()
    assert no_more(lambda: recorder.decisions), "nobody woke it"
    matcher.wake()
    until(lambda: recorder.decisions, "what was decided is told")
    (decision,) = recorder.decisions
    (command,) = decision.commands
    assert isinstance(command, Originate)
    assert command.call_id == call_id
    assert db.rows("SELECT leg_id, command FROM leg JOIN offer USING (leg_id)") == [
        {"leg_id": command.leg_id, "command": "originate"}
    ]
    assert recorder.events == []


def test_the_sweep_finds_what_nobody_told(floor: Floor, recorder: Recorder, run: list[Matcher]) -> None:
    floor.add_agent("ann")
    floor.arrive()
    matcher = matcher_of(floor, recorder, sweep_ms=20)
    run.append(matcher)
    gevent.spawn(matcher.run)
    until(lambda: recorder.decisions, "the sweep has matched")


def test_a_tier_that_opens_by_time_is_matched_at_once_and_not_by_the_sweep(
    floor: Floor, recorder: Recorder, run: list[Matcher], db: Database
) -> None:
    have_tiers(floor, 700)
    ann = add_to_tier(floor, "ann", 1, 700)
    call_id = floor.arrive()
    matcher = matcher_of(floor, recorder)  # its sweep is an hour away
    run.append(matcher)
    gevent.spawn(matcher.run)
    matcher.wake()
    until(lambda: recorder.decisions, "the tier has opened")
    row = log_of(db, call_id)
    assert row["agent_id"] == ann
    assert 700 <= row["waited_ms"] < 2_000, "not before its time, and not much later"


def test_nobody_waits_for_a_tier_when_nobody_is_ready_or_none_is_to_open(floor: Floor, db: Database) -> None:
    have_tiers(floor, 60_000)
    ann = add_to_tier(floor, "ann", 1, 60_000)
    assert floor.session.next_tier_ms() is None, "nobody waits"
    first, second = floor.arrive(), floor.arrive()
    has_waited(db, first, 50)
    has_waited(db, second, 20)
    assert floor.session.next_tier_ms() == pytest.approx(10_000, abs=9_000)
    has_waited(db, first, 70)
    assert floor.session.next_tier_ms() == pytest.approx(40_000, abs=19_000)
    has_waited(db, second, 70)
    assert floor.session.next_tier_ms() is None, "all are open"
    has_waited(db, second, 20)
    db.run("UPDATE agent SET presence = 'offline' WHERE agent_id = %(id)s", id=ann)
    assert floor.session.next_tier_ms() is None, "nobody is ready"


def test_a_call_that_is_being_offered_waits_for_no_tier(floor: Floor) -> None:
    """When its offer ends, there is a match anyway."""
    have_tiers(floor, 60_000)
    floor.add_agent("ann")
    floor.add_agent("bob", floor.add_queue("other"))  # ready, and not for this call
    floor.arrive()
    assert floor.session.next_tier_ms() is not None
    floor.match()
    assert floor.session.next_tier_ms() is None


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
    match, failures = matcher._session.match_and_view, [1, 2]

    def fail_twice(switch_ids: list[str], offer_grace_ms: int) -> Any:
        if failures:
            failures.pop()
            raise ConnectionLost("not now")
        return match(switch_ids, offer_grace_ms)

    monkeypatch.setattr(matcher._session, "match_and_view", fail_twice)
    run.append(matcher)
    gevent.spawn(matcher.run)
    until(lambda: recorder.decisions, "the offer is decided on")


def test_a_tier_that_is_long_open_and_of_no_use_is_not_matched_again_and_again(
    floor: Floor, recorder: Recorder, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    have_tiers(floor, 50)
    floor.add_agent("bob", floor.add_queue("other"))  # ready, and not for this call
    matcher = matcher_of(floor, recorder)
    call_id = floor.arrive()
    has_waited(db, call_id, 70)
    rounds, match = [0], matcher._session.match_and_view

    def count(*arguments: Any) -> Any:
        rounds[0] += 1
        return match(*arguments)

    monkeypatch.setattr(matcher._session, "match_and_view", count)
    greenlet = gevent.spawn(matcher.run)
    matcher.wake()
    until(lambda: rounds[0] == 1, "it has matched once")
    assert no_more(lambda: rounds[0] > 1)
    matcher.stop()
    greenlet.get(timeout=LIMIT_S)


def test_a_switch_that_another_engine_owns_ends_the_matcher(floor: Floor, recorder: Recorder, db: Database) -> None:
    floor.add_agent("ann")
    floor.arrive()
    db.run("UPDATE switch SET epoch = 5")
    matcher = matcher_of(floor, recorder)
    greenlet = gevent.spawn(matcher.run)
    matcher.wake()
    with pytest.raises(EpochLost):
        greenlet.get(timeout=LIMIT_S)
    assert recorder.decisions == []


class Failing:
    """A matcher whose matches fail while is_failing, one for every wake()."""

    def __init__(self, matcher: Matcher, run: list[Matcher], monkeypatch: pytest.MonkeyPatch) -> None:
        self._matcher, self._match, self.rounds, self.is_failing = matcher, matcher._session.match_and_view, 0, True
        monkeypatch.setattr(matcher._session, "match_and_view", self._fail)
        monkeypatch.setattr(matcher._session, "match", fail)
        run.append(matcher)
        gevent.spawn(matcher.run)

    def _fail(self, switch_ids: list[str], offer_grace_ms: int) -> Any:
        self.rounds += 1
        if self.is_failing:
            raise StoreFailed("not now")
        return self._match(switch_ids, offer_grace_ms)

    def go(self, times: int) -> None:
        for _ in range(times):
            wanted = self.rounds + 1
            self._matcher.wake()
            until(lambda: self.rounds == wanted and not self._matcher._offers.changed.is_set(), "one more round")  # noqa: B023


ALARMS = "SELECT details FROM alarm WHERE kind = 'matching_failed' ORDER BY alarm_id"


def test_a_match_that_fails_five_times_in_a_row_is_one_alarm_until_it_works_again(
    floor: Floor, recorder: Recorder, run: list[Matcher], monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    failing = Failing(matcher_of(floor, recorder), run, monkeypatch)
    failing.go(4)
    assert no_more(lambda: db.rows(ALARMS))
    failing.go(1)
    until(lambda: db.rows(ALARMS), "somebody is told")
    failing.go(6)
    assert no_more(lambda: len(db.rows(ALARMS)) > 1)
    assert db.value(ALARMS) == "5 times in a row: not now"
    failing.is_failing = False
    failing.go(1)
    failing.is_failing = True
    failing.go(5)
    until(lambda: len(db.rows(ALARMS)) == 2, "it is told anew")


def test_an_alarm_that_could_not_be_written_is_written_at_the_next_failure(
    floor: Floor, recorder: Recorder, run: list[Matcher], monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    matcher = matcher_of(floor, recorder)
    failing, write, lost = Failing(matcher, run, monkeypatch), matcher._session.run, [1]

    def fail_once(sql: str, *arguments: Any) -> None:
        if lost:
            lost.pop()
            raise ConnectionLost("away")
        write(sql, *arguments)

    monkeypatch.setattr(matcher._session, "run", fail_once)
    failing.go(6)
    until(lambda: db.rows(ALARMS), "somebody is told")


def test_a_matcher_that_waits_can_be_stopped(floor: Floor, recorder: Recorder) -> None:
    matcher = matcher_of(floor, recorder)
    greenlet = gevent.spawn(matcher.run)
    gevent.idle()
    matcher.stop()
    greenlet.get(timeout=LIMIT_S)


def test_a_call_that_arrives_is_offered_before_the_next_sweep(floor: Floor, start_engine: StartEngine) -> None:
    engine = start_engine(sweep_ms=600_000)
    floor.add_agent("ann")
    engine.dispatcher.put(floor.arrival())
    link = engine.links[floor.switch_id]
    until(lambda: "Originate" in link.kinds(), "the agent's phone is asked to ring")  # type: ignore[attr-defined]
