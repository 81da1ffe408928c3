"""What is asked of a wrap-up: it ends once, whoever is first, and is extended only within its limit."""

import itertools
from dataclasses import replace

import pytest

from freeswitch_cc.core import wrap_up
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.words import Activity, Presence, WrapUp
from freeswitch_cc.core.wrap_up import WRAP_UP, WrapUpAsk
from tests.core.test_presence import answer_of
from tests.core.world import NOW, Story, make_agent, ms

TIMED = {"wrap_up": WrapUp.TIMED, "wrap_up_ms": 10_000, "wrap_up_limit_ms": 60_000}


def in_wrap_up(**policy: object) -> Story:
    story = Story.talking(make_agent(**(policy or TIMED)))
    story.hangs_up("ann-1")
    assert story.agent().activity is Activity.WRAP_UP
    return story


def test_the_table_knows_every_request_of_every_activity() -> None:
    assert set(WRAP_UP) == set(itertools.product(Activity, WrapUpAsk))


@pytest.mark.parametrize(("activity", "what"), sorted(WRAP_UP))
def test_only_who_is_in_wrap_up_ends_or_extends_it(activity: Activity, what: WrapUpAsk) -> None:
    agent = make_agent(activity=activity)
    if activity is Activity.WRAP_UP:
        agent = replace(agent, due_at=NOW + ms(10), wrap_up_limit_at=NOW + ms(100))
        assert wrap_up.ask(agent, what, 1, NOW, None) != agent
        return
    with pytest.raises(Refusal) as refused:
        wrap_up.ask(agent, what, 1, NOW, None)
    assert refused.value.reason == "not_in_wrap_up"
    assert str(activity) in refused.value.message


# -- ending --------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [TIMED, {"wrap_up": WrapUp.MANUAL}])
def test_who_ends_his_wrap_up_is_what_he_was(policy: dict[str, object]) -> None:
    story = in_wrap_up(**policy)
    story.pass_time(1_000)
    decision = story.ask_of_wrap_up("ann", "end_wrap_up")
    assert (answer_of(decision).state, answer_of(decision).message) == ("done", "ann is available")
    assert decision.wakes_matcher
    agent = story.agent()
    assert (agent.is_ready, agent.idle_since, agent.changed_by) == (True, story.now, None)
    assert (agent.due_at, agent.wrap_up_limit_at, agent.call_id) == (None, None, None)


def test_who_ends_his_wrap_up_becomes_what_he_asked_for_meanwhile() -> None:
    story = in_wrap_up()
    story.ask("ann", "not_ready", "lunch")
    story.ask_of_wrap_up("ann", "end_wrap_up")
    assert (story.agent().activity, story.agent().reason) == (Activity.IDLE, "lunch")


@pytest.mark.parametrize("first", ["clock", "agent", "supervisor"])
def test_of_all_who_end_a_wrap_up_one_wins(first: str) -> None:
    story = in_wrap_up()
    story.pass_time(10_000)
    if first == "clock":
        story.agent_is_due()
    else:
        story.ask_of_wrap_up("ann", "end_wrap_up", by="boss" if first == "supervisor" else None)
    ended = story.agent()
    assert ended.is_ready
    assert ended.changed_by == ("boss" if first == "supervisor" else None)
    assert story.agent_is_due().changes_nothing
    for by in (None, "boss"):
        assert answer_of(story.ask_of_wrap_up("ann", "end_wrap_up", by=by)).reason == "not_in_wrap_up"
    assert answer_of(story.ask_of_wrap_up("ann", "extend_wrap_up", 1_000)).reason == "not_in_wrap_up"
    assert story.agent() == ended


def test_a_supervisor_who_ends_a_wrap_up_has_not_wished_what_the_agent_wished_for_then() -> None:
    story = in_wrap_up()
    story.ask("ann", "not_ready", "lunch")
    story.ask_of_wrap_up("ann", "end_wrap_up", by="boss")
    assert (story.agent().presence, story.agent().changed_by) == (Presence.NOT_READY, None)


def test_nobody_ends_a_wrap_up_in_the_agent_s_place_without_a_name() -> None:
    story = in_wrap_up()
    assert answer_of(story.ask_of_wrap_up("ann", "end_wrap_up", by="")).reason == "no_supervisor"
    assert story.agent().activity is Activity.WRAP_UP


# -- extending -----------------------------------------------------------------------------------


def test_a_wrap_up_is_extended_up_to_its_limit_and_then_ends_by_the_clock() -> None:
    story = in_wrap_up()
    began = story.now
    story.pass_time(4_000)
    decision = story.ask_of_wrap_up("ann", "extend_wrap_up", 30_000)
    assert answer_of(decision).message == "ann's wrap-up lasts 30s longer: 36s are left"
    assert story.agent().due_at == began + ms(40_000)
    story.ask_of_wrap_up("ann", "extend_wrap_up", 20_000)
    assert story.agent().due_at == began + ms(60_000) == story.agent().wrap_up_limit_at
    story.pass_time(6_000)
    assert story.agent_is_due().changes_nothing, "the old deadline is not his any more"
    story.pass_time(50_000)
    story.agent_is_due()
    assert story.agent().is_ready


def test_one_that_is_over_even_when_it_is_extended_has_no_time_left() -> None:
    story = in_wrap_up()
    story.pass_time(15_000)  # its end was not told yet
    decision = story.ask_of_wrap_up("ann", "extend_wrap_up", 1_000)
    assert answer_of(decision).message == "ann's wrap-up lasts 1s longer: 0ms are left"


@pytest.mark.parametrize(
    ("asked", "left"),
    [((50_001,), "by 50s more at most, and 50.001s were asked for"), ((50_000, 1), "no more, and 1ms were asked for")],
)
def test_past_its_limit_it_is_not_extended_and_the_time_that_is_left_is_told(asked: tuple[int, ...], left: str) -> None:
    story = in_wrap_up()
    for by_ms in asked[:-1]:
        story.ask_of_wrap_up("ann", "extend_wrap_up", by_ms)
    before = story.agent()
    answer = answer_of(story.ask_of_wrap_up("ann", "extend_wrap_up", asked[-1]))
    assert (answer.state, answer.reason) == ("refused", "past_the_limit")
    assert answer.message == f"ann's wrap-up may be extended {left}"
    assert story.agent() == before


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({"wrap_up": WrapUp.MANUAL, "wrap_up_limit_ms": 60_000}, "wrap_up_is_manual"),
        ({"wrap_up": WrapUp.TIMED, "wrap_up_ms": 10_000}, "wrap_up_has_no_extension"),
        ({"wrap_up": WrapUp.TIMED, "wrap_up_ms": 10_000, "wrap_up_limit_ms": 5_000}, "past_the_limit"),
    ],
)
def test_what_cannot_be_extended_is_refused_with_the_reason(policy: dict[str, object], reason: str) -> None:
    story = in_wrap_up(**policy)
    assert answer_of(story.ask_of_wrap_up("ann", "extend_wrap_up", 1)).reason == reason
