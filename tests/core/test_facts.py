"""Facts and looks at the switch: what each proves, what it must not undo, and what the engine does when none comes."""

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.call import (
    Activity,
    CallOutcome,
    CommandKind,
    OfferOutcome,
    Phase,
    Seen,
    Sound,
    VisitOutcome,
    Want,
)
from freeswitch_cc.core.commands import Play, PushDeadman
from freeswitch_cc.core.moves import FALLBACK_SOUND
from tests.core.world import CALL, CUSTOMER, NOW, TIMEOUTS, Story, ms


def due(kind: str) -> events.CallDeadlinePassed:
    return events.CallDeadlinePassed(call_id=CALL, kind=kind, row_id=CUSTOMER)


# -- a look in the middle of a command -----------------------------------------------------------


@pytest.mark.parametrize("seen", ["parked", "lost", "gone"])
def test_a_look_while_a_bridge_is_in_flight_sends_no_second_one(seen: str) -> None:
    story = Story.connecting()
    story.verify(customer=seen, ann_1=seen)
    assert story.sent() == []
    assert story.customer.command is CommandKind.BRIDGE


def test_a_look_that_finds_the_pair_together_proves_the_bridge_at_once() -> None:
    story = Story.connecting()
    story.verify(customer="with ann-1", ann_1="with customer")
    assert story.call.phase is Phase.TALKING
    assert story.customer.command is None


@pytest.mark.parametrize("seen", ["ringing", "lost", "gone"])
def test_a_look_while_a_phone_is_being_rung_does_not_ring_it_again_nor_give_it_up(seen: str) -> None:
    story = Story.offered()
    assert story.verify(customer="parked", ann_1=seen).changes_nothing


def test_a_look_that_finds_the_agent_parked_is_his_answer() -> None:
    story = Story.offered()
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == ["bridge ann-1 customer"]


def test_a_bridge_that_is_due_and_did_not_happen_is_asked_for_again() -> None:
    story = Story.connecting()
    story.pass_time(TIMEOUTS.bridge_ms)
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == ["bridge ann-1 customer"]


def test_a_bridge_that_is_due_with_both_in_limbo_has_both_parked() -> None:
    story = Story.connecting()
    story.pass_time(TIMEOUTS.bridge_ms)
    story.verify(customer="lost", ann_1="lost")
    assert sorted(story.sent()) == ["park ann-1", "park customer"]


def test_a_kill_that_did_not_work_is_sent_again_when_it_is_due_and_not_before() -> None:
    story = Story.talking()
    story.hangs_up(CUSTOMER)
    story.verify(ann_1="parked")
    assert story.sent() == []
    story.pass_time(TIMEOUTS.kill_ms)
    story.verify(ann_1="parked")
    assert story.sent() == ["kill ann-1"]


def test_a_leg_that_the_switch_moves_by_itself_is_looked_for_and_parked_if_it_is_lost() -> None:
    story = Story.talking()
    story.unbridges()
    assert {story.customer.command, story.leg("ann-1").command} == {CommandKind.SETTLE}
    story.verify(customer="lost", ann_1="lost")
    assert story.sent() == []
    story.pass_time(TIMEOUTS.settle_ms)
    story.verify(customer="lost", ann_1="parked")
    assert story.sent() == ["park customer"]


def test_a_look_at_a_talk_that_goes_on_changes_nothing() -> None:
    story = Story.talking()
    assert story.verify(customer="with ann-1", ann_1="with customer").changes_nothing


def test_a_look_finds_a_talk_whose_agent_is_gone() -> None:
    story = Story.talking()
    story.verify(customer="parked", ann_1="gone")
    assert story.call.phase is Phase.QUEUED
    assert story.visit.is_returned
    assert story.agent().activity is Activity.IDLE


# -- late, lost, strange -------------------------------------------------------------------------


def test_a_park_older_than_the_bridge_changes_nothing() -> None:
    story = Story.talking()
    old = events.LegParked(call_id=CALL, leg_id="ann-1", at=NOW, seq=1)
    assert story.happen(old).changes_nothing


def test_a_bridge_told_after_the_end_of_its_agent_is_no_answer_and_has_the_customer_parked_anew() -> None:
    story = Story.connecting()
    story.hangs_up("ann-1")
    story.parks(CUSTOMER)
    story.bridges()
    assert story.sent() == ["park customer"]
    assert story.call.phase is Phase.QUEUED


def test_an_unbridge_of_another_pair_changes_nothing() -> None:
    assert Story.talking().unbridges("someone-else").changes_nothing


def test_a_leg_that_shows_up_after_its_end_is_killed() -> None:
    story = Story.offered()
    story.refuse("originate", "ann-1", "NO_ANSWER")
    story.rings()
    assert story.sent() == ["kill ann-1"]
    story.parks("ann-1")
    assert story.sent() == ["kill ann-1"]


def test_a_leg_of_the_call_that_nobody_wrote_down_is_killed_when_it_parks() -> None:
    story = Story.waiting()
    story.parks("stranger")
    assert story.sent() == ["kill stranger"]


def test_facts_about_a_call_that_nobody_knows_change_nothing() -> None:
    story = Story.unheard()
    assert story.hangs_up(CUSTOMER).changes_nothing
    assert story.rings().changes_nothing


def test_an_originate_that_is_refused_after_the_phone_answered_is_not_believed() -> None:
    story = Story.connecting()
    assert story.refuse("originate", "ann-1", "NORMAL_TEMPORARY_FAILURE").changes_nothing


