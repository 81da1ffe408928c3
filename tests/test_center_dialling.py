"""The part `dialling` of a center file, and what an agent's mapping says of it: what is read, and every mistake."""

import pytest

from freeswitch_cc.center import parse_center
from freeswitch_cc.center_settings import DiallingSettings, NumberClassSettings
from freeswitch_cc.errors import ConfigInvalid

PLAIN = """
switches: []
queues: []
entry_points: []
agents:
  - {login: alice, name: Alice, contact: user/alice@example.test, may_dial: %s, caller_ids: %s}
dialling:
  trunk: carrier
  classes:
    - {name: national, like: ["+358"]}
    - {name: all, like: ["+"]}
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as told:
        parse_center(text)
    return list(told.value.problems)


def test_a_center_without_the_part_calls_no_number() -> None:
    center = parse_center("switches: []\nagents: []\nqueues: []\nentry_points: []\n")
    assert center.dialling == DiallingSettings()
    assert (center.dialling.trunk, center.dialling.classes) == ("", ())


def test_classes_and_who_may_dial_them_are_read() -> None:
    center = parse_center(PLAIN % ("[national]", '["+358401112222", "+358401113333"]'))
    assert center.dialling.classes == (
        NumberClassSettings(name="national", like=("+358",)),
        NumberClassSettings(name="all", like=("+",)),
    )
    assert center.agents[0].may_dial == ("national",)
    assert center.agents[0].caller_ids == ("+358401112222", "+358401113333")


@pytest.mark.parametrize(
    ("may_dial", "caller_ids", "told"),
    [
        ("[natoinal]", "[]", "there is no class 'natoinal': did you mean national?"),
        ("[all, all]", "[]", "'all' stands there twice"),
        ("[all]", '["0401112222"]', "'0401112222' is none; it must be a number in full"),
        ("[all]", '["+358401112222", "+358401112222"]', "stands there twice"),
        ("[all]", "[358401112222]", "write it in quotes"),
    ],
)
def test_what_an_agent_may_not_say_is_told(may_dial: str, caller_ids: str, told: str) -> None:
    (problem,) = problems_of(PLAIN % (may_dial, caller_ids))
    assert "line 6" in problem
    assert told in problem


def test_what_is_wrong_with_the_part_is_told_at_once() -> None:
    text = """
switches: []
queues: []
entry_points: []
agents: []
dialling:
  trunk: "car rier"
  prefix: "abc"
  ring_ms: 10
  hold_music: /tmp/x.wav
  classes:
    - {name: national, like: ["+358", "358", "+0"]}
    - {name: national, like: ["+358"]}
    - {name: empty, like: []}
"""
    told = "\n".join(problems_of(text))
    for part in (
        "line 7: trunk of dialling is 'car rier'",
        "line 8: prefix of dialling is 'abc'",
        "line 9: ring_ms of dialling is 10",
        "line 10: hold_music of dialling may not be played",
        "line 12: like of a class: '358' is wrong",
        "line 12: like of a class: '+0' is wrong",
        "line 13: name of a class is 'national', which stands in line 12 already",
        "line 13: like of a class: +358 stands in line 12 already",
        "line 14: like of a class says nothing",
    ):
        assert part in told, told


def test_a_class_that_nobody_can_read_makes_no_agent_wrong() -> None:
    text = (PLAIN % ("[national]", "[]")).replace("  classes:\n", "  classes: nonsense\n  ring_ms:\n")
    assert not any("there is no class" in problem for problem in problems_of(text))
