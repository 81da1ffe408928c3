"""The agent: both tables of core.presence are complete, and what agents and calls do to each other is told."""

import itertools
from dataclasses import replace

import pytest

from freeswitch_cc.core import presence
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.presence import ACTIVITY, PRESENCE, Ask, Fact, note
from freeswitch_cc.core.words import Activity, Presence, WrapUp
from tests.core.world import CUSTOMER, NOW, Story, make_agent, ms

LATER = NOW + ms(5_000)


def test_the_table_of_activities_knows_every_fact() -> None:
    assert set(ACTIVITY) == set(itertools.product(Activity, Fact))


def test_the_table_of_presences_knows_every_request() -> None:
    assert set(PRESENCE) == set(itertools.product(Presence, Ask))


CHANGES = {
    (Activity.RESERVED, Fact.RANG): Activity.RINGING,
    (Activity.RESERVED, Fact.CONNECTED): Activity.TALKING,
    (Activity.RESERVED, Fact.RELEASED): Activity.IDLE,
    (Activity.RESERVED, Fact.FREED): Activity.IDLE,
    (Activity.RINGING, Fact.CONNECTED): Activity.TALKING,
    (Activity.RINGING, Fact.RELEASED): Activity.IDLE,
    (Activity.RINGING, Fact.FREED): Activity.IDLE,
    (Activity.TALKING, Fact.HELD): Activity.HOLDING,
    (Activity.TALKING, Fact.RELEASED): Activity.WRAP_UP,
    (Activity.TALKING, Fact.FREED): Activity.WRAP_UP,
    (Activity.HOLDING, Fact.RETRIEVED): Activity.TALKING,
    (Activity.HOLDING, Fact.RELEASED): Activity.WRAP_UP,
    (Activity.HOLDING, Fact.FREED): Activity.WRAP_UP,
    (Activity.WRAP_UP, Fact.DUE): Activity.IDLE,
}


@pytest.mark.parametrize(("activity", "fact"), sorted(ACTIVITY))
def test_every_fact_leads_from_every_activity_where_it_should(activity: Activity, fact: Fact) -> None:
    agent = make_agent(activity=activity, wrap_up=WrapUp.TIMED, wrap_up_ms=10_000)
    after = note(agent, fact, LATER)
    assert after.activity is CHANGES.get((activity, fact), activity)
    if (activity, fact) not in CHANGES and fact is not Fact.MISSED:
        assert after == agent


@pytest.mark.parametrize("activity", Activity)
def test_a_miss_counts_only_while_his_phone_is_asked_to_ring(activity: Activity) -> None:
    after = note(make_agent(activity=activity), Fact.MISSED, LATER)
    assert after.misses == (1 if activity in (Activity.RESERVED, Activity.RINGING) else 0)


def test_a_call_that_he_takes_forgives_his_misses() -> None:
    assert note(make_agent(activity=Activity.RINGING, misses=2), Fact.CONNECTED, LATER).misses == 0


def test_too_many_misses_are_told_after_the_ring_and_his_own_logout_goes_before() -> None:
    ringing = make_agent(activity=Activity.RINGING, misses=2, max_misses=3)
    after = note(ringing, Fact.MISSED, LATER)
    assert (after.presence, after.pending_presence, after.pending_reason) == ("available", "not_ready", "no_answer")
    freed = note(after, Fact.FREED, LATER)
    assert (freed.presence, freed.reason, freed.pending_presence) == (Presence.NOT_READY, "no_answer", None)
    leaving = make_agent(activity=Activity.RINGING, misses=2, max_misses=3, pending_presence=Presence.OFFLINE)
    assert note(leaving, Fact.MISSED, LATER).pending_presence is Presence.OFFLINE


# -- wrap-up -------------------------------------------------------------------------------------


def released(**policy: object) -> Agent:
    return note(make_agent(activity=Activity.TALKING, **policy), Fact.RELEASED, LATER)


