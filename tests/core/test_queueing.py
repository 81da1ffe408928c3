"""A call that waits: core.queueing's table is complete, and each of its cells is a story."""

import itertools
from datetime import timedelta

import pytest

from freeswitch_cc.core import events, queueing
from freeswitch_cc.core.causes import outcome_of
from freeswitch_cc.core.commands import Originate, Play, PushDeadman
from freeswitch_cc.core.queueing import State
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import (
    Activity,
    CallOutcome,
    OfferOutcome,
    Phase,
    Presence,
    Seen,
    Sound,
    VisitOutcome,
    Want,
)
from tests.core.world import CUSTOMER, ENTRY, RING_MS, TIMEOUTS, Story, make_agent, ms

ACTS = {
    (State.WAITING, Trigger.CUSTOMER_GONE),
    (State.OFFERING, Trigger.CUSTOMER_GONE),
    (State.OFFERING, Trigger.BRIDGED),
    (State.OFFERING, Trigger.AGENT_RINGING),
    (State.OFFERING, Trigger.AGENT_PARKED),
    (State.OFFERING, Trigger.AGENT_GONE),
    (State.OFFERING, Trigger.OFFER_MADE),
    (State.OFFERING, Trigger.OFFER_DUE),
    (State.CONNECTING, Trigger.CUSTOMER_GONE),
    (State.CONNECTING, Trigger.BRIDGED),
    (State.CONNECTING, Trigger.AGENT_GONE),
    (State.CONNECTING, Trigger.OFFER_DUE),
}


def test_the_table_says_what_every_trigger_means_in_every_state() -> None:
    assert set(queueing.TABLE) == set(itertools.product(State, Trigger))


def test_these_cells_act_and_all_others_ignore() -> None:
    assert {cell for cell, act in queueing.TABLE.items() if act is not queueing._ignore} == ACTS


# -- arrival -------------------------------------------------------------------------------------


def test_a_caller_who_arrives_waits_in_the_queue_of_his_number_with_its_music() -> None:
    story = Story.unheard()
    decision = story.arrives(caller_name="Bob")
    assert story.call.phase is Phase.QUEUED
    assert story.call.caller_name == "Bob"
    assert (story.visit.queue_id, story.visit.entry_reason, story.visit.is_returned) == ("sales", "inbound", False)
    play, push = story.commands
    assert isinstance(play, Play)
    assert play.sound == ENTRY.music
    assert isinstance(push, PushDeadman), "the switch armed its rescue for a moment only"
    assert story.customer.sound is Sound.ASKED
    assert story.customer.deadman_due_at is not None
    assert decision.wakes_matcher


def test_a_caller_whose_number_leads_nowhere_is_hung_up_and_somebody_is_told() -> None:
    story = Story.unheard(entry=None)
    story.arrives()
    assert story.sent() == ["kill customer"]
    assert [alarm.kind for alarm in story.alarms] == ["no_entry_point"]
    story.hangs_up(CUSTOMER)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.NO_ENTRY_POINT)
    assert not story.ledger.visits


@pytest.mark.parametrize("fields", [{"is_inbound": False}, {"role": "agent"}])
def test_only_a_caller_starts_a_call(fields: dict[str, object]) -> None:
    story = Story.unheard()
    assert story.arrives(**fields).changes_nothing


# -- waiting -------------------------------------------------------------------------------------


def test_a_caller_who_gives_up_while_he_waits_has_abandoned_the_queue() -> None:
    story = Story.waiting()
    story.hangs_up(CUSTOMER)
    assert (story.visit.outcome, story.visit.left_at) == (VisitOutcome.ABANDONED, story.now)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.ABANDONED)
    assert story.sent() == []


def test_a_caller_whom_the_switch_has_dropped_did_not_give_up() -> None:
    story = Story.waiting()
    story.hangs_up(CUSTOMER, "DESTINATION_OUT_OF_ORDER")
    assert [alarm.kind for alarm in story.alarms] == ["dropped_by_switch"]
    assert story.call.outcome is CallOutcome.DROPPED_BY_SWITCH
    assert story.visit.outcome is VisitOutcome.LEFT_OTHERWISE


