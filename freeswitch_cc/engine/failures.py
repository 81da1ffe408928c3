"""An alarm for every event that failed; whoever asked for it is told too. Decides nothing.

What cannot be written while the database is away is kept, and written when it is back.
"""

import logging

from gevent.event import Event
from gevent.queue import SimpleQueue

from freeswitch_cc.core.agent_events import AgentRequest
from freeswitch_cc.core.events import CallEvent, ControlAsked, DialAsked
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.requests import refuse
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
        self._queue: SimpleQueue[tuple[Work, str] | None] = SimpleQueue()

    def put(self, event: Work, details: str) -> None:
        self._queue.put((event, details))

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

    def _write(self, event: Work, details: str) -> bool:
        """False when it must be tried again."""

        def both() -> None:
            self._session.run("BEGIN")
            self._session.run(NOTE_FAILURE, event.call_id if isinstance(event, CallEvent) else None, details)
            if isinstance(event, AgentRequest | ControlAsked | DialAsked):
                refuse(self._session, event.request_id, "engine_failed", "the engine failed: see its log and alarms")
            self._session.run("COMMIT")

        try:
            self._session.transaction(both)
        except (ConnectionLost, LostRace) as error:
            log.error("a failure cannot be told now: %s", error)
            return False
        except StoreFailed as error:
            log.error("a failure could not be told: %s", error)
        return True
