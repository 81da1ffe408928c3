"""A queue that is closed, full, deserted or slow: where its calls go, what they take along, and when they stay."""

from dataclasses import replace

import pytest

from freeswitch_cc.core.hours import Hours
from freeswitch_cc.core.overflow import shut
from freeswitch_cc.core.words import CallOutcome, LeftReason, Phase, Step, VisitOutcome
from tests.core.overflowing import (
    BOSS,
    MAX_WAIT_MS,
    NEVER,
    NIGHT,
    RESERVE,
    SALES,
    TONES,
    arrived,
    change,
    deserted,
    due,
    last_visits,
    line,
    waiting,
    waits_too_long,
)
from tests.core.world import CUSTOMER, NOW, Story, ms

# How a queue is shut, and the reason of it.
SHUT = {
    LeftReason.CLOSED: {"hours": NEVER},
    LeftReason.FULL: {"max_length": 3, "waiting": 3},
    LeftReason.NOBODY: {"is_staffed": False},
}


def sales(reason: LeftReason, target: str) -> dict[str, object]:
    return {**SHUT[reason], "overflow": {str(reason): target}}


# -- what is judged ------------------------------------------------------------------------------


def test_the_first_condition_that_holds_counts() -> None:
    everything = {name: value for settings in SHUT.values() for name, value in settings.items()}
    assert shut(line(**everything), "UTC", NOW) is LeftReason.CLOSED
    assert shut(line(**{**everything, "hours": None}), "UTC", NOW) is LeftReason.FULL
    assert shut(line(is_staffed=False), "UTC", NOW) is LeftReason.NOBODY
    assert shut(line(max_length=3, waiting=2), "UTC", NOW) is None


def test_hours_are_those_of_the_center() -> None:
    """Monday, 09:00 UTC."""
    morning = Hours(weekly={"mon": ("09:30-12:00",)})
    assert shut(line(hours=morning), "UTC", NOW) is LeftReason.CLOSED
    assert shut(line(hours=morning), "Europe/Helsinki", NOW) is None


def test_in_a_time_zone_that_nobody_knows_it_is_open_and_somebody_is_told() -> None:
    story = arrived(line(hours=NEVER), timezone="Atlantis/Poseidonis")
    assert [alarm.kind for alarm in story.alarms] == ["timezone_unknown"]
    assert story.visit.outcome is None


# -- when a call comes ---------------------------------------------------------------------------


@pytest.mark.parametrize("reason", SHUT)
def test_a_call_that_comes_to_a_queue_that_is_shut_goes_to_another_one(reason: LeftReason) -> None:
    story = arrived(line(**sales(reason, "queue:reserve")), line(RESERVE, music="local_stream://other"))
    left, entered = story.ledger.visits.values()
    assert (left.queue_id, left.outcome, left.left_reason) == (SALES, VisitOutcome.LEFT_OTHERWISE, reason)
    assert left.entered_at < (left.left_at or NOW) == entered.entered_at
    assert (entered.queue_id, entered.entry_reason, entered.outcome) == (RESERVE, "overflow", None)
    assert (entered.priority, entered.requirement_id) == (left.priority, None), "what it asked, it asked of that queue"
    assert story.call.phase is Phase.QUEUED
    assert story.sent() == ["play customer", "pushdeadman customer"]


@pytest.mark.parametrize("reason", SHUT)
@pytest.mark.parametrize(
    ("target", "outcome", "step"),
    [
        (f"announcement:{TONES}", CallOutcome.ANNOUNCED, Step.ANNOUNCING),
        ("voicemail:sales", CallOutcome.VOICEMAIL, Step.GREETING),
    ],
)
def test_or_its_caller_is_told_something(reason: LeftReason, target: str, outcome: CallOutcome, step: Step) -> None:
    story = arrived(line(**sales(reason, target)))
    assert (story.call.phase, story.call.step) == (Phase.LEAVING, step)
    assert story.call.farewell is not None
    assert story.call.farewell.outcome is outcome
    assert last_visits(story) == [(SALES, "inbound", reason)]
    assert story.sent() == ["announce customer", "pushdeadman customer"]


@pytest.mark.parametrize("reason", SHUT)
def test_or_it_waits_for_one_agent(reason: LeftReason) -> None:
    story = arrived(line(**sales(reason, "agent:boss"), agent_wait_ms=5_000, agent_tries=3), line(BOSS))
    assert (story.visit.queue_id, story.visit.max_tries) == (BOSS, 3)
    assert story.visit.overflow_at == story.visit.entered_at + ms(5_000)


