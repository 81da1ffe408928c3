"""A queue is shut for who comes: where its calls go, what they take along, and who is turned away."""

from dataclasses import replace

import pytest

from freeswitch_cc.core.hours import Hours
from freeswitch_cc.core.way_out import shut
from freeswitch_cc.core.words import CallOutcome, LeftReason, Phase, Step, VisitOutcome
from tests.core.overflowing import (
    BOSS,
    BOX,
    NEVER,
    NIGHT,
    RESERVE,
    SALES,
    SHUT,
    TONES,
    arrived,
    change,
    deserted,
    due,
    last_visits,
    line,
    sales,
)
from tests.core.world import NOW, TIMEOUTS, ms

AGAIN = ms(TIMEOUTS.overflow_again_ms)

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
        (RESERVE, "passed", "nobody"),
        (NIGHT, "overflow", None),
    ]
    assert story.visit.spent == ("sales:closed", "reserve:nobody")


@pytest.mark.parametrize("reason", [LeftReason.CLOSED, LeftReason.FULL])
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


@pytest.mark.parametrize("reason", [LeftReason.CLOSED, LeftReason.FULL])
def test_who_is_not_let_in_waits_where_nobody_is_for_now_as_who_calls_that_queue_does(reason: LeftReason) -> None:
    story = arrived(line(**sales(reason, "queue:reserve")), line(RESERVE, is_staffed=False))
    assert last_visits(story) == [(SALES, "inbound", reason), (RESERVE, "overflow", None)]


def test_and_so_when_the_way_out_of_that_one_is_shut_too() -> None:
    story = arrived(
        line(hours=NEVER, overflow={"closed": "queue:reserve"}),
        line(RESERVE, is_staffed=False, overflow={"nobody": "queue:night"}),
        line(NIGHT, hours=NEVER),
    )
    assert last_visits(story)[1:] == [(RESERVE, "overflow", None)]
    deserted(story, RESERVE)
    assert story.visit.overflow_at == story.now + AGAIN, "and it asks again"


def test_an_agent_who_is_not_logged_in_is_no_place_to_wait_at() -> None:
    story = arrived(line(**sales(LeftReason.CLOSED, "agent:boss")), line(BOSS, is_staffed=False))
    assert story.call.step is Step.ANNOUNCING


def test_who_comes_where_nobody_is_and_whose_way_out_is_shut_waits_and_asks_again() -> None:
    story = arrived(line(**sales(LeftReason.NOBODY, "queue:reserve")), line(RESERVE, max_length=1, waiting=1))
    assert (story.visit.queue_id, story.visit.spent) == (SALES, ())
    assert story.visit.overflow_at == story.now + AGAIN
    change(story, RESERVE, waiting=0)
    story.pass_time(TIMEOUTS.overflow_again_ms)
    due(story)
    assert last_visits(story) == [(SALES, "inbound", "nobody"), (RESERVE, "overflow", None)]


# -- a box that is full --------------------------------------------------------------------------


@pytest.mark.parametrize("full", [{"max_messages": 3, "messages": 3}, {"max_per_caller": 2, "messages_of_caller": 2}])
@pytest.mark.parametrize("reason", SHUT)
def test_a_box_that_is_full_takes_no_message_and_somebody_is_told(reason: LeftReason, full: dict[str, int]) -> None:
    story = arrived(line(**sales(reason, "voicemail:sales")), boxes=(replace(BOX, **full),))
    assert [(alarm.kind, alarm.details) for alarm in story.alarms] == [("box_full", "sales")]
    if reason is LeftReason.NOBODY:
        assert (story.call.phase, story.visit.overflow_at) == (Phase.QUEUED, story.now + AGAIN), "he waits"
    else:
        assert story.call.farewell is not None
        assert story.call.farewell.outcome is CallOutcome.TURNED_AWAY


@pytest.mark.parametrize(
    ("counts", "is_full"),
    [
        ({"messages": 99, "messages_of_caller": 99}, False),
        ({"max_messages": 3, "messages": 2}, False),
        ({"max_messages": 3, "messages": 3}, True),
        ({"max_per_caller": 1, "messages_of_caller": 1}, True),
    ],
)
def test_a_box_is_full_by_what_it_says(counts: dict[str, int], is_full: bool) -> None:
    assert replace(BOX, **counts).is_full is is_full
