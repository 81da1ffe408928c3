"""Where an agent is in a call, where his leg alone would mislead. Every place: test_control.py."""

from dataclasses import replace

from freeswitch_cc.core.agent_place import Place, place_of
from freeswitch_cc.core.control import capabilities
from tests.core.test_control import ringing
from tests.core.world import Story


def test_who_is_in_another_call_by_now_is_not_in_this_one_though_a_leg_of_his_is() -> None:
    view = Story.talking().ledger.view()
    elsewhere = replace(view, agents=tuple(replace(agent, call_id="another") for agent in view.agents))
    assert (place_of(elsewhere, "ann"), capabilities(elsewhere, "ann")) == (Place.ABSENT, set())


def test_who_has_rejected_is_on_his_way_out_though_his_phone_still_rings() -> None:
    story = ringing()
    story.control("ann", "reject")
    view = story.ledger.view()
    assert (place_of(view, "ann"), capabilities(view, "ann")) == (Place.LEAVING, set())
