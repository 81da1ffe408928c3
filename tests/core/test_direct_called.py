"""Whom an agent has called: reached or not, until the two talk; and whoever is gone before."""

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Bridge, Originate, Play
from freeswitch_cc.core.tones import NOT_REACHED
from freeswitch_cc.core.words import Activity, CallOutcome, Phase, Role, Seen, Want, WrapUp
from tests.core import placed
from tests.core.placed import NUMBER, TARGETS, due, is_over, other, own
from tests.core.world import CALL, TIMEOUTS, Story, make_agent


@pytest.mark.parametrize("to", TARGETS)
def test_when_both_have_answered_they_are_bridged_and_talk(to: str) -> None:
    story = placed.connecting(to)
    bridge = story.new_commands[-1]
    assert isinstance(bridge, Bridge)
    party_id = other(story).leg_id
    survivor = party_id if to.startswith("number") else own(story)
    assert bridge.survivor_leg_id == survivor, "customer before agent before target"
    story.bridges(own(story), party_id)
    assert story.call.phase is Phase.TALKING
    assert story.call.bridged_at == story.now
    assert story.agent().activity is Activity.TALKING
    assert story.agent().due_at is None
    assert story.agent().last_call_id == CALL
    if to == "agent:bea":
        assert (story.agent("bea").activity, story.agent("bea").due_at) == (Activity.TALKING, None)


def test_who_answers_while_his_own_leg_is_being_parked_anew_is_connected_all_the_same() -> None:
    """The engine was away: nobody knew whether he heard his tone, and the number has answered meanwhile."""
    story = placed.rung()
    story.parks(own(story))
    story.rings(CALL)
    story.pass_time(10 * TIMEOUTS.sound_ms)
    story.happen(events.CallDeadlinePassed(call_id=CALL, kind="sound", row_id=own(story)))
    assert story.sent() == [f"park {own(story)}"]
    story.parks(CALL, is_inbound=False)
    assert story.leg(CALL).want is Want.WITH
    assert not any(isinstance(command, Bridge) for command in story.new_commands), "his leg has a command in flight"
    story.parks(own(story))
    assert isinstance(story.new_commands[-1], Bridge)


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("NO_ANSWER", CallOutcome.NO_ANSWER),
        ("USER_BUSY", CallOutcome.BUSY),
        ("CALL_REJECTED", CallOutcome.REJECTED),
        ("UNALLOCATED_NUMBER", CallOutcome.UNREACHABLE),
        ("INVALID_GATEWAY", CallOutcome.UNREACHABLE),
        ("DESTINATION_OUT_OF_ORDER", CallOutcome.UNREACHABLE),
        ("NORMAL_CLEARING", CallOutcome.ABANDONED),
    ],
)
def test_who_is_not_reached_is_told_to_the_agent_by_a_tone(to: str, cause: str, outcome: CallOutcome) -> None:
    story = placed.calling(to)
    story.hangs_up(other(story).leg_id, cause, is_answered=False)
    assert story.call.outcome is outcome
    assert story.sent() == [f"park {own(story)}"]
    if to == "agent:bea":
        bea = story.agent("bea")
        assert (bea.activity, bea.misses, bea.failures) == (Activity.IDLE, 0, 0), "she has missed nothing, and is free"
    story.parks(own(story))
    (play,) = story.new_commands
    assert isinstance(play, Play)
    assert play.sound == NOT_REACHED
    due(story, agent="parked")
    assert story.sent() == [f"kill {own(story)}"]
    story.hangs_up(own(story))
    assert is_over(story, outcome)
    assert story.agent().activity is Activity.IDLE, "no wrap-up: nobody was reached"


def test_he_need_not_hear_the_tone_to_its_end() -> None:
    story = placed.telling()
    story.hangs_up(own(story))
    assert is_over(story, CallOutcome.BUSY)


def test_no_wrap_up_follows_a_call_that_reached_nobody() -> None:
    story = placed.telling(f"number:{NUMBER}", make_agent(wrap_up=WrapUp.MANUAL))
    story.hangs_up(own(story))
    assert story.agent().activity is Activity.IDLE


def test_a_number_that_rings_for_ever_is_given_up() -> None:
    story = placed.calling()
    due(story, agent="parked", customer="ringing")
    assert f"kill {CALL}" in story.sent()
    assert story.call.outcome is CallOutcome.NO_ANSWER


def test_who_answers_after_he_was_given_up_is_hung_up() -> None:
    story = placed.calling()
    due(story, agent="parked", customer="ringing")
    story.parks(CALL, is_inbound=False)
    assert story.leg(CALL).want is Want.GONE
    assert not any(isinstance(command, Bridge) for command in story.new_commands)


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("NORMAL_CLEARING", CallOutcome.CANCELLED),
        (events.HUNG_UP_HOLDING, CallOutcome.CANCELLED),  # nobody was there to be held
        ("MEDIA_TIMEOUT", CallOutcome.AGENT_LOST),
    ],
)
def test_an_agent_who_leaves_while_it_rings_ends_the_call(to: str, cause: str, outcome: CallOutcome) -> None:
    story = placed.calling(to)
    story.hangs_up(own(story), cause)
    assert story.sent() == [f"kill {other(story).leg_id}"]
    story.hangs_up(other(story).leg_id, "ORIGINATOR_CANCEL", is_answered=False)
    assert is_over(story, outcome)


