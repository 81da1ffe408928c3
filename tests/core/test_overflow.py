"""A call that waits in a queue that is slow or deserted: when it goes, where to, and when it stays."""

from dataclasses import replace

import pytest

from freeswitch_cc.core.words import CallOutcome, LeftReason, Step, VisitOutcome
from tests.core.overflowing import (
    MAX_WAIT_MS,
    NEVER,
    NIGHT,
    OPEN,
    RESERVE,
    SALES,
    SHUT,
    SLOW,
    TONES,
    change,
    deserted,
    due,
    last_visits,
    line,
    waiting,
    waits_too_long,
)
from tests.core.world import CUSTOMER, NOW, TIMEOUTS, ms

AGAIN = ms(TIMEOUTS.overflow_again_ms)

# -- while it waits ------------------------------------------------------------------------------


def test_how_long_one_may_wait_is_written_on_the_visit() -> None:
    assert waiting(line(**SLOW)).visit.overflow_at == NOW + ms(1) + ms(MAX_WAIT_MS)
    assert waiting(line(max_wait_ms=MAX_WAIT_MS)).visit.overflow_at is None, "nothing is said of where to"


def test_who_waited_too_long_goes_on_with_his_music() -> None:
    story = waiting(line(**SLOW), line(RESERVE))
    decision = waits_too_long(story)
    assert last_visits(story) == [(SALES, "inbound", "too_long"), (RESERVE, "overflow", None)]
    assert story.sent() == []
    assert decision.wakes_matcher
    assert story.visit.priority == 3


def test_not_before_its_time() -> None:
    story = waiting(line(**SLOW), line(RESERVE))
    story.pass_time(MAX_WAIT_MS - 2_000)
    assert due(story).changes_nothing


def test_told_twice_it_is_nothing_new() -> None:
    story = waiting(line(**SLOW), line(RESERVE))
    waits_too_long(story)
    assert due(story).changes_nothing


def test_closed_and_full_are_asked_only_when_it_comes() -> None:
    story = waiting(line(**{**SLOW, "overflow": {"closed": "queue:reserve", "full": "queue:reserve"}}), line(RESERVE))
    change(story, SALES, hours=NEVER, max_length=1, waiting=5)
    story.pass_time(MAX_WAIT_MS)
    story.ledger = story.ledger.with_rows(
        visits={story.visit.visit_id: replace(story.visit, overflow_at=story.now)},
    )
    due(story)
    assert (story.visit.queue_id, story.visit.outcome) == (SALES, None)


def test_the_last_agent_logs_out() -> None:
    story = waiting(line(overflow={"nobody": "queue:reserve"}), line(RESERVE))
    deserted(story)
    assert last_visits(story) == [(SALES, "inbound", "nobody"), (RESERVE, "overflow", None)]


def test_an_agent_who_is_back_before_it_was_judged_keeps_the_call() -> None:
    story = waiting(line(**{**SLOW, "overflow": {"nobody": "queue:night", "too_long": "queue:reserve"}}), line(NIGHT))
    due_at = story.visit.overflow_at
    visit = replace(story.visit, overflow_at=story.now)
    story.ledger = story.ledger.with_rows(visits={visit.visit_id: visit})
    due(story)
    assert (story.visit.queue_id, story.visit.overflow_at) == (SALES, due_at), "and its time is what it was"


@pytest.mark.parametrize("why", SHUT)
def test_a_way_out_that_is_shut_leaves_the_caller_where_he_waits_and_is_asked_again(why: LeftReason) -> None:
    story = waiting(line(**SLOW), line(RESERVE, **SHUT[why]))
    waits_too_long(story)
    assert (story.visit.queue_id, story.visit.outcome, story.visit.spent) == (SALES, None, ())
    assert story.visit.overflow_at == story.now + AGAIN
    change(story, RESERVE, **OPEN)
    assert due(story).changes_nothing, "not yet"
    story.pass_time(TIMEOUTS.overflow_again_ms)
    due(story)
    assert last_visits(story) == [(SALES, "inbound", "too_long"), (RESERVE, "overflow", None)]


