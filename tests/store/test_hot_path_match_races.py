"""Matchers and events at the same time: no second offer, nobody forgotten, nobody stuck."""

import random
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import gevent
import pytest

from freeswitch_cc.core import agent_events, events
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.floor import TIMEOUTS, Floor
from tests.store.test_hot_path_match_all import LEFT_OVER, may_retry_now

ROUNDS = 300
LIMIT_S = 90.0

TWO_AT_ONCE = """
    SELECT a.offer_id FROM offer a JOIN offer b ON a.offer_id <> b.offer_id
       AND (a.agent_id = b.agent_id OR a.visit_id = b.visit_id)
       AND a.made_at <= b.made_at AND b.made_at < coalesce(a.ended_at, 'infinity')
"""
AGENT_WITHOUT_OFFER = """
    SELECT a.login FROM agent a WHERE a.activity IN ('reserved', 'ringing')
       AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.agent_id = a.agent_id AND o.outcome IS NULL)
       AND NOT EXISTS (SELECT 1 FROM leg l WHERE l.agent_id = a.agent_id AND l.seen <> 'gone')
"""


class Worker:
    """What a worker and its matcher do, each with a session of its own."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.events, self.matching = Session(floor.db.url), Session(floor.db.url)

    def close(self) -> None:
        self.events.close()
        self.matching.close()

    def take(self, event: events.CallEvent | agent_events.AgentEvent) -> Decision:
        """An event, then, after its commit, match() if it says so, then the offers are told."""
        decision = self.floor.happen(event, session=self.events)
        if decision.wakes_matcher:
            self.match()
        return decision

    def match(self) -> None:
        switch_ids = [self.floor.switch_id]
        made = self.matching.transaction(lambda: self.matching.match(switch_ids, TIMEOUTS.offer_grace_ms))
        for offer_id, call_id in made.offers:
            self.take(events.OfferMade(call_id=call_id, offer_id=offer_id))
        if made.is_cut_off:
            self.match()

    def ask(self, agent_id: str, kind: str) -> None:
        request_id = str(uuid4())
        self.events.run(
            "INSERT INTO request (request_id, kind, agent_id, asked_by, idempotency_key)"
            " VALUES (%s, %s, %s, 'test', %s)",
            request_id,
            kind,
            agent_id,
            request_id,
        )
        self.take(agent_events.PresenceAsked(agent_id=agent_id, request_id=request_id, kind=kind, reason="break"))


@pytest.fixture
def workers(floor: Floor):  # type: ignore[no-untyped-def]
    made = [Worker(floor) for _ in range(3)]
    yield made
    for worker in made:
        worker.close()


def together(*work: Callable[[], object]) -> None:
    gevent.joinall([gevent.spawn(one) for one in work], timeout=LIMIT_S, raise_error=True)


@pytest.mark.slow
def test_a_call_and_an_agent_that_come_at_the_same_time_always_find_each_other(
    floor: Floor, workers: list[Worker], db: Database
) -> None:
    one, two, _ = workers
    ann = floor.add_agent("ann", presence="not_ready", reason="break")
    for number in range(ROUNDS):
        arrival = floor.arrival()
        sides = [lambda event=arrival: one.take(event), lambda: two.ask(ann, "available")]
        together(*(sides if number % 2 else reversed(sides)))
        assert db.rows(LEFT_OVER, switches=[floor.switch_id]) == [], f"round {number}"
        assert floor.agent(ann)["activity"] == "reserved", f"round {number}"
        one.take(floor.hangup(arrival.call_id, arrival.leg_id))
        leg_id = floor.agent_leg(arrival.call_id)
        one.take(floor.hangup(arrival.call_id, leg_id, "ORIGINATOR_CANCEL", is_answered=False))
        one.ask(ann, "not_ready")
    assert db.rows(TWO_AT_ONCE) == []


@pytest.mark.slow
def test_a_storm_of_events_and_matchers_makes_no_second_offer_and_forgets_nobody(
    floor: Floor, workers: list[Worker], db: Database
) -> None:
    floor.timeouts = replace(TIMEOUTS, refused_retry_ms=1)
    agents = [floor.add_agent(f"a{number}") for number in range(4)]
    calls: list[str] = []

    def storm(worker: Worker, seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(ROUNDS):
            what = dice.random()
            if what < 0.3 or not calls:
                arrival = floor.arrival()
                worker.take(arrival)
                calls.append(arrival.call_id)
            elif what < 0.5:
                call_id = calls.pop(dice.randrange(len(calls)))
                worker.take(floor.hangup(call_id, floor.customer(call_id)))
                _end_agent_legs(worker, call_id)
            elif what < 0.75:
                _end_agent_legs(worker, None)
            elif what < 0.9:
                worker.ask(dice.choice(agents), dice.choice(["available", "available", "available", "not_ready"]))
            else:
                worker.match()

    def _end_agent_legs(worker: Worker, call_id: str | None) -> None:
        """Of one call, or whoever's phone is asked to ring just now."""
        live = "SELECT call_id, leg_id FROM leg WHERE role = 'agent' AND seen <> 'gone'"
        for row in db.rows(live):
            if call_id in (None, row["call_id"]):
                worker.take(floor.hangup(row["call_id"], row["leg_id"], dice_cause(), is_answered=False))

    def dice_cause() -> str:
        return random.choice(["USER_BUSY", "CALL_REJECTED", "NO_ROUTE_DESTINATION"])

    together(*(lambda worker=worker, seed=seed: storm(worker, seed) for seed, worker in enumerate(workers)))
    may_retry_now(db)
    workers[0].match()
    assert db.rows(LEFT_OVER, switches=[floor.switch_id]) == []
    assert db.rows(TWO_AT_ONCE) == []
    assert db.rows(AGENT_WITHOUT_OFFER) == []
    assert db.value("SELECT count(*) FROM offer") > ROUNDS / 4


