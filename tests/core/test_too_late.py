"""What was asked for and comes to be decided too late is refused: nobody waits for it any more, and a call costs money.

How old it may be when it is taken from the table: tests/engine/test_requests_late.py.
"""

from datetime import timedelta
from uuid import UUID

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.call import View
from freeswitch_cc.core.control import Control
from freeswitch_cc.core.decide import decide
from freeswitch_cc.core.scene import Decision
from tests.core import placed
from tests.core.placed import NUMBER, dial
from tests.core.world import CALL, TIMEOUTS, Story, make_agent, ms

IN_TIME = ms(TIMEOUTS.request_ms)
LATE = IN_TIME + timedelta(microseconds=1)


def answered(decision: Decision) -> tuple[str, str | None]:
    assert decision.answer is not None
    return decision.answer.state, decision.answer.reason


def control(story: Story, kind: str, age: timedelta) -> Decision:
    asked_at = story.now - age
    return story.happen(
        events.ControlAsked(call_id=CALL, agent_id="ann", request_id="r", kind=kind, digits="1", asked_at=asked_at)
    )


@pytest.mark.parametrize("kind", Control)
def test_what_is_asked_for_about_a_call_and_decided_too_late_is_refused(kind: Control) -> None:
    story = Story.talking()
    before = story.ledger
    decision = control(story, kind, LATE)
    assert answered(decision) == ("refused", "too_late")
    assert decision.commands == ()
    assert story.ledger == before


def test_what_is_asked_for_about_a_call_and_decided_in_time_is_done() -> None:
    assert answered(control(Story.talking(), "hold", IN_TIME)) == ("done", None)


@pytest.mark.parametrize("to", [f"number:{NUMBER}", "agent:bea"])
def test_a_call_that_is_decided_too_late_is_not_placed(to: str) -> None:
    story = Story.unheard(make_agent("ann"), make_agent("bea"))
    before = story.ledger
    decision = dial(story, to, asked_at=story.now - LATE)
    assert answered(decision) == ("refused", "too_late")
    assert decision.commands == ()
    assert story.ledger == before
    assert answered(dial(story, to, asked_at=story.now - IN_TIME)) == ("done", None)


def test_a_call_that_was_placed_in_time_and_is_told_of_again_goes_on() -> None:
    story = placed.begun()
    story.pass_time(2 * TIMEOUTS.request_ms)
    event = events.DialAsked(
        call_id=CALL,
        agent_id="ann",
        request_id="request",
        to=f"number:{NUMBER}",
        asked_at=story.now - 2 * IN_TIME,
    )
    assert story.happen(event).changes_nothing


def test_a_late_wish_about_a_call_that_nobody_knows_says_first_that_it_is_late() -> None:
    now = Story.waiting().now
    asked = events.ControlAsked(call_id=CALL, agent_id="ann", request_id="r", kind="hold", asked_at=now - LATE)
    assert answered(decide(View(), asked, now, UUID(int=1), TIMEOUTS)) == ("refused", "too_late")
