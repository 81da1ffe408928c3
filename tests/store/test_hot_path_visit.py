"""What is saved of a visit when it begins: its priority, its place, how long it may take; and what that costs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from freeswitch_cc.core.call import Visit
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import VisitOutcome
from tests.database import Database
from tests.floor import Floor
from tests.store.saving import save, view_of
from tests.store.tiers import has_waited


def visit_of(db: Database, call_id: str) -> dict[str, Any]:
    return db.one(
        "SELECT * FROM queue_visit WHERE call_id = %(id)s ORDER BY entered_at DESC LIMIT 1",
        id=call_id,
    )


def test_an_event_costs_two_round_trips_whatever_is_known_of_the_caller(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    floor.insert("known_caller", number="+15550100", importance=3, agent_id=ann)
    db.run('UPDATE queue SET is_last_agent_first = true, priority_by = \'[{"key": "a", "value": 1, "add": 2}]\'')
    floor.session.rows("SELECT 1")
    for event in (floor.arrival(), floor.arrival(caller_number="+15550199")):
        before = floor.session.round_trips, floor.session.statements
        floor.happen(event)
        assert (floor.session.round_trips - before[0], floor.session.statements - before[1]) == (2, 4)


def test_a_call_waits_with_all_that_its_number_and_its_caller_are_worth(floor: Floor, db: Database) -> None:
    ann, requirement_id = floor.add_agent("ann"), str(uuid4())
    floor.insert("requirement", requirement_id=requirement_id, expression="french >= 5")
    floor.insert("known_caller", number="+15550100", name="Éloïse", importance=10, agent_id=ann)
    gold = floor.add_queue("gold", priority=5, priority_by='[{"key": "plan", "value": "gold", "add": 3}]')
    floor.add_entry("500", gold, priority=2, requires="french >= 5", attached='{"plan": "gold"}')
    call_id = floor.arrive("500")
    visit = visit_of(db, call_id)
    assert (visit["priority"], visit["requirement_id"], visit["preferred_agent_id"]) == (20, requirement_id, ann)
    assert db.value("SELECT caller_name FROM call") == "Éloïse"
    because = db.value("SELECT because FROM call_log")
    assert "priority 20: queue 5, entry point 2, known caller 10, plan gold 3" in because


def test_a_priority_is_drawn_up_once_and_configuration_that_changes_leaves_who_waits_alone(
    floor: Floor, db: Database
) -> None:
    call_id = floor.arrive()
    db.run("UPDATE queue SET priority = 9")
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    assert visit_of(db, call_id)["priority"] == 0


def test_a_call_that_comes_back_keeps_what_it_was_worth_and_whom_it_asks_for(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    floor.insert("known_caller", number="+15550100", importance=10, agent_id=ann)
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.bridge(call_id)
    db.run("DELETE FROM known_caller")
    floor.happen(floor.hangup(call_id, leg_id, "MEDIA_TIMEOUT"))
    visit = visit_of(db, call_id)
    assert (visit["is_returned"], visit["priority"], visit["preferred_agent_id"]) == (True, 10, ann)


# -- its place -----------------------------------------------------------------------------------


def test_the_place_of_a_call_is_behind_all_that_would_be_served_before_it(floor: Floor, db: Database) -> None:
    support = floor.add_queue("support")
    floor.add_entry("200", support)
    floor.add_entry("101", floor.queue_id, priority=5)
    floor.arrive("200")
    first, second = floor.arrive(), floor.arrive()
    urgent = floor.arrive("101")
    third = floor.arrive()
    places = [visit_of(db, call_id)["position"] for call_id in (first, second, urgent, third)]
    assert places == [1, 2, 1, 4]


def test_who_comes_back_goes_before_all_and_who_left_is_not_counted(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    returned, left = floor.arrive(), floor.arrive()
    floor.match()
    leg_id = floor.bridge(returned)
    has_waited(db, floor.arrive(), 60)
    floor.happen(floor.hangup(left, floor.customer(left)))
    floor.happen(floor.hangup(returned, leg_id, "MEDIA_TIMEOUT"))
    assert visit_of(db, returned)["position"] == 1
    assert visit_of(db, floor.arrive())["position"] == 3


def test_waiting_of_earlier_visits_counts_for_its_place(floor: Floor, db: Database) -> None:
    transferred = floor.arrive()
    first = view_of(floor.session, transferred).visit
    assert first is not None
    ended = replace(first, left_at=first.entered_at + timedelta(seconds=40), outcome=VisitOutcome.LEFT_OTHERWISE)
    save(floor.session, Decision(visits=(ended,)))
    floor.arrive()
    again = Visit(
        visit_id=str(uuid4()),
        call_id=transferred,
        queue_id=floor.queue_id,
        entered_at=first.entered_at + timedelta(seconds=40),
    )
    save(floor.session, Decision(visits=(again,), new=frozenset({again.visit_id})))
    assert visit_of(db, transferred)["position"] == 1


def test_a_visit_that_ends_and_the_one_that_follows_are_saved_together(floor: Floor, db: Database) -> None:
    call_id = floor.arrive()
    first = view_of(floor.session, call_id).visit
    assert first is not None
    left_at = first.entered_at + timedelta(seconds=1)
    ended = replace(first, left_at=left_at, outcome=VisitOutcome.LEFT_OTHERWISE)
    following = replace(first, visit_id=str(uuid4()), entered_at=left_at)
    save(floor.session, Decision(visits=(following, ended), new=frozenset({following.visit_id})))
    assert visit_of(db, call_id)["visit_id"] == following.visit_id
    assert visit_of(db, call_id)["position"] == 1, "itself is not before it"


def test_the_place_is_kept_when_the_visit_ends(floor: Floor, db: Database) -> None:
    first, second = floor.arrive(), floor.arrive()
    floor.happen(floor.hangup(first, floor.customer(first)))
    floor.happen(floor.hangup(second, floor.customer(second)))
    assert visit_of(db, second)["position"] == 2


def test_it_is_foretold_how_long_it_may_take(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    first = visit_of(db, floor.arrive())
    assert first["estimated_wait_ms"] == db.value("SELECT fcc_estimated_wait(%(queue)s, 1, NULL)", queue=floor.queue_id)
    assert first["estimated_wait_ms"] == 0, "somebody is ready"