@pytest.mark.parametrize("policy", [{"wrap_up": WrapUp.NONE}, {"wrap_up": WrapUp.TIMED, "wrap_up_ms": 0}])
def test_without_wrap_up_he_is_idle_since_his_last_leg_was_gone(policy: dict[str, object]) -> None:
    agent = released(**policy)
    assert (agent.activity, agent.call_id, agent.due_at) == (Activity.IDLE, None, None)
    assert agent.idle_since == agent.released_at == LATER


def test_timed_wrap_up_has_an_end() -> None:
    agent = released(wrap_up=WrapUp.TIMED, wrap_up_ms=10_000)
    assert (agent.activity, agent.due_at) == (Activity.WRAP_UP, LATER + ms(10_000))


def test_manual_wrap_up_lasts_until_he_says_that_he_is_done() -> None:
    agent = released(wrap_up=WrapUp.MANUAL)
    assert (agent.activity, agent.due_at) == (Activity.WRAP_UP, None)
    done = presence.ask(agent, Ask.AVAILABLE, None, LATER + ms(1))
    assert done.is_ready
    assert done.idle_since == LATER + ms(1)


def test_who_took_no_call_keeps_his_place_in_the_row() -> None:
    agent = note(make_agent(activity=Activity.RINGING, idle_since=NOW), Fact.FREED, LATER)
    assert (agent.idle_since, agent.released_at) == (NOW, LATER)


# -- requests ------------------------------------------------------------------------------------


def test_login_lands_in_not_ready_and_opens_his_place_in_the_row() -> None:
    story = Story.unheard(make_agent(presence=Presence.OFFLINE, idle_since=None))
    story.pass_time(5_000)
    decision = story.ask("ann", "login")
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, "logged_in")
    assert story.agent().idle_since == story.now
    assert not decision.wakes_matcher
    assert decision.answer is not None
    assert decision.answer.state == "done"


def test_an_idle_agent_is_available_at_once_and_a_break_does_not_cost_him_his_place() -> None:
    story = Story.unheard(make_agent(presence=Presence.NOT_READY, misses=1))
    story.pass_time(5_000)
    decision = story.ask("ann", "available")
    assert story.agent().is_ready
    assert story.agent().idle_since == NOW
    assert story.agent().misses == 0
    assert decision.wakes_matcher


@pytest.mark.parametrize(("given", "kept"), [("lunch", "lunch"), (None, "unspecified")])
def test_not_ready_has_a_reason(given: str | None, kept: str) -> None:
    story = Story.unheard()
    story.ask("ann", "not_ready", given)
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, kept)


def test_an_idle_agent_logs_out_at_once() -> None:
    story = Story.unheard()
    story.ask("ann", "logout")
    assert story.agent().presence is Presence.OFFLINE
    assert story.agent().reason is None


@pytest.mark.parametrize("what", ["available", "not_ready", "logout"])
def test_who_is_not_logged_in_is_refused(what: str) -> None:
    story = Story.unheard(make_agent(presence=Presence.OFFLINE))
    decision = story.ask("ann", what)
    assert decision.answer is not None
    assert decision.agents == ()
    assert (decision.answer.state, decision.answer.reason) == ("refused", "not_logged_in")


@pytest.mark.parametrize("now", [Presence.AVAILABLE, Presence.NOT_READY])
def test_who_is_logged_in_cannot_log_in_again(now: Presence) -> None:
    decision = Story.unheard(make_agent(presence=now)).ask("ann", "login")
    assert decision.answer is not None
    assert decision.answer.reason == "already_logged_in"


def test_an_agent_who_does_not_exist_is_refused() -> None:
    decision = Story.unheard().ask("nobody", "login")
    assert decision.answer is not None
    assert decision.answer.reason == "no_such_agent"


