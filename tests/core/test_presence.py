"""What an agent chooses: the table of requests is complete, and what each of them does, and when, is told."""

import itertools
from dataclasses import replace
from datetime import datetime

import pytest

from freeswitch_cc.core import presence
from freeswitch_cc.core.presence import PRESENCE, Ask
from freeswitch_cc.core.said_to_people import Answer
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Activity, Presence, WrapUp
from tests.core.world import CUSTOMER, NOW, Story, make_agent, ms

LATER = NOW + ms(5_000)


def answer_of(decision: Decision) -> Answer:
    assert decision.answer is not None
    return decision.answer


def test_the_table_of_presences_knows_every_request() -> None:
    assert set(PRESENCE) == set(itertools.product(Presence, Ask))


@pytest.mark.parametrize("idle_since", [None, NOW - ms(3_600_000)])
def test_login_lands_in_not_ready_and_opens_his_place_in_the_row(idle_since: datetime | None) -> None:
    story = Story.unheard(make_agent(presence=Presence.OFFLINE, idle_since=idle_since))
    story.pass_time(5_000)
    decision = story.ask("ann", "login")
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, "logged_in")
    assert story.agent().idle_since == story.now
    assert not decision.wakes_matcher
    assert (answer_of(decision).state, answer_of(decision).message) == ("done", "ann is not_ready (logged_in)")


def test_an_idle_agent_is_available_at_once_and_a_break_does_not_cost_him_his_place() -> None:
    story = Story.unheard(make_agent(misses=1, failures=1))
    story.pass_time(5_000)
    story.ask("ann", "not_ready", "lunch")
    story.pass_time(5_000)
    decision = story.ask("ann", "available")
    assert story.agent().is_ready
    assert story.agent().idle_since == NOW
    assert (story.agent().misses, story.agent().failures) == (0, 0)
    assert decision.wakes_matcher


@pytest.mark.parametrize(("given", "kept"), [("lunch", "lunch"), (None, "unspecified")])
def test_not_ready_has_a_reason(given: str | None, kept: str) -> None:
    story = Story.unheard()
    story.ask("ann", "not_ready", given)
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, kept)


@pytest.mark.parametrize("word", ["fishing", "no_answer", "unspecified", "Lunch", "x" * 10_000])
def test_a_reason_that_the_center_does_not_know_or_that_only_the_engine_gives_is_refused(word: str) -> None:
    story = Story.unheard()
    decision = story.ask("ann", "not_ready", word)
    assert decision.agents == ()
    assert (answer_of(decision).state, answer_of(decision).reason) == ("refused", "unknown_reason")
    assert answer_of(decision).message.endswith("it may be lunch, meeting, or none")
    assert len(answer_of(decision).message) < 200


def test_a_reason_is_looked_at_before_it_waits_for_the_end_of_a_call() -> None:
    story = Story.talking()
    assert answer_of(story.ask("ann", "not_ready", "fishing")).reason == "unknown_reason"
    assert story.agent().pending_presence is None


def test_an_idle_agent_logs_out_at_once() -> None:
    story = Story.unheard()
    story.ask("ann", "logout")
    assert story.agent().presence is Presence.OFFLINE
    assert story.agent().reason is None


@pytest.mark.parametrize("what", ["available", "not_ready", "logout"])
def test_who_is_not_logged_in_is_refused(what: str) -> None:
    story = Story.unheard(make_agent(presence=Presence.OFFLINE))
    decision = story.ask("ann", what)
    assert decision.agents == ()
    assert (answer_of(decision).state, answer_of(decision).reason) == ("refused", "not_logged_in")


@pytest.mark.parametrize("now", [Presence.AVAILABLE, Presence.NOT_READY])
def test_who_is_logged_in_cannot_log_in_again(now: Presence) -> None:
    decision = Story.unheard(make_agent(presence=now)).ask("ann", "login")
    assert answer_of(decision).reason == "already_logged_in"


def test_an_agent_who_does_not_exist_is_refused() -> None:
    assert answer_of(Story.unheard().ask("nobody", "login")).reason == "no_such_agent"