def test_a_refused_bridge_is_looked_up_at_once() -> None:
    story = Story.connecting()
    story.refuse("bridge", "ann-1", "Invalid uuid")
    assert story.leg("ann-1").command_due_at == story.now
    assert story.sent() == []
    at = story.now
    story.pass_time(5)
    assert story.refuse("bridge", "ann-1", "Invalid uuid").changes_nothing
    assert story.leg("ann-1").command_due_at == at


def test_a_kill_that_has_overtaken_its_originate_leaves_the_agent_reserved_until_it_is_due() -> None:
    story = Story.offered()
    story.hangs_up(CUSTOMER)
    assert story.refuse("kill", "ann-1", "No such channel!").changes_nothing
    story.verify(ann_1="gone")
    assert story.agent().activity is Activity.RESERVED
    story.pass_time(TIMEOUTS.kill_ms)
    story.verify(ann_1="gone")
    assert story.agent().activity is Activity.IDLE
    assert story.call.phase is Phase.ENDED


def test_a_customer_whom_the_switch_drops_in_talk_is_counted() -> None:
    story = Story.talking()
    story.hangs_up(CUSTOMER, "ORIGINATOR_CANCEL")
    assert [alarm.kind for alarm in story.alarms] == ["dropped_by_switch"]
    assert story.call.outcome is CallOutcome.DROPPED_BY_SWITCH


def test_a_leg_that_we_killed_was_not_dropped_by_the_switch() -> None:
    story = Story.talking()
    story.hangs_up(CUSTOMER)
    story.hangs_up("ann-1", "ORIGINATOR_CANCEL")
    assert story.alarms == []
    assert story.call.outcome is CallOutcome.COMPLETED


def test_a_bridge_that_an_agents_kill_breaks_off_has_the_customer_parked_when_the_agent_is_gone() -> None:
    story = Story.connecting()
    story.now = story.offer_row().expires_at - ms(1)
    story.verify(customer="parked", ann_1="parked")  # due: bridged anew
    assert story.sent() == ["bridge ann-1 customer"]
    story.now += ms(1)
    story.verify(customer="parked", ann_1="parked")  # the offer is due, the second bridge is in flight
    assert story.sent() == ["kill ann-1"]
    assert story.customer.command is CommandKind.BRIDGE
    story.hangs_up("ann-1")
    assert story.sent() == ["park customer"]


def test_a_switch_that_comes_back_has_no_call_any_more() -> None:
    for story in (Story.waiting(), Story.offered(), Story.connecting(), Story.talking()):
        offers = list(story.ledger.open_offers())
        story.happen(events.SwitchRestarted(call_id=CALL, at=story.now))
        assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.SWITCH_RESTARTED)
        assert story.sent() == []
        assert story.alarms == []
        assert story.agent().activity is Activity.IDLE
        assert story.agent().misses == 0
        assert all(story.ledger.offers[o.offer_id].outcome is OfferOutcome.WITHDRAWN for o in offers)
        assert story.visit.outcome in (VisitOutcome.LEFT_OTHERWISE, VisitOutcome.ANSWERED)


# -- music and the dead-man ----------------------------------------------------------------------


def test_music_is_asked_for_again_after_every_park() -> None:
    story = Story.waiting()
    story.parks(CUSTOMER)
    assert story.sent() == ["play customer"]


def test_a_customer_who_hears_nothing_is_parked_anew_and_then_played_what_needs_no_file() -> None:
    story = Story.unheard()
    story.arrives()
    assert story.happen(due("sound")).changes_nothing
    story.pass_time(TIMEOUTS.sound_ms)
    story.happen(due("sound"))
    assert story.sent() == ["park customer"]
    assert [alarm.kind for alarm in story.alarms] == ["deaf"]
    assert story.happen(due("sound")).changes_nothing
    story.parks(CUSTOMER)
    (play,) = story.new_commands
    assert isinstance(play, Play)
    assert play.sound == FALLBACK_SOUND
    story.music_plays()
    assert (story.customer.sound, story.customer.sound_tries) == (Sound.PLAYING, 0)


def test_a_refused_playback_is_looked_up_at_once_and_then_what_needs_no_file_is_played() -> None:
    story = Story.unheard()
    story.arrives()
    story.refuse("play", CUSTOMER, "invalid session id")
    assert story.sent() == []
    assert story.customer.command_due_at == story.now
    story.pass_time(1)
    story.verify(customer="parked")
    (play,) = story.new_commands
    assert isinstance(play, Play)
    assert play.sound == FALLBACK_SOUND


def test_the_switchs_own_rescue_is_put_off_as_long_as_the_customer_waits() -> None:
    story = Story.waiting()
    assert story.happen(due("deadman")).changes_nothing
    assert story.customer.deadman_due_at is not None
    story.now = story.customer.deadman_due_at
    story.happen(due("deadman"))
    (push,) = story.new_commands
    assert isinstance(push, PushDeadman)
    assert push.after_ms == TIMEOUTS.deadman_ms
    assert story.customer.deadman_due_at == story.now + ms(TIMEOUTS.deadman_ms // 3)


def test_in_talk_the_switchs_own_rescue_is_not_ours_to_put_off() -> None:
    story = Story.talking()
    assert story.customer.deadman_due_at is None
    assert story.happen(due("deadman")).changes_nothing


def test_a_customer_who_hears_music_is_seen_to_be_at_rest() -> None:
    customer = Story.waiting().customer
    assert (customer.seen, customer.want, customer.command) == (Seen.PARKED, Want.PARKED, None)
