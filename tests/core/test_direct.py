"""A call that an agent has placed: core.direct's table is complete, and each of its cells that acts is a story."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from freeswitch_cc.core import direct, events
from freeswitch_cc.core import direct_steps as steps
from freeswitch_cc.core.commands import Bridge, Kill, Originate, Play
from freeswitch_cc.core.direct import State
from freeswitch_cc.core.tones import NOT_REACHED, RINGBACK
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import Activity, CallOutcome, Phase, Presence, Role, Seen, Segment, Want, WrapUp
from tests.core import placed
from tests.core.placed import CALLER_ID, NUMBER, dial, other, own, party
from tests.core.world import CALL, TIMEOUTS, Story, make_agent

ACTS = {
    (State.CALLING_AGENT, Trigger.AGENT_RINGING),
    (State.CALLING_AGENT, Trigger.AGENT_PARKED),
    (State.CALLING_AGENT, Trigger.AGENT_GONE),
    (State.CALLING_AGENT, Trigger.DIAL_DUE),
    (State.CALLING_TARGET, Trigger.CUSTOMER_GONE),
    (State.CALLING_TARGET, Trigger.CUSTOMER_REFERRED),
    (State.CALLING_TARGET, Trigger.CUSTOMER_RINGING),
    (State.CALLING_TARGET, Trigger.CUSTOMER_PARKED),
    (State.CALLING_TARGET, Trigger.BRIDGED),
    (State.CALLING_TARGET, Trigger.AGENT_GONE),
    (State.CALLING_TARGET, Trigger.DIAL_DUE),
    (State.CONNECTING, Trigger.CUSTOMER_GONE),
    (State.CONNECTING, Trigger.BRIDGED),
    (State.CONNECTING, Trigger.AGENT_GONE),
    (State.CONNECTING, Trigger.DIAL_DUE),
    (State.TELLING, Trigger.CUSTOMER_REFERRED),
    (State.TELLING, Trigger.CUSTOMER_PARKED),
    (State.TELLING, Trigger.AGENT_GONE),
    (State.TELLING, Trigger.DIAL_DUE),
    (State.CALLING_BACK, Trigger.CUSTOMER_GONE),
    (State.CALLING_BACK, Trigger.BRIDGED),
    (State.CALLING_BACK, Trigger.AGENT_PARKED),
    (State.CALLING_BACK, Trigger.AGENT_GONE),
    (State.CALLING_BACK, Trigger.DIAL_DUE),
}
TARGETS = [f"number:{NUMBER}", "agent:bea"]


def is_over(story: Story, outcome: CallOutcome) -> bool:
    """Has the call ended so, and is nobody kept by it?"""
    free = (Activity.IDLE, Activity.WRAP_UP)
    return (
        (story.call.phase, story.call.outcome) == (Phase.ENDED, outcome)
        and all(agent.activity in free for agent in story.ledger.agents.values())
        and not any(leg.is_live for leg in story.ledger.legs.values())
    )


def due(story: Story, **seen: str) -> None:
    """The agent's state is due: the switch is looked at."""
    agent = story.agent()
    assert agent.due_at is not None
    story.now = max(story.now, agent.due_at)
    sights = tuple(
        events.Sight(leg_id=leg.leg_id, seen=seen.get(leg.role, "gone"), at=story.now, seq=story.told + 1)
        for leg in story.ledger.legs.values()
        if leg.is_live
    )
    story.happen(events.CallVerified(call_id=CALL, sights=sights))


def test_the_table_says_what_every_trigger_means_in_every_state() -> None:
    assert set(direct.TABLE) == set(itertools.product(State, Trigger))


def test_these_cells_act_and_all_others_ignore() -> None:
    assert {cell for cell, act in direct.TABLE.items() if act is not steps.ignore} == ACTS


@pytest.mark.parametrize(
    ("story", "state"),
    [
        (placed.begun, State.CALLING_AGENT),
        (placed.rung, State.CALLING_AGENT),
        (placed.calling, State.CALLING_TARGET),
        (placed.connecting, State.CONNECTING),
        (placed.telling, State.TELLING),
        (placed.calling_back, State.CALLING_BACK),
    ],
)
def test_every_state_is_due_by_the_agent_who_placed_the_call(story: Callable[[], Story], state: State) -> None:
    told = story()
    agent = told.agent()
    assert told.call.phase is Phase.DIALING
    assert agent.call_id == CALL
    assert agent.due_at is not None
    assert agent.due_at > told.now


# -- placed, or refused --------------------------------------------------------------------------


def test_an_agent_who_asks_for_a_number_is_reserved_and_his_own_phone_called_first() -> None:
    story = Story.unheard(make_agent("ann"))
    decision = dial(story)
    assert decision.answer is not None
    assert (decision.answer.state, decision.answer.request_id) == ("done", "request")
    (originate,) = story.commands
    assert isinstance(originate, Originate)
    assert (originate.role, originate.contact) == (Role.AGENT, "user/ann@center.example")
    assert (originate.caller_number, originate.caller_name) == (NUMBER, NUMBER), "he sees whom he calls"
    assert (originate.limit_ms, originate.deadman_ms) == (0, 0)
    call = story.call
    assert (call.origin, call.dialled, call.caller_number) == ("outbound", f"number:{NUMBER}", CALLER_ID)
    assert story.agent().activity is Activity.RESERVED


