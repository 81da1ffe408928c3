"""Several calls in one transaction: as if each had been carried through alone, and a fault of one is nobody else's."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import gevent
import pytest

from freeswitch_cc.core.agent_events import AgentDeadlinePassed
from freeswitch_cc.core.commands import Play, PushDeadman
from freeswitch_cc.core.events import ControlAsked, LegRinging
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine import deciding
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.errors import EpochLost
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.engine.test_worker import Bench, bench
from tests.floor import LIMIT_S, Floor, until
from tests.store.test_overflow import limit

__all__ = ["bench"]

WAITING = "SELECT call_id, position FROM queue_visit WHERE outcome IS NULL ORDER BY position"


def carry(bench: Bench, *told: Work) -> None:
    """All of them at once, then what was given back."""
    for event in told:
        bench.dispatcher.put(event)
    while bench.dispatcher.depth:
        bench.worker.carry_all(dict(bench.dispatcher.next(16)))


def test_two_round_trips_carry_many_calls_through_and_their_commands_are_sent_in_order(
    floor: Floor, bench: Bench, db: Database
) -> None:
    arrivals = [floor.arrival() for _ in range(5)]
    carry(bench, *arrivals)
    assert bench.session.round_trips == 2
    assert [type(command) for command in bench.sent] == [Play, PushDeadman] * 5
    assert [row["call_id"] for row in db.rows(WAITING)] == [arrival.call_id for arrival in arrivals]
    assert [row["position"] for row in db.rows(WAITING)] == [1, 2, 3, 4, 5], "each behind who came before it"


def test_who_cannot_be_decided_on_takes_nobody_with_him(
    floor: Floor, bench: Bench, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad, fine = floor.arrival(), floor.arrival(), floor.arrival()
    decide = deciding.decide

    def faulty(view: Any, event: Any, *rest: Any) -> Decision:
        if event is bad:
            raise ZeroDivisionError("a fault of ours")
        return decide(view, event, *rest)

    monkeypatch.setattr(deciding, "decide", faulty)
    carry(bench, good, bad, fine)
    assert [(event, type(error)) for event, error in bench.failed] == [(bad, ZeroDivisionError)]
    assert [row["call_id"] for row in db.rows(WAITING)] == [good.call_id, fine.call_id]
    assert len(bench.sent) == 4, "and each was told once"


def test_whom_the_database_refuses_takes_nobody_with_him(floor: Floor, bench: Bench, db: Database) -> None:
    there = floor.arrive()
    good, bad = floor.arrival(), floor.arrival(leg_id=floor.customer(there))  # a leg belongs to one call for ever
    carry(bench, good, bad)
    assert [event for event, _ in bench.failed] == [bad]
    assert [row["call_id"] for row in db.rows(WAITING)] == [there, good.call_id]


def test_a_queue_with_one_place_takes_one_of_two_who_come_in_the_same_transaction(
    floor: Floor, bench: Bench, db: Database
) -> None:
    limit(floor, max_length=1)
    floor.add_agent("ann", presence="not_ready", reason="meal")
    carry(bench, floor.arrival(), floor.arrival())
    assert bench.failed == []
    assert db.value("SELECT count(*) FROM queue_visit WHERE outcome IS NULL") == 1
    assert db.value("SELECT count(*) FROM queue_visit WHERE left_reason = 'full'") == 1


def test_an_agent_whom_a_call_has_just_changed_is_decided_on_as_he_is_then(
    floor: Floor, bench: Bench, db: Database
) -> None:
    """As he was before, he talks, and nothing of his is due: his wrap-up would last for ever."""
    ann = floor.add_agent("ann", presence="available")
    call_id = floor.arrive()
    floor.match()
    floor.bridge(call_id)
    db.run("UPDATE queue SET wrap_up = 'timed', wrap_up_ms = 1")
    other = floor.arrival()
    bench.send = lambda command: until(
        lambda: db.value("SELECT due_at <= clock_timestamp() FROM agent"), "the wrap-up is over"
    )
    carry(bench, floor.hangup(call_id, floor.agent_leg(call_id)), AgentDeadlinePassed(agent_id=ann), other)
    assert bench.failed == []
    states = db.rows("SELECT activity FROM agent_state_log WHERE agent_id = %(a)s ORDER BY log_id", a=ann)
    assert [row["activity"] for row in states][-2:] == ["talking", "wrap_up"], "no state was left out"
    assert db.value("SELECT activity FROM agent") == "idle"
    assert db.value("SELECT count(*) FROM call WHERE call_id = %(c)s", c=other.call_id) == 1


def test_a_call_whose_agent_another_call_has_just_changed_is_decided_on_as_he_is_then(
    floor: Floor, bench: Bench, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He is rung for one call, and of the other one a leg of his is still there."""
    ann = floor.add_agent("ann")
    floor.add_agent("bob")
    floor.arrive(), floor.arrive()
    calls = [call_id for _, call_id in sorted(floor.match(), key=lambda made: made[0] != ann)]
    db.run("UPDATE leg SET agent_id = %(a)s WHERE leg_id = %(l)s", a=ann, l=floor.agent_leg(calls[1]))
    seen: list[tuple[str, str]] = []
    decide = deciding.decide

    def looking(view: Any, event: Any, *rest: Any) -> Decision:
        seen.append((event.call_id, view.agent(ann).activity))
        return decide(view, event, *rest)

    monkeypatch.setattr(deciding, "decide", looking)
    carry(
        bench,
        *(LegRinging(call_id=call_id, leg_id=floor.agent_leg(call_id), **floor.at()) for call_id in calls),
    )
    assert bench.failed == []
    assert seen == [(calls[0], "reserved"), (calls[1], "ringing")]


