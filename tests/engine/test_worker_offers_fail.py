"""What fails between a save and the match behind it: what was saved is told once, and nobody waits for it in vain."""

from collections.abc import Callable
from typing import Any

import pytest

from freeswitch_cc.core.events import OfferMade
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine import deciding as deciding_module
from freeswitch_cc.engine.refusals import Refusals
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store import db as db_module
from freeswitch_cc.store.postgres import ConnectionLost
from tests.database import Database
from tests.engine.hands import Hands, asks, hands
from tests.floor import Floor, until
from tests.store.tiers import add_to_tier, have_tiers

__all__ = ["hands"]

OPEN = "SELECT count(*) FROM offer WHERE outcome IS NULL"
BROKEN_MATCH = "BEGIN; SELECT 1 / 0, %s::text, %s, %s"


def test_what_was_saved_stays_when_the_match_behind_it_fails(
    floor: Floor, hands: Hands, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.add_agent("ann")
    arrival = floor.arrival()
    monkeypatch.setattr("freeswitch_cc.store.db.MATCH_IN_HASTE", BROKEN_MATCH)
    hands.carry(arrival)
    assert hands.failed == []
    assert hands.names == ["Play", "PushDeadman"], "sent once"
    assert db.value("SELECT call_id FROM queue_visit") == arrival.call_id
    assert hands.offers.take_wish(), "the matcher tries, and tells when it fails too"
    hands.carry(floor.hangup(arrival.call_id, arrival.leg_id))
    assert db.value("SELECT outcome FROM queue_visit") == "abandoned", "the session is as good as it was"


def test_who_has_just_come_is_not_charged_with_a_call_that_cannot_be_read(
    floor: Floor, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.add_agent("ann")
    other = floor.arrive()
    views_of: Callable[..., Any] = db_module.views_of

    def unreadable(found: Any, call_ids: Any, arrived: Any) -> Any:
        if other in set(call_ids):
            raise ValueError("expected str, got array")
        return views_of(found, call_ids, arrived)

    monkeypatch.setattr(db_module, "views_of", unreadable)
    hands.carry(floor.arrival())
    assert hands.failed == []
    assert hands.names == ["Play", "PushDeadman"]
    assert hands.offers.take_wish()


def test_when_it_is_not_known_what_was_saved_somebody_looks(
    floor: Floor, hands: Hands, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The match fails, and the connection is lost before it can say whether the save stands."""
    floor.add_agent("ann")
    rollback = hands.session.rollback

    def lose() -> None:
        monkeypatch.undo()
        assert hands.session._connection is not None
        db.value("SELECT pg_terminate_backend(%(pid)s)", pid=hands.session._connection.info.backend_pid)
        rollback()

    monkeypatch.setattr("freeswitch_cc.store.db.MATCH_IN_HASTE", BROKEN_MATCH)
    monkeypatch.setattr(hands.session, "rollback", lose)
    hands.carry(floor.arrival())
    assert hands.failed == []
    assert hands.offers.take_wish()


def test_a_switch_that_has_just_refused_is_not_asked_again_before_that_is_noted(
    floor: Floor, hands: Hands, db: Database
) -> None:
    refusals = Refusals(5000)
    hands.offers.switch_ids = lambda: [] if refusals.is_pausing(floor.switch_id) else [floor.switch_id]
    hands.on_tell = refusals.note
    for number in range(16):
        floor.add_agent(f"a{number}")
    calls = [floor.arrival() for _ in range(8)]
    hands.carry(*calls)
    assert hands.names.count("Originate") == 8
    hands.carry(*(hands.refused(call.call_id, "SWITCH_CONGESTION") for call in calls))
    assert refusals.is_pausing(floor.switch_id)
    assert hands.names.count("Originate") == 8


def test_who_came_while_no_switch_placed_calls_is_seen_when_an_agent_becomes_free(floor: Floor, hands: Hands) -> None:
    hands.nobody_waits()
    ann = floor.add_agent("ann", presence="not_ready", reason="break")
    placing, hands.offers.switch_ids = hands.offers.switch_ids, list
    hands.carry(floor.arrival())
    assert hands.offers.take_wish()
    hands.matcher.match()
    hands.offers.switch_ids = placing
    hands.carry(asks(floor, ann, "available"))
    assert hands.names == ["Play", "PushDeadman", "Originate"]


def test_a_tier_opens_in_time_although_the_matcher_has_lost_its_connection(
    floor: Floor, hands: Hands, db: Database
) -> None:
    have_tiers(floor, 300)
    add_to_tier(floor, "ann", 1, 300)
    hands.nobody_waits()
    hands.run()
    connection = hands.matcher._session._connection
    assert connection is not None
    db.value("SELECT pg_terminate_backend(%(pid)s)", pid=connection.info.backend_pid)
    hands.dispatcher.put(floor.arrival())
    until(lambda: "Originate" in hands.names, "the tier has opened")


def test_what_could_not_be_saved_is_not_matched_with(floor: Floor, hands: Hands, db: Database) -> None:
    floor.add_agent("ann")
    bad = floor.arrival(leg_id=floor.customer(floor.arrive()))  # a leg belongs to one call for ever
    hands.carry(bad)
    assert hands.failed == [bad]
    assert db.value(OPEN) == 0
    hands.carry(floor.arrival())
    assert hands.names.count("Originate") == 1, "nobody is kept from matching"


def test_an_offer_that_cannot_be_decided_on_with_its_match_is_left_to_the_matcher(
    floor: Floor, hands: Hands, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.add_agent("ann")
    decide: Callable[..., Decision] = deciding_module.decide

    def faulty(view: Any, event: Any, *rest: Any) -> Decision:
        if isinstance(event, OfferMade):
            raise StoreFailed("not now")
        return decide(view, event, *rest)

    monkeypatch.setattr(deciding_module, "decide", faulty)
    hands.carry(floor.arrival())
    assert hands.names == ["Play", "PushDeadman"]
    assert db.value(OPEN) == 0, "the match is undone"
    assert hands.offers.take_wish()
    monkeypatch.setattr(deciding_module, "decide", decide)
    hands.matcher.match()
    assert hands.names[2:] == ["Originate"]


def test_a_caller_whose_commit_was_not_answered_does_not_wait_for_the_sweep(
    floor: Floor, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.add_agent("ann")
    save_and_match = hands.session.save_and_match

    def lose(*arguments: Any) -> Any:
        monkeypatch.undo()
        save_and_match(*arguments)
        raise ConnectionLost("its answer was lost")

    monkeypatch.setattr(hands.session, "save_and_match", lose)
    hands.run()
    hands.dispatcher.put(floor.arrival())
    until(lambda: "Originate" in hands.names, "he is offered")
