"""Faults on purpose: which event is dropped, doubled, late or out of order, which command is refused or cuts the line.

Pure: it decides, listener.py carries out. The same seed and the same questions in the same order bring the same
answers; each rule draws from numbers of its own, so that one more rule does not change the others.

One lie is one word, written the same for `freeswitch-cc simulator --lie`, for `api fcc_simulator lies` and for the
chaos harness; how, stands in shapes.py.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.simulator.shapes import SHAPES
from freeswitch_cc.simulator.subscription import EVENT_NAMES

CONNECT = "connect"

_ABOUT_EVENTS = ("drop", "duplicate", "delay", "reorder", "cut")
_PLACES = {"close": ("before", "after", "middle"), "stall": ("before", "after")}
_COMMAND = re.compile(r"[a-z][a-z0-9_]{0,40}|\*")
_CHANCE = re.compile(r"[01]?\.[0-9]{1,9}|1\.0*")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_SPAN = re.compile(r"([0-9]{1,7})(?:-([0-9]{1,7}))?")


@dataclass(frozen=True, slots=True)
class Lie:
    """One rule.

    kind: the first word. about: the event or command, `*` for every one. when: a float is a chance, an int the time
    that it happens. place: before, after, middle (close, stall), leg (reorder), job (refuse), or empty. ms: from, to.
    """

    kind: str
    about: str
    when: float | int
    place: str = ""
    ms: tuple[int, int] = (0, 0)

    @property
    def text(self) -> str:
        """As it is written."""
        when = str(self.when) if isinstance(self.when, int) else _chance(self.when)
        if self.kind in _PLACES:
            return f"{self.kind}:{self.place}:{when}" + ("" if self.about == "*" else f":{self.about}")
        first, last = self.ms
        more = f":{self.place}" if self.place else ""
        if last:
            more += f":{first}" if first == last else f":{first}-{last}"
        return f"{self.kind}:{self.about}:{when}{more}"


@dataclass(frozen=True, slots=True)
class Lies:
    """All rules of a simulator. to_all: on every connection, not on an engine's only."""

    rules: tuple[Lie, ...] = ()
    to_all: bool = False

    @classmethod
    def parse(cls, texts: Iterable[str], *, to_all: bool = False) -> Self:
        """Read lies as they are written. Raises ConfigInvalid that names every bad one and what would be right."""
        rules, problems = [], []
        for text in texts:
            if text in ("to:all", "to:engines"):
                to_all = text == "to:all"
                continue
            try:
                rules.append(_read(text))
            except _Wrong as wrong:
                problems.append(f"the lie {text[:80]!r} is wrong: {wrong}")
        if problems:
            raise ConfigInvalid(problems)
        return cls(tuple(rules), to_all)

    @property
    def texts(self) -> list[str]:
        """As parse() takes them."""
        return [rule.text for rule in self.rules] + (["to:all"] if self.to_all else [])


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be done to one event or one command. ms: drawn for this time."""

    kind: str
    place: str = ""
    ms: float = 0.0


class Liar:
    """Decides, and counts what it has told."""

    def __init__(self, lies: Lies, seed: int = 0) -> None:
        self.lies = lies
        self.told: Counter[str] = Counter()
        rules = [_Rule(rule, random.Random(f"{seed} {number} {rule.text}")) for number, rule in enumerate(lies.rules)]
        self._about_commands = [rule for rule in rules if rule.lie.kind not in _ABOUT_EVENTS]
        about_events = [rule for rule in rules if rule.lie.kind in _ABOUT_EVENTS]
        self._about_events = {
            name: found
            for name in EVENT_NAMES
            if (found := [rule for rule in about_events if rule.lie.about in ("*", name)])
        }

    def about_event(self, name: str) -> Told | None:
        """Ask once for each event and connection that the lies concern. Of several that would, the first is told."""
        rules = self._about_events.get(name)
        return self._first(rules) if rules else None

    def about_command(self, names: Sequence[str]) -> Told | None:
        """Ask once for each command. names: what it is called, such as `bgapi` and `uuid_bridge`."""
        rules = [rule for rule in self._about_commands if rule.lie.about in names or rule.lie.about == "*"]
        return self._first(rules)

    def about_connection(self) -> Told | None:
        """Ask once for each connection, before it is greeted."""
        return self._first([rule for rule in self._about_commands if rule.lie.about == CONNECT])

    def _first(self, rules: Sequence["_Rule"]) -> Told | None:
        fired = [rule for rule in rules if rule.comes_up()]  # each of them counts, whichever is told
        if not fired:
            return None
        self.told[fired[0].lie.text] += 1
        return fired[0].told()


class _Rule:
    """A lie with its own count and its own numbers."""

    def __init__(self, lie: Lie, drawn: random.Random) -> None:
        self.lie = lie
        self._drawn = drawn
        self._count = 0

    def comes_up(self) -> bool:
        self._count += 1
        if isinstance(self.lie.when, int):
            return self._count == self.lie.when
        return self._drawn.random() < self.lie.when

    def told(self) -> Told:
        first, last = self.lie.ms
        return Told(self.lie.kind, self.lie.place, self._drawn.uniform(first, last) if last else 0.0)


class _Wrong(Exception):
    """What is wrong with a text, and what would be right."""


def _read(text: str) -> Lie:
    kind, *parts = text.split(":")
    if kind not in SHAPES:
        raise _Wrong(f"it must look like one of {', '.join(shape.text for shape in SHAPES.values())}")
    shape = SHAPES[kind].text
    if kind == "to":
        raise _Wrong(f"it must be {shape}")
    needed = 3 if kind == "delay" else 2
    most = 2 if kind in ("drop", "cut") else 3
    if not needed <= len(parts) <= most:
        raise _Wrong(f"it must look like {shape}")
    when = _when(parts[1])
    more = parts[2] if len(parts) == 3 else None
    if kind in _PLACES:
        if parts[0] not in _PLACES[kind]:
            raise _Wrong(f"{parts[0]!r} must be one of {', '.join(_PLACES[kind])}; it must look like {shape}")
        return Lie(kind, _command("*" if more is None else more), when, parts[0])
    if kind == "refuse":
        return Lie(kind, _command(parts[0]), when, _only("job", more, shape))
    about = parts[0]
    if about != "*" and about not in EVENT_NAMES:
        raise _Wrong(f"{about!r} is no event of a switch, such as CHANNEL_PARK, and not * for every one")
    if kind == "reorder":
        return Lie(kind, about, when, _only("leg", more, shape))
    return Lie(kind, about, when, "", (0, 0) if more is None else _span(more))


def _when(text: str) -> float | int:
    if _NUMBER.fullmatch(text):
        return int(text)
    if _CHANCE.fullmatch(text) and 0 < float(text) <= 1:
        return float(text)
    raise _Wrong(f"{text!r} must be a chance such as 0.01 (1.0 is always), or a number: 37 is the 37th time")


def _chance(when: float) -> str:
    digits = f"{when:.9f}".rstrip("0")
    return digits + "0" if digits.endswith(".") else digits


def _command(text: str) -> str:
    if not _COMMAND.fullmatch(text):
        raise _Wrong(f"{text!r} must be a command such as uuid_bridge, or * for every one")
    return text


def _only(word: str, text: str | None, shape: str) -> str:
    if text not in (None, word):
        raise _Wrong(f"{text!r} must be {word}, or be left out; it must look like {shape}")
    return text or ""


def _span(text: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise _Wrong(f"{text!r} must be ms such as 200, or 50-400 for any time between")
    first, last = int(found[1]), int(found[2] or found[1])
    if first > last or last == 0:
        raise _Wrong(f"{text!r} must be more than 0 ms, the shorter time first")
    return first, last