def test_an_answer_that_the_database_refuses_holds_up_nobody_who_goes_together(
    floor: Floor, bench: Bench, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    floor.bridge(call_id)
    request_id = str(uuid4())
    row = {"kind": "hold", "agent_id": ann, "asked_by": "test", "idempotency_key": request_id}
    floor.insert("request", request_id=request_id, **row, state="withdrawn", answered_at=datetime.now(UTC))
    together: list[int] = []
    save_all = bench.session.save_all

    def count(written: Any) -> None:
        together.append(len(written))
        save_all(written)

    monkeypatch.setattr(bench.session, "save_all", count)
    asked = ControlAsked(call_id=call_id, agent_id=ann, request_id=request_id, kind="hold")
    carry(bench, floor.arrival(), asked, floor.arrival())
    assert bench.failed == []
    assert together == [2, 1], "the two who came are saved at once, and nobody twice"
    assert [type(command) for command in bench.sent] == [Play, PushDeadman] * 2, "he who asked is not heard any more"


def test_who_must_not_be_commanded_is_told_of_and_the_others_who_need_no_command_go_on(
    floor: Floor, bench: Bench, db: Database
) -> None:
    ann = floor.add_agent("ann", presence="available")
    db.run("UPDATE queue SET wrap_up = 'timed', wrap_up_ms = 1")
    over = floor.arrive()
    floor.match()
    floor.bridge(over)
    floor.happen(floor.hangup(over, floor.customer(over)))
    floor.happen(floor.hangup(over, floor.agent_leg(over)))
    assert db.value("SELECT activity FROM agent") == "wrap_up"
    db.run("UPDATE agent SET due_at = clock_timestamp() - interval '1 s'")
    bench.epoch = None
    arrival = floor.arrival()
    carry(bench, arrival, AgentDeadlinePassed(agent_id=ann))
    assert [event for event, _ in bench.failed] == [arrival]
    assert (bench.sent, db.value("SELECT count(*) FROM call")) == ([], 1)
    assert db.value("SELECT activity FROM agent") == "idle"


def test_the_disk_is_waited_for_unless_the_switch_would_tell_all_of_it_again(
    floor: Floor, bench: Bench, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    run = bench.session._run

    def note(sql: str, arguments: tuple[Any, ...], *, statements: int) -> None:
        written.append(sql)
        run(sql, arguments, statements=statements)

    monkeypatch.setattr(bench.session, "_run", note)
    floor.add_agent("ann")
    first, second = floor.arrival(), floor.arrival()
    carry(bench, first, second)
    assert [sql.startswith("SET LOCAL synchronous_commit = off;") for sql in written] == [True]
    floor.match()
    carry(bench, floor.hangup(second.call_id, second.leg_id), floor.arrival())
    carry(bench, floor.hangup(first.call_id, floor.agent_leg(first.call_id), "NO_ANSWER", is_answered=False))
    carry(bench, floor.arrival("nowhere"))
    assert not any("synchronous_commit" in sql for sql in written[1:]), "an end is told once, so is a kill"
    assert len(written) == 4


def test_a_lock_that_somebody_holds_on_one_of_them_holds_up_no_other(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann", presence="available")
    call_id = floor.arrive()
    floor.match()
    floor.bridge(call_id)
    stranger = Session(db.url)
    stranger.view_agent(ann)
    benches = [Bench(db)]
    benches.append(Bench(db, benches[0].dispatcher))
    dispatcher = benches[0].dispatcher
    arrivals = [floor.arrival() for _ in range(3)]
    for event in (floor.hangup(call_id, floor.agent_leg(call_id)), *arrivals):
        dispatcher.put(event)
    dispatcher.stop()
    workers = [gevent.spawn(bench.worker.run) for bench in benches]
    until(lambda: len(db.rows(WAITING)) == 3, "the strangers wait in the queue")
    assert db.value("SELECT activity FROM agent") == "talking", "he is locked still"
    stranger.rollback()
    gevent.joinall(workers, timeout=LIMIT_S, raise_error=True)
    assert db.value("SELECT activity FROM agent") != "talking"
    assert [error for bench in benches for _, error in bench.failed] == []
    stranger.close()


def test_an_engine_that_lost_its_epoch_keeps_no_call_busy(floor: Floor, bench: Bench, db: Database) -> None:
    db.run("UPDATE switch SET epoch = 5")
    for _ in range(2):
        bench.dispatcher.put(floor.arrival())
    with pytest.raises(EpochLost):
        bench.worker.run()
    with pytest.raises(EpochLost):
        bench.worker.run()
    bench.dispatcher.stop()
    assert bench.dispatcher.next() == []
