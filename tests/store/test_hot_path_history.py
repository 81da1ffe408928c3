"""What triggers write, whoever changes a row: segments cover a leg, the log covers an agent, requests are announced."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import gevent
from gevent.socket import wait_read

from freeswitch_cc.core import agent_events, events
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.floor import LIMIT_S, Floor


def segments(db: Database, leg_id: str) -> list[dict[str, Any]]:
    return db.rows(
        "SELECT kind, started_at, ended_at FROM segment WHERE leg_id = %(id)s ORDER BY segment_id", id=leg_id
    )


def assert_covers(intervals: list[dict[str, Any]], start: datetime, end: datetime) -> None:
    """Each begins where the one before ended: no gap, no overlap."""
    assert intervals[0]["started_at"] == start
    assert intervals[-1]["ended_at"] == end
    for one, next_one in pairwise(intervals):
        assert one["ended_at"] == next_one["started_at"]


def test_the_segments_of_a_call_cover_both_legs_without_gap_or_overlap(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    customer, agent = floor.customer(call_id), floor.bridge(call_id)
    for made in (events.LegHeld, events.LegUnheld):
        floor.happen(made(call_id=call_id, leg_id=agent, **floor.at()))
    floor.happen(floor.hangup(call_id, agent, "MEDIA_TIMEOUT"))
    assert segments(db, agent)[-1]["kind"] == "talking"
    floor.happen(events.LegParked(call_id=call_id, leg_id=customer, is_inbound=True, **floor.at()))
    floor.happen(floor.hangup(call_id, customer))
    call = db.one("SELECT started_at, ended_at FROM call")
    assert_covers(segments(db, customer), call["started_at"], call["ended_at"])
    assert [row["kind"] for row in segments(db, customer)][:4] == ["queued", "talking", "held", "talking"]
    born = db.one("SELECT segment, segment_at, ended_at FROM leg WHERE leg_id = %(id)s", id=agent)
    assert [row["kind"] for row in segments(db, agent)] == ["ringing", "talking", "held", "talking"]
    assert_covers(segments(db, agent), segments(db, agent)[0]["started_at"], born["ended_at"])


def test_a_segment_is_never_set_back_by_a_clock_that_was(floor: Floor, db: Database) -> None:
    call_id = floor.arrive()
    leg_id = floor.customer(call_id)
    began = db.value("SELECT segment_at FROM leg")
    db.run("UPDATE leg SET segment = 'held', segment_at = segment_at - interval '1 h'")
    db.run("UPDATE leg SET segment = 'queued', segment_at = segment_at + interval '1 h'")
    first, second = segments(db, leg_id)
    assert (first["started_at"], first["ended_at"], second["started_at"]) == (began, began, began)


def test_writing_the_same_segment_again_closes_nothing(floor: Floor, db: Database) -> None:
    leg_id = floor.customer(floor.arrive())
    db.run("UPDATE leg SET segment = segment, segment_at = now()")
    assert segments(db, leg_id) == []


def test_the_history_of_an_agent_covers_his_day_whoever_writes(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann", wrap_up="manual")
    began = floor.agent(agent_id)["state_at"]
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.bridge(call_id)
    floor.happen(floor.hangup(call_id, leg_id))
    asked = agent_events.PresenceAsked(agent_id=agent_id, request_id=agent_id, kind="available")
    floor.insert("request", request_id=agent_id, kind="available", asked_by="test", idempotency_key="k")
    floor.happen(asked)
    db.run("UPDATE agent SET presence = 'not_ready', reason = 'lunch'")  # somebody with psql
    log = db.rows("SELECT * FROM agent_state_log ORDER BY log_id")
    assert [row["activity"] for row in log] == ["idle", "reserved", "ringing", "talking", "wrap_up", "idle"]
    assert_covers(log, began, floor.agent(agent_id)["state_at"])
    assert [row["call_id"] for row in log] == [None, call_id, call_id, call_id, call_id, None]


def test_what_is_no_state_of_an_agent_is_not_logged(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    db.run("UPDATE agent SET misses = 2, idle_since = now(), name = 'Ann', pending_presence = 'offline'")
    assert db.rows("SELECT * FROM agent_state_log") == []


def test_a_reason_that_changes_is_a_new_interval(floor: Floor, db: Database) -> None:
    floor.add_agent("ann", presence="not_ready", reason="lunch")
    db.run("UPDATE agent SET reason = 'meeting'")
    assert db.value("SELECT reason FROM agent_state_log") == "lunch"


def test_a_request_wakes_whoever_listens(floor: Floor, other: Session) -> None:
    listener = other.listen("fcc_request")
    floor.insert("request", kind="login", asked_by="test", idempotency_key="k")
    with gevent.Timeout(LIMIT_S):
        wait_read(listener.fileno())
    assert other.drain_notifications()
    assert not other.drain_notifications()


def test_a_notification_that_came_with_an_answer_is_not_missed(floor: Floor, other: Session) -> None:
    other.listen("fcc_request")
    floor.insert("request", kind="login", asked_by="test", idempotency_key="k")
    other.rows("SELECT 1")  # reads the notification off the wire together with its own answer
    assert other.drain_notifications()
