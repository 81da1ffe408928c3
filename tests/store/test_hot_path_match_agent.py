"""Which agent: tiers, requirements, the preferred agent, and one strategy a test."""

from datetime import UTC, datetime, timedelta

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.words import Strategy
from tests.database import Database
from tests.floor import Floor
from tests.store.test_hot_path_match_all import may_retry_now
from tests.store.tiers import add_to_tier, has_waited, have_tiers, place, prefer, require

# -- tiers ---------------------------------------------------------------------------------------


def test_a_tier_opens_when_the_call_has_waited_for_it(floor: Floor, db: Database) -> None:
    have_tiers(floor, 30_000)
    ann = add_to_tier(floor, "ann", 1, 30_000)
    young, old = floor.arrive(), floor.arrive()
    has_waited(db, young, 29.5)
    assert floor.match() == []
    has_waited(db, old, 30)
    assert floor.match() == [(ann, old)]


def test_a_tier_that_opens_just_after_a_match_is_not_missed(floor: Floor, db: Database) -> None:
    have_tiers(floor, 30_000)
    ann = add_to_tier(floor, "ann", 1, 30_000)
    call_id = floor.arrive()
    has_waited(db, call_id, 20)
    assert floor.match() == []
    has_waited(db, call_id, 30)  # behind the match, and before the look
    opens_ms = floor.session.next_tier_ms()
    assert opens_ms is not None
    assert opens_ms <= 0
    assert floor.match() == [(ann, call_id)]
    assert floor.session.next_tier_ms() is None


def test_of_two_open_tiers_the_first_is_asked_though_somebody_of_the_second_is_idle_for_longer(
    floor: Floor, db: Database
) -> None:
    have_tiers(floor, 30_000)
    bob = add_to_tier(floor, "bob", 1, 30_000, idle_s=900)
    ann = floor.add_agent("ann", idle_s=1)
    calls = [floor.arrive(), floor.arrive()]
    for call_id in calls:
        has_waited(db, call_id, 40)
    assert [agent_id for agent_id, _ in floor.match()] == [ann, bob]


def test_who_waits_for_a_tier_holds_nobody_up_behind_him(floor: Floor, db: Database) -> None:
    have_tiers(floor, 30_000)
    ann = add_to_tier(floor, "ann", 1, 30_000)
    urgent, patient = floor.arrive(), floor.arrive()
    db.run("UPDATE queue_visit SET priority = 9 WHERE call_id = %(id)s", id=urgent)
    has_waited(db, patient, 60)
    assert floor.match() == [(ann, patient)]