# -- offering ------------------------------------------------------------------------------------


def test_an_offer_rings_the_agent_on_his_contact_with_the_callers_number() -> None:
    story = Story.offered()
    (originate,) = story.new_commands
    assert isinstance(originate, Originate)
    assert (originate.leg_id, originate.contact, originate.ring_ms) == ("ann-1", "user/ann@center.example", RING_MS)
    assert (originate.role, originate.caller_number) == ("agent", "+15550100")
    assert story.leg("ann-1").seen is Seen.DIALING
    assert story.leg("ann-1").agent_id == "ann"
    assert story.customer.want is Want.PARKED


@pytest.mark.parametrize("is_auto_answer", [True, False])
def test_the_phone_of_who_answers_by_itself_is_asked_to(is_auto_answer: bool) -> None:
    story = Story.offered(make_agent(is_auto_answer=is_auto_answer))
    (originate,) = story.new_commands
    assert isinstance(originate, Originate)
    assert originate.is_auto_answer is is_auto_answer


def test_an_offer_told_late_when_it_is_closed_rings_nobody() -> None:
    story = Story.waiting()
    offer = story.offer(told=False)
    story.now = offer.expires_at
    story.verify(customer="parked")
    assert story.offer_row().outcome is OfferOutcome.WITHDRAWN
    assert story.agent().activity is Activity.IDLE
    assert story.happen(events.OfferMade(call_id=offer.call_id, offer_id=offer.offer_id)).changes_nothing


def test_a_phone_that_rings_makes_the_agent_ringing() -> None:
    story = Story.offered()
    story.rings()
    assert story.offer_row().ringing_at == story.now
    assert story.agent().activity is Activity.RINGING
    assert story.leg("ann-1").seen is Seen.RINGING


def test_an_agent_who_answers_is_bridged_and_the_customer_is_the_survivor() -> None:
    story = Story.offered()
    story.rings()
    story.parks("ann-1")
    assert story.sent() == ["bridge customer ann-1"]
    assert story.offer_row().outcome is None
    assert story.offer_row().expires_at == story.now + ms(2 * TIMEOUTS.bridge_ms)
    assert story.agent().activity is Activity.RINGING


def test_an_agent_who_answers_at_the_end_of_his_offer_is_not_killed_by_the_look_that_finds_him() -> None:
    story = Story.offered()
    story.now = story.offer_row().expires_at + ms(1)
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == ["bridge customer ann-1"]
    assert story.offer_row().outcome is None
    assert story.offer_row().expires_at > story.now


def test_a_bridge_that_was_seen_without_its_answer_is_an_answer() -> None:
    story = Story.offered()
    story.bridges()
    assert story.offer_row().outcome is OfferOutcome.ANSWERED
    assert story.call.phase is Phase.TALKING
    assert (story.customer.want_leg_id, story.leg("ann-1").command, story.sent()) == ("ann-1", None, [])


def test_what_stands_behind_a_gateway_may_ring_without_telling_us() -> None:
    """And no registration would bring its agent back."""
    assert outcome_of("NO_ANSWER", False, "sofia/gateway/pbx/201") is OfferOutcome.NO_ANSWER
    assert outcome_of("NO_ANSWER", False, "user/ann@center") is OfferOutcome.UNREACHABLE
    assert outcome_of("NO_USER_RESPONSE", False, "sofia/gateway/pbx/201") is OfferOutcome.UNREACHABLE, "it was answered"


