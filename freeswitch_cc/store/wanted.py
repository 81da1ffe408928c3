"""What the tables should hold according to a center: values of rows, who is eligible where, who meets what.

Pure: settings in, plain values out, under the names of the file's keys. store.difference compares it with what is
there, store.center writes it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from freeswitch_cc.center_settings import (
    DEFAULT_REASONS,
    AgentSettings,
    Center,
    DiallingSettings,
    QueueSettings,
)
from freeswitch_cc.core.requirement import Requirement, canonical, meets, parse
from freeswitch_cc.core.target import TargetKind
from freeswitch_cc.core.words import Strategy

# Each table of the center, and the key by which people know its rows. Each refers only to those before it.
KEYS = {
    "center": "name",
    "switch": "name",
    "skill": "name",
    "group": "name",
    "reason": "name",
    "disposition": "code",
    "agent": "login",
    "queue": "name",
    "entry_point": "number",
    "known_caller": "number",
    "voicemail_box": "name",
    "dialling": "name",
}
# The one row of the tables center and dialling has no name of its own.
CENTER = "center"
DIALLING = "dialling"

Values = Mapping[str, Any]
_AGENT = f"{TargetKind.AGENT}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an agent stands in a queue. position: in his tier, for top_down; 0 where nobody asks for it."""

    tier: int
    after_ms: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the tables should hold. rows: by table and name. eligible: by (queue, login). qualified: by expression.

    unnamed: the tables of which the file itself says nothing.
    """

    rows: Mapping[str, Mapping[str, Values]]
    eligible: Mapping[tuple[str, str], Place]
    qualified: Mapping[str, list[str]]
    unnamed: frozenset[str]


def wanted_of(center: Center) -> Wanted:
    return Wanted(
        rows=values_of(center),
        eligible=eligibility_of(center),
        qualified=qualifications_of(center),
        unnamed=frozenset({"center", "dialling", "reason"} if center.reasons is None else {"center", "dialling"}),
    )


def values_of(center: Center) -> dict[str, dict[str, Values]]:
    """By table and name, what the file says of each row."""
    reasons = DEFAULT_REASONS if center.reasons is None else center.reasons
    return {
        "center": {CENTER: {"timezone": center.timezone, "feature_codes": dict(center.feature_codes)}},
        "switch": {switch.name: asdict(switch) for switch in center.switches},
        "skill": {name: {"name": name} for name in center.skills},
        "group": {name: {"name": name} for name in center.groups},
        "reason": {reason.name: asdict(reason) for reason in reasons},
        "disposition": {disposition.code: asdict(disposition) for disposition in center.dispositions},
        "agent": {agent.login: {**asdict(agent), "groups": sorted(agent.groups)} for agent in center.agents},
        "queue": {queue.name: _of_queue(queue) for queue in queues_of(center)},
        "entry_point": {
            point.number: {**asdict(point), "requires": _one_text(point.requires)} for point in center.entry_points
        },
        "known_caller": {caller.number: asdict(caller) for caller in center.known_callers},
        "voicemail_box": {box.name: asdict(box) for box in center.voicemail_boxes},
        "dialling": {DIALLING: _of_dialling(center.dialling)},
    }


def queues_of(center: Center) -> tuple[QueueSettings, ...]:
    """Its queues, and the line of every agent to whom one of them overflows: a queue in which he alone is."""
    targets = {text for queue in center.queues for text in queue.overflow.values()}
    lines = sorted(text for text in targets if text.startswith(_AGENT))
    return (*center.queues, *(QueueSettings(name=text, agents=(text.removeprefix(_AGENT),)) for text in lines))


def eligibility_of(center: Center) -> dict[tuple[str, str], Place]:
    """By (queue, login), in the order of the queues and then of the logins."""
    return {
        (queue.name, login): place
        for queue in queues_of(center)
        for login, place in sorted(_places(queue, center.agents).items())
    }


def qualifications_of(center: Center) -> dict[str, list[str]]:
    """By the expression of each entry point that asks for something: the logins of those who meet it."""
    asked = sorted({text for point in center.entry_points if (text := _one_text(point.requires)) is not None})
    return {text: sorted(agent.login for agent in center.agents if _meets(agent, _parsed(text))) for text in asked}


def empty_places(center: Center) -> list[str]:
    """A sentence for each place of the file that nobody is in: a tier of a queue, an entry point's requirement.

    No mistake: who is to be there may be hired tomorrow. But nobody who waits there is served.
    """
    found: list[str] = []
    in_queue: dict[str, set[str]] = {}
    for queue in center.queues:
        places = _places(queue, center.agents)
        in_queue[queue.name] = set(places)
        filled = {place.tier for place in places.values()}
        for number, tier in enumerate(queue.all_tiers):
            if number not in filled:
                what = f"tier {number + 1} of queue {queue.name}" if queue.tiers else f"queue {queue.name}"
                asked = f" ({tier.requires})" if tier.requires else ""
                earlier = ": whoever might be is in an earlier one" if number else ""
                found.append(f"nobody is in {what}{asked}{earlier}")
    qualified = qualifications_of(center)
    for point in center.entry_points:
        text = _one_text(point.requires)
        if text is not None and not in_queue.get(point.queue, set()).intersection(qualified[text]):
            found.append(f"nobody in queue {point.queue} meets {text}, which entry point {point.number} requires")
    return found


def _of_queue(queue: QueueSettings) -> Values:
    values = {key: value for key, value in asdict(queue).items() if key not in ("agents", "requires")}
    # A queue of one tier that is a list of agents is told by its eligibilities alone, as it always was.
    is_plain = queue.requires is None and not queue.tiers
    values["tiers"] = [] if is_plain else [{**asdict(t), "requires": _one_text(t.requires)} for t in queue.all_tiers]
    values["priority_by"] = list(values["priority_by"])
    if queue.hours is not None:
        weekly = {day: list(spans) for day, spans in queue.hours.weekly.items()}
        values["hours"] = {"weekly": weekly, "closed_on": list(queue.hours.closed_on)}
    return values


def _of_dialling(dialling: DiallingSettings) -> Values:
    return {**asdict(dialling), "classes": list(_classes(dialling))}


def _classes(dialling: DiallingSettings) -> Iterator[Values]:
    for one in dialling.classes:
        yield {"name": one.name, "like": list(one.like)}


def _places(queue: QueueSettings, agents: Collection[AgentSettings]) -> dict[str, Place]:
    """By login: everybody in the first tier that names him, or whose requirement he meets."""
    found: dict[str, Place] = {}
    is_ranked = queue.strategy == Strategy.TOP_DOWN
    for number, tier in enumerate(queue.all_tiers):
        named = list(tier.agents)
        if tier.requires is not None:
            asked = _parsed(tier.requires)
            named += [agent.login for agent in agents if _meets(agent, asked)]
        new = [login for login in dict.fromkeys(named) if login not in found]
        for position, login in enumerate(new):
            found[login] = Place(tier=number, after_ms=tier.after_ms, position=position if is_ranked else 0)
    return found


def _meets(agent: AgentSettings, asked: Requirement) -> bool:
    return meets(asked, agent.skills, agent.groups)


def _one_text(text: str | None) -> str | None:
    return None if text is None else canonical(_parsed(text))


@lru_cache(maxsize=1_000)
def _parsed(text: str) -> Requirement:
    return parse(text)
