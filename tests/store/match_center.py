"""Centers drawn at random for tests/store/match_model.py, and the rows that say the same in the database. No tests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from psycopg2.extras import Json

from freeswitch_cc.core import requirement
from freeswitch_cc.core.words import Strategy
from tests.database import Database
from tests.store import match_model as model
from tests.store.match_model import Agent, Call, Center, Expression, Queue, Tier, Try

SWITCHES = (str(UUID(int=1)), str(UUID(int=2)))
"""Ours, and another engine's."""
SKILLS, GROUPS = ("french", "billing"), ("gold", "night")
BUSY_CALL = str(UUID(int=3))
WRITTEN = (
    *("match_log", "agent_state_log", "offer", "queue_visit", "call", "qualification", "requirement"),
    *("eligibility", "agent_day", "agent", "queue", "switch"),
)

# -- drawing -------------------------------------------------------------------------------------

STATES = ("ready",) * 6 + ("not_ready", "offline", "talking", "inactive")
STRATEGIES = tuple(str(strategy) for strategy in Strategy)
# Waits lie between the instants at which tiers open, and pauses end well before or after: what a match takes must
# not decide.
OPENS_S, WAITS_S, ENDED_AGO_S, PAUSES_S = (10, 20, 30), (5, 15, 25, 35), (2.5, 22.5, 102.5), (5, 5, 1, None)


def draw_center(seed: int) -> Center:
    """Always the same one for a seed."""
    dice = Random(seed)
    agents = [_agent(dice) for _ in range(dice.randint(1, 8))]
    queues = [_queue(dice, len(agents)) for _ in range(dice.randint(1, 3))]
    return Center(agents, queues, [_call(dice, len(agents), len(queues)) for _ in range(dice.randint(1, 9))])


def _one_in(dice: Random, sides: int) -> bool:
    return dice.randrange(sides) == 0


def _some(dice: Random, numbers: int, least: int = 0) -> list[int]:
    return dice.sample(range(numbers), dice.randint(min(least, numbers), numbers))


def _id(dice: Random) -> str:
    return str(UUID(int=dice.getrandbits(128)))


def _expression(dice: Random, depth: int = 0) -> Expression:
    word = dice.choice(("and", "or", "not", "atom", "atom", "atom")) if depth < 2 else "atom"
    match word:
        case "atom" if dice.random() < 0.7:
            return ("level", dice.choice(SKILLS), dice.choice(sorted(model.COMPARED)), dice.randint(0, 10))
        case "atom":
            return ("group", dice.choice(GROUPS))
        case "not":
            return ("not", _expression(dice, depth + 1))
    return (word, _expression(dice, depth + 1), _expression(dice, depth + 1))


def _agent(dice: Random) -> Agent:
    return Agent(
        agent_id=_id(dice),
        state=dice.choice(STATES),
        idle_s=dice.randint(1, 4) * 10,
        skills={skill: dice.randint(1, 10) for skill in SKILLS if _one_in(dice, 2)},
        groups={group for group in GROUPS if _one_in(dice, 2)},
        talk_ms=dice.randint(0, 3) * 1000,
        calls=dice.randint(0, 2),
        left_open=_one_in(dice, 15),
    )


def _queue(dice: Random, agents: int) -> Queue:
    opens_s = (0, *sorted(dice.sample(OPENS_S, dice.randint(0, 2))))
    tiers = [
        Tier(
            after_s=after_s,
            named=_some(dice, agents) if not _one_in(dice, 3) else [],
            asks=_expression(dice) if not _one_in(dice, 3) else None,
        )
        for after_s in opens_s
    ]
    offered = {agent: dice.randint(1, 5) for agent in _some(dice, agents)}
    return Queue(queue_id=_id(dice), strategy=dice.choice(STRATEGIES), tiers=tiers, offered_ago_s=offered)


def _call(dice: Random, agents: int, queues: int) -> Call:
    tried = _some(dice, agents, least=1)[:2]
    tries = dice.randint(1, 4) if _one_in(dice, 4) else 0
    return Call(
        call_id=_id(dice),
        visit_id=_id(dice),
        queue=dice.randrange(queues),
        waited_s=dice.choice(WAITS_S),
        priority=dice.choice((0, 0, 0, 5)),
        is_returned=_one_in(dice, 8),
        is_ours=not _one_in(dice, 8),
        asks=_expression(dice) if _one_in(dice, 3) else None,
        is_forgotten=_one_in(dice, 8),
        preferred=dice.randrange(agents) if _one_in(dice, 3) else None,
        tries=[Try(dice.choice(tried), dice.choice(ENDED_AGO_S), dice.choice(PAUSES_S)) for _ in range(tries)],
    )


def spell(asks: Expression) -> str:
    """The expression as a person would write it."""
    match asks:
        case ("level", skill, compared, level):
            return f"{skill} {compared} {level}"
        case ("group", name):
            return f"group:{name}"
        case ("not", one):
            return f"not ({spell(one)})"
        case (word, one, other):
            return f"({spell(one)}) {word} ({spell(other)})"
    raise AssertionError(asks)


# -- writing -------------------------------------------------------------------------------------


