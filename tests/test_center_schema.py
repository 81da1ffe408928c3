"""The JSON schema for editors and the reader of center files agree, wherever a schema can know."""

import json
from dataclasses import MISSING, fields
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from freeswitch_cc.center import DEFAULT_MUSIC, NEEDED_PARTS, OTHER_PARTS, PARTS, parse_center
from freeswitch_cc.center_settings import DEFAULT_REASONS, DEFAULT_TIMEZONE, SYSTEM_REASONS
from freeswitch_cc.core.requirement_mistakes import LONGEST
from freeswitch_cc.core.words import Strategy, WrapUp
from tests.center_documents import (
    ANYTHING,
    EACH_KEY,
    EVERY_KEY,
    KINDS,
    PLACES,
    SCHEMA,
    VALIDATOR,
    is_right_to_the_reader,
    one,
    reader_accepts,
    resolved,
    with_value,
    without,
)
from tests.test_center import WHOLE


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_schema_and_reader_know_the_same_keys() -> None:
    assert tuple(SCHEMA["properties"]) == PARTS
    assert tuple(SCHEMA["required"]) == NEEDED_PARTS
    assert set(EVERY_KEY) == set(PARTS)
    for kind, settings in KINDS.items():
        in_schema = SCHEMA["$defs"][kind]
        assert list(in_schema["properties"]) == [item.name for item in fields(settings)]
        needed = [item.name for item in fields(settings) if item.default is MISSING and item.default_factory is MISSING]
        assert in_schema["required"] == needed
        assert set(one(EVERY_KEY, kind)) == set(in_schema["properties"])
    for kind in PLACES:
        in_schema = SCHEMA["$defs"][kind]
        assert in_schema["additionalProperties"] is False
        assert all("description" in said for said in in_schema["properties"].values())


def test_the_defaults_of_the_schema_are_those_of_the_reader() -> None:
    assert resolved("center", "timezone")["default"] == DEFAULT_TIMEZONE
    for kind, settings in KINDS.items():
        for item in fields(settings):
            default = item.default if item.default_factory is MISSING else item.default_factory()
            said = resolved(kind, item.name).get("default", MISSING)
            if item.name in ("wrap_up_ms", "wrap_up_limit_ms", "music") or default in (None, ""):
                # Nobody would write them: a time without `timed`, a page of chords, what is only there or not.
                assert said is MISSING
            else:
                assert said == ([] if default == () else default), (kind, item.name)


