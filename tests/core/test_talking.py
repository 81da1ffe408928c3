"""A call in talk: core.talking's table is complete, and each of its cells is a story."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from freeswitch_cc.core import events, talking
from freeswitch_cc.core.talking import State
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import Activity, CallOutcome, CommandKind, Phase, Role, Seen, Want, WrapUp
from tests.core.records import make_leg
from tests.core.world import CALL, CUSTOMER, ENTRY, TIMEOUTS, Story, make_agent, ms

IGNORED = {
    Trigger.CUSTOMER_RINGING,
    Trigger.DIAL_DUE,
    Trigger.CUSTOMER_PARKED,
    Trigger.BRIDGED,
    Trigger.AGENT_RINGING,
    Trigger.AGENT_PARKED,
    Trigger.OFFER_MADE,
    Trigger.OFFER_DUE,
    Trigger.SOUND_OVER,
    Trigger.STEP_DUE,
}


def test_the_table_says_what_every_trigger_means_in_every_state() -> None:
    assert set(talking.TABLE) == set(itertools.product(State, Trigger))


def test_these_cells_act_and_all_others_ignore() -> None:
    for state in State:
        idle = {trigger for trigger in Trigger if talking.TABLE[state, trigger] is talking._ignore}
        # On hold by request, what his handset does is looked at when he takes the customer back.
        by_handset = {Trigger.HELD, Trigger.RETRIEVED} if state is State.ON_HOLD else set()
        assert idle == IGNORED | by_handset, state


# -- talking -------------------------------------------------------------------------------------


def test_a_customer_who_hangs_up_ends_the_call_and_the_agent_is_hung_up() -> None:
    story = Story.talking()
    story.hangs_up(CUSTOMER)
    assert story.sent() == ["kill ann-1"]
    assert story.call.phase is Phase.ENDING
    assert story.reasons[-1] == "the customer hung up"
    assert story.agent().activity is Activity.TALKING
    story.hangs_up("ann-1")
    assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.COMPLETED)
    assert story.agent().activity is Activity.IDLE


def test_an_agent_who_hangs_up_after_a_talk_ends_the_call() -> None:
    story = Story.talking()
    story.hangs_up("ann-1")
    assert story.sent() == ["kill customer"]
    story.hangs_up(CUSTOMER)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.COMPLETED)
    assert story.alarms == []
    assert len(story.ledger.visits) == 1


def test_an_agent_whose_phone_dies_sends_the_customer_to_the_head_of_his_queue() -> None:
    story = Story.talking()
    decision = story.hangs_up("ann-1", "MEDIA_TIMEOUT")
    assert story.is_back_at_the_head
    assert decision.wakes_matcher
    assert [alarm.kind for alarm in story.alarms] == ["agent_lost"]
    assert story.customer.seen is Seen.MOVING
    assert story.sent() == []
    story.parks(CUSTOMER)
    assert story.sent() == ["play customer", "pushdeadman customer"]


def test_an_agent_who_is_gone_as_soon_as_he_was_there_has_not_served_the_customer() -> None:
    story = Story.connecting()
    story.bridges()
    story.pass_time(TIMEOUTS.short_talk_ms - 2)
    story.hangs_up("ann-1")
    assert story.is_back_at_the_head
    assert story.alarms == []


def test_a_talk_is_long_enough_after_short_talk_ms() -> None:
    story = Story.connecting()
    story.bridges()
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.hangs_up("ann-1")
    assert story.call.phase is Phase.ENDING


def test_an_agent_is_freed_when_his_leg_is_gone_and_not_earlier() -> None:
    story = Story.talking()
    story.unbridges()
    story.parks(CUSTOMER)
    assert story.agent().activity is Activity.TALKING
    story.hangs_up("ann-1")
    assert story.agent().activity is Activity.IDLE


def test_a_talk_that_is_torn_with_both_alive_is_brought_together_again() -> None:
    story = Story.talking()
    story.unbridges()
    story.parks(CUSTOMER)
    assert story.sent() == []
    story.parks("ann-1")
    assert story.sent() == ["pushdeadman customer", "bridge customer ann-1"]
    bridged_at = story.call.bridged_at
    story.bridges()
    assert story.call.phase is Phase.TALKING
    assert story.call.bridged_at == bridged_at


def test_a_blind_transfer_from_a_handset_is_not_allowed_and_the_customer_goes_back() -> None:
    story = Story.talking()
    story.parks(CUSTOMER, refer_to="sip:900@elsewhere")
    assert story.is_back_at_the_head
    assert sorted(story.sent()) == ["forgetrefer customer", "kill ann-1", "play customer", "pushdeadman customer"]
    story.unbridges()
    story.hangs_up("ann-1")
    assert story.agent().activity is Activity.IDLE
    assert story.call.phase is Phase.QUEUED


# -- what comes after ----------------------------------------------------------------------------


def test_wrap_up_begins_when_his_leg_is_gone_by_the_policy_of_the_queue() -> None:
    entry = replace(ENTRY, wrap_up=WrapUp.TIMED, wrap_up_ms=10_000)
    story = Story.talking(make_agent(wrap_up=WrapUp.MANUAL), entry=entry)
    story.hangs_up("ann-1")
    assert (story.agent().activity, story.agent().due_at) == (Activity.WRAP_UP, story.now + ms(10_000))
    assert story.agent().wrap_up is WrapUp.MANUAL
    story.pass_time(10_000)
    story.agent_is_due()
    assert story.agent().activity is Activity.IDLE
    assert story.agent().idle_since == story.now


def test_wrap_up_is_the_agents_own_when_the_queue_has_none() -> None:
    story = Story.talking(make_agent(wrap_up=WrapUp.MANUAL))
    story.hangs_up("ann-1")
    assert (story.agent().activity, story.agent().due_at) == (Activity.WRAP_UP, None)


def test_a_customer_who_came_back_is_answered_by_the_next_agent() -> None:
    story = Story.talking(make_agent("ann"), make_agent("bea"))
    story.hangs_up("ann-1", "MEDIA_TIMEOUT")
    story.parks(CUSTOMER)
    story.offer("bea")
    story.parks("bea-2")
    assert story.sent() == ["bridge customer bea-2"]
    story.bridges("bea-2")
    assert story.call.phase is Phase.TALKING
    assert story.visit.agent_id == "bea"
    assert story.agent("ann").activity is Activity.IDLE


def test_an_agent_whose_leg_was_ended_by_the_switch_did_not_hang_up() -> None:
    story = Story.talking()
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.is_ended("ann-1")
    assert story.is_back_at_the_head
    assert [alarm.kind for alarm in story.alarms] == ["agent_lost"]
    assert story.leg("ann-1").hangup_cause == events.ENDED_BY_SWITCH


def test_an_agent_whose_hold_was_told_by_his_end_alone_left_his_customer_on_hold() -> None:
    story = Story.talking()
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.hangs_up_holding("ann-1")
    assert story.is_back_at_the_head
    assert story.reasons[-1].startswith("the agent hung up with the customer on hold")
    assert story.leg("ann-1").hangup_cause == events.HUNG_UP_HOLDING


def test_how_a_call_ended_is_told_once() -> None:
    story = Story.talking()
    story.hangs_up("ann-1")
    story.happen(events.SwitchRestarted(call_id="call", at=story.now))
    assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.COMPLETED)


def test_a_leg_left_over_from_an_offer_does_not_hide_that_the_agent_left() -> None:
    story = Story.talking()
    leftover = make_leg(
        "ann-0",
        role=Role.AGENT,
        agent_id="ann",
        seen=Seen.RINGING,
        want=Want.GONE,
        command=CommandKind.KILL,
        command_id="kill-1",
        command_due_at=story.now + ms(60_000),
    )
    story.ledger = replace(story.ledger, legs={**story.ledger.legs, "ann-0": leftover})
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.hangs_up("ann-1")
    assert story.call.phase is Phase.ENDING


def test_a_switch_that_stays_away_leaves_those_who_talk_alone() -> None:
    story = Story.talking()
    assert story.happen(events.SwitchLost(call_id=CALL)).changes_nothing


def test_a_talk_that_seems_to_have_ended_before_it_began_was_a_talk_all_the_same() -> None:
    """The switch's clock was set back in mid-talk."""
    story = Story.talking()
    story.pass_time(TIMEOUTS.short_talk_ms)
    at = story.call.started_at - timedelta(hours=1)
    story.happen(events.LegHungUp(call_id=CALL, leg_id="ann-1", at=at, seq=99, cause="NORMAL_CLEARING"))
    assert story.call.phase is Phase.ENDING