@pytest.mark.slow
def test_two_matchers_at_once_share_the_pairs_out(floor: Floor, workers: list[Worker], db: Database) -> None:
    for number in range(30):
        floor.add_agent(f"a{number}")
    for _ in range(30):
        floor.arrive()
    together(*(worker.match for worker in workers))
    assert db.value("SELECT count(DISTINCT agent_id) FROM offer") == 30
    assert db.value("SELECT count(DISTINCT visit_id) FROM offer") == 30
    assert db.value("SELECT count(*) FROM leg WHERE command = 'originate'") == 30


def test_with_an_offer_made_a_match_waits_for_no_lock_and_asks_to_be_called_again(floor: Floor, db: Database) -> None:
    """Whoever decides on several calls locks them in another order than the calls wait."""
    for login in ("ann", "bob"):
        floor.add_agent(login)
    first, second = floor.arrive(), floor.arrive()
    other = Session(db.url)
    other.view_call(second)
    made = floor.session.match([floor.switch_id], TIMEOUTS.offer_grace_ms)
    assert [call_id for _, call_id in made.offers] == [first]
    assert made.is_cut_off
    other.rollback()
    made = floor.session.match([floor.switch_id], TIMEOUTS.offer_grace_ms)
    assert [call_id for _, call_id in made.offers] == [second]
    assert not made.is_cut_off
    other.close()


def test_nor_does_it_pass_over_an_agent_whom_somebody_else_has_locked(floor: Floor, db: Database) -> None:
    ann, bob = floor.add_agent("ann", idle_s=90), floor.add_agent("bob", idle_s=60)
    floor.arrive()
    second = floor.arrive()
    other = Session(db.url)
    other.view_agent(bob)
    made = floor.session.match([floor.switch_id], TIMEOUTS.offer_grace_ms)
    assert db.value("SELECT agent_id FROM offer") == ann
    assert made.is_cut_off
    other.rollback()
    made = floor.session.match([floor.switch_id], TIMEOUTS.offer_grace_ms)
    assert [call_id for _, call_id in made.offers] == [second]
    other.close()


def test_whoever_waits_on_is_told_of(floor: Floor) -> None:
    floor.add_agent("ann")
    switch_ids = [floor.switch_id]
    assert not floor.session.match(switch_ids, 3000).is_waiting, "nobody is there"
    floor.arrive()
    assert not floor.session.match(switch_ids, 3000).is_waiting, "he is offered"
    floor.arrive()
    assert floor.session.match(switch_ids, 3000).is_waiting, "nobody is ready"
    assert floor.session.match(switch_ids, 3000).is_waiting


def test_a_match_makes_fifty_offers_and_asks_to_be_called_again(floor: Floor) -> None:
    for number in range(60):
        floor.add_agent(f"a{number}")
        floor.arrive()
    first = floor.session.match([floor.switch_id], 3000)
    then = floor.session.match([floor.switch_id], 3000)
    assert (len(first.offers), first.is_cut_off, len(then.offers), then.is_cut_off) == (50, True, 10, False)
