"""An alarm for every event that failed; whoever asked for it is told too. Decides nothing.

What cannot be written while the database is away is kept, and written when it is back. What fails again and again in
the same way, for it is due or found again every second, is one alarm an hour.
"""

import logging
from uuid import UUID

from gevent.event import Event
from gevent.queue import SimpleQueue

from freeswitch_cc.core.agent_events import AgentRequest
from freeswitch_cc.core.events import CallEvent, ControlAsked, DialAsked
from freeswitch_cc.core.said_to_people import Alarm
from freeswitch_cc.engine.dispatcher import Work, key_of
from freeswitch_cc.engine.requests import refuse
from freeswitch_cc.engine.roots import new_root
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import ConnectionLost, LostRace

log = logging.getLogger(__name__)

AGAIN_S = 1.0
NOTE_FAILURE = "INSERT INTO alarm (kind, call_id, details) VALUES ('event_failed', %s, %s)"


class Failures:
    """One greenlet writes what the workers put. stopping: set when nobody waits for a database any more."""

    def __init__(self, session: Session, *, stopping: Event) -> None:
        self._session = session
        self._stopping = stopping
        self._seldom = Seldom()
        self._queue: SimpleQueue[tuple[Work, str, UUID] | None] = SimpleQueue()

    def put(self, event: Work, details: str) -> None:
        self._queue.put((event, details, new_root()))

    def stop(self) -> None:
        """After what is waiting."""
        self._queue.put(None)

    def run(self) -> None:
        try:
            while (failure := self._queue.get()) is not None:
                while not self._write(*failure):
                    if self._stopping.wait(timeout=AGAIN_S):
                        log.error("stopping: this failure stands in no alarm: %s", failure[1])
                        break
        finally:
            self._session.close()

    def _write(self, event: Work, details: str, root: UUID) -> bool:
        """False when it must be tried again."""
        alarm = Alarm(kind="event_failed", details=details, once=f"{key_of(event)} {details}")
        is_new = self._seldom.is_new(alarm, root)

        def both() -> None:
            self._session.run("BEGIN")
            if is_new:
                self._session.run(NOTE_FAILURE, event.call_id if isinstance(event, CallEvent) else None, details)
            if isinstance(event, AgentRequest | ControlAsked | DialAsked):
                refuse(self._session, event.request_id, "engine_failed", "the engine failed: see its log and alarms")
            self._session.run("COMMIT")

        try:
            self._session.transaction(both)
            self._seldom.note_saved([alarm])
        except (ConnectionLost, LostRace) as error:
            log.error("a failure cannot be told now: %s", error)
            return False
        except StoreFailed as error:
            log.error("a failure could not be told: %s", error)
        return True
