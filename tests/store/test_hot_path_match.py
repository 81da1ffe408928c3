"""Who gets whom: match() against a real database, one rule a test, and no pair is ever left."""

from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.call import Visit
from freeswitch_cc.core.words import VisitOutcome
from tests.database import Database
from tests.floor import TIMEOUTS, Floor, until
from tests.store.test_hot_path_match_all import may_retry_now

# -- which call ----------------------------------------------------------------------------------


def test_first_come_first_served(floor: Floor) -> None:
    first, second, third = floor.arrive(), floor.arrive(), floor.arrive()
    floor.add_agent("ann")
    floor.add_agent("bob")
    assert [call_id for _, call_id in floor.match()] == [first, second]
    floor.add_agent("cid")
    assert [call_id for _, call_id in floor.match()] == [third]


def test_a_queue_of_higher_priority_goes_first(floor: Floor) -> None:
    gold = floor.add_queue("gold", priority=5)
    floor.add_entry("500", gold)
    floor.arrive()
    later = floor.arrive("500")
    ann = floor.add_agent("ann", floor.queue_id, gold)
    assert floor.match() == [(ann, later)]


def test_who_was_sent_back_goes_before_everybody(floor: Floor) -> None:
    gold = floor.add_queue("gold", priority=5)
    floor.add_entry("500", gold)
    ann = floor.add_agent("ann", floor.queue_id, gold)
    returned = floor.arrive()
    floor.match()
    leg_id = floor.bridge(returned)
    floor.arrive("500")
    floor.happen(floor.hangup(returned, leg_id, "MEDIA_TIMEOUT"))
    assert floor.match() == [(ann, returned)]


def test_of_two_visits_the_call_that_waited_longer_in_all_goes_first(floor: Floor, db: Database) -> None:
    earlier, transferred = floor.arrive(), floor.arrive()
    _, view = floor.session.view_call(transferred)
    floor.session.rollback()
    assert isinstance(view.visit, Visit)
    db.run(
        "UPDATE queue_visit SET waiting_since = waiting_since - interval '40 s' WHERE call_id = %(id)s", id=transferred
    )
    ann = floor.add_agent("ann")
    assert floor.match() == [(ann, transferred)]
    assert earlier != transferred


def test_a_call_that_left_or_talks_is_not_offered(floor: Floor) -> None:
    floor.add_agent("ann")
    talking, left = floor.arrive(), floor.arrive()
    floor.match()
    floor.bridge(talking)
    floor.happen(floor.hangup(left, floor.customer(left)))
    floor.add_agent("bob")
    assert floor.match() == []


def test_calls_on_switches_that_are_not_ours_are_left_alone(floor: Floor) -> None:
    theirs = floor.add_switch("two")
    ann = floor.add_agent("ann")
    floor.arrive(switch_id=theirs)
    ours = floor.arrive()
    assert floor.match() == [(ann, ours)]
    floor.add_agent("bob")
    assert floor.match() == []
    assert len(floor.match(theirs)) == 1


def test_without_a_switch_nothing_is_matched(floor: Floor) -> None:
    floor.add_agent("ann")
    floor.arrive()
    assert floor.session.match([], 3000).offers == []


# -- which agent ---------------------------------------------------------------------------------


def test_the_longest_idle_agent_is_offered_first(floor: Floor) -> None:
    agents = {idle_s: floor.add_agent(f"a{idle_s}", idle_s=idle_s) for idle_s in (20, 40, 10, 30)}
    for _ in agents:
        floor.arrive()
    assert [agent_id for agent_id, _ in floor.match()] == [agents[idle_s] for idle_s in (40, 30, 20, 10)]


@pytest.mark.parametrize(
    "how",
    [
        {"presence": "offline"},
        {"presence": "not_ready", "reason": "lunch"},
        {"is_active": False},
        {"activity": "talking", "call_id": "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"},
        {"activity": "wrap_up", "call_id": "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"},
    ],
    ids=str,
)
def test_who_is_not_ready_is_not_offered_anything(how: dict[str, Any], floor: Floor) -> None:
    floor.add_agent("ann", **how)
    floor.arrive()
    assert floor.match() == []


