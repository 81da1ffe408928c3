"""Histories of a queue, made up row by row: who waited how long, who answered, how long it kept him. No test."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.database import Database
from tests.floor import Floor


@dataclass(frozen=True, slots=True)
class Stay:
    """Seconds ago. left_s None: he waits still. agent_id: who answered."""

    entered_s: float
    left_s: float | None
    outcome: str | None = "answered"
    agent_id: str | None = None
    estimated_wait_ms: int | None = None
    handled_s: tuple[tuple[str, float], ...] = ()  # what the log says of his agent from the answer on


def add_stays(floor: Floor, stays: list[Stay], queue_id: str | None = None) -> list[str]:
    """The ids of the visits, in order. One statement for each table: a history is long."""
    db, now = floor.db, floor.db.value("SELECT clock_timestamp() AS now")
    visit_ids = [str(uuid4()) for _ in stays]
    calls = [str(uuid4()) for _ in stays]
    insert_many(
        db,
        "INSERT INTO call (call_id, switch_id, phase, started_at, ended_at, outcome)"
        " SELECT (r->>'id')::uuid, %(switch)s, CASE WHEN r->>'left' IS NULL THEN 'queued' ELSE 'ended' END,"
        "        %(now)s - make_interval(secs => (r->>'entered')::float),"
        "        %(now)s - make_interval(secs => (r->>'left')::float),"
        "        CASE WHEN r->>'left' IS NOT NULL THEN 'completed' END",
        [{"id": c, "entered": s.entered_s, "left": s.left_s} for c, s in zip(calls, stays, strict=True)],
        switch=floor.switch_id,
        now=now,
    )
    insert_many(
        db,
        "INSERT INTO queue_visit (visit_id, call_id, queue_id, entered_at, waiting_since, left_at, outcome, agent_id,"
        " estimated_wait_ms) SELECT (r->>'id')::uuid, (r->>'call')::uuid, %(queue)s,"
        "        %(now)s - make_interval(secs => (r->>'entered')::float),"
        "        %(now)s - make_interval(secs => (r->>'entered')::float),"
        "        %(now)s - make_interval(secs => (r->>'left')::float), r->>'outcome', (r->>'agent')::uuid,"
        "        (r->>'estimated')::bigint",
        [
            {
                "id": v,
                "call": c,
                "entered": s.entered_s,
                "left": s.left_s,
                "outcome": None if s.left_s is None else s.outcome,
                "agent": s.agent_id,
                "estimated": s.estimated_wait_ms,
            }
            for v, c, s in zip(visit_ids, calls, stays, strict=True)
        ],
        queue=queue_id or floor.queue_id,
        now=now,
    )
    handled: list[dict[str, Any]] = []
    for call_id, stay in zip(calls, stays, strict=True):
        began_s = stay.left_s or 0.0
        for activity, lasted_s in stay.handled_s:
            handled.append(
                {
                    "call": call_id,
                    "agent": stay.agent_id,
                    "activity": activity,
                    "began": began_s,
                    "ended": began_s - lasted_s,
                }
            )
            began_s -= lasted_s
    insert_many(
        db,
        "INSERT INTO agent_state_log (agent_id, presence, activity, call_id, started_at, ended_at)"
        " SELECT (r->>'agent')::uuid, 'available', r->>'activity', (r->>'call')::uuid,"
        "        %(now)s - make_interval(secs => (r->>'began')::float),"
        "        %(now)s - make_interval(secs => (r->>'ended')::float)",
        handled,
        now=now,
    )
    return visit_ids


def insert_many(db: Database, statement: str, rows: list[dict[str, Any]], **params: Any) -> None:
    """statement: up to and without its FROM; r is one of the rows."""
    db.run(f"{statement} FROM jsonb_array_elements(%(rows)s::jsonb) r", rows=json.dumps(rows), **params)
