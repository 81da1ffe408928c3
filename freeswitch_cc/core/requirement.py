"""Required expressions: which skills, at which levels, and which groups are asked of an agent.

    french >= 5 and (billing or group:gold)

Text becomes a value that can be asked who meets it and written again in one way only. The grammar stands here, and
what may be said of text that breaks it in core.requirement_mistakes. Who has which skill is the center's business.
"""

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken

from freeswitch_cc.core import requirement_mistakes as mistakes
from freeswitch_cc.errors import RequirementInvalid

LEAST_LEVEL, MOST_LEVEL = 0, 10
"""A level that may be asked for; whoever does not have a skill has it at level 0."""
NAME = r"[A-Za-z][A-Za-z0-9_-]*"
"""What a skill or a group may be called, but for the three words of the expressions themselves."""

_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Level:
    """Whose level of this skill compares so. `french` alone is `french >= 1`."""

    skill: str
    compared: str = ">="
    level: int = 1


@dataclass(frozen=True, slots=True)
class Member:
    """Who is in this group."""

    group: str


@dataclass(frozen=True, slots=True)
class Not:
    """Who does not meet it. It is no Not itself: two of them are none."""

    of: "Requirement"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Who meets every part: two at least, and none of them an AllOf."""

    parts: tuple["Requirement", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Who meets one of the parts: two at least, and none of them an AnyOf."""

    parts: tuple["Requirement", ...]


Requirement = Level | Member | Not | AllOf | AnyOf


def parse(text: str, skills: Collection[str] | None = None, groups: Collection[str] | None = None) -> Requirement:
    """The requirement that this text is; RequirementInvalid says where it is none, and what would be right there.

    skills, groups: those that there are; None leaves unasked whether a name is one of them.
    """
    tokens = _tokens_of(text)
    if found := mistakes.of_tokens(tokens):
        raise RequirementInvalid(found)
    try:
        requirement: Requirement = _PARSER.parse(text)  # type: ignore[assignment]  # the transformer's, not a tree
    except UnexpectedToken as wrong:
        raise RequirementInvalid([mistakes.of_order(tokens, wrong.token)]) from None
    if found := mistakes.of_names(tokens, skills, groups):
        raise RequirementInvalid(found)
    # What was written without blanks grows, and must not be too long to be read again.
    if (length := len(canonical(requirement))) > mistakes.LONGEST:
        raise RequirementInvalid([mistakes.of_length(length)])
    return requirement


def canonical(requirement: Requirement) -> str:
    """The one text that this requirement has: parsed again it is the same requirement."""
    match requirement:
        case Level(skill, ">=", 1):
            return skill
        case Level(skill, compared, level):
            return f"{skill} {compared} {level}"
        case Member(group):
            return f"group:{group}"
        case Not(of):
            return f"not {_within(of, AllOf | AnyOf)}"
        case AllOf(parts):
            return " and ".join(_within(part, AnyOf) for part in parts)
        case AnyOf(parts):
            return " or ".join(canonical(part) for part in parts)


def meets(requirement: Requirement, skills: Mapping[str, int], groups: Collection[str]) -> bool:
    """Does an agent with these skills, each at its level, and in these groups meet it?"""
    match requirement:
        case Level(skill, compared, level):
            return _COMPARED[compared](skills.get(skill, 0), level)
        case Member(group):
            return group in groups
        case Not(of):
            return not meets(of, skills, groups)
        case AllOf(parts):
            return all(meets(part, skills, groups) for part in parts)
        case AnyOf(parts):
            return any(meets(part, skills, groups) for part in parts)


def skills_in(requirement: Requirement) -> set[str]:
    """The skills that it names."""
    return {atom.skill for atom in _atoms(requirement) if isinstance(atom, Level)}


def groups_in(requirement: Requirement) -> set[str]:
    """The groups that it names."""
    return {atom.group for atom in _atoms(requirement) if isinstance(atom, Member)}


def _atoms(requirement: Requirement) -> Iterator[Level | Member]:
    match requirement:
        case Level() | Member():
            yield requirement
        case Not(of):
            yield from _atoms(of)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _atoms(part)


def _within(part: Requirement, loose: Any) -> str:
    """In parentheses where its parts would be taken for somebody else's."""
    return f"({canonical(part)})" if isinstance(part, loose) else canonical(part)


# -- the grammar ---------------------------------------------------------------------------------

# LALR, so that its time grows with the text and no faster. STRANGE and SLIP are nothing that anybody may write: they
# are here that every text has tokens, and are refused before the parser sees them.
_BLANK = r" \t\r\n"
_END = rf"(?![^{_BLANK}()<>=!&|,])"
_GRAMMAR = rf"""
    ?start: any
    ?any: all | all ("or" all)+ -> any_of
    ?all: one | one ("and" one)+ -> all_of
    ?one: atom | "not" atom -> not_
    ?atom: SKILL -> has
         | SKILL COMPARED LEVEL -> level
         | GROUP -> member
         | "(" any ")"
         | (STRANGE | SLIP) -> nothing
    COMPARED: ">=" | "<=" | "!=" | ">" | "<" | "="
    SKILL: /{NAME}{_END}/
    GROUP.2: /group:{NAME}{_END}/
    LEVEL: /[0-9]+{_END}/
    SLIP.3: /==|=>|=<|<>|&&?|\|\|?|!(?!=)|,/
    STRANGE.-1: /[^{_BLANK}()<>=!&|,]+/
    %ignore /[{_BLANK}]+/
"""


class _Requirements(Transformer[Token, Requirement]):
    """Makes the parts as the parser goes: what is nested deeply costs no recursion."""

    def has(self, found: list[Token]) -> Requirement:
        return Level(str(found[0]))

    def level(self, found: list[Token]) -> Requirement:
        skill, compared, level = found
        return Level(str(skill), str(compared), int(level))

    def member(self, found: list[Token]) -> Requirement:
        return Member(found[0].removeprefix("group:"))

    def not_(self, found: list[Requirement]) -> Requirement:
        (of,) = found
        return of.of if isinstance(of, Not) else Not(of)

    def all_of(self, found: list[Requirement]) -> Requirement:
        return AllOf(tuple(part for one in found for part in (one.parts if isinstance(one, AllOf) else (one,))))

    def any_of(self, found: list[Requirement]) -> Requirement:
        return AnyOf(tuple(part for one in found for part in (one.parts if isinstance(one, AnyOf) else (one,))))


_PARSER = Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=_Requirements())


def _tokens_of(text: str) -> list[Token]:
    if len(text) > mistakes.LONGEST:
        raise RequirementInvalid([mistakes.of_length(len(text))])
    try:
        return list(_PARSER.lex(text))
    except UnexpectedInput as wrong:  # pragma: no cover
        raise AssertionError(f"every text has tokens: {text!r}") from wrong
