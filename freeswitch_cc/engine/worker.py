"""The one path: view, decide, save, commit, send; then match, or have the matcher do it, and the deadlines are told.

A worker takes the events that have come, of as many calls as go into one transaction (engine.dispatcher, .deciding). It
holds no rules: those are core's. A transaction that lost a race is run again, an event is kept until the database has
taken it, a command is sent once, after the commit.
"""

import logging
import random
from collections.abc import Callable, Iterable
from functools import partial

from gevent.event import Event

from freeswitch_cc.core.phone_events import CodeDialled
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.deciding import Deciding, Done, name_of
from freeswitch_cc.engine.dispatcher import Dispatcher, Drawn, Work
from freeswitch_cc.engine.offers import Offers
from freeswitch_cc.engine.roots import new_root
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.errors import EpochLost, StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import ConnectionLost

log = logging.getLogger(__name__)

MOST_TOGETHER = 16
"""Calls and agents in one transaction: more of them would keep each other's locks too long."""


class Worker:
    """One greenlet, one database session.

    tell(decision): after the commit, who else must know is told, and the commands are sent. epoch_of(switch_id): under
    which we own it. on_failed(event, error): it could not be decided. seldom: what alarms need not be told again, by
    all workers. offers: what follows when a call waits or an agent is free.
    """

    def __init__(
        self,
        session: Session,
        dispatcher: Dispatcher,
        timeouts: Timeouts,
        *,
        tell: Callable[[Decision], None],
        epoch_of: Callable[[str], int | None],
        on_failed: Callable[[Work, Exception], None],
        stopping: Event,
        seldom: Seldom | None = None,
        offers: Offers | None = None,
    ) -> None:
        self._session = session
        self._dispatcher = dispatcher
        self._deciding = Deciding(
            session,
            timeouts,
            epoch_of=epoch_of,
            seldom=seldom or Seldom(),
            offers=offers,
            on_matching=dispatcher.step_aside,
        )
        self._offers = offers
        self._tell = tell
        self._on_failed = on_failed
        self._stopping = stopping
        self.handled = 0
        self.changed = 0

    def run(self) -> None:
        try:
            while taken := self._dispatcher.next(MOST_TOGETHER):
                self.carry_all(dict(taken))
        finally:
            self._session.close()

    def handle(self, event: Work) -> None:
        """Carry one event through, however long the database is away."""
        self.carry([event])

    def carry(self, events: list[Work]) -> None:
        """Carry events of one call, or of one agent, through in their order, in as few transactions as may be."""
        self._carry_alone([(event, new_root()) for event in events])

    def carry_all(self, left: dict[str, list[Drawn]]) -> None:
        """Events by key: of all in one transaction as far as they go together. What is left is carried through alone,
        each by whoever is free: one that is held up is not to hold up the others.
        """
        try:
            while len(left) > 1 and (done := self._carry_together(left)):
                for key in [key for key in left if key not in done]:
                    self._dispatcher.give_back(key, left.pop(key))
                for key, events in done.items():
                    del left[key][:events]
                    if not left[key]:
                        del left[key]
                        self._dispatcher.done(key)
            for key in list(left)[1:]:
                self._dispatcher.give_back(key, left.pop(key))
            for drawn in left.values():
                self._carry_alone(drawn)
        finally:
            for key in left:
                self._dispatcher.done(key)

    def _carry_together(self, left: dict[str, list[Drawn]]) -> dict[str, int]:
        """How many events of each key were carried through; nothing: they do not go together.

        Whatever fails here changes nothing, and is found again when they are carried through one by one.
        """
        try:
            done = self._session.transaction(partial(self._deciding.together, left), attempts=1)
        except ConnectionLost as error:
            log.error("%d go on one by one, if they were not committed: %s", len(left), error)
            return {}
        except StoreFailed as error:
            log.debug("%d do not go together: %s", len(left), error)
            return {}
        except Exception:
            log.exception("%d cannot be decided together", len(left))
            return {}
        self._conclude(done.values())
        return {key: one.events for key, one in done.items()}

    def _carry_alone(self, drawn: list[Drawn]) -> None:
        while drawn:
            done = self._carry_some(drawn)
            if done is None:
                return
            del drawn[:done]

    def _carry_some(self, drawn: list[Drawn]) -> int | None:
        """How many were carried through; None: the engine stops, they are lost with it."""
        attempt, most = 0, len(drawn)
        while True:
            taken = drawn[:most]
            try:
                done = self._session.transaction(partial(self._deciding.alone, taken))
                break
            except EpochLost:
                raise
            except ConnectionLost as error:
                if isinstance(drawn[0][0], CodeDialled):
                    log.error("CodeDialled dropped: %s; who dialled hears no tone, and dials again", error)
                    return 1
                attempt += 1
                pause = min(5.0, 0.1 * 2**attempt) * (0.5 + random.random() / 2)
                log.error("%s kept: %s; again in %.1f s", type(drawn[0][0]).__name__, error, pause)
                if self._stopping.wait(timeout=pause):
                    return None
                if self._offers is not None:
                    self._offers.wake()  # it may have been written: see Deciding
            except Exception as error:
                if most > 1:
                    most = 1  # which of them it is: one by one
                    continue
                # A fault of ours. The other calls of this worker go on; this one is looked up on the switch.
                event = drawn[0][0]
                log.exception("%s failed", name_of(event))
                self._on_failed(event, error)
                return 1
        self._conclude((done,))
        return done.events

    def _conclude(self, done: Iterable[Done]) -> None:
        """After the commit: who else must know is told, the commands are sent; then what was matched is offered."""
        is_matched = self._deciding.found is not None
        try:
            for one in done:
                self._note(one, is_matched)
        finally:
            if is_matched:
                self._deciding.offer_found()

    def _note(self, done: Done, is_matched: bool) -> None:
        self.handled += done.events
        self.changed += done.changes
        if not done.decision.changes_nothing:
            self._tell(done.decision)
            if self._offers is not None and not is_matched:
                self._offers.note(done.decision)
