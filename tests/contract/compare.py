"""Two tellings of one story laid side by side: each way in which they differ is a Finding.

Compared leg by leg: the ordered events, their headers, their times; then the order of events of different
legs, and the replies to commands. What may differ is not known here (differences.py).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from tests.contract.trace import Headers, Seen, Step, Story

MOVED_WITHIN_MS = 60.0
"""An event that is missing at one place of a leg's story and one too many at another is one that moved."""

NEITHER = "(none)"
"""Stands for a header, a reply or an event that one side does not have."""

CAUSES = frozenset(
    {
        ("CHANNEL_STATE CS_SOFT_EXECUTE", "CHANNEL_EXECUTE uuid_bridge"),
        ("CHANNEL_EXECUTE uuid_bridge", "CHANNEL_BRIDGE"),
        ("CHANNEL_BRIDGE", "CHANNEL_STATE CS_EXCHANGE_MEDIA"),
        ("CHANNEL_HANGUP", "CHANNEL_UNBRIDGE"),
        ("CHANNEL_ANSWER", "BACKGROUND_JOB"),
        ("CHANNEL_HANGUP", "BACKGROUND_JOB"),
    }
)
"""Events of two legs, or of a leg and its job, of which the first brings the second about: these never race."""

Kind = Literal["missing", "extra", "moved", "header", "time", "order", "cause", "reply"]


@dataclass(frozen=True)
class Finding:
    """One difference. recorded and simulated are what each side says, as text."""

    kind: Kind
    lane: str
    what: str
    """The event (Seen.what), of a reply the command."""
    at_ms: float
    name: str = ""
    """The header, or the place in a JSON reply; of a time what was done last before it (Story.doing), of an order
    how long after the other event it was recorded, in ms; of an event that is missing or extra its Answer-State."""
    recorded: str = ""
    simulated: str = ""

    def __str__(self) -> str:
        where = f"{self.at_ms:9.0f} ms  {self.lane:12} {self.what}"
        match self.kind:
            case "missing":
                return f"{where}: recorded, but not simulated"
            case "extra":
                return f"{where}: simulated, but not recorded"
            case "moved":
                return f"{where}: at another place among the events of this leg ({self.name})"
            case "time":
                return f"{where}: recorded at {self.recorded} ms, simulated at {self.simulated} ms ({self.name})"
            case "order" | "cause":
                return f"{where}: recorded {self.name} ms after {self.recorded}, simulated before it"
            case _:
                return f"{where}: {self.name} is {self.recorded!r}, simulated {self.simulated!r}"


@dataclass(frozen=True)
class Pair:
    """The same event in both tellings; one side is None where it has none."""

    recorded: Seen | None
    simulated: Seen | None

    @property
    def at_ms(self) -> float:
        seen = self.recorded or self.simulated
        return seen.at_ms if seen else 0.0


def compare(recorded: Story, simulated: Story) -> list[Finding]:
    """All differences, by time."""
    pairs = matched(recorded, simulated)
    findings = [*_unmatched(pairs), *_replies(recorded, simulated)]
    for ours, theirs in _both(pairs):
        findings += _headers(ours, theirs)
        times = f"{ours.at_ms:.0f}", f"{theirs.at_ms:.0f}"
        findings.append(
            Finding("time", ours.lane, ours.what, ours.at_ms, recorded.doing(min(ours.at_ms, theirs.at_ms)), *times)
        )
    findings += _order(pairs)
    return sorted(findings, key=lambda finding: finding.at_ms)


def matched(recorded: Story, simulated: Story) -> list[Pair]:
    """Every event of both, each beside its counterpart, leg by leg."""
    ours, theirs = _lanes(recorded.events), _lanes(simulated.events)
    pairs: list[Pair] = []
    for lane in ours | theirs:
        pairs += _matched(ours.get(lane, []), theirs.get(lane, []))
    return sorted(pairs, key=lambda pair: pair.at_ms)


