"""What an agent may ask for about a call (core.control): the table, the function that reads it, and what is done."""

import itertools
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.agent_place import Place, place_of
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.call import View
from freeswitch_cc.core.commands import SendDtmf
from freeswitch_cc.core.control import TABLE, Control, No, capabilities, check_digits
from freeswitch_cc.core.decide import decide
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Activity, OfferOutcome, Phase, WrapUp
from tests.core import placed
from tests.core.world import CALL, CUSTOMER, TIMEOUTS, Story, make_agent, ms


def on_hold() -> Story:
    story = Story.talking()
    story.control("ann", "hold")
    story.unbridges()
    story.parks("ann-1")
    story.parks(CUSTOMER)
    story.music_plays()
    story.pass_time(60_000)
    return story


def held_by_handset() -> Story:
    story = Story.talking()
    story.holds()
    return story


def ringing() -> Story:
    story = Story.offered(make_agent("ann"), make_agent("bea"))
    story.rings()
    return story


def ending() -> Story:
    story = Story.talking()
    story.hangs_up(CUSTOMER)
    return story


def in_wrap_up() -> Story:
    story = Story.talking(make_agent(wrap_up=WrapUp.MANUAL))
    story.hangs_up("ann-1")
    return story


STORIES = {
    Place.ABSENT: Story.waiting,
    Place.RESERVED: Story.offered,
    Place.RINGING: ringing,
    Place.CONNECTING: Story.connecting,
    Place.TALKING: Story.talking,
    Place.HELD: held_by_handset,
    Place.ON_HOLD: on_hold,
    Place.DIALING: placed.calling,
    Place.WAITING: placed.colleague_holds,
    Place.LEAVING: ending,
}
MAY = {
    Place.RINGING: {Control.ANSWER, Control.REJECT},
    Place.TALKING: {Control.HANG_UP, Control.HOLD, Control.MUTE, Control.UNMUTE, Control.SEND_DTMF},
    Place.HELD: {Control.HANG_UP, Control.MUTE, Control.UNMUTE},
    Place.DIALING: {Control.HANG_UP},
    Place.WAITING: {Control.HANG_UP, Control.MUTE, Control.UNMUTE},
    Place.ON_HOLD: {Control.HANG_UP, Control.RETRIEVE, Control.MUTE, Control.UNMUTE},
}


def answered(decision: Decision) -> tuple[str, str | None]:
    assert decision.answer is not None
    return decision.answer.state, decision.answer.reason


def test_every_place_and_every_wish_has_its_cell() -> None:
    assert set(TABLE) == set(itertools.product(Place, Control))
    assert set(STORIES) == set(Place)


@pytest.mark.parametrize("place", Place)
def test_every_place_is_known_and_what_may_be_asked_for_there(place: Place) -> None:
    view = STORIES[place]().ledger.view()
    assert place_of(view, "ann") is place
    assert capabilities(view, "ann") == MAY.get(place, set())


@pytest.mark.parametrize(("place", "kind"), list(itertools.product(Place, Control)))
def test_what_is_no_capability_is_refused_and_changes_nothing_and_what_is_one_is_done(
    place: Place, kind: Control
) -> None:
    story = STORIES[place]()
    can = kind in capabilities(story.ledger.view(), "ann")
    before = story.ledger
    decision = story.control("ann", kind)
    if can:
        assert answered(decision) == ("done", None)
        return
    state, reason = answered(decision)
    cell = TABLE[place, kind]
    assert state == "refused"
    assert isinstance(cell, No)
    assert reason == cell.reason
    if reason == "held_by_handset":
        return  # what is looked at then: below
    assert replace(decision, answer=None, because="").changes_nothing
    assert story.ledger == before


def test_an_offer_that_the_call_has_not_been_told_of_yet_cannot_be_answered() -> None:
    story = Story.waiting()
    story.offer(told=False)
    assert place_of(story.ledger.view(), "ann") is Place.RESERVED
    assert answered(story.control("ann", "reject")) == ("refused", "not_ringing")


def test_a_call_is_over_for_an_agent_in_its_wrap_up() -> None:
    story = in_wrap_up()
    assert place_of(story.ledger.view(), "ann") is Place.LEAVING
    assert answered(story.control("ann", "hold")) == ("refused", "no_call")


def test_a_call_that_nobody_knows_is_refused_by_name() -> None:
    asked = events.ControlAsked(call_id=CALL, agent_id="ann", request_id="r", kind="hold")
    decision = decide(View(), asked, Story.waiting().now, UUID(int=1), TIMEOUTS)
    assert answered(decision) == ("refused", "no_such_call")


def test_a_refusal_names_the_agent_and_what_is_so() -> None:
    decision = Story.talking().control("ann", "retrieve")
    assert decision.answer is not None
    assert decision.answer.message == "ann: the customer is not on hold"


# -- the phone that rings ------------------------------------------------------------------------


def test_a_phone_is_asked_to_answer_and_rings_on_until_it_does() -> None:
    story = ringing()
    story.control("ann", "answer")
    assert story.sent() == ["pickup ann-1"]
    assert story.agent().activity is Activity.RINGING
    story.parks("ann-1")
    assert story.sent() == ["bridge customer ann-1"]


def test_who_rejects_is_rung_no_more_and_the_next_one_is() -> None:
    story = ringing()
    decision = story.control("ann", "reject")
    assert story.sent() == ["kill ann-1"]
    offer = story.offer_row()
    assert (offer.outcome, offer.cause) == (OfferOutcome.REJECTED, "CALL_REJECTED")
    assert decision.wakes_matcher
    assert story.agent().misses == 0
    story.offer("bea")
    story.hangs_up("ann-1", "ORIGINATOR_CANCEL", is_answered=False)
    assert story.agent().activity is Activity.IDLE
    assert story.offer_row(1).outcome is OfferOutcome.REJECTED


