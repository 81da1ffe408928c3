"""As many calls of a queue are at outside numbers as may be, or as many of this caller: the number takes no more."""

from typing import Any

import pytest

from freeswitch_cc.core.commands import Originate
from freeswitch_cc.core.words import CallOutcome, Phase
from tests.core.forwarded import COMES, OTHER, TARGET, WAITS, WAYS, begun
from tests.core.overflowing import RESERVE, SALES, change, due, last_visits, line
from tests.core.placed import CALLER_ID
from tests.core.world import TIMEOUTS, ms

FULL: dict[str, dict[str, int]] = {
    "as many as may be at once": {"max_forwarded": 2, "forwarded": 2},
    "of this caller, today": {"max_forwarded_per_caller": 3, "forwarded_of_caller": 3},
}


@pytest.mark.parametrize("counts", FULL.values(), ids=FULL)
@pytest.mark.parametrize("reason", WAITS)
def test_a_number_that_takes_no_more_is_not_called_and_who_waits_asks_again(
    reason: str, counts: dict[str, int]
) -> None:
    story = begun(reason, **counts)
    assert not [command for command in story.commands if isinstance(command, Originate)]
    assert (story.call.phase, story.visit.outcome, story.visit.spent) == (Phase.QUEUED, None, ())
    assert story.visit.overflow_at == story.now + ms(TIMEOUTS.overflow_again_ms)
    assert [(alarm.kind, alarm.once) for alarm in story.alarms] == [("number_full", SALES)]
    change(story, SALES, forwarded=0, forwarded_of_caller=0)
    story.pass_time(TIMEOUTS.overflow_again_ms)
    due(story)
    assert story.call.phase is Phase.FORWARDING, "one of them has ended"


@pytest.mark.parametrize("counts", FULL.values(), ids=FULL)
@pytest.mark.parametrize("reason", COMES)
def test_and_who_comes_is_turned_away(reason: str, counts: dict[str, int]) -> None:
    story = begun(reason, **counts)
    assert story.call.farewell is not None
    assert story.call.farewell.outcome is CallOutcome.TURNED_AWAY


@pytest.mark.parametrize("counts", FULL.values(), ids=FULL)
@pytest.mark.parametrize("reason", WAYS)
def test_or_goes_where_the_queue_says_for_a_number_that_is_not_reached(reason: str, counts: dict[str, int]) -> None:
    story = begun(reason, line(RESERVE), overflow={"not_reached": "queue:reserve"}, **counts)
    assert last_visits(story) == [(SALES, "inbound", reason), (RESERVE, "overflow", None)]
    assert story.visit.spent == (f"sales:{reason}", "sales:not_reached")


def test_a_second_number_is_one_of_them_too() -> None:
    story = begun("closed", overflow={"not_reached": f"number:{OTHER}"}, max_forwarded=1, forwarded=1)
    assert not [command for command in story.commands if isinstance(command, Originate)]
    assert [alarm.kind for alarm in story.alarms] == ["number_full"], "told once"


def test_who_is_closed_out_waits_in_a_queue_on_his_way_that_is_only_deserted() -> None:
    """As when the way out of that one is shut."""
    said: dict[str, Any] = {"overflow": {"nobody": TARGET}, "may_dial": ("national",), "caller_ids": (CALLER_ID,)}
    reserve = line(RESERVE, is_staffed=False, max_forwarded=1, forwarded=1, **said)
    story = begun("closed", reserve, overflow={"closed": "queue:reserve"})
    assert last_visits(story) == [(SALES, "inbound", "closed"), (RESERVE, "overflow", None)]


def test_without_a_limit_as_many_are_called_as_come() -> None:
    assert begun(forwarded=1_000, forwarded_of_caller=1_000).call.phase is Phase.FORWARDING
