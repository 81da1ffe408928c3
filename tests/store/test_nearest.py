"""How long a call must wait until a tier opens in which somebody is ready, and until who was tried is tried again.

What match() makes of it: test_hot_path_match*.py.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.database import Database
from tests.floor import Floor
from tests.store.tiers import add_to_tier, have_tiers, require

FEW = 50
"""Of so many who are ready each is looked at by himself (fcc_nearest)."""


def nearest(db: Database, *queue_ids: str) -> dict[str, int]:
    said: dict[str, int] = db.value("SELECT fcc_nearest(%(ids)s::uuid[])", ids=list(queue_ids))
    return said


def best(floor: Floor, call_id: str, requirement_id: str | None = None) -> dict[str, Any]:
    """Of a call that has just come."""
    return floor.db.one(
        "SELECT * FROM fcc_best_agent(%(call)s, %(queue)s, %(asks)s, NULL, 0, 'longest_idle', clock_timestamp(), NULL)",
        call=call_id,
        queue=floor.queue_id,
        asks=requirement_id,
    )


@pytest.mark.parametrize("others", [0, FEW], ids=["few", "many"])
def test_of_several_who_are_ready_he_counts_whose_tier_opens_first(floor: Floor, db: Database, others: int) -> None:
    have_tiers(floor, 10_000, 20_000)
    add_to_tier(floor, "ann", 2, 20_000)
    add_to_tier(floor, "bob", 1, 10_000)
    add_to_tier(floor, "cid", 0, 0, presence="not_ready", reason="meal")
    elsewhere, nobody = floor.add_queue("elsewhere"), floor.add_queue("nobody")
    for number in range(others):
        floor.add_agent(f"a{number}", elsewhere)
    told = nearest(db, floor.queue_id, nobody)
    assert told[floor.queue_id] == 10_000
    assert told[nobody] == 2**63 - 1, "longer than anybody can wait"


@pytest.mark.parametrize("ready", [FEW, FEW + 1])
def test_nobody_who_is_ready_is_left_out_however_many_they_are(floor: Floor, db: Database, ready: int) -> None:
    queue_ids = [floor.add_queue(f"q{number}") for number in range(ready)]
    for number, queue_id in enumerate(queue_ids):
        floor.add_agent(f"a{number}", queue_id)
    assert nearest(db, *queue_ids) == dict.fromkeys(queue_ids, 0)


def test_a_tier_in_which_nobody_meets_what_the_call_asks_is_not_waited_for(floor: Floor) -> None:
    have_tiers(floor, 10_000, 20_000)
    add_to_tier(floor, "ann", 1, 10_000)
    bob = add_to_tier(floor, "bob", 2, 20_000)
    call_id = floor.arrive()
    assert best(floor, call_id)["nearest_ms"] == 10_000
    assert best(floor, call_id, require(floor, call_id, bob))["nearest_ms"] == 20_000
    assert best(floor, call_id, require(floor, call_id))["nearest_ms"] is None


@pytest.mark.parametrize(("ago_s", "is_asked"), [(56, True), (54, False)])
def test_the_pause_of_who_was_tried_often_grows_by_55_s_at_most(
    floor: Floor, db: Database, ago_s: int, is_asked: bool
) -> None:
    ann, call_id = floor.add_agent("ann"), floor.arrive()
    offer = {
        "call_id": call_id, "visit_id": db.value("SELECT visit_id FROM queue_visit"), "agent_id": ann, "contact": "",
        "ring_ms": 1, "outcome": "no_answer", "pause_ms": 30_000,
    }  # fmt: skip
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() - ago_s, UTC)
    for _ in range(4):
        times = dict.fromkeys(("made_at", "expires_at", "ended_at", "retry_at"), at)
        floor.insert("offer", offer_id=str(uuid4()), leg_id=str(uuid4()), **offer, **times)
    assert (best(floor, call_id)["agent_id"] == ann) is is_asked
