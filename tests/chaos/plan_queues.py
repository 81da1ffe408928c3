"""The queues of a plan: those that keep every call, and those that are closed, full, deserted or keep it too long.

Every reason is drawn with every target (a queue, an agent, a number, an announcement, voicemail, and nothing), whatever
the seed. Pure. How a caller's call may end by them: farewells.py; what the numbers do: plan_numbers.py.
"""

import random
from dataclasses import dataclass, field, replace

from freeswitch_cc.core.farewell_sounds import TURNED_AWAY
from tests.chaos.plan_numbers import draw_numbers

STRATEGIES = ("longest_idle", "least_talk", "fewest_calls", "top_down", "round_robin", "random")

OPEN = 4
"""Queues that keep every call: the first ones."""
TARGETS = ("queue", "agent", "number", "announcement", "voicemail", "")
REASONS = ("closed", "full", "nobody", "too_long")
BUSY = OPEN
RESERVE = BUSY + len(TARGETS)
"""The first of those that are full and keep a call too long, one for each target; and the one that is in reserve, which
may be full itself and then says of no way out."""
CLOSED = RESERVE + 1
DESERTED = CLOSED + len(TARGETS)
"""The first of those that are always closed, and of those whose only agent comes and goes; one for each target."""
QUEUES = DESERTED + len(TARGETS)
NUMBERS = tuple(f"{700 + queue}" for queue in range(QUEUES))
NOWHERE = "799"
"""Leads to no queue: whoever dials it is told so and hung up."""

MUSIC = "tone_stream://%(400,1600,350);loops=-1"
"""Of every queue."""
ANNOUNCEMENTS = {f"tone_stream://%({ms},100,{hz})": ms + 100 for ms, hz in ((700, 500), (1_800, 600), (3_400, 700))}
"""Announcements that are played, and for how many ms."""
NOT_THERE = "/var/lib/fcc/sounds/not-there.wav"
"""An announcement that the switch does not find."""
REFUSAL_MS = 4_058
"""How long the tones of core.farewell_sounds last that say that it did not work."""
assert TURNED_AWAY.endswith("loops=2"), "their length is counted for two rounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A voicemail box. directory: one in which nothing can be written is drawn, too."""

    name: str
    directory: str
    greeting: str
    longest_ms: int

    @property
    def is_sick(self) -> bool:
        return self.greeting == NOT_THERE or self.directory.startswith("/proc/")