@pytest.mark.parametrize(
    ("cause", "rang", "outcome", "misses"),
    [
        ("NO_ANSWER", True, OfferOutcome.NO_ANSWER, 1),
        ("ALLOTTED_TIMEOUT", True, OfferOutcome.NO_ANSWER, 1),
        ("NO_USER_RESPONSE", True, OfferOutcome.NO_ANSWER, 1),
        ("NO_ANSWER", False, OfferOutcome.UNREACHABLE, 0),
        ("ALLOTTED_TIMEOUT", False, OfferOutcome.UNREACHABLE, 0),
        ("NO_USER_RESPONSE", False, OfferOutcome.UNREACHABLE, 0),
        ("CALL_REJECTED", True, OfferOutcome.REJECTED, 0),
        ("USER_BUSY", False, OfferOutcome.BUSY, 0),
        ("ORIGINATOR_CANCEL", True, OfferOutcome.WITHDRAWN, 0),
        ("NOT_SENT", False, OfferOutcome.WITHDRAWN, 0),
        ("NOT_RENDERED", False, OfferOutcome.WITHDRAWN, 0),
        ("MANDATORY_IE_MISSING", False, OfferOutcome.UNREACHABLE, 0),
    ],
)
def test_only_a_phone_that_was_let_ring_is_a_miss(cause: str, rang: bool, outcome: OfferOutcome, misses: int) -> None:
    story = Story.offered()
    if rang:
        story.rings()
    decision = story.refuse("originate", "ann-1", cause)
    assert (story.offer_row().outcome, story.offer_row().cause) == (outcome, cause)
    assert story.offer_row().retry_at == story.now + ms(TIMEOUTS.refused_retry_ms)
    assert (story.agent().activity, story.agent().misses) == (Activity.IDLE, misses)
    assert story.visit.outcome is None
    assert decision.wakes_matcher
    assert story.hangs_up("ann-1", cause, is_answered=False).changes_nothing


def test_an_agent_who_is_busy_right_after_his_last_leg_is_asked_again_soon() -> None:
    story = Story.offered(make_agent(released_at=Story.unheard().now))
    story.refuse("originate", "ann-1", "USER_BUSY")
    assert story.offer_row().retry_at == story.now + ms(TIMEOUTS.busy_retry_ms)


def test_an_agent_who_misses_too_often_is_taken_to_be_away() -> None:
    story = Story.offered(make_agent(misses=2, max_misses=3))
    story.rings()
    story.hangs_up("ann-1", "NO_ANSWER", is_answered=False)
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, "no_answer")
    assert story.agent().misses == 0


def test_a_caller_who_gives_up_while_a_phone_rings_has_it_stopped_and_the_agent_is_free_when_it_is_quiet() -> None:
    story = Story.offered()
    story.rings()
    story.hangs_up(CUSTOMER)
    assert story.sent() == ["kill ann-1"]
    assert story.offer_row().outcome is OfferOutcome.CALLER_LEFT
    assert story.offer_row().retry_at is None
    assert story.visit.outcome is VisitOutcome.ABANDONED
    assert story.agent().activity is Activity.RINGING
    assert story.call.phase is Phase.ENDING
    story.hangs_up("ann-1", "ORIGINATOR_CANCEL", is_answered=False)
    assert (story.agent().activity, story.agent().misses) == (Activity.IDLE, 0)
    assert story.call.phase is Phase.ENDED
    assert story.alarms == []


def test_a_phone_that_rings_beyond_its_offer_is_a_miss_and_is_stopped() -> None:
    story = Story.offered()
    story.rings()
    story.now = story.offer_row().expires_at
    story.verify(customer="parked", ann_1="ringing")
    assert story.offer_row().outcome is OfferOutcome.NO_ANSWER
    assert story.agent().misses == 1
    assert story.sent() == ["kill ann-1"]
    assert story.agent().activity is Activity.RINGING


def test_an_offer_that_nobody_knows_anything_of_is_withdrawn_and_no_miss() -> None:
    story = Story.offered()
    story.now = story.offer_row().expires_at + timedelta(seconds=1)
    story.verify(customer="parked", ann_1="gone")
    assert story.offer_row().outcome is OfferOutcome.WITHDRAWN
    assert (story.agent().activity, story.agent().misses) == (Activity.IDLE, 0)
