"""Runs match() when somebody began to wait or became free, when a tier opens by time, and once in a while for
what nobody told.

Who gets whom is decided in SQL (migrations/sql/0002_match.sql), what is done for it in core, by the same transaction
(engine.deciding), who is told in engine.offers; here is only when it runs. Mostly a worker that has written why has
matched already. A match that fails again and again is an alarm: calls wait and nobody is rung.
"""

import logging
from functools import partial
from uuid import UUID

from gevent.event import Event

from freeswitch_cc.engine.deciding import Deciding, Done
from freeswitch_cc.engine.offers import Offers
from freeswitch_cc.errors import EpochLost, StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.matched import Matched
from freeswitch_cc.store.postgres import ConnectionLost

log = logging.getLogger(__name__)

ALARM_AFTER = 5
MOMENT_S = 0.02
NOTE_ALARM = "INSERT INTO alarm (kind, details) VALUES ('matching_failed', %s)"


class Matcher:
    """One greenlet: many who call wake() while it runs are served by one more run.

    deciding: on the same session. offers: who matches, and who is told.
    """

    def __init__(self, session: Session, *, deciding: Deciding, offers: Offers, sweep_ms: int) -> None:
        self._session = session
        self._deciding = deciding
        self._offers = offers
        self._sweep_s = sweep_ms / 1000
        self._stopping = Event()
        self._failures = 0
        self._is_alarmed = False

    def wake(self) -> None:
        """After the commit of an event that made a call wait or an agent free."""
        self._offers.wake()

    def stop(self) -> None:
        self._stopping.set()
        self._offers.wake()

    def run(self) -> None:
        rest_s = self._sweep_s
        try:
            while not self._stopping.is_set():
                is_over = not self._offers.changed.wait(timeout=rest_s)
                is_to_match = self._offers.take_wish() or is_over
                if self._stopping.is_set():
                    break
                rest_s = self._sweep_s
                try:
                    if is_to_match:
                        self.match()
                        self._failures, self._is_alarmed = 0, False
                    # In a busy center somebody wakes us again before any tier opens.
                    if not self._offers.changed.wait(timeout=MOMENT_S):
                        rest_s = self._rest_s()
                except EpochLost:
                    raise
                except StoreFailed as error:
                    log.error("matching failed, the sweep will try again: %s", error)
                    self._note_failure(error)
        finally:
            self._session.close()

    def match(self) -> int:
        """Put together all that fit now; returns how many offers were told."""
        if not self._offers.switch_ids():
            self._offers.is_waiting = True  # who comes meanwhile is not seen
            return 0
        with self._offers.turn():
            self._offers.is_waiting = True  # until it is known again
            done: dict[str, Done] = {}
            try:
                done, made = self._session.transaction(partial(self._offer, {}))
            except (ConnectionLost, EpochLost):
                raise
            except Exception as error:
                self._offers.forget()
                # One of them cannot be decided on: each is told by itself then, and keeps no other waiting.
                log.error("%s: offers are told one by one", error)
                made = self._session.transaction(lambda: self._session.match(*self._for_whom()))
            return self._offers.tell_all({call_id: one.decision for call_id, one in done.items()}, made)

    def _offer(self, roots: dict[str, UUID]) -> tuple[dict[str, Done], Matched]:
        """One attempt. Of one before, which came to nothing, nothing will be told."""
        self._offers.forget()
        found = self._session.match_and_view(*self._for_whom())
        return self._deciding.offered(found, roots, self._offers.telling), found.made

    def _for_whom(self) -> tuple[list[str], int]:
        return self._offers.switch_ids(), self._offers.offer_grace_ms

    def _rest_s(self) -> float:
        """How long to rest if nobody wakes us: until the next tier opens for a call that waits."""
        if not self._offers.is_waiting or self._offers.changed.is_set() or not self._offers.switch_ids():
            return self._sweep_s
        next_tier_ms = self._session.transaction(self._session.next_tier_ms)
        if not self._session.has_matched:
            self._offers.wake()  # what has opened before it was connected anew is not told
        if next_tier_ms is None:
            return self._sweep_s
        # A moment later, not earlier: a tier that is not open yet would have us look again.
        return min(self._sweep_s, max(0.0, next_tier_ms / 1000 + 0.001))

    def _note_failure(self, error: StoreFailed) -> None:
        """One alarm until matching works again; one that cannot be written is tried again at the next failure."""
        self._failures += 1
        if self._failures < ALARM_AFTER or self._is_alarmed:
            return
        try:
            self._session.run(NOTE_ALARM, f"{self._failures} times in a row: {error}")
            self._is_alarmed = True
        except StoreFailed as failure:
            log.error("the alarm matching_failed could not be written: %s", failure)