def test_the_one_who_is_called_is_reserved_too() -> None:
    story = placed.begun("agent:bea")
    assert story.call.origin == "internal"
    assert story.agent("bea").activity is Activity.RESERVED
    assert story.agent("bea").due_at == story.agent("ann").due_at


def test_whoever_is_not_ready_may_call_and_be_called() -> None:
    agents = [make_agent(name, presence=Presence.NOT_READY) for name in ("ann", "bea")]
    assert placed.begun("agent:bea", *agents).call.phase is Phase.DIALING


@pytest.mark.parametrize(
    ("ann", "bea", "to", "reason"),
    [
        ({"presence": Presence.OFFLINE}, {}, f"number:{NUMBER}", "not_logged_in"),
        ({"activity": Activity.TALKING}, {}, f"number:{NUMBER}", "busy"),
        ({"activity": Activity.RESERVED}, {}, f"number:{NUMBER}", "busy"),
        ({"activity": Activity.WRAP_UP}, {}, f"number:{NUMBER}", "busy"),
        ({}, {}, "number:+358600123456", "number_not_allowed"),
        ({}, {}, "agent:ann", "himself"),
        ({}, {}, "agent:nobody", "unknown_target"),
        ({}, {"presence": Presence.OFFLINE}, "agent:bea", "target_not_logged_in"),
        ({}, {"activity": Activity.HOLDING}, "agent:bea", "target_busy"),
        ({}, {"activity": Activity.WRAP_UP}, "agent:bea", "target_busy"),
        ({}, {}, "queue:sales", "bad_target"),
    ],
)
def test_what_may_not_be_is_refused_and_changes_nothing(
    ann: dict[str, object], bea: dict[str, object], to: str, reason: str
) -> None:
    story = Story.unheard(make_agent("ann", **ann), make_agent("bea", **bea))
    before = story.ledger
    decision = dial(story, to)
    assert decision.answer is not None
    assert (decision.answer.state, decision.answer.reason) == ("refused", reason)
    assert replace(decision, answer=None, because="").changes_nothing
    assert story.ledger == before


def test_an_agent_with_an_open_offer_is_busy_whatever_his_row_says() -> None:
    story = Story.unheard(make_agent("ann"), make_agent("bea"))
    decision = dial(story, agent=party(make_agent("ann"), has_open_offer=True))
    assert decision.answer is not None
    assert decision.answer.reason == "busy"
    decision = dial(story, "agent:bea", target=party(make_agent("bea"), has_open_offer=True))
    assert decision.answer is not None
    assert decision.answer.reason == "target_busy"


def test_an_agent_who_is_switched_off_neither_calls_nor_is_called() -> None:
    story = Story.unheard(make_agent("ann"), make_agent("bea"))
    decision = dial(story, agent=party(make_agent("ann"), is_active=False))
    assert decision.answer is not None
    assert decision.answer.reason == "agent_switched_off"
    decision = dial(story, "agent:bea", target=party(make_agent("bea"), is_active=False))
    assert decision.answer is not None
    assert decision.answer.reason == "unknown_target"


def test_a_caller_id_goes_with_a_number() -> None:
    story = Story.unheard(make_agent("ann"), make_agent("bea"))
    decision = dial(story, "agent:bea", CALLER_ID)
    assert decision.answer is not None
    assert decision.answer.reason == "bad_arguments"


def test_a_call_that_is_asked_for_twice_is_placed_once() -> None:
    story = placed.begun()
    event = events.DialAsked(call_id=CALL, agent_id="ann", request_id="request", to=f"number:{NUMBER}")
    assert story.happen(event).changes_nothing


# -- his own phone -------------------------------------------------------------------------------


def test_when_his_phone_has_answered_the_number_is_called_and_he_hears_a_ringback_tone() -> None:
    story = placed.rung()
    assert story.agent().activity is Activity.RINGING
    story.parks(own(story))
    originate, play = story.new_commands
    assert isinstance(originate, Originate)
    assert isinstance(play, Play)
    assert (originate.leg_id, originate.role) == (CALL, Role.CUSTOMER), "an outside leg has the call's id"
    assert originate.contact == "sofia/gateway/carrier/358401234567"
    assert (originate.caller_number, originate.limit_ms) == (CALLER_ID, 7_200_000)
    assert originate.deadman_ms == TIMEOUTS.deadman_ms
    assert (play.leg_id, play.sound) == (own(story), RINGBACK)
    assert story.agent().activity is Activity.RINGING


