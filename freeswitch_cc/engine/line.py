"""What waits for one worker: the events of one call, or of one agent, are taken out together, the longest wait first.

Facts that are in no hurry wait a moment for the next event of their call, which is mostly on its way: each transaction
costs the same, whether it carries one event through or three. Nothing is decided here.
"""

import time
from collections import OrderedDict

from gevent.queue import Empty, SimpleQueue

from freeswitch_cc.core.events import LegParked, LegRinging, LegsUnbridged, SoundStarted
from freeswitch_cc.engine.dispatcher import Work, key_of

HOLD_S: dict[type, float] = {
    SoundStarted: 0.2,  # the caller has just come, and mostly is offered at once; who is deaf is told by a deadline
    LegsUnbridged: 0.05,  # what became of the two is told next
}
HOLD_ENDING_S: dict[type, float] = HOLD_S | {LegParked: 0.05, LegRinging: 0.05}
"""Of a call whose legs are all on their way out: the next that is told of one is its end."""
MOST_ENDING = 10_000


class Line:
    """One worker's. queue: what the dispatcher puts; None ends it, after what is in it."""

    def __init__(self, queue: "SimpleQueue[Work | None]") -> None:
        self._queue = queue
        self._waiting: OrderedDict[str, list[Work]] = OrderedDict()
        self._held: OrderedDict[str, tuple[float, list[Work]]] = OrderedDict()
        self._ending: OrderedDict[str, None] = OrderedDict()
        self._is_over = False

    def next(self) -> list[Work] | None:
        """Events of one call or one agent, in their order. Waits for one; None when it is over."""
        while True:
            self._take()
            self._release()
            if self._waiting:
                return self._waiting.popitem(last=False)[1]
            if self._is_over:
                return None

    def note_ending(self, call_id: str, is_ending: bool) -> None:
        """Every leg of this call is to go, or it has ended."""
        if is_ending:
            self._ending[call_id] = None
            if len(self._ending) > MOST_ENDING:
                self._ending.popitem(last=False)
        else:
            self._ending.pop(call_id, None)

    def _take(self) -> None:
        """Everything that has come; waits when there is nothing to do."""
        if not (self._waiting or self._is_over):
            due = min((until for until, _ in self._held.values()), default=None)
            try:
                self._put(self._queue.get(timeout=None if due is None else max(0.0, due - time.monotonic())))
            except Empty:
                return
        while not self._queue.empty():
            self._put(self._queue.get_nowait())

    def _put(self, event: Work | None) -> None:
        if event is None:
            self._is_over = True
            return
        key = key_of(event)
        hold_s = (HOLD_ENDING_S if key in self._ending else HOLD_S).get(type(event))
        if key in self._waiting:
            self._waiting[key].append(event)
        elif hold_s is None:
            self._waiting[key] = [*self._held.pop(key, (0.0, []))[1], event]
        elif key in self._held:
            self._held[key][1].append(event)
        else:
            self._held[key] = (time.monotonic() + hold_s, [event])

    def _release(self) -> None:
        """What was held long enough."""
        now = time.monotonic()
        for key in [key for key, (until, _) in self._held.items() if until <= now or self._is_over]:
            self._waiting[key] = self._held.pop(key)[1]
