"""Legs that no record holds as alive: found on the switch, and showing up when nobody waits for them any more."""

from uuid import UUID

from freeswitch_cc.core import events
from freeswitch_cc.core.call import View
from freeswitch_cc.core.commands import Kill
from freeswitch_cc.core.decide import decide
from freeswitch_cc.core.events import LegFound
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Phase
from tests.core import placed
from tests.core.world import CALL, CUSTOMER, NOW, SWITCH, TIMEOUTS, Story, ms, spell


def find(view: View, leg_id: str) -> Decision:
    return decide(view, LegFound(call_id="call", leg_id=leg_id, switch_id="switch"), NOW, UUID(int=1), TIMEOUTS)


def test_a_leg_that_nobody_wrote_down_is_parked_for_its_park_tells_everything() -> None:
    for view in (View(), Story.waiting().ledger.view()):
        assert [spell(command) for command in find(view, "stranger").commands] == ["park stranger"]


def test_a_leg_that_was_written_down_while_it_was_being_told_of_is_left_alone() -> None:
    assert find(Story.waiting().ledger.view(), CUSTOMER).changes_nothing


def test_a_customer_who_is_alive_after_his_end_is_left_to_the_switch_s_own_rescue_and_is_an_alarm() -> None:
    story = Story.waiting()
    story.hangs_up(CUSTOMER)
    decision = find(story.ledger.view(), CUSTOMER)
    assert [alarm.kind for alarm in decision.alarms] == ["alive_after_the_end"]
    assert decision.commands == ()


def test_a_number_that_was_called_and_is_alive_after_its_end_is_hung_up_for_it_costs_money() -> None:
    """It was given up before it rang: who answers now would hear music, at our cost."""
    story = placed.calling()
    story.control("ann", "hang_up")
    number = placed.other(story).leg_id
    for leg_id in (placed.own(story), number):
        story.hangs_up(leg_id)
    assert story.call.phase is Phase.ENDED
    decision = story.happen(LegFound(call_id=CALL, leg_id=number, switch_id=SWITCH))
    assert [alarm.kind for alarm in decision.alarms] == ["alive_after_the_end"]
    (kill,) = decision.commands
    assert isinstance(kill, Kill)
    assert kill.leg_id == number


def test_a_customer_who_parks_after_his_end_was_written_down_is_not_killed_by_his_park() -> None:
    """He is alive: the look around tells somebody of him, and the switch's own rescue has him."""
    story = Story.waiting()
    story.hangs_up(CUSTOMER)
    assert story.parks(CUSTOMER).changes_nothing


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


def test_a_ring_and_a_park_that_are_told_after_the_hangup_that_came_later_kill_nobody() -> None:
    story = Story.offered()
    story.now += ms(1)
    early = story.now
    story.hangs_up("ann-1", "NO_ANSWER", is_answered=False)
    assert story.happen(events.LegRinging(call_id=CALL, leg_id="ann-1", at=early, seq=1)).changes_nothing
    assert story.happen(events.LegParked(call_id=CALL, leg_id="ann-1", at=early, seq=2)).changes_nothing