def test_a_colleague_s_phone_shows_who_calls_and_does_not_pick_up_by_itself() -> None:
    story = placed.begun("agent:bea", make_agent("ann"), make_agent("bea", is_auto_answer=True))
    story.parks(own(story))
    originate = story.new_commands[0]
    assert isinstance(originate, Originate)
    assert (originate.role, originate.contact) == (Role.TARGET, "user/bea@center.example")
    assert (originate.caller_name, originate.is_auto_answer) == ("Ann", False)
    assert (originate.limit_ms, originate.deadman_ms) == (0, 0)


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("NO_ANSWER", CallOutcome.AGENT_NO_ANSWER),
        ("CALL_REJECTED", CallOutcome.CANCELLED),
        ("NORMAL_CLEARING", CallOutcome.CANCELLED),
        ("USER_BUSY", CallOutcome.AGENT_UNREACHABLE),
        ("USER_NOT_REGISTERED", CallOutcome.AGENT_UNREACHABLE),
    ],
)
def test_when_his_own_phone_does_not_answer_nobody_is_called(to: str, cause: str, outcome: CallOutcome) -> None:
    story = placed.rung(to)
    story.hangs_up(own(story), cause, is_answered=False)
    assert is_over(story, outcome)
    assert len(story.ledger.legs) == 1
    assert story.agent().misses == story.agent().failures == 0


def test_an_originate_that_is_refused_ends_the_call() -> None:
    story = placed.begun()
    story.refuse("originate", own(story), "SUBSCRIBER_ABSENT")
    assert is_over(story, CallOutcome.AGENT_UNREACHABLE)


def test_his_own_phone_that_rings_for_ever_is_told_to_stop() -> None:
    story = placed.rung()
    due(story, agent="ringing")
    assert any(isinstance(command, Kill) for command in story.new_commands)
    story.hangs_up(own(story), "ORIGINATOR_CANCEL", is_answered=False)
    assert is_over(story, CallOutcome.AGENT_NO_ANSWER)


def test_a_phone_that_is_found_answered_when_it_is_due_is_not_given_up() -> None:
    story = placed.rung()
    due(story, agent="parked")
    assert other(story).seen is Seen.DIALING
    assert story.call.phase is Phase.DIALING


# -- who is called -------------------------------------------------------------------------------


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
    ("cause", "outcome"), [("NORMAL_CLEARING", CallOutcome.CANCELLED), ("MEDIA_TIMEOUT", CallOutcome.AGENT_LOST)]
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


# -- the talk ------------------------------------------------------------------------------------


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


# -- what is asked for meanwhile -----------------------------------------------------------------


def test_who_is_called_may_reject_by_request() -> None:
    story = placed.calling("agent:bea")
    story.control("bea", "reject")
    assert story.call.outcome is CallOutcome.REJECTED
    story.hangs_up(other(story).leg_id, "ORIGINATOR_CANCEL", is_answered=False)
    assert story.agent("bea").activity is Activity.IDLE


def test_who_placed_it_may_reject_his_own_phone_and_hang_up_while_it_rings() -> None:
    story = placed.rung()
    story.control("ann", "reject")
    assert story.call.outcome is CallOutcome.CANCELLED
    story = placed.calling()
    story.control("ann", "hang_up")
    assert story.call.outcome is CallOutcome.CANCELLED


def test_who_rejects_being_called_back_has_let_the_customer_go() -> None:
    story = placed.calling_back()
    story.rings(own(story))
    story.control("ann", "reject")
    assert story.call.outcome is CallOutcome.AGENT_LOST


# -- the switch ----------------------------------------------------------------------------------


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize(
    "begin", [placed.begun, placed.rung, placed.calling, placed.telling], ids=lambda begin: begin.__name__
)
def test_a_switch_that_is_lost_keeps_no_agent(begin: Callable[[str], Story], to: str) -> None:
    story = begin(to)
    story.happen(events.SwitchLost(call_id=CALL))
    assert all(agent.activity is Activity.IDLE for agent in story.ledger.agents.values())


@pytest.mark.parametrize("begin", [placed.connecting, placed.calling_back], ids=lambda begin: begin.__name__)
def test_who_was_reached_is_left_alone_while_the_switch_is_lost_as_in_a_talk(begin: Callable[[], Story]) -> None:
    story = begin()
    story.happen(events.SwitchLost(call_id=CALL))
    assert story.call.phase is Phase.DIALING
    assert story.leg(CALL).want is not Want.GONE


@pytest.mark.parametrize(
    "begin",
    [placed.begun, placed.calling, placed.connecting, placed.telling, placed.talking, placed.calling_back],
    ids=lambda begin: begin.__name__,
)
def test_a_switch_that_restarts_ends_the_call(begin: Callable[[], Story]) -> None:
    story = begin()
    story.happen(events.SwitchRestarted(call_id=CALL, at=story.now))
    outcome = CallOutcome.BUSY if begin is placed.telling else CallOutcome.SWITCH_RESTARTED
    assert is_over(story, outcome)
