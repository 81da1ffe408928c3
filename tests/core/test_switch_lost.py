"""A switch that stays away: who talks is left alone; nobody else is kept for a phone that nobody can ask about.

The engine tells of it again and again while it lasts, of every call in which an agent is busy but does not talk.
"""

from collections.abc import Callable

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Originate
from freeswitch_cc.core.words import Activity, CallOutcome, OfferOutcome, Phase, Want
from tests.core import placed
from tests.core.placed import TARGETS, own
from tests.core.world import CALL, TIMEOUTS, Story

AGAIN_MS = 2_000
DIALING = [placed.begun, placed.rung, placed.calling, placed.connecting, placed.telling]


def lost(story: Story) -> None:
    story.happen(events.SwitchLost(call_id=CALL))
    for command in story.new_commands:
        if isinstance(command, Originate):
            story.refuse("originate", command.leg_id, events.NOT_SENT)


def stays_lost(story: Story, for_ms: int) -> None:
    for _ in range(for_ms // AGAIN_MS + 1):
        lost(story)
        story.pass_time(AGAIN_MS)


def is_nobody_kept(story: Story) -> bool:
    free = (Activity.IDLE, Activity.WRAP_UP)
    return all(agent.activity in free for agent in story.ledger.agents.values())


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("begin", [*DIALING, lambda to: placed.calling_back()])
def test_nobody_who_does_not_talk_is_kept_for_longer_than_an_agent_is_called_back(
    begin: Callable[[str], Story], to: str
) -> None:
    story = begin(to)
    stays_lost(story, TIMEOUTS.call_back_ms + AGAIN_MS)
    assert is_nobody_kept(story)
    assert story.call.outcome is not None


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize(
    "begin", [placed.begun, placed.rung, placed.calling, placed.telling], ids=lambda begin: begin.__name__
)
def test_while_nobody_is_reached_an_agent_is_let_go_at_once(begin: Callable[[str], Story], to: str) -> None:
    story = begin(to)
    lost(story)
    assert is_nobody_kept(story)


def test_a_colleague_who_was_reached_is_let_go_at_once() -> None:
    story = placed.connecting("agent:bea")
    lost(story)
    assert is_nobody_kept(story)
    assert story.call.phase is Phase.ENDED


@pytest.mark.parametrize("begin", [placed.connecting, placed.calling_back], ids=lambda begin: begin.__name__)
def test_a_number_that_was_reached_waits_as_long_as_for_any_agent_who_is_called_back(
    begin: Callable[[], Story],
) -> None:
    story = begin()
    stays_lost(story, TIMEOUTS.call_back_ms - 2 * AGAIN_MS)
    assert (story.call.phase, is_nobody_kept(story)) == (Phase.DIALING, False)
    assert story.leg(CALL).want is Want.PARKED
    stays_lost(story, 3 * AGAIN_MS)
    assert (story.call.outcome, story.agent().activity) == (CallOutcome.AGENT_LOST, Activity.IDLE)
    assert story.leg(CALL).want is Want.GONE
    story.hangs_up(CALL)
    assert story.call.phase is Phase.ENDED


def test_a_switch_that_is_back_in_time_rings_the_agent_anew() -> None:
    story = placed.calling_back()
    lost(story)
    story.pass_time(TIMEOUTS.refused_retry_ms)
    before = own(story)
    story.verify(**{CALL: "parked"})
    (originate,) = (command for command in story.new_commands if isinstance(command, Originate))
    assert originate.leg_id == own(story) != before


def test_of_an_agent_who_is_called_back_no_phone_is_rung_while_nobody_could_hear_of_it() -> None:
    story = placed.calling_back()
    lost(story)
    legs = len(story.ledger.legs)
    stays_lost(story, TIMEOUTS.call_back_ms)
    assert len(story.ledger.legs) == legs


@pytest.mark.parametrize("begin", [placed.talking, Story.talking])
def test_who_talks_is_left_alone(begin: Callable[[], Story]) -> None:
    story = begin()
    assert story.happen(events.SwitchLost(call_id=CALL)).changes_nothing
    story.control("ann", "hold")
    assert story.happen(events.SwitchLost(call_id=CALL)).changes_nothing


@pytest.mark.parametrize("begin", [placed.talking, Story.talking])
def test_who_asks_to_hang_up_meanwhile_is_free(begin: Callable[[], Story]) -> None:
    """Nobody can kill his leg; if it is there when the switch is back, it is found, and hung up then."""
    story = begin()
    story.control("ann", "hang_up")
    lost(story)
    assert is_nobody_kept(story)
    assert story.leg(CALL if CALL in story.ledger.legs else "customer").is_live, (
        "what became of him is asked when it is back"
    )


def test_who_gives_up_a_call_meanwhile_is_free() -> None:
    story = placed.calling()
    story.control("ann", "hang_up")
    lost(story)
    assert is_nobody_kept(story)


def test_who_rejects_an_offer_meanwhile_is_free_and_the_caller_waits_on() -> None:
    story = Story.offered()
    story.rings()
    story.control("ann", "reject")
    lost(story)
    assert is_nobody_kept(story)
    assert (story.call.phase, story.customer.want) == (Phase.QUEUED, Want.PARKED)


@pytest.mark.parametrize("seen", ["parked", "lost", "moving"])
def test_who_has_answered_an_offer_is_free_wherever_his_leg_was_last_seen(seen: str) -> None:
    story = Story.connecting()
    story.pass_time(TIMEOUTS.bridge_ms)
    story.verify(customer="parked", ann_1=seen)
    lost(story)
    assert story.offer_row().outcome is OfferOutcome.AGENT_LEFT
    assert is_nobody_kept(story)
    assert (story.call.phase, story.customer.want) == (Phase.QUEUED, Want.PARKED)


def test_two_who_talk_in_truth_though_nobody_heard_of_it_are_parted_and_the_agent_is_called_back() -> None:
    """Their bridge was in flight when the switch was lost. Nobody is left alone: he hears music, and is called for."""
    story = placed.connecting()
    first = own(story)
    lost(story)
    story.pass_time(TIMEOUTS.refused_retry_ms)
    story.verify(**{CALL: f"with {first}"})
    assert f"park {CALL}" in story.sent()
    second = own(story)
    assert second != first
    story.happen(events.LegFound(call_id=CALL, leg_id=first, switch_id="switch"))
    story.parks(first, role="agent")
    assert f"kill {first}" in story.sent()
    story.parks(CALL)
    assert f"play {CALL}" in story.sent()
    story.rings(second)
    story.parks(second)
    assert story.sent()[-1] == f"bridge {CALL} {second}"
