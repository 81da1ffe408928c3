"""Whoever writes that a call waits, or that an agent is free, matches at once: no other greenlet, no second look."""

from typing import Any

import gevent
import gevent.event
import pytest

from freeswitch_cc.core.commands import Kill, Originate, Play, PushDeadman
from freeswitch_cc.engine.dispatcher import Work
from tests.database import Database
from tests.engine.fakes import no_more
from tests.engine.hands import Hands, asks, hands, held
from tests.floor import LIMIT_S, Floor, until
from tests.store.test_hot_path_match_all import LEFT_OVER
from tests.store.tiers import add_to_tier, have_tiers

__all__ = ["hands"]

ROUNDS = 150
OPEN = "SELECT count(*) FROM offer WHERE outcome IS NULL"


def test_a_caller_rings_at_an_agent_three_round_trips_after_he_came(floor: Floor, hands: Hands, db: Database) -> None:
    floor.add_agent("ann")
    hands.carry(floor.arrival())
    assert hands.session.round_trips == 3
    assert [type(command) for command in hands.sent] == [Play, PushDeadman, Originate], "in the order of the commits"
    assert db.rows("SELECT leg_id, command FROM leg JOIN offer USING (leg_id)") == [
        {"leg_id": hands.sent[2].leg_id, "command": "originate"}
    ]
    assert hands.matcher._session.round_trips == 0
    assert not hands.offers.changed.is_set(), "nobody else has to match for him"


def test_of_several_who_come_together_each_rings_at_an_agent_of_his_own(
    floor: Floor, hands: Hands, db: Database
) -> None:
    for login in ("ann", "bob", "eve"):
        floor.add_agent(login)
    hands.carry(*(floor.arrival() for _ in range(4)))
    assert hands.session.round_trips == 3
    assert hands.names.count("Originate") == 3
    assert db.value("SELECT count(DISTINCT agent_id) FROM offer") == 3
    assert hands.offers.is_waiting, "the fourth"


def test_an_agent_who_becomes_free_rings_at_once_for_who_waits(floor: Floor, hands: Hands) -> None:
    ann = floor.add_agent("ann", presence="not_ready", reason="break")
    floor.arrive()
    hands.carry(asks(floor, ann, "available"))
    assert hands.names == ["Originate"]


def test_for_an_agent_who_becomes_free_while_nobody_waits_nothing_is_matched(floor: Floor, hands: Hands) -> None:
    ann = floor.add_agent("ann", presence="not_ready", reason="break")
    hands.nobody_waits()
    hands.carry(asks(floor, ann, "available"))
    assert hands.session.round_trips == 2
    assert not hands.offers.changed.is_set()


def test_while_somebody_matches_it_is_not_known_that_nobody_waits(floor: Floor, hands: Hands) -> None:
    ann = floor.add_agent("ann", presence="not_ready", reason="break")
    hands.nobody_waits()
    with hands.offers.turn():
        hands.carry(asks(floor, ann, "available"))
    assert hands.offers.take_wish(), "the matcher looks once more"


def test_who_finds_somebody_matching_leaves_it_to_the_matcher(floor: Floor, hands: Hands) -> None:
    floor.add_agent("ann")
    with hands.offers.turn():
        hands.carry(floor.arrival())
    assert hands.names == ["Play", "PushDeadman"]
    assert hands.offers.take_wish()
    hands.matcher.match()
    assert hands.names[2:] == ["Originate"]


def test_an_engine_that_may_offer_nothing_just_writes(floor: Floor, hands: Hands) -> None:
    floor.add_agent("ann")
    hands.offers.switch_ids = list
    hands.carry(floor.arrival())
    assert hands.session.round_trips == 2
    assert hands.offers.take_wish()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_advisory_xact_lock(hashtext('freeswitch_cc.match'))",
        "SELECT 1 FROM agent FOR UPDATE",
        "SELECT 1 FROM call FOR UPDATE",
        "SELECT 1 FROM eligibility FOR UPDATE",
    ],
    ids=["another engine matches", "the agent is locked", "who waits longest is locked", "his place in turn is locked"],
)
def test_a_worker_waits_for_nobody_and_the_matcher_does_it_then(
    floor: Floor, hands: Hands, db: Database, sql: str
) -> None:
    db.run("UPDATE queue SET strategy = 'round_robin'")
    floor.add_agent("ann")
    floor.arrive()
    with held(floor, sql):
        hands.carry(floor.arrival())
        assert hands.names == ["Play", "PushDeadman"]
        assert hands.offers.take_wish()
        assert hands.offers.is_waiting
    hands.matcher.match()
    assert hands.names[2:] == ["Originate"]


