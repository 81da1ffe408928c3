"""Ctrl-C and its kin while the demo runs: noted at once, and what is open is closed before the process ends.

Knows nothing of what is carried out.
"""

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, TypeVar

import gevent
from gevent.event import Event

T = TypeVar("T")

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Handler = Callable[[int, FrameType | None], Any] | int | None


class Interrupted(Exception):
    """Somebody wants this to end. status: of the process, as a shell gives it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


class Signals:
    """`with Signals() as signals:`. A signal is only noted; run() and check() are where it ends something.

    A second one changes nothing: what is being closed then, is being closed.
    """

    def __init__(self) -> None:
        self._woken = Event()
        self._number = 0
        self._watchers: list[Any] = []
        self._before: dict[int, _Handler] = {}

    def __enter__(self) -> "Signals":
        for number in _NUMBERS:
            self._before[number] = signal.getsignal(number)
            # What a parent has switched off stays off: nohup, or a job in the background of a script.
            if self._before[number] is not signal.SIG_IGN:
                self._watchers.append(gevent.signal_handler(number, self._note, number))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        for number, handler in self._before.items():
            if handler is not None:
                signal.signal(number, handler)

    def _note(self, number: int) -> None:
        self._number = self._number or number
        self._woken.set()

    def check(self) -> None:
        """Raises Interrupted when a signal came."""
        if self._number:
            raise Interrupted(self._number)

    def run(self, work: Callable[[], T]) -> T:
        """Carry out work until it is over or a signal comes: then it is ended where it is, and closes what it opened.

        Raises what work raised, or Interrupted.
        """
        self._woken.clear()
        self.check()
        results: list[T] = []
        failures: list[Exception] = []

        def carry_out() -> None:
            try:
                results.append(work())
            except Exception as failure:  # raised again below: a greenlet that fails prints a traceback
                failures.append(failure)

        worker = gevent.spawn(carry_out)
        worker.link(lambda _: self._woken.set())
        self._woken.wait()
        worker.kill()
        self.check()
        if failures:
            raise failures[0]
        return results[0]
