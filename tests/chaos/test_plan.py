"""A plan is drawn from its seed and nothing else, and holds every kind of trouble."""

import re

import pytest

from freeswitch_cc.core.control import Control
from freeswitch_cc.simulator.lies import Lies
from freeswitch_cc.testcalls.stage import BEHAVIOURS, ROBOT, check_robot
from tests.chaos.plan import draw_plan
from tests.chaos.plan_dials import FORBIDDEN, MOMENTS
from tests.chaos.plan_phones import CODES


def test_the_same_seed_draws_the_same_plan() -> None:
    assert draw_plan(7, 200) == draw_plan(7, 200)


def test_another_seed_draws_another_plan() -> None:
    one, other = draw_plan(7, 200), draw_plan(8, 200)
    assert one.callers != other.callers
    assert one.agents != other.agents
    assert one.storms != other.storms


def test_every_behaviour_of_a_phone_is_somebodys() -> None:
    agents = draw_plan(1, 10, agents=200).agents
    assert [check_robot(ROBOT + agent.behaviour) for agent in agents] == [None] * len(agents)
    missing = {
        name
        for name, pattern in BEHAVIOURS.items()
        if not any(re.fullmatch(pattern, agent.behaviour) for agent in agents)
    }
    assert missing == set()


def test_people_do_everything_that_people_do() -> None:
    plan = draw_plan(1, 2000)
    assert {caller.leaving.moment for caller in plan.callers if caller.leaving} == {
        *("waiting", "ringing", "answering", "bridging", "talking", "held"),
    }
    acts = {act.what for agent in plan.agents for turn in agent.turns for act in turn.acts}
    assert acts == {"hang_up", "hold", "unhold", "press", "refer", "die", "ask"}
    asked = {act.text for agent in plan.agents for turn in agent.turns for act in turn.acts if act.what == "ask"}
    assert asked == {kind.value for kind in Control} - {"send_dtmf"}, "keys are sent by hand"
    assert {turn.since for agent in plan.agents for turn in agent.turns} == {
        *("ringing", "answering", "bridging", "joining", "talking"),
    }
    assert {asked.what for agent in plan.agents for asked in agent.asked} == {
        *("login", "available", "not_ready", "logout"),
    }


@pytest.mark.parametrize("seed", range(5))
def test_agents_place_calls_of_every_kind_and_leave_them_at_every_moment(seed: int) -> None:
    dials = [dial for agent in draw_plan(seed, 600).agents for dial in agent.dials]
    assert {dial.to[:13] for dial in dials if "+999" in dial.to} >= {f"number:+999{kind}0" for kind in range(1, 8)}
    assert {dial.to for dial in dials} >= set(FORBIDDEN)
    assert any(dial.to.startswith("agent:dialler") for dial in dials)
    assert any(dial.caller_id for dial in dials)
    assert any(dial.own is None and dial.other is None for dial in dials), "nobody does anything in particular"
    for moment in MOMENTS:
        own = {act.what for dial in dials if dial.own and dial.own.since == moment for act in dial.own.acts}
        other = {act.what for dial in dials if dial.other and dial.other.since == moment for act in dial.other.acts}
        both = [dial for dial in dials if dial.own and dial.other and dial.own.since == dial.other.since == moment]
        assert own >= {"hang_up", "die"}, moment
        assert other >= {"hang_up", "die"}, moment
        assert both, moment


@pytest.mark.parametrize("seed", range(5))
def test_phones_go_and_come_back_and_dial_every_code(seed: int) -> None:
    plan = draw_plan(seed, 2000)
    phones = [agent.phone for agent in plan.agents if agent.phone]
    assert 5 <= len(phones) < len(plan.agents)
    assert all(phone[0].what == "register" for phone in phones)
    assert {act.what for phone in phones for act in phone} == {"register", "unregister", "expire", *CODES}
    assert plan.strange_codes
    assert {agent.stays_away for agent in plan.agents if agent.phone} == {False, True}


@pytest.mark.parametrize("calls", [10, 150, 2000])
def test_every_run_has_every_kind_of_storm_within_its_time(calls: int) -> None:
    plan = draw_plan(3, calls)
    assert {storm.kind for storm in plan.storms} == {"lies", "engine", "standby", "switch"}
    assert max(storm.at_ms for storm in plan.storms) < plan.horizon_ms


def test_only_lies_that_can_be_survived_are_told() -> None:
    plan = draw_plan(5, 5000)
    texts = [text for storm in plan.storms for text in storm.lies]
    rules = Lies.parse(texts).rules
    assert {rule.kind for rule in rules} == {"drop", "duplicate", "delay", "reorder", "refuse", "close", "stall", "cut"}
    about_all = {rule.kind for rule in rules if rule.about == "*"}
    assert about_all & {"drop", "delay", "reorder", "cut"} == set()
    assert {"drop", "delay"} <= {rule.kind for rule in rules if rule.about == "CHANNEL_HOLD"}, "his end tells of it"


def test_a_calm_plan_has_no_storms() -> None:
    assert draw_plan(3, 100, is_calm=True).storms == ()
