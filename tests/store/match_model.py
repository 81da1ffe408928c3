"""Who gets whom, said once more in plain Python, to hold the database against. Knows nothing of tables or of core.

A center here is what a person would write down of it; `match` does what fcc_match must do, slowly.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Expression = tuple[Any, ...]
"""("level", skill, compared, level), ("group", name), ("and" | "or", one, other), ("not", one)."""

COMPARED: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}


@dataclass
class Agent:
    """state: `ready`, or why he is not. left_open: an offer that nobody closed."""

    agent_id: str
    state: str
    idle_s: int
    skills: dict[str, int] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    talk_ms: int = 0
    calls: int = 0
    left_open: bool = False

    @property
    def is_ready(self) -> bool:
        return self.state == "ready" and not self.left_open


@dataclass
class Tier:
    """after_s: how long a call waits for it. Who is named, and who meets what it asks, is in it."""

    after_s: int
    named: list[int]
    asks: Expression | None


@dataclass
class Queue:
    queue_id: str
    strategy: str
    tiers: list[Tier]
    offered_ago_s: dict[int, int] = field(default_factory=dict)


@dataclass
class Try:
    """An offer of this call that ended so long ago. pause_s: None for one of before there were any."""

    agent: int
    ended_ago_s: float
    pause_s: float | None


@dataclass
class Call:
    """asks: besides its queue; NULL in the database when the requirement is_forgotten."""

    call_id: str
    visit_id: str
    queue: int
    waited_s: int
    priority: int = 0
    is_returned: bool = False
    is_ours: bool = True
    asks: Expression | None = None
    is_forgotten: bool = False
    preferred: int | None = None
    tries: list[Try] = field(default_factory=list)


@dataclass
class Center:
    agents: list[Agent]
    queues: list[Queue]
    calls: list[Call]


@dataclass
class Made:
    """An offer. best: whom the rules allow: one, or all of a draw."""

    call: int
    agent: int
    best: set[int]
    tier: int
    eligible: int
    ready: int


def holds(asks: Expression | None, agent: Agent) -> bool:
    match asks:
        case None:
            return True
        case ("level", skill, compared, level):
            return COMPARED[compared](agent.skills.get(skill, 0), level)
        case ("group", name):
            return name in agent.groups
        case ("and", one, other):
            return holds(one, agent) and holds(other, agent)
        case ("or", one, other):
            return holds(one, agent) or holds(other, agent)
        case ("not", one):
            return not holds(one, agent)
    raise AssertionError(asks)


def tier_of(center: Center, agent: int, queue: Queue) -> int | None:
    """The number of the first tier that he is in; from 0."""
    for number, tier in enumerate(queue.tiers):
        if agent in tier.named or (tier.asks is not None and holds(tier.asks, center.agents[agent])):
            return number
    return None


def position_of(agent: int, queue: Queue, tier: int) -> int:
    """His place in the list of his tier; behind it those whom nobody named."""
    named = queue.tiers[tier].named
    return named.index(agent) if agent in named else len(named) + agent


def is_asked_of(center: Center, call: Call, agent: int) -> bool:
    return call.is_forgotten or holds(call.asks, center.agents[agent])


def is_open(center: Center, call: Call, agent: int) -> bool:
    """Is he in a tier that has opened for this call, and what it asks for?"""
    queue = center.queues[call.queue]
    tier = tier_of(center, agent, queue)
    return tier is not None and queue.tiers[tier].after_s <= call.waited_s and is_asked_of(center, call, agent)


def tries_of(call: Call, agent: int) -> list[Try]:
    return [one for one in call.tries if one.agent == agent]


def is_pausing(call: Call, agent: int) -> bool:
    """His pause grows with his tries, by 55 s at most."""
    refused = [one for one in tries_of(call, agent) if one.pause_s is not None]
    if not refused:
        return False
    pauses = [one.pause_s or 0 for one in refused]
    last_s = max((one.pause_s or 0) - one.ended_ago_s for one in refused)
    return last_s + min((len(tries_of(call, agent)) - 1) * max(pauses), 55) > 0


def is_first(center: Center, call: Call, agent: int) -> bool:
    """Is he the preferred agent, eligible, and was he never asked to take this call?"""
    if call.preferred != agent or not is_asked_of(center, call, agent):
        return False
    is_eligible = tier_of(center, agent, center.queues[call.queue]) is not None
    return is_eligible and not tries_of(call, agent)


def may_have(center: Center, call: Call, agent: int) -> bool:
    """May this call be offered to this agent now, if he is ready?"""
    return is_first(center, call, agent) or (is_open(center, call, agent) and not is_pausing(call, agent))


def order_of(center: Center) -> list[int]:
    calls = center.calls
    waiting = [number for number, call in enumerate(calls) if call.is_ours]
    return sorted(
        waiting,
        key=lambda number: (
            not calls[number].is_returned,
            -calls[number].priority,
            -calls[number].waited_s,
            calls[number].visit_id,
        ),
    )


def strategy_key(center: Center, queue: Queue, agent: int, tier: int) -> float:
    him = center.agents[agent]
    match queue.strategy:
        case "least_talk":
            return him.talk_ms
        case "fewest_calls":
            return him.calls
        case "top_down":
            return position_of(agent, queue, tier)
        case "round_robin":
            return -queue.offered_ago_s.get(agent, 10**9)
    return 0


def match(center: Center, drawn: Callable[[int], int]) -> list[Made]:
    """Every offer, in its order. drawn(call): whom a draw has taken for it."""
    ready = {number for number, agent in enumerate(center.agents) if agent.is_ready}
    made: list[Made] = []
    for number in order_of(center):
        call = center.calls[number]
        queue = center.queues[call.queue]
        can = {agent for agent in ready if may_have(center, call, agent)}
        if not can:
            continue
        best = _best(center, call, queue, can)
        agent = drawn(number) if len(best) > 1 else next(iter(best))
        tier = tier_of(center, agent, queue)
        assert tier is not None
        everybody = range(len(center.agents))
        made.append(
            Made(
                call=number,
                agent=agent,
                best=best,
                tier=tier,
                eligible=sum(is_open(center, call, other) for other in everybody),
                ready=sum(is_open(center, call, other) and not is_pausing(call, other) for other in ready),
            )
        )
        ready.discard(agent)
        queue.offered_ago_s[agent] = 0
    return made


def _best(center: Center, call: Call, queue: Queue, can: set[int]) -> set[int]:
    first = {agent for agent in can if is_first(center, call, agent)}
    if first:
        return first
    fewest = min(len(tries_of(call, agent)) for agent in can)
    can = {agent for agent in can if len(tries_of(call, agent)) == fewest}
    tiers = {agent: tier_of(center, agent, queue) or 0 for agent in can}
    lowest = min(tiers.values())
    can = {agent for agent in can if tiers[agent] == lowest}
    if queue.strategy == "random":
        return can
    agents = center.agents
    return {
        min(
            can,
            key=lambda agent: (
                strategy_key(center, queue, agent, lowest),
                -agents[agent].idle_s,
                agents[agent].agent_id,
            ),
        )
    }
