"""Center files as documents, for test_center_schema: one of everything, and each kind with another value somewhere."""

import copy
import json
from dataclasses import fields
from importlib import resources
from typing import Any
from zoneinfo import available_timezones

from jsonschema import Draft202012Validator

from freeswitch_cc.center import (
    DEFAULT_MUSIC,
    NEEDED_PARTS,
    AgentSettings,
    CallerSettings,
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
    parse_center,
)
from freeswitch_cc.core.feature_codes import KINDS as CODES
from freeswitch_cc.core.requirement import groups_in, parse, skills_in
from freeswitch_cc.errors import ConfigInvalid, RequirementInvalid

SCHEMA: dict[str, Any] = json.loads(
    resources.files("freeswitch_cc").joinpath("center.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)
KINDS: dict[str, type[Any]] = {
    "switch": SwitchSettings,
    "agent": AgentSettings,
    "queue": QueueSettings,
    "tier": TierSettings,
    "priority_by": PriorityBySettings,
    "entry_point": EntryPointSettings,
    "reason": ReasonSettings,
    "disposition": DispositionSettings,
    "known_caller": CallerSettings,
    "voicemail_box": VoicemailBoxSettings,
    "dialling": DiallingSettings,
    "number_class": NumberClassSettings,
}
# Where the one of each kind stands in EVERY_KEY.
PLACES: dict[str, tuple[str | int, ...]] = {
    "switch": ("switches", 0),
    "agent": ("agents", 0),
    "queue": ("queues", 0),
    "tier": ("queues", 0, "tiers", 0),
    "priority_by": ("queues", 0, "priority_by", 0),
    "entry_point": ("entry_points", 0),
    "reason": ("reasons", 0),
    "disposition": ("dispositions", 0),
    "known_caller": ("known_callers", 0),
    "voicemail_box": ("voicemail_boxes", 0),
    "dialling": ("dialling",),
    "number_class": ("dialling", "classes", 0),
    "center": ("center",),
    "feature_codes": ("center", "feature_codes"),
}

# One of everything, with every key: each test puts one other value somewhere in it.
EVERY_KEY: dict[str, Any] = {
    "center": {
        "timezone": "Europe/Helsinki",
        "feature_codes": {
            "logout": "*70",
            "login": "*71",
            "available": "*72",
            "not_ready": "*73",
            "end_wrap_up": "none",
        },
    },
    "skills": ["french", "billing"],
    "groups": ["gold"],
    "reasons": [{"name": "break", "is_productive": False, "is_paid": True, "longest_ms": 900000, "number": 1}],
    "dispositions": [{"code": "sold", "name": "Sold"}],
    "known_callers": [{"number": "+358401234567", "name": "Big Customer", "importance": 50, "agent": "alice"}],
    "voicemail_boxes": [
        {
            "name": "sales",
            "directory": "/var/voicemail",
            "greeting": "/var/sounds/hello.wav",
            "longest_ms": 60000,
            "silence_ms": 3000,
            "max_messages": 50,
            "max_per_caller": 3,
            "keep_days": 30,
        }
    ],
    "dialling": {
        "trunk": "carrier",
        "prefix": "00",
        "classes": [{"name": "national", "like": ["+358", "+"]}],
        "ring_ms": 20000,
        "agent_ring_ms": 10000,
        "max_call_ms": 3600000,
        "hold_music": "local_stream://hold",
    },
    "switches": [{"name": "main", "host": "127.0.0.1", "port": 8021, "password_env": "SECRET"}],
    "agents": [
        {
            "login": "alice",
            "name": "Alice",
            "contact": "user/alice@example.test",
            "wrap_up": "timed",
            "wrap_up_ms": 1000,
            "wrap_up_limit_ms": 3600000,
            "max_misses": 2,
            "skills": {"french": 7},
            "groups": ["gold"],
            "auto_answer": True,
            "may_dial": ["national"],
            "caller_ids": ["+358401112222"],
        }
    ],
    "queues": [
        {
            "name": "sales",
            "agents": ["alice"],
            "requires": "french >= 5",
            "tiers": [{"after_ms": 30000, "requires": "french or group:gold", "agents": ["alice"]}],
            "strategy": "top_down",
            "ring_ms": 15000,
            "music": "local_stream://moh",
            "hold_music": "local_stream://hold",
            "priority": 1,
            "priority_by": [{"key": "vip", "value": True, "add": 10}],
            "last_agent_first": True,
            "wrap_up": "timed",
            "wrap_up_ms": 1000,
            "wrap_up_limit_ms": 3600000,
            "hours": {"mon-fri": ["08:00-12:00", "13:00-18:00"], "sat": "09:00-12:00", "closed_on": ["2026-12-25"]},
            "max_wait_ms": 60000,
            "max_length": 20,
            "overflow": {
                "closed": "announcement:tone_stream://%(300,100,500);loops=3",
                "full": "agent:alice",
                "nobody": "voicemail:sales",
                "too_long": "announcement:/var/sounds/sorry.wav",
            },
            "agent_wait_ms": 30000,
            "agent_tries": 3,
            "may_dial": ["national"],
            "caller_ids": ["+358401112222"],
            "max_forwarded": 5,
            "max_forwarded_per_caller": 2,
        }
    ],
    "entry_points": [
        {"number": "7001", "queue": "sales", "priority": 5, "requires": "billing", "attached": {"product": "phones"}}
    ],
}

_ALICE = {"login": "alice", "name": "Alice", "contact": "user/alice@example.test"}


def _parts(*parts: str, **others: Any) -> dict[str, Any]:
    return {**{name: [] for name in NEEDED_PARTS}, **{part: EVERY_KEY[part] for part in parts}, **others}


# The same one, with nothing beside it but what it refers to: thousands of documents are made of these.
ALONE: dict[str, dict[str, Any]] = {
    "switch": _parts("switches"),
    "agent": _parts("agents", "skills", "groups", "dialling"),
    "queue": _parts("queues", "skills", "groups", "voicemail_boxes", "dialling", agents=[_ALICE]),
    "tier": _parts(
        *("skills", "groups"),
        agents=[_ALICE],
        queues=[{"name": "sales", "agents": ["alice"], "tiers": EVERY_KEY["queues"][0]["tiers"]}],
    ),
    "priority_by": _parts(queues=[{"name": "sales", "priority_by": EVERY_KEY["queues"][0]["priority_by"]}]),
    "entry_point": _parts("entry_points", "skills", "groups", queues=[{"name": "sales"}]),
    "reason": _parts("reasons"),
    "disposition": _parts("dispositions"),
    "known_caller": _parts("known_callers", agents=[_ALICE]),
    "voicemail_box": _parts("voicemail_boxes"),
    "dialling": _parts("dialling"),
    "number_class": _parts("dialling"),
    "center": _parts("center"),
    "feature_codes": _parts("center"),
}

# No float that is whole: to JSON schema 5.0 is an integer, to us it is not.
ANYTHING: list[Any] = [
    *(None, True, False, 0, 1, 2, -1, 999, 1000, 1001, 65535, 65536, 600000, 600001, 3600000, 3600001, 10**18, 1.5),
    *(["+358"], ["+1234567"], ["+0"], ["+"]),
    *([], {}, [[]], [{}], [1], [None], ["alice"], ["alice", "alice"], {"a": 1}, {"a": None}, {"a": [1]}, {"a": {}}),
    *({"a": 1.5}, {"a": True}, {"a": ""}, {"a": "x\ny"}, {"a": "no"}, {"": 1}, {"a\nb": 1}, {"a": 10**18}),
    *({"a": 10**18 - 1}, {"a": -(10**18)}, {"a": "\x00"}, {"a b": "Éloïse"}),
    *("", " ", "a", "no", "0612", "8021", "15s", "a b", "a\nb", "a\x00b", "a\u2028b", "Éloïse", "東京", "x" * 64),
    *("x" * 65, "x" * 100, "x" * 101, "x" * 128, "x" * 129, "x" * 253, "x" * 254, "-a", ".a", "_a", "a_b", "a-b.c"),
    *("a@b", "@a", "A", "1", "+1", "+", "*", "**", "*9", "7" * 20, "7" * 21, "+" + "7" * 20, "70#", "٧٠٠١", "::1"),
    *("top_down", "Europe/Helsinki", "Helsinki", "french >= 5 and not group:gold", "french >= 11", "and", "a &b"),
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
    # Without a tone: nothing, a volume, one that lasts no time, one without a frequency, one of 0 Hz.
    *("tone_stream://;loops=-1", "tone_stream://v=-26;loops=-1", "tone_stream://%(0,100,350);loops=-1"),
    *("tone_stream://%(100,100);loops=-1", "tone_stream://%(100,100,0);loops=-1"),
    # Key tones, and what is none: their time, a volume, a word.
    *("tone_stream://123;loops=-1", "tone_stream://v=-9;*(500,100)#;loops=-1", "tone_stream://ABCD;v=1;loops=-1"),
    *("tone_stream://1(0,100);loops=-1", "tone_stream://1(100);loops=-1", "tone_stream://v=12;loops=-1"),
    *("tone_stream://%(0,1,2)1;loops=-1", "tone_stream://abc;loops=-1", "tone_stream://loops=-1;12;loops=-1"),
    # Hours, targets, what may be announced, where may be recorded.
    *({"mon": "08:00-18:00"}, {"mon-fri": ["08:00-12:00", "22:00-02:00"]}, {"mon-fri": []}, {"closed_on": []}),
    *({"mon": "8-18"}, {"mon": "08:00-08:00"}, {"mon": "08:00-24:01"}, {"mon": [8]}, {"fri-": "08:00-18:00"}),
    *({"closed_on": ["2026-13-01"]}, {"mon-fri": "08:00-18:00", "closed_on": ["2026-12-25"]}, {"mon": None}),
    *({"nobody": "number:+358401234567", "not_reached": "voicemail:sales"}, {"nobody": "number:112"}),
    *({"not_reached": "voicemail:sales"}, {"not_reached": "number:+358401234567"}),
    *({"full": "agent:alice"}, {"full": "agent:"}, {"nobody": "voicemail:sales", "too_long": "number:+358401234567"}),
    *({"closed": "announcement:/a/b.wav", "full": "announcement:tone_stream://%(1,2,3)"}, {"late": "agent:alice"}),
    *(
        {"full": "announcement:local_stream://moh"},
        {"full": "announcement:tone_stream://%(1,2,3);loops=-1"},
        {"full": 1},
    ),
    *("tone_stream://%(1,2,3);loops=3", "tone_stream://%(1,2,3);loops=21", "tone_stream://%(1,2,3);loops=2;v=1"),
    *("tone_stream://%(1,2,3);L=2", "tone_stream://%(1,2,3);LOOPS=2;loops=2", "tone_stream://%(1,2,3);loops=a"),
    *("/a/b.wav", "/a b.wav", "/a/../b.wav", "/.wav", "/a.mp3", "/mod_Event_Socket/a.wav", "/a/b", "/a/", "/", "a/b"),
]


def reader_accepts(document: Any) -> bool:
    try:
        # JSON is YAML too, and written a hundred times quicker.
        parse_center(json.dumps(document))
    except ConfigInvalid:
        return False
    return True


def one(document: dict[str, Any], kind: str) -> dict[str, Any]:
    """The mapping of this kind in a document that is shaped like EVERY_KEY."""
    found: Any = document
    for step in PLACES[kind]:
        found = found[step]
    assert isinstance(found, dict)
    return found


def with_value(kind: str, key: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(ALONE[kind])
    one(document, kind)[key] = value
    if (kind, key) == ("entry_point", "queue"):
        one(document, "queue")["name"] = value
    return document


def is_right_to_the_reader(document: dict[str, Any], key: str, value: Any) -> bool:
    """What the reader should say of a value that is right to the schema: everybody whom it names is made known."""
    if key == "timezone":
        return value in available_timezones()
    if key == "requires":
        try:
            requirement = parse(value)
        except RequirementInvalid:
            return False
        if any(len(name) > 64 for name in skills_in(requirement)):
            return False
        document["skills"] = sorted({*document["skills"], *skills_in(requirement)})
        document["groups"] = sorted({*document["groups"], *groups_in(requirement)})
    if key in ("skills", "groups"):
        document[key] = sorted({*document[key], *value})
    if key == "may_dial":
        classes = [{"name": name, "like": [f"+{100 + place}"]} for place, name in enumerate(value)]
        document["dialling"] = {"classes": classes}
    if key in ("agents", "agent"):
        logins = {value} if key == "agent" else set(value)
        document["agents"] += [{**_ALICE, "login": login} for login in logins - {"alice"}]
    return True


def without(kind: str, *keys: str) -> dict[str, Any]:
    document = copy.deepcopy(ALONE[kind])
    for key in keys:
        del one(document, kind)[key]
    return document


EACH_KEY = [(kind, item.name) for kind, settings in KINDS.items() for item in fields(settings)]
EACH_KEY += [("center", "timezone"), ("center", "feature_codes"), *(("feature_codes", str(kind)) for kind in CODES)]


def resolved(kind: str, key: str) -> dict[str, Any]:
    """What the schema says about a key, with what it refers to."""
    said: dict[str, Any] = SCHEMA["$defs"][kind]["properties"][key]
    named = said.get("$ref", "").removeprefix("#/$defs/")
    return {**SCHEMA["$defs"].get(named, {}), **said}
