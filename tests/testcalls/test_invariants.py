"""The rules after every scenario: each finds what it is there to find, and nothing in a database where all is well."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from freeswitch_cc.testcalls.databases import Window
from freeswitch_cc.testcalls.invariants import alarm_problems, breaches
from tests.database import Database

CUSTOMER, AGENT_LEG, OTHER = (str(uuid4()) for _ in range(3))

# A customer who waited ten seconds, talked for ten, and an agent who talks with him still.
TALK = f"""
INSERT INTO switch (switch_id, name, host, port, password_env)
     VALUES (gen_random_uuid(), 'main', 'localhost', 1, 'PASSWORD');
INSERT INTO queue (name, music) VALUES ('sales', 'tone');
INSERT INTO call (call_id, switch_id, phase, started_at)
     SELECT '{CUSTOMER}', switch_id, 'talking', '2026-01-01 10:00:00Z' FROM switch;
INSERT INTO agent (login, name, contact, presence, activity, call_id)
     VALUES ('alice', 'Alice', 'user/a@b', 'available', 'talking', '{CUSTOMER}');
INSERT INTO leg (leg_id, call_id, switch_id, role, want, seen, seen_at, sound, segment, segment_at)
     SELECT '{CUSTOMER}', '{CUSTOMER}', switch_id, 'customer', 'parked', 'parked', '2026-01-01 10:00:10Z', 'playing',
            'talking', '2026-01-01 10:00:10Z' FROM switch;
INSERT INTO leg (leg_id, call_id, switch_id, role, want, seen, agent_id, segment, segment_at)
     SELECT '{AGENT_LEG}', '{CUSTOMER}', switch_id, 'agent', 'parked', 'parked', agent_id, 'talking',
            '2026-01-01 10:00:10Z' FROM switch, agent;
INSERT INTO segment (leg_id, call_id, kind, started_at, ended_at)
     VALUES ('{CUSTOMER}', '{CUSTOMER}', 'queued', '2026-01-01 10:00:00Z', '2026-01-01 10:00:10Z');
INSERT INTO queue_visit (visit_id, call_id, queue_id, entered_at, waiting_since, left_at, outcome, agent_id)
     SELECT gen_random_uuid(), '{CUSTOMER}', queue_id, '2026-01-01 10:00:00Z', '2026-01-01 10:00:00Z',
            '2026-01-01 10:00:10Z', 'answered', agent_id FROM queue, agent;
INSERT INTO offer (call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at, ended_at, outcome)
     SELECT '{CUSTOMER}', visit_id, agent_id, '{AGENT_LEG}', 'user/a@b', 1, '2026-01-01 10:00:00Z',
            '2026-01-01 10:00:20Z', '2026-01-01 10:00:10Z', 'answered' FROM queue_visit;
