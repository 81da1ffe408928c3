"""What is due becomes an event: one greenlet, woken when something earlier is due than it knew.

Nobody else waits for a deadline. A row stays due until the event that it caused changed it, so a deadline that is
lost on the way comes again.
"""

import logging
import time
from collections.abc import Callable

from gevent.event import Event

from freeswitch_cc.core.events import AgentDeadlinePassed, CallDeadlinePassed
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.once import Once
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Due, Session

log = logging.getLogger(__name__)

AGAIN_S = 1.0
LOOKED_UP = frozenset({"command", "offer", "agent", "forward"})
"""First the switch is asked what is true, then it is decided."""


class Deadlines:
    """switch_ids(): the switches that are ours and can be asked; rows of others are not our business."""

    def __init__(
        self,
        session: Session,
        *,
        switch_ids: Callable[[], list[str]],
        verify: Callable[[str], None],
        deliver: Callable[[Work], None],
        horizon_ms: int,
    ) -> None:
        self._session = session
        self._switch_ids = switch_ids
        self._verify = verify
        self._deliver = deliver
        self._horizon_ms = horizon_ms
        self._earlier = Event()
        self._stopping = False
        self._next_at = 0.0
        self._told = Once(AGAIN_S)
        self._looks_for_deserted_at = 0.0

    def expect(self, in_s: float) -> None:
        """Something is due in so many seconds; wakes the greenlet if that is sooner than it knew."""
        if time.monotonic() + in_s < self._next_at:
            self._earlier.set()

    def stop(self) -> None:
        self._stopping = True
        self._earlier.set()

    def run(self) -> None:
        try:
            while not self._stopping:
                self._earlier.clear()
                rest_s = self._horizon_ms / 1000
                self._next_at = time.monotonic() + rest_s
                try:
                    rest_s = self.look()
                except StoreFailed as error:
                    log.error("deadlines cannot be read: %s", error)
                self._next_at = time.monotonic() + rest_s
                self._earlier.wait(timeout=rest_s)
        finally:
            self._session.close()

    def look(self) -> float:
        """Tell of everything that is due; returns how many seconds until the next."""
        self._told.prune()
        rest_s = self._horizon_ms / 1000
        for row in self._session.due(self._switch_ids(), self._horizon_ms):
            if row.due_in_ms > 0:
                rest_s = min(rest_s, row.due_in_ms / 1000)
            elif self._told.is_new((row.kind, row.row_id)):
                self._tell(row)
        if self._note_deserted():
            rest_s = 0.0
        return max(rest_s, 0.001)

    def _note_deserted(self) -> bool:
        """Nobody tells a call that the last agent of its queue has logged out: asked once a sweep. Is any due now?"""
        now = time.monotonic()
        if now < self._looks_for_deserted_at:
            return False
        self._looks_for_deserted_at = now + self._horizon_ms / 1000
        return self._session.note_deserted() > 0

    def _tell(self, row: Due) -> None:
        if row.kind == "wrap_up":
            assert row.agent_id is not None
            self._deliver(AgentDeadlinePassed(agent_id=row.agent_id))
        elif row.call_id is None:
            log.error("%s %s is due and belongs to no call", row.kind, row.row_id)
        elif row.kind in LOOKED_UP:
            self._verify(row.call_id)
        else:
            self._deliver(CallDeadlinePassed(call_id=row.call_id, kind=row.kind, row_id=row.row_id))
