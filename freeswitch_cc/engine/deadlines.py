"""What is due becomes an event: one greenlet, woken when something earlier is due than it knew.

Nobody else waits for a deadline. A row stays due until the event that it caused changed it, so a deadline that is
lost on the way comes again.
"""

import logging
import time
from collections.abc import Callable

from gevent.event import Event

from freeswitch_cc.core.agent_events import AgentDeadlinePassed
from freeswitch_cc.core.events import CallDeadlinePassed
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.once import Once
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.found import Due

log = logging.getLogger(__name__)

AGAIN_S = 1.0
FORETOLD_S = 0.2
LATER_S = 0.001
LOOKED_UP = frozenset({"command", "offer", "agent", "forward"})
"""First the switch is asked what is true, then it is decided."""


class Deadlines:
    """switch_ids(): the switches that are ours and can be asked; rows of others are not our business. again_ms: after
    which a call whose way out was shut asks for it again, by itself."""

    def __init__(
        self,
        session: Session,
        *,
        switch_ids: Callable[[], list[str]],
        verify: Callable[[str], None],
        deliver: Callable[[Work], None],
        horizon_ms: int,
        again_ms: int = 0,
    ) -> None:
        self._session = session
        self._switch_ids = switch_ids
        self._verify = verify
        self._deliver = deliver
        self._horizon_ms = horizon_ms
        self._again_ms = again_ms
        self._earlier = Event()
        self._stopping = False
        self._next_at = 0.0
        self._known: list[tuple[float, Due]] = []
        self._told = Once(AGAIN_S)
        self._looks_for_deserted_at = 0.0

    def expect(self, in_s: float) -> None:
        """Something is due in so many seconds: then it looks again, if it would not before.

        Not now: whoever decides at 50 calls a second expects something new all the time, and a look goes over all that
        is near.
        """
        at = time.monotonic() + in_s + LATER_S
        if at < self._next_at:
            self._next_at = at
            self._earlier.set()

    def stop(self) -> None:
        self._stopping = True
        self._earlier.set()

    def run(self) -> None:
        try:
            while not self._stopping:
                rest_s = self._horizon_ms / 1000
                try:
                    self._earlier.clear()
                    if time.monotonic() >= self._next_at:
                        self._next_at = time.monotonic() + rest_s
                        rest_s = self.look()
                    else:
                        rest_s = self._tell_known()
                except StoreFailed as error:
                    log.error("deadlines cannot be read: %s", error)
                self._earlier.wait(timeout=rest_s)
        finally:
            self._session.close()

    def look(self) -> float:
        """Tell of everything that is due; returns how many seconds until the next.

        What comes due by its own time alone is told then without another look: who gets it looks whether it is due.
        """
        self._told.prune()
        self._known = []
        began = time.monotonic()
        self._next_at = began + self._horizon_ms / 1000
        for row in self._session.due(self._switch_ids(), self._horizon_ms):
            if row.due_in_ms <= 0:
                if self._told.is_new((row.kind, row.row_id)):
                    self._tell(row)
                else:
                    self._next_at = min(self._next_at, self._told.until((row.kind, row.row_id)) + LATER_S)
            elif row.kind in LOOKED_UP:
                self._next_at = min(self._next_at, began + row.due_in_ms / 1000 + LATER_S)
            else:
                # From now, not from when we asked: by the database's clock it must be over.
                self._known.append((time.monotonic() + row.due_in_ms / 1000 + LATER_S, row))
        self._known.sort(key=lambda known: known[0], reverse=True)
        if self._note_deserted():
            self._next_at = began
        return self._rest_s()

    def _tell_known(self) -> float:
        """What the last look has foretold and what is due by now; returns how many seconds until the next."""
        while self._known and self._known[-1][0] <= time.monotonic():
            _, row = self._known.pop()
            # Briefly: it may have been put off since, and is then told when it is due in truth.
            if self._told.is_new((row.kind, row.row_id), FORETOLD_S):
                self._tell(row)
        return self._rest_s()

    def _rest_s(self) -> float:
        at = min(self._next_at, self._known[-1][0]) if self._known else self._next_at
        return max(at - time.monotonic(), 0.001)

    def _note_deserted(self) -> bool:
        """Nobody tells a call that the last agent of its queue has logged out: asked once a sweep. Is any due now?"""
        now = time.monotonic()
        if now < self._looks_for_deserted_at:
            return False
        self._looks_for_deserted_at = now + self._horizon_ms / 1000
        return self._session.note_deserted(self._again_ms) > 0

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
