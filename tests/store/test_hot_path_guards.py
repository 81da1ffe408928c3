"""The database guards its own rules, whoever writes: each one refuses, by name."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from tests.database import Database
from tests.floor import Floor

Refused = Callable[..., None]


@pytest.fixture
def refused(db: Database) -> Refused:
    """`refused("rule", "UPDATE ...")`: the statement fails because of this rule and changes nothing."""

    def check(rule: str, statement: str, **params: Any) -> None:
        with pytest.raises(psycopg2.IntegrityError) as caught:
            db.run(statement, **params)
        assert caught.value.diag.constraint_name == rule

    return check


@pytest.fixture
def offered(floor: Floor) -> str:
    """A call that is offered to ann, whose leg is being originated."""
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    return call_id


COPY_OFFER = """
    INSERT INTO offer (call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at)
    SELECT call_id, coalesce(%(visit)s, visit_id), coalesce(%(agent)s, agent_id), gen_random_uuid(), contact, ring_ms,
           made_at, expires_at FROM offer
"""


# -- one of each ---------------------------------------------------------------------------------


def test_an_agent_has_one_open_offer(floor: Floor, offered: str, db: Database, refused: Refused) -> None:
    waiting = floor.arrive()
    visit = db.value("SELECT visit_id FROM queue_visit WHERE call_id = %(id)s", id=waiting)
    refused("one_open_offer_per_agent", COPY_OFFER, visit=visit, agent=None)


def test_a_visit_has_one_open_offer(floor: Floor, offered: str, refused: Refused) -> None:
    bob = floor.add_agent("bob")
    refused("one_open_offer_per_visit", COPY_OFFER, visit=None, agent=bob)


def test_a_closed_offer_makes_room_for_the_next(floor: Floor, offered: str, db: Database) -> None:
    floor.refuse(offered)
    assert db.run(COPY_OFFER, visit=None, agent=None) == 1


def test_a_call_has_one_open_visit(offered: str, refused: Refused) -> None:
    refused(
        "one_open_visit_per_call",
        "INSERT INTO queue_visit SELECT (jsonb_populate_record(v, jsonb_build_object('visit_id', gen_random_uuid()))).*"
        " FROM queue_visit v",
    )


def test_a_call_has_one_live_customer(offered: str, refused: Refused) -> None:
    refused("one_live_customer_per_call", "UPDATE leg SET role = 'customer' WHERE role = 'agent'")


# -- legs: the trigger ---------------------------------------------------------------------------


def test_a_leg_belongs_to_one_call_for_ever(floor: Floor, offered: str, refused: Refused) -> None:
    refused("one_owner_per_leg", "UPDATE leg SET call_id = %(id)s WHERE role = 'agent'", id=floor.arrive())


def test_a_leg_that_has_a_command_gets_no_other(offered: str, refused: Refused) -> None:
    refused(
        "one_command_per_leg",
        "UPDATE leg SET command = 'park', command_id = gen_random_uuid() WHERE command = 'originate'",
    )


def test_a_command_in_flight_cannot_be_forgotten(offered: str, refused: Refused) -> None:
    refused(
        "one_command_per_leg",
        "UPDATE leg SET seen = 'parked', command = NULL, command_id = NULL, command_due_at = NULL"
        " WHERE command = 'originate'",
    )


def test_a_command_that_ended_by_name_makes_room_for_the_next(offered: str, db: Database) -> None:
    changed = db.run(
        "UPDATE leg SET last_command_id = command_id, command = 'park', command_id = gen_random_uuid()"
        " WHERE command = 'originate'"
    )
    assert changed == 1


def test_a_kill_takes_the_place_of_any_command(offered: str, db: Database) -> None:
    changed = db.run("UPDATE leg SET command = 'kill', command_id = gen_random_uuid() WHERE command = 'originate'")
    assert changed == 1


def test_what_the_switch_does_by_itself_is_nobody_s_command(offered: str, db: Database) -> None:
    db.run("UPDATE leg SET last_command_id = command_id, command = 'settle', command_id = gen_random_uuid(),"
           " seen = 'moving' WHERE command = 'originate'")  # fmt: skip
    changed = db.run("UPDATE leg SET command = 'park', command_id = gen_random_uuid() WHERE command = 'settle'")
    assert changed == 1


def test_a_leg_that_is_gone_does_not_come_back(floor: Floor, offered: str, refused: Refused) -> None:
    floor.refuse(offered)
    refused("gone_is_for_ever", "UPDATE leg SET seen = 'parked', ended_at = NULL WHERE role = 'agent'")


# -- CHECKs --------------------------------------------------------------------------------------

CHECKS = {
    "leg": {
        "command_is_whole": [
            "command = 'park'",
            "command_id = gen_random_uuid()",
            "command_due_at = now()",
            "command = 'park', command_id = gen_random_uuid()",
        ],
        "passing_has_an_end": ["seen = 'moving'", "seen = 'dialing'", "seen = 'lost'"],
        "with_names_a_leg": ["want = 'with'", "want_leg_id = gen_random_uuid()"],
        "in_names_a_conference": ["want = 'in_conference'", "want_conference = 'fcc-1'"],
        "seen_with_names_a_leg": ["seen = 'with'", "seen_leg_id = gen_random_uuid()"],
        "seen_in_names_a_conference": ["seen = 'in_conference'", "seen_conference = 'fcc-1'"],
        "gone_has_an_end": ["seen = 'gone'", "ended_at = now()"],
        "gone_is_not_commanded": [
            "seen = 'gone', ended_at = now(), command = 'park', command_id = gen_random_uuid(), command_due_at = now()"
        ],
        "asked_sound_has_an_end": ["sound = 'asked', sound_due_at = NULL"],
        "role_is_known": ["role = 'king'"],
        "want_is_known": ["want = 'ringing'"],
        "seen_is_known": ["seen = 'asleep'"],
        "command_is_known": ["command = 'dance', command_id = gen_random_uuid(), command_due_at = now()"],
        "sound_is_known": ["sound = 'loud'"],
        "segment_is_known": ["segment = 'bored'"],
    },
    "call": {
        "ended_has_an_end": ["phase = 'ended', outcome = 'completed'", "ended_at = now()"],
        "ended_has_an_outcome": ["phase = 'ended', ended_at = now()"],
        "origin_is_known": ["origin = 'mars'"],
        "phase_is_known": ["phase = 'dreaming'"],
        "outcome_is_known": ["outcome = 'fine'"],
        "held_since_when": ["held_at = now()", "phase = 'talking', held_by = (SELECT agent_id FROM agent)"],
        "held_in_a_talk": ["held_by = (SELECT agent_id FROM agent), held_at = now()"],
        "step_is_known": ["phase = 'leaving', step = 'dancing', step_due_at = now()"],
        "leaving_in_steps": ["phase = 'leaving'", "step = 'announcing', step_due_at = now()"],
        "step_has_an_end": ["phase = 'leaving', step = 'announcing'", "step_due_at = now()"],
        "forwarding_to_a_number": ["phase = 'forwarding', step_due_at = now()"],
        "placed_by_somebody": ["origin = 'outbound'", "origin = 'internal'", "phase = 'dialing'"],
    },
    "dialling": {
        "is_one_row": ["only_one = 2"],
        "times_are_sane": ["ring_ms = 0", "agent_ring_ms = 0", "max_call_ms = -1"],
    },
    "queue_visit": {
        "outcome_has_an_end": ["outcome = 'answered'", "left_at = now()"],
        "outcome_is_known": ["outcome = 'eaten', left_at = now()"],
        "entry_reason_is_known": ["entry_reason = 'chance'"],
        "left_reason_is_known": ["outcome = 'left_otherwise', left_at = now(), left_reason = 'bored'"],
        "left_for_a_reason": ["left_reason = 'full'", "outcome = 'answered', left_at = now(), left_reason = 'full'"],
    },
    "agent": {
        "passing_has_an_end": [
            "activity = 'reserved', call_id = gen_random_uuid()",
            "activity = 'ringing', call_id = gen_random_uuid()",
        ],
        "busy_has_a_call": [
            "activity = 'reserved', due_at = now()",
            "activity = 'talking'",
            "activity = 'holding'",
            "activity = 'wrap_up'",
        ],
        "idle_has_no_call": ["call_id = gen_random_uuid()"],
        "offline_is_idle": ["presence = 'offline', activity = 'talking', call_id = gen_random_uuid()"],
        "not_ready_has_a_reason": ["presence = 'not_ready'", "reason = 'lunch'"],
        "timed_wrap_up_has_a_time": ["wrap_up = 'timed'"],
        "presence_is_known": ["presence = 'asleep'"],
        "pending_presence_is_known": ["pending_presence = 'asleep'"],
        "activity_is_known": ["activity = 'asleep', call_id = gen_random_uuid()"],
        "wrap_up_is_known": ["wrap_up = 'perhaps'"],
    },
    "not_ready_reason": {
        "longest_ms_is_sane": ["longest_ms = 0", "longest_ms = -1"],
        "number_is_sane": ["number = 0", "number = 100"],
    },
    "queue": {
        "ring_ms_is_sane": ["ring_ms = 0", "ring_ms = 600001"],
        "timed_wrap_up_has_a_time": ["wrap_up = 'timed'", "wrap_up = 'timed', wrap_up_ms = 0"],
        "wrap_up_is_known": ["wrap_up = 'perhaps'"],
        "strategy_is_known": ["strategy = 'whoever'"],
    },
    "eligibility": {"tier_is_sane": ["tier = -1", "after_ms = -1"]},
    "agent_skill": {"level_is_in_range": ["level = 0", "level = 11"]},
    "center": {"is_one_row": ["only_one = 2"]},
    "offer": {
        "outcome_has_an_end": ["outcome = 'answered'", "ended_at = now()"],
        "outcome_is_known": ["outcome = 'lost', ended_at = now()"],
    },
    "request": {
        "answer_has_a_time": ["state = 'done'", "state = 'refused'", "state = 'withdrawn'", "answered_at = now()"],
        "state_is_known": ["state = 'forgotten'"],
    },
}
CASES = [(table, rule, change) for table, rules in CHECKS.items() for rule, all_ in rules.items() for change in all_]


@pytest.mark.parametrize(("table", "rule", "change"), CASES, ids=[f"{t}-{r}-{c}" for t, r, c in CASES])
def test_a_row_that_breaks_a_rule_is_refused_by_name(
    table: str, rule: str, change: str, floor: Floor, db: Database, refused: Refused
) -> None:
    bob, skill_id = floor.add_agent("bob"), str(uuid4())
    floor.insert("skill", skill_id=skill_id, name="french")
    floor.insert("agent_skill", agent_id=bob, skill_id=skill_id, level=5)
    floor.arrive()
    if table == "offer":
        floor.match(tell=False)
    floor.insert("request", kind="login", asked_by="test", idempotency_key="k")
    if table == "leg":  # parked and silent: what is changed is all that is wrong
        db.run("UPDATE leg SET sound = 'silent', sound_due_at = NULL")
    before = db.rows(f"SELECT * FROM {table}")
    refused(f"{table}_{rule}", f"UPDATE {table} SET {change}")
    assert db.rows(f"SELECT * FROM {table}") == before


def test_no_check_of_a_hot_table_is_left_without_a_row_that_breaks_it(db: Database) -> None:
    there = db.rows(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 AND conname NOT LIKE '%%\\_holds'"
        " UNION SELECT jsonb_object_keys(obj_description(oid, 'pg_proc')::jsonb) FROM pg_proc"
        " WHERE proname LIKE 'fcc\\_%%\\_holds'"
    )
    tried = {f"{table}_{rule}" for table, rule, _ in CASES}
    assert {row["conname"] for row in there} - tried == {"segment_goes_forward", "segment_kind_is_known"}


def test_a_segment_goes_forward(floor: Floor, refused: Refused) -> None:
    call_id = floor.arrive()
    refused(
        "segment_goes_forward",
        "INSERT INTO segment (leg_id, call_id, kind, started_at, ended_at)"
        " VALUES (%(leg)s, %(call)s, 'queued', now(), now() - interval '1 s')",
        leg=floor.customer(call_id),
        call=call_id,
    )


def test_a_segment_is_of_a_known_kind(floor: Floor, refused: Refused) -> None:
    call_id = floor.arrive()
    refused(
        "segment_kind_is_known",
        "INSERT INTO segment (leg_id, call_id, kind, started_at, ended_at)"
        " VALUES (%(leg)s, %(call)s, 'bored', now(), now())",
        leg=floor.customer(call_id),
        call=call_id,
    )


def test_an_idempotency_key_is_used_once(floor: Floor, refused: Refused) -> None:
    insert = "INSERT INTO request (kind, asked_by, idempotency_key) VALUES ('login', 'test', 'k')"
    floor.db.run(insert)
    refused("request_idempotency_key_key", insert)


def test_a_leg_of_a_call_that_is_not_there_is_refused(floor: Floor, refused: Refused) -> None:
    refused(
        "leg_call_id_fkey",
        "INSERT INTO leg (leg_id, call_id, switch_id, role, want, seen)"
        " VALUES (gen_random_uuid(), %(call)s, %(switch)s, 'customer', 'parked', 'parked')",
        call=str(uuid4()),
        switch=floor.switch_id,
    )