class Writer:
    """Writes a center, all at one instant. Who meets an expression says core.requirement, as when a file is applied."""

    def __init__(self, db: Database, center: Center) -> None:
        self.db, self.center, self.now = db, center, datetime.now(UTC)

    def write(self) -> None:
        """In the place of the center that was there. Not by TRUNCATE: every plan would have to be made again."""
        self.db.run("; ".join(f"DELETE FROM {table}" for table in WRITTEN))
        center = self.center
        switch = {"host": "h", "port": 1, "password_env": "P"}
        self.insert("switch", [{"switch_id": id_, "name": id_, **switch} for id_ in SWITCHES])
        self.insert("queue", [self.queue(queue) for queue in center.queues])
        self.insert("agent", [self.agent(agent) for agent in center.agents])
        self.insert("agent_day", [self.day(agent) for agent in center.agents if agent.talk_ms or agent.calls])
        self.insert("eligibility", [row for queue in center.queues for row in self.eligibility(queue)])
        asks = sorted({spell(call.asks) for call in center.calls if call.asks is not None and not call.is_forgotten})
        self.insert("requirement", [{"requirement_id": named(text), "expression": text} for text in asks])
        self.insert("qualification", [row for text in asks for row in self.qualification(text)])
        self.insert("call", [self.call(call) for call in center.calls])
        self.insert("queue_visit", [self.visit(call) for call in center.calls])
        self.insert("offer", [row for call in center.calls for row in self.tries(call)])
        for number, agent in enumerate(center.agents):
            if agent.left_open:
                self.leave_open(number)

    def insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Rows that all name the same columns."""
        if rows:
            names = ", ".join(rows[0])
            self.db.run(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %(rows)s)",
                rows=Json(rows),
            )

    def ago(self, seconds: float) -> str:
        return (self.now - timedelta(seconds=seconds)).isoformat()

    def queue(self, queue: Queue) -> dict[str, Any]:
        tiers = [{"after_ms": tier.after_s * 1000} for tier in queue.tiers]
        return pick(queue, "queue_id", "strategy") | {"name": queue.queue_id, "music": "", "tiers": tiers}

    def agent(self, agent: Agent) -> dict[str, Any]:
        presence = agent.state if agent.state in ("not_ready", "offline") else "available"
        is_talking = agent.state == "talking"
        return {
            "agent_id": agent.agent_id,
            "login": agent.agent_id,
            "name": "",
            "contact": "user/x",
            "is_active": agent.state != "inactive",
            "presence": presence,
            "reason": "break" if presence == "not_ready" else None,
            "activity": "talking" if is_talking else "idle",
            "call_id": BUSY_CALL if is_talking else None,
            "idle_since": self.ago(agent.idle_s),
        }

    def day(self, agent: Agent) -> dict[str, Any]:
        return pick(agent, "agent_id", "talk_ms", "calls") | {"day": self.now.date().isoformat()}

    def eligibility(self, queue: Queue) -> Iterator[dict[str, Any]]:
        for who, agent in enumerate(self.center.agents):
            for number, tier in enumerate(queue.tiers):
                if who in tier.named or (tier.asks is not None and meets(spell(tier.asks), agent)):
                    offered = queue.offered_ago_s.get(who)
                    yield {
                        "agent_id": agent.agent_id,
                        "queue_id": queue.queue_id,
                        "tier": number,
                        "after_ms": tier.after_s * 1000,
                        "position": model.position_of(who, queue, number),
                        "offered_at": None if offered is None else self.ago(offered),
                    }
                    break

    def qualification(self, text: str) -> Iterator[dict[str, Any]]:
        for agent in self.center.agents:
            if meets(text, agent):
                yield {"requirement_id": named(text), "agent_id": agent.agent_id}

    def call(self, call: Call) -> dict[str, Any]:
        switch_id = SWITCHES[0 if call.is_ours else 1]
        return {
            "call_id": call.call_id,
            "switch_id": switch_id,
            "phase": "queued",
            "started_at": self.ago(call.waited_s),
        }

    def visit(self, call: Call) -> dict[str, Any]:
        preferred = None if call.preferred is None else self.center.agents[call.preferred].agent_id
        # A requirement that is forgotten has a row no more: an id that leads nowhere.
        asks = None if call.asks is None else named(spell(call.asks) + " forgotten" * call.is_forgotten)
        since = dict.fromkeys(("entered_at", "waiting_since"), self.ago(call.waited_s))
        where = {"queue_id": self.center.queues[call.queue].queue_id, "requirement_id": asks}
        return (
            pick(call, "call_id", "visit_id", "priority", "is_returned")
            | where
            | {"preferred_agent_id": preferred}
            | since
        )

    def tries(self, call: Call) -> Iterator[dict[str, Any]]:
        for number, one in enumerate(call.tries):
            is_taken = one.pause_s is None
            yield {
                **pick(call, "call_id", "visit_id"),
                "offer_id": named(f"offer {call.call_id} {number}"),
                "leg_id": named(f"leg {call.call_id} {number}"),
                "agent_id": self.center.agents[one.agent].agent_id,
                "contact": "",
                "ring_ms": 1000,
                **dict.fromkeys(("made_at", "expires_at", "ended_at"), self.ago(one.ended_ago_s)),
                "outcome": "answered" if is_taken else "busy",
                "retry_at": None if one.pause_s is None else self.ago(one.ended_ago_s - one.pause_s),
                "pause_ms": None if one.pause_s is None else one.pause_s * 1000,
            }

    def leave_open(self, agent: int) -> None:
        """An offer that nobody closed, of a call that is over."""
        tried = Try(agent=agent, ended_ago_s=2.5, pause_s=None)
        over = Call(call_id=named(f"over {agent}"), visit_id=named(f"left {agent}"), queue=0, waited_s=9, tries=[tried])
        self.insert("call", [self.call(over) | {"phase": "ended", "ended_at": self.ago(1), "outcome": "abandoned"}])
        self.insert("queue_visit", [self.visit(over) | {"left_at": self.ago(1), "outcome": "abandoned"}])
        (row,) = self.tries(over)
        self.insert("offer", [row | {"ended_at": None, "outcome": None}])


def pick(of: object, *names: str) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


def named(text: str) -> str:
    return str(uuid5(UUID(int=0), text))


def meets(text: str, agent: Agent) -> bool:
    return requirement.meets(requirement.parse(text), agent.skills, agent.groups)
