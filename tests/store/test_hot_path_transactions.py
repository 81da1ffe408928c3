"""Transactions that lose: a race, their connection, the reply to a COMMIT, or the right to command."""

from uuid import uuid4

import gevent
import psycopg2
import pytest
from gevent.event import Event

from freeswitch_cc.core import agent_events, events
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.errors import EpochLost, StoreFailed
from freeswitch_cc.store import db as hot_path
from freeswitch_cc.store import postgres
from freeswitch_cc.store.db import ATTEMPTS, Session
from freeswitch_cc.store.postgres import ConnectionLost, LostRace
from tests.database import Database
from tests.floor import LIMIT_S, Floor, take

ROWS = """
    SELECT (SELECT count(*) FROM call) AS calls, (SELECT count(*) FROM leg) AS legs,
           (SELECT count(*) FROM call_log) AS log
"""


def kill(db: Database, session: Session) -> None:
    """The server ends this session's connection, in the middle of whatever it does."""
    pid = session._connection.get_backend_pid()  # type: ignore[union-attr]
    db.run("SELECT pg_terminate_backend(%(pid)s, 5000)", pid=pid)


# -- the epoch -----------------------------------------------------------------------------------


def test_who_lost_the_switch_commands_nothing_and_writes_nothing(floor: Floor, db: Database) -> None:
    before = db.one(ROWS)
    db.run("UPDATE switch SET epoch = 7")
    with pytest.raises(EpochLost, match="another engine owns one of the switches"):
        floor.happen(floor.arrival(), epoch=6)
    assert db.one(ROWS) == before
    assert not floor.happen(floor.arrival(), epoch=7).changes_nothing, "the session is usable, and the owner may"


def test_what_commands_nobody_needs_no_epoch(floor: Floor, db: Database) -> None:
    call_id = floor.arrive()
    floor.add_agent("ann")
    floor.match()
    db.run("UPDATE switch SET epoch = 7")
    ringing = events.LegRinging(call_id=call_id, leg_id=floor.agent_leg(call_id), **floor.at())
    assert not floor.happen(ringing, epoch=6).commands
    assert db.value("SELECT activity FROM agent") == "ringing"


def test_a_take_over_waits_for_the_command_that_is_being_committed(floor: Floor, other: Session) -> None:
    event = floor.arrival()
    floor.session.view_call(event.call_id, "100")
    floor.session.run("SELECT 1 FROM switch WHERE epoch = 0 FOR SHARE")  # as fcc_save does
    raising = gevent.spawn(other.rows, "UPDATE switch SET epoch = epoch + 1 RETURNING epoch")
    assert not raising.ready()
    floor.session.run("COMMIT")
    assert raising.get(timeout=LIMIT_S) == [(1,)]


# -- lost races ----------------------------------------------------------------------------------


def test_of_two_sessions_in_a_deadlock_one_is_run_again_and_both_end_right(floor: Floor, other: Session) -> None:
    ann, bob = floor.add_agent("ann", misses=0), floor.add_agent("bob", misses=0)
    has_one = {floor.session: Event(), other: Event()}
    has_both = {floor.session: Event(), other: Event()}
    attempts: list[Session] = []

    def both(session: Session, partner: Session, first: str, second: str) -> None:
        if session in attempts:  # at once it might be first at the row again, and be broken off once more
            assert has_both[partner].wait(timeout=LIMIT_S), "the one that was not broken off ends"
        attempts.append(session)
        session.run("BEGIN")
        session.run("UPDATE agent SET misses = misses + 1 WHERE agent_id = %s", first)
        has_one[session].set()
        assert has_one[partner].wait(timeout=LIMIT_S), "each waits for what the other has"
        session.run("UPDATE agent SET misses = misses + 1 WHERE agent_id = %s", second)
        session.run("COMMIT")
        has_both[session].set()

    one = gevent.spawn(floor.session.transaction, lambda: both(floor.session, other, ann, bob))
    two = gevent.spawn(other.transaction, lambda: both(other, floor.session, bob, ann))
    gevent.joinall([one, two], timeout=LIMIT_S, raise_error=True)
    assert [floor.agent(agent_id)["misses"] for agent_id in (ann, bob)] == [2, 2]
    assert len(attempts) == 3, "one of the two was run again"