def test_a_tier_opens_in_time_for_whom_a_worker_found_nobody(floor: Floor, hands: Hands, db: Database) -> None:
    have_tiers(floor, 700)
    ann = add_to_tier(floor, "ann", 1, 700)
    hands.run()
    hands.dispatcher.put(floor.arrival())
    until(lambda: "Originate" in hands.names, "the tier has opened")
    waited_ms = db.value("SELECT waited_ms FROM match_log WHERE agent_id = %(id)s", id=ann)
    assert 700 <= waited_ms < 5_000


def test_a_caller_who_leaves_while_he_is_offered_has_his_leg_ended_after_it_was_asked_for(
    floor: Floor, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commits may be answered in any order; the switch must hear of the leg before it is told to end it."""
    floor.add_agent("ann")
    arrival = floor.arrival()
    first, second = hands.workers
    save_all, goes_on = hands.session.save_all, gevent.event.Event()

    def save_slowly(written: Any) -> None:
        save_all(written)
        goes_on.wait()

    monkeypatch.setattr(hands.session, "save_all", save_slowly)
    coming = gevent.spawn(first.carry, [arrival])
    until(lambda: floor.db.rows("SELECT 1 FROM leg WHERE command = 'originate'"), "the offer is committed")
    leaving = gevent.spawn(second.carry, [floor.hangup(arrival.call_id, arrival.leg_id)])
    until(lambda: floor.db.rows("SELECT 1 FROM leg WHERE command = 'kill'"), "so is the kill")
    assert no_more(lambda: Kill in map(type, hands.sent))
    goes_on.set()
    gevent.joinall([coming, leaving], timeout=LIMIT_S, raise_error=True)
    assert hands.names == ["Play", "PushDeadman", "Originate", "Kill"]
    assert hands.offers.being_told == {}


def test_another_worker_begins_while_this_one_still_offers(
    floor: Floor, hands: Hands, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.add_agent("ann")
    offered, goes_on = hands.workers[0]._deciding.offered, gevent.event.Event()
    at_it = []

    def slowly(*arguments: Any) -> Any:
        at_it.append(1)
        goes_on.wait()
        return offered(*arguments)

    for worker in hands.workers:
        monkeypatch.setattr(worker._deciding, "offered", slowly)
    monkeypatch.setattr("freeswitch_cc.engine.dispatcher.PATIENCE_S", 3600.0)
    hands.run()
    hands.dispatcher.put(floor.arrival())
    until(lambda: at_it, "one offers")
    hands.dispatcher.put(floor.arrival())
    until(lambda: db.value("SELECT count(*) FROM queue_visit") == 2, "the other one is written meanwhile")
    goes_on.set()


@pytest.mark.slow
def test_a_call_and_an_agent_that_come_at_the_same_moment_always_find_each_other_without_a_sweep(
    floor: Floor, hands: Hands, db: Database
) -> None:
    ann = floor.add_agent("ann", presence="not_ready", reason="break")
    hands.run()
    for number in range(ROUNDS):
        arrival = floor.arrival()
        pair: list[Work] = [arrival, asks(floor, ann, "available")]
        for event in pair if number % 2 else reversed(pair):
            hands.dispatcher.put(event)
            for _ in range(number % 7):
                gevent.sleep(0)  # let them begin: each round at another moment
        until(lambda: db.value(OPEN) == 1, f"he is offered, in round {number}")
        assert db.rows(LEFT_OVER, switches=[floor.switch_id]) == []
        leg_id = floor.agent_leg(arrival.call_id)
        hands.dispatcher.put(floor.hangup(arrival.call_id, arrival.leg_id))
        hands.dispatcher.put(floor.hangup(arrival.call_id, leg_id, "ORIGINATOR_CANCEL", is_answered=False))
        hands.dispatcher.put(asks(floor, ann, "not_ready"))
        until(lambda: floor.agent(ann)["presence"] == "not_ready", "he pauses")
        until(lambda: floor.agent(ann)["activity"] == "idle", "and is free")
    assert hands.failed == []
    assert db.value("SELECT count(*) FROM offer") == ROUNDS
