"""Who does what when, drawn from a seed beforehand: callers, agents, their phones, and what each does in a call. Pure.

The same seed and the same numbers draw the same plan. What comes of it is not the same each time: threads, sockets and
a database have times of their own. Faults on purpose are drawn in weather.py.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.weather import Storm, draw_storms

QUEUES = 4
AGENTS = 40
NUMBERS = tuple(f"{700 + queue}" for queue in range(QUEUES))
NOWHERE = "799"
"""Leads to no queue: whoever dials it is told so and hung up."""
LEAD_MS = 1_500
"""Agents log in before the first call comes."""

TALKERS = ("answer", "answer-after-{ring}")
LEAVERS = ("answer-hangup-{short}", "answer-hangup-{talk}", "answer-after-{ring}-hangup-{talk}")
TROUBLES = (
    *("answer-after-{ring}-hangup-{short}", "silent", "ring", "early", "busy", "decline", "decline-after-{ring}"),
    *("unavailable", "fail-404", "fail-500", "fail-603", "redirect", "nobody"),
)
"""Phones that take no call, or none for long. Together the three are every behaviour of testcalls.stage."""

STRATEGIES = ("longest_idle", "least_talk", "fewest_calls", "top_down", "round_robin", "random")

NAMES = (
    b"Ada Lovelace",
    "Éloïse Kéroüalle".encode("latin-1"),
    "東京 1号".encode(),
    b"\xff\xfe\x00 no text",
    b"'; uuid_kill all; '",
    b"x\r\n\r\nbgapi hupall\r\n\r\n",
    b"unload mod_event_socket",
    b"${api(hupall)} {a=b}|,:_:",
    b"A" * 300,
    b"",
)


@dataclass(frozen=True, slots=True)
class Act:
    """Something done so many ms after the moment before it. what: hang_up, hold, unhold, press, refer, die, ask.

    text: the keys, where to, the cause; with ask: for what he asks the engine about the call, as core.control knows it.
    """

    after_ms: int
    what: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The caller hangs up so many ms after the first moment of a kind: waiting, ringing, answering, bridging, talking,
    held."""

    moment: str
    after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """patience_ms: after dialling, when he goes whatever happens; None: he stays to the end.

    in_talk: what he does with his phone when he talks for the first time.
    """

    number_from: str
    at_ms: int
    number: str
    name: bytes
    sends: str
    leaving: Leaving | None
    patience_ms: int | None
    in_talk: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What an agent does with one call. since: ringing, answering, bridging, joining or talking."""

    since: str
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of an agent. what: login, available, not_ready, logout."""

    at_ms: int
    what: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """turns: for his first call, his second, ... and from the beginning again. french: his level; 0: none."""

    login: str
    behaviour: str
    french: int
    queues: tuple[int, ...]
    wrap_up: str
    wrap_up_ms: int
    max_misses: int
    asked: tuple[Asked, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """asks_french: it asks for this level first, and for nobody in particular once a call has waited for open_ms."""

    name: str
    strategy: str
    is_last_agent_first: bool
    asks_french: int
    open_ms: int
    ring_ms: int
    priority: int
    wrap_up: str | None
    wrap_up_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of it. horizon_ms: when the last caller has dialled and the weather clears up."""

    seed: int
    horizon_ms: int
    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    callers: tuple[Caller, ...]
    storms: tuple[Storm, ...] = field(default=())


def draw_plan(seed: int, calls: int, *, calls_per_s: float = 8.0, agents: int = AGENTS, is_calm: bool = False) -> Plan:
    """The plan of this seed. is_calm: no faults on purpose, people only."""
    # One generator each: more callers leave agents and weather as they are.
    horizon_ms = LEAD_MS + int(calls / calls_per_s * 1000)
    return Plan(
        seed=seed,
        horizon_ms=horizon_ms,
        queues=_queues(random.Random(f"{seed} queues")),
        agents=_agents(random.Random(f"{seed} agents"), agents, horizon_ms),
        callers=_callers(random.Random(f"{seed} callers"), calls, horizon_ms),
        storms=() if is_calm else draw_storms(random.Random(f"{seed} storms"), LEAD_MS, horizon_ms),
    )


def _queues(drawn: random.Random) -> tuple[Queue, ...]:
    policies = [(None, None), ("none", None), ("timed", drawn.randint(50, 400)), ("manual", None)]
    drawn.shuffle(policies)
    return tuple(
        Queue(
            name=f"queue{number}",
            strategy=drawn.choice(STRATEGIES),
            is_last_agent_first=drawn.random() < 0.5,
            asks_french=drawn.randint(4, 9) if number % 2 else 0,
            open_ms=drawn.randint(200, 900),
            ring_ms=drawn.choice((1000, 1000, 1500)),
            priority=drawn.randint(0, 2),
            wrap_up=policies[number][0],
            wrap_up_ms=policies[number][1],
        )
        for number in range(QUEUES)
    )


# -- agents --------------------------------------------------------------------------------------


def _agents(drawn: random.Random, count: int, horizon_ms: int) -> tuple[Agent, ...]:
    troubles = list(TROUBLES)
    drawn.shuffle(troubles)
    return tuple(_agent(drawn, number, troubles, horizon_ms) for number in range(count))


def _agent(drawn: random.Random, number: int, troubles: Sequence[str], horizon_ms: int) -> Agent:
    """Of five agents two talk, one has a phone that leaves by itself, two have one that is trouble most of the time."""
    kind = number % 5
    if kind < 2:
        pattern, is_trouble = drawn.choice(TALKERS), False
    elif kind == 2:
        pattern, is_trouble = drawn.choice(LEAVERS), False
    else:
        pattern, is_trouble = troubles[(number // 5 * 2 + kind) % len(troubles)], True
    behaviour = pattern.format(
        ring=drawn.randint(20, 400), short=drawn.randint(1, 90), talk=int(drawn.triangular(200, 4000, 600))
    )
    wrap_up, wrap_up_ms = drawn.choice((("none", 0), ("none", 0), ("timed", drawn.randint(50, 500)), ("manual", 0)))
    return Agent(
        login=f"agent{number:03}",
        behaviour=behaviour,
        french=max(0, drawn.randint(-4, 10)),
        queues=tuple(sorted(drawn.sample(range(QUEUES), drawn.randint(1, 3)))),
        wrap_up=wrap_up,
        wrap_up_ms=wrap_up_ms,
        max_misses=drawn.randint(1, 4),
        asked=tuple(_requests(drawn, horizon_ms, is_trouble)),
        turns=tuple(_turn(drawn) for _ in range(16)),
    )


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


def _turn(drawn: random.Random) -> Turn:
    kind = drawn.choices(
        (
            *("talks", "waits", "holds", "leaves on hold", "keys", "refers", "dies", "dies in the bridge"),
            *("leaves early", "asks"),
        ),
        (34, 10, 8, 5, 5, 6, 6, 8, 6, 12),
    )[0]
    talk_ms = int(drawn.triangular(30, 3500, 500))
    hang_up = Act(talk_ms, "hang_up")
    match kind:
        case "talks":
            return Turn(since="talking", acts=(hang_up,))
        case "waits":
            return Turn(since="talking", acts=(Act(6_000, "hang_up"),))
        case "holds":
            held_ms = drawn.randint(600, 1500)
            return Turn(since="talking", acts=(Act(talk_ms, "hold"), Act(held_ms, "unhold"), Act(800, "hang_up")))
        case "leaves on hold":
            return Turn(since="talking", acts=(Act(talk_ms, "hold"), Act(drawn.randint(600, 2000), "hang_up")))
        case "keys":
            return Turn(since="talking", acts=(Act(100, "press", drawn.choice(("1", "*3#", "0"))), hang_up))
        case "refers":
            to = drawn.choice((*NUMBERS, NOWHERE, "+33123456789", "park", "fcc_orphan"))
            return Turn(since="talking", acts=(Act(talk_ms, "refer", to),))
        case "dies":
            cause = drawn.choice(("MEDIA_TIMEOUT", "NORMAL_TEMPORARY_FAILURE", "RECOVERY_ON_TIMER_EXPIRE"))
            return Turn(since="talking", acts=(Act(talk_ms, "die", cause),))
        case "dies in the bridge":
            cause = drawn.choice(("NORMAL_CLEARING", "NORMAL_TEMPORARY_FAILURE"))
            since, within_ms = drawn.choice((("bridging", 60), ("joining", 30)))
            return Turn(since=since, acts=(Act(drawn.randint(0, within_ms), "die", cause),))
        case "asks":
            return _asking_turn(drawn, talk_ms)
        case _:
            return Turn(since="answering", acts=(Act(drawn.randint(0, 80), "hang_up"),))


def _asking_turn(drawn: random.Random, talk_ms: int) -> Turn:
    """What a handset's keys do, he asks the engine for; now and then twice, too late, or what means nothing there."""
    hang_up = Act(drawn.randint(50, 900), "ask", "hang_up")
    soon_ms, held_ms = drawn.randint(0, 120), drawn.randint(0, 900)
    return drawn.choice(
        (
            Turn(since="ringing", acts=(Act(soon_ms, "ask", "reject"),)),
            Turn(since="ringing", acts=(Act(soon_ms, "ask", "answer"), Act(600 + talk_ms, "ask", "hang_up"))),
            Turn(since="bridging", acts=(Act(soon_ms, "ask", "hold"), Act(held_ms, "ask", "retrieve"), hang_up)),
            Turn(since="talking", acts=(Act(talk_ms, "ask", "hold"), Act(held_ms, "ask", "retrieve"), hang_up)),
            Turn(since="talking", acts=(Act(talk_ms, "ask", "hold"), Act(held_ms, "hang_up"))),
            Turn(since="talking", acts=(Act(talk_ms, "ask", "hold"), hang_up)),
            Turn(since="talking", acts=(Act(talk_ms, "ask", "hold"), Act(held_ms, "die", "MEDIA_TIMEOUT"))),
            Turn(since="talking", acts=(Act(talk_ms, "hold"), Act(soon_ms, "ask", "hold"), Act(held_ms, "hang_up"))),
            Turn(since="talking", acts=(Act(soon_ms, "ask", "mute"), Act(talk_ms, "ask", "unmute"), hang_up)),
            Turn(since="talking", acts=(Act(talk_ms, "ask", "hang_up"), Act(soon_ms, "ask", "hang_up"))),
        )
    )


# -- callers -------------------------------------------------------------------------------------


def _callers(drawn: random.Random, count: int, horizon_ms: int) -> tuple[Caller, ...]:
    moments = sorted(drawn.uniform(LEAD_MS, horizon_ms) for _ in range(count))
    return tuple(_caller(drawn, number, int(at_ms)) for number, at_ms in enumerate(moments))


def _caller(drawn: random.Random, number: int, at_ms: int) -> Caller:
    return Caller(
        number_from=f"06{number:08}",
        at_ms=at_ms,
        number=NOWHERE if drawn.random() < 0.01 else drawn.choice(NUMBERS),
        name=drawn.choice(NAMES),
        sends="silent" if drawn.random() < 0.02 else "talk",
        leaving=_leaving(drawn),
        patience_ms=None if drawn.random() < 0.02 else drawn.randint(6_000, 15_000),
        in_talk=_in_talk(drawn),
    )


def _leaving(drawn: random.Random) -> Leaving | None:
    moment = drawn.choices(
        ("", "waiting", "ringing", "answering", "bridging", "talking", "held"), (52, 8, 8, 8, 8, 14, 2)
    )[0]
    longest = {"waiting": 3_000, "ringing": 400, "answering": 40, "bridging": 60, "talking": 2_500, "held": 600}
    return Leaving(moment, drawn.randint(0, longest[moment])) if moment else None


def _in_talk(drawn: random.Random) -> tuple[Act, ...]:
    chance = drawn.random()
    if chance < 0.06:
        return (Act(drawn.randint(50, 800), "hold"), Act(drawn.randint(600, 1500), "unhold"))
    if chance < 0.10:
        return (Act(drawn.randint(50, 800), "press", "12#"),)
    return ()
