"""The callers of a plan: when each comes, whom he dials, how he calls himself, and when he leaves. Pure."""

import random
from dataclasses import dataclass

from tests.chaos.acts import Act, Leaving
from tests.chaos.plan_queues import NOWHERE, Queue, draw_number

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


def draw_callers(
    drawn: random.Random, count: int, begin_ms: int, end_ms: int, queues: tuple[Queue, ...]
) -> tuple[Caller, ...]:
    moments = sorted(drawn.uniform(begin_ms, end_ms) for _ in range(count))
    return tuple(_caller(drawn, number, int(at_ms), queues) for number, at_ms in enumerate(moments))


def _caller(drawn: random.Random, number: int, at_ms: int, queues: tuple[Queue, ...]) -> Caller:
    return Caller(
        number_from=f"06{number:08}",
        at_ms=at_ms,
        number=NOWHERE if drawn.random() < 0.01 else draw_number(drawn, queues),
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