@pytest.mark.parametrize(
    ("what", "reason", "now"),
    [
        ("available", None, make_agent()),
        ("not_ready", "lunch", make_agent(presence=Presence.NOT_READY, reason="lunch")),
        ("not_ready", None, make_agent(presence=Presence.NOT_READY, reason="unspecified")),
    ],
)
def test_what_he_is_already_is_done_without_a_change(what: str, reason: str | None, now: object) -> None:
    decision = Story.unheard(now).ask("ann", what, reason)  # type: ignore[arg-type]
    assert decision.agents == ()
    assert answer_of(decision).state == "done"
    assert answer_of(decision).message.endswith(" already")


def test_another_reason_is_a_change() -> None:
    story = Story.unheard(make_agent(presence=Presence.NOT_READY, reason="lunch"))
    assert story.ask("ann", "not_ready", "meeting").agents == (story.agent(),)
    assert story.agent().reason == "meeting"


# -- during a call -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "then"), [("not_ready", Presence.NOT_READY), ("logout", Presence.OFFLINE), ("available", "available")]
)
def test_a_presence_asked_for_in_a_talk_waits_until_after_the_wrap_up(what: str, then: Presence) -> None:
    story = Story.talking(make_agent(wrap_up=WrapUp.TIMED, wrap_up_ms=10_000))
    decision = story.ask("ann", what, "lunch")
    assert story.agent().presence is Presence.AVAILABLE
    assert answer_of(decision).state == "done"
    story.hangs_up("ann-1")
    assert (story.agent().activity, story.agent().presence) == (Activity.WRAP_UP, Presence.AVAILABLE)
    story.pass_time(10_000)
    story.agent_is_due()
    assert (story.agent().activity, story.agent().presence) == (Activity.IDLE, then)
    assert (story.agent().pending_presence, story.agent().changed_by) == (None, None)
    assert story.agent().reason == ("lunch" if then is Presence.NOT_READY else None)


def test_what_waits_is_told() -> None:
    told = answer_of(Story.talking().ask("ann", "not_ready", "lunch")).message
    assert told == "ann is available, not_ready (lunch) after this call"


def test_available_asked_for_in_a_talk_takes_an_earlier_wish_back() -> None:
    story = Story.talking()
    story.ask("ann", "not_ready", "lunch")
    assert story.agent().pending_presence is Presence.NOT_READY
    story.ask("ann", "available")
    assert (story.agent().pending_presence, story.agent().pending_reason) == (None, None)


def test_of_two_wishes_the_last_one_counts() -> None:
    story = Story.talking()
    story.ask("ann", "logout")
    story.ask("ann", "not_ready", "meeting")
    story.hangs_up("ann-1")
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, "meeting")


def test_a_wish_of_a_not_ready_agent_in_a_talk_waits_too() -> None:
    agent = make_agent(activity=Activity.TALKING, presence=Presence.NOT_READY, reason="lunch")
    assert presence.ask(agent, Ask.NOT_READY, "meeting", LATER).pending_reason == "meeting"
    assert presence.ask(agent, Ask.AVAILABLE, None, LATER).pending_presence is Presence.AVAILABLE
    assert presence.ask(agent, Ask.LOGOUT, None, LATER).pending_presence is Presence.OFFLINE


def test_a_wish_made_while_his_phone_rings_is_his_when_the_caller_gives_up() -> None:
    story = Story.offered()
    story.rings()
    story.ask("ann", "not_ready", "lunch")
    story.hangs_up(CUSTOMER)
    story.hangs_up("ann-1", "ORIGINATOR_CANCEL", is_answered=False)
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, "lunch")


# -- in wrap-up ----------------------------------------------------------------------------------


def test_manual_wrap_up_lasts_until_he_says_that_he_is_done() -> None:
    agent = make_agent(activity=Activity.WRAP_UP, wrap_up=WrapUp.MANUAL)
    done = presence.ask(agent, Ask.AVAILABLE, None, LATER)
    assert done.is_ready
    assert done.idle_since == LATER


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


def test_what_a_supervisor_did_is_not_his_any_more_when_the_agent_chose_again() -> None:
    agent = make_agent(presence=Presence.NOT_READY, reason="forced", changed_by="boss")
    assert presence.ask(agent, Ask.AVAILABLE, None, LATER).changed_by is None
    busy = replace(make_agent(activity=Activity.TALKING), pending_presence=Presence.OFFLINE, pending_by="boss")
    assert presence.ask(busy, Ask.NOT_READY, "lunch", LATER).pending_by is None
