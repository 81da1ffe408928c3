"""The one path: view, decide, save, commit, send; then the matcher and the deadlines are told.

A worker takes one event after the other. It holds no rules: those are core's. A transaction that lost a race is run
again, an event is kept until the database has taken it, a command is sent once, after the commit.
"""

import logging
import random
from collections.abc import Callable
from uuid import UUID

from gevent.event import Event
from gevent.queue import SimpleQueue

from freeswitch_cc.core.agent_events import AgentEvent
from freeswitch_cc.core.commands import Command
from freeswitch_cc.core.decide import decide
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.events import CallEvent, DialAsked, LegParked
from freeswitch_cc.core.phone_events import CodeDialled
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.roots import new_root
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.errors import EpochLost, StoreFailed
from freeswitch_cc.store.db import AnsweredBefore, ConnectionLost, Session

log = logging.getLogger(__name__)


class Worker:
    """One greenlet, one database session.

    send(command): the owner of the command's switch sends it. epoch_of(switch_id): under which we own it.
    on_decided(decision): after the commit, before anything else is done.
    on_failed(event, error): it could not be decided. seldom: what alarms need not be told again, by all workers.
    """

    def __init__(
        self,
        session: Session,
        queue: "SimpleQueue[Work | None]",
        timeouts: Timeouts,
        *,
        send: Callable[[Command], None],
        epoch_of: Callable[[str], int | None],
        on_decided: Callable[[Decision], None],
        on_failed: Callable[[Work, Exception], None],
        stopping: Event,
        seldom: Seldom | None = None,
    ) -> None:
        self._session = session
        self._queue = queue
        self._timeouts = timeouts
        self._send = send
        self._epoch_of = epoch_of
        self._on_decided = on_decided
        self._on_failed = on_failed
        self._stopping = stopping
        self._seldom = seldom or Seldom()
        self.handled = 0
        self.changed = 0

    def run(self) -> None:
        try:
            while (event := self._queue.get()) is not None:
                self.handle(event)
        finally:
            self._session.close()

    def handle(self, event: Work) -> None:
        """Carry one event through, however long the database is away."""
        root, attempt = new_root(), 0
        while True:
            try:
                decision = self._session.transaction(lambda: self._decide(event, root))
                break
            except EpochLost:
                raise
            except ConnectionLost as error:
                if isinstance(event, CodeDialled):
                    log.error("%s dropped: %s; who dialled hears no tone, and dials again", name_of(event), error)
                    return
                attempt += 1
                pause = min(5.0, 0.1 * 2**attempt) * (0.5 + random.random() / 2)
                log.error("%s kept: %s; again in %.1f s", type(event).__name__, error, pause)
                if self._stopping.wait(timeout=pause):
                    return
            except Exception as error:
                # A fault of ours. The other calls of this worker go on; this one is looked up on the switch.
                log.exception("%s failed", name_of(event))
                self._on_failed(event, error)
                return
        self.handled += 1
        if decision.changes_nothing:
            return
        self.changed += 1
        self._on_decided(decision)
        for command in decision.commands:
            self._send(command)

    def _decide(self, event: Work, root: UUID) -> Decision:
        session = self._session
        if isinstance(event, CallEvent):
            if isinstance(event, DialAsked):
                now, view = session.view_dial(event.call_id, event.agent_id, event.called_login)
            elif isinstance(event, LegParked):
                by = (event.dialled, event.caller_number, event.switch_id or None)
                now, view = session.view_call(event.call_id, *by)
            else:
                now, view = session.view_call(event.call_id)
            decision = decide(view, event, now, root, self._timeouts)
            call_id: str | None = event.call_id
        else:
            now, found = session.view_agent(event.agent_id, event.looks_at, getattr(event, "call_id", None))
            decision = decide_agent(found, event, now)
            call_id = None
        decision = self._seldom.sift(decision, root)
        if decision.changes_nothing:
            session.rollback()
            log.debug("%s changes nothing: %s", name_of(event), decision.because)
            return decision
        epoch = None
        if decision.commands:
            epoch = self._epoch_of(decision.commands[0].switch_id)
            if epoch is None:
                raise StoreFailed("the switch of this call is not ours any more")
        try:
            session.save(decision, event=name_of(event), call_id=call_id, now=now, epoch=epoch)
        except AnsweredBefore as error:
            session.rollback()
            log.info("%s changes nothing: %s", name_of(event), error)
            return Decision(because="answered before")
        log.info(
            "%s %s: %s%s",
            f"call={call_id}" if call_id else f"agent={getattr(event, 'agent_id', '?')}",
            name_of(event),
            decision.because or "noted",
            "".join(f" -> {type(command).__name__}" for command in decision.commands),
        )
        return decision


def name_of(event: CallEvent | AgentEvent) -> str:
    """An event's name in logs: its type, and its kind if it has one."""
    kind = getattr(event, "kind", "")
    return type(event).__name__ + (f"({kind})" if kind else "")
