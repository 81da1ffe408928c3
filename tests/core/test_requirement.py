"""Required expressions: what they mean, and that each has one text only. Wrong ones: test_requirement_mistakes."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.requirement import (
    AllOf,
    AnyOf,
    Level,
    Member,
    Not,
    Requirement,
    canonical,
    groups_in,
    meets,
    parse,
    skills_in,
)
from freeswitch_cc.errors import RequirementInvalid

NAMES = ("french", "a", "Z-9_x", "order", "android", "nothing", "group", "notary")

levels = st.builds(
    Level, st.sampled_from(NAMES), st.sampled_from((">=", ">", "<", "<=", "=", "!=")), st.integers(0, 10)
)
atoms: st.SearchStrategy[Requirement] = levels | st.builds(Member, st.sampled_from((*NAMES, "and", "OR")))


def not_of(requirement: Requirement) -> Requirement:
    return requirement.of if isinstance(requirement, Not) else Not(requirement)


def joined(kind: Callable[[tuple[Requirement, ...]], AllOf | AnyOf]) -> Callable[[list[Requirement]], Requirement]:
    """AllOf and AnyOf as the parser makes them: flat."""

    def join(parts: list[Requirement]) -> Requirement:
        of_kind = type(kind(()))
        return kind(tuple(part for one in parts for part in (one.parts if isinstance(one, of_kind) else (one,))))

    return join


requirements = st.recursive(
    atoms,
    lambda inner: (
        inner.map(not_of)
        | st.lists(inner, min_size=2, max_size=3).map(joined(AllOf))
        | st.lists(inner, min_size=2, max_size=3).map(joined(AnyOf))
    ),
    max_leaves=8,
)

# Text as people write it: needless parentheses, blanks or none.
words = st.sampled_from(
    ("a", "b", "group:x", "group:y", "a >= 5", "b<3", "a != 0", "b  =  7", "a>9", "b <=4")
) | st.just("not a")
texts = st.recursive(
    words,
    lambda inner: (
        st.tuples(inner, st.sampled_from((" and ", " or ", "  or  ", " and\t")), inner).map("".join)
        | inner.map(lambda text: f"({text})")
        | inner.map(lambda text: f"not ( {text})")
    ),
    max_leaves=8,
)


def as_python_says(text: str, skills: dict[str, int], groups: set[str]) -> bool:
    """Python has the same three words with the same precedence: it is asked too."""
    python = re.sub(r"group:(\w+)", r"('\1' in groups)", text)
    python = re.sub(r"\b(a|b)\b\s*(>=|<=|!=|>|<|=)?", lambda m: f"skills.get('{m[1]}', 0) {m[2] or '>= 1'} ", python)
    python = re.sub(r"(?<![<>!=])=(?!=)", "==", python)
    return bool(eval(python, {}, {"skills": skills, "groups": groups}))  # only text of the strategy above


def test_the_example_of_the_documents_is_read() -> None:
    requirement = parse("french >= 5 and (billing or group:gold)")
    assert requirement == AllOf((Level("french", ">=", 5), AnyOf((Level("billing"), Member("gold")))))
    assert skills_in(requirement) == {"french", "billing"}
    assert groups_in(requirement) == {"gold"}


@pytest.mark.parametrize(
    ("text", "one_text"),
    [
        ("french", "french"),
        ("french>=1", "french"),
        (" ( french ) ", "french"),
        ("french>=5", "french >= 5"),
        ("french  =10", "french = 10"),
        ("french >= 05", "french >= 5"),
        ("a and (b and c)", "a and b and c"),
        ("(a or b) or c", "a or b or c"),
        ("(a and b) or c", "a and b or c"),
        ("a and (b or c)", "a and (b or c)"),
        ("not (a)", "not a"),
        ("not (not a)", "a"),
        ("not (a and b)", "not (a and b)"),
        ("(not a) and b", "not a and b"),
        ("not (a >= 3)", "not a >= 3"),
        ("order or notary and android", "order or notary and android"),
        ("group:and", "group:and"),
    ],
)
def test_each_meaning_has_one_text(text: str, one_text: str) -> None:
    assert canonical(parse(text)) == one_text
    assert parse(one_text) == parse(text)


@given(requirements)
def test_a_requirement_that_is_written_and_read_again_is_the_same(requirement: Requirement) -> None:
    text = canonical(requirement)
    assert parse(text) == requirement
    assert canonical(parse(text)) == text


@given(texts)
def test_the_one_text_of_a_text_means_the_same_and_names_the_same(text: str) -> None:
    requirement = parse(text)
    again = parse(canonical(requirement))
    assert again == requirement
    assert groups_in(requirement) == set(re.findall(r"group:(\w+)", text))
    assert skills_in(requirement) == set(re.findall(r"(?<!:)\b[ab]\b", text))


@given(
    texts,
    st.dictionaries(st.sampled_from("ab"), st.integers(1, 10)),
    st.sets(st.sampled_from("xy")),
)
def test_who_meets_it_is_what_the_words_say(text: str, skills: dict[str, int], groups: set[str]) -> None:
    assert meets(parse(text), skills, groups) is as_python_says(text, skills, groups)


@pytest.mark.parametrize(
    ("text", "skills", "groups", "is_met"),
    [
        ("french", {"french": 1}, (), True),
        ("french", {}, (), False),
        ("french >= 5", {"french": 5}, (), True),
        ("french > 5", {"french": 5}, (), False),
        ("french < 3", {}, (), True),
        ("french = 0", {}, (), True),
        ("french != 0", {"french": 2}, (), True),
        ("group:gold", {"gold": 10}, (), False),
        ("group:gold", {}, ("gold",), True),
        ("a or b and c", {"a": 1}, (), True),
        ("(a or b) and c", {"a": 1}, (), False),
        ("not a or b", {"a": 1, "b": 1}, (), True),
        ("not (a or b)", {"a": 1, "b": 1}, (), False),
    ],
)
def test_who_meets_what(text: str, skills: dict[str, int], groups: tuple[str, ...], is_met: bool) -> None:
    assert meets(parse(text), skills, groups) is is_met


def test_names_are_only_asked_for_when_they_are_known() -> None:
    assert parse("klingon and group:gold") == AllOf((Level("klingon"), Member("gold")))
    assert parse("french and group:gold", {"french"}, {"gold"}) == AllOf((Level("french"), Member("gold")))
    with pytest.raises(RequirementInvalid):
        parse("klingon", {"french"}, None)
    assert parse("klingon", None, {"gold"}) == Level("klingon")
