"""Look where the legs of a call are, when nothing has proved it: uuid_dump each, one event for the one path.

Asks, and tells; decides nothing. It never runs in a worker, so that a slow switch holds up nobody's events.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from gevent.queue import SimpleQueue

from freeswitch_cc.core.events import CallVerified, Sight
from freeswitch_cc.core.words import Seen
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.errors import StoreFailed, SwitchFailed
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

LEGS = """
    SELECT leg_id::text, switch_id::text, seen_seq FROM leg
     WHERE call_id = %s AND seen NOT IN ('gone', 'unborn') ORDER BY leg_id
"""


class Verifier:
    """dump(switch_id, leg_id): ask the switch. A call that waits to be looked up is not put in line again."""

    def __init__(self, *, dump: Callable[[str, str], Sight], deliver: Callable[[Work], None]) -> None:
        self._line: SimpleQueue[str | None] = SimpleQueue()
        self._waiting: set[str] = set()
        self._dump = dump
        self._deliver = deliver

    def verify(self, call_id: str) -> None:
        """Ask for a look at a call. Never blocks."""
        if call_id not in self._waiting:
            self._waiting.add(call_id)
            self._line.put(call_id)

    def run(self, session: Session) -> None:
        """One of several greenlets that look."""
        try:
            while (call_id := self._line.get()) is not None:
                self._waiting.discard(call_id)
                try:
                    self._look(session, call_id)
                except (SwitchFailed, StoreFailed) as error:
                    # What is due stays due: it is looked at again when the switch can be asked.
                    log.warning("call=%s cannot be looked up: %s", call_id, error)
        finally:
            session.close()

    def stop(self, greenlets: int) -> None:
        for _ in range(greenlets):
            self._line.put(None)

    def _look(self, session: Session, call_id: str) -> None:
        legs = session.rows(LEGS, call_id)
        sights = tuple(self._sight(switch_id, leg_id, known_seq) for leg_id, switch_id, known_seq in legs)
        self._deliver(CallVerified(call_id=call_id, sights=sights))

    def _sight(self, switch_id: str, leg_id: str, known_seq: int) -> Sight:
        sight = self._dump(switch_id, leg_id)
        return replace(sight, known_seq=known_seq) if sight.seen == Seen.GONE else sight
