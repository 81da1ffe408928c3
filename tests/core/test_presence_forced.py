"""What a supervisor makes of an agent: allowed whatever he chose himself, and logged as the supervisor's doing."""

import itertools

import pytest

from freeswitch_cc.core import presence
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.presence import FORCED_PRESENCE, Ask
from freeswitch_cc.core.supervision import check_supervisor
from freeswitch_cc.core.words import Activity, Presence, WrapUp
from tests.core.test_presence import answer_of
from tests.core.world import NOW, Story, make_agent, ms

LATER = NOW + ms(5_000)
BOSS = "boss"


def test_the_table_of_forced_presences_knows_every_request() -> None:
    assert set(FORCED_PRESENCE) == set(itertools.product(Presence, Ask))


@pytest.mark.parametrize("now", Presence)
@pytest.mark.parametrize(
    ("what", "then", "reason"),
    [
        ("available", Presence.AVAILABLE, None),
        ("not_ready", Presence.NOT_READY, "forced"),
        ("logout", Presence.OFFLINE, None),
    ],
)
def test_an_idle_agent_is_made_what_a_supervisor_says(
    now: Presence, what: str, then: Presence, reason: str | None
) -> None:
    story = Story.unheard(make_agent(presence=now, idle_since=None if now is Presence.OFFLINE else NOW))
    decision = story.ask("ann", what, by=BOSS)
    assert answer_of(decision).state == "done"
    assert (story.agent().presence, story.agent().reason) == (then, reason)
    if now is then and then is not Presence.NOT_READY:
        assert decision.agents == ()
        assert answer_of(decision).message.endswith(" already")
    else:
        assert story.agent().changed_by == BOSS


def test_who_is_made_available_can_be_offered_calls_at_once() -> None:
    story = Story.unheard(make_agent(presence=Presence.OFFLINE, idle_since=None))
    assert story.ask("ann", "available", by=BOSS).wakes_matcher
    assert story.agent().idle_since == story.now


@pytest.mark.parametrize("now", Presence)
def test_a_login_cannot_be_forced(now: Presence) -> None:
    with pytest.raises(Refusal) as refused:
        presence.force(make_agent(presence=now), Ask.LOGIN, None, LATER, BOSS)
    assert refused.value.reason == "cannot_be_forced"


def test_a_supervisor_gives_reasons_of_the_center_too() -> None:
    story = Story.unheard()
    assert answer_of(story.ask("ann", "not_ready", "fishing", by=BOSS)).reason == "unknown_reason"
    story.ask("ann", "not_ready", "meeting", by=BOSS)
    assert (story.agent().reason, story.agent().changed_by) == ("meeting", BOSS)


def test_what_is_forced_in_a_talk_waits_and_is_logged_as_the_supervisor_s_when_it_comes() -> None:
    story = Story.talking(make_agent(wrap_up=WrapUp.TIMED, wrap_up_ms=10_000))
    story.ask("ann", "not_ready", by=BOSS)
    assert (story.agent().presence, story.agent().pending_by) == (Presence.AVAILABLE, BOSS)
    assert story.agent().changed_by is None, "he talks, and nobody made him"
    story.hangs_up("ann-1")
    assert story.agent().changed_by is None
    story.pass_time(10_000)
    story.agent_is_due()
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, "forced")
    assert (story.agent().changed_by, story.agent().pending_by) == (BOSS, None)


def test_a_supervisor_s_word_takes_the_place_of_the_agent_s_that_waits_and_the_other_way_round() -> None:
    story = Story.talking()
    story.ask("ann", "not_ready", "lunch")
    story.ask("ann", "logout", by=BOSS)
    assert (story.agent().pending_presence, story.agent().pending_by) == (Presence.OFFLINE, BOSS)
    story.ask("ann", "available", by=BOSS)
    assert (story.agent().pending_presence, story.agent().pending_by) == (None, None)
    story.ask("ann", "logout", by=BOSS)
    story.ask("ann", "not_ready", "lunch")
    story.hangs_up("ann-1")
    assert (story.agent().presence, story.agent().reason) == (Presence.NOT_READY, "lunch")
    assert story.agent().changed_by is None


@pytest.mark.parametrize(("what", "then"), [("available", Presence.AVAILABLE), ("logout", Presence.OFFLINE)])
def test_a_supervisor_ends_a_wrap_up_by_what_he_makes_of_the_agent(what: str, then: Presence) -> None:
    story = Story.talking(make_agent(wrap_up=WrapUp.MANUAL))
    story.hangs_up("ann-1")
    story.ask("ann", what, by=BOSS)
    assert (story.agent().activity, story.agent().presence) == (Activity.IDLE, then)
    assert story.agent().changed_by == BOSS


def test_what_a_call_does_next_is_nobody_s_doing() -> None:
    story = Story.unheard(make_agent(presence=Presence.NOT_READY))
    story.ask("ann", "available", by=BOSS)
    story.arrives()
    story.offer()
    story.rings()
    assert story.agent().changed_by is None


@pytest.mark.parametrize("name", ["", "  ", "system", "x" * 81])
def test_nobody_forces_without_a_name_by_which_he_is_found(name: str) -> None:
    decision = Story.unheard().ask("ann", "logout", by=name)
    assert decision.agents == ()
    assert answer_of(decision).reason == "no_supervisor"


def test_whoever_gives_his_name_may_as_long_as_there_are_no_roles() -> None:
    check_supervisor("Zoë O'Neil", "logout", make_agent())
