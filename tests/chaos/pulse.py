"""Feels the pulse of a run: does the machine keep up, and is there an engine? Else being late is nobody's fault."""

import time
from collections.abc import Callable

import gevent

EVERY_S = 0.05
_SLOW_MS = 200


class Pulse:
    """From start to stop. asks: by name, something that is answered at once where there is time for it.

    is_there: is somebody there who could find out what is wrong? watched: from when to when he was, and everything was
    quick; in microseconds. longest_ms: the slowest answer of each, and of our own greenlets (loop).
    """

    def __init__(self, asks: dict[str, Callable[[], object]], is_there: Callable[[], bool]) -> None:
        self._asks = asks
        self._is_there = is_there
        self.watched: list[tuple[int, int]] = []
        self.longest_ms = dict.fromkeys(("loop", *asks), 0)
        self._beating = gevent.spawn(self._beat)

    def stop(self) -> None:
        self._beating.kill()

    def _beat(self) -> None:
        before_us, was_there = _now_us(), False
        while True:
            slept_us = _now_us()
            gevent.sleep(EVERY_S)
            lags = {"loop": (_now_us() - slept_us) // 1000 - int(EVERY_S * 1000)}
            for name, ask in self._asks.items():
                asked_us = _now_us()
                try:
                    ask()
                    lags[name] = (_now_us() - asked_us) // 1000
                except Exception:  # no answer is a slow one
                    lags[name] = _SLOW_MS + 1
            for name, ms in lags.items():
                self.longest_ms[name] = max(self.longest_ms[name], ms)
            is_there, now_us = self._is_there(), _now_us()
            if is_there and was_there and sum(lags.values()) <= _SLOW_MS:
                self._watch(before_us, now_us)
            before_us, was_there = now_us, is_there

    def _watch(self, begin_us: int, end_us: int) -> None:
        if self.watched and self.watched[-1][1] == begin_us:
            begin_us = self.watched.pop()[0]
        self.watched.append((begin_us, end_us))


def _now_us() -> int:
    return time.time_ns() // 1000
