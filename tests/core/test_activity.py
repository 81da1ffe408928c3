"""What an agent is seen to do: the table is complete, and what calls make of him and of his wrap-up is told."""

import itertools
from dataclasses import replace

import pytest

from freeswitch_cc.core.activity import ACTIVITY, Fact, note
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.words import Activity, OfferOutcome, Presence, WrapUp
from tests.core.world import CALL, CUSTOMER, ENTRY, NOW, TIMEOUTS, Story, make_agent, ms

LATER = NOW + ms(5_000)


def test_the_table_of_activities_knows_every_fact() -> None:
    assert set(ACTIVITY) == set(itertools.product(Activity, Fact))


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
    if (activity, fact) not in CHANGES and fact not in (Fact.MISSED, Fact.UNREACHABLE):
        assert after == agent


# -- misses and failures -------------------------------------------------------------------------


@pytest.mark.parametrize("activity", Activity)
def test_a_miss_counts_only_while_his_phone_is_asked_to_ring(activity: Activity) -> None:
    after = note(make_agent(activity=activity), Fact.MISSED, LATER)
    assert after.misses == (1 if activity in (Activity.RESERVED, Activity.RINGING) else 0)


@pytest.mark.parametrize("activity", Activity)
def test_a_phone_that_was_not_reached_counts_only_before_it_rings(activity: Activity) -> None:
    after = note(make_agent(activity=activity), Fact.UNREACHABLE, LATER)
    assert after.failures == (1 if activity is Activity.RESERVED else 0)


def test_a_call_that_he_takes_forgives_his_misses() -> None:
    assert note(make_agent(activity=Activity.RINGING, misses=2), Fact.CONNECTED, LATER).misses == 0


@pytest.mark.parametrize("fact", [Fact.RANG, Fact.REACHED, Fact.CONNECTED])
def test_a_phone_that_shows_a_sign_of_life_is_not_down(fact: Fact) -> None:
    assert note(make_agent(activity=Activity.RESERVED, failures=2), fact, LATER).failures == 0


@pytest.mark.parametrize(
    ("fact", "counter", "reason", "count"),
    [(Fact.MISSED, "misses", "no_answer", 0), (Fact.UNREACHABLE, "failures", "device_down", 3)],
)
def test_too_many_in_a_row_are_told_after_the_offer_as_the_system_s_doing(
    fact: Fact, counter: str, reason: str, count: int
) -> None:
    """Misses are over with it; of his phone is not known that it can be rung before there is a sign of it."""
    reserved = make_agent(activity=Activity.RESERVED, max_misses=3, **{counter: 2})
    after = note(reserved, fact, LATER)
    assert (after.presence, after.pending_presence, after.pending_reason) == ("available", "not_ready", reason)
    freed = note(after, Fact.FREED, LATER)
    assert (freed.presence, freed.reason, freed.pending_presence) == (Presence.NOT_READY, reason, None)
    assert (freed.changed_by, getattr(freed, counter)) == ("system", count)


@pytest.mark.parametrize("fact", [Fact.MISSED, Fact.UNREACHABLE])
@pytest.mark.parametrize("wish", [Presence.OFFLINE, Presence.NOT_READY])
def test_what_he_said_himself_goes_before_what_is_made_of_his_phone(fact: Fact, wish: Presence) -> None:
    reason = "lunch" if wish is Presence.NOT_READY else None
    leaving = make_agent(activity=Activity.RESERVED, max_misses=1, pending_presence=wish, pending_reason=reason)
    freed = note(note(leaving, fact, LATER), Fact.FREED, LATER)
    assert (freed.presence, freed.reason, freed.changed_by) == (wish, reason, None)


