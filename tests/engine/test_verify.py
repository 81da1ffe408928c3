"""Looking where the legs of a call are, apart from the workers."""

from collections.abc import Iterator
from datetime import UTC, datetime

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.core.events import CallVerified, Sight
from freeswitch_cc.engine.verify import Verifier
from freeswitch_cc.errors import SwitchUnreachable
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.engine.fakes import Recorder
from tests.floor import LIMIT_S, Floor, until


class Looker:
    """A verifier whose switch the test answers for."""

    def __init__(self, db: Database) -> None:
        self.recorder = Recorder()
        self.asked: list[tuple[str, str]] = []
        self.may_answer = Event()
        self.may_answer.set()
        self.fails = 0
        self.seen = "parked"
        self.verifier = Verifier(dump=self.dump, deliver=self.recorder.events.append)
        self.greenlet = gevent.spawn(self.verifier.run, Session(db.url))

    def dump(self, switch_id: str, leg_id: str) -> Sight:
        self.asked.append((switch_id, leg_id))
        self.may_answer.wait(timeout=LIMIT_S)
        if self.fails:
            self.fails -= 1
            raise SwitchUnreachable("nobody answers")
        return Sight(leg_id=leg_id, seen=self.seen, at=datetime.now(UTC) if self.seen != "gone" else None)


@pytest.fixture
def looker(floor: Floor, db: Database) -> Iterator[Looker]:
    looker = Looker(db)
    yield looker
    looker.verifier.stop(1)
    looker.greenlet.get(timeout=LIMIT_S)


def test_every_live_leg_is_looked_up_and_told_in_one_event(floor: Floor, looker: Looker) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    looker.verifier.verify(call_id)
    until(lambda: looker.recorder.events, "the look is told")
    (event,) = looker.recorder.events
    assert isinstance(event, CallVerified)
    legs = {floor.customer(call_id), floor.agent_leg(call_id)}
    assert {sight.leg_id for sight in event.sights} == legs
    assert set(looker.asked) == {(floor.switch_id, leg_id) for leg_id in legs}


def test_a_leg_that_is_not_there_is_told_with_what_was_known_of_it_before_the_question(
    floor: Floor, looker: Looker
) -> None:
    """It may be made, and heard of, between the question and its answer."""
    call_id = floor.arrive()
    (known_seq,) = (row["seen_seq"] for row in floor.db.rows("SELECT seen_seq FROM leg"))
    looker.seen = "gone"
    looker.verifier.verify(call_id)
    until(lambda: looker.recorder.events, "the look is told")
    (event,) = looker.recorder.events
    assert isinstance(event, CallVerified)
    assert [sight.known_seq for sight in event.sights] == [known_seq]
    assert known_seq > 0


def test_legs_that_are_gone_are_not_asked_for(floor: Floor, looker: Looker) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    floor.refuse(call_id)
    looker.verifier.verify(call_id)
    until(lambda: looker.recorder.events, "the look is told")
    assert looker.asked == [(floor.switch_id, floor.customer(call_id))]


def test_a_call_that_waits_to_be_looked_up_is_not_put_in_line_again(floor: Floor, looker: Looker) -> None:
    first, second = floor.arrive(), floor.arrive()
    looker.may_answer.clear()
    looker.verifier.verify(first)
    until(lambda: looker.asked, "the first look has begun")
    for _ in range(5):
        looker.verifier.verify(second)
    looker.verifier.verify(first)  # what is being looked at may have changed since: it is looked at again
    looker.may_answer.set()
    until(lambda: len(looker.recorder.events) == 3, "all looks are told")
    assert looker.recorder.verified() == [first, second, first]


def test_a_switch_that_cannot_be_asked_changes_nothing_and_the_next_look_works(floor: Floor, looker: Looker) -> None:
    first, second = floor.arrive(), floor.arrive()
    looker.fails = 1
    looker.verifier.verify(first)
    looker.verifier.verify(second)
    until(lambda: looker.recorder.events, "the second look is told")
    assert looker.recorder.verified() == [second]
