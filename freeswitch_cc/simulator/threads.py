"""A session's thread: a generator on virtual time. It says what it waits for, and goes on when that has come.

`yield 20.0`   switch_yield: so many ms, whatever happens
`yield FRAME`  switch_core_session_read_frame: the next frame after something has changed, on a grid of 20 ms: that of
               the phone that is heard, of the switch's own timer when none is (47 of 60 traces: who is heard first);
               a kill does not cut a frame short (t02, t43)
`yield IDLE`   switch_thread_cond_wait: until the thread is woken
`yield LOOK`   switch_cond_next in a loop: it looks again and again, 0.05 to 1 ms apart; whatever it looks at must poke
               the thread when it changes

A frame or a look in which nothing has changed is not waited for: 500 parked callers cost nothing.
"""

from collections.abc import Callable, Generator
from random import Random
from typing import Final

from freeswitch_cc.simulator.clock import Clock, Timer


class _Wait:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


FRAME: Final = _Wait("frame")
IDLE: Final = _Wait("idle")
LOOK: Final = _Wait("look")
FRAME_MS: Final = 20.0

Wait = float | _Wait
Body = Generator[Wait, None, None]
Asking = Generator[Wait, None, bool]


class Timing:
    """The clock of one switch: its grid of frames, and how long a thread takes to wake."""

    def __init__(self, clock: Clock, random: Random, *, grid_ms: float) -> None:
        self.clock = clock
        self.random = random
        self._grid = grid_ms

    def next_frame(self, last_run: float) -> float:
        """When a thread that ran last at that time has its next frame.

        All have theirs in the same moment. What one of them does then, another one sees at once when its own turn in
        that moment is still to come, else a frame later: nobody knows (t02 and t36 one way, t43 the other).
        """
        begin = self._grid + (self.clock.now - self._grid + 0.01) // FRAME_MS * FRAME_MS
        is_moment = self.clock.now - begin < 0.5 and last_run < begin - 0.01
        return begin if is_moment and self.random.random() < 0.5 else begin + FRAME_MS

    def next_look(self, last_run: float) -> float:
        """When a thread that looks since its last run looks next: the looks before now have shown it nothing."""
        look = last_run
        while look <= self.clock.now:
            look += self.random.uniform(0.05, 1.0)
        return look

    def breath_of(self, order: int) -> float:
        """The same at a frame: of two threads the younger one wakes first, four times out of five (53 of 66 traces)."""
        return 0.02 + (-order % 32) * 0.009 + self.random.uniform(0.0, 0.05)

    def breath(self) -> float:
        """How long it takes until a woken thread runs: 0.02 to 0.2 ms."""
        return self.random.uniform(0.02, 0.2)


class Thread:
    """start() once. poke(): something has changed that the thread may look at. order: the older, the smaller.

    frames: whose clock its frames come from.
    """

    __slots__ = (
        *("_body", "_is_poked", "_is_running", "_last_run", "_order", "_timer", "_timing", "_waits"),
        *("frames", "on_end"),
    )

    def __init__(self, timing: Timing, body: Body, on_end: Callable[[], None], *, order: int = 0) -> None:
        self._timing = self.frames = timing
        self._order = order
        self._body = body
        self.on_end = on_end
        self._waits: Wait | None = None
        self._timer: Timer | None = None
        self._is_poked = False
        self._is_running = False
        self._last_run = float("-inf")

    def start(self) -> None:
        self._timing.clock.after(self._timing.breath(), self._go_on)

    def poke(self) -> None:
        self._is_poked = True
        if self._timer is None and not self._is_running:
            self._wait()

    def nudge(self) -> None:
        """Something waits that only a thread which reads frames comes by: one that sleeps is not woken (E1, E7)."""
        if self._waits is not IDLE:
            self.poke()

    @property
    def is_running(self) -> bool:
        """Is it this thread that acts now? (switch_core_session_in_thread)"""
        return self._is_running

    def _wait(self) -> None:
        if self._timer is not None or not self._is_poked:
            return
        clock = self._timing.clock
        if self._waits is FRAME:
            # A little apart, in an order of their own each time: threads that wake at the same frame race.
            at = self.frames.next_frame(self._last_run)
            self._timer = clock.at(max(at, clock.now) + self._timing.breath_of(self._order), self._go_on)
        elif self._waits is LOOK:
            self._timer = clock.at(self._timing.next_look(self._last_run), self._go_on)
        elif self._waits is IDLE:
            self._timer = clock.after(self._timing.breath(), self._go_on)

    def _go_on(self) -> None:
        self._timer = None
        self._is_poked = False
        self._is_running = True
        self._last_run = self._timing.clock.now
        try:
            self._waits = next(self._body)
        except StopIteration:
            self._waits = None
            self.on_end()
            return
        finally:
            self._is_running = False
        if isinstance(self._waits, _Wait):
            self._wait()
        else:
            self._timer = self._timing.clock.after(self._waits, self._go_on)