@pytest.mark.parametrize(
    ("cause", "outcome", "failures"),
    [
        ("USER_NOT_REGISTERED", OfferOutcome.UNREACHABLE, 2),
        ("NO_USER_RESPONSE", OfferOutcome.UNREACHABLE, 2),
        ("USER_BUSY", OfferOutcome.BUSY, 0),
        ("CALL_REJECTED", OfferOutcome.REJECTED, 0),
        ("NORMAL_CLEARING", OfferOutcome.AGENT_LEFT, 0),
        ("NORMAL_TEMPORARY_FAILURE", OfferOutcome.UNREACHABLE, 2),
        ("ORIGINATOR_CANCEL", OfferOutcome.WITHDRAWN, 1),
        ("MANAGER_REQUEST", OfferOutcome.WITHDRAWN, 1),
    ],
)
def test_the_end_of_an_offer_says_whether_his_phone_is_there(cause: str, outcome: OfferOutcome, failures: int) -> None:
    story = Story.offered(make_agent(failures=1))
    story.hangs_up("ann-1", cause, is_answered=False)
    assert story.offer_row().outcome is outcome
    assert story.agent().failures == failures


def test_a_phone_that_is_never_reached_makes_its_agent_not_ready() -> None:
    story = Story.offered(make_agent(max_misses=2))
    story.hangs_up("ann-1", "USER_NOT_REGISTERED", is_answered=False)
    assert story.agent().is_ready
    story.pass_time(TIMEOUTS.refused_retry_ms)
    story.offer()
    story.hangs_up("ann-2", "USER_NOT_REGISTERED", is_answered=False)
    assert (story.agent().activity, story.agent().presence) == (Activity.IDLE, Presence.NOT_READY)
    assert (story.agent().reason, story.agent().changed_by) == ("device_down", "system")
    story.ask("ann", "available")
    assert (story.agent().is_ready, story.agent().changed_by) == (True, None)


def test_a_phone_that_is_away_for_a_moment_has_failed_once_however_many_calls_wait() -> None:
    story = Story.offered(make_agent(max_misses=2))
    story.hangs_up("ann-1", "USER_NOT_REGISTERED", is_answered=False)
    story.pass_time(TIMEOUTS.refused_retry_ms - 10)
    story.offer()
    story.hangs_up("ann-2", "USER_NOT_REGISTERED", is_answered=False)
    assert (story.agent().failures, story.agent().is_ready) == (1, True)
    assert story.offer_row(2).outcome is OfferOutcome.UNREACHABLE


@pytest.mark.parametrize("cause", ["DESTINATION_OUT_OF_ORDER", "NORMAL_TEMPORARY_FAILURE", "INVALID_PROFILE"])
def test_a_switch_that_places_no_calls_is_no_fault_of_any_agent(cause: str) -> None:
    story = Story.offered(make_agent(max_misses=1))
    decision = story.refuse("originate", "ann-1", cause)
    assert (story.offer_row().outcome, story.offer_row().cause) == (OfferOutcome.WITHDRAWN, cause)
    assert (story.agent().failures, story.agent().is_ready) == (0, True)
    assert [(alarm.kind, alarm.once) for alarm in story.alarms] == [("cannot_originate", cause)]
    assert decision.refused_by == story.customer.switch_id


@pytest.mark.parametrize("cause", ["USER_NOT_REGISTERED", "SUBSCRIBER_ABSENT", "MANDATORY_IE_MISSING"])
def test_a_switch_that_knows_no_way_to_his_phone_speaks_of_his_phone(cause: str) -> None:
    story = Story.offered()
    decision = story.refuse("originate", "ann-1", cause)
    assert story.offer_row().outcome is OfferOutcome.UNREACHABLE
    assert story.agent().failures == 1
    assert (story.alarms, decision.refused_by) == ([], "")


@pytest.mark.parametrize("reason", ["NOT_SENT", "NOT_RENDERED"])
def test_what_was_never_sent_no_switch_has_refused(reason: str) -> None:
    story = Story.offered()
    decision = story.refuse("originate", "ann-1", reason)
    assert story.offer_row().outcome is OfferOutcome.WITHDRAWN
    assert decision.refused_by == ""
    assert "cannot_originate" not in [alarm.kind for alarm in story.alarms]