def test_a_serialization_failure_is_run_again(floor: Floor, other: Session) -> None:
    floor.add_agent("ann")
    rounds: list[int] = []

    def count() -> None:
        rounds.append(1)
        floor.session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
        floor.session.rows("SELECT misses FROM agent")
        if len(rounds) == 1:
            other.run("UPDATE agent SET misses = misses + 1")
        floor.session.run("UPDATE agent SET misses = misses + 1")
        floor.session.run("COMMIT")

    floor.session.transaction(count)
    assert (len(rounds), floor.db.value("SELECT misses FROM agent")) == (2, 2)


def test_who_loses_every_race_is_told_so(floor: Floor) -> None:
    rounds: list[int] = []

    def lose() -> None:
        rounds.append(1)
        floor.session.run("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$")

    with pytest.raises(StoreFailed, match=f"lost its race {ATTEMPTS} times"):
        floor.session.transaction(lose)
    assert len(rounds) == ATTEMPTS


def test_two_events_of_one_call_wait_for_each_other(floor: Floor, other: Session) -> None:
    call_id = floor.arrive()
    floor.session.view_call(call_id)
    second = gevent.spawn(other.view_call, call_id)
    gevent.spawn(floor.db.run, "SELECT 1").get(timeout=LIMIT_S)
    assert not second.ready()
    floor.session.rollback()
    assert second.get(timeout=LIMIT_S)[1].call is not None
    other.rollback()


# -- lost connections ----------------------------------------------------------------------------


def test_a_connection_killed_before_the_save_is_made_again_and_nothing_is_half_written(
    floor: Floor, db: Database
) -> None:
    event, root, rounds = floor.arrival(), uuid4(), []

    def once_killed() -> Decision:
        rounds.append(1)
        now, view = floor.session.view_call(event.call_id, event.dialled)
        assert view.call is None
        if len(rounds) == 1:
            floor.session.run(
                "INSERT INTO call_log (call_id, at, event, because) VALUES (%s, %s, '', '')", event.call_id, now
            )
            kill(db, floor.session)
        floor.session.rollback() if len(rounds) > 1 else floor.session.run("COMMIT")
        return take(floor.session, event, root, 0)

    decision = floor.session.transaction(once_killed)
    assert decision.call is not None
    assert len(rounds) == 2
    assert db.one(ROWS) == {"calls": 1, "legs": 1, "log": 1}


@pytest.mark.parametrize("moment", ["idle", "in a transaction", "in a statement"])
def test_a_connection_that_dies_is_named_as_that_and_the_next_statement_has_a_new_one(
    moment: str, floor: Floor, db: Database
) -> None:
    session = floor.session
    session.rows("SELECT 1")
    if moment == "in a transaction":
        session.view_call(str(uuid4()))
    if moment == "in a statement":
        pid = session._connection.get_backend_pid()  # type: ignore[union-attr]
        asleep = gevent.spawn(session.rows, "SELECT pg_sleep(60)")
        gevent.idle()
        db.run("SELECT pg_terminate_backend(%(pid)s, 5000)", pid=pid)
        with pytest.raises(ConnectionLost):
            asleep.get(timeout=LIMIT_S)
    else:
        kill(db, session)
        with pytest.raises(ConnectionLost):
            session.rows("SELECT 1")
    assert session.rows("SELECT 2") == [(2,)]
    assert session.view_call(str(uuid4()), "100")[1].entry is not None, "and it is prepared"
    session.rollback()


