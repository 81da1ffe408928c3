"""Virtual time: what is due when, carried out in order. Nothing here knows channels, sockets or the real clock."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class Timer:
    """Something that is due. cancel() takes it back; harmless when it is over."""

    __slots__ = ("at", "do")

    def __init__(self, at: float, do: Callable[[], None]) -> None:
        self.at = at
        self.do: Callable[[], None] | None = do

    def cancel(self) -> None:
        self.do = None


class Clock:
    """Time in ms since the world began. Of two things due in the same moment the one asked for first comes first."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = count()

    def at(self, ms: float, do: Callable[[], None]) -> Timer:
        """Do it at that time; at once, as soon as the clock is advanced, when it is over."""
        timer = Timer(ms if ms > self.now else self.now, do)
        heappush(self._heap, (timer.at, next(self._count), timer))
        return timer

    def after(self, ms: float, do: Callable[[], None]) -> Timer:
        return self.at(self.now + ms, do)

    def next_at(self) -> float | None:
        """When something is due next; None when nothing is."""
        heap = self._heap
        while heap and heap[0][2].do is None:
            heappop(heap)
        return heap[0][0] if heap else None

    def advance(self, to: float) -> None:
        """Carry out all that is due until then, in order; afterwards it is then. The past changes nothing."""
        heap = self._heap
        while heap and heap[0][0] <= to:
            at, _, timer = heappop(heap)
            do, timer.do = timer.do, None
            if do is not None:
                if at > self.now:
                    self.now = at
                do()
        self.now = max(self.now, to)
