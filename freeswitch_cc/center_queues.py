"""The queues of a center file with their tiers of agents, and the entry points that lead to them."""

from collections.abc import Sequence

from freeswitch_cc.center_dialling import caller_ids, may_dial
from freeswitch_cc.center_overflow import limits
from freeswitch_cc.center_settings import (
    DEFAULT_MUSIC,
    DEFAULT_RING_MS,
    EntryPointSettings,
    PriorityBySettings,
    QueueSettings,
    TierSettings,
)
from freeswitch_cc.center_shapes import MOST_PRIORITY, NAME, Known, keys_of, members, requires, shown, wrap_up
from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.core.sound import check_sound
from freeswitch_cc.core.words import Strategy
from freeswitch_cc.lined_yaml import Mistakes, Section

LONGEST_TIER_MS = 86_400_000


def queue(section: Section, known: Known, mistakes: Mistakes) -> QueueSettings:
    tiers = _tiers(section, known, mistakes)
    if tiers and section.is_empty("agents") and not section.has("requires"):
        section.wrong("tiers", "are the later ones, and the first has neither agents nor requires: give it one")
    word, time, limit = wrap_up(section)
    return QueueSettings(
        name=section.text("name", **NAME),
        agents=members(section, known.logins, mistakes),
        requires=requires(section, known),
        tiers=tiers,
        strategy=section.word("strategy", Strategy, Strategy.LONGEST_IDLE) or Strategy.LONGEST_IDLE,
        ring_ms=section.whole("ring_ms", DEFAULT_RING_MS, 1_000, 600_000),
        music=_music(section, "music", DEFAULT_MUSIC),
        hold_music=_music(section, "hold_music", ""),
        priority=section.whole("priority", 0, -MOST_PRIORITY, MOST_PRIORITY),
        priority_by=_priority_by(section, mistakes),
        last_agent_first=section.truth("last_agent_first", False),
        wrap_up=word,
        wrap_up_ms=time,
        wrap_up_limit_ms=limit,
        **limits(section, mistakes),
        may_dial=may_dial(section, known.classes, mistakes),
        caller_ids=caller_ids(section, mistakes),
    )


def entry_point(section: Section, queues: Sequence[str] | None, known: Known) -> EntryPointSettings:
    name = section.text("queue", means="the name of a queue of this file")
    if name and queues is not None and name not in queues:
        section.wrong("queue", f"is {shown(name)}, and there is no such queue: {nearest(name, queues)}")
    return EntryPointSettings(
        # What fs-config's public context lets through, and no more: a call to any other number never comes here.
        number=section.text(
            "number",
            like=r"[+]?[0-9]{1,20}|[*]",
            means="1 to 20 digits, with or without a + before them, or * alone for every other number",
        ),
        queue=name,
        priority=section.whole("priority", 0, -MOST_PRIORITY, MOST_PRIORITY),
        requires=requires(section, known),
        attached=section.data("attached"),
    )


def _tiers(section: Section, known: Known, mistakes: Mistakes) -> tuple[TierSettings, ...]:
    found: list[TierSettings] = []
    opened = 0
    for tier in section.sections("tiers", "a tier", keys_of(TierSettings)):
        after_ms = tier.whole("after_ms", 0, 1, LONGEST_TIER_MS)
        if not tier.has("after_ms"):
            tier.wrong("after_ms", "is missing; it must be how long a call waits before it opens, in milliseconds")
        elif after_ms and after_ms <= opened:
            tier.wrong("after_ms", f"is {after_ms}, and a tier before it opens after {opened}: it must be more")
        opened = max(opened, after_ms)
        if tier.is_empty("agents") and not tier.has("requires"):
            mistakes.add(tier.line, "a tier has neither agents nor requires: nobody would be in it")
        named = members(tier, known.logins, mistakes)
        found.append(TierSettings(after_ms=after_ms, requires=requires(tier, known), agents=named))
    return tuple(found)


def _priority_by(section: Section, mistakes: Mistakes) -> tuple[PriorityBySettings, ...]:
    found: list[PriorityBySettings] = []
    lines: dict[tuple[str, str], int] = {}
    for rule in section.sections("priority_by", "a rule of priority_by", keys_of(PriorityBySettings)):
        key = rule.text("key", like=".{1,100}", means="the name of attached data, 100 characters at most")
        value = rule.scalar("value")
        add = rule.whole("add", 0, -MOST_PRIORITY, MOST_PRIORITY)
        if not rule.has("add"):
            rule.wrong("add", f"is missing; it must be from {-MOST_PRIORITY} to {MOST_PRIORITY}")
        if not key or value is None:
            continue
        # `1` and "1" read the same, and so they do to the rule.
        says = (key, str(value).lower() if isinstance(value, bool) else str(value))
        if says in lines:
            mistakes.add(rule.line, f"priority_by: line {lines[says]} has a rule for this key and value: leave one out")
        lines.setdefault(says, rule.line)
        found.append(PriorityBySettings(key=key, value=value, add=add))
    return tuple(found)


def _music(section: Section, key: str, default: str) -> str:
    music = section.text(key, default)
    if section.has(key) and (sentence := check_sound(music)):
        section.wrong(key, f"may not be played: {sentence}")
    return music