def test_as_often_as_it_takes_and_told_once() -> None:
    story = waiting(line(**SLOW), line(RESERVE, hours=NEVER))
    waits_too_long(story)
    for _ in range(3):
        story.pass_time(TIMEOUTS.overflow_again_ms)
        due(story)
        assert story.visit.overflow_at == story.now + AGAIN
    assert len([why for why in story.reasons if "asks again" in why]) == 1


def test_one_that_is_not_there_is_not_asked_again() -> None:
    story = waiting(line(**SLOW))
    waits_too_long(story)
    assert (story.visit.queue_id, story.visit.outcome, story.visit.overflow_at) == (SALES, None, None)
    assert story.visit.spent == ("sales:too_long",)


def test_where_nobody_is_the_way_out_is_asked_again_but_the_time_of_the_other_one_is_kept() -> None:
    both = {"too_long": f"announcement:{TONES}", "nobody": "queue:reserve"}
    story = waiting(line(max_wait_ms=MAX_WAIT_MS, overflow=both), line(RESERVE, hours=NEVER))
    deserted(story)
    assert story.visit.overflow_at == story.now + AGAIN
    story.pass_time(MAX_WAIT_MS - 2_000)
    due(story)
    assert story.visit.overflow_at == story.visit.entered_at + ms(MAX_WAIT_MS)


def test_an_agent_who_comes_back_ends_the_asking() -> None:
    story = waiting(line(overflow={"nobody": "queue:reserve"}), line(RESERVE, hours=NEVER))
    deserted(story)
    change(story, SALES, is_staffed=True)
    story.pass_time(TIMEOUTS.overflow_again_ms)
    due(story)
    assert (story.visit.queue_id, story.visit.overflow_at) == (SALES, None)


def test_when_one_way_out_fails_the_other_one_is_tried() -> None:
    both = {"too_long": "queue:reserve", "nobody": f"announcement:{TONES}"}
    story = waiting(line(max_wait_ms=MAX_WAIT_MS, overflow=both), line(RESERVE, hours=NEVER))
    change(story, SALES, is_staffed=False)
    waits_too_long(story)
    assert story.call.step is Step.ANNOUNCING
    assert last_visits(story) == [(SALES, "inbound", "nobody")]


def test_a_target_that_the_center_file_does_not_name_any_more_keeps_him_waiting() -> None:
    story = waiting(line(**SLOW), line(RESERVE))
    change(story, SALES, overflow={})
    waits_too_long(story)
    assert (story.visit.outcome, story.visit.overflow_at) == (None, None)


# -- while an agent is rung ----------------------------------------------------------------------


def test_nobody_is_taken_away_from_an_agent_who_rings() -> None:
    story = waiting(line(**SLOW), line(RESERVE))
    story.offer()
    story.rings()
    waits_too_long(story)
    assert (story.visit.queue_id, story.visit.outcome) == (SALES, None)
    story.parks("ann-1")
    story.bridges()
    assert story.visit.outcome is VisitOutcome.ANSWERED


def test_when_the_ring_ends_in_vain_he_goes_in_the_same_moment() -> None:
    story = waiting(line(**SLOW), line(RESERVE))
    story.offer()
    story.rings()
    waits_too_long(story)
    story.hangs_up("ann-1", "NO_ANSWER", is_answered=False)
    assert last_visits(story) == [(SALES, "inbound", "too_long"), (RESERVE, "overflow", None)]
    assert story.agent().is_ready


def test_nobody_is_moved_on_while_the_switch_moves_him() -> None:
    story = waiting(line(**SLOW), line(RESERVE))
    story.offer()
    story.rings()
    story.parks("ann-1")
    story.pass_time(MAX_WAIT_MS)
    story.hangs_up("ann-1")  # in the moment of the bridge
    assert story.visit.queue_id == SALES
    story.parks(CUSTOMER)
    assert story.visit.queue_id == RESERVE


# -- and all the rest ----------------------------------------------------------------------------


def test_a_caller_who_gives_up_in_the_queue_that_he_overflowed_to_has_abandoned_that_one() -> None:
    story = waiting(line(**SLOW), line(RESERVE))
    waits_too_long(story)
    story.hangs_up(CUSTOMER)
    assert [visit.outcome for visit in story.ledger.visits.values()] == ["left_otherwise", "abandoned"]
    assert story.call.outcome is CallOutcome.ABANDONED
