"""A talk on hold, from either handset: who is told what, and whose hang-up ends the talk (core.talking)."""

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.words import Activity, CallOutcome, Phase, Segment, Sound
from tests.core.world import CUSTOMER, TIMEOUTS, Story, ms


def held() -> Story:
    story = Story.talking()
    story.holds()
    story.pass_time(60_000)
    return story


def test_an_agent_who_holds_from_his_handset_is_holding_and_both_legs_are_held() -> None:
    story = held()
    assert story.agent().activity is Activity.HOLDING
    assert (story.customer.segment, story.leg("ann-1").segment) == (Segment.HELD, Segment.HELD)


def test_an_agent_who_takes_the_customer_back_talks_again() -> None:
    story = held()
    story.unholds()
    assert story.agent().activity is Activity.TALKING
    assert story.customer.segment is Segment.TALKING


def test_a_hold_that_is_heard_again_late_does_not_hold() -> None:
    story = Story.talking()
    story.now += ms(1)
    early = story.now
    story.holds()
    story.unholds()
    again = events.LegHeld(call_id="call", leg_id="ann-1", at=early, seq=1)
    assert story.happen(again).changes_nothing


def test_a_customer_who_hangs_up_on_hold_ends_the_call() -> None:
    story = held()
    story.hangs_up(CUSTOMER)
    assert story.reasons[-1] == "the customer hung up"
    story.hangs_up("ann-1")
    assert story.call.outcome is CallOutcome.COMPLETED
    assert story.agent().activity is Activity.IDLE


@pytest.mark.parametrize("takes_back_first", [True, False])
def test_nobody_ends_a_talk_with_somebody_whom_he_holds(takes_back_first: bool) -> None:
    """The switch takes a hold back in the instant before it hangs a holding leg up."""
    story = held()
    if takes_back_first:
        story.unholds()
    story.hangs_up("ann-1")
    assert story.is_back_at_the_head
    story.unbridges()
    story.parks(CUSTOMER)
    assert story.customer.sound is Sound.ASKED
    assert story.agent().activity is Activity.IDLE


def test_a_blind_transfer_of_a_held_customer_is_not_allowed_either() -> None:
    story = held()
    story.parks(CUSTOMER, refer_to="sip:900@elsewhere")
    assert story.is_back_at_the_head


def test_nobody_ends_a_talk_with_somebody_whom_he_holds_though_that_one_holds_him_too() -> None:
    story = held()
    story.holds(CUSTOMER)
    story.pass_time(1_000)
    story.unholds()
    story.hangs_up("ann-1")
    assert story.is_back_at_the_head


def test_an_agent_whom_the_customer_holds_ends_the_call() -> None:
    story = Story.talking()
    story.pass_time(5_000)
    story.holds(CUSTOMER)
    story.hangs_up("ann-1")
    assert story.call.phase is Phase.ENDING


def test_an_agent_who_took_the_customer_back_a_while_ago_ends_the_call() -> None:
    story = held()
    story.unholds()
    story.pass_time(TIMEOUTS.settle_ms)
    story.hangs_up("ann-1")
    assert story.call.phase is Phase.ENDING


def test_an_unbridge_that_is_told_before_the_hang_up_is_no_hold() -> None:
    """Which of the two the switch tells first is its mood. He talked, and hung up."""
    story = Story.talking()
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.unbridges()
    story.hangs_up("ann-1")
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.COMPLETED)


def test_a_hold_that_was_taken_back_by_the_hang_up_counts_though_an_unbridge_is_told_between() -> None:
    story = Story.talking()
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.holds()
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.unholds()
    story.unbridges()
    story.hangs_up("ann-1")
    assert story.is_back_at_the_head


def test_a_hold_that_was_taken_back_long_before_does_not_count_when_an_unbridge_is_told_first() -> None:
    story = Story.talking()
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.holds()
    story.unholds()
    story.pass_time(TIMEOUTS.unhold_ms + 100)
    story.unbridges()
    story.hangs_up("ann-1")
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.COMPLETED)
