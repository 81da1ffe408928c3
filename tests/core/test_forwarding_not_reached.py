"""A number to which a queue overflowed is not reached, whatever the reason: its caller goes on from there."""

import pytest

from freeswitch_cc.core import events, forwarding
from freeswitch_cc.core.commands import Kill
from freeswitch_cc.core.words import CallOutcome, Phase, Seen, Step, Want
from tests.core.forwarded import (
    COMES,
    OTHER,
    STATES,
    WAITS,
    WAYS,
    begun,
    busy,
    calling,
    connecting,
    looked,
    number,
)
from tests.core.overflowing import BOSS, NIGHT, RESERVE, SALES, TONES, due, last_visits, line
from tests.core.world import CUSTOMER, ms

CAUSES = ["USER_BUSY", "NO_ANSWER", "CALL_REJECTED", "GATEWAY_DOWN", "NORMAL_TEMPORARY_FAILURE", "UNALLOCATED_NUMBER"]


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("reason", WAITS)
def test_who_waited_goes_back_to_the_head_of_his_queue_and_is_not_asked_again(reason: str, cause: str) -> None:
    story = calling(reason)
    decision = busy(story, cause)
    assert story.is_back_at_the_head
    assert (story.visit.queue_id, story.visit.spent) == (SALES, (f"sales:{reason}",))
    assert (story.visit.requirement_id, story.visit.priority) == ("french", 3)
    assert story.visit.overflow_at is None
    assert story.call.forward is None
    assert decision.wakes_matcher
    assert not decision.commands, "his music goes on"


@pytest.mark.parametrize("reason", COMES)
def test_who_found_his_queue_shut_hears_so(reason: str) -> None:
    story = calling(reason)
    busy(story)
    assert (story.call.phase, story.call.step) == (Phase.LEAVING, Step.ANNOUNCING)
    assert story.call.farewell is not None
    assert story.call.farewell.outcome is CallOutcome.TURNED_AWAY
    assert len(story.ledger.visits) == 1


@pytest.mark.parametrize("reason", WAYS)
def test_or_he_goes_where_the_queue_says(reason: str) -> None:
    story = calling(reason, line(RESERVE), overflow={"not_reached": "queue:reserve"})
    left = story.visit.left_at
    busy(story)
    assert last_visits(story) == [(SALES, "inbound", reason), (RESERVE, "overflow", None)]
    assert left is not None
    assert story.visit.entered_at > left
    assert (story.call.phase, story.call.forward, story.visit.priority) == (Phase.QUEUED, None, 3)
    assert story.visit.spent == (f"sales:{reason}", "sales:not_reached")


@pytest.mark.parametrize("reason", WAYS)
@pytest.mark.parametrize(
    ("target", "step"), [("voicemail:sales", Step.GREETING), (f"announcement:{TONES}", Step.ANNOUNCING)]
)
def test_or_leaves_a_message_or_hears_something(reason: str, target: str, step: Step) -> None:
    story = calling(reason, overflow={"not_reached": target})
    busy(story)
    assert (story.call.phase, story.call.step, story.call.forward) == (Phase.LEAVING, step, None)


def test_or_waits_for_one_agent_and_then_goes_back_to_the_queue_that_he_left() -> None:
    story = calling("too_long", line(BOSS), overflow={"not_reached": BOSS})
    busy(story)
    assert (story.visit.queue_id, story.visit.came_from) == (
        BOSS,
        next(iter(story.ledger.visits)),
    )
    story.pass_time(60_000)
    due(story)
    assert (story.visit.queue_id, story.visit.entry_reason) == (SALES, "returned")


def test_or_a_second_number_is_called_and_no_third() -> None:
    story = calling(overflow={"not_reached": f"number:{OTHER}"})
    first = number(story).leg_id
    busy(story)
    assert number(story).leg_id != first
    assert story.call.forward is not None
    assert story.call.forward.number == OTHER
    story.rings(number(story).leg_id)
    busy(story)
    assert story.is_back_at_the_head
    assert story.visit.spent == ("sales:too_long", "sales:not_reached")


def test_or_on_through_queues_that_are_shut_themselves() -> None:
    reserve = line(RESERVE, is_staffed=False, overflow={"nobody": "queue:night"})
    story = calling("full", reserve, line(NIGHT), overflow={"not_reached": "queue:reserve"})
    busy(story)
    assert last_visits(story)[1:] == [(RESERVE, "passed", "nobody"), (NIGHT, "overflow", None)]


def test_where_it_leads_to_nothing_he_is_back_at_the_head() -> None:
    story = calling("too_long", line(RESERVE, is_staffed=False), overflow={"not_reached": "queue:reserve"})
    busy(story)
    assert story.is_back_at_the_head


def test_a_call_that_cannot_be_placed_is_not_reached() -> None:
    story = begun()
    story.refuse("originate", number(story).leg_id, "GATEWAY_DOWN")
    assert story.is_back_at_the_head


def test_one_that_left_before_the_bridge_is_not_reached() -> None:
    story = connecting()
    story.hangs_up(number(story).leg_id)
    assert story.call.phase is Phase.QUEUED
    story.parks(CUSTOMER)
    assert story.is_back_at_the_head


def test_a_look_at_the_very_instant_that_it_is_due_gives_it_up_and_one_before_does_not() -> None:
    story = calling()
    assert story.call.step_due_at is not None
    story.now = story.call.step_due_at - ms(1)
    looked(story, "ringing")
    assert story.call.phase is Phase.FORWARDING
    story.now = story.call.step_due_at
    looked(story, "ringing")
    assert story.is_back_at_the_head


@pytest.mark.parametrize("state", STATES)
def test_what_lasts_too_long_is_given_up_after_a_look(state: forwarding.State) -> None:
    story = STATES[state]()
    story.pass_time(40_000)
    due(story, "step")
    assert story.call.phase is Phase.FORWARDING, "first the switch is looked at"
    leg_id = number(story).leg_id
    looked(story, "ringing" if state is forwarding.State.CALLING else "parked")
    kills = [command for command in story.new_commands if isinstance(command, Kill)]
    assert [kill.leg_id for kill in kills] == [leg_id]
    assert story.is_back_at_the_head


def test_a_look_that_finds_it_answered_at_last_gives_it_time_to_be_bridged() -> None:
    story = calling()
    story.pass_time(40_000)
    looked(story, "parked")
    assert story.call.phase is Phase.FORWARDING
    assert story.customer.want is Want.WITH


def test_one_that_is_nowhere_is_not_reached() -> None:
    """The engine died between the commit and the command."""
    story = begun()
    story.pass_time(40_000)
    looked(story, "gone")
    assert story.is_back_at_the_head


def test_a_switch_that_stays_away_keeps_nobody_so_it_is_looked_at_when_it_is_back() -> None:
    story = calling()
    story.happen(events.SwitchLost(call_id=story.call.call_id))
    assert (story.call.phase, number(story).seen) == (Phase.FORWARDING, Seen.RINGING)


def test_an_answer_after_it_was_given_up_is_hung_up() -> None:
    story = calling()
    story.pass_time(40_000)
    looked(story, "ringing")
    story.parks(number(story).leg_id)
    assert story.call.phase is Phase.QUEUED
    assert number(story).want is Want.GONE


def test_an_answer_after_its_end_was_written_down_is_hung_up() -> None:
    story = calling()
    story.pass_time(40_000)
    looked(story, "gone")
    story.parks(number(story).leg_id, role="target")
    assert story.sent() == [f"kill {number(story).leg_id}"]
