"""A call that an agent asks for is placed or refused, and his own phone is called first."""

from dataclasses import replace

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Kill, Originate, Play
from freeswitch_cc.core.tones import RINGBACK
from freeswitch_cc.core.words import Activity, CallOutcome, Phase, Presence, Role, Seen
from tests.core import placed
from tests.core.placed import CALLER_ID, NUMBER, TARGETS, dial, due, is_over, other, own, party
from tests.core.world import CALL, TIMEOUTS, Story, make_agent


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


MOBILE = "sofia/gateway/carrier/0612345678"


def test_an_agent_s_own_phone_behind_a_gateway_costs_money_and_has_a_limit() -> None:
    story = Story.unheard(make_agent("ann"))
    dial(story, agent=party(make_agent("ann"), contact=MOBILE))
    (originate,) = story.commands
    assert isinstance(originate, Originate)
    assert (originate.contact, originate.limit_ms, originate.deadman_ms) == (MOBILE, TIMEOUTS.outside_ms, 0)


def test_a_colleague_s_phone_behind_a_gateway_has_a_limit_too() -> None:
    story = Story.unheard(make_agent("ann"), make_agent("bea"))
    dial(story, "agent:bea", target=party(make_agent("bea"), contact=MOBILE))
    story.parks(own(story))
    originate = story.new_commands[0]
    assert isinstance(originate, Originate)
    assert (originate.contact, originate.limit_ms, originate.deadman_ms) == (MOBILE, TIMEOUTS.outside_ms, 0)


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
