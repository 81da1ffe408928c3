"""Which decisions on one call may be saved at once, and what they are as one. Against a database:
tests/store/test_hot_path_batch.py."""

from dataclasses import replace
from typing import Any

import pytest

from freeswitch_cc.core.batch import fits, may_go_on, together
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.dialling import Dialling
from freeswitch_cc.core.lines import Overflow
from freeswitch_cc.core.said_to_people import Alarm, Answer
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Activity, CommandKind, Segment, VisitOutcome
from tests.core.records import make_leg, make_view, make_visit
from tests.core.world import make_agent

NOTHING = Decision()
ANSWER = Answer(request_id="request", state="done")


# -- may another event be decided on? ------------------------------------------------------------


def test_another_event_is_decided_on_in_the_same_transaction() -> None:
    assert may_go_on(make_view(), NOTHING)


def test_nothing_is_decided_on_behind_an_answer_that_the_database_may_refuse() -> None:
    assert not may_go_on(make_view(), Decision(answer=ANSWER))


@pytest.mark.parametrize("shown", [{"overflow": Overflow(timezone="UTC")}, {"dialling": Dialling()}])
def test_nothing_is_decided_on_behind_what_a_view_shows_once(shown: dict[str, Any]) -> None:
    assert not may_go_on(make_view(**shown), NOTHING)


# -- may it be saved with what was decided before? -----------------------------------------------


def test_an_answer_is_saved_with_nothing_that_was_decided_before_it() -> None:
    assert fits(make_view(), Decision(legs=(make_leg(),)), NOTHING)
    assert not fits(make_view(), Decision(legs=(make_leg(),)), Decision(answer=ANSWER))


def test_of_a_visit_one_step_is_saved() -> None:
    entered, left = make_visit(priority=1), make_visit(priority=1, outcome=VisitOutcome.ABANDONED)
    assert not fits(make_view(), Decision(visits=(entered,)), Decision(visits=(left,)))
    assert fits(make_view(), Decision(visits=(entered,)), Decision(visits=(make_visit("another"),)))


def flying(command_id: str, kind: CommandKind = CommandKind.PARK, **changes: Any) -> Leg:
    return make_leg(command=kind, command_id=command_id, **changes)


def test_a_command_that_was_in_flight_before_all_of_them_ends_by_its_name() -> None:
    view = make_view(flying("one"))
    so_far = Decision(legs=(flying("two", last_command_id="one"),))
    assert not fits(view, so_far, Decision(legs=(flying("three", last_command_id="two"),))), "the end of one is lost"
    assert fits(view, so_far, Decision(legs=(make_leg(last_command_id="one"),)))
    assert fits(view, so_far, Decision(legs=(flying("one"),)))


def test_a_kill_ends_any_command_and_what_settles_has_no_end() -> None:
    killed = Decision(legs=(flying("three", CommandKind.KILL, last_command_id="two"),))
    so_far = Decision(legs=(flying("two", last_command_id="one"),))
    assert fits(make_view(flying("one")), so_far, killed)
    parked = Decision(legs=(flying("three", last_command_id="two"),))
    assert fits(make_view(flying("one", CommandKind.SETTLE)), so_far, parked)


def test_every_interval_of_a_leg_is_saved() -> None:
    view = make_view(make_leg(segment=Segment.QUEUED))
    ringing, talking = make_leg(segment=Segment.RINGING), make_leg(segment=Segment.TALKING)
    assert not fits(view, Decision(legs=(ringing,)), Decision(legs=(talking,)))
    assert fits(view, Decision(legs=(make_leg(segment=Segment.QUEUED),)), Decision(legs=(talking,)))


def test_a_leg_that_is_new_is_added_as_it_is_in_the_end_if_nothing_of_it_would_be_lost() -> None:
    view = make_view()
    born = make_leg("ann-1", segment=Segment.RINGING)
    so_far = Decision(legs=(born,))
    assert fits(view, so_far, Decision(legs=(replace(born, is_muted=True),)))
    assert not fits(view, so_far, Decision(legs=(replace(born, segment=Segment.TALKING),)))
    assert not fits(view, so_far, Decision(legs=(replace(born, command=CommandKind.KILL, command_id="kill"),)))


@pytest.mark.parametrize(
    "change", [{"activity": Activity.TALKING}, {"reason": "lunch"}, {"call_id": "another"}, {"presence": "offline"}]
)
def test_every_state_of_an_agent_is_saved(change: dict[str, Any]) -> None:
    reserved = make_agent(activity=Activity.RESERVED)
    ringing = make_agent(activity=Activity.RINGING)
    then = Decision(agents=(replace(ringing, **change),))
    assert not fits(make_view(agents=(reserved,)), Decision(agents=(ringing,)), then)
    assert fits(make_view(agents=(ringing,)), Decision(agents=(replace(ringing, misses=1),)), then)
    assert fits(
        make_view(agents=(reserved,)), Decision(agents=(ringing,)), Decision(agents=(replace(ringing, misses=1),))
    )


# -- as one --------------------------------------------------------------------------------------


def test_what_either_asks_of_others_both_ask() -> None:
    """The matcher is woken, a switch that refuses is noted, an alarm told, whichever of the two it was."""
    asking = Decision(
        wakes_matcher=True, refused_by="switch", alarms=(Alarm(kind="odd"),), answer=ANSWER, new=frozenset({"leg"})
    )
    for made in (together(asking, NOTHING), together(NOTHING, asking)):
        assert made == asking


def test_of_two_states_of_a_record_the_last_is_saved_and_reasons_stand_in_their_order() -> None:
    first, then = make_leg(), make_leg(is_muted=True)
    both = together(Decision(legs=(first, make_leg("other")), because="one"), Decision(legs=(then,), because="two"))
    assert both.legs == (then, make_leg("other"))
    assert both.because == "one; two"