def test_a_commit_whose_reply_was_lost_is_decided_again_and_changes_nothing_more(floor: Floor, db: Database) -> None:
    """Whatever it commanded is not sent: it is in flight, and its due time will look."""
    event, root, rounds = floor.arrival(), uuid4(), []

    def commit_and_lose_the_reply() -> Decision:
        rounds.append(1)
        decision = take(floor.session, event, root, 0)
        if len(rounds) == 1:
            raise ConnectionLost("the reply to COMMIT never came")
        return decision

    assert floor.session.transaction(commit_and_lose_the_reply).changes_nothing
    assert db.one(ROWS) == {"calls": 1, "legs": 1, "log": 1}
    assert db.value("SELECT sound_due_at IS NOT NULL FROM leg")


def test_a_database_that_is_not_there_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionLost):
        Session("postgresql://nobody@127.0.0.1:1/center").rows("SELECT 1")


def test_a_session_that_could_not_be_prepared_is_not_kept(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    session = Session(db.url)
    with monkeypatch.context() as patched:
        patched.setattr(hot_path, "PREPARED", ("PREPARE nothing AS SELECT * FROM not_there_yet",))
        with pytest.raises(StoreFailed, match="not_there_yet"):
            session.view_call(str(uuid4()))
    assert session.view_call(str(uuid4()), "100")[1].entry is not None
    session.close()


# -- everything else -----------------------------------------------------------------------------


def test_a_fault_of_ours_leaves_no_transaction_behind(floor: Floor, other: Session) -> None:
    call_id = floor.arrive()

    def fail() -> None:
        floor.session.view_call(call_id)
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        floor.session.transaction(fail)
    assert other.view_call(call_id)[1].call is not None, "the call is not locked"
    other.rollback()


def test_a_greenlet_killed_in_mid_statement_leaves_a_session_that_works(floor: Floor) -> None:
    waiting = gevent.spawn(floor.session.transaction, lambda: floor.session.rows("SELECT pg_sleep(60)"))
    gevent.idle()
    waiting.kill(timeout=LIMIT_S)
    assert floor.session.rows("SELECT 1") == [(1,)]


def test_what_the_database_refuses_is_no_lost_race(floor: Floor) -> None:
    floor.arrive()
    other_leg = "jsonb_populate_record(l, jsonb_build_object('leg_id', gen_random_uuid()))"
    with pytest.raises(StoreFailed, match="one_live_customer_per_call") as caught:
        floor.session.run(f"INSERT INTO leg SELECT ({other_leg}).* FROM leg l")
    assert not isinstance(caught.value, LostRace | ConnectionLost)


def test_what_psycopg2_says_of_a_deadlock_is_a_lost_race() -> None:
    assert isinstance(postgres.translate(psycopg2.OperationalError("gone")), ConnectionLost)
    assert not isinstance(postgres.translate(psycopg2.ProgrammingError("wrong")), ConnectionLost | LostRace)


def test_an_answered_request_is_not_carried_out_again(floor: Floor, db: Database) -> None:
    """Two engines may take one request (the first seemed dead): only one of them changes the agent."""
    agent_id = floor.add_agent("ann", presence="offline")
    floor.insert("request", kind="login", asked_by="test", idempotency_key="k")
    request_id = db.value("SELECT request_id FROM request")
    asked = agent_events.PresenceAsked(agent_id=agent_id, request_id=request_id, kind="login")
    floor.happen(asked)
    db.run("UPDATE agent SET presence = 'offline', reason = NULL")
    floor.happen(asked)
    assert floor.agent(agent_id)["presence"] == "offline"
    assert db.value("SELECT state FROM request") == "done"


def test_a_withdrawn_request_is_not_carried_out(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann", presence="offline")
    floor.insert(
        "request", kind="login", asked_by="test", idempotency_key="k", state="withdrawn", answered_at=floor.at()["at"]
    )
    request_id = db.value("SELECT request_id FROM request")
    floor.happen(agent_events.PresenceAsked(agent_id=agent_id, request_id=request_id, kind="login"))
    assert floor.agent(agent_id)["presence"] == "offline"
    assert db.value("SELECT state FROM request") == "withdrawn"
