"""What the loss of a phone makes of its agent, and its return: the table is complete, and his own word goes before."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from freeswitch_cc.core import agent_events, phones
from freeswitch_cc.core.activity import Fact, note
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.phone_events import PhoneChanged
from freeswitch_cc.core.words import Activity, Presence, WrapUp
from tests.core.world import NOW, REASONS, make_agent, ms

LATER = NOW + ms(5_000)
BUSY = [activity for activity in Activity if activity is not Activity.IDLE]
DOWN = (Presence.NOT_READY, "device_down")


def followed(agent: Agent, is_registered: bool | None, since: datetime | None = None) -> Agent:
    """Through the function that the engine goes through."""
    view = AgentView(agent=agent, is_phone_registered=is_registered, registered_since=since)
    decision = decide_agent(view, PhoneChanged(agent_id="ann"), LATER)
    assert decision.changes_nothing is not bool(decision.agents)
    return decision.agents[0] if decision.agents else agent


def asked(agent: Agent, kind: str, **more: Any) -> Agent:
    event = agent_events.PresenceAsked(agent_id="ann", request_id="r", kind=kind, **more)
    decision = decide_agent(AgentView(agent=agent, reasons=REASONS), event, LATER)
    assert decision.answer is not None
    assert decision.answer.state == "done", decision.answer
    return decision.agents[0] if decision.agents else agent


def ended(agent: Agent) -> Agent:
    """After his call, and its wrap-up."""
    event = agent_events.WrapUpAsked(agent_id="ann", request_id="r", kind="end_wrap_up")
    return decide_agent(AgentView(agent=agent), event, LATER).agents[0]


def test_the_table_of_phones_is_complete() -> None:
    assert set(phones.PHONE) == set(itertools.product(Presence, (False, True)))


def test_a_ready_agent_whose_phone_goes_is_not_ready_at_once_and_by_the_engines_doing() -> None:
    after = followed(make_agent(), False)
    assert (after.presence, after.reason, after.changed_by) == (*DOWN, "system")
    assert after.idle_since == NOW, "his place in the row is kept"
    assert followed(after, False) == after, "told twice"


def test_who_is_ready_again_with_his_phone_is_offered_what_waits() -> None:
    down = followed(make_agent(), False)
    view = AgentView(agent=down, is_phone_registered=True)
    decision = decide_agent(view, PhoneChanged(agent_id="ann"), LATER)
    assert decision.agents[0].is_ready
    assert decision.wakes_matcher


@pytest.mark.parametrize("activity", BUSY)
def test_of_a_busy_one_it_waits_and_his_call_is_not_touched(activity: Activity) -> None:
    agent = make_agent(activity=activity)
    after = followed(agent, False)
    assert (after.presence, after.activity, after.call_id) == (agent.presence, activity, agent.call_id)
    assert (after.pending_presence, after.pending_reason, after.pending_by) == (*DOWN, "system")
    assert followed(after, False) == after
    assert followed(after, True) == agent, "he is back before it mattered"


def test_it_counts_when_his_wrap_up_is_over_and_he_comes_back_from_there() -> None:
    talking = followed(make_agent(activity=Activity.WRAP_UP, wrap_up=WrapUp.MANUAL), False)
    after = ended(talking)
    assert (after.presence, after.reason) == DOWN
    assert followed(after, True).is_ready


@pytest.mark.parametrize("reason", ["lunch", "logged_in", "no_answer"])
@pytest.mark.parametrize("is_registered", [False, True])
def test_who_is_not_ready_anyway_stays_what_he_is(reason: str, is_registered: bool) -> None:
    agent = make_agent(presence=Presence.NOT_READY, reason=reason)
    assert followed(agent, is_registered) == agent


@pytest.mark.parametrize("is_registered", [False, True])
def test_who_is_logged_out_is_left_alone(is_registered: bool) -> None:
    agent = make_agent(presence=Presence.OFFLINE, idle_since=None)
    assert followed(agent, is_registered) == agent


def test_nothing_is_made_of_a_phone_of_which_nothing_is_known() -> None:
    assert followed(make_agent(), None) == make_agent()
    down = followed(make_agent(), False)
    assert followed(down, None) == down


def test_with_his_phone_he_is_available_again() -> None:
    after = followed(followed(make_agent(), False), True)
    assert after.is_ready
    assert after.changed_by == "system"
    assert after.idle_since == NOW
    assert not after.is_back_with_phone


@pytest.mark.parametrize(
    ("kind", "more", "becomes"),
    [
        ("not_ready", {"reason": "lunch"}, (Presence.NOT_READY, "lunch")),
        ("not_ready", {}, (Presence.NOT_READY, "unspecified")),
        ("not_ready", {"forced_by": "boss"}, (Presence.NOT_READY, "forced")),
        ("logout", {}, (Presence.OFFLINE, None)),
        ("available", {}, (Presence.AVAILABLE, None)),
    ],
)
def test_what_was_asked_for_meanwhile_is_kept_when_his_phone_is_back(
    kind: str, more: dict[str, Any], becomes: tuple[Presence, str | None]
) -> None:
    chosen = asked(followed(make_agent(), False), kind, **more)
    after = followed(chosen, True)
    assert after == chosen
    assert (after.presence, after.reason) == becomes


@pytest.mark.parametrize("kind", ["not_ready", "available", "logout"])
def test_so_is_what_was_asked_for_in_the_call_in_which_it_went(kind: str) -> None:
    talking = make_agent(activity=Activity.TALKING)
    chosen = asked(followed(talking, False), kind)
    assert not chosen.is_back_with_phone
    assert followed(chosen, True) == chosen


def test_a_wish_to_be_available_that_waits_is_given_back_with_the_phone() -> None:
    wishing = make_agent(activity=Activity.TALKING, presence=Presence.NOT_READY, pending_presence=Presence.AVAILABLE)
    down = followed(wishing, False)
    assert (down.pending_presence, down.pending_reason) == DOWN
    assert followed(down, True).pending_presence is Presence.AVAILABLE


def never_reached(**more: Any) -> Agent:
    """Down by offers that never came: his phone was there as far as anybody knew."""
    agent = make_agent(activity=Activity.RESERVED, max_misses=1, **more)
    return note(note(agent, Fact.UNREACHABLE, NOW), Fact.FREED, NOW)


def test_whose_offers_never_came_comes_back_with_his_phone_when_it_was_gone() -> None:
    """As in a power cut: it goes on being rung until its registration has expired."""
    agent = never_reached()
    assert (agent.presence, agent.reason, agent.is_back_with_phone) == (*DOWN, False)
    gone = followed(agent, False)
    assert gone == replace(agent, is_back_with_phone=True)
    assert followed(gone, False) == gone, "told twice"
    assert followed(gone, True).is_ready


def test_so_does_one_whose_offer_fails_in_the_call_in_which_it_went() -> None:
    offered = followed(make_agent(activity=Activity.RESERVED, max_misses=1), False)
    after = note(note(offered, Fact.UNREACHABLE, NOW), Fact.FREED, NOW)
    assert (after.presence, after.reason) == DOWN
    assert followed(after, True).is_ready


def test_a_phone_that_was_there_all_the_time_brings_nobody_back() -> None:
    """It registers and cannot be rung: what it says every minute is no news, and calls would be offered in vain."""
    agent = never_reached()
    long_ago = NOW - phones.ON_ITS_WAY
    assert followed(agent, True) == agent
    assert followed(agent, True, long_ago) == agent


@pytest.mark.parametrize("registered_after_ms", [1, 3_600_000, -30_000])
def test_a_phone_that_was_started_anew_brings_him_back_though_nobody_saw_it_gone(registered_after_ms: int) -> None:
    """Power was back before its registration expired. The last offer may have been on its way to where it was."""
    agent = never_reached()
    after = followed(agent, True, NOW + ms(registered_after_ms))
    assert (after.is_ready, after.changed_by, after.is_back_with_phone) == (True, "system", False)


def offered_in_vain(agent: Agent, now: datetime) -> Agent:
    reserved = replace(agent, activity=Activity.RESERVED, call_id="c")
    return note(note(reserved, Fact.UNREACHABLE, now), Fact.FREED, now)


def minutes_of_returns(agent: Agent, minutes: int, *, is_seen_gone: bool) -> list[int]:
    """When he is made available, if his phone registers anew every minute and no offer ever comes to it."""
    found = []
    for minute in range(1, minutes):
        now = NOW + timedelta(minutes=minute)
        if is_seen_gone:
            agent = phones.follow(agent, False, now)
        agent = phones.follow(agent, True, now, now)
        if agent.is_ready:
            found.append(minute)
            agent = offered_in_vain(agent, now)
            assert (agent.presence, agent.reason) == DOWN, "one offer shows that it was in vain"
    return found


@pytest.mark.parametrize("is_seen_gone", [False, True])
@pytest.mark.parametrize("max_misses", [1, 3])
def test_a_phone_that_registers_anew_again_and_again_and_never_rings_is_trusted_less_and_less(
    max_misses: int, is_seen_gone: bool
) -> None:
    """Some give every REGISTER a new Call-ID, or lose and find their registration all day long."""
    agent = make_agent(max_misses=max_misses)
    for _ in range(max_misses):
        agent = offered_in_vain(agent, NOW)
    assert (agent.presence, agent.reason) == DOWN
    assert minutes_of_returns(agent, 300, is_seen_gone=is_seen_gone) == [1, 2, 4, 8, 16, 32, 64, 124, 184, 244]


def test_nobody_has_to_tell_it_when_it_is_trusted_again() -> None:
    """It was started twice in a minute, as for new firmware: each look at what is so finds it, and no event is due."""
    again = offered_in_vain(followed(never_reached(), True, LATER), LATER)
    since = LATER + ms(10_000)
    assert phones.follow(again, True, LATER + ms(59_000), since) == again
    assert phones.follow(again, True, LATER + ms(60_000), since).is_ready


@pytest.mark.parametrize("fact", [Fact.RANG, Fact.REACHED, Fact.CONNECTED])
def test_any_sign_of_it_and_his_own_word_give_it_all_trust_back(fact: Fact) -> None:
    back = followed(never_reached(), True, LATER)
    assert note(replace(back, activity=Activity.RESERVED), fact, LATER).failures == 0
    down = offered_in_vain(back, LATER)
    assert asked(down, "available").failures == 0
    assert asked(down, "available", forced_by="boss").failures == 0


@pytest.mark.parametrize("is_registered", [False, True])
def test_but_not_who_let_it_ring_or_has_asked_for_something_since(is_registered: bool) -> None:
    ringing = make_agent(activity=Activity.RINGING, max_misses=1)
    away = note(note(ringing, Fact.MISSED, NOW), Fact.FREED, NOW)
    assert away.reason == "no_answer"
    lunch = asked(never_reached(), "not_ready", reason="lunch")
    for agent in (away, lunch, asked(never_reached(), "logout")):
        assert followed(agent, is_registered, LATER) == agent
        assert followed(followed(agent, False), True, LATER) == agent


def test_a_decision_about_nobody_is_none() -> None:
    assert decide_agent(AgentView(is_phone_registered=False), PhoneChanged(agent_id="x"), NOW).changes_nothing
