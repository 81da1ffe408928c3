"""The JSON schema for editors and the reader of center files agree, wherever a schema can know."""

import copy
import json
from dataclasses import MISSING, fields
from importlib import resources
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from freeswitch_cc.center import (
    DEFAULT_MUSIC,
    PARTS,
    AgentSettings,
    EntryPointSettings,
    QueueSettings,
    SwitchSettings,
    parse_center,
)
from freeswitch_cc.core.words import WrapUp
from freeswitch_cc.errors import ConfigInvalid
from tests.test_center import WHOLE

SCHEMA: dict[str, Any] = json.loads(
    resources.files("freeswitch_cc").joinpath("center.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)
KINDS: dict[str, type[Any]] = {
    "switch": SwitchSettings,
    "agent": AgentSettings,
    "queue": QueueSettings,
    "entry_point": EntryPointSettings,
}
PART_OF = dict(zip(KINDS, PARTS, strict=True))

# One of everything, with every key: each test puts one other value somewhere in it.
EVERY_KEY: dict[str, Any] = {
    "switches": [{"name": "main", "host": "127.0.0.1", "port": 8021, "password_env": "SECRET"}],
    "agents": [
        {
            "login": "alice",
            "name": "Alice",
            "contact": "user/alice@example.test",
            "wrap_up": "timed",
            "wrap_up_ms": 5000,
            "max_misses": 2,
        }
    ],
    "queues": [
        {
            "name": "sales",
            "agents": ["alice"],
            "ring_ms": 15000,
            "music": "local_stream://moh",
            "priority": 1,
            "wrap_up": "timed",
            "wrap_up_ms": 5000,
        }
    ],
    "entry_points": [{"number": "7001", "queue": "sales", "attached": {"product": "phones"}}],
}

# No float that is whole: to JSON schema 5.0 is an integer, to us it is not.
ANYTHING: list[Any] = [
    *(None, True, False, 0, 1, 2, -1, 999, 1000, 1001, 65535, 65536, 600000, 600001, 3600000, 3600001, 10**18, 1.5),
    *([], {}, [[]], [{}], [1], [None], ["alice"], ["alice", "alice"], {"a": 1}, {"a": None}, {"a": [1]}, {"a": {}}),
    *({"a": 1.5}, {"a": True}, {"a": ""}, {"a": "x\ny"}, {"a": "no"}, {"": 1}, {"a\nb": 1}, {"a": 10**18}),
    *({"a": 10**18 - 1}, {"a": -(10**18)}, {"a": "\x00"}, {"a b": "Éloïse"}),
    *("", " ", "a", "no", "0612", "8021", "15s", "a b", "a\nb", "a\x00b", "a\u2028b", "Éloïse", "東京", "x" * 64),
    *("x" * 65, "x" * 100, "x" * 101, "x" * 128, "x" * 129, "x" * 253, "x" * 254, "-a", ".a", "_a", "a_b", "a-b.c"),
    *("a@b", "@a", "A", "1", "+1", "+", "*", "**", "*9", "7" * 20, "7" * 21, "+" + "7" * 20, "70#", "٧٠٠١", "::1"),
    *("none", "timed", "manual", "None", "off", "user/a@b", "user/a", "user/a@b,user/c@d", "user/+1*#@b.c", "user/a@-"),
    *("user/" + "a" * 64 + "@b", "user/" + "a" * 65 + "@b", "user/mod_Event_Socket@b", "sofia/a/b@c", "sofia/a/b@c:5"),
    *(
        "sofia/a/b@c:123456",
        "sofia/gateway/a/1",
        "sofia/gateway/a/b",
        "sofia/gateway/a@b",
        "sofia/a/${b}@c",
        "loopback/1",
    ),
    *("local_stream://", "local_stream://moh", "local_stream://a/b", "/moh.wav", "tone_stream://%(1,2,3);loops=-1"),
    *(
        "tone_stream://%(1,2,3)",
        "tone_stream://path=a;loops=-1",
        "tone_stream://loops=-1;%(1,2,3);loops=-1",
        "http://a",
    ),
    *(
        "tone_stream://LOOPS=2;%(1,2,3);loops=-1",
        "tone_stream://%(1,2,3){b};loops=-1",
        DEFAULT_MUSIC,
    ),
    *(
        "tone_stream://" + "a" * 289 + "%(1,2,3);loops=-1",
        "tone_stream://" + "a" * 290 + "%(1,2,3);loops=-1",
        "tone_stream://a%b%(1,2,3);loops=-1",
    ),
    # Key tones, and what is none: their time, a volume, a word.
    *("tone_stream://123;loops=-1", "tone_stream://v=-9;*(500,100)#;loops=-1", "tone_stream://ABCD;v=1;loops=-1"),
    *("tone_stream://1(0,100);loops=-1", "tone_stream://1(100);loops=-1", "tone_stream://v=12;loops=-1"),
    *("tone_stream://%(0,1,2)1;loops=-1", "tone_stream://abc;loops=-1", "tone_stream://loops=-1;12;loops=-1"),
    # Without a tone: nothing, a volume, one that lasts no time, one without a frequency, one of 0 Hz.
    *("tone_stream://;loops=-1", "tone_stream://v=-26;loops=-1", "tone_stream://%(0,100,350);loops=-1"),
    *("tone_stream://%(100,100);loops=-1", "tone_stream://%(100,100,0);loops=-1"),
]


def reader_accepts(document: Any) -> bool:
    try:
        parse_center(yaml.safe_dump(document, allow_unicode=True))
    except ConfigInvalid:
        return False
    return True


def with_value(kind: str, key: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(EVERY_KEY)
    document[PART_OF[kind]][0][key] = value
    # What refers to it goes along: a schema cannot know who is whom.
    if (kind, key) == ("agent", "login"):
        document["queues"][0]["agents"] = [value]
    if (kind, key) in (("queue", "name"), ("entry_point", "queue")):
        document["queues"][0]["name"] = document["entry_points"][0]["queue"] = value
    return document


def without(kind: str, *keys: str) -> dict[str, Any]:
    document = copy.deepcopy(EVERY_KEY)
    for key in keys:
        del document[PART_OF[kind]][0][key]
    return document


EACH_KEY = [(kind, item.name) for kind, settings in KINDS.items() for item in fields(settings)]


def resolved(kind: str, key: str) -> dict[str, Any]:
    """What the schema says about a key, with what it refers to."""
    said: dict[str, Any] = SCHEMA["$defs"][kind]["properties"][key]
    named = said.get("$ref", "").removeprefix("#/$defs/")
    return {**SCHEMA["$defs"].get(named, {}), **said}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_schema_and_reader_know_the_same_keys() -> None:
    assert tuple(SCHEMA["properties"]) == tuple(SCHEMA["required"]) == PARTS
    for kind, settings in KINDS.items():
        in_schema = SCHEMA["$defs"][kind]
        assert list(in_schema["properties"]) == [item.name for item in fields(settings)]
        needed = [item.name for item in fields(settings) if item.default is MISSING and item.default_factory is MISSING]
        assert in_schema["required"] == needed
        assert in_schema["additionalProperties"] is False
        assert all("description" in said for said in in_schema["properties"].values())
        assert set(EVERY_KEY[PART_OF[kind]][0]) == set(in_schema["properties"])


def test_the_defaults_of_the_schema_are_those_of_the_reader() -> None:
    for kind, key in EACH_KEY:
        item = next(item for item in fields(KINDS[kind]) if item.name == key)
        default = item.default if item.default_factory is MISSING else item.default_factory()
        said = resolved(kind, key).get("default", MISSING)
        if key == "wrap_up_ms" or (kind, key) in (("queue", "wrap_up"), ("queue", "music")):
            # Nobody would write them: a time without `timed`, the agent's own, a page of chords.
            assert said is MISSING
        else:
            assert said == ([] if default == () else default), (kind, key)


def test_the_words_of_the_schema_are_those_of_the_core() -> None:
    assert SCHEMA["$defs"]["wrap_up"]["enum"] == list(WrapUp)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        yaml.safe_dump(EVERY_KEY),
        "{switches: [], agents: [], queues: [], entry_points: []}",
        yaml.safe_dump({**EVERY_KEY, "agents": [], "queues": [{"name": "sales"}]}),
        yaml.safe_dump(with_value("queue", "music", DEFAULT_MUSIC)),
        yaml.safe_dump(with_value("entry_point", "number", "*")),
        yaml.safe_dump(with_value("agent", "contact", "sofia/gateway/trunk/0612345678")),
        yaml.safe_dump(without("queue", "wrap_up", "wrap_up_ms")),
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
        if is_valid and (kind, key) == ("queue", "agents"):
            document["agents"] += [{**document["agents"][0], "login": login} for login in value if login != "alice"]
        assert reader_accepts(document) is is_valid, (kind, key, value)
        verdicts[is_valid] += 1
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
    if (kind, key) in (("agent", "login"), ("queue", "name")):
        document["queues" if kind == "agent" else "entry_points"] = []
        document["entry_points"] = []
    assert VALIDATOR.is_valid(document) is reader_accepts(document)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_or_strange_is_refused_by_both(part: str) -> None:
    missing = {name: value for name, value in EVERY_KEY.items() if name != part}
    for document in (missing, {**EVERY_KEY, part: None}, {**EVERY_KEY, part: {}}, {**EVERY_KEY, part: ["a"]}):
        assert not VALIDATOR.is_valid(document)
        assert not reader_accepts(document)


@pytest.mark.parametrize("kind", KINDS)
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
    ],
)
def test_a_time_of_wrap_up_stands_beside_timed_and_nowhere_else(
    kind: str, beside: dict[str, Any], is_right: bool
) -> None:
    document = without(kind, "wrap_up", "wrap_up_ms")
    document[PART_OF[kind]][0].update(beside)
    assert (VALIDATOR.is_valid(document), reader_accepts(document)) == (is_right, is_right)
