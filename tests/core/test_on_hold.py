"""A talk on hold by request (core.talking): both legs are parked, and nobody is left over, whatever happens."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.commands import Play
from freeswitch_cc.core.words import Activity, CallOutcome, CommandKind, Phase, Segment, Sound, Want, WrapUp
from tests.core.world import CALL, CUSTOMER, ENTRY, TIMEOUTS, Story, make_agent


def asked_for() -> Story:
    """The hold is asked for and on its way to the switch."""
    story = Story.talking(make_agent("ann"), make_agent("bea"))
    story.control("ann", "hold")
    return story


def on_hold() -> Story:
    story = asked_for()
    both_park(story)
    story.music_plays()
    story.pass_time(60_000)
    return story


def both_park(story: Story) -> None:
    story.unbridges()
    story.parks("ann-1")
    story.parks(CUSTOMER)


def legs(story: Story) -> list[Leg]:
    return [story.leg("ann-1"), story.customer]


def test_a_hold_is_one_transfer_to_park_and_music_for_the_customer_alone() -> None:
    story = asked_for()
    assert story.sent() == ["park ann-1"]
    assert story.agent().activity is Activity.HOLDING
    assert (story.call.phase, story.call.held_by, story.call.held_at) == (Phase.TALKING, "ann", story.now)
    both_park(story)
    assert story.sent() == ["play customer", "pushdeadman customer"]
    assert [leg.segment for leg in legs(story)] == [Segment.HELD, Segment.HELD]
    story.music_plays()
    assert story.customer.sound is Sound.PLAYING


def test_who_is_on_hold_hears_the_music_of_his_queue_for_that() -> None:
    for entry, heard in (
        (replace(ENTRY, hold_music="local_stream://hold"), "local_stream://hold"),
        (ENTRY, "local_stream://sales"),
    ):
        story = Story.talking(entry=entry)
        story.control("ann", "hold")
        both_park(story)
        assert [command.sound for command in story.new_commands if isinstance(command, Play)] == [heard]


def test_a_retrieve_brings_them_together_again() -> None:
    story = on_hold()
    bridged_at = story.call.bridged_at
    story.control("ann", "retrieve")
    assert "bridge customer ann-1" in story.sent()
    assert story.agent().activity is Activity.TALKING
    assert (story.call.held_by, story.call.held_at) == (None, None)
    story.bridges()
    assert [leg.segment for leg in legs(story)] == [Segment.TALKING, Segment.TALKING]
    assert story.call.bridged_at == bridged_at
    story.pass_time(60_000)
    story.hangs_up("ann-1")
    assert story.call.outcome is CallOutcome.COMPLETED


def test_a_retrieve_while_the_hold_is_under_way_waits_for_it() -> None:
    story = asked_for()
    story.control("ann", "retrieve")
    assert story.sent() == []
    assert [leg.want for leg in legs(story)] == [Want.WITH, Want.WITH]
    story.unbridges()
    story.parks("ann-1")
    assert story.sent() == []
    story.parks(CUSTOMER)
    assert story.sent() == ["pushdeadman customer", "bridge customer ann-1"]


def test_a_hold_while_they_are_brought_together_again_waits_for_that() -> None:
    story = on_hold()
    story.control("ann", "retrieve")
    story.control("ann", "hold")
    assert story.sent() == []
    story.bridges()
    assert story.sent() == ["park ann-1"]
    assert story.agent().activity is Activity.HOLDING


def test_a_hold_of_which_only_one_park_was_heard_is_looked_up_and_finished() -> None:
    """As an engine finds it that died in the middle, too: the wants are written, the switch is asked."""
    story = asked_for()
    story.unbridges()
    story.parks("ann-1")
    assert story.customer.command is CommandKind.SETTLE
    story.pass_time(TIMEOUTS.park_ms + TIMEOUTS.settle_ms)
    story.verify(customer="lost", ann_1="parked")
    assert story.sent() == ["park customer"]
    story.parks(CUSTOMER)
    assert "play customer" in story.sent()


def test_a_hold_that_was_never_sent_is_sent_when_it_is_due() -> None:
    story = asked_for()
    story.pass_time(TIMEOUTS.park_ms + TIMEOUTS.settle_ms)
    story.verify(customer="with ann-1", ann_1="with customer")
    assert story.sent() == ["park ann-1"]


@pytest.mark.parametrize("make", [asked_for, on_hold])
@pytest.mark.parametrize("cause", ["NORMAL_CLEARING", "MEDIA_TIMEOUT", events.BLIND_TRANSFER])
def test_an_agent_who_is_gone_leaves_the_customer_at_the_head_of_his_queue(
    make: Callable[[], Story], cause: str
) -> None:
    story = make()
    story.hangs_up("ann-1", cause)
    assert story.reasons[-1].startswith("the agent was gone while the customer was on hold")
    assert story.is_back_at_the_head
    assert story.call.held_by is None
    assert story.agent().activity is Activity.IDLE
    story.parks(CUSTOMER)
    assert story.customer.sound is not Sound.SILENT


def test_a_customer_who_hangs_up_on_hold_ends_the_call_and_wrap_up_begins() -> None:
    story = Story.talking(make_agent(wrap_up=WrapUp.MANUAL))
    story.control("ann", "hold")
    both_park(story)
    story.hangs_up(CUSTOMER)
    assert story.sent() == ["kill ann-1"]
    assert story.call.held_by is None
    story.hangs_up("ann-1")
    assert story.call.outcome is CallOutcome.COMPLETED
    assert story.agent().activity is Activity.WRAP_UP


def test_a_customer_whose_agent_is_gone_is_given_to_the_next_one() -> None:
    story = on_hold()
    story.hangs_up("ann-1")
    story.offer("bea")
    story.parks("bea-2")
    assert "bridge customer bea-2" in story.sent()


def test_a_refer_that_overtakes_the_hold_is_not_allowed_either() -> None:
    story = asked_for()
    story.parks(CUSTOMER, refer_to="sip:900@elsewhere")
    assert story.is_back_at_the_head
    assert "kill ann-1" in story.sent()


def handset_held_meanwhile() -> Story:
    """Her handset holds while her leg is parked, and she takes the customer back by request."""
    story = on_hold()
    story.holds()
    assert story.agent().activity is Activity.HOLDING
    story.control("ann", "retrieve")
    story.bridges()
    assert story.agent().activity is Activity.HOLDING
    assert story.leg("ann-1").command is CommandKind.SETTLE
    story.pass_time(TIMEOUTS.settle_ms)
    return story


def test_a_handset_that_holds_while_its_leg_is_parked_is_forgotten_by_the_next_bridge() -> None:
    """So does the switch, which tells nothing when that handset takes back: she would hold for ever, and a customer
    whom she has served would be sent back to his queue."""
    story = handset_held_meanwhile()
    story.look("ann-1", "with", other_leg_id=CUSTOMER)
    assert story.agent().activity is Activity.TALKING
    assert story.customer.segment is Segment.TALKING
    assert story.leg("ann-1").command is None
    story.pass_time(60_000)
    story.hangs_up("ann-1")
    assert story.call.outcome is CallOutcome.COMPLETED


def test_a_hold_that_overtakes_its_bridge_is_told_by_the_same_look() -> None:
    story = handset_held_meanwhile()
    story.look("ann-1", "with", other_leg_id=CUSTOMER, is_holding=True)
    assert story.agent().activity is Activity.HOLDING
    assert story.leg("ann-1").command is None
    story.unholds()
    assert story.agent().activity is Activity.TALKING


def test_a_handset_that_holds_and_takes_back_meanwhile_changes_nothing() -> None:
    story = on_hold()
    story.holds()
    story.unholds()
    assert story.agent().activity is Activity.HOLDING
    story.control("ann", "retrieve")
    assert story.agent().activity is Activity.TALKING


def test_a_hold_from_the_handset_in_the_moment_of_the_request_is_ended_by_the_switch() -> None:
    """It takes the hold back itself before the leg is parked, and tells nothing when the handset does."""
    story = asked_for()
    story.holds()
    story.unholds()
    both_park(story)
    assert story.agent().activity is Activity.HOLDING
    story.control("ann", "retrieve")
    story.bridges()
    assert story.agent().activity is Activity.TALKING
    assert story.leg("ann-1").command is None


def test_a_hold_of_the_handset_whose_end_was_not_heard_is_over_when_its_leg_is_parked() -> None:
    story = asked_for()
    story.holds()
    both_park(story)
    assert not story.leg("ann-1").is_holding
    story.control("ann", "retrieve")
    assert story.agent().activity is Activity.TALKING


def test_a_switch_that_stays_away_leaves_a_hold_as_it_is() -> None:
    assert on_hold().happen(events.SwitchLost(call_id=CALL)).changes_nothing


def test_a_switch_that_was_restarted_ends_a_call_on_hold() -> None:
    story = on_hold()
    story.happen(events.SwitchRestarted(call_id=CALL, at=story.now))
    assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.SWITCH_RESTARTED)
    assert story.agent().activity is Activity.IDLE


def test_music_that_does_not_start_is_played_from_what_needs_no_file() -> None:
    story = asked_for()
    both_park(story)
    story.pass_time(TIMEOUTS.sound_ms)
    story.happen(events.CallDeadlinePassed(call_id=CALL, kind="sound", row_id=CUSTOMER))
    assert story.sent() == ["park customer"]
    assert story.call.held_by == "ann"
