"""One event through one worker: committed before anything is sent, and a fault stops nobody else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Command, Mark, Play, PushDeadman
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine import deciding
from freeswitch_cc.engine import worker as module
from freeswitch_cc.engine.dispatcher import Dispatcher, Work
from freeswitch_cc.engine.worker import Worker
from freeswitch_cc.errors import EpochLost, StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import ConnectionLost
from tests.database import Database
from tests.floor import LIMIT_S, TIMEOUTS, Floor, until
from tests.store.test_dial import asked, dialler


class Bench:
    """A worker with its hands recorded."""

    def __init__(self, db: Database, dispatcher: Dispatcher | None = None) -> None:
        self.sent: list[Command] = []
        self.decided: list[Decision] = []
        self.failed: list[tuple[Work, Exception]] = []
        self.epoch: int | None = 0
        self.stopping = Event()
        self.dispatcher = dispatcher or Dispatcher()
        self.send: Callable[[Command], None] = self.sent.append
        self.session = Session(db.url)
        self.worker = Worker(
            self.session,
            self.dispatcher,
            TIMEOUTS,
            tell=self._tell,
            epoch_of=lambda switch_id: self.epoch,
            on_failed=lambda event, error: self.failed.append((event, error)),
            stopping=self.stopping,
        )

    def _tell(self, decision: Decision) -> None:
        self.decided.append(decision)
        for command in decision.commands:
            self.send(command)


@pytest.fixture
def bench(db: Database) -> Iterator[Bench]:
    bench = Bench(db)
    yield bench
    bench.session.close()


def test_a_command_is_sent_only_after_its_commit(floor: Floor, bench: Bench, db: Database) -> None:
    floor.add_agent("ann")
    seen: list[dict[str, Any]] = []

    def look_then_record(command: Command) -> None:
        seen.extend(db.rows("SELECT command, command_id FROM leg WHERE command_id = %(id)s", id=command.command_id))
        bench.sent.append(command)

    bench.send = look_then_record
    call_id = floor.arrive()
    floor.match(tell=False)
    offer_id = db.value("SELECT offer_id FROM offer")
    bench.worker.handle(events.OfferMade(call_id=call_id, offer_id=offer_id))
    assert [type(command).__name__ for command in bench.sent] == ["Originate"]
    assert seen == [{"command": "originate", "command_id": bench.sent[0].command_id}]


def test_an_event_seen_twice_is_sent_once(floor: Floor, bench: Bench) -> None:
    arrival = floor.arrival()
    bench.worker.handle(arrival)
    bench.worker.handle(arrival)
    assert [type(command) for command in bench.sent] == [Play, PushDeadman]
    assert (bench.worker.handled, bench.worker.changed) == (2, 1)


def test_of_callers_to_whom_the_switch_gave_one_instant_the_first_is_served_first(
    floor: Floor, bench: Bench, db: Database
) -> None:
    """Its clock may stand still for some milliseconds, and nobody may overtake."""
    floor.add_agent("ann")
    now = datetime.now(UTC)
    callers = [floor.arrival(at=now) for _ in range(8)]
    for arrival in callers:
        bench.worker.handle(arrival)
    waiting = db.rows("SELECT call_id FROM queue_visit ORDER BY waiting_since, visit_id")
    assert [row["call_id"] for row in waiting] == [arrival.call_id for arrival in callers]
    floor.match(tell=False)
    assert db.value("SELECT call_id FROM offer") == callers[0].call_id


def test_what_a_dialplan_forgot_of_every_call_is_one_alarm_and_every_call_is_marked(
    floor: Floor, bench: Bench, db: Database
) -> None:
    for number in ("100", "100", "nowhere"):
        bench.worker.handle(floor.arrival(number, unmarked=("rdnis",)))
    assert db.value("SELECT count(*) FROM alarm WHERE kind = 'leg_without_marks'") == 1
    assert db.value("SELECT count(*) FROM alarm WHERE kind = 'no_entry_point'") == 1
    assert [type(command) for command in bench.sent].count(Mark) == 2, "the third is not kept"


def test_the_events_of_a_call_are_taken_in_their_order(floor: Floor, db: Database) -> None:
    dispatcher = Dispatcher()
    benches = [Bench(db, dispatcher) for _ in range(3)]
    arrivals = [floor.arrival() for _ in range(12)]
    for arrival in arrivals:
        dispatcher.put(arrival)
        dispatcher.put(events.SoundStarted(call_id=arrival.call_id, leg_id=arrival.leg_id, **floor.at()))
        dispatcher.put(floor.hangup(arrival.call_id, arrival.leg_id))
    assert dispatcher.depth == 36
    dispatcher.stop()
    gevent.joinall([gevent.spawn(one.worker.run) for one in benches], timeout=LIMIT_S, raise_error=True)
    assert db.rows("SELECT DISTINCT phase, outcome FROM call") == [{"phase": "ended", "outcome": "abandoned"}]
    assert db.value("SELECT count(*) FROM call") == 12
    assert sum(one.worker.changed for one in benches) == 36


def test_an_event_that_raises_does_not_stop_the_next(
    floor: Floor, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = floor.arrival(), floor.arrival()
    decide = deciding.decide

    def faulty(view: Any, event: Any, *rest: Any) -> Decision:
        if event is bad:
            raise ZeroDivisionError("a fault of ours")
        return decide(view, event, *rest)

    monkeypatch.setattr(deciding, "decide", faulty)
    bench.dispatcher.put(bad)
    bench.dispatcher.put(good)
    bench.dispatcher.stop()
    bench.worker.run()
    assert [(event, type(error)) for event, error in bench.failed] == [(bad, ZeroDivisionError)]
    assert floor.db.value("SELECT call_id FROM call") == good.call_id


def test_what_the_database_refuses_is_told_and_nothing_is_sent(floor: Floor, bench: Bench) -> None:
    call_id = floor.arrive()
    bench.worker.handle(floor.arrival(leg_id=floor.customer(call_id)))  # a leg belongs to one call for ever
    assert [type(error) for _, error in bench.failed] == [StoreFailed]
    assert bench.sent == []
    assert floor.db.value("SELECT call_id FROM call") == call_id


def test_an_engine_that_lost_its_epoch_stops_and_commands_nothing(floor: Floor, bench: Bench, db: Database) -> None:
    db.run("UPDATE switch SET epoch = 5")
    with pytest.raises(EpochLost):
        bench.worker.handle(floor.arrival())
    assert (bench.sent, bench.decided, bench.failed) == ([], [], [])
    assert db.rows("SELECT * FROM call") == []


def test_a_switch_that_is_not_ours_is_not_commanded(floor: Floor, bench: Bench, db: Database) -> None:
    bench.epoch = None
    bench.worker.handle(floor.arrival())
    assert len(bench.failed) == 1
    assert bench.sent == []
    assert db.rows("SELECT * FROM call") == []


def test_an_event_is_kept_while_the_database_is_away(
    floor: Floor, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = [True] * 3
    view_calls = bench.session.view_calls

    def view(*arguments: Any, **named: Any) -> Any:
        if away:
            away.pop()
            raise ConnectionLost("the database is not there")
        return view_calls(*arguments, **named)

    monkeypatch.setattr(bench.session, "view_calls", view)
    monkeypatch.setattr(module.random, "random", lambda: -0.98)
    bench.worker.handle(floor.arrival())
    assert floor.db.value("SELECT count(*) FROM call") == 1
    assert [type(command) for command in bench.sent] == [Play, PushDeadman]


def test_a_worker_that_waits_for_the_database_can_be_stopped(bench: Bench, floor: Floor) -> None:
    bench.session._url = "postgresql://nobody@127.0.0.1:1/center"
    waiting = gevent.spawn(bench.worker.handle, floor.arrival())
    bench.stopping.set()
    waiting.get(timeout=LIMIT_S)
    assert bench.worker.handled == 0


def test_a_connection_killed_under_a_worker_loses_no_event(floor: Floor, bench: Bench, db: Database) -> None:
    bench.session.rows("SELECT 1")
    greenlet = gevent.spawn(bench.worker.run)
    for _ in range(20):
        bench.dispatcher.put(floor.arrival())
        db.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'freeswitch-cc'"
            " AND datname = current_database() AND pid <> %(own)s",
            own=floor.session.rows("SELECT pg_backend_pid()")[0][0],
        )
    until(lambda: bench.worker.handled == 20, "all 20 events are handled")
    bench.dispatcher.stop()
    greenlet.get(timeout=LIMIT_S)
    assert db.value("SELECT count(*) FROM call") == 20
    assert bench.failed == []
    assert len({command.command_id for command in bench.sent}) == len(bench.sent)


def test_where_a_call_leads_is_told_by_its_caller_whoever_of_its_legs_is_found_first(
    floor: Floor, bench: Bench, db: Database
) -> None:
    """A database that was restored knows nothing of a call whose legs are both found on the switch."""
    arrival = floor.arrival()
    agents = replace(arrival, leg_id=str(uuid4()), is_inbound=False, role="agent", dialled="", caller_number="")
    bench.worker.carry([agents, replace(arrival, **floor.at())])
    assert db.one("SELECT phase, outcome FROM call") == {"phase": "queued", "outcome": None}
    assert [type(command) for command in bench.sent] == [Play, PushDeadman]


def test_a_dial_that_is_told_twice_shows_nothing_of_its_call_to_what_happens_then(
    floor: Floor, bench: Bench, db: Database
) -> None:
    """Its view is of who asks, not of the legs that are there."""
    event = asked(floor, dialler(floor, "ann"))
    bench.worker.handle(event)
    leg_id = str(db.value("SELECT leg_id FROM leg"))
    bench.sent.clear()
    parked = events.LegParked(
        call_id=event.call_id, leg_id=leg_id, role="agent", switch_id=floor.switch_id, **floor.at()
    )
    bench.worker.carry([event, parked])
    assert "Kill" not in [type(command).__name__ for command in bench.sent]
    assert db.value("SELECT seen FROM leg WHERE leg_id = %(id)s", id=leg_id) == "parked"