def _lanes(events: Iterable[Seen]) -> dict[str, list[Seen]]:
    lanes: dict[str, list[Seen]] = defaultdict(list)
    for event in events:
        lanes[event.lane].append(event)
    return lanes


def _matched(ours: list[Seen], theirs: list[Seen]) -> Iterator[Pair]:
    words = SequenceMatcher(None, [one.what for one in ours], [one.what for one in theirs], autojunk=False)
    for tag, start, stop, start2, stop2 in words.get_opcodes():
        if tag == "equal":
            yield from (Pair(a, b) for a, b in zip(ours[start:stop], theirs[start2:stop2], strict=True))
        else:
            yield from (Pair(one, None) for one in ours[start:stop])
            yield from (Pair(None, one) for one in theirs[start2:stop2])


def _both(pairs: Iterable[Pair]) -> Iterator[tuple[Seen, Seen]]:
    return ((pair.recorded, pair.simulated) for pair in pairs if pair.recorded and pair.simulated)


def _unmatched(pairs: Iterable[Pair]) -> Iterator[Finding]:
    """What one side lacks; an event that only stands elsewhere among those of its leg is one finding."""
    missing = [pair.recorded for pair in pairs if pair.recorded and not pair.simulated]
    extra = [pair.simulated for pair in pairs if pair.simulated and not pair.recorded]
    for ours in missing:
        again = [one for one in extra if (one.lane, one.what) == (ours.lane, ours.what)]
        moved = next((one for one in again if abs(one.at_ms - ours.at_ms) <= MOVED_WITHIN_MS), None)
        if moved is None:
            yield Finding("missing", ours.lane, ours.what, ours.at_ms, ours.of("Answer-State"))
            continue
        extra.remove(moved)
        yield Finding("moved", ours.lane, ours.what, ours.at_ms, f"simulated at {moved.at_ms:.0f} ms")
        yield from _headers(ours, moved)
    for one in extra:
        yield Finding("extra", one.lane, one.what, one.at_ms, one.of("Answer-State"))


def _headers(ours: Seen, theirs: Seen) -> Iterator[Finding]:
    for name in sorted(ours.headers.keys() | theirs.headers.keys()):
        recorded, simulated = _text(ours.headers, name), _text(theirs.headers, name)
        if name in ("Bridge-A-Unique-ID", "Bridge-B-Unique-ID"):
            continue
        if recorded != simulated:
            yield Finding("header", ours.lane, ours.what, ours.at_ms, name, recorded, simulated)
    # Which of the two legs of a bridge is called A is not part of what the switch promises.
    sides = [sorted(_text(one.headers, f"Bridge-{side}-Unique-ID") for side in "AB") for one in (ours, theirs)]
    if sides[0] != sides[1]:
        yield Finding("header", ours.lane, ours.what, ours.at_ms, "Bridge", *("+".join(pair) for pair in sides))


def _text(headers: Headers, name: str) -> str:
    value = headers.get(name, NEITHER)
    return value if isinstance(value, str) else "|".join(value)


def _order(pairs: list[Pair]) -> Iterator[Finding]:
    """An event that the other side has before an event of another leg that it was recorded after.

    One finding for an event, with the one that was recorded longest before it (name: how long, in ms), and one
    with each that can be its cause.
    """
    both = sorted(_both(pairs), key=lambda pair: pair[0].seq)
    for place, (ours, theirs) in enumerate(both):
        turned = [
            earlier
            for earlier, earlier_theirs in both[:place]
            if earlier.lane != ours.lane and earlier_theirs.seq > theirs.seq
        ]
        for earlier in turned:
            is_cause = (earlier.what, ours.what) in CAUSES
            if is_cause or earlier is turned[0]:
                kind: Kind = "cause" if is_cause else "order"
                apart_ms = f"{ours.at_ms - earlier.at_ms:.0f}"
                yield Finding(kind, ours.lane, ours.what, ours.at_ms, apart_ms, f"{earlier.lane} {earlier.what}")


