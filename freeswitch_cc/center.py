"""The center file: the switches, agents, queues and entry points that a call center consists of.

Read and checked here, every mistake at once, with its line and what would be right. center.schema.json says the
same to editors, as far as a schema can, and docs/center-file.md to people. Knows no database: store.center carries
it in. Nothing here opens a connection.
"""

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypedDict

from freeswitch_cc.core.contact import check_contact
from freeswitch_cc.core.sound import check_sound
from freeswitch_cc.core.words import WrapUp
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.lined_yaml import Mistakes, Scalar, Section, nearest, read_mapping

PARTS = ("switches", "agents", "queues", "entry_points")
DEFAULT_PORT = 8021
DEFAULT_RING_MS = 15_000
DEFAULT_MISSES = 3
# Made by the switch itself, so that it plays where no sound file is installed.
DEFAULT_MUSIC = (
    "tone_stream://v=-26;%(1400,200,262,330,392);%(1400,200,220,262,330);"
    "%(1400,200,175,220,262);%(1400,1800,196,247,294);loops=-1"
)

_HOUR_MS = 3_600_000


class _Shape(TypedDict):
    like: str
    means: str


_NAME = _Shape(
    like=r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    means="letters, digits, dots, dashes and underscores (64 at most), with a letter or a digit first",
)
_LOGIN = _Shape(
    like=r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}",
    means="letters, digits, dots, dashes, underscores and @ (64 at most), with a letter or a digit first",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSettings:
    """password_env: the environment variable that holds the Event Socket's password; the password is never here."""

    name: str
    host: str
    port: int = DEFAULT_PORT
    password_env: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    login: str
    name: str
    contact: str
    wrap_up: str = WrapUp.NONE
    wrap_up_ms: int = 0
    max_misses: int = DEFAULT_MISSES


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """wrap_up: None leaves each agent his own."""

    name: str
    agents: tuple[str, ...] = ()
    ring_ms: int = DEFAULT_RING_MS
    music: str = DEFAULT_MUSIC
    priority: int = 0
    wrap_up: str | None = None
    wrap_up_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPointSettings:
    number: str
    queue: str
    attached: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Center:
    """A whole center, as one file says it."""

    switches: tuple[SwitchSettings, ...] = ()
    agents: tuple[AgentSettings, ...] = ()
    queues: tuple[QueueSettings, ...] = ()
    entry_points: tuple[EntryPointSettings, ...] = ()


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
    center = read_parts(read_mapping(text, "the center file", PARTS, mistakes), PARTS, mistakes)
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
    switches = [_switch(section) for section in root.sections("switches", "a switch", _keys(SwitchSettings))]
    agents = [_agent(section, check) for section in root.sections("agents", "an agent", _keys(AgentSettings))]
    logins = _names(root, "agents", "login", [section for section, _ in agents])
    queues = [_queue(section, logins, mistakes) for section in root.sections("queues", "a queue", _keys(QueueSettings))]
    names = _names(root, "queues", "name", [section for section, _ in queues])
    points = root.sections("entry_points", "an entry point", _keys(EntryPointSettings))
    entry_points = [_entry_point(section, names) for section in points]

    _no_doubles([(section, "name", settings.name) for section, settings in switches], mistakes)
    _no_doubles([(section, "host", f"{s.host.lower()}:{s.port}") for section, s in switches if s.host], mistakes)
    _no_doubles([(section, "login", settings.login) for section, settings in agents], mistakes)
    _no_doubles([(section, "name", settings.name) for section, settings in queues], mistakes)
    _no_doubles([(section, "number", settings.number) for section, settings in entry_points], mistakes)
    return Center(
        switches=tuple(settings for _, settings in switches),
        agents=tuple(settings for _, settings in agents),
        queues=tuple(settings for _, settings in queues),
        entry_points=tuple(settings for _, settings in entry_points),
    )


def _keys(settings: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(settings))


def _names(root: Section, part: str, key: str, sections: list[Section]) -> list[str] | None:
    """What may be referred to: names that are wrong too, their own mistake is told. None when the part is no list."""
    if not root.holds_list(part):
        return None
    return [name for section in sections if (name := section.written(key))]


