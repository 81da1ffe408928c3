"""The faults of a plan: lies of the switch, engines that are killed, switches that restart. Pure, drawn from a seed.

Only lies that an engine can survive are told, since each is of a kind that happens to a switch or a network:
- any event may be lost, doubled, late or out of order, and what is true is looked up when something is due;
- any command may be refused or cut off, by the reply or by the result of its job; none is said to be done that is not.
"""

import random
from dataclasses import dataclass

EVENTS = (
    *("CHANNEL_PARK", "CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "CHANNEL_HANGUP", "CHANNEL_PROGRESS", "CHANNEL_UNHOLD"),
    *("PLAYBACK_START", "BACKGROUND_JOB", "CHANNEL_HANGUP", "CHANNEL_BRIDGE", "CHANNEL_PARK"),
    *("CHANNEL_ANSWER", "CHANNEL_HOLD", "PLAYBACK_STOP", "RECORD_START", "RECORD_STOP", "CUSTOM"),
)
COMMANDS = (
    *("uuid_bridge", "uuid_transfer", "uuid_kill", "originate", "sendmsg", "uuid_dump", "show", "sched_transfer"),
    *("uuid_record", "sofia_contact"),
)
_ENGINE_DOWN_MS = (50, 2_500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What happens at a time. kind: lies (texts; none of them: the truth from now on), engine, standby, switch.

    engine: the one that owns the switch is killed, and another is started down_ms later unless one stood by.
    standby: a second engine is started, or, when there are two, the one that stands by is killed.
    switch: it restarts, with another Core-UUID.
    """

    at_ms: int
    kind: str
    lies: tuple[str, ...] = ()
    down_ms: int = 0


def draw_storms(drawn: random.Random, begin_ms: int, end_ms: int) -> tuple[Storm, ...]:
    """One of each at least, however short the run."""
    storms = [Storm(at_ms=at_ms, kind="lies", lies=_lies(drawn)) for at_ms in _moments(drawn, begin_ms, end_ms, 3_000)]
    for at_ms in _moments(drawn, begin_ms + 1_000, end_ms, 7_000):
        storms.append(Storm(at_ms=at_ms, kind="engine", down_ms=drawn.randint(*_ENGINE_DOWN_MS)))
    storms += [Storm(at_ms=at_ms, kind="standby") for at_ms in _moments(drawn, begin_ms, end_ms, 12_000)]
    storms += [Storm(at_ms=at_ms, kind="switch") for at_ms in _moments(drawn, begin_ms + 5_000, end_ms, 45_000)]
    return tuple(sorted(storms, key=lambda storm: storm.at_ms))


def _moments(drawn: random.Random, begin_ms: int, end_ms: int, every_ms: int) -> list[int]:
    """About every so many ms between the two, and once at least."""
    begin_ms = min(begin_ms, end_ms - 1)
    found: list[int] = []
    at_ms = begin_ms + drawn.randint(0, every_ms)
    while at_ms < end_ms:
        found.append(at_ms)
        at_ms += drawn.randint(every_ms // 2, every_ms * 3 // 2)
    return found or [drawn.randint(begin_ms, end_ms - 1)]


def _lies(drawn: random.Random) -> tuple[str, ...]:
    """The lies of the next seconds: none, a few, or many."""
    kinds = (_drop, _duplicate, _delay, _reorder, _refuse, _close, _stall, _cut)
    weights = (5, 4, 4, 3, 5, 3, 1, 1)
    how_many = drawn.choice((0, 2, 3, 4, 6, 8))
    return tuple(sorted({kind(drawn) for kind in drawn.choices(kinds, weights, k=how_many)}))


def _chance(drawn: random.Random, most: float) -> str:
    return f"{drawn.uniform(most / 10, most):.4f}"


def _drop(drawn: random.Random) -> str:
    return f"drop:{drawn.choice(EVENTS)}:{_chance(drawn, 0.15)}"


def _duplicate(drawn: random.Random) -> str:
    event, after_ms = drawn.choice((*EVENTS, "*")), drawn.choice(("1", "20-60", "50-800"))
    return f"duplicate:{event}:{_chance(drawn, 0.3)}:{after_ms}"


def _delay(drawn: random.Random) -> str:
    return f"delay:{drawn.choice(EVENTS)}:{_chance(drawn, 0.2)}:{drawn.choice(('5-40', '50-400', '300-1500'))}"


def _reorder(drawn: random.Random) -> str:
    return f"reorder:{drawn.choice(EVENTS)}:{_chance(drawn, 0.2)}{drawn.choice(('', ':leg'))}"


def _refuse(drawn: random.Random) -> str:
    command = drawn.choice(COMMANDS)
    is_job = command in ("uuid_bridge", "uuid_transfer", "uuid_kill", "originate") and drawn.random() < 0.6
    return f"refuse:{command}:{_chance(drawn, 0.2)}{':job' if is_job else ''}"


def _close(drawn: random.Random) -> str:
    place = drawn.choice(("before", "after", "middle"))
    return f"close:{place}:{_chance(drawn, 0.03)}{drawn.choice(('', ':bgapi', ':uuid_dump', ':originate', ':sendmsg'))}"


def _stall(drawn: random.Random) -> str:
    return f"stall:{drawn.choice(('before', 'after'))}:{_chance(drawn, 0.01)}"


def _cut(drawn: random.Random) -> str:
    """Cuts the line of events, which is built again with growing pauses: once at most."""
    return f"cut:{drawn.choice(EVENTS)}:{drawn.randint(1, 60)}"
