"""The people of a center file: agents, the reasons and dispositions that they give, and callers who are known."""

from collections.abc import Callable

from freeswitch_cc.center_dialling import caller_ids, may_dial
from freeswitch_cc.center_settings import (
    DEFAULT_MISSES,
    SYSTEM_REASONS,
    AgentSettings,
    CallerSettings,
    DispositionSettings,
    ReasonSettings,
)
from freeswitch_cc.center_shapes import LOGIN, MOST_PRIORITY, NAME, SHOWN_NAME, Known, shown, wrap_up
from freeswitch_cc.core.feature_codes import CODE, KINDS
from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.core.words import WrapUp
from freeswitch_cc.lined_yaml import Mistakes, Section

MOST_LEVEL = 10
_DAY_MS = 86_400_000

# What is wrong with an agent's contact, as a sentence, or None.
Check = Callable[[str], str | None]


def agent(section: Section, check: Check, known: Known, mistakes: Mistakes) -> AgentSettings:
    contact = section.text("contact", means="the dial string of the agent's phone")
    if contact and (sentence := check(contact)):
        section.wrong("contact", f"may not be dialled: {sentence}")
    word, time, limit = wrap_up(section)
    return AgentSettings(
        login=section.text("login", **LOGIN),
        name=section.text("name", **SHOWN_NAME),
        contact=contact,
        wrap_up=word or WrapUp.NONE,
        wrap_up_ms=time or 0,
        wrap_up_limit_ms=limit or 0,
        max_misses=section.whole("max_misses", DEFAULT_MISSES, 1, 100),
        skills=_skills(section, known, mistakes),
        groups=_groups(section, known, mistakes),
        auto_answer=section.truth("auto_answer", False),
        may_dial=may_dial(section, known.classes, mistakes),
        caller_ids=caller_ids(section, mistakes),
    )


def reason(section: Section) -> ReasonSettings:
    name = section.text("name", **NAME)
    if name in SYSTEM_REASONS:
        section.wrong("name", f"is {name!r}, which only the engine says: choose another word")
    return ReasonSettings(
        name=name,
        is_productive=section.truth("is_productive", False),
        is_paid=section.truth("is_paid", True),
        longest_ms=section.whole("longest_ms", 0, 1_000, _DAY_MS) or None,
        number=section.whole("number", 0, 1, 99) or None,
    )


def feature_codes(center: Section | None, mistakes: Mistakes) -> dict[str, str]:
    """By kind of request, an empty one for none. What the file leaves out is as usual."""
    codes = dict(KINDS)
    section = center.section("feature_codes", "feature codes", tuple(map(str, KINDS))) if center is not None else None
    if section is None:
        return codes
    for kind, usual in KINDS.items():
        code = section.text(kind, usual, like=rf"{CODE}|none", means='a star and two digits, "*42", or none')
        codes[kind] = "" if code == "none" else code
    for kind, code in codes.items():
        others = [other for other, same in codes.items() if code and same == code and other != kind]
        if others and section.has(kind):
            mistakes.add(section.line_of(kind), f"feature codes: {code} is {kind} and {others[0]}: each needs its own")
    return codes


def disposition(section: Section) -> DispositionSettings:
    return DispositionSettings(code=section.text("code", **NAME), name=section.text("name", **SHOWN_NAME))


def known_caller(section: Section, known: Known) -> CallerSettings:
    login = section.text("agent", means="the login of an agent of this file") if section.has("agent") else ""
    if login and known.logins is not None and login not in known.logins:
        section.wrong("agent", f"is {shown(login)}, and nobody has that login: {nearest(login, known.logins)}")
    return CallerSettings(
        number=section.text(
            "number",
            like=r"[+]?[0-9]{1,20}",
            means="1 to 20 digits, with or without a + before them, as the switch shows them",
        ),
        name=section.text("name", "", **SHOWN_NAME),
        importance=section.whole("importance", 0, -MOST_PRIORITY, MOST_PRIORITY),
        agent=login or None,
    )


def _skills(section: Section, known: Known, mistakes: Mistakes) -> dict[str, int]:
    levels = section.section("skills", "an agent's skill list", None)
    if levels is None:
        return {}
    for name in levels.keys:
        if known.skills is not None and name not in known.skills:
            hint = nearest(name, known.skills)
            mistakes.add(levels.line_of(name), f"skills of an agent: there is no skill {shown(name)}: {hint}")
    return {name: levels.whole(name, 1, 1, MOST_LEVEL) for name in levels.keys}


def _groups(section: Section, known: Known, mistakes: Mistakes) -> tuple[str, ...]:
    found: list[str] = []
    for name, line in section.texts("groups"):
        if known.groups is not None and name not in known.groups:
            mistakes.add(line, f"groups of an agent: there is no group {shown(name)}: {nearest(name, known.groups)}")
        elif name in found:
            mistakes.add(line, f"groups of an agent: {shown(name)} stands there twice: leave one out")
        else:
            found.append(name)
    return tuple(found)
