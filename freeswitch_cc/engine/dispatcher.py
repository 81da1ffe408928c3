"""One line of work for all workers: the events of one call, or of one agent, are taken out together and in their order,
by one worker at a time; whoever is free takes all that waits, of as many calls as go into one transaction.

A transaction that carries eight events through costs little more than one that carries one. So one worker begins while
another is at it only if that takes long (a lock is held, the database is slow), and facts that are in no hurry wait a
moment: some for the next event of their call, which is mostly on its way, some until a transaction begins in which they
can ride along. Nothing is decided here.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import Any
from uuid import UUID

import gevent
from gevent.event import Event

from freeswitch_cc.core.agent_events import AgentDeadlinePassed, AgentEvent
from freeswitch_cc.core.events import (
    CallEvent,
    LegHungUp,
    LegParked,
    LegRinging,
    LegsBridged,
    LegsUnbridged,
    SoundStarted,
)
from freeswitch_cc.engine.roots import new_root

Work = CallEvent | AgentEvent
Drawn = tuple[Work, UUID]
"""An event, and the root of all ids that are drawn for it: the same ones when it is decided again."""

HOLD_S: dict[type, float] = {
    SoundStarted: 0.2,  # the caller has just come, and mostly is offered at once; who is deaf is told by a deadline
}
HOLD_ENDING_S: dict[type, float] = HOLD_S | {LegsUnbridged: 0.05, LegParked: 0.05, LegRinging: 0.05}
"""Of a call whose legs are all on their way out: the next that is told of one is its end."""
RIDE_S: dict[type, float] = {
    LegRinging: 0.03,
    LegsBridged: 0.03,
    LegsUnbridged: 0.015,
    LegHungUp: 0.015,
    AgentDeadlinePassed: 0.015,
}
"""Facts for which nobody waits: at the latest then, or with whatever is carried through before."""
FREEING = (LegsUnbridged, LegHungUp, AgentDeadlinePassed)
"""Of these, what makes an agent free: at once when a call waits for one."""
MOST_ENDING = 10_000
PATIENCE_S = 0.05
"""How long whoever began last has the line for himself. Several at once cost each other more than they gain."""


def key_of(event: Work) -> str:
    """Of the call, or the agent, to whom it belongs."""
    return event.call_id if isinstance(event, CallEvent) else event.agent_id


class Dispatcher:
    """put() never blocks: it is called by the reader, which must not wait. Used by greenlets of one thread."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Drawn]] = {}
        self._ready: OrderedDict[str, None] = OrderedDict()
        self._alone: set[str] = set()  # keys that do not go together with others
        self._held: dict[str, tuple[float, Any]] = {}  # until when, and the timer of the loop
        self._riding: dict[str, None] = {}  # of these, the keys that are taken before if somebody is
        self._busy: set[str] = set()
        self._began: dict[object, float] = {}  # by worker, those that are at it
        self._ending: OrderedDict[str, None] = OrderedDict()
        self._is_over = False
        self._is_hurried = False
        self._idle: list[Event] = []
        """Workers that wait. Who came last is called first: what he needs is still warm."""
        self._patience: Any = None

    @property
    def depth(self) -> int:
        """Events that wait for a worker."""
        return sum(len(events) for events in self._waiting.values())

    def put(self, event: Work) -> None:
        key = key_of(event)
        self._waiting.setdefault(key, []).append((event, new_root()))
        if key not in self._busy:
            self._see_to(key, event)

    def next(self, most: int = 1) -> list[tuple[str, list[Drawn]]]:
        """Keys and their events, at most so many, who waits longest first; waits for one. done(key) or give_back must
        follow for each. Empty when it is over.
        """
        worker = gevent.getcurrent()
        self._began.pop(worker, None)
        while not self._may_begin():
            if self._is_over and not self._ready and not self._busy:
                self._call_all()
                return []
            called = Event()
            self._idle.append(called)
            called.wait()
        self._began[worker] = time.monotonic()
        taken = self._take(most)
        self._call_one()
        return taken

    def _take(self, most: int) -> list[tuple[str, list[Drawn]]]:
        keys = [self._ready.popitem(last=False)[0]]
        if keys[0] in self._alone:
            self._alone.discard(keys[0])
        else:
            keys += islice((key for key in self._ready if key not in self._alone), most - 1)
            for key in keys[1:]:
                del self._ready[key]
            keys += list(self._riding)[: most - len(keys)]
        for key in keys:
            self._forget_timer(key)
        self._busy.update(keys)
        return [(key, self._waiting.pop(key)) for key in keys]

    def give_back(self, key: str, drawn: list[Drawn]) -> None:
        """These events do not go together with what they were taken with: they come next, and alone."""
        self._busy.discard(key)
        self._waiting[key] = [*drawn, *self._waiting.get(key, ())]
        self._alone.add(key)
        self._make_ready(key)
        self._ready.move_to_end(key, last=False)

    def step_aside(self) -> None:
        """Whoever took these has decided on them, and is at what takes longer: another one may begin."""
        self._began.pop(gevent.getcurrent(), None)
        self._call_one()

    def done(self, key: str) -> None:
        """Whoever took these events is through with them."""
        self._busy.discard(key)
        for event, _ in self._waiting.get(key, ()):
            self._see_to(key, event)
        if self._is_over and not self._busy:
            self._call_all()

    def note_ending(self, call_id: str, is_ending: bool) -> None:
        """Every leg of this call is to go, or it has ended."""
        if is_ending:
            self._ending[call_id] = None
            if len(self._ending) > MOST_ENDING:
                self._ending.popitem(last=False)
        else:
            self._ending.pop(call_id, None)

    def hurry(self, is_waiting: bool) -> None:
        """Whether a call waits for an agent to become free."""
        self._is_hurried = is_waiting

    def stop(self) -> None:
        """Every worker ends when all is done that was put before."""
        self._is_over = True
        for key in list(self._held):
            self._make_ready(key)
        self._call_all()

    def _see_to(self, key: str, event: Work) -> None:
        """When the events of this key are taken: at once, or in a moment."""
        if key in self._ready:
            return
        hold_s = (HOLD_ENDING_S if key in self._ending else HOLD_S).get(type(event))
        rides = hold_s is None and type(event) in RIDE_S and not (self._is_hurried and type(event) in FREEING)
        if rides:
            hold_s = RIDE_S[type(event)]
        if hold_s is None or self._is_over:
            self._make_ready(key)
            return
        until, timer = time.monotonic() + hold_s, None
        if key in self._held:
            before, timer = self._held[key]
            until = min(until, before)
        if timer is None or until < before:
            if timer is not None:
                timer.close()
            self._held[key] = until, _in_a_moment(hold_s, lambda: self._make_ready(key))
        if rides:
            self._riding[key] = None

    def _make_ready(self, key: str) -> None:
        self._forget_timer(key)
        self._ready[key] = None
        self._call_one()

    def _may_begin(self) -> bool:
        return bool(self._ready) and self._others_time_s() <= 0

    def _others_time_s(self) -> float:
        """How long whoever began last still has the line for himself."""
        return max(self._began.values()) + PATIENCE_S - time.monotonic() if self._began else 0.0

    def _call_one(self) -> None:
        """Let a worker begin, at once or when whoever began last has had his time."""
        if not self._ready:
            return
        left_s = self._others_time_s()
        if left_s > 0 and self._patience is None:
            self._patience = _in_a_moment(left_s, self._lose_patience)
        elif left_s <= 0 and self._idle:
            self._idle.pop().set()

    def _call_all(self) -> None:
        while self._idle:
            self._idle.pop().set()

    def _lose_patience(self) -> None:
        self._patience.close()
        self._patience = None
        self._call_one()

    def _forget_timer(self, key: str) -> None:
        self._riding.pop(key, None)
        _, timer = self._held.pop(key, (0.0, None))
        if timer is not None:
            timer.stop()
            timer.close()


def _in_a_moment(seconds: float, do: Callable[[], None]) -> Any:
    """A timer of the loop: it has no greenlet of its own, so `do` must not block."""
    timer = gevent.get_hub().loop.timer(seconds)
    timer.start(do)
    return timer
