"""A call that an agent has placed: core.direct's table is complete, and each of its cells that acts is a story."""

import itertools
from collections.abc import Callable

import pytest

from freeswitch_cc.core import direct, events
from freeswitch_cc.core import direct_steps as steps
from freeswitch_cc.core.direct import State
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import Activity, CallOutcome, Phase
from tests.core import placed
from tests.core.placed import is_over, other, own
from tests.core.world import CALL, Story

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
