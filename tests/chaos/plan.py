"""Who does what when, drawn from a seed beforehand: callers, agents, their phones, and what each does in a call. Pure.

The same seed and the same numbers draw the same plan. What comes of it is not the same each time: threads, sockets and
a database have times of their own. Faults on purpose are drawn in weather.py.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.chaos.acts import Turn
from tests.chaos.plan_callers import Caller, draw_callers
from tests.chaos.plan_dials import Dial, draw_dial
from tests.chaos.plan_numbers import draw_answers
from tests.chaos.plan_phones import PhoneAct, draw_phone, draw_power_cuts, through_power_cuts
from tests.chaos.plan_queues import BUSY, CLOSED, DESERTED, OPEN, QUEUES, Queue, draw_queues
from tests.chaos.plan_turns import draw_turn
from tests.chaos.weather import Storm, draw_storms

AGENTS = 40
"""Of the queues that keep their calls and of those that do not; besides them there are those below."""
DESERTERS = QUEUES - DESERTED
"""Each is the only agent of one queue, and comes and goes."""
DIALLERS = 10
"""Agents who take no calls and place them."""
_ANSWERS = 64
LEAD_MS = 1_500
"""Agents log in before the first call comes."""

TALKERS = ("answer", "answer-after-{ring}")
LEAVERS = ("answer-hangup-{short}", "answer-hangup-{talk}", "answer-after-{ring}-hangup-{talk}")
TROUBLES = (
    *("answer-after-{ring}-hangup-{short}", "silent", "ring", "early", "busy", "decline", "decline-after-{ring}"),
    *("unavailable", "fail-404", "fail-500", "fail-603", "redirect", "nobody", "dead"),
)
"""Phones that take no call, or none for long. Together the three are every behaviour of testcalls.stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of an agent. what: login, available, not_ready, logout."""

    at_ms: int
    what: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """turns: for his first call, his second, ... and from the beginning again. french: his level; 0: none.

    phone: what becomes of his phone, if it is one that registers. stays_away: in the end it is not registered.
    """

    login: str
    behaviour: str
    french: int
    queues: tuple[int, ...]
    wrap_up: str
    wrap_up_ms: int
    max_misses: int
    asked: tuple[Asked, ...]
    turns: tuple[Turn, ...]
    dials: tuple[Dial, ...] = ()
    phone: tuple[PhoneAct, ...] = ()
    stays_away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of it. horizon_ms: when the last caller has dialled and the weather clears up. strange_codes: dialled by a
    phone that is no agent's. answers: what numbers do to which queues overflow, one for each time that one is called.
    """

    seed: int
    horizon_ms: int
    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    callers: tuple[Caller, ...]
    storms: tuple[Storm, ...] = field(default=())
    strange_codes: tuple[PhoneAct, ...] = field(default=())
    answers: tuple[Turn, ...] = field(default=())


def draw_plan(seed: int, calls: int, *, calls_per_s: float = 4.0, agents: int = AGENTS, is_calm: bool = False) -> Plan:
    """The plan of this seed. is_calm: no faults on purpose, people only."""
    # One generator each: more callers leave agents and weather as they are.
    horizon_ms = LEAD_MS + int(calls / calls_per_s * 1000)
    queues = draw_queues(random.Random(f"{seed} queues"), _logins("agent", agents))
    return Plan(
        seed=seed,
        horizon_ms=horizon_ms,
        queues=queues,
        agents=_agents(seed, agents, horizon_ms),
        callers=draw_callers(random.Random(f"{seed} callers"), calls, LEAD_MS, horizon_ms, queues),
        storms=() if is_calm else draw_storms(random.Random(f"{seed} storms"), LEAD_MS, horizon_ms),
        strange_codes=(PhoneAct(at_ms=random.Random(f"{seed} stranger").randrange(LEAD_MS, horizon_ms), what="*41"),),
        answers=draw_answers(random.Random(f"{seed} answers"), _ANSWERS),
    )


def _logins(kind: str, count: int) -> tuple[str, ...]:
    return tuple(f"{kind}{number:03}" for number in range(count))


# -- agents --------------------------------------------------------------------------------------


def _agents(seed: int, count: int, horizon_ms: int) -> tuple[Agent, ...]:
    """Who takes calls, who is alone in his queue, and who places calls. Each kind is drawn by itself."""
    drawn = random.Random(f"{seed} agents")
    troubles = list(TROUBLES)
    drawn.shuffle(troubles)
    others = random.Random(f"{seed} others")
    found = [_agent(drawn, number, troubles, horizon_ms) for number in range(count)]
    found += [_deserter(others, number, horizon_ms) for number in range(DESERTERS)]
    found += [_dialler(others, number, troubles, horizon_ms) for number in range(DIALLERS)]
    phones = random.Random(f"{seed} phones")
    cuts = draw_power_cuts(phones, LEAD_MS, horizon_ms)
    dials = random.Random(f"{seed} dials")
    logins = tuple(agent.login for agent in found)
    equipped = [_equipped(agent, phones, cuts, dials, logins, horizon_ms) for agent in found]
    away = {agent.login for agent in equipped if agent.phone and phones.random() < 0.15}
    away.add(next((agent.login for agent in equipped if agent.phone), ""))
    return tuple(replace(agent, stays_away=agent.login in away) for agent in equipped)


