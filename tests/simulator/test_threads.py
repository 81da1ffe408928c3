"""A session's thread on virtual time: what it waits for, and that waiting takes no steps."""

from random import Random
from statistics import mean

import pytest

from freeswitch_cc.simulator.clock import Clock
from freeswitch_cc.simulator.threads import LOOK, Body, Thread, Timing


def looking(seed: int) -> tuple[Clock, Thread, list[float]]:
    """A thread that looks again and again, and when it did."""
    clock, looks = Clock(), list[float]()

    def body() -> Body:
        while True:
            looks.append(clock.now)
            yield LOOK

    thread = Thread(Timing(clock, Random(seed), grid_ms=0.0), body(), lambda: None)
    thread.start()
    clock.advance(1.0)
    return clock, thread, looks


def test_a_look_at_what_has_not_changed_is_not_waited_for() -> None:
    clock, _, looks = looking(seed=1)
    clock.advance(60_000.0)
    assert len(looks) == 1
    assert clock.next_at() is None


@pytest.mark.parametrize("seed", range(5))
def test_a_change_is_seen_at_the_next_look(seed: int) -> None:
    clock, thread, looks = looking(seed)
    clock.advance(20.0)
    thread.poke()
    assert len(looks) == 1
    clock.advance(21.0)
    assert 20.0 < looks[1] <= 21.0
    clock.advance(100.0)
    assert len(looks) == 2


def test_looks_fall_as_they_would_if_each_was_waited_for() -> None:
    """They are 0.05 to 1 ms apart: a change at any moment is seen a third of a ms later, on average."""
    after = []
    for seed in range(2000):
        clock, thread, looks = looking(seed)
        clock.advance(20.0)
        thread.poke()
        clock.advance(30.0)
        after.append(looks[1] - 20.0)
    assert mean(after) == pytest.approx((1.0**3 - 0.05**3) / 3 / 0.95 / (1.0 + 0.05), abs=0.02)