def test_the_words_of_the_schema_are_those_of_the_core() -> None:
    assert SCHEMA["$defs"]["wrap_up"]["enum"] == list(WrapUp)
    assert SCHEMA["$defs"]["queue"]["properties"]["strategy"]["enum"] == list(Strategy)
    assert SCHEMA["$defs"]["requires"]["maxLength"] == LONGEST
    (_, no_word_of_ours) = SCHEMA["$defs"]["reason"]["properties"]["name"]["allOf"]
    assert no_word_of_ours["not"]["enum"] == list(SYSTEM_REASONS)
    told = SCHEMA["properties"]["reasons"]["description"]
    assert told.endswith(f"Without it: {', '.join(reason.name for reason in DEFAULT_REASONS)}.")


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        yaml.safe_dump(EVERY_KEY),
        "{switches: [], agents: [], queues: [], entry_points: []}",
        json.dumps({**EVERY_KEY, "agents": [], "known_callers": [], "queues": [{"name": "sales"}]}),
        json.dumps(with_value("queue", "music", DEFAULT_MUSIC)),
        json.dumps(with_value("entry_point", "number", "*")),
        json.dumps(with_value("agent", "contact", "sofia/gateway/trunk/0612345678")),
        json.dumps(without("queue", "wrap_up", "wrap_up_ms", "wrap_up_limit_ms")),
        json.dumps(without("queue", "agents")),
        json.dumps(without("queue", "agents", "requires", "tiers")),
        json.dumps(without("tier", "agents")),
        json.dumps(without("tier", "requires")),
    ],
)
def test_a_good_file_is_good_to_both(text: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []
    parse_center(text)


@pytest.mark.parametrize(("kind", "key"), EACH_KEY)
def test_whatever_one_key_holds_schema_and_reader_say_the_same_of_it(kind: str, key: str) -> None:
    verdicts = {True: 0, False: 0}
    for value in ANYTHING:
        document = with_value(kind, key, value)
        is_valid = VALIDATOR.is_valid(document)
        is_right = is_valid and is_right_to_the_reader(document, key, value)
        assert reader_accepts(document) is is_right, (kind, key, value)
        verdicts[is_right] += 1
    assert all(verdicts.values()), "something is accepted, and something is not"


def test_an_editor_that_knows_no_newer_draft_than_7_says_the_same() -> None:
    older = Draft7Validator(SCHEMA)
    documents = [with_value(kind, key, value) for kind, key in EACH_KEY for value in ANYTHING]
    documents += [without(kind, key) for kind, key in EACH_KEY]
    for document in documents:
        assert older.is_valid(document) is VALIDATOR.is_valid(document), document


@pytest.mark.parametrize(("kind", "key"), [pair for pair in EACH_KEY if "maximum" in resolved(*pair)])
def test_the_bounds_of_a_number_are_the_same_to_both(kind: str, key: str) -> None:
    said = resolved(kind, key)
    for value, is_right in (
        (said["minimum"] - 1, False),
        (said["minimum"], True),
        (said["maximum"], True),
        (said["maximum"] + 1, False),
    ):
        document = with_value(kind, key, value)
        assert (VALIDATOR.is_valid(document), reader_accepts(document)) == (is_right, is_right), value


@pytest.mark.parametrize(("kind", "key"), EACH_KEY)
def test_a_key_that_is_missing_is_missed_by_both_or_by_none(kind: str, key: str) -> None:
    document = without(kind, key)
    assert VALIDATOR.is_valid(document) is reader_accepts(document)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_is_refused_by_both_if_it_is_needed_and_by_none_if_it_is_not(part: str) -> None:
    # Nobody refers to anything.
    document: dict[str, Any] = {name: {} if name in ("center", "dialling") else [] for name in PARTS if name != part}
    is_right = part in OTHER_PARTS
    assert (VALIDATOR.is_valid(document), reader_accepts(document)) == (is_right, is_right)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_strange_is_refused_by_both(part: str) -> None:
    for strange in (None, "a", [[]], [None], {"a": 1}):
        document = {**EVERY_KEY, part: strange}
        assert not VALIDATOR.is_valid(document)
        assert not reader_accepts(document)


@pytest.mark.parametrize("part", ["skills", "groups"])
def test_of_the_names_of_skills_and_groups_both_say_the_same(part: str) -> None:
    nobody: dict[str, Any] = {name: [] for name in NEEDED_PARTS}
    names = [[value] for value in ANYTHING] + [["and"], ["OR"], ["Not"], ["andy"], ["a", "b"], ["a", "a"], ["a-B_9"]]
    verdicts = {True: 0, False: 0}
    for value in names:
        document = {**nobody, part: value}
        is_valid = VALIDATOR.is_valid(document)
        assert reader_accepts(document) is is_valid, value
        verdicts[is_valid] += 1
    assert all(verdicts.values()), "something is accepted, and something is not"


@pytest.mark.parametrize("level", [-1, 0, 1, 10, 11, True, None, "5", 5.5, [5]])
def test_of_the_level_of_a_skill_both_say_the_same(level: Any) -> None:
    document = with_value("agent", "skills", {"french": level})
    is_right = type(level) is int and 1 <= level <= 10
    assert (VALIDATOR.is_valid(document), reader_accepts(document)) == (is_right, is_right)


@pytest.mark.parametrize(
    ("beside", "is_right"),
    [
        ({}, False),
        ({"agents": []}, False),
        ({"agents": ["alice"]}, True),
        ({"requires": "french"}, True),
        ({"agents": [], "requires": "french"}, True),
    ],
)
def test_a_tier_has_agents_or_asks_something_to_both(beside: dict[str, Any], is_right: bool) -> None:
    for kind in ("tier", "queue"):
        document = without(kind, "agents", "requires")
        one(document, kind).update(beside)
        assert (VALIDATOR.is_valid(document), reader_accepts(document)) == (is_right, is_right), kind


@pytest.mark.parametrize("kind", PLACES)
def test_a_key_that_nobody_knows_is_refused_by_both(kind: str) -> None:
    document = with_value(kind, "colour", "red")
    assert not VALIDATOR.is_valid(document)
    assert not reader_accepts(document)


@pytest.mark.parametrize("kind", ["agent", "queue"])
@pytest.mark.parametrize(
    ("beside", "is_right"),
    [
        ({}, True),
        ({"wrap_up": "none"}, True),
        ({"wrap_up": "timed"}, False),
        ({"wrap_up_ms": 5000}, False),
        ({"wrap_up": "manual", "wrap_up_ms": 5000}, False),
        ({"wrap_up": "timed", "wrap_up_ms": 5000}, True),
        ({"wrap_up": "timed", "wrap_up_ms": 5000, "wrap_up_limit_ms": 9000}, True),
        ({"wrap_up": "timed", "wrap_up_limit_ms": 9000}, False),
        ({"wrap_up": "manual", "wrap_up_limit_ms": 9000}, False),
        ({"wrap_up_limit_ms": 9000}, False),
    ],
)
def test_a_time_of_wrap_up_stands_beside_timed_and_nowhere_else(
    kind: str, beside: dict[str, Any], is_right: bool
) -> None:
    document = without(kind, "wrap_up", "wrap_up_ms", "wrap_up_limit_ms")
    one(document, kind).update(beside)
    assert (VALIDATOR.is_valid(document), reader_accepts(document)) == (is_right, is_right)
