"""The center file: switches, agents, queues, entry points, and what they are described by.

Read and checked here, every mistake at once, with its line and what would be right: the whole file, and what its parts
say of each other (center_people and center_queues read the parts). center.schema.json says the same to editors, as
far as a schema can, and docs/center-file.md to people. Knows no database: store.center carries it in. Nothing here
opens a connection.
"""

import codecs
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar
from zoneinfo import available_timezones

from freeswitch_cc import center_dialling, center_overflow, center_people, center_queues
from freeswitch_cc.center_settings import (
    DEFAULT_MUSIC,
    DEFAULT_PORT,
    DEFAULT_TIMEZONE,
    AgentSettings,
    CallerSettings,
    Center,
    DiallingSettings,
    DispositionSettings,
    EntryPointSettings,
    NumberClassSettings,
    PriorityBySettings,
    QueueSettings,
    ReasonSettings,
    SwitchSettings,
    TierSettings,
    VoicemailBoxSettings,
)
from freeswitch_cc.center_shapes import NAME, Known, keys_of, no_doubles, shown, word_list
from freeswitch_cc.core.contact import check_contact
from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.lined_yaml import Mistakes, Section, read_mapping

__all__ = [
    "DEFAULT_MUSIC",
    "NEEDED_PARTS",
    "OTHER_PARTS",
    "PARTS",
    "AgentSettings",
    "CallerSettings",
    "Center",
    "DiallingSettings",
    "DispositionSettings",
    "EntryPointSettings",
    "NumberClassSettings",
    "PriorityBySettings",
    "QueueSettings",
    "ReasonSettings",
    "SwitchSettings",
    "TierSettings",
    "VoicemailBoxSettings",
    "parse_center",
    "read_center",
    "read_parts",
]

NEEDED_PARTS = ("switches", "agents", "queues", "entry_points")
OTHER_PARTS = (
    *("center", "skills", "groups", "reasons", "dispositions", "known_callers", "voicemail_boxes"),
    "dialling",
)
PARTS = (*NEEDED_PARTS, *OTHER_PARTS)

T = TypeVar("T")


def read_center(path: Path) -> Center:
    """The center in this file; ConfigInvalid names every mistake in it."""
    try:
        raw = path.read_bytes()
    except OSError as failure:
        raise ConfigInvalid([f"the file cannot be read: {failure.strerror}"]) from failure
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigInvalid(["line 1: the file is UTF-16: save it as UTF-8"])
    # Bytes that are no UTF-8 stay recognizable: they are told together with everything else that is wrong.
    return parse_center(raw.decode("utf-8-sig", errors="surrogateescape"))


def parse_center(text: str) -> Center:
    """The center in this text; ConfigInvalid names every mistake in it."""
    mistakes = Mistakes()
    root = read_mapping(text, "the center file", PARTS, mistakes, NEEDED_PARTS)
    center = read_parts(root, NEEDED_PARTS, mistakes)
    mistakes.finish()
    return center


