"""What is offered is decided on with its match: told once, in order, and one by one if that fails."""

import time
from types import SimpleNamespace
from typing import Any

import gevent
import gevent.event
import pytest

from freeswitch_cc.core.events import OfferMade
from freeswitch_cc.engine import deciding, once
from freeswitch_cc.store.postgres import LostRace
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.engines import link_of
from tests.engine.fakes import Recorder, no_more
from tests.engine.matching import fail, matcher_of, recorder, run
from tests.floor import LIMIT_S, Floor, until
from tests.store.tiers import has_waited, have_tiers

__all__ = ["recorder", "run"]


def test_an_offer_that_cannot_be_decided_on_keeps_no_other_waiting_and_is_told_by_itself(
    floor: Floor, recorder: Recorder, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for login in ("ann", "bob"):
        floor.add_agent(login)
    calls = {floor.arrive(), floor.arrive()}
    matcher = matcher_of(floor, recorder)
    monkeypatch.setattr(deciding, "decide", fail)
    assert matcher.match() == 2
    assert {event.call_id for event in recorder.events if isinstance(event, OfferMade)} == calls
    assert db.value("SELECT count(*) FROM offer WHERE outcome IS NULL") == 2, "both stand"
    assert recorder.decisions == []
    matcher._session.close()


def test_agents_who_become_free_are_in_a_hurry_only_while_a_call_waits_for_one(
    floor: Floor, recorder: Recorder
) -> None:
    floor.add_agent("ann")
    matcher = matcher_of(floor, recorder)
    matcher.match()
    floor.arrive()
    matcher.match()
    floor.arrive()
    matcher.match()
    assert recorder.hurried == [False, False, True]
    matcher._session.close()


def test_an_offer_that_is_still_without_a_leg_is_not_told_again_at_once(
    floor: Floor, recorder: Recorder, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.add_agent("ann")
    floor.arrive()
    matcher = matcher_of(floor, recorder)
    monkeypatch.setattr(deciding, "decide", fail)
    assert matcher.match() == 1
    db.run("UPDATE offer SET made_at = made_at - interval '2 s'")
    assert matcher.match() == 0
    now = time.monotonic()
    monkeypatch.setattr(once, "time", SimpleNamespace(monotonic=lambda: now + 1.1))
    assert matcher.match() == 1
    assert len(recorder.events) == 2
    assert recorder.events[0] == recorder.events[1]
    matcher._session.close()


def test_whoever_decides_on_a_call_that_is_being_offered_sends_nothing_before_its_originate(
    floor: Floor, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commits may be answered in any order; the switch must hear of the leg before it is told to end it."""
    floor.add_agent("ann")
    arrival = floor.arrival()
    floor.happen(arrival)
    matcher = matcher_of(floor, recorder)
    save_all, goes_on = matcher._session.save_all, gevent.event.Event()
    sent: list[str] = []

    def save_slowly(written: Any) -> None:
        save_all(written)
        goes_on.wait()

    def hang_up() -> None:
        decision = floor.happen(floor.hangup(arrival.call_id, arrival.leg_id))
        assert [type(command).__name__ for command in decision.commands] == ["Kill"]
        matcher._offers.wait_until_told(decision)
        sent.append("Kill")

    monkeypatch.setattr(matcher._session, "save_all", save_slowly)
    monkeypatch.setattr(matcher._offers, "_tell", lambda decision: sent.append(type(decision.commands[0]).__name__))
    matching = gevent.spawn(matcher.match)
    until(lambda: floor.db.rows("SELECT 1 FROM leg WHERE command = 'originate'"), "the offer is committed")
    leaving = gevent.spawn(hang_up)
    until(lambda: floor.db.rows("SELECT 1 FROM leg WHERE command = 'kill'"), "so is the kill")
    assert sent == []
    goes_on.set()
    gevent.joinall([matching, leaving], timeout=LIMIT_S, raise_error=True)
    assert sent == ["Originate", "Kill"]
    assert matcher._offers.being_told == {}
    matcher._session.close()


def test_an_engine_sends_nothing_of_a_call_before_the_originate_of_its_offer(
    floor: Floor, start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker decides meanwhile is committed, and waits in line."""
    arrival = floor.arrival()
    floor.happen(arrival)
    engine = start_engine(sweep_ms=600_000)
    link, session, goes_on = link_of(engine, floor), engine.matcher._session, gevent.event.Event()
    save_all = session.save_all

    def save_slowly(written: Any) -> None:
        save_all(written)
        goes_on.wait()

    monkeypatch.setattr(session, "save_all", save_slowly)
    floor.add_agent("ann")
    engine.matcher.wake()
    until(lambda: floor.db.rows("SELECT 1 FROM leg WHERE command = 'originate'"), "the offer is committed")
    engine.dispatcher.put(floor.hangup(arrival.call_id, arrival.leg_id))
    until(lambda: floor.db.rows("SELECT 1 FROM leg WHERE command = 'kill'"), "so is the kill")
    assert no_more(lambda: link.sent)
    goes_on.set()
    until(lambda: len(link.sent) == 2, "both are sent")
    assert link.kinds() == ["Originate", "Kill"]


def test_a_match_that_offers_nothing_keeps_in_mind_when_it_was(floor: Floor, recorder: Recorder, db: Database) -> None:
    """A tier that opened before it, and is of no use, would have it run again and again."""
    have_tiers(floor, 50_000)
    floor.add_agent("ann")
    floor.arrive()
    matcher = matcher_of(floor, recorder)
    assert matcher.match() == 1
    floor.add_agent("bob", floor.add_queue("other"))  # ready, and not for this call
    call_id = floor.arrive()
    has_waited(db, call_id, 50)
    opened_ms = matcher._session.next_tier_ms()
    assert opened_ms is not None
    assert opened_ms <= 0, "a tier has opened since the match"
    assert matcher.match() == 0
    assert matcher._session.next_tier_ms() is None
    matcher._session.close()


def test_whoever_waits_for_an_offer_that_came_to_nothing_and_is_made_anew_does_not_wait_for_ever(
    floor: Floor, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.add_agent("ann")
    arrival = floor.arrival()
    decision = floor.happen(arrival)
    matcher = matcher_of(floor, recorder)
    save_all, waiting = matcher._session.save_all, []
    waited: list[bool] = []

    def lose_once(written: Any) -> None:
        if not waiting:
            waiting.append(gevent.spawn(matcher._offers.wait_until_told, decision))
            gevent.idle()
            raise LostRace("somebody was faster")
        gevent.idle()
        waited.append(not waiting[0].ready())  # an assertion here would pass for a fault of the match
        save_all(written)

    monkeypatch.setattr(matcher._session, "save_all", lose_once)
    assert matcher.match() == 1
    assert waited == [False]
    matcher._session.close()
