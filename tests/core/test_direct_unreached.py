"""A phone that did not ring has not been left to ring: of a call that an agent has placed, his own or whom he calls."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.ids import Ids
from freeswitch_cc.core.placed_legs import be_due
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Activity, CallOutcome, Seen
from tests.core import placed
from tests.core.placed import TARGETS, dial, due, is_over, other, own, party
from tests.core.test_direct_placed import MOBILE
from tests.core.world import CALL, TIMEOUTS, Story, make_agent

UNANSWERED = ["NO_ANSWER", "NO_USER_RESPONSE", "ALLOTTED_TIMEOUT"]
NUMBER, COLLEAGUE = TARGETS


def answered(to: str) -> Story:
    """His own phone has answered; whether it rings there nobody has told."""
    story = placed.rung(to)
    story.parks(own(story))
    return story


@pytest.mark.parametrize("cause", UNANSWERED)
@pytest.mark.parametrize("to", TARGETS)
def test_an_agents_own_phone_that_never_rang_is_not_to_be_had(to: str, cause: str) -> None:
    silent, ringing = placed.begun(to), placed.rung(to)
    for story, outcome in ((silent, CallOutcome.AGENT_UNREACHABLE), (ringing, CallOutcome.AGENT_NO_ANSWER)):
        story.hangs_up(own(story), cause, is_answered=False)
        assert is_over(story, outcome)
        assert (story.agent().misses, story.agent().failures) == (0, 0), "nobody offered him anything"


@pytest.mark.parametrize("cause", UNANSWERED)
def test_so_is_a_colleagues(cause: str) -> None:
    silent, ringing = answered(COLLEAGUE), placed.calling(COLLEAGUE)
    for story, outcome in ((silent, CallOutcome.UNREACHABLE), (ringing, CallOutcome.NO_ANSWER)):
        story.hangs_up(other(story).leg_id, cause, is_answered=False)
        assert story.call.outcome is outcome
        assert story.agent("bea").activity is Activity.IDLE


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        ("NO_ANSWER", CallOutcome.NO_ANSWER),
        ("ALLOTTED_TIMEOUT", CallOutcome.NO_ANSWER),
        ("NO_USER_RESPONSE", CallOutcome.UNREACHABLE),
    ],
)
def test_a_number_may_ring_without_telling_us_unless_its_exchange_says_that_nobody_has_answered_it(
    cause: str, outcome: CallOutcome
) -> None:
    story = answered(NUMBER)
    story.hangs_up(CALL, cause, is_answered=False)
    assert story.call.outcome is outcome


@pytest.mark.parametrize("cause", UNANSWERED)
def test_a_number_that_was_heard_to_ring_has_rung_whatever_its_exchange_says(cause: str) -> None:
    story = placed.calling(NUMBER)
    story.hangs_up(CALL, cause, is_answered=False)
    assert story.call.outcome is CallOutcome.NO_ANSWER


@pytest.mark.parametrize("cause", UNANSWERED)
def test_a_phone_that_was_heard_to_ring_has_rung_though_nobody_knew_in_the_end_where_its_leg_was(cause: str) -> None:
    story = placed.rung()
    lost = replace(story.ledger.legs[own(story)], seen=Seen.LOST)
    story.ledger = story.ledger.with_rows(legs={**story.ledger.legs, lost.leg_id: lost})
    story.hangs_up(own(story), cause, is_answered=False)
    assert is_over(story, CallOutcome.AGENT_NO_ANSWER)


def test_who_is_in_another_call_by_now_is_not_due_with_this_one() -> None:
    story = placed.connecting(COLLEAGUE)
    elsewhere = make_agent("bea", activity=Activity.TALKING, call_id="another", due_at=None)
    view = replace(story.ledger.view(), agents=(story.agent("ann"), elsewhere))
    scene = Scene.of(view, story.now, None, Ids(UUID(int=1)), TIMEOUTS)
    be_due(scene, story.now)
    assert scene.agents["ann"].due_at == story.now
    assert scene.agents["bea"] == elsewhere


def test_what_stands_behind_a_gateway_may_ring_unseen_an_agents_own_phone_too() -> None:
    story = Story.unheard(make_agent("ann"))
    dial(story, agent=party(make_agent("ann"), contact=MOBILE))
    story.hangs_up(own(story), "NO_ANSWER", is_answered=False)
    assert is_over(story, CallOutcome.AGENT_NO_ANSWER)


@pytest.mark.parametrize("sight", ["ringing", "dialing"])
def test_what_is_called_for_too_long_is_judged_alike(sight: str) -> None:
    """Nobody has heard it ring; a look may find that it does."""
    rings = sight == "ringing"
    own_phone = placed.begun()
    due(own_phone, agent=sight)
    assert own_phone.call.outcome is (CallOutcome.AGENT_NO_ANSWER if rings else CallOutcome.AGENT_UNREACHABLE)
    colleague = answered(COLLEAGUE)
    due(colleague, agent="parked", target=sight)
    assert colleague.call.outcome is (CallOutcome.NO_ANSWER if rings else CallOutcome.UNREACHABLE)


# -- nobody can ask about them -------------------------------------------------------------------


@pytest.mark.parametrize("begin", [placed.calling, placed.connecting], ids=["it rings there", "she has answered"])
def test_a_colleague_whose_switch_stays_away_has_neither_left_nor_been_out_of_reach(
    begin: Callable[[str], Story],
) -> None:
    """What is known is that who placed the call has lost it: as when he calls a number."""
    story = begin(COLLEAGUE)
    story.happen(events.SwitchLost(call_id=CALL))
    assert is_over(story, CallOutcome.AGENT_LOST)
    assert {leg.seen for leg in story.ledger.legs.values()} == {Seen.GONE}


@pytest.mark.parametrize("begin", [placed.begun, placed.rung], ids=["called", "rings"])
@pytest.mark.parametrize("to", TARGETS)
def test_of_his_own_phone_it_is_known_that_it_was_not_to_be_had(to: str, begin: Callable[[str], Story]) -> None:
    story = begin(to)
    story.happen(events.SwitchLost(call_id=CALL))
    assert is_over(story, CallOutcome.AGENT_UNREACHABLE)