def test_an_agent_who_had_gone_just_before_he_was_seen_to_talk_has_not_served_the_customer() -> None:
    """Their BRIDGE was lost, a look saw them talk, and the end that is told then is a moment older than the look."""
    story = Story.connecting()
    story.bridges()
    assert story.call.bridged_at is not None
    at = story.call.bridged_at - timedelta(milliseconds=20)
    story.happen(events.LegHungUp(call_id=CALL, leg_id="ann-1", at=at, seq=99, cause="NORMAL_CLEARING"))
    assert story.is_back_at_the_head


def test_a_blind_transfer_is_known_by_the_agent_s_hangup_too_when_that_is_told_first() -> None:
    story = Story.talking()
    story.pass_time(TIMEOUTS.short_talk_ms)
    story.hangs_up("ann-1", cause=events.BLIND_TRANSFER)
    assert story.is_back_at_the_head
    story.parks(CUSTOMER, refer_to="sip:900@elsewhere")
    assert story.is_back_at_the_head
    assert story.alarms == []


@pytest.mark.parametrize("is_hangup_told_first", [True, False])
def test_a_refer_is_forgotten_by_the_switch_once_it_was_seen(is_hangup_told_first: bool) -> None:
    """It would tell of it again at every later PARK (tests/contract/test_refers.py)."""
    story = Story.talking()
    story.pass_time(TIMEOUTS.short_talk_ms)
    if is_hangup_told_first:
        story.hangs_up("ann-1", cause=events.BLIND_TRANSFER)
    story.parks(CUSTOMER, refer_to="sip:900@elsewhere")
    assert [type(command).__name__ for command in story.commands].count("ForgetRefer") == 1


def test_a_customer_whose_agent_is_gone_waits_for_the_next_one_whatever_was_lost() -> None:
    """A rule about what is: the event that told of the agent's end may never have been carried through."""
    story = Story.talking()
    gone = replace(story.ledger.legs["ann-1"], seen=Seen.GONE, seen_leg_id=None, ended_at=story.now)
    story.ledger = story.ledger.with_rows(legs={**story.ledger.legs, "ann-1": gone})
    story.happen(events.CallVerified(call_id=CALL, sights=()))
    assert story.is_back_at_the_head
