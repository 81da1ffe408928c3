"""A queue overflows to an outside number: it is called while he hears music, and he is not lost by it."""

import itertools
from dataclasses import replace

import pytest

from freeswitch_cc.core import events, forwarding
from freeswitch_cc.core.commands import Bridge, Kill, Originate
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import CallOutcome, LeftReason, Phase, Role, Seen, Segment, Step, VisitOutcome, Want
from tests.core.forwarded import (
    COMES,
    OTHER,
    PREMIUM,
    STATES,
    TARGET,
    WAYS,
    begun,
    busy,
    calling,
    connecting,
    looked,
    number,
    talking,
)
from tests.core.overflowing import RESERVE, SALES, TONES, last_visits, line
from tests.core.placed import CALLER_ID, NUMBER
from tests.core.world import CUSTOMER, TIMEOUTS, ms

# -- the table -----------------------------------------------------------------------------------


def test_the_table_says_what_every_trigger_means_in_every_state() -> None:
    assert set(forwarding.TABLE) == set(itertools.product(forwarding.State, Trigger))


def test_these_triggers_act_and_no_others() -> None:
    def acting(state: forwarding.State) -> set[Trigger]:
        return {trigger for trigger in Trigger if forwarding.TABLE[state, trigger] is not forwarding._ignore}

    both = {Trigger.CUSTOMER_GONE, Trigger.BRIDGED, Trigger.AGENT_GONE, Trigger.DIAL_DUE}
    assert acting(forwarding.State.CALLING) == both | {Trigger.AGENT_RINGING, Trigger.AGENT_PARKED}
    assert acting(forwarding.State.CONNECTING) == both


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_due(state: forwarding.State) -> None:
    story = STATES[state]()
    assert story.call.phase is Phase.FORWARDING
    assert story.call.step_due_at is not None
    assert (story.customer.segment, number(story).segment) == (Segment.QUEUED, Segment.RINGING)


# -- how it begins -------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", WAYS)
def test_the_number_is_called_by_the_policy_while_he_hears_his_music(reason: str) -> None:
    story = begun(reason)
    (originate,) = [command for command in story.commands if isinstance(command, Originate)]
    assert (originate.role, originate.contact) == (Role.TARGET, "sofia/gateway/carrier/358401234567")
    assert (originate.caller_number, originate.ring_ms) == (CALLER_ID, 30_000)
    assert (originate.limit_ms, originate.deadman_ms) == (7_200_000, TIMEOUTS.deadman_ms)
    assert not originate.is_auto_answer
    assert last_visits(story) == [(SALES, "inbound", reason)]
    assert story.visit.outcome is VisitOutcome.LEFT_OTHERWISE, "he waits no more: match() does not see him"
    assert {agent.call_id for agent in story.ledger.agents.values()} == {None}, "no agent is bound"
    assert [word for word in story.sent() if "customer" in word] in (["play customer", "pushdeadman customer"], [])


def test_it_is_called_for_its_ring_time_and_a_moment_for_the_news() -> None:
    story = begun()
    assert story.call.step_due_at == story.now + ms(30_000 + 2 * TIMEOUTS.offer_grace_ms)


def test_it_is_noted_what_was_agreed_on() -> None:
    forward = begun().call.forward
    assert forward is not None
    assert (forward.number, forward.queue_id, forward.spent) == (NUMBER, SALES, ("sales:too_long",))
    assert (forward.home.queue_id, forward.home.left_reason) == (SALES, LeftReason.TOO_LONG)
    assert forward.home.requirement_id == "french"


def test_a_number_may_be_the_way_out_of_a_queue_that_it_only_goes_through() -> None:
    reserve = line(
        RESERVE, is_staffed=False, overflow={"nobody": TARGET}, may_dial=("national",), caller_ids=(CALLER_ID,)
    )
    story = begun("closed", reserve, overflow={"closed": "queue:reserve"}, may_dial=(), caller_ids=())
    forward = story.call.forward
    assert forward is not None
    assert (forward.queue_id, forward.home.queue_id, forward.home.left_reason) == (RESERVE, SALES, LeftReason.CLOSED)
    assert last_visits(story) == [(SALES, "inbound", "closed"), (RESERVE, "passed", "nobody")]


# -- it may not be called ------------------------------------------------------------------------