def read_parts(
    root: Section, parts: Sequence[str], mistakes: Mistakes, check: Callable[[str], str | None] = check_contact
) -> Center:
    """The center in one mapping that must have these parts; another file may hold one. Mistakes are only noted.

    check: what is wrong with an agent's contact, as a sentence, or None.
    """
    for part in parts:
        # A forgotten part would put everybody in it out of work: it is said, and never guessed.
        if not root.has(part):
            mistakes.add(root.line, f"{part} is missing; write `{part}: []` if there are none")

    def each(part: str, what: str, settings: type[T], read: Callable[[Section], T]) -> list[tuple[Section, T]]:
        return [(section, read(section)) for section in root.sections(part, what, keys_of(settings))]

    skills, skills_known = word_list(root, "skills", "skill", mistakes)
    groups, groups_known = word_list(root, "groups", "group", mistakes)
    dialling, classes = center_dialling.dialling(root, mistakes)
    known = Known(skills=skills_known, groups=groups_known, classes=classes)
    switches = each("switches", "a switch", SwitchSettings, _switch)
    agents = each("agents", "an agent", AgentSettings, lambda s: center_people.agent(s, check, known, mistakes))
    logins = _names(root, "agents", "login", agents)
    known = Known(skills=skills_known, groups=groups_known, logins=logins, classes=classes)
    queues = each("queues", "a queue", QueueSettings, lambda s: center_queues.queue(s, known, mistakes))
    names = _names(root, "queues", "name", queues)
    points = each(
        "entry_points", "an entry point", EntryPointSettings, lambda s: center_queues.entry_point(s, names, known)
    )
    reasons = each("reasons", "a reason", ReasonSettings, center_people.reason)
    dispositions = each("dispositions", "a disposition", DispositionSettings, center_people.disposition)
    callers = each("known_callers", "a known caller", CallerSettings, lambda s: center_people.known_caller(s, known))

    boxes = each("voicemail_boxes", "a voicemail box", VoicemailBoxSettings, center_overflow.voicemail_box)
    box_names = _names(root, "voicemail_boxes", "name", boxes) if root.has("voicemail_boxes") else []
    center_overflow.check_targets(queues, names, known.logins, box_names)
    if classes is not None:
        center_overflow.check_numbers(queues, dialling, _settings(points))

    no_doubles([(section, "host", f"{s.host.lower()}:{s.port}") for section, s in switches if s.host], mistakes)
    no_doubles([(section, "name", s.name) for section, s in switches], mistakes)
    no_doubles([(section, "login", s.login) for section, s in agents], mistakes)
    no_doubles([(section, "name", s.name) for section, s in queues], mistakes)
    no_doubles([(section, "number", s.number) for section, s in points], mistakes)
    no_doubles([(section, "name", s.name) for section, s in reasons], mistakes)
    no_doubles([(section, "code", s.code) for section, s in dispositions], mistakes)
    no_doubles([(section, "number", s.number) for section, s in callers], mistakes)
    no_doubles([(section, "name", s.name) for section, s in boxes], mistakes)
    no_doubles([(section, "number", str(r.number or "")) for section, r in reasons], mistakes)
    center = root.section("center", "the center", ("timezone", "feature_codes"))
    return Center(
        timezone=_timezone(center),
        feature_codes=center_people.feature_codes(center, mistakes),
        switches=_settings(switches),
        skills=skills,
        groups=groups,
        reasons=_settings(reasons) if root.has("reasons") else None,
        dispositions=_settings(dispositions),
        agents=_settings(agents),
        queues=_settings(queues),
        entry_points=_settings(points),
        known_callers=_settings(callers),
        voicemail_boxes=_settings(boxes),
        dialling=dialling,
    )


def _settings(found: list[tuple[Section, T]]) -> tuple[T, ...]:
    return tuple(settings for _, settings in found)


def _names(root: Section, part: str, key: str, found: list[tuple[Section, T]]) -> list[str] | None:
    """What may be referred to: names that are wrong too, their own mistake is told. None when the part is no list."""
    if not root.holds_list(part):
        return None
    return [name for section, _ in found if (name := section.written(key))]


def _switch(section: Section) -> SwitchSettings:
    return SwitchSettings(
        name=section.text("name", **NAME),
        host=section.text("host", like=r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252})", means="a host name or an address"),
        port=section.whole("port", DEFAULT_PORT, 1, 65_535),
        password_env=section.text(
            "password_env",
            like=r"[A-Za-z_][A-Za-z0-9_]{0,127}",
            means="the name of the environment variable that holds the password, never the password itself",
            is_secret=True,
        ),
    )


def _timezone(section: Section | None) -> str:
    if section is None:
        return DEFAULT_TIMEZONE
    zone = section.text(
        "timezone",
        DEFAULT_TIMEZONE,
        like=r"[A-Za-z][A-Za-z0-9_+/-]{0,63}",
        means="the name of a time zone, such as Europe/Helsinki",
    )
    # A machine may have no list of them; then PostgreSQL, which has its own, is the first to judge.
    if (zones := _timezones()) and zone not in zones:
        of_that_city = next((name for name in zones if name.lower().endswith(f"/{zone.lower()}")), None)
        hint = f"did you mean {of_that_city}?" if of_that_city else nearest(zone, zones)
        section.wrong("timezone", f"is {shown(zone)}, and there is no such time zone: {hint}")
    return zone


@cache
def _timezones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))