@pytest.mark.parametrize("to", TARGETS)
def test_who_answers_and_is_gone_before_they_talk_was_not_reached(to: str) -> None:
    story = placed.connecting(to)
    story.hangs_up(other(story).leg_id)
    story.verify()
    story.parks(own(story))
    story.hangs_up(own(story))
    assert is_over(story, CallOutcome.ABANDONED)


def test_an_agent_who_hangs_up_before_they_talk_has_given_up() -> None:
    story = placed.connecting()
    story.hangs_up(own(story))
    story.hangs_up(CALL)
    assert is_over(story, CallOutcome.CANCELLED)


def test_an_agent_whose_phone_dies_before_they_talk_is_called_back() -> None:
    story = placed.connecting()
    story.hangs_up(own(story), "MEDIA_TIMEOUT")
    assert story.call.called_back_at == story.now
    assert story.leg(own(story)).seen is Seen.DIALING


def test_an_agent_whose_leg_was_ended_by_the_switch_before_they_talk_did_not_hang_up() -> None:
    """It says NORMAL_CLEARING of him, too: his phone has said nothing."""
    story = placed.connecting()
    story.is_ended(own(story))
    assert story.call.called_back_at == story.now
    assert story.leg(own(story)).seen is Seen.DIALING
    story.is_ended(own(story), is_answered=False)
    assert story.leg(CALL).want is Want.PARKED, "nor does he not want to be called back"


def test_an_agent_who_held_before_anybody_heard_of_their_bridge_is_called_back() -> None:
    """Who holds has somebody to hold."""
    story = placed.connecting()
    story.hangs_up_holding(own(story))
    assert story.call.called_back_at == story.now


def test_a_colleague_does_not_wait_for_a_phone_that_died() -> None:
    story = placed.connecting("agent:bea")
    story.hangs_up(own(story), "MEDIA_TIMEOUT")
    story.hangs_up(other(story).leg_id)
    assert is_over(story, CallOutcome.AGENT_LOST)


def test_two_who_cannot_be_bridged_do_not_stay_so() -> None:
    story = placed.connecting()
    due(story, agent="parked", customer="parked")
    assert story.call.called_back_at is not None
    assert sum(leg.role is Role.AGENT for leg in story.ledger.legs.values()) == 2


def looks(story: Story, own_seen: str, other_seen: str) -> None:
    """The engine was away: what has become of both is seen in one look."""
    own_id, other_id = own(story), other(story).leg_id
    sights = tuple(
        events.Sight(
            leg_id=leg_id, seen=seen, at=None if seen == "gone" else story.now, seq=0 if seen == "gone" else 99
        )
        for leg_id, seen in ((own_id, own_seen), (other_id, other_seen))
    )
    story.pass_time(1_000)
    story.happen(events.CallVerified(call_id=CALL, sights=sights))


def test_a_number_that_has_answered_though_its_agent_is_gone_waits_for_him() -> None:
    """The engine was away when he went and when it answered: as if he had gone a moment later."""
    story = placed.calling()
    first = own(story)
    looks(story, "gone", "parked")
    assert story.leg(CALL).want is Want.PARKED
    assert story.call.called_back_at is not None
    originate = next(command for command in story.new_commands if isinstance(command, Originate))
    assert originate.leg_id == own(story) != first
    play = next(command for command in story.new_commands if isinstance(command, Play))
    assert (play.leg_id, play.sound) == (CALL, "local_stream://hold")


def test_a_colleague_who_has_answered_does_not_wait_for_an_agent_who_is_gone() -> None:
    story = placed.calling("agent:bea")
    looks(story, "gone", "parked")
    story.hangs_up(other(story).leg_id)
    assert is_over(story, CallOutcome.AGENT_LOST)


def test_a_number_that_rings_still_though_its_agent_is_gone_is_told_to_stop() -> None:
    story = placed.calling()
    looks(story, "gone", "ringing")
    assert story.sent() == [f"kill {CALL}"]
    story.hangs_up(CALL, "ORIGINATOR_CANCEL", is_answered=False)
    assert is_over(story, CallOutcome.AGENT_LOST)


def test_who_hung_up_himself_is_not_called_back_though_the_number_was_seen_to_answer_just_then() -> None:
    story = placed.calling()
    looks(story, "parked", "parked")
    story.hangs_up(own(story))
    assert story.sent() == [f"kill {CALL}"]
    story.hangs_up(CALL)
    assert is_over(story, CallOutcome.CANCELLED)
