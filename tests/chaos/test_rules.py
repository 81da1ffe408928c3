"""Rules of queues and of calls that agents place: each breach, put into a record by hand, is found."""

import pytest

from tests.chaos.made_up import CUSTOMER, DIALLED, MadeUp, moment
from tests.chaos.rules import broken_rules
from tests.chaos.test_farewells import queue


def breaches(run: MadeUp) -> list[str]:
    return [fault.sentence for fault in broken_rules(run.judged())]


def small() -> MadeUp:
    """A queue for two calls, which keeps each for 1 s; two come at 1000 and 1100 ms, one leaves at 2050 ms."""
    run = MadeUp(queues=(queue("small", max_length=2, max_wait_ms=1_000),))
    run.visit("small", 1_000, 2_050, left_reason="too_long")
    run.visit("small", 1_100, None)
    return run


@pytest.mark.parametrize(
    ("from_ms", "entry_reason", "left_reason", "faults"),
    [
        (2_100, "inbound", None, 0),
        (2_000, "inbound", None, 1),
        (2_000, "overflow", None, 1),
        (2_000, "returned", None, 0),
        (2_000, "inbound", "full", 0),
    ],
)
def test_there_are_never_more_in_a_queue_than_may_be_but_who_comes_back(
    from_ms: float, entry_reason: str, left_reason: str | None, faults: int
) -> None:
    run = small()
    to_ms = from_ms + 0.001 if left_reason else None
    run.visit("small", from_ms, to_ms, entry_reason=entry_reason, left_reason=left_reason)
    assert len(breaches(run)) == faults


@pytest.mark.parametrize(("came_ms", "faults"), [(1_500, 0), (2_200, 1)])
def test_who_came_back_a_moment_before_may_not_be_seen_yet(came_ms: float, faults: int) -> None:
    run = MadeUp(queues=(queue("small", max_length=1),))
    run.visit("small", 1_000, None, entry_reason="returned", call="another")
    run.visit("small", came_ms, None)
    assert len(breaches(run)) == faults


def test_a_call_that_was_told_of_when_there_was_room_again_is_in_time() -> None:
    run = small()
    run.visit("small", 2_000, None)
    run.record.call_log.append(
        {"call_id": CUSTOMER, "at": moment(2_100), "event": "LegParked", "because": "arrived, waits", "commands": ""}
    )
    run.record.visits[0]["call_id"] = run.record.visits[1]["call_id"] = "another"
    assert breaches(run) == []


@pytest.mark.parametrize(
    ("to_ms", "reason", "faults"), [(1_960, "too_long", 0), (1_900, "too_long", 1), (1_900, "nobody", 0)]
)
def test_a_queue_keeps_a_call_for_as_long_as_it_says(to_ms: float, reason: str, faults: int) -> None:
    run = MadeUp(queues=(queue("small", max_wait_ms=1_000),))
    run.visit("small", 1_000, to_ms, left_reason=reason)
    assert len(breaches(run)) == faults


def test_a_number_is_called_for_who_has_picked_up() -> None:
    run = MadeUp()
    run.dial()
    assert breaches(run) == []


def test_a_number_that_was_called_for_nobody_is_found() -> None:
    run = MadeUp()
    run.dial()
    own = run.record.channels["leg-of-ann"]
    own.facts[:] = [fact for fact in own.facts if fact.name == "CHANNEL_CREATE"]
    assert breaches(run) == [f"{run.record.channels[DIALLED].name} was called, and nobody had picked up for it"]
