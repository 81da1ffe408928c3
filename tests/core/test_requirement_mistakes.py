"""Required expressions that are none: the place is told, what stands there, and what would be right."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from freeswitch_cc.core.requirement import Requirement, canonical, parse
from freeswitch_cc.core.requirement_mistakes import DEEPEST, LONGEST
from freeswitch_cc.errors import ConfigInvalid, RequirementInvalid

SKILLS = ("french", "billing", "spanish")
GROUPS = ("gold", "silver")
A_WORD = "a skill, group:name, `not` or a parenthesis"
A_NAME = "letters from A to Z, digits, dashes and underscores, with a letter first"

# Whatever people and programs may write, right and wrong.
PIECES = (
    *("french", "billing", "group:gold", "and", "or", "not", "(", ")", ">=", "<", "=", "!=", "5", "10", "11", " "),
    *(
        "AND",
        "==",
        "&&",
        "|",
        "!",
        ",",
        "group:",
        ":",
        "é",
        "-1",
        "\x00",
        "\u2028",
        "\udcff",
        "skill:french",
        "7x",
        '"',
    ),
)


def wrong(text: str) -> RequirementInvalid:
    with pytest.raises(RequirementInvalid) as caught:
        parse(text, SKILLS, GROUPS)
    return caught.value


def read(text: str) -> tuple[Requirement | None, list[tuple[int, str]]]:
    """The requirement, or what is wrong with it."""
    try:
        return parse(text, SKILLS, GROUPS), []
    except RequirementInvalid as caught:
        return None, list(zip(caught.columns, caught.problems, strict=True))


@pytest.mark.parametrize(
    ("text", "columns", "problems"),
    [
        ("", [1], [f"it is empty: write {A_WORD}, or leave it out"]),
        ("  \t", [1], [f"it is empty: write {A_WORD}, or leave it out"]),
        ("frenhc", [1], ["`frenhc` at 1: there is no such skill: did you mean french?"]),
        ("French", [1], ["`French` at 1: there is no such skill: did you mean french?"]),
        (
            "klingon and group:glod",
            [1, 13],
            [
                "`klingon` at 1: there is no such skill: it may be french, billing, spanish",
                "`group:glod` at 13: there is no such group: did you mean gold?",
            ],
        ),
        ("french >=", [8], ["`>=` at 8 wants a number from 0 to 10 after it"]),
        ("french >= billing", [8], ["`>=` at 8 wants a number from 0 to 10 after it, not `billing`"]),
        ("french >= >= 5", [8], ["`>=` at 8 wants a number from 0 to 10 after it, not `>=`"]),
        ("french >= 11", [11], ["`11` at 11 is no level: it must be a whole number from 0 to 10"]),
        ("french >= 010", [11], ["`010` at 11 is no level: it must be a whole number from 0 to 10"]),
        (
            "french >= -1",
            [11],
            [
                "`-1` at 11 is neither a name nor a whole number: names begin with a letter, "
                "levels are whole numbers from 0 to 10"
            ],
        ),
        ("(french or billing", [1], ["`(` at 1 is never closed: write `)` where it ends, or leave it out"]),
        ("french or billing)", [18], ["`)` at 18 closes nothing: leave it out, or open a parenthesis before it"]),
        (
            ")(",
            [1, 2],
            [
                "`)` at 1 closes nothing: leave it out, or open a parenthesis before it",
                "`(` at 2 is never closed: write `)` where it ends, or leave it out",
            ],
        ),
        ("french and ()", [12], [f"`(` at 12 holds nothing: write {A_WORD} in it"]),
        ("french billing", [8], ["`billing` at 8 wants `and` or `or` before it"]),
        ("french (billing)", [8], ["`(` at 8 wants `and` or `or` before it"]),
        ("french not billing", [8], ["`not` at 8 wants `and` or `or` before it"]),
        ("french 5", [8], ["`5` at 8 wants a comparison before it, such as french >= 5"]),
        ("5", [1], ["`5` at 1 wants a skill and a comparison before it, such as french >= 5"]),
        ("(french) 5", [10], ["`5` at 10 wants a skill and a comparison before it, such as french >= 5"]),
        (">= 5", [1], ["`>=` at 1 wants a skill before it"]),
        ("(french) >= 5", [10], ["`>=` at 10 wants a skill before it"]),
        (
            "group:gold >= 5",
            [12],
            ["`>=` at 12 compares nothing: who is in a group has no level there, so leave it out"],
        ),
        ("and french", [1], [f"`and` at 1 wants something before it: {A_WORD}"]),
        ("french and", [8], [f"`and` at 8 wants something after it: {A_WORD}"]),
        ("french and or billing", [8], [f"`and` at 8 wants something after it, not `or`: {A_WORD}"]),
        ("not", [1], [f"`not` at 1 wants something after it: {A_WORD}"]),
        ("not not french", [5], ["`not` at 5 stands behind another `not`: leave both out"]),
        ("french AND billing", [8], ["`AND` at 8 is written `and`, in small letters"]),
        ("Not french", [1], ["`Not` at 1 is written `not`, in small letters"]),
        ("french == 5", [8], ["`==` at 8 means nothing here: write `=`"]),
        ("french => 5", [8], ["`=>` at 8 means nothing here: write `>=`"]),
        (
            "french && !billing",
            [8, 11],
            ["`&&` at 8 means nothing here: write `and`", "`!` at 11 means nothing here: write `not`"],
        ),
        ("french, billing", [7], ["`,` at 7 means nothing here: write `and` or `or`"]),
        ("skill:french", [1], ["`skill:french` at 1 is written without `skill:`"]),
        (
            "gruop:gold",
            [1],
            ["`gruop:gold` at 1 has a colon, and only `group:` may stand before a name: did you mean group?"],
        ),
        ("group: gold", [1], ["`group:` at 1 wants the name of a group right after it, without a blank"]),
        ("français", [1], [f"`français` at 1 is no name: {A_NAME}"]),
        ("x" * 100, [1], [f"`{'x' * 40}...` at 1: there is no such skill: it may be french, billing, spanish"]),
        ("french\xa0", [1], [f"'french\\xa0' at 1 is no name: {A_NAME}"]),
        ("french\x00", [1], [f"'french\\x00' at 1 is no name: {A_NAME}"]),
    ],
)
def test_the_place_is_told_and_what_would_be_right_there(text: str, columns: list[int], problems: list[str]) -> None:
    caught = wrong(text)
    assert (caught.columns, caught.problems) == (columns, problems)


def test_a_wrong_expression_is_a_wrong_configuration() -> None:
    assert isinstance(wrong("frenhc"), ConfigInvalid)


def test_where_there_is_no_skill_at_all_none_is_proposed() -> None:
    with pytest.raises(RequirementInvalid, match="`french` at 1: there is no such skill: there is none at all"):
        parse("french", (), ())


def test_text_that_is_too_long_is_not_even_looked_at() -> None:
    for text in ("(" * 10_000_000, "french or " * 60 + "french"):
        caught = wrong(text)
        assert caught.columns == [LONGEST + 1]
        assert caught.problems == [f"it has {len(text)} characters, with its blanks: it may have {LONGEST}"]


def test_text_that_would_be_too_long_with_its_blanks_is_refused_because_it_could_not_be_read_again() -> None:
    tight = "or ".join(["french>2 "] * 41)
    assert len(tight) <= LONGEST
    assert wrong(tight).columns == [LONGEST + 1]
    assert canonical(parse("or ".join(["french>2 "] * 30)))


def test_parentheses_go_only_so_deep() -> None:
    assert canonical(parse("(" * DEEPEST + "french" + ")" * DEEPEST)) == "french"
    caught = wrong("(" * (DEEPEST + 1) + "french" + ")" * (DEEPEST + 1))
    assert caught.problems == [f"`(` at {DEEPEST + 1} goes too deep: at most {DEEPEST} parentheses may be open at once"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60))
@example("(" * LONGEST)
@example("not " * (LONGEST // 4))
@example("not(" * (LONGEST // 4))
@example("a or " * 99 + "a")
@example("a<" * 250)
def test_whatever_is_written_it_is_read_or_told_in_sentences_with_their_places(text: str) -> None:
    requirement, told = read(text)
    if requirement is not None:
        assert parse(canonical(requirement), SKILLS, GROUPS) == requirement
    assert bool(told) is (requirement is None)
    for column, problem in told:
        assert 1 <= column <= max(len(text), LONGEST) + 1
        assert "\n" not in problem
        assert re.search(rf" at {column}\b", problem) or problem.startswith("it ")
