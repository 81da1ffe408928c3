"""Something that was written to a switch and is not answered yet: its replies, in their order, before a deadline."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import gevent
from gevent.event import AsyncResult

from freeswitch_cc.esl.wire import ReplyLost


@dataclass(frozen=True, slots=True)
class Begun:
    """deadline: of the monotonic clock (s). lose: ends the connection for a reason, for everybody who waits at it."""

    results: list["AsyncResult[str]"]
    deadline: float
    late: str
    lose: Callable[[str], ReplyLost]

    def replies(self) -> list[str]:
        """Wait for them. Raises ReplyLost; the connection ends with it."""
        if all(result.ready() for result in self.results):
            return [str(result.get()) for result in self.results]
        timer = gevent.Timeout(max(self.deadline - time.monotonic(), 0.001))
        timer.start()
        try:
            return [str(result.get()) for result in self.results]
        except gevent.Timeout as late:
            if late is not timer:
                raise  # a deadline of the caller's own: the reply will still find its place
        finally:
            timer.close()
        raise self.lose(self.late)
