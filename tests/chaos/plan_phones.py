"""Agents' phones that register: when each goes and comes back, and which feature codes are dialled. Pure."""

import random
from dataclasses import dataclass

CODES = ("*40", "*41", "*42", "*43", "*43*2", "*43*99", "*44", "*99")
"""What the center knows; a reason that has no number, and a code that means nothing."""
STRANGER = "stranger"
"""A phone that may register, and is no agent's."""
_POWER_CUT_EVERY_MS = 15_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAct:
    """what: register, unregister, expire, or a feature code."""

    at_ms: int
    what: str


def draw_phone(drawn: random.Random, begin_ms: int, end_ms: int) -> tuple[PhoneAct, ...]:
    """It registers at the beginning. From time to time it goes, and comes back; now and then it only says once more
    that it is there; and its agent dials codes."""
    found = [PhoneAct(at_ms=0, what="register")]
    at_ms = begin_ms
    while (at_ms := at_ms + drawn.randint(1_500, 6_000)) < end_ms:
        match drawn.choices(("goes", "again", "code", "code that undoes"), weights=(45, 10, 20, 25))[0]:
            case "goes":
                found.append(PhoneAct(at_ms=at_ms, what=drawn.choice(("unregister", "expire"))))
                at_ms += drawn.randint(50, 3_000)
                found.append(PhoneAct(at_ms=at_ms, what="register"))
            case "again":
                found.append(PhoneAct(at_ms=at_ms, what="register"))
            case "code":
                found.append(PhoneAct(at_ms=at_ms, what=drawn.choice(CODES)))
            case _:
                away, back = drawn.choice((("*40", "*41"), ("*43", "*42"), ("*43*2", "*42")))
                found.append(PhoneAct(at_ms=at_ms, what=away))
                at_ms += drawn.randint(200, 1_500)
                found.append(PhoneAct(at_ms=at_ms, what=back))
                if back == "*41":
                    found.append(PhoneAct(at_ms=at_ms + 300, what="*42"))
    return tuple(found)


def draw_power_cuts(drawn: random.Random, begin_ms: int, end_ms: int) -> tuple[tuple[int, int], ...]:
    """When every phone is gone, and from when on they come back: one at least."""
    found = []
    at_ms = begin_ms + drawn.randint(0, max(end_ms - begin_ms, 2) // 2)
    while at_ms < end_ms:
        found.append((at_ms, at_ms + drawn.randint(800, 2_500)))
        at_ms += drawn.randint(_POWER_CUT_EVERY_MS // 2, 2 * _POWER_CUT_EVERY_MS)
    return tuple(found)


def through_power_cuts(
    drawn: random.Random, acts: tuple[PhoneAct, ...], cuts: tuple[tuple[int, int], ...]
) -> tuple[PhoneAct, ...]:
    """The same, with what a phone does when the power is cut; nothing is dialled meanwhile."""
    found = [act for act in acts if not any(begin <= act.at_ms < end for begin, end in cuts)]
    for begin, end in cuts:
        found.append(PhoneAct(at_ms=begin + drawn.randint(0, 60), what="expire"))
        found.append(PhoneAct(at_ms=end + drawn.randint(0, 150), what="register"))
    return tuple(sorted(found, key=lambda act: act.at_ms))
