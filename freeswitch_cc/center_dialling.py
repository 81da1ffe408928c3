"""How agents and queues of a center file may call: its part `dialling`, and what their mappings say of it."""

from freeswitch_cc.center_settings import (
    DEFAULT_MAX_CALL_MS,
    DEFAULT_NUMBER_RING_MS,
    DEFAULT_RING_MS,
    DiallingSettings,
    NumberClassSettings,
)
from freeswitch_cc.center_shapes import NAME, keys_of, shown
from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.core.policy import E164, MEANS_E164, PREFIX
from freeswitch_cc.core.sound import check_sound
from freeswitch_cc.lined_yaml import Mistakes, Section

_DAY_MS = 86_400_000
_MEANS_PREFIX = "the beginning of numbers in full, +358 or + alone for all"


def dialling(root: Section, mistakes: Mistakes) -> tuple[DiallingSettings, list[str] | None]:
    """The part `dialling`; without it no number may be called. And the classes that others may name, wrong ones too,
    for their own mistake is told; None when they cannot be read."""
    section = root.section("dialling", "dialling", keys_of(DiallingSettings))
    if section is None:
        return DiallingSettings(), None if root.has("dialling") else []
    classes = section.sections("classes", "a class", keys_of(NumberClassSettings))
    names = [one.written("name") for one in classes]
    music = section.text("hold_music", "")
    if section.has("hold_music") and (sentence := check_sound(music)):
        section.wrong("hold_music", f"may not be played: {sentence}")
    settings = DiallingSettings(
        trunk=section.text("trunk", "", like=r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", means="the name of a gateway"),
        prefix=section.text(
            "prefix",
            "",
            like=r"[+]|[0-9*#]{1,8}",
            means="a + or 1 to 8 digits, to stand before those of a number",
        ),
        classes=_classes(classes, mistakes),
        ring_ms=section.whole("ring_ms", DEFAULT_NUMBER_RING_MS, 1_000, 600_000),
        agent_ring_ms=section.whole("agent_ring_ms", DEFAULT_RING_MS, 1_000, 600_000),
        max_call_ms=section.whole("max_call_ms", DEFAULT_MAX_CALL_MS, 60_000, _DAY_MS),
        hold_music=music,
    )
    return settings, names if section.is_empty("classes") or section.holds_list("classes") else None


def may_dial(section: Section, classes: list[str] | None, mistakes: Mistakes) -> tuple[str, ...]:
    """What an agent or a queue may call: names of classes."""
    found: list[str] = []
    for name, line in section.texts("may_dial"):
        if classes is not None and name not in classes:
            mistakes.add(line, f"may_dial of {section.what}: there is no class {shown(name)}: {nearest(name, classes)}")
        elif name in found:
            mistakes.add(line, f"may_dial of {section.what}: {shown(name)} stands there twice: leave one out")
        else:
            found.append(name)
    return tuple(found)


def caller_ids(section: Section, mistakes: Mistakes) -> tuple[str, ...]:
    """The numbers that an agent or a queue may show, the usual one first."""
    found: list[str] = []
    for number, line in section.texts("caller_ids"):
        if not E164.fullmatch(number):
            mistakes.add(line, f"caller_ids of {section.what}: {shown(number)} is none; it must be {MEANS_E164}")
        elif number in found:
            mistakes.add(line, f"caller_ids of {section.what}: {shown(number)} stands there twice: leave one out")
        else:
            found.append(number)
    return tuple(found)


def _classes(sections: list[Section], mistakes: Mistakes) -> tuple[NumberClassSettings, ...]:
    found: list[NumberClassSettings] = []
    lines: dict[str, int] = {}
    names: dict[str, int] = {}
    for one in sections:
        name = one.text("name", **NAME)
        if name in names:
            one.wrong("name", f"is {shown(name)}, which stands in line {names[name]} already: each needs its own")
        names.setdefault(name, one.line_of("name"))
        if one.is_empty("like"):
            one.wrong("like", f"says nothing: it must be a list of {_MEANS_PREFIX}")
        like: list[str] = []
        for text, line in one.texts("like"):
            if not PREFIX.fullmatch(text):
                mistakes.add(line, f"like of a class: {shown(text)} is wrong; it must be {_MEANS_PREFIX}")
            elif text in lines:
                mistakes.add(line, f"like of a class: {text} stands in line {lines[text]} already: leave one out")
            else:
                like.append(text)
            lines.setdefault(text, line)
        found.append(NumberClassSettings(name=name, like=tuple(like)))
    return tuple(found)
