"""Servers that are silent, slow, or may not be written to: nobody waits for ever, and nothing is given up."""

from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event
from gevent.server import StreamServer

from freeswitch_cc.store import db as hot_path
from freeswitch_cc.store import postgres
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import ConnectionLost, LostRace, connect
from tests.database import Database
from tests.floor import LIMIT_S


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    session = Session(database_url)
    yield session
    session.close()


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server that accepts, and never says a word."""
    server = StreamServer(("127.0.0.1", 0), lambda _socket, _address: Event().wait())
    server.start()
    yield f"postgresql://me@127.0.0.1:{server.server_port}/center"
    server.stop(timeout=0)


def test_a_server_that_accepts_and_says_nothing_is_not_waited_for(
    silent_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CONNECT_S", 0.05)
    with gevent.Timeout(LIMIT_S), pytest.raises(ConnectionLost, match=r"did not answer within 0\.05 s"):
        connect(silent_url)


def test_an_answer_that_never_comes_is_a_lost_connection_and_the_next_question_gets_a_new_one(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session.rows("SELECT 1") == [(1,)]
    before = session._connection
    monkeypatch.setattr(hot_path, "ANSWER_S", 0.05)
    with gevent.Timeout(LIMIT_S), pytest.raises(ConnectionLost, match="did not answer"):
        session.rows("SELECT pg_sleep(60)")
    monkeypatch.undo()
    assert session.rows("SELECT 2") == [(2,)]
    assert session._connection is not before


def test_the_patience_of_somebody_else_stays_his(session: Session) -> None:
    with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
        session.rows("SELECT pg_sleep(60)")


def test_the_server_gives_up_before_we_do(session: Session) -> None:
    settings = dict(session.rows("SELECT name, setting FROM pg_settings"))
    limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    assert [int(settings[name]) for name in limits] == [30_000, 10_000, 10_000]
    assert int(settings["statement_timeout"]) < postgres.ANSWER_S * 1000


def test_a_connection_on_tcp_is_watched_from_both_ends(database_url: str) -> None:
    connection = connect(database_url)
    with connection.cursor() as cursor:
        cursor.execute("SELECT inet_client_addr() IS NOT NULL, name, setting FROM pg_settings WHERE name LIKE 'tcp_%'")
        rows = cursor.fetchall()
    ours = connection.info.dsn_parameters
    connection.close()
    told = {name: setting for _, name, setting in rows}
    if rows[0][0]:  # on a socket file the server knows none of them
        assert (told["tcp_keepalives_idle"], told["tcp_keepalives_interval"]) == ("10", "5")
        assert (told["tcp_keepalives_count"], told["tcp_user_timeout"]) == ("3", "20000")
    assert (ours["keepalives"], ours["tcp_user_timeout"]) == ("1", "20000")


def test_a_lock_that_is_not_given_in_time_is_a_lost_race(session: Session, db: Database) -> None:
    other = Session(db.url)
    other.run("BEGIN; LOCK TABLE agent")
    session.run("SET lock_timeout = '1ms'")
    with pytest.raises(LostRace):
        session.run("BEGIN; LOCK TABLE agent")
    session.rollback()
    other.rollback()
    other.close()


def test_a_statement_that_is_too_slow_is_a_lost_race_and_the_connection_stays(session: Session) -> None:
    session.run("SET statement_timeout = '200ms'")  # what follows must not be too slow as well
    before = session._connection
    with pytest.raises(LostRace):
        session.rows("SELECT pg_sleep(60)")
    assert session.rows("SELECT 1") == [(1,)]
    assert session._connection is before


def test_a_server_that_only_reads_any_more_is_a_lost_connection_so_that_events_are_kept(session: Session) -> None:
    session.run("SET default_transaction_read_only = on")
    with pytest.raises(ConnectionLost, match="read-only"):
        session.run("INSERT INTO alarm (kind) VALUES ('x')")


def test_a_server_that_may_not_be_written_to_is_not_connected_to(session: Session, db: Database) -> None:
    name = db.value("SELECT current_database()")
    db.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        with pytest.raises(ConnectionLost, match="read-only"):
            connect(db.url)
    finally:
        db.run(f"ALTER DATABASE {name} RESET default_transaction_read_only")