BOXES = (
    Box(name="notes", directory="/tmp/fcc-chaos/notes", greeting="tone_stream://%(600,100,450)", longest_ms=2_000),
    Box(name="short", directory="/tmp/fcc-chaos/short", greeting="", longest_ms=1_000),
    Box(name="greets", directory="/tmp/fcc-chaos/greets", greeting=NOT_THERE, longest_ms=3_000),
    Box(name="unwritable", directory="/proc/fcc-chaos", greeting="", longest_ms=2_000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """asks_french: it asks for this level first. open_ms: once a call has waited so long, for nobody in particular; 0:
    never. is_closed: at all hours. overflow: targets as core.target reads them, by reason."""

    name: str
    strategy: str
    is_last_agent_first: bool
    asks_french: int
    open_ms: int
    ring_ms: int
    priority: int
    wrap_up: str | None
    wrap_up_ms: int | None
    is_closed: bool = False
    max_wait_ms: int | None = None
    max_length: int | None = None
    overflow: dict[str, str] = field(default_factory=dict)
    agent_wait_ms: int = 2_000
    agent_tries: int = 1


def draw_queues(drawn: random.Random, logins: tuple[str, ...]) -> tuple[Queue, ...]:
    """logins: of the agents to whom a call may overflow."""
    policies = [(None, None), ("none", None), ("timed", drawn.randint(50, 400)), ("manual", None)]
    drawn.shuffle(policies)
    targets = {reason: _shuffled(drawn, TARGETS) for reason in REASONS}
    numbers, back = draw_numbers(drawn)
    queues = [_queue(drawn, number, policies[number % 4], targets, logins, numbers) for number in range(QUEUES)]
    return tuple(_with_second_way(drawn, number, queue, logins, numbers, back) for number, queue in enumerate(queues))


def _with_second_way(
    drawn: random.Random, number: int, queue: Queue, logins: tuple[str, ...], numbers: dict[str, str], back: str
) -> Queue:
    """Where it leads if its number is not reached; nowhere, for every third such queue, and where callers come back."""
    to_number = [reason for reason, target in queue.overflow.items() if target.startswith("number:")]
    if not to_number or back in to_number:
        return queue
    kind = drawn.choice(("", "", *TARGETS[:-1]))
    target = _target(drawn, number, kind, logins, numbers["not_reached"])
    return replace(queue, overflow=queue.overflow | {"not_reached": target}) if target else queue


def _queue(
    drawn: random.Random,
    number: int,
    policy: tuple[str | None, int | None],
    targets: dict[str, tuple[str, ...]],
    logins: tuple[str, ...],
    numbers: dict[str, str],
) -> Queue:
    reasons: tuple[str, ...] = ()
    place = 0
    if CLOSED <= number < DESERTED:
        reasons, place = ("closed",), number - CLOSED
    elif number >= DESERTED:
        reasons, place = ("nobody",), number - DESERTED
    elif BUSY <= number < RESERVE:
        reasons, place = ("full", "too_long"), number - BUSY
    overflow = {reason: _target(drawn, number, targets[reason][place], logins, numbers[reason]) for reason in reasons}
    if number == RESERVE:
        reasons, overflow = ("full", "too_long"), {"too_long": "queue:queue0"}
    is_limited = bool(reasons)
    return Queue(
        name=f"queue{number}",
        strategy=drawn.choice(STRATEGIES),
        is_last_agent_first=drawn.random() < 0.5,
        asks_french=drawn.randint(4, 9) if number % 2 and not is_limited else 0,
        open_ms=0 if is_limited else drawn.randint(200, 900),
        ring_ms=drawn.choice((1000, 1000, 1500)),
        priority=drawn.randint(0, 2),
        wrap_up=policy[0],
        wrap_up_ms=policy[1],
        is_closed="closed" in reasons,
        max_wait_ms=drawn.randint(300, 2_000) if "too_long" in reasons else None,
        max_length=drawn.randint(1, 3) if "full" in reasons else None,
        overflow={reason: text for reason, text in overflow.items() if text},
        agent_wait_ms=drawn.randint(1_000, 3_000),
        agent_tries=drawn.randint(1, 2),
    )


def _target(drawn: random.Random, number: int, kind: str, logins: tuple[str, ...], outside: str) -> str:
    """A queue leads to one that comes before it or to the reserve, which leads to the first: none leads to itself.

    outside: the number, if it is to be one.
    """
    match kind:
        case "queue":
            others = [queue for queue in range(BUSY, RESERVE) if queue < number]
            return f"queue:queue{drawn.choice((0, 1, RESERVE, RESERVE, RESERVE, *others))}"
        case "agent":
            return f"agent:{drawn.choice(logins)}"
        case "number":
            return f"number:{outside}"
        case "announcement":
            return f"announcement:{drawn.choice((*ANNOUNCEMENTS, NOT_THERE))}"
        case "voicemail":
            return f"voicemail:{drawn.choice((*BOXES[:2], *BOXES)).name}"
        case _:
            return ""


def _shuffled(drawn: random.Random, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(drawn.sample(words, len(words)))


def draw_number(drawn: random.Random, queues: tuple[Queue, ...]) -> str:
    """Whom a caller dials; every tenth one a queue that leads to a number."""
    if drawn.random() < 0.1:
        called = ("closed", "nobody", "too_long")
        to_number = [
            n for n, q in enumerate(queues) if any(q.overflow.get(r, "").startswith("number:") for r in called)
        ]
        return NUMBERS[drawn.choice(to_number)]
    first, end = drawn.choices(
        ((0, OPEN), (OPEN, CLOSED), (CLOSED, DESERTED), (DESERTED, QUEUES)), weights=(40, 34, 13, 13)
    )[0]
    return NUMBERS[drawn.randrange(first, end)]
