"""Waiting for a fact, with a deadline: the one place of scripted calls where time passes. Knows no facts."""

import time
from collections.abc import Callable

from gevent.event import Event

_LOOK_AGAIN_S = 0.01


def until(is_so: Callable[[], bool], within_ms: float) -> bool:
    """Wait until it is so; False when it was not within_ms. It is looked at once at least."""
    deadline = time.monotonic() + within_ms / 1000
    nothing = Event()
    while not is_so():
        left = deadline - time.monotonic()
        if left <= 0:
            return is_so()
        nothing.wait(timeout=min(left, _LOOK_AGAIN_S))
    return True


def pass_ms(ms: float) -> None:
    """Let so many ms pass: only where the gap itself is what a scenario is about."""
    if ms > 0:
        Event().wait(timeout=ms / 1000)