FORBIDDEN = {
    "no class": {"overflow": {"too_long": "number:+499012345678"}},
    "a class that it may not dial": {"overflow": {"too_long": f"number:{PREMIUM}"}},
    "it may dial nothing": {"may_dial": ()},
    "no caller ID": {"caller_ids": ()},
    "no trunk": {"may": {"trunk": ""}},
    "nothing is said of dialling": {"may": {"classes": ()}},
}


@pytest.mark.parametrize("why", FORBIDDEN)
def test_what_the_policy_refuses_is_not_called_and_told_and_he_waits_on(why: str) -> None:
    story = begun(**FORBIDDEN[why])  # type: ignore[arg-type]
    assert not [command for command in story.commands if isinstance(command, Originate)]
    assert (story.call.phase, story.visit.outcome, len(story.ledger.visits)) == (Phase.QUEUED, None, 1)
    assert story.visit.spent == ("sales:too_long",)
    assert [alarm.kind for alarm in story.alarms] == ["number_refused"]


@pytest.mark.parametrize("reason", COMES)
def test_or_is_turned_away_as_by_any_target_that_cannot_take_him(reason: str) -> None:
    story = begun(reason, may_dial=())
    assert (story.call.phase, story.call.step) == (Phase.LEAVING, Step.ANNOUNCING)
    assert story.call.farewell is not None
    assert story.call.farewell.outcome is CallOutcome.TURNED_AWAY


def test_or_goes_where_its_queue_says_when_the_number_is_not_reached() -> None:
    story = begun("too_long", line(RESERVE), may_dial=(), overflow={"not_reached": "queue:reserve"})
    assert last_visits(story) == [(SALES, "inbound", "too_long"), (RESERVE, "overflow", None)]
    assert story.visit.spent == ("sales:too_long", "sales:not_reached")


# -- it answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", WAYS)
def test_when_it_answers_the_two_are_bridged_the_customer_first(reason: str) -> None:
    story = connecting(reason)
    bridges = [command for command in story.commands if isinstance(command, Bridge)]
    assert [(one.survivor_leg_id, one.other_leg_id) for one in bridges] == [(CUSTOMER, number(story).leg_id)]
    assert story.call.step_due_at == story.now + ms(2 * TIMEOUTS.bridge_ms)


@pytest.mark.parametrize("reason", WAYS)
def test_they_talk_when_the_bridge_is_proved(reason: str) -> None:
    story = talking(reason)
    assert (story.call.phase, story.call.step_due_at) == (Phase.TALKING, None)
    assert story.call.bridged_at is not None
    assert (story.customer.segment, number(story).segment) == (Segment.TALKING, Segment.TALKING)
    assert len(story.ledger.visits) == 1


def test_a_bridge_whose_park_nobody_heard_is_one() -> None:
    story = calling()
    story.bridges(number(story).leg_id)
    assert story.call.phase is Phase.TALKING
    assert (story.customer.want, number(story).want) == (Want.WITH, Want.WITH)


def test_an_answer_that_only_a_look_tells_of_is_one() -> None:
    story = calling()
    looked(story, "parked")
    assert story.customer.want is Want.WITH
    assert f"bridge customer {number(story).leg_id}" in story.sent()


def test_one_that_answers_without_a_word_of_ringing_is_bridged() -> None:
    story = begun()
    story.parks(number(story).leg_id)
    assert story.customer.want is Want.WITH


@pytest.mark.parametrize("who", ["customer", "number"])
def test_whoever_hangs_up_after_they_talked_ends_the_call(who: str) -> None:
    story = talking()
    one, other = (CUSTOMER, number(story).leg_id)[:: 1 if who == "customer" else -1]
    story.unbridges(number(story).leg_id)
    story.hangs_up(one)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.COMPLETED)
    assert f"kill {other}" in story.sent()
    story.hangs_up(other)
    assert story.call.phase is Phase.ENDED
    assert len(story.ledger.visits) == 1


def test_the_limit_of_the_leg_ends_the_call_too() -> None:
    story = talking()
    story.unbridges(number(story).leg_id)
    story.hangs_up(number(story).leg_id, "ALLOTTED_TIMEOUT")
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.COMPLETED)


@pytest.mark.parametrize("cause", ["MEDIA_TIMEOUT", "NORMAL_TEMPORARY_FAILURE"])
def test_a_number_that_is_torn_away_leaves_nobody_alone(cause: str) -> None:
    story = talking(overflow={"not_reached": f"announcement:{TONES}"})
    story.unbridges(number(story).leg_id)
    story.hangs_up(number(story).leg_id, cause)
    assert (story.call.phase, story.call.step, story.call.bridged_at) == (Phase.LEAVING, Step.ANNOUNCING, None)
    assert not story.alarms, "no agent is lost"


