"""Who could take a call now: the view availability against what fcc_match does, and against what is counted by hand."""

import random
from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.errors import NotAllowed
from freeswitch_cc.store import availability, board
from freeswitch_cc.store.connect import connected
from tests.database import Database
from tests.floor import Floor
from tests.store.made_visits import Stay, add_stays
from tests.store.random_center import populate
from tests.store.test_estimate import every

CALL = "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"


def of(db: Database, what: str) -> dict[str, Any]:
    with connected(db.url) as connection:
        (row,) = availability.availability(connection, what)
    return row


def test_who_serves_no_queue_is_none_of_those_who_could_take_a_call(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    floor.add_agent("bob")
    db.run("DELETE FROM eligibility WHERE agent_id = (SELECT agent_id FROM agent WHERE login = 'bob')")
    assert (of(db, "all")["eligible"], of(db, "all")["ready"]) == (1, 1)
    db.run("UPDATE eligibility SET tier = 1, after_ms = 1000")
    assert (of(db, "all")["ready"], of(db, "all")["in_reserve"]) == (0, 1)


def test_who_is_in_reserve_in_one_queue_and_ready_in_another_is_ready_in_the_center(floor: Floor, db: Database) -> None:
    first = floor.add_queue("first")
    floor.add_agent("ann", first, floor.queue_id)
    db.run("UPDATE eligibility SET tier = 1, after_ms = 1000 WHERE queue_id = %(q)s", q=first)
    assert (of(db, "queue:first")["ready"], of(db, "queue:sales")["ready"]) == (0, 1)
    assert (of(db, "all")["ready"], of(db, "all")["in_reserve"]) == (1, 0)


# -- the same as match() -------------------------------------------------------------------------


def offers_to(floor: Floor, queue_id: str, calls: int, waited_s: float) -> int:
    """How many of so many more calls match() would offer to somebody. Nothing is left of it.

    They go before all others, so that nobody else's wait is in their way.
    """
    db = floor.db
    db.run("BEGIN")
    try:
        for _ in range(calls):
            call_id = str(uuid4())
            db.run(
                "INSERT INTO call (call_id, switch_id, phase, started_at) VALUES (%(id)s, %(switch)s, 'queued', now())",
                id=call_id,
                switch=floor.switch_id,
            )
            db.run(
                "INSERT INTO queue_visit (visit_id, call_id, queue_id, is_returned, priority, entered_at,"
                " waiting_since) VALUES (gen_random_uuid(), %(id)s, %(queue)s, true, 1000000, now(),"
                "         now() - make_interval(secs => %(waited)s))",
                id=call_id,
                queue=queue_id,
                waited=waited_s,
            )
        db.rows("SELECT * FROM fcc_match(ARRAY[%(switch)s]::uuid[], 3000)", switch=floor.switch_id)
        made: int = db.value(
            "SELECT count(*) FROM offer o JOIN queue_visit v USING (visit_id)"
            " WHERE o.outcome IS NULL AND v.priority = 1000000 AND v.queue_id = %(queue)s",
            queue=queue_id,
        )
        return made
    finally:
        db.run("ROLLBACK")


@pytest.mark.parametrize("seed", range(25))
def test_as_many_are_ready_as_match_would_offer_new_calls_to(floor: Floor, db: Database, seed: int) -> None:
    queue_ids = populate(floor, random.Random(seed))
    told = {row["name"]: row for row in db.rows("SELECT * FROM availability WHERE kind = 'queue'")}
    for name, queue_id in queue_ids.items():
        row = told[name]
        ready, all_tiers = row["ready"], row["ready"] + row["in_reserve"]
        assert offers_to(floor, queue_id, ready + 2, 0) == ready, name
        assert offers_to(floor, queue_id, all_tiers + 2, 1e6) == all_tiers, name


def test_the_random_centers_hold_what_the_test_above_is_about(floor: Floor, db: Database) -> None:
    seen = dict.fromkeys(("ready", "in_reserve", "busy", "wrap_up", "not_ready", "offline", "waiting"), 0)
    for seed in range(25):
        db.empty()
        populate(Floor(db), random.Random(seed))
        for row in db.rows("SELECT * FROM availability WHERE kind = 'queue'"):
            for word in seen:
                seen[word] += row[word] > 0
    assert min(seen.values()) >= 3, seen


@pytest.mark.parametrize("seed", range(10))
def test_every_agent_is_counted_once(floor: Floor, db: Database, seed: int) -> None:
    populate(floor, random.Random(seed))
    for row in db.rows("SELECT * FROM availability"):
        states = ("ready", "in_reserve", "busy", "wrap_up", "not_ready", "offline")
        assert row["eligible"] == sum(row[state] for state in states), row
    serving = "SELECT count(DISTINCT agent_id) FROM agent JOIN eligibility USING (agent_id) WHERE is_active"
    assert of(db, "all")["eligible"] == db.value(serving)
    assert of(db, "all")["waiting"] == db.value("SELECT count(*) FROM queue_visit WHERE outcome IS NULL")


# -- counted by hand -----------------------------------------------------------------------------


@pytest.fixture
def center(floor: Floor, db: Database) -> Floor:
    """Ten agents, one in each state; ann, bob and cid are gold, ann and eva know French."""
    floor.add_agent("ann", idle_s=40)
    floor.add_agent("bob", idle_s=70)
    floor.add_agent("cid", idle_s=300)
    floor.add_agent("dan", activity="reserved", call_id=CALL, due_at="now")
    floor.add_agent("eva", activity="holding", call_id=CALL)
    floor.add_agent("fay", activity="wrap_up", call_id=CALL)
    floor.add_agent("gil", activity="talking", call_id=CALL, presence="not_ready", reason="break")
    floor.add_agent("hal", presence="not_ready", reason="break")
    floor.add_agent("ida", presence="offline")
    floor.add_agent("jon", is_active=False)
    db.run(
        "UPDATE eligibility SET tier = 1, after_ms = 20000 FROM agent a WHERE a.login = 'cid'"
        " AND a.agent_id = eligibility.agent_id"
    )
    db.run("INSERT INTO agent_group (name) VALUES ('gold'), ('empty')")
    db.run(
        "INSERT INTO group_member SELECT group_id, agent_id FROM agent_group, agent"
        " WHERE agent_group.name = 'gold' AND login IN ('ann', 'bob', 'cid')"
    )
    db.run("INSERT INTO skill (name) VALUES ('french'), ('german')")
    db.run(
        "INSERT INTO agent_skill SELECT agent_id, skill_id, 3 FROM skill, agent"
        " WHERE skill.name = 'french' AND login IN ('ann', 'eva')"
    )
    floor.add_queue("support")
    add_stays(floor, [Stay(90, None), Stay(30, None)])
    return floor


COUNTED = {
    "queue:sales": {"eligible": 9, "ready": 2, "in_reserve": 1, "busy": 3, "wrap_up": 1, "not_ready": 1, "offline": 1},
    "queue:support": {"eligible": 0, "ready": 0, "in_reserve": 0, "busy": 0, "waiting": 0},
    "group:gold": {"eligible": 3, "ready": 3, "in_reserve": 0, "busy": 0, "waiting": 2},
    "group:empty": {"eligible": 0, "ready": 0, "waiting": 0},
    "skill:french": {"eligible": 2, "ready": 1, "busy": 1, "waiting": 2},
    "skill:german": {"eligible": 0, "ready": 0, "waiting": 0},
    "all": {"eligible": 9, "ready": 2, "in_reserve": 1, "busy": 3, "waiting": 2},
}


@pytest.mark.parametrize("what", COUNTED)
def test_a_center_is_counted_as_by_hand(center: Floor, db: Database, what: str) -> None:
    row = of(db, what)
    assert {word: row[word] for word in COUNTED[what]} == COUNTED[what]


def test_how_long_somebody_is_idle_and_somebody_waits(center: Floor, db: Database) -> None:
    row = of(db, "queue:sales")
    assert row["longest_idle_ms"] == pytest.approx(300_000, abs=5000)
    assert row["oldest_wait_ms"] == pytest.approx(90_000, abs=5000)
    assert of(db, "group:gold")["oldest_wait_ms"] == pytest.approx(90_000, abs=5000)
    assert of(db, "skill:french")["longest_idle_ms"] == pytest.approx(40_000, abs=5000)
    nobody = of(db, "queue:support")
    assert (nobody["longest_idle_ms"], nobody["oldest_wait_ms"], nobody["estimated_wait_ms"]) == (None, None, None)


def test_what_is_foretold_is_for_the_next_call(center: Floor, db: Database) -> None:
    assert of(db, "queue:sales")["estimated_wait_ms"] is None, "two wait, two are ready, and it is the third"
    db.run("DELETE FROM queue_visit")
    assert of(db, "queue:sales")["estimated_wait_ms"] == 0
    assert of(db, "group:gold")["estimated_wait_ms"] == 0
    assert of(db, "all")["estimated_wait_ms"] is None


def test_to_a_group_that_serves_several_queues_the_longest_of_their_waits_is_foretold(
    floor: Floor, db: Database
) -> None:
    quick = floor.add_queue("quick")
    floor.add_agent("ann", floor.queue_id, quick, activity="talking", call_id=CALL)
    add_stays(floor, every(30, 20))
    add_stays(floor, every(10, 20), quick)
    db.run("INSERT INTO agent_group (name) VALUES ('gold')")
    db.run("INSERT INTO group_member SELECT group_id, agent_id FROM agent_group, agent")
    assert of(db, "queue:quick")["estimated_wait_ms"] == pytest.approx(10_000, abs=100)
    assert of(db, "group:gold")["estimated_wait_ms"] == pytest.approx(30_000, abs=100)


def test_a_clock_of_the_switch_that_is_ahead_makes_nothing_negative(floor: Floor, db: Database) -> None:
    floor.add_agent("ann", idle_s=-30)
    add_stays(floor, [Stay(-30, None)])
    row = of(db, "queue:sales")
    assert (row["longest_idle_ms"], row["oldest_wait_ms"]) == (0, 0)


def test_an_agent_with_an_offer_that_was_left_open_is_not_ready(center: Floor, db: Database) -> None:
    db.run(
        "INSERT INTO offer (call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at)"
        " SELECT v.call_id, v.visit_id, a.agent_id, gen_random_uuid(), '', 1000, now(), now()"
        " FROM queue_visit v, agent a WHERE a.login = 'ann' LIMIT 1"
    )
    row = of(db, "queue:sales")
    assert (row["ready"], row["busy"]) == (1, 4)


def test_a_queue_that_is_switched_off_counts_while_somebody_waits_in_it(center: Floor, db: Database) -> None:
    db.run("UPDATE queue SET is_active = false")
    assert of(db, "queue:sales")["waiting"] == 2
    with pytest.raises(NotAllowed, match="there is no queue 'support'"):
        of(db, "queue:support")
    with connected(db.url) as connection:
        assert [(row["name"], row["is_active"]) for row in board.queues(connection)] == [
            ("sales", False),
            ("support", False),
        ]


def test_the_whole_center_comes_first_then_queues_groups_and_skills(center: Floor, db: Database) -> None:
    with connected(db.url) as connection:
        rows = availability.availability(connection)
    assert [f"{row['kind']}:{row['name']}" for row in rows] == [
        *("all:all", "queue:sales", "queue:support", "group:empty", "group:gold", "skill:french", "skill:german")
    ]


@pytest.mark.parametrize(
    ("what", "reason", "told"),
    [
        ("queue:sale", "unknown_queue", "did you mean sales?"),
        ("group:french", "unknown_group", "it may be empty, gold"),
        ("skill:frensh", "unknown_skill", "did you mean french?"),
        ("sales", "unknown_kind", "write queue:NAME, group:NAME or skill:NAME"),
        ("queue:", "unknown_kind", "write queue:NAME"),
        ("all:all", "unknown_kind", "write queue:NAME"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    center: Floor, db: Database, what: str, reason: str, told: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        of(db, what)
    assert refused.value.reason == reason
    assert told in str(refused.value)


def test_every_column_of_the_views_says_in_the_database_what_it_is(db: Database) -> None:
    silent = db.rows(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        " WHERE c.relname = 'availability' AND col_description(c.oid, a.attnum) IS NULL"
    )
    assert silent == []
