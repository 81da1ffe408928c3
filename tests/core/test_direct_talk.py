"""The talk of a call that an agent has placed: either may end it, and an agent whose phone dies is called back."""

from dataclasses import replace

import pytest

from freeswitch_cc.core.commands import Bridge, Originate, Play
from freeswitch_cc.core.words import Activity, CallOutcome, Phase, Role, Segment, Want, WrapUp
from tests.core import placed
from tests.core.placed import TARGETS, due, is_over, other, own
from tests.core.world import CALL, TIMEOUTS, make_agent


@pytest.mark.parametrize("to", TARGETS)
def test_either_may_hang_up(to: str) -> None:
    for leg_of in (own, lambda story: other(story).leg_id):
        story = placed.talking(to)
        first = leg_of(story)
        second = next(leg.leg_id for leg in story.ledger.legs.values() if leg.leg_id != first)
        story.hangs_up(first)
        assert story.call.outcome is CallOutcome.COMPLETED
        story.hangs_up(second)
        assert is_over(story, CallOutcome.COMPLETED)


def test_after_a_talk_with_a_number_he_has_his_own_wrap_up_and_after_one_with_a_colleague_none() -> None:
    for to, activity in zip(TARGETS, (Activity.WRAP_UP, Activity.IDLE), strict=True):
        agents = [make_agent(name, wrap_up=WrapUp.TIMED, wrap_up_ms=5_000) for name in ("ann", "bea")]
        story = placed.talking(to, *agents)
        story.hangs_up(other(story).leg_id)
        story.hangs_up(own(story))
        assert story.agent().activity is activity
        assert story.agent().wrap_up is WrapUp.TIMED, "the policy was lent"
        assert story.agent("bea").activity is Activity.IDLE


def test_an_agent_who_hangs_up_at_once_has_ended_his_own_call() -> None:
    story = placed.connecting()
    story.bridges(own(story), CALL)
    story.hangs_up(own(story))
    assert story.call.outcome is CallOutcome.COMPLETED


def test_the_customer_of_a_dead_phone_hears_music_and_the_agent_is_called_back() -> None:
    story = placed.talking()
    story.unbridges(own(story), CALL)
    story.parks(CALL, is_inbound=False)
    dead = own(story)
    story.hangs_up(dead, "MEDIA_TIMEOUT")
    assert [alarm.kind for alarm in story.alarms] == ["agent_lost"]
    assert (story.call.phase, story.call.bridged_at) == (Phase.DIALING, None)
    originate = next(command for command in story.new_commands if isinstance(command, Originate))
    assert (originate.leg_id, originate.role) == (own(story), Role.AGENT)
    assert originate.leg_id != dead, "a leg is called once"
    play = next(command for command in story.new_commands if isinstance(command, Play))
    assert (play.leg_id, play.sound) == (CALL, "local_stream://hold")
    assert story.agent().activity is Activity.HOLDING
    assert story.leg(CALL).segment is Segment.HELD


def test_he_is_called_where_his_phone_is_now() -> None:
    story = placed.talking()
    story.ledger = story.ledger.with_rows(
        agents={**story.ledger.agents, "ann": replace(story.agent(), contact="user/ann2@center.example")}
    )
    story.hangs_up(own(story), "MEDIA_TIMEOUT")
    originate = next(command for command in story.new_commands if isinstance(command, Originate))
    assert originate.contact == "user/ann2@center.example"


def test_a_call_back_of_which_only_the_result_is_heard_was_not_refused_by_his_hand() -> None:
    """-ERR NORMAL_CLEARING, and the event of its end is lost: somebody has ended it, and it may not have been he."""
    story = placed.calling_back()
    story.refuse("originate", own(story), "NORMAL_CLEARING")
    assert story.leg(CALL).want is Want.PARKED


def test_who_is_called_back_and_answers_talks_again() -> None:
    story = placed.calling_back()
    story.rings(own(story))
    story.parks(own(story))
    assert isinstance(story.new_commands[-1], Bridge)
    story.bridges(own(story), CALL)
    assert (story.call.phase, story.call.called_back_at) == (Phase.TALKING, None)
    assert (story.agent().activity, story.agent().due_at) == (Activity.TALKING, None)
    story.hangs_up(own(story))
    story.hangs_up(CALL)
    assert is_over(story, CallOutcome.COMPLETED)


def test_a_customer_who_waits_for_him_may_hang_up() -> None:
    story = placed.calling_back()
    story.hangs_up(CALL)
    story.hangs_up(own(story), "ORIGINATOR_CANCEL", is_answered=False)
    assert is_over(story, CallOutcome.COMPLETED)


def test_he_is_called_again_until_the_limit_and_then_the_call_ends_by_name() -> None:
    story = placed.calling_back()
    began = story.call.called_back_at
    assert began is not None
    for _ in range(100):
        if story.call.phase is not Phase.DIALING:
            break
        if story.leg(own(story)).is_live:
            story.hangs_up(own(story), "NORMAL_TEMPORARY_FAILURE", is_answered=False)
            assert story.agent().activity is Activity.HOLDING, "he is kept for it between two tries"
        due(story, customer="parked")
    assert (story.now - began).total_seconds() * 1000 >= TIMEOUTS.call_back_ms
    assert sum(leg.role is Role.AGENT for leg in story.ledger.legs.values()) > 5
    story.hangs_up(CALL)
    assert is_over(story, CallOutcome.AGENT_LOST)


@pytest.mark.parametrize("cause", ["CALL_REJECTED", "NORMAL_CLEARING"])
def test_who_does_not_want_to_be_called_back_is_not(cause: str) -> None:
    story = placed.calling_back()
    story.hangs_up(own(story), cause, is_answered=False)
    story.hangs_up(CALL)
    assert is_over(story, CallOutcome.AGENT_LOST)


def test_a_phone_that_is_called_back_and_rings_too_long_is_told_to_stop_and_called_again() -> None:
    story = placed.calling_back()
    story.rings(own(story))
    first = own(story)
    due(story, agent="ringing", customer="parked")
    assert f"kill {first}" in story.sent()
    story.hangs_up(first, "ORIGINATOR_CANCEL", is_answered=False)
    due(story, customer="parked")
    assert own(story) != first


def test_a_colleague_who_was_called_may_hold_and_either_end_it() -> None:
    story = placed.talking("agent:bea")
    bea = other(story).leg_id
    story.holds(bea)
    assert story.agent("bea").activity is Activity.HOLDING
    assert story.agent("ann").activity is Activity.TALKING
    story.unholds(bea)
    assert story.agent("bea").activity is Activity.TALKING
    story.control("bea", "hold")
    assert story.call.held_by == "bea"
    assert {leg.want for leg in story.ledger.legs.values()} == {Want.PARKED}
    story.unbridges(own(story), bea)
    story.parks(own(story))
    story.parks(bea)
    sounds = [command for command in story.commands if isinstance(command, Play)][-1:]
    assert [(play.leg_id, play.sound) for play in sounds] == [(own(story), "local_stream://hold")]
    story.control("bea", "retrieve")
    assert isinstance(story.new_commands[-1], Bridge)


def test_keys_of_a_colleague_go_to_who_called_him() -> None:
    story = placed.talking("agent:bea")
    story.control("bea", "send_dtmf", "1")
    assert story.sent() == [f"senddtmf {own(story)}"]
    story.control("ann", "send_dtmf", "1")
    assert story.sent() == [f"senddtmf {other(story).leg_id}"]
