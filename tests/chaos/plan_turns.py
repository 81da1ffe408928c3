"""What agents do with the calls that they are given, one turn for each: they talk, hold, refer, die. Pure."""

import random

from tests.chaos.acts import Act, Turn
from tests.chaos.plan_dials import CAUSES
from tests.chaos.plan_queues import NOWHERE, NUMBERS


def draw_turn(drawn: random.Random) -> Turn:
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
            cause = drawn.choice(CAUSES)
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