def test_who_is_not_eligible_for_the_queue_is_not_offered_its_calls(floor: Floor) -> None:
    floor.add_agent("ann", floor.add_queue("support"))
    bob = floor.add_agent("bob", idle_s=1)
    call_id = floor.arrive()
    assert floor.match() == [(bob, call_id)]


def test_one_who_serves_only_a_later_call_is_not_held_back_by_an_earlier_one(floor: Floor) -> None:
    support = floor.add_queue("support")
    floor.add_entry("200", support)
    ann = floor.add_agent("ann", support)
    floor.arrive()
    second = floor.arrive("200")
    assert floor.match() == [(ann, second)]


# -- who was tried -------------------------------------------------------------------------------


def test_who_was_not_tried_yet_is_tried_first_then_who_was_tried_least(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann", idle_s=300)
    call_id = floor.arrive()
    order = []
    for login in ("bob", "cid", None, None, None, None):
        (pair,) = floor.match()
        order.append(pair[0])
        floor.refuse(call_id)
        may_retry_now(db)
        if login is not None:
            floor.add_agent(login, idle_s=200 if login == "bob" else 100)
    logins = {str(row["agent_id"]): row["login"] for row in db.rows("SELECT agent_id, login FROM agent")}
    assert [logins[agent_id] for agent_id in order] == ["ann", "bob", "cid", "ann", "bob", "cid"]
    assert order[0] == ann


def test_who_did_not_take_it_is_not_asked_again_before_his_time(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    floor.refuse(call_id)
    assert floor.match() == []
    may_retry_now(db)
    assert floor.match() == [(ann, call_id)]


def test_who_did_not_take_this_call_is_offered_another_at_once(floor: Floor) -> None:
    ann = floor.add_agent("ann")
    refused = floor.arrive()
    floor.match()
    floor.refuse(refused)
    second = floor.arrive()
    assert floor.match() == [(ann, second)]


def test_a_new_visit_begins_without_memory(floor: Floor) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.bridge(call_id)
    floor.happen(floor.hangup(call_id, leg_id, "MEDIA_TIMEOUT"))
    assert floor.match() == [(ann, call_id)]


@pytest.mark.parametrize(
    ("tries", "pause_s"),
    [(1, 5), (2, 10), (3, 15), (12, 60), (40, 60)],
)
def test_the_pause_before_he_is_rung_for_it_again_grows_with_his_tries(
    floor: Floor, db: Database, tries: int, pause_s: int
) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    for _ in range(tries):
        db.run(
            "INSERT INTO offer (call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at, ended_at,"
            " outcome, retry_at, pause_ms) SELECT call_id, visit_id, %(agent)s, gen_random_uuid(), '', 1000, now(),"
            " now(), now() - make_interval(secs => %(ago)s), 'no_answer',"
            " now() - make_interval(secs => %(ago)s - 5), 5000"
            " FROM queue_visit",
            agent=ann,
            ago=pause_s - 1,
        )
    assert floor.match() == []
    db.run("UPDATE offer SET ended_at = ended_at - interval '1 s', retry_at = retry_at - interval '1 s'")
    assert floor.match() == [(ann, call_id)]


@pytest.mark.parametrize("ahead_s", [60, -60])
def test_the_pause_is_by_our_clock_whatever_the_switch_s_says(floor: Floor, db: Database, ahead_s: int) -> None:
    floor.add_agent("ann", max_misses=99)
    call_id = floor.arrive()
    for tries in (1, 2, 3):
        assert floor.match() != []
        floor.told += 1
        at = datetime.now(UTC) + timedelta(seconds=ahead_s)
        leg_id = floor.agent_leg(call_id)
        floor.happen(
            events.LegHungUp(
                call_id=call_id, leg_id=leg_id, cause="NO_ANSWER", is_answered=False, at=at, seq=floor.told
            )
        )
        db.run("UPDATE offer SET retry_at = retry_at - make_interval(secs => %(s)s)", s=5 * tries - 4)
        assert floor.match() == [], f"{tries} times 5 s, and not less"
        db.run("UPDATE offer SET retry_at = retry_at - interval '4.1 s'")


def test_an_agent_with_an_offer_that_was_left_open_stops_himself_and_nobody_else(floor: Floor, db: Database) -> None:
    ann, bob = floor.add_agent("ann", idle_s=300), floor.add_agent("bob", idle_s=10)
    left = floor.arrive()
    assert floor.match() == [(ann, left)]
    db.run("UPDATE agent SET activity = 'idle', call_id = NULL, due_at = NULL WHERE agent_id = %(id)s", id=ann)
    first, second = floor.arrive(), floor.arrive()
    assert floor.match() == [(bob, first)]
    floor.refuse(first)
    may_retry_now(db)
    assert floor.match() == [(bob, first)], "nor is he rung because he was tried less"
    assert db.value("SELECT count(*) FROM offer WHERE agent_id = %(id)s", id=ann) == 1
    assert second != first


# -- what an offer is ----------------------------------------------------------------------------


def test_an_offer_reserves_the_agent_and_both_end_by_themselves(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    db.run("UPDATE queue SET ring_ms = 10000")
    call_id = floor.arrive()
    floor.match(tell=False)
    offer = db.one("SELECT *, expires_at - made_at AS lasts FROM offer")
    assert (offer["agent_id"], offer["call_id"], offer["contact"]) == (ann, call_id, "user/ann@center")
    assert offer["lasts"] == pytest.approx(timedelta(seconds=13), abs=timedelta(milliseconds=5))
    agent = floor.agent(ann)
    assert (agent["activity"], agent["call_id"]) == ("reserved", call_id)
    assert agent["due_at"] > offer["expires_at"], "the offer is looked at before its agent is"


def test_an_offer_that_nobody_was_told_of_is_told_by_a_later_match(floor: Floor, db: Database) -> None:
    """Its maker died between his COMMIT and the telling, or never heard of his COMMIT."""
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    ((offer_id, _),) = floor.session.match([floor.switch_id], TIMEOUTS.offer_grace_ms).offers
    assert floor.match() == [], "it is young: whoever made it tells it"
    db.run("UPDATE offer SET made_at = made_at - interval '2 s'")
    assert floor.match() == [(ann, call_id)]
    assert db.value("SELECT command FROM leg WHERE role = 'agent'") == "originate"
    assert floor.match() == [], "told once, it is told"
    assert floor.happen(events.OfferMade(call_id=call_id, offer_id=offer_id)).changes_nothing


def test_a_call_whose_best_agent_left_meanwhile_gets_the_next_best_at_once(floor: Floor, db: Database) -> None:
    """match() picks, locks, and looks again: who changed his mind in between must not cost the caller a round."""
    ann, bob = floor.add_agent("ann", idle_s=100), floor.add_agent("bob", idle_s=50)
    first, second = floor.arrive(), floor.arrive()
    db.run("BEGIN")
    db.run("UPDATE agent SET presence = 'not_ready', reason = 'lunch' WHERE agent_id = %(id)s", id=ann)
    matching = gevent.spawn(floor.match)
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    until(lambda: db.value(waits), "match() waits for the agent")
    db.run("COMMIT")
    assert matching.get(timeout=10) == [(bob, first)]
    assert second != first


def test_a_visit_that_ended_is_not_waiting(floor: Floor) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.db.run("UPDATE queue_visit SET outcome = 'left_otherwise', left_at = now()")
    assert floor.match() == []
    assert (
        floor.db.value("SELECT outcome FROM queue_visit WHERE call_id = %(id)s", id=call_id)
        == VisitOutcome.LEFT_OTHERWISE
    )
