"""An agent whom nobody is to hear (core.control): the switch tells nothing of it, so what is wanted is said again."""

import pytest

from freeswitch_cc.core.control import Control, capabilities
from tests.core.world import CUSTOMER, Story


def muted() -> Story:
    story = Story.talking()
    story.control("ann", "mute")
    return story


def unmuted() -> Story:
    story = muted()
    story.control("ann", "unmute")
    return story


def look(story: Story) -> list[str]:
    story.verify(customer="with ann-1", ann_1="with customer")
    return story.sent()


def is_done(story: Story, kind: str) -> bool:
    answer = story.control("ann", kind).answer
    return answer is not None and answer.state == "done"


def test_a_muted_agent_is_told_to_the_switch_and_written_down() -> None:
    story = muted()
    assert story.sent() == ["mute ann-1"]
    assert story.leg("ann-1").is_muted
    story.control("ann", "unmute")
    assert story.sent() == ["unmute ann-1"]
    assert story.leg("ann-1").is_muted is False


@pytest.mark.parametrize("kind", ["mute", "unmute"])
def test_who_is_not_heard_as_he_wants_asks_again_and_it_is_said_again(kind: str) -> None:
    """Nobody knows whether the switch has done it: to be told that it is so already would help nobody."""
    story = Story.talking()
    assert {Control.MUTE, Control.UNMUTE} <= capabilities(story.ledger.view(), "ann")
    for _ in range(2):
        assert is_done(story, kind)
        assert story.sent() == [f"{kind} ann-1"]


@pytest.mark.parametrize(("make", "command"), [(muted, "mute"), (unmuted, "unmute")])
def test_whenever_the_switch_is_looked_at_what_is_wanted_is_said_again(make: object, command: str) -> None:
    """The engine may have died before it was said."""
    story = make()  # type: ignore[operator]
    assert look(story) == [f"{command} ann-1"]
    assert look(story) == [f"{command} ann-1"], "and at every look"
    story.verify(customer="parked", ann_1="gone")
    assert f"{command} ann-1" not in story.sent()


def test_of_a_leg_that_nobody_wanted_muted_a_look_says_nothing() -> None:
    assert look(Story.talking()) == []


@pytest.mark.parametrize(("make", "command"), [(muted, "mute"), (unmuted, "unmute")])
@pytest.mark.parametrize("reason", ["NOT_SENT", "-ERR whatever"])
def test_what_the_switch_refused_is_wanted_all_the_same(make: object, command: str, reason: str) -> None:
    """engine.link has it looked at a moment later."""
    story = make()  # type: ignore[operator]
    story.refuse(command, "ann-1", reason)
    assert story.sent() == []
    assert look(story) == [f"{command} ann-1"]


def test_a_mute_is_said_again_on_hold_too_and_never_of_a_leg_that_is_to_go() -> None:
    story = muted()
    story.control("ann", "hold")
    story.unbridges()
    story.parks("ann-1")
    story.parks(CUSTOMER)
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == ["mute ann-1"]
    story.control("ann", "hang_up")
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == []


def test_a_mute_outlives_a_hold() -> None:
    story = muted()
    story.control("ann", "hold")
    story.unbridges()
    story.parks(CUSTOMER)
    story.parks("ann-1")
    story.control("ann", "retrieve")
    story.bridges()
    assert story.leg("ann-1").is_muted
