"""A handset's blind REFER whose PARK nobody heard, or whose mark on the switch was not taken away when it was seen.

What a REFER that was heard does stands in test_talking and test_held. The switch tells of an old one at every PARK,
until it is unset (tests/contract/test_refers.py): told_now() is what it would say.
"""

import pytest

from freeswitch_cc.core.words import Phase
from tests.core.world import CUSTOMER, TIMEOUTS, Story, make_agent

REFER = "sip:900@elsewhere"


def told_now(story: Story) -> str:
    """What the switch says of the REFER by now."""
    is_forgotten = any(type(command).__name__ == "ForgetRefer" for command in story.commands)
    return "" if is_forgotten else REFER


def talk_with_bob(story: Story) -> str:
    """He talks for two minutes: his leg."""
    leg_id = story.offer("bob").leg_id
    assert leg_id is not None
    story.rings(leg_id)
    story.parks(leg_id)
    story.bridges(leg_id)
    story.pass_time(120_000)
    assert story.call.phase is Phase.TALKING
    return leg_id


def test_a_refer_that_nobody_heard_is_found_by_the_look_and_the_next_agent_s_torn_talk_is_none() -> None:
    """The line was down while the agent sent it."""
    story = Story.talking(make_agent(), make_agent("bob"))
    story.look(refer_to=told_now(story))
    assert story.is_back_at_the_head
    assert sorted(story.sent()) == ["forgetrefer customer", "kill ann-1", "play customer", "pushdeadman customer"]
    story.hangs_up("ann-1")
    bob = talk_with_bob(story)
    story.unbridges(bob)
    story.parks(CUSTOMER, refer_to=told_now(story))
    story.parks(bob)
    assert story.sent() == ["pushdeadman customer", f"bridge customer {bob}"]


@pytest.mark.parametrize("is_hangup_told_first", [True, False])
def test_a_refer_that_the_look_has_found_is_not_found_again_by_its_park(is_hangup_told_first: bool) -> None:
    story = Story.talking()
    if is_hangup_told_first:
        story.pass_time(TIMEOUTS.short_talk_ms)
        story.hangs_up("ann-1", cause="BLIND_TRANSFER")
    story.look(refer_to=REFER)
    assert story.is_back_at_the_head
    visits = len(story.ledger.visits)
    story.parks(CUSTOMER, refer_to=REFER)
    assert (story.call.phase, len(story.ledger.visits)) == (Phase.QUEUED, visits)


def test_a_refer_that_was_seen_and_not_forgotten_is_forgotten_when_somebody_looks() -> None:
    """The engine died between commit and sending, or the command was lost."""
    story = Story.waiting()
    assert [type(command).__name__ for command in story.look(refer_to=REFER).commands] == ["ForgetRefer"]
    assert story.look().changes_nothing


def test_a_refer_that_was_not_forgotten_before_the_next_talk_is_forgotten_in_it_and_kills_nobody() -> None:
    story = Story.waiting(make_agent("bob"))
    bob = talk_with_bob(story)
    story.look(seen="with", other_leg_id=bob, refer_to=REFER)
    assert story.sent() == ["forgetrefer customer"]
    assert story.call.phase is Phase.TALKING


def test_nothing_is_forgotten_of_who_is_to_go() -> None:
    story = Story.talking()
    story.hangs_up(CUSTOMER)
    assert "ForgetRefer" not in [type(command).__name__ for command in story.look(refer_to=REFER).commands]
