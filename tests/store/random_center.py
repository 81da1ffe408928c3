"""A center drawn at random: queues with tiers, agents in every state, calls that wait, were tried, or ask for more.

Written with plain SQL, as a center may be found at any moment. No test.
"""

import json
import random
from uuid import uuid4

from tests.floor import Floor

STATES = (
    *({},) * 6,
    {"presence": "not_ready", "reason": "break"},
    {"presence": "offline"},
    {"activity": "talking", "call_id": str(uuid4())},
    {"activity": "wrap_up", "call_id": str(uuid4())},
    {"activity": "reserved", "call_id": str(uuid4()), "due_at": "now"},
    {"is_active": False},
)
TIERS_MS = (0, 5_000, 60_000)


def populate(floor: Floor, draw: random.Random) -> dict[str, str]:
    """The queues: name and id. Strategies, tiers, requirements, waiting calls and old offers are drawn too."""
    db = floor.db
    queues = {"sales": floor.queue_id}
    for number in range(draw.randint(0, 3)):
        queues[f"q{number}"] = floor.add_queue(f"q{number}", priority=draw.randint(-2, 2))
    for queue_id in queues.values():
        how_many = draw.randint(1, len(TIERS_MS))
        db.run(
            "UPDATE queue SET strategy = %(strategy)s, tiers = %(tiers)s::jsonb WHERE queue_id = %(id)s",
            strategy=draw.choice(["longest_idle", "least_talk", "fewest_calls", "top_down", "round_robin", "random"]),
            tiers=json.dumps([{"after_ms": ms, "requires": None, "agents": []} for ms in TIERS_MS[:how_many]]),
            id=queue_id,
        )
    agents = []
    for number in range(draw.randint(1, 9)):
        agent_id = floor.add_agent(f"a{number}", idle_s=draw.randint(0, 500), **draw.choice(STATES))
        db.run("DELETE FROM eligibility WHERE agent_id = %(id)s", id=agent_id)
        for queue_id in draw.sample(sorted(queues.values()), draw.randint(0, len(queues))):
            tier = draw.randrange(len(TIERS_MS))
            floor.insert(
                "eligibility",
                agent_id=agent_id,
                queue_id=queue_id,
                tier=tier,
                after_ms=TIERS_MS[tier],
                position=number,
            )
        agents.append(agent_id)
    asked = db.value("INSERT INTO requirement (expression) VALUES ('french') RETURNING requirement_id")
    for agent_id in draw.sample(agents, len(agents) // 2):
        floor.insert("qualification", requirement_id=asked, agent_id=agent_id)
    _calls(floor, draw, sorted(queues.values()), agents, asked)
    return queues


def _calls(floor: Floor, draw: random.Random, queue_ids: list[str], agents: list[str], asked: str) -> None:
    """Calls that wait, some with an offer that came to nothing, and some that is open: a leftover of its agent."""
    busy_by_offer: set[str] = set()
    for _ in range(draw.randint(0, 6)):
        call_id, visit_id, queue_id = str(uuid4()), str(uuid4()), draw.choice(queue_ids)
        floor.insert("call", call_id=call_id, switch_id=floor.switch_id, phase="queued", started_at="now")
        floor.insert(
            "queue_visit",
            visit_id=visit_id,
            call_id=call_id,
            queue_id=queue_id,
            is_returned=draw.random() < 0.2,
            priority=draw.randint(-5, 5),
            requirement_id=asked if draw.random() < 0.3 else None,
            preferred_agent_id=draw.choice([None, *agents]),
            entered_at="now",
            waiting_since="now",
        )
        agent_id, is_open = draw.choice(agents), draw.random() < 0.3
        if draw.random() < 0.5 or (is_open and agent_id in busy_by_offer):
            continue
        if is_open:
            busy_by_offer.add(agent_id)
        floor.db.run(
            "INSERT INTO offer (call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at, ended_at,"
            " outcome, retry_at) SELECT %(call)s, %(visit)s, %(agent)s, gen_random_uuid(), '', 1000, now(), now(),"
            " CASE WHEN %(open)s THEN NULL ELSE now() END, CASE WHEN %(open)s THEN NULL ELSE 'no_answer' END,"
            " CASE WHEN %(open)s THEN NULL ELSE now() + interval '5 s' END",
            call=call_id,
            visit=visit_id,
            agent=agent_id,
            open=is_open,
        )