def _switch(section: Section) -> tuple[Section, SwitchSettings]:
    return section, SwitchSettings(
        name=section.text("name", **_NAME),
        host=section.text("host", like=r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252})", means="a host name or an address"),
        port=section.whole("port", DEFAULT_PORT, 1, 65_535),
        password_env=section.text(
            "password_env",
            like=r"[A-Za-z_][A-Za-z0-9_]{0,127}",
            means="the name of the environment variable that holds the password, never the password itself",
            is_secret=True,
        ),
    )


def _agent(section: Section, check: Callable[[str], str | None]) -> tuple[Section, AgentSettings]:
    contact = section.text("contact", means="the dial string of the agent's phone")
    if contact and (sentence := check(contact)):
        section.wrong("contact", f"may not be dialled: {sentence}")
    wrap_up, wrap_up_ms = _wrap_up(section)
    return section, AgentSettings(
        login=section.text("login", **_LOGIN),
        name=section.text("name", like=".{1,100}", means="100 characters at most"),
        contact=contact,
        wrap_up=wrap_up or WrapUp.NONE,
        wrap_up_ms=wrap_up_ms or 0,
        max_misses=section.whole("max_misses", DEFAULT_MISSES, 1, 100),
    )


def _queue(section: Section, logins: list[str] | None, mistakes: Mistakes) -> tuple[Section, QueueSettings]:
    members: list[str] = []
    for login, line in section.texts("agents"):
        if logins is not None and login not in logins:
            mistakes.add(line, f"agents of a queue: nobody has the login {login!r}: {nearest(login, logins)}")
        elif login in members:
            mistakes.add(line, f"agents of a queue: {login!r} stands there twice: leave one out")
        else:
            members.append(login)
    wrap_up, wrap_up_ms = _wrap_up(section)
    return section, QueueSettings(
        name=section.text("name", **_NAME),
        agents=tuple(members),
        ring_ms=section.whole("ring_ms", DEFAULT_RING_MS, 1_000, 600_000),
        music=_music(section),
        priority=section.whole("priority", 0, -1_000, 1_000),
        wrap_up=wrap_up,
        wrap_up_ms=wrap_up_ms,
    )


def _music(section: Section) -> str:
    music = section.text("music", DEFAULT_MUSIC)
    if sentence := check_sound(music):
        section.wrong("music", f"may not be played: {sentence}")
    return music


def _entry_point(section: Section, queues: list[str] | None) -> tuple[Section, EntryPointSettings]:
    queue = section.text("queue", means="the name of a queue of this file")
    if queue and queues is not None and queue not in queues:
        section.wrong("queue", f"is {queue!r}, and there is no such queue: {nearest(queue, queues)}")
    return section, EntryPointSettings(
        # What fs-config's public context lets through, and no more: a call to any other number never comes here.
        number=section.text(
            "number",
            like=r"[+]?[0-9]{1,20}|[*]",
            means="1 to 20 digits, with or without a + before them, or * alone for every other number",
        ),
        queue=queue,
        attached=section.data("attached"),
    )


def _wrap_up(section: Section) -> tuple[str | None, int | None]:
    """A time is asked for where it means something, and refused where it would mean nothing."""
    wrap_up = section.word("wrap_up", WrapUp)
    is_timed = wrap_up == WrapUp.TIMED
    # Whether a word that nobody knows should have been `timed` is not known either.
    is_wrong = wrap_up is None and section.has("wrap_up")
    if is_timed and not section.has("wrap_up_ms"):
        section.wrong("wrap_up", "is timed, so it needs wrap_up_ms: how long, in milliseconds")
    elif is_timed or is_wrong:
        return wrap_up, section.whole("wrap_up_ms", 1_000, 1_000, _HOUR_MS)
    elif section.has("wrap_up_ms"):
        section.wrong("wrap_up_ms", "means nothing here, because wrap_up is not timed: leave it out")
    return wrap_up, None


def _no_doubles(values: list[tuple[Section, str, str]], mistakes: Mistakes) -> None:
    lines: dict[str, int] = {}
    for section, key, value in values:
        line = section.line_of(key)
        if value and value in lines:
            first = f"stands in line {lines[value]} already: each needs its own"
            mistakes.add(line, f"{section.what} with the {key} {value!r} {first}")
        lines.setdefault(value, line)
