"""A call whose agent has answered: until the two are bridged, or are not."""

from freeswitch_cc.core import events
from freeswitch_cc.core.words import Activity, CallOutcome, CommandKind, OfferOutcome, Phase, Seen, VisitOutcome, Want
from tests.core.world import CALL, CUSTOMER, TIMEOUTS, Story, make_agent, ms

# -- connecting ----------------------------------------------------------------------------------


def test_a_bridge_of_the_pair_is_the_answer() -> None:
    story = Story.connecting()
    story.bridges(CUSTOMER, "ann-1")  # an unordered pair
    assert story.offer_row().outcome is OfferOutcome.ANSWERED
    assert (story.visit.outcome, story.visit.agent_id) == (VisitOutcome.ANSWERED, "ann")
    assert (story.call.phase, story.call.bridged_at) == (Phase.TALKING, story.now)
    assert (story.agent().activity, story.agent().due_at) == (Activity.TALKING, None)
    assert story.customer.command is None
    assert story.leg("ann-1").command is None
    assert story.sent() == []


def test_an_agent_who_holds_before_the_bridge_is_told_is_holding() -> None:
    story = Story.connecting()
    story.holds()
    story.bridges()
    assert story.agent().activity is Activity.HOLDING


def test_a_caller_who_leaves_in_the_moment_of_the_answer_is_no_miss_and_no_wrap_up() -> None:
    story = Story.connecting(make_agent(wrap_up="manual"))
    story.hangs_up(CUSTOMER)
    assert story.sent() == ["kill ann-1"]
    assert story.offer_row().outcome is OfferOutcome.CALLER_LEFT
    story.hangs_up("ann-1")
    assert (story.agent().activity, story.agent().misses) == (Activity.IDLE, 0)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.ABANDONED)


def test_an_agent_who_is_gone_in_the_window_of_the_bridge_leaves_a_customer_whom_the_switch_parks() -> None:
    story = Story.connecting()
    story.hangs_up("ann-1")
    assert story.sent() == []
    assert (story.customer.seen, story.customer.command) == (Seen.MOVING, CommandKind.SETTLE)
    assert story.offer_row().outcome is OfferOutcome.AGENT_LEFT
    assert story.visit.outcome is None
    assert story.agent().activity is Activity.IDLE
    story.parks(CUSTOMER)
    assert story.sent() == ["play customer", "pushdeadman customer"]
    assert story.customer.want is Want.PARKED


def test_a_customer_whom_the_switch_forgot_in_the_window_of_the_bridge_is_found_and_parked() -> None:
    story = Story.connecting()
    story.hangs_up("ann-1")
    story.verify(customer="lost")
    assert story.sent() == [], "the switch has a moment"
    story.pass_time(TIMEOUTS.settle_ms)
    story.verify(customer="lost")
    assert story.sent() == ["park customer"]
    story.parks(CUSTOMER)
    assert story.sent() == ["play customer", "pushdeadman customer"]


def test_a_customer_who_is_parked_before_his_agents_end_is_told_is_played_music_at_once() -> None:
    story = Story.connecting()
    story.parks(CUSTOMER)
    assert story.sent() == [], "his park may be older than the bridge"
    end = events.LegHungUp(call_id=CALL, leg_id="ann-1", at=story.now, seq=story.told - 1, cause="NORMAL_CLEARING")
    story.happen(end)
    assert story.sent() == ["play customer"]
    assert (story.customer.seen, story.customer.command) == (Seen.PARKED, None)


def test_a_customer_whose_bridge_the_switch_refused_is_parked_by_us_whichever_is_told_first() -> None:
    for is_refused_first in (True, False):
        story = Story.connecting()
        bridge = story.customer.command_id
        refusal = events.CommandRefused(
            call_id=CALL, command_id=bridge or "", kind="bridge", leg_ids=(CUSTOMER, "ann-1"), reason="Invalid uuid"
        )
        if is_refused_first:
            story.happen(refusal)
            assert story.sent() == []
            story.hangs_up("ann-1")
        else:
            story.hangs_up("ann-1")
            assert story.sent() == []
            story.happen(refusal)
        assert story.sent() == ["park customer"]
        story.parks(CUSTOMER)
        assert story.happen(refusal).changes_nothing


def test_the_refusal_of_another_bridge_tells_nothing_of_a_customer_whom_the_switch_parks() -> None:
    story = Story.connecting()
    story.hangs_up("ann-1")
    refusal = events.CommandRefused(
        call_id=CALL, command_id="another", kind="bridge", leg_ids=(CUSTOMER,), reason="Invalid uuid"
    )
    assert story.happen(refusal).changes_nothing


def test_a_customer_whose_bridge_is_overdue_when_the_agent_goes_is_parked_by_us() -> None:
    story = Story.connecting()
    story.pass_time(TIMEOUTS.bridge_ms)
    story.hangs_up("ann-1")
    assert story.sent() == ["park customer"]


def test_an_agent_whose_customer_goes_in_the_window_of_the_bridge_is_not_left_to_the_switch() -> None:
    story = Story.connecting()
    story.hangs_up(CUSTOMER)
    assert story.leg("ann-1").seen is Seen.LOST
    assert story.sent() == ["kill ann-1"]


def test_a_bridge_that_never_comes_gives_the_offer_back_and_the_customer_waits_on() -> None:
    story = Story.connecting()
    story.now = story.offer_row().expires_at
    story.verify(customer="parked", ann_1="parked")
    assert story.offer_row().outcome is OfferOutcome.WITHDRAWN
    assert story.agent().misses == 0
    assert story.sent() == ["kill ann-1"]
    assert story.customer.want is Want.PARKED
    assert story.customer.command is None
    story.hangs_up("ann-1")
    assert story.agent().activity is Activity.IDLE
    assert story.call.phase is Phase.QUEUED


def test_an_answered_leg_that_has_no_open_offer_is_killed() -> None:
    story = Story.offered()
    story.now = story.offer_row().expires_at
    story.verify(customer="parked", ann_1="ringing")
    story.parks("ann-1")
    story.now += ms(TIMEOUTS.kill_ms)
    story.verify(customer="parked", ann_1="parked")
    assert story.sent() == ["kill ann-1"]
    assert story.customer.want is Want.PARKED


def test_a_switch_that_stays_away_keeps_no_agent_waiting_for_a_phone_that_nobody_can_ask_about() -> None:
    story = Story.offered()
    story.rings()
    story.sent()
    story.happen(events.SwitchLost(call_id=CALL))
    assert story.offer_row().outcome is OfferOutcome.WITHDRAWN
    assert story.agent().activity is Activity.IDLE
    assert story.call.phase is Phase.QUEUED
    assert story.sent() == []
