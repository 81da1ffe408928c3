"""Runs match() when somebody began to wait or became free, when a tier opens by time, and once in a while for
what nobody told.

Who gets whom is decided in SQL (migrations/sql/0002_match.sql), what is done for it in core, by the same transaction
(engine.deciding); here is only when it runs, and who is told. A match that fails again and again is an alarm: calls
wait and nobody is rung.
"""

import logging
from collections.abc import Callable
from functools import partial
from uuid import UUID

from gevent.event import Event

from freeswitch_cc.core.events import OfferMade
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine.deciding import Deciding, Done
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.once import Once
from freeswitch_cc.errors import EpochLost, StoreFailed
from freeswitch_cc.store.db import Matched, Session
from freeswitch_cc.store.postgres import ConnectionLost

log = logging.getLogger(__name__)

AGAIN_S = 1.0
ALARM_AFTER = 5
MOMENT_S = 0.02
TOLD_WITHIN_S = 2.0
"""After that the commit of an offer is not waited for any more by who has something else to send of its call."""
NOTE_ALARM = "INSERT INTO alarm (kind, details) VALUES ('matching_failed', %s)"


class Matcher:
    """One greenlet: many who call wake() while it runs are served by one more run.

    deciding: on the same session. tell(decision): after the commit. deliver(event): an offer that was not decided on
    with its match is decided on as every event is. hurry(yes): whether a call waits for an agent to become free.
    """

    def __init__(
        self,
        session: Session,
        *,
        switch_ids: Callable[[], list[str]],
        deliver: Callable[[Work], None],
        deciding: Deciding,
        tell: Callable[[Decision], None],
        hurry: Callable[[bool], None],
        offer_grace_ms: int,
        sweep_ms: int,
    ) -> None:
        self._session = session
        self._switch_ids = switch_ids
        self._deliver = deliver
        self._deciding = deciding
        self._tell = tell
        self._hurry = hurry
        self._offer_grace_ms = offer_grace_ms
        self._sweep_s = sweep_ms / 1000
        self._wanted = Event()
        self._stopping = Event()
        # An offer that has no leg yet is found by every match: its call is busy, and one event is enough.
        self._told = Once(AGAIN_S)
        self._failures = 0
        self._is_alarmed = False
        self._is_waiting = False  # a call, for an agent
        self._offering: dict[str, Event] = {}  # calls, until what their offer asks for is sent

    def wake(self) -> None:
        """After the commit of an event that made a call wait or an agent free."""
        self._wanted.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wanted.set()

    def run(self) -> None:
        rest_s = self._sweep_s
        try:
            while not self._stopping.is_set():
                self._wanted.wait(timeout=rest_s)
                self._wanted.clear()
                if self._stopping.is_set():
                    break
                rest_s = self._sweep_s
                try:
                    self.match()
                    # In a busy center somebody wakes us again before any tier opens.
                    if not self._wanted.wait(timeout=MOMENT_S):
                        rest_s = self._rest_s()
                    self._failures, self._is_alarmed = 0, False
                except EpochLost:
                    raise
                except StoreFailed as error:
                    log.error("matching failed, the sweep will try again: %s", error)
                    self._note_failure(error)
        finally:
            self._session.close()

    def match(self) -> int:
        """Put together all that fit now; returns how many offers were told."""
        switch_ids = self._switch_ids()
        if not switch_ids:
            return 0
        done: dict[str, Done] = {}
        try:
            done, made = self._session.transaction(partial(self._offer, switch_ids, {}))
        except (ConnectionLost, EpochLost):
            self._all_told()
            raise
        except Exception as error:
            self._all_told()
            # One of them cannot be decided on: each is then told by itself, and the others are not kept waiting for it.
            log.error("%s: offers are told one by one", error)
            made = self._session.transaction(lambda: self._session.match(switch_ids, self._offer_grace_ms))
        for one in done.values():
            if not one.decision.changes_nothing:
                self._tell(one.decision)
        self._all_told()
        if made.is_cut_off:
            self._wanted.set()
        self._is_waiting = made.is_waiting
        self._hurry(made.is_waiting)
        self._told.prune()
        new = [(offer_id, call_id) for offer_id, call_id in made.offers if self._told.is_new(offer_id)]
        for offer_id, call_id in new:
            if call_id not in done:
                self._deliver(OfferMade(call_id=call_id, offer_id=offer_id))
        return len(new)

    def _offer(self, switch_ids: list[str], roots: dict[str, UUID]) -> tuple[dict[str, Done], Matched]:
        """One attempt. Of one before, which came to nothing, nothing will be told."""
        self._all_told()
        return self._deciding.offered(switch_ids, self._offer_grace_ms, roots, self._offering)

    def wait_until_told(self, decision: Decision) -> None:
        """Whoever decides on a call that is being offered sends nothing before what the offer asks for is sent."""
        for command in decision.commands:
            being_told = self._offering.get(command.call_id)
            if being_told is not None and not being_told.wait(timeout=TOLD_WITHIN_S):
                log.error("call=%s what its offer asks for is not sent yet", command.call_id)

    def _all_told(self) -> None:
        for being_told in self._offering.values():
            being_told.set()
        self._offering.clear()

    def _rest_s(self) -> float:
        """How long to rest if nobody wakes us: until the next tier opens for a call that waits."""
        if not self._is_waiting or self._wanted.is_set() or not self._switch_ids():
            return self._sweep_s
        next_tier_ms = self._session.next_tier_ms()
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