# -- replies ---------------------------------------------------------------------------------------


def _replies(recorded: Story, simulated: Story) -> Iterator[Finding]:
    for ours, theirs in zip(recorded.steps, simulated.steps, strict=True):
        assert ours.text == theirs.text, "a replay does the steps of its story"
        for name, says, said in _unlike(ours, theirs):
            yield Finding("reply", ours.kind, ours.text, ours.at_ms, name, says, said)
        if ours.reply is not None:
            times = f"{ours.at_ms:.0f}", f"{theirs.at_ms:.0f}"
            yield Finding("time", ours.kind, ours.text, ours.at_ms, recorded.doing(ours.sent_ms), *times)


def _unlike(ours: Step, theirs: Step) -> Iterator[tuple[str, str, str]]:
    if ours.reply == theirs.reply:
        return
    says, said = _flat(ours.reply), _flat(theirs.reply)
    is_whole = _is_whole(ours.reply)
    for name in sorted(says.keys() | said.keys()):
        if name not in says and not is_whole:
            continue  # The recorder cut the reply off before it came to this.
        if says.get(name, NEITHER) != said.get(name, NEITHER):
            yield name, says.get(name, NEITHER), said.get(name, NEITHER)


def _is_whole(reply: str | None) -> bool:
    return reply is None or not reply.startswith("{") or reply.endswith("}")


def _flat(reply: str | None) -> dict[str, str]:
    """A reply as places and what stands there; a text that is no JSON stands at one place, `reply`."""
    if reply is None or not reply.startswith(("{", "[")):
        return {"reply": NEITHER if reply is None else reply}
    try:
        said = json.loads(reply if _is_whole(reply) else re.sub(r',"[^"]*"?(:("[^"]*)?)?$', "}", reply))
    except ValueError:
        return {"reply": reply}
    return dict(_places(said, ""))


def _places(said: Any, place: str) -> Iterator[tuple[str, str]]:
    """Rows of a list are known by their uuid, where they have one: their order is the database's."""
    if isinstance(said, dict):
        for name, value in said.items():
            yield from _places(value, f"{place}.{name}".lstrip("."))
    elif isinstance(said, list):
        for number, value in enumerate(said):
            key = value.get("uuid", str(number)) if isinstance(value, dict) else str(number)
            yield from _places(value, f"{place}[{key}]")
    else:
        yield place, str(said)


# -- to read ---------------------------------------------------------------------------------------


def side_by_side(recorded: Story, simulated: Story, marked: Iterable[Finding], context: int = 2) -> str:
    """Both tellings by time, recorded on the left; only the neighbourhood of the marked findings."""
    wanted = list(marked)
    rows: list[tuple[float, str, bool]] = []
    for step in recorded.steps:
        is_marked = any(one.what == step.text and one.at_ms == step.at_ms for one in wanted)
        rows.append((step.sent_ms, f"{step.sent_ms:9.0f} {'':9}   > {step.kind}: {step.text}", is_marked))
    for pair in matched(recorded, simulated):
        ours, theirs = pair.recorded, pair.simulated
        seen = ours or theirs
        assert seen is not None
        times = " ".join(f"{one.at_ms:9.0f}" if one else f"{'-':>9}" for one in (ours, theirs))
        sign = " " if ours and theirs else "-" if ours else "+"
        hits = [one for one in wanted if (one.lane, one.what, one.at_ms) == (seen.lane, seen.what, seen.at_ms)]
        notes = "".join(f"\n{'':24}~ {hit}" for hit in hits if hit.kind not in ("missing", "extra"))
        rows.append((seen.at_ms, f"{times} {sign} {seen.lane:12} {seen.what}{notes}", bool(hits)))
    rows.sort(key=lambda row: row[0])
    near = {at + step for at, row in enumerate(rows) if row[2] for step in range(-context, context + 1)}
    return "\n".join(row[1] for at, row in enumerate(rows) if at in near)
