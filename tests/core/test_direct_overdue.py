"""Whom an agent has called is looked for when he should have answered by now: has he, though nobody has heard of it?"""

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.words import CallOutcome, Phase, Seen
from tests.core.placed import NUMBER, calling, other, own
from tests.core.world import CALL, Story

TARGETS = (f"number:{NUMBER}", "agent:bea")


def looked(story: Story, seen: str) -> None:
    """The time is over, and the switch was asked: the agent is parked."""
    story.pass_time(10 * 60_000)
    sights = (
        events.Sight(leg_id=own(story), seen="parked", at=story.now, seq=story.told + 1),
        events.Sight(leg_id=other(story).leg_id, seen=seen, at=story.now, seq=story.told + 1),
    )
    story.happen(events.CallVerified(call_id=CALL, sights=sights))


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("seen", ["lost", "parked"])
def test_who_has_answered_is_connected_wherever_he_is(to: str, seen: str) -> None:
    """lost: the switch's own rescue has a number that was answered and that nobody looked after."""
    story = calling(to)
    looked(story, seen)
    assert story.call.outcome is None
    assert story.call.phase is Phase.DIALING
    party = other(story).leg_id
    assert f"kill {party}" not in story.sent()
    if seen == "lost":
        assert f"park {party}" in story.sent()
        story.parks(party)
    bridge = (party, own(story)) if to.startswith("number:") else (own(story), party)
    assert " ".join(("bridge", *bridge)) in story.sent()


@pytest.mark.parametrize("to", TARGETS)
def test_who_rings_on_is_given_up(to: str) -> None:
    story = calling(to)
    looked(story, "ringing")
    assert story.call.outcome is CallOutcome.NO_ANSWER
    assert f"kill {other(story).leg_id}" in story.sent()
    assert other(story).seen is not Seen.PARKED