def test_a_phone_that_answers_in_the_moment_of_rejecting_talks_to_nobody() -> None:
    story = ringing()
    story.control("ann", "reject")
    story.parks("ann-1")
    assert not any(sent.startswith("bridge") for sent in story.sent())
    story.hangs_up("ann-1")
    assert story.agent().activity is Activity.IDLE
    assert story.call.phase is Phase.QUEUED


# -- a talk --------------------------------------------------------------------------------------


def test_who_hangs_up_by_request_ends_the_call() -> None:
    story = Story.talking()
    story.control("ann", "hang_up")
    assert sorted(story.sent()) == ["kill ann-1", "kill customer"]
    assert story.call.phase is Phase.ENDING
    story.hangs_up("ann-1")
    story.hangs_up(CUSTOMER)
    assert story.call.phase is Phase.ENDED
    assert story.agent().activity is Activity.IDLE


def test_who_asks_to_hang_up_as_soon_as_he_is_there_means_it() -> None:
    """By hand the customer would go back to the head of his queue."""
    story = Story.connecting()
    story.bridges()
    story.pass_time(TIMEOUTS.short_talk_ms - 1)
    story.control("ann", "hang_up")
    assert story.call.phase is Phase.ENDING
    assert sorted(story.sent()) == ["kill ann-1", "kill customer"]


@pytest.mark.parametrize("ahead_ms", [60_000, -60_000])
def test_whatever_the_clock_of_the_switch_says_who_asks_to_hang_up_ends_the_call(ahead_ms: int) -> None:
    story = Story.connecting()
    at = story.now + ms(ahead_ms)
    story.happen(events.LegsBridged(call_id=CALL, leg_id="ann-1", other_leg_id=CUSTOMER, at=at, seq=99))
    assert story.call.phase is Phase.TALKING
    story.pass_time(60_000)
    story.control("ann", "hang_up")
    assert story.call.phase is Phase.ENDING


@pytest.mark.parametrize("make", [held_by_handset, on_hold])
def test_who_hangs_up_by_request_on_a_held_customer_means_it(make: Any) -> None:
    story = make()
    story.control("ann", "hang_up")
    assert (story.call.phase, story.call.held_by, story.call.held_at) == (Phase.ENDING, None, None)


def test_who_hangs_up_at_once_on_a_customer_whom_he_has_put_on_hold_means_it_too() -> None:
    story = Story.connecting()
    story.bridges()
    story.control("ann", "hold")
    story.control("ann", "hang_up")
    assert story.call.phase is Phase.ENDING


def test_keys_go_to_the_customer() -> None:
    story = Story.talking()
    decision = story.control("ann", "send_dtmf", digits="12#")
    (command,) = decision.commands
    assert isinstance(command, SendDtmf)
    assert (command.leg_id, command.digits) == (CUSTOMER, "12#")


def test_keys_are_told_to_the_switch_alone() -> None:
    """They may be the number of a card, or a PIN; one that was mistyped, too."""
    story = Story.talking()
    decision = story.control("ann", "send_dtmf", digits="4111111111111111")
    assert decision.answer is not None
    assert decision.answer.message == "16 keys sent to the customer"
    assert story.control("ann", "send_dtmf", digits="1").answer.message == "1 key sent to the customer"  # type: ignore[union-attr]
    wrong = story.control("ann", "send_dtmf", digits="4111x")
    assert wrong.answer is not None
    assert wrong.answer.reason == "bad_digits"
    told = [decision.because, wrong.because, wrong.answer.message]
    assert not any("4111" in text for text in told)


def test_keys_are_keys_of_a_phone() -> None:
    check_digits("0123456789ABCD*#")
    for wrong in ("", "a", "1x!", "1 2", "1" * 33, "1\n", "\u0663"):
        with pytest.raises(Refusal) as refused:
            check_digits(wrong)
        assert refused.value.reason == "bad_digits"


# -- a handset that holds ------------------------------------------------------------------------


def test_a_hold_that_only_the_handset_can_take_back_is_looked_at() -> None:
    """The news that it was taken back may have been lost: the next wish is judged by what the switch says."""
    story = held_by_handset()
    assert answered(story.control("ann", "retrieve")) == ("refused", "held_by_handset")
    assert story.leg("ann-1").command_due_at == story.now
    story.verify(customer="with ann-1", ann_1="with customer")
    assert story.agent().activity is Activity.TALKING
    assert answered(story.control("ann", "retrieve")) == ("refused", "not_held")


def test_a_handset_that_does_hold_is_believed_again_after_the_look() -> None:
    story = held_by_handset()
    story.control("ann", "retrieve")
    story.look("ann-1", "with", other_leg_id=CUSTOMER, is_holding=True)
    assert story.agent().activity is Activity.HOLDING
    assert story.leg("ann-1").command is None


# -- twice ---------------------------------------------------------------------------------------


def test_a_wish_that_is_put_on_the_path_twice_is_refused_the_second_time() -> None:
    """Its row is answered by then, so that nothing of the second decision is written (0002_save.sql)."""
    story = Story.talking()
    asked = events.ControlAsked(call_id=CALL, agent_id="ann", request_id="r", kind="hold")
    assert answered(story.happen(asked)) == ("done", None)
    after = story.ledger
    assert answered(story.happen(asked)) == ("refused", "already_held")
    assert story.ledger == after
