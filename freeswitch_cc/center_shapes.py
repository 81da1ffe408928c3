"""What several kinds of mappings of a center file have in common: names, wrap-up, required expressions, members.

Each reads a value of a section, and notes what is wrong with it where it stands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypedDict

from freeswitch_cc.core import requirement
from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.core.requirement_mistakes import KEYWORDS
from freeswitch_cc.core.words import WrapUp
from freeswitch_cc.errors import RequirementInvalid
from freeswitch_cc.lined_yaml import Mistakes, Section

HOUR_MS = 3_600_000
MOST_PRIORITY = 1_000
_LONGEST_NAME = 64


class Shape(TypedDict):
    like: str
    means: str


NAME = Shape(
    like=r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    means="letters, digits, dots, dashes and underscores (64 at most), with a letter or a digit first",
)
LOGIN = Shape(
    like=r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}",
    means="letters, digits, dots, dashes, underscores and @ (64 at most), with a letter or a digit first",
)
SHOWN_NAME = Shape(like=".{1,100}", means="100 characters at most")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What may be referred to. None when its part cannot be read: then nothing is called unknown."""

    skills: Sequence[str] | None
    groups: Sequence[str] | None
    logins: Sequence[str] | None = None
    classes: list[str] | None = None


def keys_of(settings: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(settings))


def word_list(root: Section, part: str, kind: str, mistakes: Mistakes) -> tuple[tuple[str, ...], list[str] | None]:
    """The skills or groups of a file, and what may be referred to: names that are wrong too, for they are told."""
    found: list[str] = []
    written = root.texts(part)
    for name, line in written:
        if name in found:
            mistakes.add(line, f"{part}: {shown(name)} stands there twice: leave one out")
        elif name.lower() in KEYWORDS:
            mistakes.add(line, f"{part}: {shown(name)} is a word of requirements: call the {kind} something else")
        elif len(name) > _LONGEST_NAME or not re.fullmatch(requirement.NAME, name):
            right = (
                f"letters from A to Z, digits, dashes and underscores ({_LONGEST_NAME} at most), with a letter first"
            )
            mistakes.add(line, f"{part}: {shown(name)} is no name of a {kind}; it must be {right}")
        else:
            found.append(name)
    may_be_named = None if root.has(part) and not root.holds_list(part) else [name for name, _ in written]
    return tuple(found), may_be_named


def members(section: Section, logins: Sequence[str] | None, mistakes: Mistakes) -> tuple[str, ...]:
    """The logins under `agents`, each of them once."""
    found: list[str] = []
    for login, line in section.texts("agents"):
        if logins is not None and login not in logins:
            hint = nearest(login, logins)
            mistakes.add(line, f"agents of {section.what}: nobody has the login {shown(login)}: {hint}")
        elif login in found:
            mistakes.add(line, f"agents of {section.what}: {shown(login)} stands there twice: leave one out")
        else:
            found.append(login)
    return tuple(found)


def requires(section: Section, known: Known) -> str | None:
    """The required expression in its one text; None when there is none, or a wrong one."""
    if not section.has("requires"):
        return None
    text = section.text("requires", "", means="an expression such as `french >= 5 and group:gold`")
    try:
        return requirement.canonical(requirement.parse(text, known.skills, known.groups)) if text else None
    except RequirementInvalid as wrong:
        for problem in wrong.problems:
            section.wrong("requires", f"is wrong: {problem}")
    return None


def wrap_up(section: Section) -> tuple[str | None, int | None, int | None]:
    """The word, its time and its limit. They are asked for where they mean something, and refused elsewhere."""
    word = section.word("wrap_up", WrapUp)
    if word is None and section.has("wrap_up"):
        # Whether a word that nobody knows should have been `timed` is not known: only the numbers are looked at.
        return word, _time(section, "wrap_up_ms"), _time(section, "wrap_up_limit_ms")
    if word != WrapUp.TIMED:
        for key in ("wrap_up_ms", "wrap_up_limit_ms"):
            if section.has(key):
                section.wrong(key, "means nothing here, because wrap_up is not timed: leave it out")
        return word, None, None
    time, limit = _time(section, "wrap_up_ms"), _time(section, "wrap_up_limit_ms")
    if not section.has("wrap_up_ms"):
        section.wrong("wrap_up", "is timed, so it needs wrap_up_ms: how long, in milliseconds")
    if time and limit and limit < time:
        section.wrong("wrap_up_limit_ms", f"is {limit}, and wrap_up_ms is {time}: it must not be shorter")
    return word, time, limit


def no_doubles(values: Sequence[tuple[Section, str, str]], mistakes: Mistakes) -> None:
    """Each section must have its own value of this key."""
    lines: dict[str, int] = {}
    for section, key, value in values:
        line = section.line_of(key)
        if value and value in lines:
            first = f"stands in line {lines[value]} already: each needs its own"
            mistakes.add(line, f"{section.what} with the {key} {value!r} {first}")
        lines.setdefault(value, line)


def shown(name: str) -> str:
    """In quotes, and not without end."""
    return repr(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}...")


def _time(section: Section, key: str) -> int | None:
    """None when it is not there, or wrong."""
    return section.whole(key, 0, 1_000, HOUR_MS) or None
