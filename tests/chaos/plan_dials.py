"""The calls of a plan that agents place: to numbers of the outside world and to each other, and who leaves them when.

Pure. The numbers are the robots of fs-config/dialplan/robots.1.xml: the fourth digit says what they do. What may come
of a number that has answered: called.py.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.acts import Act, Turn

CLASS, BEGINNING = "world", "+999"
CALLER_ID = "+358401112222"
ANSWERS, BUSY, REJECTS, RINGS, NOT_ASSIGNED, HANGS_UP, ANNOUNCES = range(1, 8)
TRUNK = "robots"
RING_MS, AGENT_RING_MS, MAX_CALL_MS = 1_000, 1_000, 15_000
MOMENTS = ("ringing", "answering", "bridging", "talking", "calling_back")
"""Of the phone that was called; calling_back: of the agent's, when it rings for the second time."""
FORBIDDEN = ("number:+358401234567", "number:+99", "number:+9991;drop", "agent:nobody", "queue:queue0")
CAUSES = ("MEDIA_TIMEOUT", "NORMAL_TEMPORARY_FAILURE", "RECOVERY_ON_TIMER_EXPIRE", "NORMAL_CLEARING")
"""What a leg dies of; the last one by somebody's uuid_kill, for its phone has said nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A call that an agent asks for. own, other: what he and the called one do, by the moments of the called phone;
    what is not drawn here, an agent does by his own turns."""

    at_ms: int
    to: str
    caller_id: str = ""
    own: Turn | None = None
    other: Turn | None = None

    @property
    def hangs_up_by_itself(self) -> bool:
        return self.to.startswith(f"number:{BEGINNING}{HANGS_UP}")


def draw_dial(drawn: random.Random, at_ms: int, logins: Sequence[str]) -> Dial:
    chance = drawn.random()
    if chance < 0.08:
        return Dial(at_ms=at_ms, to=drawn.choice(FORBIDDEN))
    if chance < 0.11:
        return Dial(at_ms=at_ms, to=_number(drawn), caller_id="+358409999999")
    to = f"agent:{drawn.choice(logins)}" if chance < 0.35 else _number(drawn)
    own, other = _turns(drawn)
    return Dial(at_ms=at_ms, to=to, own=own, other=other)


def _number(drawn: random.Random) -> str:
    kind = drawn.choices(
        (ANSWERS, BUSY, REJECTS, RINGS, NOT_ASSIGNED, HANGS_UP, ANNOUNCES), weights=(70, 4, 5, 5, 3, 10, 3)
    )[0]
    ms = drawn.randint(0, 400) if kind != HANGS_UP else drawn.randint(1, 2_000)
    return f"number:{BEGINNING}{kind}{ms:06}"


def _turns(drawn: random.Random) -> tuple[Turn | None, Turn | None]:
    """Nobody does anything in particular, one of the two leaves at some moment, or both do at once."""
    moment = drawn.choice((*MOMENTS[:3], "talking", "talking", "calling_back"))
    after_ms = {"ringing": 300, "answering": 60, "bridging": 80, "talking": 1_500, "calling_back": 800}[moment]
    leaves = Turn(since=moment, acts=(_leaves(drawn, drawn.randint(0, after_ms)),))
    match drawn.choices(("", "own", "other", "both", "dies, then leaves", "holds"), weights=(25, 25, 18, 12, 12, 8))[0]:
        case "own":
            return leaves, None
        case "other":
            return None, leaves
        case "both":
            return leaves, Turn(since=moment, acts=(_leaves(drawn, leaves.acts[0].after_ms),))
        case "dies, then leaves":
            dies = Act(drawn.randint(0, 600), "die", drawn.choice(CAUSES))
            return Turn(since="talking", acts=(dies,)), Turn(
                since="calling_back", acts=(_leaves(drawn, drawn.randint(0, 1_500)),)
            )
        case "holds":
            how, held_ms = drawn.choice(("hold", "ask")), drawn.randint(300, 1_200)
            hold = Act(drawn.randint(50, 500), how, "hold" if how == "ask" else "")
            return Turn(since="talking", acts=(hold, _leaves(drawn, held_ms))), None
        case _:
            return None, None


def _leaves(drawn: random.Random, after_ms: int) -> Act:
    if drawn.random() < 0.5:
        return Act(after_ms, "hang_up")
    return Act(after_ms, "die", drawn.choice(CAUSES))
