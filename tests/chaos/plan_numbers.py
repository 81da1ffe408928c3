"""The outside numbers to which queues overflow, and what each does when it is called for a caller. Pure.

They are the robots of fs-config/dialplan/robots.1.xml, as those that agents dial (plan_dials.py). What may come of a
caller for whom a number was called: forwards.py.
"""

import random

from tests.chaos.acts import Act, Turn
from tests.chaos.plan_dials import (
    ANNOUNCES,
    ANSWERS,
    BEGINNING,
    BUSY,
    CAUSES,
    HANGS_UP,
    NOT_ASSIGNED,
    REJECTS,
    RINGS,
)

MOMENTS = ("ringing", "answering", "bridging", "joining", "talking")
"""Of its phone. joining: he hears his music no more, for the switch has begun to bring the two together."""
_NOT_REACHED = (BUSY, REJECTS, RINGS, NOT_ASSIGNED, ANNOUNCES)
_WITHIN_MS = {"ringing": 150, "answering": 60, "bridging": 80, "joining": 30, "talking": 2_500}


def draw_numbers(drawn: random.Random) -> tuple[dict[str, str], str]:
    """By the reason to call one; and the reason of one that is not reached, so that its callers come back. Of those for
    which many callers leave one answers."""
    back = drawn.choice(("nobody", "too_long"))
    others = [reason for reason in ("closed", "nobody", "too_long") if reason != back]
    drawn.shuffle(others)
    any_kind = (ANSWERS, ANSWERS, ANSWERS, HANGS_UP, *_NOT_REACHED)
    kinds = {reason: drawn.choice(any_kind) for reason in (*others, "full", "not_reached")}
    kinds |= {back: drawn.choice(_NOT_REACHED), others[0]: ANSWERS}
    return {reason: _number(drawn, kind) for reason, kind in kinds.items()}, back


def _number(drawn: random.Random, kind: int) -> str:
    """The robots count in ms, until they answer or until they hang up."""
    hangs_up_ms = drawn.choice((drawn.randint(1, 250), drawn.randint(400, 2_000)))
    ms = hangs_up_ms if kind == HANGS_UP else drawn.randint(150, 600)
    return f"{BEGINNING}{kind}{ms:06}"


def draw_answers(drawn: random.Random, count: int) -> tuple[Turn, ...]:
    """What the number does that is called for the first caller, for the second, ... and from the beginning again. Each
    moment is one at which it leaves, and at which it dies."""
    sure = [_answer(drawn, kind, moment) for moment in MOMENTS for kind in ("leaves", "dies")]
    kinds = drawn.choices(("talks", "leaves", "dies", "holds", "refers", "presses"), (40, 12, 12, 18, 9, 9), k=count)
    found = [*sure, *(_answer(drawn, kind, drawn.choice((*MOMENTS, "talking", "talking"))) for kind in kinds)][:count]
    drawn.shuffle(found)
    return tuple(found)


def _answer(drawn: random.Random, kind: str, moment: str) -> Turn:
    after_ms = drawn.randint(0, _WITHIN_MS[moment])
    talk_ms = int(drawn.triangular(30, 3_500, 500))
    match kind:
        case "talks":
            return Turn(since="talking", acts=(Act(drawn.randint(400, 4_000), "hang_up"),))
        case "leaves":
            return Turn(since=moment, acts=(Act(after_ms, "hang_up"),))
        case "dies":
            return Turn(since=moment, acts=(Act(after_ms, "die", drawn.choice(CAUSES)),))
        case "holds":
            unholds = (Act(drawn.randint(600, 1_500), "unhold"),) if drawn.random() < 0.5 else ()
            return Turn(since="talking", acts=(Act(talk_ms, "hold"), *unholds, Act(800, "hang_up")))
        case "refers":
            return Turn(since="talking", acts=(Act(talk_ms, "refer", drawn.choice(("700", "+33123456789", "park"))),))
        case _:
            return Turn(since="talking", acts=(Act(100, "press", "1#"), Act(talk_ms, "hang_up")))