"""
LIVE = [CUSTOMER, AGENT_LEG]


@pytest.fixture
def window(db: Database) -> Iterator[Window]:
    db.run(TALK)
    window = Window(db.url)
    yield window
    window.close()


def test_a_talk_breaks_no_rule(window: Window) -> None:
    assert breaches(window, LIVE) == []


@pytest.mark.parametrize(
    ("harm", "live", "rule"),
    [
        ("SELECT 1", [CUSTOMER], "an open leg is live on the switch: agent"),
        ("SELECT 1", [CUSTOMER], "a busy agent has a live leg: alice, talking"),
        ("SELECT 1", [], "an open call has a live leg"),
        ("SELECT 1", [*LIVE, OTHER], f"a leg of the switch is written down and open: {OTHER}"),
        (
            "UPDATE queue_visit SET outcome = NULL, left_at = NULL",
            [AGENT_LEG],
            "an open visit is of a call whose customer is there",
        ),
        ("UPDATE offer SET outcome = NULL, ended_at = NULL", [CUSTOMER], "an open offer has a live leg"),
        ("UPDATE call SET phase = 'queued'", LIVE, "a queued call has exactly one open visit, any other none"),
        ("UPDATE queue_visit SET outcome = NULL, left_at = NULL", LIVE, "a queued call has exactly one open visit"),
        ("UPDATE queue_visit SET outcome = 'abandoned'", LIVE, "an answered visit has one answered offer"),
        ("UPDATE offer SET outcome = 'rejected'", LIVE, "an answered visit has one answered offer"),
        ("UPDATE queue_visit SET agent_id = NULL", LIVE, "an answered visit has one answered offer"),
        (
            "INSERT INTO segment (leg_id, call_id, kind, started_at, ended_at) "
            f"VALUES ('{CUSTOMER}', '{CUSTOMER}', 'held', '2026-01-01 10:00:11Z', '2026-01-01 10:00:12Z')",
            LIVE,
            "segments cover a leg without gap or overlap",
        ),
        (
            "UPDATE agent SET activity = 'holding'",
            LIVE,
            "an agent who holds does so by request or from his handset: alice",
        ),
        (
            "UPDATE call SET held_by = (SELECT agent_id FROM agent), held_at = now()",
            LIVE,
            "a customer on hold has an agent who holds him",
        ),
        (
            "UPDATE call SET held_by = (SELECT agent_id FROM agent), held_at = now();"
            "UPDATE agent SET activity = 'holding'; UPDATE leg SET want = 'with', want_leg_id = leg_id",
            LIVE,
            "a customer on hold has an agent who holds him, and neither is wanted with anybody",
        ),
        ("UPDATE call SET started_at = '2026-01-01 09:00:00Z'", LIVE, "segments last as long as the leg: "),
        (
            "INSERT INTO agent_state_log (agent_id, presence, activity, started_at, ended_at) SELECT agent_id, "
            "'available', 'idle', now() + n * interval '2 s', now() + n * interval '1 s' FROM agent, "
            "generate_series(1, 2) n",
            LIVE,
            "the history of an agent has no gap and no overlap",
        ),
        ("UPDATE offer SET ended_at = made_at - interval '1 s'", LIVE, "nothing ends before it begins"),
        ("UPDATE leg SET sound = 'silent'", LIVE, f"a customer who is parked hears music: {CUSTOMER}, silent"),
        (
            "UPDATE leg SET sound = 'asked', sound_due_at = now()",
            LIVE,
            f"a customer who is parked hears music: {CUSTOMER}, asked",
        ),
        (
            "UPDATE leg SET seen = 'moving', command = 'park', command_id = gen_random_uuid(), "
            "command_due_at = now() - interval '4 s' WHERE role = 'agent'",
            LIVE,
            f"no leg waits for a command that is overdue: agent, {AGENT_LEG}, moving, park",
        ),
        (
            "UPDATE agent SET activity = 'reserved', due_at = now(), activity_at = now() - interval '4 s'",
            LIVE,
            "an agent who is reserved or ringing has an open offer, or a call is being placed: alice, reserved",
        ),
        (
            "UPDATE agent SET activity = 'ringing', due_at = now(), activity_at = now() - interval '4 s'",
            LIVE,
            "an agent who is reserved or ringing has an open offer, or a call is being placed: alice, ringing",
        ),
        (
            "UPDATE call SET phase = 'dialing', origin = 'outbound',"
            " placed = jsonb_build_object('agent_id', (SELECT agent_id FROM agent))",
            LIVE,
            f"a call that is being placed is due by the agent who placed it: {CUSTOMER}, alice, talking",
        ),
        (
            "UPDATE leg SET role = 'target', agent_id = NULL WHERE role = 'agent'",
            LIVE,
            f"a number is called for who has no visit, or is talked to: {CUSTOMER}, talking, {AGENT_LEG}",
        ),
        (
            "UPDATE leg SET role = 'target', agent_id = NULL WHERE role = 'agent';"
            "UPDATE call SET phase = 'queued', forward = '{}'",
            LIVE,
            f"a number is called for who has no visit, or is talked to: {CUSTOMER}, queued, {AGENT_LEG}",
        ),
        (
            "UPDATE call SET phase = 'forwarding', forward = '{}', step_due_at = now() - interval '4 s'",
            LIVE,
            f"a number that is called has an end: {CUSTOMER}",
        ),
        (
            "INSERT INTO request (kind, asked_by, idempotency_key) VALUES ('login', 'me', 'x')",
            LIVE,
            "every request is answered: login, new",
        ),
    ],
)
def test_what_must_not_be_is_found(window: Window, db: Database, harm: str, live: list[str], rule: str) -> None:
    db.run(harm)
    found = breaches(window, live)
    assert any(one.startswith(rule) for one in found), found


@pytest.mark.parametrize(
    "moment",
    [
        "UPDATE leg SET sound = 'silent', seen_at = now() - interval '2 s'",
        "UPDATE leg SET sound = 'silent', want = 'gone'",
        "UPDATE leg SET command = 'kill', command_id = gen_random_uuid(), command_due_at = now() - interval '2 s'",
        "UPDATE agent SET activity = 'reserved', due_at = now(), activity_at = now() - interval '2 s'",
    ],
)
def test_what_has_only_just_begun_is_no_breach(window: Window, db: Database, moment: str) -> None:
    db.run(moment)
    assert breaches(window, LIVE) == []


def test_alarms_are_the_ones_that_were_named(window: Window, db: Database) -> None:
    db.run("INSERT INTO alarm (kind, details) VALUES ('deaf', 'no sound')")
    assert alarm_problems(window, [], []) == ["the alarm deaf was raised: no sound"]
    assert alarm_problems(window, [], ["deaf", "agent_lost"]) == []
    assert alarm_problems(window, ["deaf", "agent_lost"], []) == ["the alarm agent_lost was not raised"]
