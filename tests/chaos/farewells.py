"""Ends of a call in a queue that no agent has answered: which the plan allows, and whether one was come to. Pure.

The queues of the plan say what a caller may hear before he is let go, and how long he must have waited for it at the
least. The switch says what he heard. An end is a proper one when what he heard is one of those, was heard to its end,
and did not begin too soon.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from freeswitch_cc.core.farewell_sounds import TURNED_AWAY
from tests.chaos.plan_queues import ANNOUNCEMENTS, BOXES, NOT_THERE, NUMBERS, REFUSAL_MS, Queue
from tests.chaos.witness import Channel, Fact

TICK_US = 20_000
SOUNDS_MS = {**ANNOUNCEMENTS, TURNED_AWAY: REFUSAL_MS}
_NEVER_SHUT = ("queue0", "queue1", "queue2", "queue3")


@dataclass(slots=True)
class Allowed:
    """Sounds, and boxes, by how many ms a caller must have waited at the least."""

    sounds: dict[str, int] = field(default_factory=dict)
    boxes: dict[str, int] = field(default_factory=dict)

    @property
    def is_something_missing(self) -> bool:
        """Might he be told what is not there, or recorded where nothing can be written?"""
        return NOT_THERE in self.sounds or any(box.is_sick for box in BOXES if box.name in self.boxes)

    def add_sound(self, sound: str, ms: int) -> None:
        self.sounds[sound] = min(ms, self.sounds.get(sound, ms))

    def add_box(self, box: str, ms: int) -> None:
        self.boxes[box] = min(ms, self.boxes.get(box, ms))


def allowed(queues: Sequence[Queue], dialled: str) -> Allowed:
    """For who dials this number."""
    found = Allowed()
    if dialled in NUMBERS[: len(queues)]:
        _follow(found, {queue.name: queue for queue in queues}, NUMBERS.index(dialled), queues, 0)
    return found


def _follow(found: Allowed, by_name: Mapping[str, Queue], number: int, queues: Sequence[Queue], waited_ms: int) -> None:
    queue = queues[number]
    # Closed to who comes, full, or without anybody: at once. So is what a queue that is shut itself leads to.
    for reason in ("closed", "full", "nobody", "too_long"):
        target = queue.overflow.get(reason, "")
        is_shut = (reason == "closed" and queue.is_closed) or (reason == "full" and queue.max_length is not None)
        ways = [target]
        if target.startswith("number:"):
            ways.append(queue.overflow.get("not_reached", ""))
        if is_shut and _may_fail(ways[-1]):
            found.add_sound(TURNED_AWAY, waited_ms)
        ms = waited_ms + (queue.max_wait_ms or 0 if reason == "too_long" else 0)
        for way in ways:
            kind, _, name = way.partition(":")
            if kind == "announcement":
                found.add_sound(name, ms)
            elif kind == "voicemail":
                found.add_box(name, ms)
            elif kind == "queue":
                _follow(found, by_name, list(by_name).index(name), queues, ms)


def _may_fail(target: str) -> bool:
    """May this target not take a call?"""
    if target.startswith(("announcement:", "voicemail:")):
        return False
    return target.removeprefix("queue:") not in _NEVER_SHUT


@dataclass(frozen=True, slots=True)
class Farewell:
    """kind: told, turned_away, recorded; empty: why is why it was no proper end."""

    kind: str
    why: str


def farewell_of(customer: Channel, may: Allowed, kill_us: int) -> Farewell | None:
    """What a caller had heard, since he talked last, when he was killed; None when that was no farewell at all.

    Of several (a greeting, tones instead of it, what was begun anew after a restart) one that is right is enough.
    """
    facts = [fact for fact in customer.facts if fact.at_us <= kill_us + TICK_US]
    since_us = next((fact.at_us for fact in facts if fact.name == "CHANNEL_PARK"), customer.began_us)
    talked = [place for place, fact in enumerate(facts) if fact.name == "CHANNEL_BRIDGE"]
    found = None
    for fact in facts[talked[-1] if talked else 0 :]:
        waited_ms = (fact.at_us - since_us) // 1000
        if fact.name == "RECORD_START":
            found = _recorded(fact, facts, may, kill_us, waited_ms)
        elif fact.name == "PLAYBACK_START" and fact.detail in SOUNDS_MS:
            found = _told(fact, facts, may, kill_us, waited_ms)
        if found is not None and found.kind:
            return found
    return found


def _told(began: Fact, facts: Iterable[Fact], may: Allowed, kill_us: int, waited_ms: int) -> Farewell:
    played_us = _until(began, facts, "PLAYBACK_STOP", kill_us) - began.at_us
    if played_us < SOUNDS_MS[began.detail] * 1000 - TICK_US:
        return Farewell("", f"he was cut off after {played_us // 1000} ms of what he was told")
    least_ms, kind = _least(began.detail, may), "turned_away" if began.detail == TURNED_AWAY else "told"
    if least_ms is None:
        return Farewell("", "nothing in his queues says that he is told that")
    return _not_too_soon(kind, least_ms, waited_ms)


def _least(sound: str, may: Allowed) -> int | None:
    """The tones that say no stand in for a sound that is not there or was refused, and for a recording that was."""
    fits = [may.sounds[sound]] if sound in may.sounds else []
    if sound == TURNED_AWAY:
        fits += [*may.sounds.values(), *may.boxes.values()]
    return min(fits, default=None)


def _recorded(began: Fact, facts: Iterable[Fact], may: Allowed, kill_us: int, waited_ms: int) -> Farewell:
    box = next((box for box in BOXES if began.detail.startswith(f"{box.directory}/")), None)
    if box is None or box.name not in may.boxes:
        return Farewell("", "nothing in his queues says that he is recorded there")
    recorded_us = _until(began, facts, "RECORD_STOP", kill_us) - began.at_us
    # The switch counts whole seconds, of which the first may be over at once.
    if recorded_us < (box.longest_ms - 1_000) * 1000 - TICK_US:
        return Farewell("", f"he was cut off after {recorded_us // 1000} ms of his message")
    return _not_too_soon("recorded", may.boxes[box.name], waited_ms)


def _until(began: Fact, facts: Iterable[Fact], name: str, kill_us: int) -> int:
    ends = (f.at_us for f in facts if f.name == name and f.detail == began.detail and f.at_us >= began.at_us)
    return min(next(ends, kill_us), kill_us)


def _not_too_soon(kind: str, least_ms: int, waited_ms: int) -> Farewell:
    if waited_ms < least_ms - TICK_US // 1000:
        return Farewell("", f"he had waited {waited_ms} ms, and {least_ms} ms is the least")
    return Farewell(kind, f"{kind} after {waited_ms} ms")
