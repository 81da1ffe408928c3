"""One line of work for all workers: the events of one call, or of one agent, are taken out together and in their order,
by one worker at a time; whoever is free takes what has waited longest.

Facts that are in no hurry wait a moment for the next event of their call, which is mostly on its way: each transaction
costs the same, whether it carries one event through or three. Nothing is decided here.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import gevent
from gevent.lock import Semaphore

from freeswitch_cc.core.agent_events import AgentEvent
from freeswitch_cc.core.events import CallEvent, LegParked, LegRinging, LegsUnbridged, SoundStarted

Work = CallEvent | AgentEvent

HOLD_S: dict[type, float] = {
    SoundStarted: 0.2,  # the caller has just come, and mostly is offered at once; who is deaf is told by a deadline
}
HOLD_ENDING_S: dict[type, float] = HOLD_S | {LegsUnbridged: 0.05, LegParked: 0.05, LegRinging: 0.05}
"""Of a call whose legs are all on their way out: the next that is told of one is its end."""
MOST_ENDING = 10_000


def key_of(event: Work) -> str:
    """Of the call, or the agent, to whom it belongs."""
    return event.call_id if isinstance(event, CallEvent) else event.agent_id


class Dispatcher:
    """put() never blocks: it is called by the reader, which must not wait. Used by greenlets of one thread."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Work]] = {}
        self._ready: OrderedDict[str, None] = OrderedDict()
        self._held: dict[str, Any] = {}  # timers of the loop
        self._busy: set[str] = set()
        self._ending: OrderedDict[str, None] = OrderedDict()
        self._is_over = False
        self._tokens = Semaphore(0)
        """One for each key that is ready, and one for each worker at the end."""

    @property
    def depth(self) -> int:
        """Events that wait for a worker."""
        return sum(len(events) for events in self._waiting.values())

    def put(self, event: Work) -> None:
        key = key_of(event)
        self._waiting.setdefault(key, []).append(event)
        if key not in self._busy:
            self._see_to(key, event)

    def next(self) -> tuple[str, list[Work]] | None:
        """A key and its events; waits for them. done(key) must follow. None when it is over."""
        while True:
            self._tokens.acquire()
            if self._ready:
                key, _ = self._ready.popitem(last=False)
                self._busy.add(key)
                return key, self._waiting.pop(key)
            if self._is_over and not self._busy:
                self._tokens.release()  # for the next worker
                return None

    def done(self, key: str) -> None:
        """Whoever took these events is through with them."""
        self._busy.discard(key)
        for event in self._waiting.get(key, ()):
            self._see_to(key, event)
        if self._is_over and not self._busy:
            self._tokens.release()

    def note_ending(self, call_id: str, is_ending: bool) -> None:
        """Every leg of this call is to go, or it has ended."""
        if is_ending:
            self._ending[call_id] = None
            if len(self._ending) > MOST_ENDING:
                self._ending.popitem(last=False)
        else:
            self._ending.pop(call_id, None)

    def stop(self) -> None:
        """Every worker ends when all is done that was put before."""
        self._is_over = True
        for key in list(self._held):
            self._make_ready(key)
        self._tokens.release()

    def _see_to(self, key: str, event: Work) -> None:
        """When the events of this key are taken: at once, or in a moment."""
        if key in self._ready:
            return
        hold_s = (HOLD_ENDING_S if key in self._ending else HOLD_S).get(type(event))
        if hold_s is None or self._is_over:
            self._make_ready(key)
        elif key not in self._held:
            self._held[key] = _in_a_moment(hold_s, lambda: self._make_ready(key))

    def _make_ready(self, key: str) -> None:
        timer = self._held.pop(key, None)
        if timer is not None:
            timer.stop()
            timer.close()
        self._ready[key] = None
        self._tokens.release()


def _in_a_moment(seconds: float, do: Callable[[], None]) -> Any:
    """A timer of the loop: it has no greenlet of its own, so `do` must not block."""
    timer = gevent.get_hub().loop.timer(seconds)
    timer.start(do)
    return timer
