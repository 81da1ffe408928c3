"""Which switches are ours: an advisory lock each, on one connection kept for life, and the epoch that we raised.

A database that was away does not cost us our switches: the locks are taken again, and if nobody else raised an epoch
meanwhile nothing has happened. Nothing is sent here; store's fcc_save checks the epoch of every command by itself.
"""

import logging
from contextlib import suppress

import psycopg2
from psycopg2.extensions import connection as PsycopgConnection

from freeswitch_cc.errors import EpochLost
from freeswitch_cc.store.postgres import ConnectionLost, connect, in_time, translate

log = logging.getLogger(__name__)

LOCK = "SELECT pg_try_advisory_lock(hashtextextended('freeswitch_cc.switch.' || %s, 0))"
RAISE_EPOCH = "UPDATE switch SET epoch = epoch + 1 WHERE switch_id = %s RETURNING epoch"
EPOCH = "SELECT epoch FROM switch WHERE switch_id = %s"

KEEP_S = 2.0
"""How often keep() is to be called. No setting: who says nothing for the time in OPTIONS has lost his switches."""

# An owner whose machine hangs, or whose network is cut, loses its locks without being asked.
OPTIONS = "-c idle_session_timeout=15s"
ANSWER_S = 10.0


class Ownership:
    """One connection with keepalives, used by one greenlet. take() and keep() raise ConnectionLost when it is away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: PsycopgConnection | None = None
        self._epochs: dict[str, int] = {}

    def take(self, switch_id: str) -> int | None:
        """Our epoch of a switch that nobody owned until now; None when somebody does, or when it is not there."""
        self.keep()
        if not self._ask(LOCK, switch_id):
            return None
        epoch = self._ask(RAISE_EPOCH, switch_id)
        if epoch is not None:
            self._epochs[switch_id] = epoch
        return epoch

    def keep(self) -> None:
        """See that the locks are still held. Raises EpochLost when a switch was taken over by somebody else."""
        if self._connection is not None and not self._connection.closed:
            try:
                self._ask("SELECT 1")
                return
            except ConnectionLost:
                log.warning("the connection that holds our switches is gone; taking them again")
                self.close()
            except BaseException:
                self.close()  # whatever it was: one that may not hold its locks must not look as if it did
                raise
        self._connection = connect(self._url, OPTIONS)
        try:
            self._take_again()
        except BaseException:
            self.close()  # it holds some of the locks: the next look must not take it for one that holds them all
            raise

    def _take_again(self) -> None:
        for switch_id, epoch in list(self._epochs.items()):
            # An engine whose connection died without a word may hold its lock a while longer: that may be ourselves.
            current = self._ask(EPOCH, switch_id)
            if current is None:
                log.warning("switch %s was removed: it is ours no more, and nobody's", switch_id)
                del self._epochs[switch_id]
            elif current != epoch:
                raise EpochLost(f"another engine owns switch {switch_id}")
            elif not self._ask(LOCK, switch_id):
                raise ConnectionLost(f"the lock of switch {switch_id} is not free yet")

    @property
    def backend_pid(self) -> int | None:
        """The server's process that holds the locks, for whoever looks into pg_locks."""
        return self._connection.get_backend_pid() if self._connection is not None else None

    def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(psycopg2.Error):  # it was broken: that is why it is closed
                connection.close()

    def _ask(self, sql: str, *arguments: str) -> int | None:
        assert self._connection is not None
        try:
            with in_time(ANSWER_S), self._connection.cursor() as cursor:
                cursor.execute(sql, arguments)
                row = cursor.fetchone()
        except psycopg2.Error as error:
            raise translate(error) from error
        return int(row[0]) if row else None
