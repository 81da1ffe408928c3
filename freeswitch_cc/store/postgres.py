"""A raw connection to PostgreSQL for the hot path: how it is made, how long it may take, and what its errors mean.

No SQL and no rules. Sessions on it: store.db; configuration and reports go through SQLAlchemy (store.connect).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import gevent
import psycopg2
from psycopg2.errorcodes import DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE, QUERY_CANCELED, SERIALIZATION_FAILURE
from psycopg2.errors import ReadOnlySqlTransaction
from psycopg2.extensions import connection as PsycopgConnection

from freeswitch_cc.errors import EpochLost, StoreFailed

# A transaction that lost a race is run again: nothing has been sent before its commit. Who waited too long for a lock,
# or was too slow, has lost one too: the connection is as good as it was.
LOST_RACE = frozenset({SERIALIZATION_FAILURE, DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE, QUERY_CANCELED})
EPOCH_LOST = "FC001"
ANSWERED_BEFORE = "FC002"

# psycopg2 has no time-out of its own while gevent waits for it: a server that accepts and says nothing would keep a
# greenlet for ever. An answer may take longer than the server's own statement_timeout: it is the server that gives up.
CONNECT_S = 10.0
ANSWER_S = 40.0

# All that is asked here goes by an index to a handful of rows, and must go on so whatever the statistics say: a table
# that is small, or was when it was last analysed, else has every row read for every event. One plan, made once.
SETTINGS = (
    "-c TimeZone=UTC -c jit=off -c plan_cache_mode=force_generic_plan"
    " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
    # An engine that died without a word must not hold its locks: the server finds out by itself.
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=20s"
    " -c idle_in_transaction_session_timeout=10s -c lock_timeout=10s -c statement_timeout=30s"
)


class LostRace(StoreFailed):
    """Serialization failure, deadlock, or too long a wait: run it again."""


class AnsweredBefore(StoreFailed):
    """A request that somebody has answered, or withdrawn: it is carried out once."""


class ConnectionLost(StoreFailed):
    """The database is not there, or went away."""


def translate(error: psycopg2.Error) -> StoreFailed:
    """What PostgreSQL said, as one of ours."""
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    if error.pgcode in LOST_RACE:
        return LostRace(said)
    if error.pgcode == EPOCH_LOST:
        return EpochLost(said)
    if error.pgcode == ANSWERED_BEFORE:
        return AnsweredBefore(said)
    # A server that only reads was the primary until just now: what is to be written is kept for the one that is.
    is_gone = isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError, ReadOnlySqlTransaction))
    return ConnectionLost(f"the database went away: {said}") if is_gone else StoreFailed(said)


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """ConnectionLost when it takes longer. psycopg2 closes a connection whose wait is broken off."""
    timeout = gevent.Timeout(seconds)
    with timeout:
        try:
            yield
        except gevent.Timeout as over:
            if over is not timeout:
                raise  # somebody else's patience
            raise ConnectionLost(f"the database did not answer within {seconds:g} s") from over


def connect(url: str, options: str = "") -> PsycopgConnection:
    """A connection in autocommit mode (transactions are begun by name), in UTC, that notices a dead server.

    Only to a server that may be written to. options: more settings of the session, as `-c name=value`.
    """
    try:
        with in_time(CONNECT_S):
            connection = psycopg2.connect(
                url,
                application_name="freeswitch-cc",
                options=f"{SETTINGS} {options}".strip(),
                target_session_attrs="read-write",
                connect_timeout=5,  # of each address of the server's name, where nobody is green
                keepalives=1,
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
                tcp_user_timeout=20_000,
            )
    except psycopg2.Error as error:
        raise translate(error) from error
    connection.autocommit = True
    return connection
