"""Runs match() when somebody began to wait or became free, and once in a while for what nobody told.

Who gets whom is decided in SQL (migrations/sql/0001_match.sql); here is only when it runs, and who is told.
"""

import logging
from collections.abc import Callable

from gevent.event import Event

from freeswitch_cc.core.events import OfferMade
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)


class Matcher:
    """One greenlet: many who call wake() while it runs are served by one more run."""

    def __init__(
        self,
        session: Session,
        *,
        switch_ids: Callable[[], list[str]],
        deliver: Callable[[Work], None],
        offer_grace_ms: int,
        sweep_ms: int,
    ) -> None:
        self._session = session
        self._switch_ids = switch_ids
        self._deliver = deliver
        self._offer_grace_ms = offer_grace_ms
        self._sweep_s = sweep_ms / 1000
        self._wanted = Event()
        self._stopping = Event()

    def wake(self) -> None:
        """After the commit of an event that made a call wait or an agent free."""
        self._wanted.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wanted.set()

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wanted.wait(timeout=self._sweep_s)
                self._wanted.clear()
                if self._stopping.is_set():
                    break
                try:
                    self.match()
                except StoreFailed as error:
                    log.error("matching failed, the sweep will try again: %s", error)
        finally:
            self._session.close()

    def match(self) -> int:
        """Put together all that fit now; returns how many offers were told."""
        switch_ids = self._switch_ids()
        if not switch_ids:
            return 0
        offers = self._session.transaction(lambda: self._session.match(switch_ids, self._offer_grace_ms))
        for offer_id, call_id in offers:
            self._deliver(OfferMade(call_id=call_id, offer_id=offer_id))
        return len(offers)
