"""Several events in one transaction: the same is written as by one after the other, whatever comes in which order."""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from gevent.event import Event

from freeswitch_cc.core import batch, events
from freeswitch_cc.core.decide import decide
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine.dispatcher import Dispatcher
from freeswitch_cc.engine.worker import Worker
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.floor import TIMEOUTS, Floor

SEEDS = range(12)
STEPS = 25


class Life:
    """One caller and one agent, to whom anything may happen. The same draws give the same events, of other legs."""

    def __init__(self, floor: Floor, login: str, seed: int) -> None:
        self.floor = floor
        self.queue_id = floor.add_queue(login, wrap_up="timed", wrap_up_ms=60_000)
        floor.add_entry(login, self.queue_id)
        self.agent_id = floor.add_agent(login, self.queue_id)
        self.login = login
        self._legs: set[str] = set()
        self.draw = random.Random(seed)
        self.arrival = floor.arrival(login)
        self.call_id = self.arrival.call_id

    def event(self) -> events.CallEvent:
        customer, agent = self.arrival.leg_id, self._agent_leg()
        either = self.draw.choice((customer, agent))
        both = {"leg_id": agent, "other_leg_id": customer}
        made: list[Callable[[], events.CallEvent]] = [
            lambda: self._fact(events.SoundStarted, leg_id=customer),
            lambda: self._fact(events.LegRinging, leg_id=agent),
            lambda: self._fact(events.LegParked, leg_id=either, role="agent" if either == agent else "customer"),
            lambda: self._fact(events.LegsBridged, **both),
            lambda: self._fact(events.LegsUnbridged, **both),
            lambda: self._fact(events.LegHeld, leg_id=either),
            lambda: self._fact(events.LegUnheld, leg_id=either),
            lambda: self._sights((customer, "parked"), (agent, "with")),
            lambda: self._sights((agent, "gone")),
            lambda: self._fact(
                events.LegHungUp, leg_id=agent, cause=self.draw.choice(("NO_ANSWER", "NORMAL_CLEARING"))
            ),
            lambda: self._fact(events.LegHungUp, leg_id=customer, cause="NORMAL_CLEARING"),
        ]
        weights = (2, 3, 4, 4, 2, 1, 1, 1, 0.3, 0.6, 0.4)
        return self.draw.choices(made, weights)[0]()

    def offered(self) -> events.CallEvent | None:
        self.floor.match(tell=False)
        sql = "SELECT offer_id FROM offer WHERE call_id = %(id)s AND outcome IS NULL"
        rows = self.floor.db.rows(sql, id=self.call_id)
        return events.OfferMade(call_id=self.call_id, offer_id=rows[0]["offer_id"]) if rows else None

    def written(self) -> dict[str, list[tuple[Any, ...]]]:
        """What of this life is in the database, without ids and times."""
        of_call = {
            "segment": "SELECT leg_id, string_agg(kind, ', ' ORDER BY segment_id) AS kinds FROM segment"
            " WHERE call_id = %(id)s GROUP BY leg_id",
            "leg": "SELECT leg_id, want, seen, command, sound, segment, hangup_cause, is_holding FROM leg"
            " WHERE call_id = %(id)s ORDER BY role, seen_at",
            "visit": "SELECT entry_reason, outcome FROM queue_visit WHERE call_id = %(id)s ORDER BY entered_at",
            "offer": "SELECT outcome, cause FROM offer WHERE call_id = %(id)s ORDER BY made_at",
            "call": "SELECT phase, outcome FROM call WHERE call_id = %(id)s",
            "log": "SELECT event, because, commands FROM call_log WHERE call_id = %(id)s ORDER BY log_id",
            "alarm": "SELECT kind, details FROM alarm WHERE call_id = %(id)s ORDER BY alarm_id",
        }
        of_agent = {
            "agent_log": "SELECT presence, reason, activity FROM agent_state_log"
            " WHERE agent_id = %(id)s ORDER BY log_id",
            "day": "SELECT calls FROM agent_day WHERE agent_id = %(id)s",
        }
        rows = self.floor.db.rows
        found = {name: rows(sql, id=self.call_id) for name, sql in of_call.items()}
        found |= {name: rows(sql, id=self.agent_id) for name, sql in of_agent.items()}
        told = {name: [tuple(map(self._told, row.values())) for row in each] for name, each in found.items()}
        return told | {"segment": sorted(told["segment"])}

    def _told(self, value: Any) -> Any:
        if value == self.arrival.leg_id:
            return "customer"
        if isinstance(value, str):
            return "agent" if value in self._legs else value.replace(self.login, "agent")
        return value

    def _agent_leg(self) -> str:
        legs = self.floor.db.rows(
            "SELECT leg_id FROM offer WHERE call_id = %(id)s ORDER BY made_at DESC LIMIT 1", id=self.call_id
        )
        leg_id = str(legs[0]["leg_id"]) if legs else str(uuid4())
        self._legs.add(leg_id)
        return leg_id

    def _fact(self, kind: type[events.LegFact], **fields: Any) -> events.CallEvent:
        if kind is events.LegParked:
            fields["switch_id"] = self.floor.switch_id
        return kind(call_id=self.call_id, **fields, **self.floor.at())

    def _sights(self, *seen: tuple[str, str]) -> events.CallEvent:
        other = {"with": self.arrival.leg_id}
        at = self.floor.at()
        return events.CallVerified(
            call_id=self.call_id,
            sights=tuple(
                events.Sight(leg_id=leg_id, seen=word, other_leg_id=other.get(word), **at) for leg_id, word in seen
            ),
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_known_after_a_decision_is_what_the_database_says_after_its_save(seed: int, floor: Floor) -> None:
    life = Life(floor, f"a{seed}", seed)
    session = floor.session
    expected = None
    happening: list[events.CallEvent] = [life.arrival]
    for _ in range(STEPS):
        event = happening.pop() if happening else life.event()
        now, view = session.view_call(event.call_id, life.arrival.dialled, "")
        if expected is not None:
            assert view == expected
        decision = decide(view, event, now, uuid4(), TIMEOUTS)
        if decision.changes_nothing:
            session.rollback()
        else:
            session.save(decision, event="x", call_id=life.call_id, now=now, epoch=0)
        expected = batch.after(view, decision)
        assert batch.after(expected, decision) == expected
        offered = life.offered() if life.draw.random() < 0.3 else None
        if offered is not None:
            happening, expected = [offered], None
    assert floor.db.value("SELECT count(*) FROM call_log WHERE call_id = %(id)s", id=life.call_id) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_events_that_are_carried_through_together_leave_the_same_behind(seed: int, floor: Floor, db: Database) -> None:
    """Also every step between: each segment, each state of the agent, each line of the log."""
    together, one_by_one = Life(floor, f"b{seed}", seed), Life(floor, f"c{seed}", seed)
    worker, commands = worker_on(db)
    sizes = random.Random(-seed)
    worker.carry([together.arrival])
    worker.carry([one_by_one.arrival])
    for _ in range(6):
        count = sizes.randint(1, 6)
        worker.carry([*filter(None, [together.offered()]), *(together.event() for _ in range(count))])
        for event in [*filter(None, [one_by_one.offered()]), *(one_by_one.event() for _ in range(count))]:
            worker.carry([event])
    assert together.written() == one_by_one.written()
    assert commands[together.call_id] == commands[one_by_one.call_id]


@pytest.mark.parametrize("seed", SEEDS)
def test_events_of_several_calls_that_are_carried_through_together_leave_the_same_behind(
    seed: int, floor: Floor, db: Database
) -> None:
    together = [Life(floor, f"{name}b{seed}", seed + n) for n, name in enumerate("xyz")]
    one_by_one = [Life(floor, f"{name}c{seed}", seed + n) for n, name in enumerate("xyz")]
    worker, commands = worker_on(db)
    sizes = random.Random(-seed)
    _carry_together(worker, [life.arrival for life in together])
    for life in one_by_one:
        worker.carry([life.arrival])
    for _ in range(6):
        counts = [sizes.randint(0, 3) for _ in together]
        _carry_together(worker, [event for _, told in _happening(together, counts) for event in told])
        for _, told in _happening(one_by_one, counts):
            for event in told:
                worker.carry([event])
    assert [life.written() for life in together] == [life.written() for life in one_by_one]
    assert [commands[life.call_id] for life in together] == [commands[life.call_id] for life in one_by_one]


def _happening(lives: list[Life], counts: list[int]) -> list[tuple[Life, list[events.CallEvent]]]:
    return [
        (life, [*filter(None, [life.offered()]), *(life.event() for _ in range(count))])
        for life, count in zip(lives, counts, strict=True)
    ]


def _carry_together(worker: Worker, told: list[events.CallEvent]) -> None:
    """All at once, then what was given back."""
    for event in told:
        worker._dispatcher.put(event)
    while worker._dispatcher.depth:
        worker.carry_all(dict(worker._dispatcher.next(16)))


def worker_on(db: Database) -> tuple[Worker, dict[str, list[str]]]:
    """A worker, and by call the commands that it sent."""
    commands: dict[str, list[str]] = defaultdict(list)

    def tell(decision: Decision) -> None:
        for command in decision.commands:
            commands[command.call_id].append(type(command).__name__)

    worker = Worker(
        Session(db.url),
        Dispatcher(),
        TIMEOUTS,
        tell=tell,
        epoch_of=lambda _: 0,
        on_failed=lambda event, error: pytest.fail(f"{event}: {error}"),
        stopping=Event(),
    )
    return worker, commands


def test_two_steps_of_one_record_are_two_transactions(floor: Floor) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.answer(call_id)
    now, view = floor.session.view_call(call_id)
    floor.session.rollback()
    bridged = decide(view, floor.bridged(call_id, leg_id), now, uuid4(), TIMEOUTS)
    then = batch.after(view, bridged)
    assert batch.fits(view, bridged, decide(then, floor.bridged(call_id, leg_id), now, uuid4(), TIMEOUTS))
    hung_up = decide(then, floor.hangup(call_id, leg_id), now, uuid4(), TIMEOUTS)
    assert not batch.fits(view, bridged, hung_up), "his talk would stand nowhere"
    assert batch.fits(then, replace(bridged, legs=(), agents=(), visits=()), hung_up)
