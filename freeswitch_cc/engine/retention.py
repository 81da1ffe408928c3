"""What is written for people is not kept for ever: once an hour the oldest goes, a little at a time.

Logs, alarms, answered requests and the days that agents are compared by. Calls, legs, visits, offers and segments are
the statistics, and stay.
"""

import logging

from gevent.event import Event

from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

EVERY_S = 3600.0
BATCH = 1000
PAUSE_S = 0.05

# Their ids are drawn in the order of time: when the oldest of them are young enough, all others are. So it costs one
# batch to see that there is nothing to do, and no index on the time.
BY_ID = """
    DELETE FROM {table}
     WHERE {id} IN (SELECT {id} FROM (SELECT {id}, {at} FROM {table} ORDER BY {id} LIMIT {batch}) oldest
                     WHERE {at} < now() - make_interval(days => %s))
 RETURNING 1
"""
REQUESTS = """
    DELETE FROM request
     WHERE request_id IN (SELECT request_id FROM request
                           WHERE answered_at < now() - make_interval(days => %s) LIMIT {batch})
 RETURNING 1
"""
# A day is few rows: nothing but the day is asked. It is what matching goes by today, and nobody looks further back.
DAYS = """
    DELETE FROM agent_day
     WHERE (agent_id, day) IN (SELECT agent_id, day FROM agent_day
                                WHERE day < (now() - make_interval(days => %s))::date LIMIT {batch})
 RETURNING 1
"""
TABLES = {
    "call_log": BY_ID.format(table="call_log", id="log_id", at="at", batch="{batch}"),
    "agent_state_log": BY_ID.format(table="agent_state_log", id="log_id", at="ended_at", batch="{batch}"),
    "match_log": BY_ID.format(table="match_log", id="log_id", at="at", batch="{batch}"),
    "alarm": BY_ID.format(table="alarm", id="alarm_id", at="at", batch="{batch}"),
    "request": REQUESTS,
    "agent_day": DAYS,
}


class Retention:
    """keep_days: 0 keeps everything. Two engines that do it at once do no harm."""

    def __init__(self, session: Session, *, keep_days: int, stopping: Event) -> None:
        self._session = session
        self._keep_days = keep_days
        self._stopping = stopping

    def run(self) -> None:
        try:
            while self._keep_days and not self._stopping.is_set():
                try:
                    self.sweep()
                except StoreFailed as error:
                    log.error("what is old could not be deleted, it is tried again later: %s", error)
                self._session.close()  # an hour is long: no connection is held for it
                self._stopping.wait(timeout=EVERY_S)
        finally:
            self._session.close()

    def sweep(self) -> dict[str, int]:
        """Delete all that is too old; how many rows of which table."""
        deleted = dict.fromkeys(TABLES, 0)
        for table, sql in TABLES.items():
            while rows := self._session.rows(sql.format(batch=BATCH), self._keep_days):
                deleted[table] += len(rows)
                if self._stopping.wait(timeout=PAUSE_S):
                    return deleted
            if deleted[table]:
                log.info("%d rows of %s were older than %d days", deleted[table], table, self._keep_days)
        return deleted