def _agent(drawn: random.Random, number: int, troubles: Sequence[str], horizon_ms: int) -> Agent:
    """Of five agents two talk, one has a phone that leaves by itself, two have one that is trouble most of the time."""
    kind = number % 5
    if kind < 2:
        behaviour, is_trouble = _behaviour(drawn, drawn.choice(TALKERS)), False
    elif kind == 2:
        behaviour, is_trouble = _behaviour(drawn, drawn.choice(LEAVERS)), False
    else:
        behaviour, is_trouble = _behaviour(drawn, troubles[(number // 5 * 2 + kind) % len(troubles)]), True
    queues = {*drawn.sample(range(OPEN), drawn.randint(1, 2)), *drawn.sample(range(BUSY, CLOSED), drawn.randint(1, 2))}
    return Agent(
        login=f"agent{number:03}",
        behaviour=behaviour,
        french=max(0, drawn.randint(-4, 10)),
        queues=tuple(sorted(queues | {drawn.randrange(CLOSED, DESERTED)})),
        **_wrap_up(drawn),
        max_misses=drawn.randint(1, 4),
        asked=tuple(_requests(drawn, horizon_ms, is_trouble)),
        turns=tuple(draw_turn(drawn) for _ in range(16)),
    )


def _deserter(drawn: random.Random, number: int, horizon_ms: int) -> Agent:
    """He is there for a while, and then nobody is."""
    at_ms = drawn.randint(0, LEAD_MS)
    asked: list[Asked] = []
    while at_ms < horizon_ms:
        asked += [Asked(at_ms=at_ms, what="login"), Asked(at_ms=at_ms + 50, what="available")]
        at_ms += drawn.randint(600, 3_000)
        asked.append(Asked(at_ms=at_ms, what="logout"))
        at_ms += drawn.randint(600, 3_000)
    return Agent(
        login=f"deserter{number:03}",
        behaviour=_behaviour(drawn, drawn.choice(TALKERS)),
        french=0,
        queues=(DESERTED + number,),
        wrap_up="none",
        wrap_up_ms=0,
        max_misses=4,
        asked=tuple(asked),
        turns=tuple(draw_turn(drawn) for _ in range(16)),
    )


def _dialler(drawn: random.Random, number: int, troubles: Sequence[str], horizon_ms: int) -> Agent:
    """Ready or not, he takes no calls of queues. Of five one has a phone that leaves by itself, one is trouble."""
    pattern = (*TALKERS, drawn.choice(TALKERS), drawn.choice(LEAVERS), drawn.choice(troubles))[number % 5]
    at_ms = drawn.randint(0, LEAD_MS)
    return Agent(
        login=f"dialler{number:03}",
        behaviour=_behaviour(drawn, pattern),
        french=0,
        queues=(),
        **_wrap_up(drawn),
        max_misses=4,
        asked=(
            Asked(at_ms=at_ms, what="login"),
            Asked(at_ms=at_ms + 50, what=drawn.choice(("available", "not_ready"))),
        ),
        turns=tuple(draw_turn(drawn) for _ in range(16)),
    )


def _equipped(
    agent: Agent,
    phones: random.Random,
    cuts: tuple[tuple[int, int], ...],
    dials: random.Random,
    logins: tuple[str, ...],
    horizon_ms: int,
) -> Agent:
    """The calls that he places; and a phone that registers, if it is one that takes calls, for every second one."""
    is_dialler = agent.login.startswith("dialler")
    every_ms = 4_000 if is_dialler else 20_000
    # Colleagues who take no calls are free more often.
    colleagues = (*logins, *3 * [login for login in logins if login.startswith("dialler")])
    at_ms, placed = LEAD_MS + dials.randint(0, every_ms), []
    while at_ms < horizon_ms:
        placed.append(draw_dial(dials, at_ms, colleagues))
        at_ms += dials.randint(every_ms // 2, every_ms * 3 // 2)
    acts: tuple[PhoneAct, ...] = ()
    if is_reliable(agent.behaviour) and phones.random() < 0.5:
        acts = through_power_cuts(phones, draw_phone(phones, LEAD_MS, horizon_ms), cuts)
    return replace(agent, dials=tuple(placed), phone=acts)


def is_reliable(behaviour: str) -> bool:
    """A phone that takes every call that comes to it."""
    return behaviour == "answer" or (behaviour.startswith("answer-after-") and "hangup" not in behaviour)


def _behaviour(drawn: random.Random, pattern: str) -> str:
    return pattern.format(
        ring=drawn.randint(20, 400), short=drawn.randint(1, 90), talk=int(drawn.triangular(200, 4000, 600))
    )


def _wrap_up(drawn: random.Random) -> dict[str, Any]:
    kinds = (("none", 0), ("none", 0), ("timed", drawn.randint(50, 500)), ("manual", 0))
    wrap_up, wrap_up_ms = drawn.choice(kinds)
    return {"wrap_up": wrap_up, "wrap_up_ms": wrap_up_ms}


def _requests(drawn: random.Random, horizon_ms: int, is_trouble: bool) -> list[Asked]:
    """He logs in, becomes available, and changes his mind for ever after. Who is trouble is seldom available."""
    at_ms = drawn.randint(0, LEAD_MS // 2)
    found = [Asked(at_ms=at_ms, what="login"), Asked(at_ms=at_ms + 50, what="not_ready" if is_trouble else "available")]
    while True:
        at_ms += drawn.randint(700, 4000)
        if at_ms >= horizon_ms:
            return found
        what = drawn.choices(("available", "not_ready", "logout"), (0.75, 0.15, 0.1))[0]
        if what == "logout":
            found.append(Asked(at_ms=at_ms, what="logout"))
            found.append(Asked(at_ms=at_ms + drawn.randint(50, 500), what="login"))
            found.append(Asked(at_ms=at_ms + drawn.randint(500, 800), what="available"))
        else:
            found.append(Asked(at_ms=at_ms, what=what, reason=drawn.choice(("", "meal", "x" * 200))))
        if is_trouble and what != "not_ready":
            found.append(Asked(at_ms=at_ms + drawn.randint(300, 1500), what="not_ready"))
            at_ms += drawn.randint(2000, 8000)