@pytest.mark.parametrize(
    ("what", "then"), [("not_ready", Presence.NOT_READY), ("logout", Presence.OFFLINE), ("available", "available")]
)
def test_a_presence_asked_for_in_a_talk_waits_until_after_the_wrap_up(what: str, then: Presence) -> None:
    story = Story.talking(make_agent(wrap_up=WrapUp.TIMED, wrap_up_ms=10_000))
    decision = story.ask("ann", what, "lunch")
    assert story.agent().presence is Presence.AVAILABLE
    assert decision.answer is not None
    story.hangs_up("ann-1")
    assert (story.agent().activity, story.agent().presence) == (Activity.WRAP_UP, Presence.AVAILABLE)
    story.pass_time(10_000)
    story.agent_is_due()
    assert (story.agent().activity, story.agent().presence) == (Activity.IDLE, then)
    assert story.agent().pending_presence is None
    assert story.agent().reason == ("lunch" if then is Presence.NOT_READY else None)


def test_available_asked_for_in_a_talk_takes_an_earlier_wish_back() -> None:
    story = Story.talking()
    story.ask("ann", "not_ready", "lunch")
    assert story.agent().pending_presence is Presence.NOT_READY
    story.ask("ann", "available")
    assert (story.agent().pending_presence, story.agent().pending_reason) == (None, None)


def test_a_wish_of_a_not_ready_agent_in_a_talk_waits_too() -> None:
    agent = make_agent(activity=Activity.TALKING, presence=Presence.NOT_READY, reason="lunch")
    assert presence.ask(agent, Ask.NOT_READY, "meeting", LATER).pending_reason == "meeting"
    assert presence.ask(agent, Ask.AVAILABLE, None, LATER).pending_presence is Presence.AVAILABLE
    assert presence.ask(agent, Ask.LOGOUT, None, LATER).pending_presence is Presence.OFFLINE


@pytest.mark.parametrize(("what", "then"), [("available", Presence.AVAILABLE), ("logout", Presence.OFFLINE)])
def test_in_wrap_up_available_and_logout_end_it_and_not_ready_waits(what: str, then: Presence) -> None:
    story = Story.talking(make_agent(wrap_up=WrapUp.MANUAL))
    story.hangs_up("ann-1")
    story.ask("ann", "not_ready", "lunch")
    assert story.agent().activity is Activity.WRAP_UP
    story.ask("ann", what)
    assert (story.agent().activity, story.agent().presence) == (Activity.IDLE, then)


def test_a_not_ready_agent_in_wrap_up_ends_it_the_same_way() -> None:
    agent = make_agent(activity=Activity.WRAP_UP, presence=Presence.NOT_READY)
    assert presence.ask(agent, Ask.AVAILABLE, None, LATER).is_ready
    assert presence.ask(agent, Ask.LOGOUT, None, LATER).presence is Presence.OFFLINE


def test_a_deadline_that_is_not_his_any_more_changes_nothing() -> None:
    story = Story.talking(make_agent(wrap_up=WrapUp.TIMED, wrap_up_ms=10_000))
    assert story.agent_is_due().changes_nothing
    story.hangs_up("ann-1")
    story.pass_time(9_999)
    assert story.agent_is_due().changes_nothing
    story.pass_time(1)
    assert story.agent_is_due().wakes_matcher
    assert story.agent_is_due().changes_nothing
    assert story.agent_is_due("nobody").changes_nothing
    ringing = Story.offered()
    ringing.pass_time(60_000)
    assert ringing.agent_is_due().changes_nothing


def test_a_wish_made_while_his_phone_rings_is_his_when_the_caller_gives_up() -> None:
    story = Story.offered()
    story.rings()
    story.ask("ann", "not_ready", "lunch")
    story.hangs_up(CUSTOMER)
    story.hangs_up("ann-1", "ORIGINATOR_CANCEL", is_answered=False)
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, "lunch")


def test_an_agent_who_is_busy_with_another_call_hears_nothing_of_this_one() -> None:
    story = Story.offered()
    elsewhere = replace(story.agent(), call_id="another call")
    story.ledger = story.ledger.with_rows(agents={"ann": elsewhere})
    story.rings()
    assert story.agent() == elsewhere


def test_an_agent_who_becomes_free_wakes_the_matcher() -> None:
    story = Story.talking()
    story.hangs_up(CUSTOMER)
    assert story.hangs_up("ann-1").wakes_matcher
