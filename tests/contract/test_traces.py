"""The simulator against what a real switch said: each recorded story is played again, and compared event by event."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import chain

import pytest

from freeswitch_cc.simulator.traps import Traps
from tests.contract.compare import Finding, compare, side_by_side
from tests.contract.differences import (
    ALLOWED,
    CUTS,
    RACES,
    TOLERANCES,
    WHOLE_SECOND_MS,
    Race,
    explanation,
    unexplained,
)
from tests.contract.drawn import DRAWN, normalised
from tests.contract.replay import replay
from tests.contract.trace import Seen, Story, names, recorded

SEEDS = range(12)
"""Where threads race inside one leg both ways are right: the recorded way must come with one of these."""
LONG = 60
"""Findings of one trace that are printed."""

NOTICED = {
    "broadcast_waits": "t31",
    "conference_kick_ends": "t13",
    "deaf_after_second_park": "t38",
    "hold_drops": "t33",
    "hold_music_sticks": "t18",
    "originate_twice": "t07",
    "refer_asks_nobody": "t15",
    "replies_lie": "t20",
}
"""A trap of the simulator, and a story that falls into it; the others show in the races and the contract checks."""

_RACING = {race.trace for race in RACES}
STORIES = [name for name in names() if name[:3] not in _RACING]


@dataclass(frozen=True)
class Telling:
    """A recorded story and one of the simulator's, without what is drawn, and how they differ."""

    recorded: Story
    simulated: Story
    findings: tuple[Finding, ...]
    unexplained: tuple[Finding, ...]


@cache
def best(name: str) -> Telling:
    """The simulator's telling that is most like the recorded one."""
    story = recorded(name)
    for cut in CUTS:
        if cut.trace == name[:3]:
            story = cut.of(story)
    tellings = []
    for seed in SEEDS:
        tellings.append(_telling(name, story, seed))
        if not tellings[-1].unexplained:
            break
    return min(tellings, key=lambda telling: len(telling.unexplained))


def _telling(name: str, story: Story, seed: int, traps: Traps | None = None) -> Telling:
    told = normalised(replay(story, seed=seed, second_at_ms=WHOLE_SECOND_MS.get(name[:3], 0.0), traps=traps))
    findings = tuple(compare(normalised(story), told))
    return Telling(normalised(story), told, findings, tuple(unexplained(name, findings)))


@pytest.mark.parametrize("name", STORIES)
def test_the_simulator_tells_a_recorded_story_as_the_switch_did(name: str) -> None:
    telling = best(name)
    findings = telling.unexplained
    if findings:
        listed = "\n".join(map(str, findings[:LONG]))
        story = side_by_side(telling.recorded, telling.simulated, findings[:LONG])
        pytest.fail(
            f"{name}: {len(findings)} differences\n{listed}\n\n recorded simulated   (of {name})\n{story}",
            pytrace=False,
        )


def test_every_allowed_difference_is_needed_by_a_trace() -> None:
    used = {
        explanation(name, finding) for name in STORIES for finding in best(name).findings if finding.kind != "order"
    }
    idle = [entry for entry in (*ALLOWED, *TOLERANCES) if entry not in used]
    assert not idle, f"allowed, but no trace needs it: {idle}"


def test_every_value_that_counts_as_drawn_is_in_a_trace() -> None:
    said = [
        (name, text)
        for trace in names()
        for event in recorded(trace).events
        for name, value in event.headers.items()
        for text in ([value] if isinstance(value, str) else value)
    ]
    idle = [
        one
        for one in DRAWN
        if not any(name.startswith(one.header.rstrip("*")) and one.pattern.search(text) for name, text in said)
    ]
    assert not idle


@pytest.mark.parametrize("race", RACES, ids=[race.trace for race in RACES])
def test_a_race_ends_in_the_ways_it_was_seen_to_end(race: Race) -> None:
    story = recorded(race.trace)
    seen = outcomes(race, story)
    told = set(chain.from_iterable(outcomes(race, replay(story, seed=seed)) for seed in SEEDS))
    unseen = told - seen - set(race.also)
    assert seen <= told, f"never simulated: {_listed(seen - told)}"
    assert not unseen, f"never recorded: {_listed(unseen)}"


@pytest.mark.parametrize(("trap", "trace"), NOTICED.items())
def test_a_story_is_told_otherwise_when_a_trap_is_taken_out(trap: str, trace: str) -> None:
    [name] = (name for name in STORIES if name.startswith(trace))
    traps = Traps(**{trap: False})
    assert all(_telling(name, recorded(name), seed, traps).unexplained for seed in SEEDS[:4])


def outcomes(race: Race, story: Story) -> set[str]:
    """How each try of the race ended, in the words that make the difference."""
    tries: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for event in story.events:
        leg = event.lane.rstrip("0123456789")
        word = _fate(event)
        if leg in race.legs and word:
            number = int(event.lane.removeprefix(leg)) - (leg == "JOB")
            tries[number].append((leg, word))
    return {
        "; ".join(f"{leg}: {', '.join(word for whose, word in words if whose == leg)}" for leg in race.legs)
        for words in tries.values()
    }


def _fate(event: Seen) -> str:
    match event.of("Event-Name"):
        case "CHANNEL_ANSWER" | "CHANNEL_PARK" | "CHANNEL_UNPARK" | "CHANNEL_BRIDGE" | "CHANNEL_UNBRIDGE":
            return event.what.removeprefix("CHANNEL_").lower()
        case "CHANNEL_HANGUP" if event.of("Hangup-Cause") != "MANAGER_REQUEST":
            return f"{event.of('Hangup-Cause')} in {event.of('Channel-State')}"
        case "BACKGROUND_JOB":
            return event.of("_body").split()[0] if event.of("_body").startswith("+OK") else event.of("_body").strip()
        case _:
            return ""


def _listed(them: set[str]) -> str:
    return "".join(f"\n  {one}" for one in sorted(them)) or "-"
