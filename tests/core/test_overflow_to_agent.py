"""A call that overflows to one agent waits for him alone, and goes back where it was if he does not take it."""

import pytest

from freeswitch_cc.core.words import CallOutcome, LeftReason
from tests.core.overflowing import (
    BOSS,
    MAX_WAIT_MS,
    SALES,
    SLOW,
    arrived,
    change,
    deserted,
    due,
    last_visits,
    line,
    sales,
    waiting,
    waits_too_long,
)
from tests.core.world import TIMEOUTS, Story, ms

TO_BOSS = {
    "max_wait_ms": MAX_WAIT_MS,
    "overflow": {"too_long": "agent:boss"},
    "agent_tries": 2,
    "agent_wait_ms": 20_000,
}


def rings_in_vain(story: Story, cause: str = "NO_ANSWER") -> None:
    leg = story.offer("boss").leg_id or ""
    story.rings(leg)
    story.hangs_up(leg, cause, is_answered=False)


def test_who_is_not_taken_by_that_agent_goes_back_before_all_others() -> None:
    story = waiting(line(**TO_BOSS), line(BOSS))
    waits_too_long(story)
    rings_in_vain(story)
    assert (story.visit.queue_id, story.visit.tries) == (BOSS, 1)
    rings_in_vain(story, "CALL_REJECTED")
    assert last_visits(story) == [
        (SALES, "inbound", "too_long"),
        (BOSS, "overflow", "not_taken"),
        (SALES, "returned", None),
    ]
    back = story.visit
    assert (back.is_returned, back.priority, back.requirement_id) == (True, 3, "french")
    assert (back.overflow_at, back.spent) == (None, ("sales:too_long",)), "once is enough"


def test_nor_waits_longer_for_him_than_he_may() -> None:
    story = waiting(line(**TO_BOSS), line(BOSS))
    waits_too_long(story)
    story.pass_time(19_000)
    due(story)
    assert story.visit.queue_id == BOSS
    story.pass_time(1_000)
    due(story)
    assert last_visits(story)[1:] == [(BOSS, "overflow", "too_long"), (SALES, "returned", None)]


def test_nor_when_he_logs_out() -> None:
    story = waiting(line(**TO_BOSS), line(BOSS))
    waits_too_long(story)
    deserted(story, BOSS)
    assert last_visits(story)[1:] == [(BOSS, "overflow", "nobody"), (SALES, "returned", None)]


def test_an_agent_who_is_not_logged_in_is_asked_again_when_he_is() -> None:
    story = waiting(line(**TO_BOSS), line(BOSS, is_staffed=False))
    waits_too_long(story)
    assert (story.visit.queue_id, story.visit.spent) == (SALES, ())
    change(story, BOSS, is_staffed=True)
    story.pass_time(TIMEOUTS.overflow_again_ms)
    due(story)
    assert story.visit.queue_id == BOSS


@pytest.mark.parametrize("reason", [LeftReason.CLOSED, LeftReason.FULL])
def test_who_found_his_queue_shut_has_no_place_to_go_back_to(reason: LeftReason) -> None:
    story = arrived(line(**sales(reason, "agent:boss"), agent_tries=1), line(BOSS))
    rings_in_vain(story)
    assert last_visits(story) == [(SALES, "inbound", reason), (BOSS, "overflow", "not_taken")]
    assert story.call.farewell is not None
    assert story.call.farewell.outcome is CallOutcome.TURNED_AWAY


def test_a_talk_with_that_agent_that_is_torn_comes_back_to_his_line_for_as_long_as_before() -> None:
    story = waiting(line(**TO_BOSS), line(BOSS))
    waits_too_long(story)
    leg = story.offer("boss").leg_id or ""
    story.rings(leg)
    story.parks(leg)
    story.bridges(leg)
    story.pass_time(60_000)
    story.hangs_up(leg, "MEDIA_TIMEOUT")
    back = story.visit
    assert (back.queue_id, back.entry_reason, back.max_tries) == (BOSS, "returned", 2)
    assert back.overflow_at == back.entered_at + ms(20_000)


def test_a_torn_talk_does_not_give_back_what_was_spent() -> None:
    story = waiting(line(**SLOW))
    waits_too_long(story)
    story.offer()
    story.rings()
    story.parks("ann-1")
    story.bridges()
    story.pass_time(60_000)
    story.hangs_up("ann-1", "MEDIA_TIMEOUT")
    assert story.is_back_at_the_head
    assert (story.visit.spent, story.visit.overflow_at) == (("sales:too_long",), None)
