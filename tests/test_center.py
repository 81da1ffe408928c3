"""The center file: what it may say, and each of its keys. Files full of mistakes: test_center_mistakes."""

import re
from pathlib import Path

import pytest

from freeswitch_cc.center import (
    DEFAULT_MUSIC,
    AgentSettings,
    EntryPointSettings,
    QueueSettings,
    SwitchSettings,
    parse_center,
)
from freeswitch_cc.errors import ConfigInvalid

WHOLE = """\
switches:
  - {name: main, host: 127.0.0.1, port: 8021, password_env: FREESWITCH_CC_ESL_PASSWORD}
agents:
  - {login: alice, name: Alice Martin, contact: user/alice@example.test, wrap_up: timed, wrap_up_ms: 15000,
     max_misses: 2}
  - {login: eloise, name: Éloïse Dûpré, contact: user/eloise@example.test}
queues:
  - {name: sales, agents: [alice, eloise], ring_ms: 20000, music: "local_stream://moh", priority: 5, wrap_up: none}
  - {name: support, agents: [alice]}
entry_points:
  - {number: "7001", queue: sales, attached: {product: phones, tries: 3, vip: true}}
  - {number: "+358401234567", queue: support}
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        parse_center(text)
    return caught.value.problems


def in_whole(old: str, new: str) -> list[str]:
    """The problems of the whole file with one thing in it changed."""
    assert WHOLE.count(old) == 1
    return problems_of(WHOLE.replace(old, new))


def test_a_whole_file_is_read() -> None:
    center = parse_center(WHOLE)
    assert center.switches == (
        SwitchSettings(name="main", host="127.0.0.1", port=8021, password_env="FREESWITCH_CC_ESL_PASSWORD"),
    )
    assert center.agents[0] == AgentSettings(
        login="alice",
        name="Alice Martin",
        contact="user/alice@example.test",
        wrap_up="timed",
        wrap_up_ms=15000,
        max_misses=2,
    )
    assert center.agents[1].name == "Éloïse Dûpré"
    assert center.queues[0].wrap_up == "none"
    assert center.queues[1] == QueueSettings(name="support", agents=("alice",), music=DEFAULT_MUSIC)
    assert center.entry_points[0] == EntryPointSettings(
        number="7001", queue="sales", attached={"product": "phones", "tries": 3, "vip": True}
    )


def test_a_center_may_be_empty_when_it_says_so() -> None:
    assert parse_center("switches: []\nagents: []\nqueues: []\nentry_points: []\n").agents == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("port: 8021", "port: 80210", 2, "port of a switch is 80210; it must be from 1 to 65535"),
        ("port: 8021", "port: 0x1F", 2, "must be a whole number"),
        ("host: 127.0.0.1", "host: '127.0.0.1 -x'", 2, "must be a host name or an address"),
        ("password_env: FREESWITCH", "password: ClueCon, password_env: FREESWITCH", 2, "did you mean password_env?"),
        ("password_env: FREESWITCH_CC_ESL_PASSWORD", "password_env: $ecret!", 2, "never the password itself"),
        ("login: alice, ", "", 4, "an agent has no login"),
        ("login: alice,", "login: [alice],", 4, "must be text, not a list"),
        ("name: Alice Martin", "name: no", 4, 'must be text: write it in quotes, "no"'),
        ("name: Alice Martin", 'name: "Alice\\nMartin"', 4, "line break"),
        ("name: Alice Martin", 'name: "  "', 4, "is empty"),
        ("wrap_up: timed, wrap_up_ms: 15000", "wrapup: timed", 4, "did you mean wrap_up?"),
        ("wrap_up: timed,", "wrap_up: time,", 4, "did you mean timed?"),
        ("wrap_up: timed, wrap_up_ms: 15000", "wrap_up: timed", 4, "is timed, so it needs wrap_up_ms"),
        ("wrap_up: timed,", "wrap_up: manual,", 4, "means nothing here"),
        ("wrap_up_ms: 15000", "wrap_up_ms: 15s", 4, "is '15s'; it must be a whole number"),
        ("max_misses: 2", "max_misses: 0", 5, "it must be from 1 to 100"),
        ("login: eloise", "login: alice", 6, "an agent with the login 'alice' stands in line 4 already"),
        ("login: eloise", "login: 'e{x}'", 6, "it must be letters"),
        ("contact: user/eloise@example.test", "contact: 'user/e,user/f'", 6, "contact of an agent may not be dialled"),
        ("[alice, eloise]", "[alice, elois]", 8, "nobody has the login 'elois': did you mean eloise?"),
        ("[alice, eloise]", "[alice, eloise, alice]", 8, "'alice' stands there twice"),
        ("[alice, eloise]", "alice", 8, "it must be a list"),
        ("[alice, eloise]", "[alice, eloise, 17]", 8, 'write it in quotes, "17"'),
        ("ring_ms: 20000", "ring_ms: -1", 8, "is -1; it must be from 1000 to 600000"),
        ("ring_ms: 20000", "ring_ms: 99999999", 8, "must be from 1000 to 600000"),
        ("ring_ms: 20000", "ring_ms: 20000, ring_ms: 21000", 8, "a queue has ring_ms twice"),
        ('"local_stream://moh"', '"local_stream://${music}"', 8, "music of a queue may not be played"),
        ('"local_stream://moh"', '"/sounds/moh.wav"', 8, "make its directory a local_stream"),
        ('"local_stream://moh"', '"tone_stream://%(1,2,3)"', 8, "music must never end"),
        ('"local_stream://moh"', '"tone_stream://;loops=-1"', 8, "without a tone"),
        ('"local_stream://moh"', '"tone_stream://v=-26;loops=-1"', 8, "without a tone"),
        ('"local_stream://moh"', '"tone_stream://%(0,100,350);loops=-1"', 8, "without a tone"),
        ('"local_stream://moh"', '"tone_stream://%(100,100);loops=-1"', 8, "without a tone"),
        ("priority: 5", "priority: high", 8, "must be a whole number"),
        ("name: support", "name: sales", 9, "a queue with the name 'sales' stands in line 8 already"),
        ('number: "7001"', "number: 7001", 11, 'must be text: write it in quotes, "7001"'),
        ('number: "7001"', 'number: "70 01"', 11, "1 to 20 digits"),
        ('number: "7001"', 'number: "*98"', 11, "or * alone for every other number"),
        ('number: "7001"', 'number: "700#"', 11, "1 to 20 digits"),
        ('number: "7001"', 'number: "٧٠٠١"', 11, "1 to 20 digits"),
        ('number: "7001"', 'number: "+358401234567"', 12, "stands in line 11 already"),
        ("queue: sales,", "queue: sale,", 11, "there is no such queue: did you mean sales?"),
        ("{product: phones, tries: 3, vip: true}", "phones", 11, "must be a mapping"),
        ("tries: 3", "tries: 3.5", 11, "'tries' must be text, a whole number, true or false: write it in quotes"),
        ("tries: 3", "product: tablets", 11, "'product' stands there twice"),
        ("entry_points:", "entrypoints:", 10, "did you mean entry_points?"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(old: str, new: str, line: int, says: str) -> None:
    problems = in_whole(old, new)
    assert any(problem.startswith(f"line {line}: ") and says in problem for problem in problems), problems


def test_two_switches_at_one_address_are_a_mistake() -> None:
    second = "  - {name: other, host: 127.0.0.1, password_env: OTHER}\nagents:"
    assert any("stands in line 2 already" in problem for problem in in_whole("agents:\n", second + "\n"))


def test_a_part_that_is_missing_is_never_taken_for_an_empty_one() -> None:
    (problem,) = problems_of("switches: []\nqueues: []\nentry_points: []\n")
    assert problem == "line 1: agents is missing; write `agents: []` if there are none"


def test_the_center_file_of_the_readme_is_right() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    assert [agent.login for agent in parse_center(example).agents] == ["alice"]
