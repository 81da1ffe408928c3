"""What people ask for, taken from the table of requests and put on the one path.

The answer is written by the transaction that decided (store's fcc_save), never here.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import gevent
from gevent.event import Event
from gevent.socket import wait_read

from freeswitch_cc.core.agent_state import Refusal, too_late
from freeswitch_cc.core.asked import event_of
from freeswitch_cc.core.control import Control
from freeswitch_cc.core.events import DialAsked
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.once import Once
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

AGAIN_S = 10.0

# What was taken so long ago and is not answered: whoever took it died.
# What is about a call is taken by the engine that owns its switch: no other may command it. Of a call that is over
# nothing is commanded, and what is too late is only refused: any engine takes that.
# A call that an agent asks for needs a switch of ours that can be asked now, where his phone is registered and that of
# a colleague whom he calls; a phone that is registered nowhere says nothing. Another engine may have such a switch, or
# ours be back in a moment: only after half the time that the asker waits it is taken to be refused.
TAKE = """
    UPDATE request SET state = 'taken'
      FROM (SELECT r.request_id, d.switch_id FROM request r
              LEFT JOIN LATERAL (
                   SELECT s.switch_id FROM unnest(%s::uuid[]) WITH ORDINALITY AS s(switch_id, place)
                    WHERE r.kind = 'dial'
                      AND NOT EXISTS (
                          SELECT 1 FROM agent a
                           WHERE a.agent_id IN (r.agent_id,
                                                (SELECT t.agent_id FROM agent t
                                                  WHERE btrim(r.arguments ->> 'to') LIKE 'agent:%%'
                                                    AND t.login = substr(btrim(r.arguments ->> 'to'), 7)))
                             AND EXISTS (SELECT 1 FROM registration p JOIN switch w USING (switch_id)
                                          WHERE p.contact = a.contact AND p.is_registered AND w.is_active)
                             AND NOT EXISTS (SELECT 1 FROM registration p
                                              WHERE p.contact = a.contact AND p.is_registered
                                                AND p.switch_id = s.switch_id))
                    ORDER BY s.place
                    LIMIT 1) d ON true
             WHERE r.state IN ('new', 'taken')
               AND (r.state = ANY (%s) OR r.asked_at < clock_timestamp() - %s)
               AND (r.kind <> ALL (%s) OR r.asked_at < clock_timestamp() - %s
                    OR NOT EXISTS (SELECT 1 FROM call c
                                    WHERE c.call_id = r.call_id AND c.ended_at IS NULL
                                      AND c.switch_id <> ALL (%s::uuid[])))
               AND (r.kind <> 'dial' OR d.switch_id IS NOT NULL OR r.asked_at < clock_timestamp() - %s)
             ORDER BY r.asked_at FOR UPDATE OF r SKIP LOCKED LIMIT 1000) t
     WHERE request.request_id = t.request_id
 RETURNING request.request_id::text, kind, agent_id::text, arguments, asked_at, call_id::text,
           asked_at < clock_timestamp() - %s, t.switch_id::text
"""

REFUSE = """
    WITH r AS (UPDATE request SET state = 'refused', reason = %s, message = %s, answered_at = clock_timestamp()
                WHERE request_id = %s AND state IN ('new', 'taken') RETURNING request_id)
    SELECT pg_notify('fcc_request_answered', request_id::text) FROM r
"""


class Requests:
    """Listens for NOTIFY fcc_request, and looks by itself once in sweep_ms.

    switch_ids(): the switches that we own; ready_ids(): those of them that can be asked now.
    late_ms: after which nobody waits for an answer any more, and nobody would know what he gets.
    """

    def __init__(
        self,
        session: Session,
        *,
        switch_ids: Callable[[], list[str]],
        ready_ids: Callable[[], list[str]],
        deliver: Callable[[Work], None],
        sweep_ms: int,
        late_ms: int,
    ) -> None:
        self._session = session
        self._switch_ids = switch_ids
        self._ready_ids = ready_ids
        self._deliver = deliver
        self._sweep_s = sweep_ms / 1000
        self._late = timedelta(milliseconds=late_ms)
        self._stop_asked = Event()
        self._waiting: Any = None  # our own greenlet, while it waits
        self._states = ["new", "taken"]
        self._told = Once(AGAIN_S)

    def take_over(self) -> None:
        """What an engine took and did not answer before it died is taken again; fcc_save carries it out once."""
        self._states = ["new", "taken"]

    def stop(self) -> None:
        self._stop_asked.set()
        if self._waiting is not None:
            self._waiting.kill(block=False)

    def run(self) -> None:
        try:
            while not self._stop_asked.is_set():
                try:
                    listener = self._session.listen("fcc_request")
                    states, self._states = self._states, ["new"]
                    self.take(states)
                    if self._session.drain_notifications():
                        continue  # it came with the answer of a statement: nothing is left to be read
                    self._waiting = gevent.getcurrent()
                    with suppress(TimeoutError):
                        wait_read(listener.fileno(), timeout=self._sweep_s)
                    self._waiting = None
                    self._session.drain_notifications()
                except StoreFailed as error:
                    self.take_over()
                    log.error("requests cannot be read: %s", error)
                    self._stop_asked.wait(timeout=self._sweep_s)
        finally:
            self._session.close()

    def take(self, states: list[str]) -> int:
        """Put every open request on the path, oldest first, and none that we put there a moment ago; how many."""
        self._told.prune()
        late, controls = self._late, [kind.value for kind in Control]
        about_calls = (controls, late, self._switch_ids())
        taken = self._session.rows(TAKE, self._ready_ids(), states, late, *about_calls, late / 2, late)
        rows = [row for row in taken if self._told.is_new(row[0])]
        rows.sort(key=lambda row: row[4])
        for request_id, kind, agent_id, arguments, asked_at, call_id, is_late, switch_id in rows:
            try:
                if is_late:
                    raise too_late()
                event = event_of(request_id, kind, agent_id, arguments, call_id, asked_at)
                if isinstance(event, DialAsked):
                    event = _at(switch_id, event)
            except Refusal as refusal:
                refuse(self._session, request_id, refusal.reason, refusal.message)
                continue
            self._deliver(event)
        return len(rows)


def _at(switch_id: str | None, asked: DialAsked) -> DialAsked:
    if switch_id is None:
        raise Refusal("no_switch", "no switch that knows the phones of this call is connected now: nobody was called")
    return replace(asked, switch_id=switch_id)


def refuse(session: Session, request_id: str, reason: str, message: str) -> None:
    """Answer a request that could not even be decided."""
    session.rows(REFUSE, reason, message, request_id)
