"""What is said of where a call goes next: after its time, when nobody is there, and when it asks again."""

from datetime import timedelta

import pytest

from freeswitch_cc.core.why_overflow import next_step
from tests.core.world import NOW

LATE, DESERTED = {"too_long": "queue:night"}, {"nobody": "voicemail:box"}
BOTH = {**LATE, **DESERTED}


@pytest.mark.parametrize(
    ("overflow", "due_s", "too_long_s", "said"),
    [
        ({}, None, None, None),
        ({}, 4, 60, None),
        (LATE, 60, 60, "overflow to queue:night in 60 s"),
        (LATE, 4, -9, "ask queue:night again in 4 s"),
        (LATE, -1, -9, "ask queue:night again now"),
        (LATE, None, None, None),
        (DESERTED, None, None, "overflow to voicemail:box when nobody is logged in"),
        (DESERTED, 4, None, "ask voicemail:box again in 4 s"),
        (BOTH, 60, 60, "overflow to queue:night in 60 s"),
        (BOTH, 4, 60, "ask voicemail:box again in 4 s"),
        (BOTH, 4, -9, "ask queue:night again in 4 s"),
    ],
)
def test_the_next_step_of_a_call_that_waits(
    overflow: dict[str, str], due_s: int | None, too_long_s: int | None, said: str | None
) -> None:
    due_at, too_long_at = (None if s is None else NOW + timedelta(seconds=s) for s in (due_s, too_long_s))
    assert next_step(overflow, "sales", (), due_at, None, NOW, too_long_at) == said


def test_what_is_spent_is_not_told() -> None:
    due_at = NOW + timedelta(seconds=4)
    assert next_step(LATE, "sales", ("sales:too_long",), due_at, None, NOW, due_at) is None
    assert next_step(DESERTED, "sales", ("sales:nobody",), None, None, NOW) is None


def test_who_waits_for_one_agent_is_told_when_he_goes_back() -> None:
    assert next_step(BOTH, "agent:boss", (), NOW + timedelta(seconds=4), "sales", NOW) == "back to sales in 4 s"
