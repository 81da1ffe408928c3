"""A talk on hold, from either handset: who is told what, and whose hang-up ends the talk (core.talking)."""

from typing import Any

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.words import Activity, CallOutcome, Phase, Segment, Sound
from tests.core.world import CALL, CUSTOMER, TIMEOUTS, Story, ms


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


def tell(story: Story, kind: type[events.LegFact], after_ms: int, leg_id: str = "ann-1", **fields: Any) -> None:
    """A fact of a leg that happened so long after `now`, and is decided on now: one of a backlog."""
    at = story.now + ms(after_ms)
    story.happen(kind(call_id=CALL, leg_id=leg_id, at=at, seq=story.told + 1, **fields))


def tell_of_the_end(story: Story, after_ms: int) -> None:
    tell(story, events.LegsUnbridged, after_ms, other_leg_id=CUSTOMER)
    tell(story, events.LegHungUp, after_ms + 1, cause="NORMAL_CLEARING")


def test_a_talk_that_is_told_all_at_once_was_no_hold() -> None:
    """The database was away, and one instant of its clock sees what took the switch a minute."""
    story = Story.connecting()
    tell(story, events.LegsBridged, 0, other_leg_id=CUSTOMER)
    tell_of_the_end(story, 60_000)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.COMPLETED)


def test_a_hold_that_was_taken_back_long_before_does_not_count_when_all_is_told_at_once() -> None:
    story = Story.talking()
    tell(story, events.LegHeld, 1_000)
    tell(story, events.LegUnheld, 2_000)
    tell_of_the_end(story, 60_000)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.COMPLETED)


@pytest.mark.parametrize("is_unbridged_first", [True, False])
def test_a_hold_that_the_hang_up_took_back_counts_though_the_end_is_told_much_later(is_unbridged_first: bool) -> None:
    story = held()
    story.unholds()
    story.pass_time(10_000)
    if is_unbridged_first:
        tell(story, events.LegsUnbridged, -9_999, other_leg_id=CUSTOMER)
    tell(story, events.LegHungUp, -9_998, cause="NORMAL_CLEARING")
    assert story.is_back_at_the_head


def test_a_talk_that_is_told_all_at_once_was_no_hold_though_the_customer_s_park_is_told_first() -> None:
    story = Story.connecting()
    tell(story, events.LegsBridged, 0, other_leg_id=CUSTOMER)
    tell(story, events.LegParked, 60_000, leg_id=CUSTOMER, is_inbound=True)
    tell_of_the_end(story, 60_001)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.COMPLETED)


def test_who_is_parted_from_somebody_whom_he_holds_holds_him_until_he_is_heard_of_elsewhere() -> None:
    story = held()
    story.unbridges()
    assert story.agent().activity is Activity.HOLDING
    story.unholds()
    assert story.agent().activity is Activity.HOLDING, "by the hang-up, for all we know"
    story.parks("ann-1")
    assert story.agent().activity is Activity.TALKING


def test_who_held_when_he_was_parted_does_not_hold_in_the_next_bridge() -> None:
    story = held()
    story.unbridges()
    story.bridges()
    assert (story.agent().activity, story.leg("ann-1").is_holding) == (Activity.TALKING, False)
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.hangs_up("ann-1")
    assert story.call.phase is Phase.ENDING


def test_nobody_ends_a_talk_by_taking_back_and_hanging_up_after_they_were_parted() -> None:
    story = held()
    story.unbridges()
    story.unholds()
    story.pass_time(TIMEOUTS.unhold_ms + 100)
    story.hangs_up("ann-1")
    assert story.is_back_at_the_head
