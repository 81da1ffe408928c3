"""Facts: what each proves, what it must not undo, and what comes of strange and late ones."""

from dataclasses import replace

from freeswitch_cc.core import events
from freeswitch_cc.core.words import (
    Activity,
    CallOutcome,
    CommandKind,
    OfferOutcome,
    Phase,
    Role,
    Seen,
    VisitOutcome,
    Want,
)
from tests.core.records import make_leg
from tests.core.world import CALL, CUSTOMER, NOW, TIMEOUTS, Story, ms


def test_a_park_older_than_the_bridge_changes_nothing() -> None:
    story = Story.talking()
    old = events.LegParked(call_id=CALL, leg_id="ann-1", at=NOW, seq=1)
    assert story.happen(old).changes_nothing


def test_a_park_told_while_a_bridge_is_in_flight_does_not_end_it() -> None:
    story = Story.connecting()
    story.parks("ann-1")
    assert story.sent() == []
    assert story.leg("ann-1").command is CommandKind.BRIDGE


def test_a_bridge_with_somebody_else_proves_no_bridge_that_is_in_flight() -> None:
    story = Story.connecting()
    story.bridges(CUSTOMER, "somebody")
    assert story.customer.command is CommandKind.BRIDGE


def test_who_holds_nobody_any_more_holds_nobody_after_the_next_bridge() -> None:
    story = Story.talking()
    story.holds()
    story.unbridges()
    story.bridges()
    assert not story.leg("ann-1").is_holding
    assert story.agent().activity is Activity.TALKING
    assert (story.customer.command, story.leg("ann-1").command) == (None, None)


def test_a_bridge_told_after_the_end_of_its_agent_is_no_answer_and_the_switch_parks_the_customer() -> None:
    story = Story.connecting()
    story.hangs_up("ann-1")
    story.bridges()
    assert story.sent() == []
    assert (story.customer.seen, story.customer.command) == (Seen.MOVING, CommandKind.SETTLE)
    assert story.call.phase is Phase.QUEUED
    story.unbridges()
    story.parks(CUSTOMER)
    assert story.sent() == ["play customer", "pushdeadman customer"]


def test_a_customer_who_was_bridged_to_a_dead_agent_and_is_parked_by_nobody_is_looked_for() -> None:
    story = Story.connecting()
    story.hangs_up("ann-1")
    story.parks(CUSTOMER)
    story.bridges()
    assert story.sent() == []
    story.pass_time(TIMEOUTS.settle_ms)
    story.verify(customer="lost")
    assert story.sent() == ["park customer"]


def test_who_was_with_a_leg_that_is_parked_is_looked_for_though_no_unbridge_came() -> None:
    story = Story.talking()
    story.parks(CUSTOMER)
    assert story.leg("ann-1").seen is Seen.MOVING
    story.pass_time(TIMEOUTS.settle_ms)
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == ["pushdeadman customer", "bridge customer ann-1"]


def test_who_was_with_a_leg_that_joined_a_conference_is_looked_for() -> None:
    story = Story.talking()
    story.fact(events.ConferenceJoined, CUSTOMER, conference="room")
    assert story.customer.seen is Seen.IN_CONFERENCE
    assert story.leg("ann-1").seen is Seen.MOVING
    story.fact(events.ConferenceLeft, CUSTOMER, conference="another")
    assert story.customer.seen is Seen.IN_CONFERENCE
    story.fact(events.ConferenceLeft, CUSTOMER, conference="room")
    assert story.customer.seen is Seen.MOVING


def test_a_third_who_was_with_one_of_a_new_pair_is_looked_for() -> None:
    story = Story.talking()
    story.bridges(CUSTOMER, "somebody")
    assert story.customer.seen_leg_id == "somebody"
    assert (story.leg("ann-1").seen, story.leg("ann-1").command) == (Seen.MOVING, CommandKind.SETTLE)


def test_an_unbridge_of_another_pair_changes_nothing() -> None:
    assert Story.talking().unbridges("someone-else").changes_nothing


def test_an_agents_leg_that_belongs_to_nobody_is_killed_whatever_happens() -> None:
    story = Story.waiting()
    stray = make_leg("stray", Role.AGENT, agent_id="ann")
    story.ledger = story.ledger.with_rows(legs={**story.ledger.legs, "stray": stray})
    story.music_plays()
    assert story.sent() == ["kill stray"]


def test_a_call_whose_customer_is_gone_ends_though_nobody_was_told() -> None:
    story = Story.waiting()
    gone = replace(story.customer, want=Want.GONE, seen=Seen.GONE, ended_at=story.now, deadman_due_at=None)
    story.ledger = story.ledger.with_rows(legs={CUSTOMER: gone})
    story.music_plays()
    assert (story.call.phase, story.visit.outcome) == (Phase.ENDED, VisitOutcome.LEFT_OTHERWISE)


def test_facts_about_a_call_that_nobody_knows_change_nothing() -> None:
    story = Story.unheard()
    assert story.hangs_up(CUSTOMER).changes_nothing
    assert story.rings().changes_nothing


def test_an_originate_that_is_refused_after_the_phone_answered_is_not_believed() -> None:
    story = Story.connecting()
    assert story.refuse("originate", "ann-1", "NORMAL_TEMPORARY_FAILURE").changes_nothing


def test_a_bridge_that_may_not_be_sent_at_all_is_an_alarm_and_is_not_decided_anew_before_it_is_due() -> None:
    story = Story.connecting()
    due_at = story.leg("ann-1").command_due_at
    story.refuse("bridge", "ann-1", "NOT_RENDERED", details="a leg cannot be bridged with itself")
    assert [alarm.kind for alarm in story.alarms] == ["not_rendered"]
    assert (story.sent(), story.leg("ann-1").command_due_at) == ([], due_at)


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


def test_a_bridge_that_an_agents_kill_breaks_off_leaves_the_customer_to_the_switch_when_the_agent_is_gone() -> None:
    story = Story.connecting()
    story.now = story.offer_row().expires_at - ms(1)
    story.verify(customer="parked", ann_1="parked")  # due: bridged anew
    assert story.sent() == ["bridge customer ann-1"]
    story.now += ms(1)
    story.verify(customer="parked", ann_1="parked")  # the offer is due, the second bridge is in flight
    assert story.sent() == ["kill ann-1"]
    assert story.customer.command is CommandKind.BRIDGE
    story.hangs_up("ann-1")
    assert story.sent() == []
    assert (story.customer.seen, story.customer.command) == (Seen.MOVING, CommandKind.SETTLE)


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


def test_a_leg_that_we_have_killed_was_not_ended_by_somebody_else() -> None:
    story = Story.talking()
    story.hangs_up(CUSTOMER)
    story.is_ended("ann-1")
    assert story.leg("ann-1").hangup_cause == "NORMAL_CLEARING"