def test_a_number_that_is_gone_as_soon_as_it_is_there_has_not_served_him() -> None:
    story = connecting()
    story.bridges(number(story).leg_id)
    story.unbridges(number(story).leg_id)
    story.hangs_up(number(story).leg_id)
    assert story.is_back_at_the_head


def test_so_has_one_that_holds_him_to_the_end() -> None:
    story = talking()
    story.holds(number(story).leg_id)
    assert story.customer.segment is Segment.HELD
    story.hangs_up(number(story).leg_id)
    assert story.is_back_at_the_head


def test_a_number_that_refers_him_elsewhere_is_let_go() -> None:
    story = talking()
    story.unbridges(number(story).leg_id)
    story.parks(CUSTOMER, refer_to="sip:evil@example.test")
    assert f"kill {number(story).leg_id}" in story.sent()
    assert story.is_back_at_the_head


# -- the caller ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_a_caller_who_hangs_up_meanwhile_has_abandoned_and_the_number_is_let_go(state: forwarding.State) -> None:
    story = STATES[state]()
    story.hangs_up(CUSTOMER)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.ABANDONED)
    (kill,) = [command for command in story.new_commands if isinstance(command, Kill)]
    cause = "ORIGINATOR_CANCEL" if state is forwarding.State.CALLING else "NORMAL_CLEARING"
    assert (kill.leg_id, kill.cause) == (number(story).leg_id, cause)
    assert story.visit.outcome is VisitOutcome.LEFT_OTHERWISE, "he left his queue before, and otherwise"


def test_a_caller_who_hangs_up_before_it_was_asked_for_costs_nothing() -> None:
    story = begun()
    leg = replace(number(story), seen=Seen.UNBORN, command=None, command_id=None, command_due_at=None)
    story.ledger = story.ledger.with_rows(legs={**story.ledger.legs, leg.leg_id: leg})
    story.hangs_up(CUSTOMER)
    assert not story.new_commands
    assert story.call.phase is Phase.ENDED


def test_one_whom_the_switch_parks_anew_hears_his_music_again() -> None:
    story = calling()
    story.parks(CUSTOMER)
    assert story.call.phase is Phase.FORWARDING
    music = [spelled for spelled in story.sent() if spelled.startswith("play")]
    story.look(CUSTOMER, "lost")
    assert story.call.phase is Phase.FORWARDING
    assert music in ([], ["play customer"])


def test_every_event_told_twice_is_told_once() -> None:
    story = talking()
    before = story.ledger
    for leg_id in (number(story).leg_id, CUSTOMER):
        story.happen(
            events.LegParked(call_id=story.call.call_id, leg_id=leg_id, at=story.customer.seen_at or story.now, seq=1)
        )
    assert story.ledger == before


def test_what_he_is_told_apart_by_is_the_leg_of_now() -> None:
    """The end of the first number, told late, does not end the call of the second."""
    story = calling(overflow={"not_reached": f"number:{OTHER}"})
    first = number(story).leg_id
    story.pass_time(40_000)
    looked(story, "ringing")
    assert story.call.forward is not None
    story.hangs_up(first, "ORIGINATOR_CANCEL", is_answered=False)
    assert (story.call.phase, story.call.forward.number) == (Phase.FORWARDING, OTHER)
    assert number(story).want is not Want.GONE


def test_a_number_that_nobody_is_to_be_with_is_let_go() -> None:
    """A rule about what is, whatever was lost."""
    story = calling()
    leg = replace(number(story), seen=Seen.PARKED, command=None, command_id=None, command_due_at=None)
    busy(story)
    story.ledger = story.ledger.with_rows(legs={**story.ledger.legs, leg.leg_id: leg})
    story.music_plays()
    assert f"kill {leg.leg_id}" in story.sent()


def test_a_number_that_is_gone_without_a_word_is_noticed_by_the_next_event() -> None:
    story = calling()
    gone = replace(
        number(story), seen=Seen.GONE, want=Want.GONE, ended_at=story.now, hangup_cause="?", command=None,
        command_id=None, command_due_at=None,
    )  # fmt: skip
    story.ledger = story.ledger.with_rows(legs={**story.ledger.legs, gone.leg_id: gone})
    story.parks(CUSTOMER)
    assert story.is_back_at_the_head