def test_a_switch_whose_clock_is_ahead_keeps_nobody_waiting(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    has_waited(db, call_id, -5)
    assert floor.match() == [(ann, call_id)]


def test_who_was_not_tried_yet_goes_first_though_he_is_in_a_later_tier(floor: Floor, db: Database) -> None:
    have_tiers(floor, 30_000)
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    has_waited(db, call_id, 40)
    assert floor.match() == [(ann, call_id)]
    floor.refuse(call_id)
    may_retry_now(db)
    bob = add_to_tier(floor, "bob", 1, 30_000)
    assert floor.match() == [(bob, call_id)]


# -- what a call asks for ------------------------------------------------------------------------


def test_what_a_call_asks_for_is_asked_besides_the_queue_in_every_tier(floor: Floor, db: Database) -> None:
    have_tiers(floor, 30_000)
    floor.add_agent("ann", idle_s=900)
    bob = add_to_tier(floor, "bob", 1, 30_000)
    cid = floor.add_agent("cid", floor.add_queue("support"))
    call_id = floor.arrive()
    require(floor, call_id, bob, cid)
    assert floor.match() == []
    has_waited(db, call_id, 31)
    assert floor.match() == [(bob, call_id)]


def test_who_asks_for_what_nobody_has_holds_nobody_up_behind_him(floor: Floor) -> None:
    ann = floor.add_agent("ann")
    demanding, second, modest = floor.arrive(), floor.arrive(), floor.arrive()
    require(floor, demanding)
    require(floor, second)
    assert floor.match() == [(ann, modest)]


def test_two_who_ask_for_the_same_are_served_in_their_turn(floor: Floor, db: Database) -> None:
    """That nobody was found for the first, in a tier not open yet, says nothing of the one who waited longer."""
    have_tiers(floor, 30_000)
    bob = add_to_tier(floor, "bob", 1, 30_000)
    urgent, patient = floor.arrive(), floor.arrive()
    requirement_id = require(floor, urgent, bob)
    db.run("UPDATE queue_visit SET requirement_id = %(id)s", id=requirement_id)
    db.run("UPDATE queue_visit SET priority = 9 WHERE call_id = %(id)s", id=urgent)
    has_waited(db, patient, 31)
    assert floor.match() == [(bob, patient)]


def test_of_two_closed_tiers_the_nearer_one_counts_for_all_who_ask_the_same(floor: Floor, db: Database) -> None:
    """Somebody else is ready at once, so the first of them is searched for, in vain."""
    have_tiers(floor, 20_000, 40_000)
    floor.add_agent("ann")
    bob, cid = (add_to_tier(floor, login, tier, tier * 20_000) for tier, login in ((1, "bob"), (2, "cid")))
    urgent, patient = floor.arrive(), floor.arrive()
    requirement_id = require(floor, urgent, bob, cid)
    db.run("UPDATE queue_visit SET requirement_id = %(id)s", id=requirement_id)
    db.run("UPDATE queue_visit SET priority = 9 WHERE call_id = %(id)s", id=urgent)
    has_waited(db, patient, 25)
    assert floor.match() == [(bob, patient)]


def test_a_requirement_that_is_there_no_more_asks_nothing(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    require(floor, call_id)
    assert floor.match() == []
    db.run("DELETE FROM requirement")
    assert floor.match() == [(ann, call_id)]


# -- the preferred agent -------------------------------------------------------------------------


def test_the_preferred_agent_is_asked_before_all_though_his_tier_is_closed(floor: Floor, db: Database) -> None:
    have_tiers(floor, 30_000)
    floor.add_agent("ann", idle_s=900)
    bob = add_to_tier(floor, "bob", 1, 30_000)
    call_id = floor.arrive()
    prefer(db, call_id, bob)
    assert floor.match() == [(bob, call_id)]


def test_the_preferred_agent_is_found_though_everybody_else_waits_for_his_tier(floor: Floor, db: Database) -> None:
    have_tiers(floor, 30_000)
    bob = add_to_tier(floor, "bob", 1, 30_000)
    floor.arrive()
    second = floor.arrive()
    prefer(db, second, bob)
    assert floor.match() == [(bob, second)]


@pytest.mark.parametrize("how", ["is not ready", "is not eligible", "does not meet what the call asks"])
def test_nobody_waits_for_a_preferred_agent_who(how: str, floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    away = {"presence": "not_ready", "reason": "break"} if how == "is not ready" else {}
    queues = [floor.add_queue("support")] if how == "is not eligible" else []
    bob = floor.add_agent("bob", *queues, idle_s=900, **away)
    call_id = floor.arrive()
    prefer(db, call_id, bob)
    if how == "does not meet what the call asks":
        require(floor, call_id, ann)
    assert floor.match() == [(ann, call_id)]


def test_a_preferred_agent_who_did_not_take_it_is_one_like_the_others(floor: Floor, db: Database) -> None:
    have_tiers(floor, 30_000)
    bob = add_to_tier(floor, "bob", 1, 30_000)
    call_id = floor.arrive()
    prefer(db, call_id, bob)
    assert floor.match() == [(bob, call_id)]
    floor.refuse(call_id)
    may_retry_now(db)
    assert floor.match() == [], "his tier is closed, as it is for everybody"
    has_waited(db, call_id, 31)
    ann = floor.add_agent("ann")
    assert floor.match() == [(ann, call_id)], "and who was not tried goes first"


def test_a_preferred_agent_who_drops_each_call_at_once_does_not_get_it_for_ever(floor: Floor, db: Database) -> None:
    ann, bob = floor.add_agent("ann", idle_s=1), floor.add_agent("bob", idle_s=900)
    call_id = floor.arrive()
    prefer(db, call_id, ann)
    assert floor.match() == [(ann, call_id)]
    _drop_at_once(floor, call_id)
    assert floor.match() == [(bob, call_id)], "she has had it"


def test_the_only_agent_who_drops_a_call_at_once_has_it_again_and_then_after_a_pause(
    floor: Floor, db: Database
) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    assert floor.match() == [(ann, call_id)]
    _drop_at_once(floor, call_id)
    assert floor.match() == [(ann, call_id)], "he goes before all others, also with her"
    _drop_at_once(floor, call_id)
    assert floor.match() == []
    db.run("UPDATE offer SET retry_at = retry_at - make_interval(secs => pause_ms / 1000.0)")
    assert floor.match() == [(ann, call_id)]


def _drop_at_once(floor: Floor, call_id: str) -> None:
    """The agent answers, and is gone before he can have said a word: the customer waits again."""
    leg_id = floor.bridge(call_id)
    floor.happen(floor.hangup(call_id, leg_id))
    floor.happen(events.LegParked(call_id=call_id, leg_id=floor.customer(call_id), is_inbound=True, **floor.at()))
    assert floor.db.value("SELECT is_returned FROM queue_visit WHERE outcome IS NULL")


# -- strategies ----------------------------------------------------------------------------------


def choose(floor: Floor, strategy: Strategy) -> None:
    floor.db.run("UPDATE queue SET strategy = %(strategy)s", strategy=strategy)


def work(floor: Floor, agent_id: str, calls: int, talk_s: int, *, days_ago: int = 0) -> None:
    today = floor.db.value("SELECT (now() AT TIME ZONE timezone)::date FROM center")
    day = today - timedelta(days=days_ago)
    floor.insert("agent_day", agent_id=agent_id, day=day, calls=calls, talk_ms=talk_s * 1000)


def order(floor: Floor, calls: int) -> list[str]:
    """The logins that so many calls go to, in turn."""
    for _ in range(calls):
        floor.arrive()
    logins = {row["agent_id"]: row["login"] for row in floor.db.rows("SELECT agent_id, login FROM agent")}
    return [logins[agent_id] for agent_id, _ in floor.match()]


def test_least_talk_asks_who_has_talked_least_today_then_the_longest_idle(floor: Floor) -> None:
    choose(floor, Strategy.LEAST_TALK)
    ann, bob, cid = (floor.add_agent(login, idle_s=10) for login in ("ann", "bob", "cid"))
    floor.add_agent("dan", idle_s=5)
    floor.add_agent("eve", idle_s=6)
    work(floor, ann, calls=1, talk_s=300)
    work(floor, bob, calls=9, talk_s=100)
    work(floor, cid, calls=1, talk_s=200)
    assert order(floor, 5) == ["eve", "dan", "bob", "cid", "ann"]


def test_fewest_calls_asks_who_has_taken_the_fewest_today_then_the_longest_idle(floor: Floor) -> None:
    choose(floor, Strategy.FEWEST_CALLS)
    ann, bob, cid = (floor.add_agent(login, idle_s=10) for login in ("ann", "bob", "cid"))
    floor.add_agent("dan", idle_s=20)
    work(floor, ann, calls=3, talk_s=10)
    work(floor, bob, calls=1, talk_s=900)
    work(floor, cid, calls=2, talk_s=20)
    assert order(floor, 4) == ["dan", "bob", "cid", "ann"]


@pytest.mark.parametrize("strategy", [Strategy.LEAST_TALK, Strategy.FEWEST_CALLS])
def test_what_was_yesterday_does_not_count(floor: Floor, strategy: Strategy) -> None:
    choose(floor, strategy)
    ann, bob = floor.add_agent("ann", idle_s=1), floor.add_agent("bob", idle_s=900)
    work(floor, ann, calls=50, talk_s=9_000, days_ago=1)
    work(floor, bob, calls=1, talk_s=1)
    assert order(floor, 2) == ["ann", "bob"]


def test_top_down_asks_in_the_order_of_the_list(floor: Floor, db: Database) -> None:
    choose(floor, Strategy.TOP_DOWN)
    for position, login in ((2, "ann"), (0, "bob"), (1, "cid")):
        place(db, floor.add_agent(login, idle_s=position), position=position)
    assert order(floor, 3) == ["bob", "cid", "ann"]


def test_round_robin_asks_whose_last_offer_of_this_queue_is_longest_ago_and_who_never_had_one_first(
    floor: Floor, db: Database
) -> None:
    choose(floor, Strategy.ROUND_ROBIN)
    now = datetime.now(UTC)
    for minutes, login in ((1, "ann"), (3, "bob"), (2, "cid")):
        place(db, floor.add_agent(login, idle_s=900 * minutes), offered_at=now - timedelta(minutes=minutes))
    floor.add_agent("dan", idle_s=1)
    assert order(floor, 4) == ["dan", "bob", "cid", "ann"]


def test_round_robin_goes_round_though_nobody_takes_a_call(floor: Floor, db: Database) -> None:
    choose(floor, Strategy.ROUND_ROBIN)
    ann, bob = floor.add_agent("ann", idle_s=20), floor.add_agent("bob", idle_s=10)
    asked = []
    for _ in range(4):
        call_id = floor.arrive()
        ((agent_id, _),) = floor.match()
        asked.append(agent_id)
        floor.happen(floor.hangup(call_id, floor.customer(call_id)))
        floor.refuse(call_id, "ORIGINATOR_CANCEL")
    assert asked == [ann, bob, ann, bob]


def test_round_robin_keeps_its_turns_for_each_queue(floor: Floor, db: Database) -> None:
    choose(floor, Strategy.ROUND_ROBIN)
    support = floor.add_queue("support", strategy="round_robin")
    floor.add_entry("200", support)
    floor.add_agent("ann", floor.queue_id, support, idle_s=20)
    call_id = floor.arrive("200")
    floor.match()
    rows = db.rows("SELECT queue_id FROM eligibility WHERE offered_at IS NOT NULL")
    assert [row["queue_id"] for row in rows] == [support]
    assert call_id


def test_random_asks_everybody_sooner_or_later(floor: Floor, db: Database) -> None:
    choose(floor, Strategy.RANDOM)
    ann, bob = floor.add_agent("ann", idle_s=900), floor.add_agent("bob", idle_s=1)
    asked = set()
    for _ in range(60):  # that one of them is never drawn: once in 10^18
        call_id = floor.arrive()
        ((agent_id, _),) = floor.match()
        asked.add(agent_id)
        floor.happen(floor.hangup(call_id, floor.customer(call_id)))
        floor.refuse(call_id, "ORIGINATOR_CANCEL")
        if asked == {ann, bob}:
            break
    assert asked == {ann, bob}


@pytest.mark.parametrize("strategy", [strategy for strategy in Strategy if strategy is not Strategy.RANDOM])
def test_among_equals_the_longest_idle_is_asked_whatever_the_strategy(floor: Floor, strategy: Strategy) -> None:
    choose(floor, strategy)
    for idle_s, login in ((10, "ann"), (30, "bob"), (20, "cid")):
        floor.add_agent(login, idle_s=idle_s)
    assert order(floor, 3) == ["bob", "cid", "ann"]
