"""Why each call was offered to whom: one row an offer, in words and figures that are those of the match."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.database import Database
from tests.floor import Floor
from tests.store.test_hot_path_match_all import may_retry_now
from tests.store.tiers import add_to_tier, has_waited, have_tiers, log_of, place, prefer, require


def test_every_offer_has_one_row_that_says_who_waited_how_long_and_of_whom_he_was_chosen(
    floor: Floor, db: Database
) -> None:
    have_tiers(floor, 30_000, 60_000)
    ann = floor.add_agent("ann", idle_s=34.5)
    floor.add_agent("bob", idle_s=20)
    floor.add_agent("cid", idle_s=10)
    add_to_tier(floor, "dan", 1, 30_000)
    add_to_tier(floor, "eve", 1, 30_000, presence="offline")
    add_to_tier(floor, "fay", 2, 60_000)
    call_id = floor.arrive()
    has_waited(db, call_id, 40.2)
    assert floor.match() == [(ann, call_id)]
    row = log_of(db, call_id)
    offer = db.one("SELECT * FROM offer")
    assert (row["offer_id"], row["agent_id"], row["queue_id"]) == (offer["offer_id"], ann, floor.queue_id)
    assert (row["tier"], row["eligible"], row["ready"]) == (1, 5, 4)
    assert row["waited_ms"] == pytest.approx(40_200, abs=150)
    assert row["because"] == "longest idle (34 s) of 3 ready in tier 1 of 3"
    expected = {"strategy": "longest_idle", "tiers": 3, "equals": 3, "tries": 0, "idle_s": 34, "is_open": True}
    assert expected.items() <= row["details"].items()


def test_a_match_that_offers_nothing_is_not_logged(floor: Floor, db: Database) -> None:
    floor.arrive()
    assert floor.match() == []
    assert db.rows("SELECT * FROM match_log") == []


def test_who_is_alone_is_told_to_be(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    assert log_of(db, call_id)["because"] == "the only one ready"


def test_who_meets_what_a_call_asks_is_counted_and_the_others_are_not(floor: Floor, db: Database) -> None:
    ann, bob = floor.add_agent("ann"), floor.add_agent("bob", idle_s=900)
    floor.add_agent("cid", idle_s=1000)
    busy = floor.add_agent("dan", presence="offline")
    call_id = floor.arrive()
    require(floor, call_id, ann, bob, busy)
    assert floor.match() == [(bob, call_id)]
    row = log_of(db, call_id)
    assert (row["eligible"], row["ready"], row["because"]) == (3, 2, "longest idle (900 s) of 2 ready")
    assert row["details"]["requires"] == db.value("SELECT expression FROM requirement")


def test_a_preferred_agent_of_a_closed_tier_is_told_with_his_tier(floor: Floor, db: Database) -> None:
    have_tiers(floor, 30_000)
    floor.add_agent("ann")
    bob = add_to_tier(floor, "bob", 1, 30_000)
    call_id = floor.arrive()
    prefer(db, call_id, bob)
    floor.match()
    row = log_of(db, call_id)
    assert (row["tier"], row["eligible"], row["ready"]) == (2, 1, 1), "the counts are those of the open tiers"
    assert row["because"] == "preferred agent in tier 2 of 2"
    assert (row["details"]["is_preferred"], row["details"]["is_open"]) == (True, False)


def test_who_was_tried_already_is_told_with_his_tries(floor: Floor, db: Database) -> None:
    ann, bob = floor.add_agent("ann", idle_s=20), floor.add_agent("bob", idle_s=10)
    call_id = floor.arrive()
    told = []
    for expected in (ann, bob, ann):
        assert floor.match() == [(expected, call_id)]
        told.append(db.value("SELECT because FROM match_log ORDER BY log_id DESC LIMIT 1"))
        floor.refuse(call_id)
        may_retry_now(db)
    assert told == [
        "longest idle (20 s) of 2 ready",
        "the only one ready and not tried yet",
        "tried least (1) of 2 ready",
    ]
    db.run("UPDATE agent SET presence = 'offline' WHERE agent_id = %(id)s", id=ann)
    floor.match()
    assert (
        db.value("SELECT because FROM match_log ORDER BY log_id DESC LIMIT 1") == "the only one ready, tried 1 before"
    )


@pytest.mark.parametrize(
    ("strategy", "because", "figures"),
    [
        ("least_talk", "least talk today (61 s) of 2 ready", {"talk_ms": 61_500}),
        ("fewest_calls", "fewest calls today (2) of 2 ready", {"calls": 2}),
        ("top_down", "highest in the list of 2 ready", {"position": 3}),
        ("round_robin", "offered one longest ago (300 s) of 2 ready", {}),
    ],
)
def test_every_strategy_says_its_reason_with_its_figure(
    floor: Floor, db: Database, strategy: str, because: str, figures: dict[str, int]
) -> None:
    db.run("UPDATE queue SET strategy = %(strategy)s", strategy=strategy)
    ann, bob = floor.add_agent("ann"), floor.add_agent("bob")
    today, ago = db.value("SELECT (now() AT TIME ZONE 'UTC')::date"), datetime.now(UTC) - timedelta(seconds=300.5)
    floor.insert("agent_day", agent_id=ann, day=today, calls=2, talk_ms=61_500)
    floor.insert("agent_day", agent_id=bob, day=today, calls=5, talk_ms=90_000)
    place(db, ann, position=3, offered_at=ago)
    place(db, bob, position=4, offered_at=datetime.now(UTC))
    call_id = floor.arrive()
    assert floor.match() == [(ann, call_id)]
    row = log_of(db, call_id)
    assert row["because"] == because
    assert figures.items() <= row["details"].items()


def test_round_robin_says_who_never_had_one_and_random_that_it_was_a_lot(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    floor.add_agent("bob")
    told = {}
    for strategy in ("round_robin", "random"):
        db.run("UPDATE queue SET strategy = %(strategy)s", strategy=strategy)
        call_id = floor.arrive()
        floor.match()
        told[strategy] = log_of(db, call_id)["because"]
        floor.happen(floor.hangup(call_id, floor.customer(call_id)))
        floor.refuse(call_id, "ORIGINATOR_CANCEL")
    assert told == {"round_robin": "never offered one of 2 ready", "random": "drawn by lot of 2 ready"}


def test_of_a_match_that_loses_its_race_nothing_is_logged(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    floor.arrive()
    floor.session.run("BEGIN")
    assert len(floor.session.match([floor.switch_id], 3000).offers) == 1
    floor.session.rollback()
    assert db.rows("SELECT * FROM match_log") == []