@pytest.mark.parametrize("reason", [LeftReason.CLOSED, LeftReason.FULL])
@pytest.mark.parametrize(
    "overflow", [{}, {"nobody": "queue:reserve"}, {"closed": "queue:gone", "full": "voicemail:gone"}, {"closed": "x"}]
)
def test_who_is_told_nothing_is_turned_away(reason: LeftReason, overflow: dict[str, str]) -> None:
    story = arrived(line(**SHUT[reason], overflow=overflow), line(RESERVE))
    assert (story.call.phase, story.call.step) == (Phase.LEAVING, Step.ANNOUNCING)
    assert story.call.farewell is not None
    assert story.call.farewell.outcome is CallOutcome.TURNED_AWAY
    assert last_visits(story) == [(SALES, "inbound", reason)]


def test_where_nobody_is_and_nothing_is_said_of_it_a_caller_waits() -> None:
    story = arrived(line(is_staffed=False))
    assert (story.visit.outcome, story.visit.overflow_at) == (None, None)
    assert story.call.phase is Phase.QUEUED


def test_a_queue_without_limits_is_asked_nothing() -> None:
    story = arrived(line())
    assert (story.visit.queue_id, story.visit.overflow_at, story.visit.spent) == (SALES, None, ())


def test_an_overflow_goes_through_queues_that_are_shut_themselves() -> None:
    story = arrived(
        line(hours=NEVER, overflow={"closed": "queue:reserve"}),
        line(RESERVE, is_staffed=False, overflow={"nobody": "queue:night"}),
        line(NIGHT),
    )
    assert last_visits(story) == [
        (SALES, "inbound", "closed"),
        (RESERVE, "overflow", "nobody"),
        (NIGHT, "overflow", None),
    ]
    assert story.visit.spent == ("sales:closed", "reserve:nobody")


@pytest.mark.parametrize("reason", SHUT)
def test_a_way_out_that_is_shut_and_has_none_itself_has_failed(reason: LeftReason) -> None:
    story = arrived(line(hours=NEVER, overflow={"closed": "queue:reserve"}), line(RESERVE, **SHUT[reason]))
    assert story.call.phase is Phase.LEAVING
    assert story.call.farewell is not None
    assert story.call.farewell.outcome is CallOutcome.TURNED_AWAY
    assert last_visits(story) == [(SALES, "inbound", "closed")]


def test_a_circle_that_no_center_file_may_say_is_walked_once() -> None:
    shut_ones = [
        line(name, hours=NEVER, overflow={"closed": f"queue:{other}"})
        for name, other in ((SALES, RESERVE), (RESERVE, NIGHT), (NIGHT, SALES))
    ]
    story = arrived(*shut_ones)
    assert story.call.farewell is not None
    assert story.call.farewell.outcome is CallOutcome.TURNED_AWAY


# -- while it waits ------------------------------------------------------------------------------

SLOW = {"max_wait_ms": MAX_WAIT_MS, "overflow": {"too_long": "queue:reserve"}}


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


def test_a_way_out_that_is_shut_leaves_the_caller_where_he_waits_and_is_not_tried_again() -> None:
    story = waiting(line(**SLOW), line(RESERVE, hours=NEVER))
    waits_too_long(story)
    assert (story.visit.queue_id, story.visit.outcome, story.visit.overflow_at) == (SALES, None, None)
    assert story.visit.spent == ("sales:too_long",)
    change(story, RESERVE, hours=None)
    assert due(story).changes_nothing


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


# -- the line of one agent -----------------------------------------------------------------------

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


def test_an_agent_who_is_not_logged_in_is_no_way_out() -> None:
    story = waiting(line(**TO_BOSS), line(BOSS, is_staffed=False))
    waits_too_long(story)
    assert (story.visit.queue_id, story.visit.spent) == (SALES, ("sales:too_long",))


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
    story = waiting(line(**SLOW), line(RESERVE, hours=NEVER))
    waits_too_long(story)
    story.offer()
    story.rings()
    story.parks("ann-1")
    story.bridges()
    story.pass_time(60_000)
    story.hangs_up("ann-1", "MEDIA_TIMEOUT")
    assert story.is_back_at_the_head
    assert (story.visit.spent, story.visit.overflow_at) == (("sales:too_long",), None)


# -- and all the rest ----------------------------------------------------------------------------


def test_a_caller_who_gives_up_in_the_queue_that_he_overflowed_to_has_abandoned_that_one() -> None:
    story = waiting(line(**SLOW), line(RESERVE))
    waits_too_long(story)
    story.hangs_up(CUSTOMER)
    assert [visit.outcome for visit in story.ledger.visits.values()] == ["left_otherwise", "abandoned"]
    assert story.call.outcome is CallOutcome.ABANDONED