def test_a_ring_that_was_seen_begins_the_count_anew() -> None:
    story = Story.offered(make_agent(max_misses=2))
    story.hangs_up("ann-1", "USER_NOT_REGISTERED", is_answered=False)
    story.offer()
    story.rings("ann-2")
    story.hangs_up("ann-2", "USER_BUSY", is_answered=False)
    story.offer()
    story.hangs_up("ann-3", "USER_NOT_REGISTERED", is_answered=False)
    assert story.agent().is_ready


# -- wrap-up -------------------------------------------------------------------------------------


def released(**policy: object) -> Agent:
    return note(make_agent(activity=Activity.TALKING, **policy), Fact.RELEASED, LATER)


@pytest.mark.parametrize("policy", [{"wrap_up": WrapUp.NONE}, {"wrap_up": WrapUp.TIMED, "wrap_up_ms": 0}])
def test_without_wrap_up_he_is_idle_since_his_last_leg_was_gone(policy: dict[str, object]) -> None:
    agent = released(**policy)
    assert (agent.activity, agent.call_id, agent.due_at) == (Activity.IDLE, None, None)
    assert agent.idle_since == agent.released_at == LATER


def test_timed_wrap_up_has_an_end_and_may_have_a_limit() -> None:
    agent = released(wrap_up=WrapUp.TIMED, wrap_up_ms=10_000)
    assert (agent.activity, agent.due_at, agent.wrap_up_limit_at) == (Activity.WRAP_UP, LATER + ms(10_000), None)
    agent = released(wrap_up=WrapUp.TIMED, wrap_up_ms=10_000, wrap_up_limit_ms=30_000)
    assert (agent.due_at, agent.wrap_up_limit_at) == (LATER + ms(10_000), LATER + ms(30_000))


def test_manual_wrap_up_has_neither() -> None:
    agent = released(wrap_up=WrapUp.MANUAL, wrap_up_limit_ms=30_000)
    assert (agent.activity, agent.due_at, agent.wrap_up_limit_at) == (Activity.WRAP_UP, None, None)


@pytest.mark.parametrize(
    ("queue", "due_ms", "limit_ms"),
    [
        ({}, 10_000, 20_000),
        ({"wrap_up": WrapUp.TIMED, "wrap_up_ms": 5_000}, 5_000, 20_000),
        ({"wrap_up": WrapUp.TIMED, "wrap_up_ms": 5_000, "wrap_up_limit_ms": 7_000}, 5_000, 7_000),
        ({"wrap_up_limit_ms": 0}, 10_000, None),
        ({"wrap_up": WrapUp.MANUAL, "wrap_up_limit_ms": 7_000}, None, None),
    ],
)
def test_the_last_queue_of_a_call_goes_before_the_agent_s_own_policy(
    queue: dict[str, object], due_ms: int | None, limit_ms: int | None
) -> None:
    own = {"wrap_up": WrapUp.TIMED, "wrap_up_ms": 10_000, "wrap_up_limit_ms": 20_000}
    story = Story.talking(make_agent(**own), entry=replace(ENTRY, **queue))  # type: ignore[arg-type]
    story.hangs_up("ann-1")
    agent, began = story.agent(), story.now
    assert agent.activity is Activity.WRAP_UP
    assert agent.due_at == (None if due_ms is None else began + ms(due_ms))
    assert agent.wrap_up_limit_at == (None if limit_ms is None else began + ms(limit_ms))
    assert {name: getattr(agent, name) for name in own} == own, "a policy is lent for one decision"


def test_who_took_no_call_keeps_his_place_in_the_row() -> None:
    agent = note(make_agent(activity=Activity.RINGING, idle_since=NOW), Fact.FREED, LATER)
    assert (agent.idle_since, agent.released_at) == (NOW, LATER)


def test_the_call_that_he_was_in_last_is_remembered_until_he_is_in_another() -> None:
    story = Story.connecting()
    assert story.agent().last_call_id is None, "he has heard nobody yet"
    story.bridges()
    story.pass_time(60_000)
    story.hangs_up(CUSTOMER)
    story.hangs_up("ann-1")
    assert (story.agent().call_id, story.agent().last_call_id) == (None, CALL)


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
