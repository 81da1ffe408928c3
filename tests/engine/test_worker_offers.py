"""Whoever writes that a call waits, or that an agent is free, matches at once: no other greenlet, no second look."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import gevent
import gevent.event
import pytest

from freeswitch_cc.core.agent_events import PresenceAsked
from freeswitch_cc.core.commands import Command, Kill, Originate, Play, PushDeadman
from freeswitch_cc.core.events import OfferMade
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine import deciding as deciding_module
from freeswitch_cc.engine.deciding import Deciding
from freeswitch_cc.engine.dispatcher import Dispatcher, Work
from freeswitch_cc.engine.matcher import Matcher
from freeswitch_cc.engine.offers import Offers
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.engine.worker import Worker
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import ConnectionLost
from tests.database import Database
from tests.engine.fakes import no_more
from tests.floor import LIMIT_S, TIMEOUTS, Floor, until
from tests.store.test_hot_path_match_all import LEFT_OVER
from tests.store.tiers import add_to_tier, have_tiers

ROUNDS = 150
OPEN = "SELECT count(*) FROM offer WHERE outcome IS NULL"
BROKEN_MATCH = "BEGIN; SELECT 1 / 0, %s::text, %s, %s"


class Hands:
    """A dispatcher, workers and a matcher that never sweeps; what they send is recorded."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.sent: list[Command] = []
        self.failed: list[Work] = []
        self.dispatcher = Dispatcher()
        self.offers = Offers(
            switch_ids=lambda: [floor.switch_id],
            deliver=self.dispatcher.put,
            tell=self._tell,
            hurry=self.dispatcher.hurry,
            offer_grace_ms=3000,
        )
        matching = Session(floor.db.url)
        self.deciding = Deciding(matching, TIMEOUTS, epoch_of=lambda switch_id: 0, seldom=Seldom())
        self.matcher = Matcher(matching, deciding=self.deciding, offers=self.offers, sweep_ms=3_600_000)
        self.sessions = [Session(floor.db.url) for _ in range(2)]
        self.workers = [self._worker(session) for session in self.sessions]
        self.session = self.sessions[0]
        self._greenlets: list[Any] = []

    def _worker(self, session: Session) -> Worker:
        return Worker(
            session,
            self.dispatcher,
            TIMEOUTS,
            tell=self._tell_in_turn,
            epoch_of=lambda switch_id: 0,
            on_failed=lambda event, error: self.failed.append(event),
            stopping=gevent.event.Event(),
            offers=self.offers,
        )

    def _tell_in_turn(self, decision: Decision) -> None:
        self.offers.wait_until_told(decision)
        self._tell(decision)

    def _tell(self, decision: Decision) -> None:
        self.sent += decision.commands

    @property
    def names(self) -> list[str]:
        return [type(command).__name__ for command in self.sent]

    def nobody_waits(self) -> None:
        """As after a match that found it so."""
        self.matcher.match()
        assert not self.offers.is_waiting

    def carry(self, *events: Work) -> None:
        for event in events:
            self.dispatcher.put(event)
        while self.dispatcher.depth:
            self.workers[0].carry_all(dict(self.dispatcher.next(16)))

    def run(self) -> None:
        self._greenlets += [gevent.spawn(worker.run) for worker in self.workers]
        self._greenlets.append(gevent.spawn(self.matcher.run))

    def close(self) -> None:
        self.matcher.stop()
        self.dispatcher.stop()
        gevent.joinall(self._greenlets, timeout=LIMIT_S, raise_error=True)
        for session in self.sessions:
            session.close()


@pytest.fixture
def hands(floor: Floor) -> Iterator[Hands]:
    hands = Hands(floor)
    yield hands
    hands.close()
    hands.matcher._session.close()


def asks(floor: Floor, agent_id: str, kind: str) -> PresenceAsked:
    request_id = str(uuid4())
    floor.insert(
        "request", request_id=request_id, kind=kind, agent_id=agent_id, asked_by="test", idempotency_key=request_id
    )
    return PresenceAsked(agent_id=agent_id, request_id=request_id, kind=kind, reason="break")


@contextmanager
def held(floor: Floor, sql: str, **arguments: Any) -> Iterator[None]:
    """Somebody else's transaction, open meanwhile."""
    other = Session(floor.db.url)
    other.run("BEGIN")
    other.rows(sql, *arguments.values())
    try:
        yield
    finally:
        other.rollback()
        other.close()


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
    ],
    ids=["another engine matches", "the agent is locked", "who waits longest is locked"],
)
def test_a_worker_waits_for_nobody_and_the_matcher_does_it_then(floor: Floor, hands: Hands, sql: str) -> None:
    floor.add_agent("ann")
    floor.arrive()
    with held(floor, sql):
        hands.carry(floor.arrival())
        assert hands.names == ["Play", "PushDeadman"]
        assert hands.offers.take_wish()
        assert hands.offers.is_waiting
    hands.matcher.match()
    assert hands.names[2:] == ["Originate"]


def test_what_was_saved_stays_when_the_match_behind_it_fails(
    floor: Floor, hands: Hands, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.add_agent("ann")
    arrival = floor.arrival()
    monkeypatch.setattr("freeswitch_cc.store.db.MATCH_AND_VIEW", BROKEN_MATCH)
    hands.carry(arrival)
    assert hands.failed == []
    assert hands.names == ["Play", "PushDeadman"], "sent once"
    assert db.value("SELECT call_id FROM queue_visit") == arrival.call_id
    assert hands.offers.take_wish(), "the matcher tries, and tells when it fails too"
    hands.carry(floor.hangup(arrival.call_id, arrival.leg_id))
    assert db.value("SELECT outcome FROM queue_visit") == "abandoned", "the session is as good as it was"


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
