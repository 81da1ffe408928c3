"""The one path: view, decide, save, commit, send; then the matcher and the deadlines are told.

A worker takes one call after the other, with the events of it that have come (engine.dispatcher). It holds no rules:
those are core's. A transaction that lost a race is run again, an event is kept until the database has taken it, a
command is sent once, after the commit.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from gevent.event import Event

from freeswitch_cc.core import batch
from freeswitch_cc.core.agent_events import AgentEvent
from freeswitch_cc.core.call import View
from freeswitch_cc.core.commands import Command
from freeswitch_cc.core.decide import decide, is_caller
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.events import CallEvent, DialAsked, LegParked
from freeswitch_cc.core.phone_events import CodeDialled
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.core.words import Phase
from freeswitch_cc.engine.dispatcher import Dispatcher, Work
from freeswitch_cc.engine.roots import new_root
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.errors import EpochLost, StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import AnsweredBefore, ConnectionLost

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
        dispatcher: Dispatcher,
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
        self._dispatcher = dispatcher
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
            while (taken := self._dispatcher.next()) is not None:
                key, events = taken
                try:
                    self.carry(events)
                finally:
                    self._dispatcher.done(key)
        finally:
            self._session.close()

    def handle(self, event: Work) -> None:
        """Carry one event through, however long the database is away."""
        self.carry([event])

    def carry(self, events: list[Work]) -> None:
        """Carry events of one call, or of one agent, through in their order, in as few transactions as may be."""
        drawn = [(event, new_root()) for event in events]
        while drawn:
            done = self._carry_some(drawn)
            if done is None:
                return
            del drawn[:done]

    def _carry_some(self, drawn: list[tuple[Work, UUID]]) -> int | None:
        """How many were carried through; None: the engine stops, they are lost with it."""
        attempt, most = 0, len(drawn)
        while True:
            taken = drawn[:most]
            try:
                done = self._session.transaction(partial(self._decide, taken))
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
            except Exception as error:
                if most > 1:
                    most = 1  # which of them it is: one by one
                    continue
                # A fault of ours. The other calls of this worker go on; this one is looked up on the switch.
                event = drawn[0][0]
                log.exception("%s failed", name_of(event))
                self._on_failed(event, error)
                return 1
        self.handled += done.events
        self.changed += done.changes
        decision = done.decision
        if decision.changes_nothing:
            return done.events
        if decision.call is not None:
            self._dispatcher.note_ending(decision.call.call_id, decision.call.phase is Phase.ENDING)
        self._on_decided(decision)
        for command in decision.commands:
            self._send(command)
        return done.events

    def _decide(self, drawn: list[tuple[Work, UUID]]) -> "_Done":
        first = drawn[0][0]
        if isinstance(first, CallEvent):
            call_id: str | None = first.call_id
            now, done = self._decide_on_call(drawn)
        else:
            call_id = None
            now, found = self._session.view_agent(first.agent_id, first.looks_at, getattr(first, "call_id", None))
            done = _Done(self._seldom.sift(decide_agent(found, first, now), drawn[0][1]))
            done.note(first, done.decision)
        decision = done.decision
        if decision.changes_nothing:
            self._session.rollback()
            log.debug("%s changes nothing: %s", name_of(first), decision.because)
            return done
        epoch = None
        if decision.commands:
            epoch = self._epoch_of(decision.commands[0].switch_id)
            if epoch is None:
                raise StoreFailed("the switch of this call is not ours any more")
        try:
            self._session.save(decision, event=name_of(first), call_id=call_id, now=now, epoch=epoch, steps=done.steps)
        except AnsweredBefore as error:
            self._session.rollback()
            log.info("%s changes nothing: %s", name_of(first), error)
            return _Done(Decision(because="answered before"), events=done.events)
        if log.isEnabledFor(logging.INFO):
            who = f"call={call_id}" if call_id else f"agent={getattr(first, 'agent_id', '?')}"
            for name, step in done.steps:
                commands = "".join(f" -> {type(command).__name__}" for command in step.commands)
                log.info("%s %s: %s%s", who, name, step.because or "noted", commands)
        return done

    def _decide_on_call(self, drawn: list[tuple[Work, UUID]]) -> "tuple[datetime, _Done]":
        """One view of the call for as many of its events as fit into one transaction."""
        calls = [(event, root) for event, root in drawn if isinstance(event, CallEvent)]
        now, view = self._view(calls[0][0], [event for event, _ in calls])
        known, done = view, _Done(Decision())
        for event, root in calls:
            if done.events and isinstance(event, DialAsked):
                break  # it has a view of its own, and nothing else is decided on that
            decision = self._seldom.sift(decide(known, event, now, root, self._timeouts), root)
            if done.events and not batch.fits(view, done.decision, decision):
                break
            done.note(event, decision)
            done.decision = batch.together(done.decision, decision) if done.events > 1 else decision
            if isinstance(event, DialAsked) or not batch.may_go_on(view, done.decision):
                break
            known = batch.after(known, decision) if done.events < len(calls) else known
        return now, done

    def _view(self, first: CallEvent, all_of_them: list[CallEvent]) -> tuple[datetime, View]:
        if isinstance(first, DialAsked):
            return self._session.view_dial(first.call_id, first.agent_id, first.called_login)
        arrival = next((event for event in all_of_them if isinstance(event, LegParked) and is_caller(event)), None)
        if arrival is None:
            return self._session.view_call(first.call_id)
        return self._session.view_call(first.call_id, arrival.dialled, arrival.caller_number, arrival.switch_id or None)


@dataclass(slots=True)
class _Done:
    """What one transaction has decided. steps: by event, those that changed something."""

    decision: Decision
    events: int = 0
    steps: list[tuple[str, Decision]] = field(default_factory=list)

    def note(self, event: Work, decision: Decision) -> None:
        self.events += 1
        if not decision.changes_nothing:
            self.steps.append((name_of(event), decision))

    @property
    def changes(self) -> int:
        return len(self.steps)


def name_of(event: CallEvent | AgentEvent) -> str:
    """An event's name in logs: its type, and its kind if it has one."""
    kind = getattr(event, "kind", "")
    return type(event).__name__ + (f"({kind})" if kind else "")
