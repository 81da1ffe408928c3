"""Looks at the switch (uuid_dump): what each proves, what it must not undo, what is done about what it finds."""

from dataclasses import replace

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.words import Activity, CommandKind, Phase, Seen, Want
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


@pytest.mark.parametrize("seen", ["dialing", "ringing", "lost", "gone"])
def test_a_look_while_a_phone_is_being_rung_does_not_ring_it_again_nor_give_it_up(seen: str) -> None:
    story = Story.offered()
    assert story.verify(customer="parked", ann_1=seen).changes_nothing


@pytest.mark.parametrize(("seen", "outcome"), [("dialing", "unreachable"), ("ringing", "no_answer")])
def test_a_look_after_a_lost_line_says_whether_the_phone_rings(seen: str, outcome: str) -> None:
    """What was in flight is not believed any more then; a phone without power has not rung for all that."""
    story = Story.offered()
    story.ledger = replace(
        story.ledger, legs={**story.ledger.legs, "ann-1": replace(story.leg("ann-1"), command_due_at=NOW)}
    )
    story.verify(customer="parked", ann_1=seen)
    assert story.leg("ann-1").seen == seen
    assert story.sent() == []
    assert (story.offer_row().ringing_at is None) is (seen == "dialing")
    story.hangs_up("ann-1", "NO_ANSWER", is_answered=False)
    assert story.offer_row().outcome == outcome


@pytest.mark.parametrize(("heard", "is_gone"), [(True, False), (False, True)])
def test_a_leg_that_was_not_there_yet_when_it_was_asked_for_is_not_gone(heard: bool, is_gone: bool) -> None:
    """The question was on its way before the leg was made; its PARK was heard before the answer."""
    story = Story.offered()
    known_seq = story.leg("ann-1").seen_seq
    if heard:
        story.parks("ann-1")
    story.pass_time(60_000)  # no command is in flight that is not due
    sight = events.Sight(leg_id="ann-1", seen="gone", known_seq=known_seq)
    story.happen(events.CallVerified(call_id=CALL, sights=(sight,)))
    assert (story.leg("ann-1").seen is Seen.GONE) is is_gone


def test_a_look_that_finds_the_agent_parked_is_his_answer() -> None:
    story = Story.offered()
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == ["bridge customer ann-1"]


def test_a_bridge_that_is_due_and_did_not_happen_is_asked_for_again() -> None:
    story = Story.connecting()
    story.pass_time(TIMEOUTS.bridge_ms)
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == ["bridge customer ann-1"]


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


def test_a_leg_that_the_switch_moves_by_itself_is_taken_where_a_look_finds_it() -> None:
    story = Story.talking()
    story.unbridges()
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == ["pushdeadman customer", "bridge customer ann-1"]


def test_a_look_older_than_what_was_heard_since_changes_nothing() -> None:
    story = Story.talking()
    old = events.Sight(leg_id=CUSTOMER, seen="parked", at=NOW, seq=1)
    assert story.happen(events.CallVerified(call_id=CALL, sights=(old,))).changes_nothing


def test_a_look_that_finds_a_leg_in_its_conference_proves_the_join_at_once() -> None:
    story = Story.waiting()
    joining = replace(
        story.customer,
        want=Want.IN_CONFERENCE,
        want_conference="room",
        command=CommandKind.JOIN,
        command_id="join",
        command_due_at=story.now + ms(1_000),
    )
    story.ledger = story.ledger.with_rows(legs={CUSTOMER: joining})
    story.pass_time(1)
    sight = events.Sight(leg_id=CUSTOMER, seen="in_conference", conference="room", at=story.now, seq=99)
    story.happen(events.CallVerified(call_id=CALL, sights=(sight,)))
    assert (story.customer.seen, story.customer.command) == (Seen.IN_CONFERENCE, None)


def test_a_leg_that_settled_still_tells_which_command_of_ours_was_its_last() -> None:
    story = Story.talking()
    last = story.customer.last_command_id
    assert last is not None
    story.unbridges()
    story.parks(CUSTOMER)
    assert story.customer.last_command_id == last
