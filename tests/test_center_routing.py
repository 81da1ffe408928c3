"""The center file's skills, groups, tiers, known callers, reasons and dispositions: what it may say, and mistakes."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.center import (
    AgentSettings,
    CallerSettings,
    DispositionSettings,
    EntryPointSettings,
    PriorityBySettings,
    QueueSettings,
    ReasonSettings,
    TierSettings,
    parse_center,
)
from freeswitch_cc.core.words import Strategy
from freeswitch_cc.errors import ConfigInvalid
from tests.test_center import WHOLE
from tests.test_center_mistakes import SLIPS

ROUTED = """\
center: {timezone: Europe/Helsinki}
skills: [french, billing]
groups: [gold, silver]
reasons:
  - {name: lunch, is_paid: false, longest_ms: 1800000}
  - {name: training, is_productive: true}
dispositions:
  - {code: sold, name: "Sold, and happy"}
known_callers:
  - {number: "+358401234567", name: Big Customer, importance: 50, agent: alice}
  - {number: "0800"}
switches: []
agents:
  - login: alice
    name: Alice Martin
    contact: user/alice@example.test
    wrap_up: timed
    wrap_up_ms: 15000
    wrap_up_limit_ms: 60000
    skills: {french: 7, billing: 1}
    groups: [gold]
    auto_answer: true
  - {login: bob, name: Bob, contact: user/bob@example.test}
queues:
  - name: sales
    agents: [bob]
    requires: french>=5
    tiers:
      - {after_ms: 20000, requires: (french) or group:silver}
      - {after_ms: 60000, agents: [alice]}
    strategy: top_down
    priority_by:
      - {key: vip, value: true, add: 10}
      - {key: tries, value: 3, add: -5}
      - {key: product, value: phones, add: 1}
    last_agent_first: true
    wrap_up: timed
    wrap_up_ms: 5000
    wrap_up_limit_ms: 5000
entry_points:
  - {number: "7001", queue: sales, priority: -3, requires: not group:gold}
"""

# Behind each `#!` stands the whole sentence that is expected for this line, and no other is.
FULL_OF_MISTAKES = r"""
center:
  timezone: Europe/Helsinky  #! timezone of the center is 'Europe/Helsinky', and there is no such time zone: did you mean Europe/Helsinki?
skills:
  - french
  - français        #! skills: 'français' is no name of a skill; it must be letters from A to Z, digits, dashes and underscores (64 at most), with a letter first
  - french          #! skills: 'french' stands there twice: leave one out
  - Not             #! skills: 'Not' is a word of requirements: call the skill something else
  - no              #! skills of the center file holds something that must be text: write it in quotes, "no"
groups: [gold, 1st] #! groups: '1st' is no name of a group; it must be letters from A to Z, digits, dashes and underscores (64 at most), with a letter first
reasons:
  - name: no_answer #! name of a reason is 'no_answer', which only the engine says: choose another word
    is_paid: "true" #! is_paid of a reason is 'true'; it must be true or false, without quotes
    longest_ms: 5   #! longest_ms of a reason is 5; it must be from 1000 to 86400000
  - {name: lunch, is_productive: maybe}  #! is_productive of a reason is 'maybe'; it must be true or false
  - {name: lunch}   #! a reason with the name 'lunch' stands in line 15 already: each needs its own
dispositions:
  - {code: sold, name: Sold}
  - {code: sold, name: Sold twice}  #! a disposition with the code 'sold' stands in line 18 already: each needs its own
  - {code: not sold, name: ""}  #! code of a disposition is 'not sold'; it must be letters, digits, dots, dashes and underscores (64 at most), with a letter or a digit first #! name of a disposition is empty; it must be 100 characters at most
known_callers:
  - {number: 7800, agent: alcie}  #! agent of a known caller is 'alcie', and nobody has that login: did you mean alice? #! number of a known caller must be text: write it in quotes, "7800"
  - {number: "anonymous", importance: 1001}  #! importance of a known caller is 1001; it must be from -1000 to 1000 #! number of a known caller is 'anonymous'; it must be 1 to 20 digits, with or without a + before them, as the switch shows them
switches: []
agents:
  - login: alice
    name: Alice
    contact: user/alice@example.test
    wrap_up: timed
    wrap_up_ms: 20000
    wrap_up_limit_ms: 10000  #! wrap_up_limit_ms of an agent is 10000, and wrap_up_ms is 20000: it must not be shorter
    skills:
      french: 11    #! french of an agent's skill list is 11; it must be from 1 to 10
      frenhc: 5     #! skills of an agent: there is no skill 'frenhc': did you mean french?
      french: 3     #! an agent's skill list has french twice: the first is in line 33; leave one out
    groups: [gold, glod, gold]  #! groups of an agent: 'gold' stands there twice: leave one out #! groups of an agent: there is no group 'glod': did you mean gold?
    auto_answer: yes  #! auto_answer of an agent is 'yes'; it must be true or false
  - login: bob
    name: Bob
    contact: user/bob@example.test
    wrap_up_limit_ms: 10000  #! wrap_up_limit_ms of an agent means nothing here, because wrap_up is not timed: leave it out
    skills: [french]  #! skills of an agent is a list; it must be a mapping such as {name: ...}
queues:
  - name: sales
    requires: frenhc and billing >= 5 and group:gold  #! requires of a queue is wrong: `billing` at 12: there is no such skill: it may be french, français, Not #! requires of a queue is wrong: `frenhc` at 1: there is no such skill: did you mean french?
    strategy: longest  #! strategy of a queue is 'longest': did you mean longest_idle?
    last_agent_first: 1  #! last_agent_first of a queue is '1'; it must be true or false
    priority_by:
      - {key: vip, value: 1, add: 5}
      - {key: vip, value: "1", add: 5}  #! priority_by: line 49 has a rule for this key and value: leave one out
      - {key: "", value: null, add: high}  #! add of a rule of priority_by is 'high'; it must be a whole number from -1000 to 1000 #! key of a rule of priority_by is empty; it must be the name of attached data, 100 characters at most #! value of a rule of priority_by must be text, a whole number, true or false: write it in quotes, "null"
      - {value: a}  #! a rule of priority_by has no key; it must be the name of attached data, 100 characters at most #! add of a rule of priority_by is missing; it must be from -1000 to 1000
    tiers:
      - {after_ms: 20000, requires: french >=}  #! requires of a tier is wrong: `>=` at 8 wants a number from 0 to 10 after it
      - {after_ms: 20000, requires: french}  #! after_ms of a tier is 20000, and a tier before it opens after 20000: it must be more
      - {after_ms: 10000, requires: french}  #! after_ms of a tier is 10000, and a tier before it opens after 20000: it must be more
      - {after_ms: 30000}  #! a tier has neither agents nor requires: nobody would be in it
      - {after_ms: 40000, agents: []}  #! a tier has neither agents nor requires: nobody would be in it
      - {requires: french, agents: [carol]}  #! after_ms of a tier is missing; it must be how long a call waits before it opens, in milliseconds #! agents of a tier: nobody has the login 'carol': it may be alice, bob
      - {after_ms: 0, requires: french}  #! after_ms of a tier is 0; it must be from 1 to 86400000
  - name: support
    agents: []
    tiers: [{after_ms: 1, agents: [bob]}]  #! tiers of a queue are the later ones, and the first has neither agents nor requires: give it one
    wrap_up: manual
    wrap_up_limit_ms: 5000  #! wrap_up_limit_ms of a queue means nothing here, because wrap_up is not timed: leave it out
entry_points:
  - {number: "7001", queue: sales, requires: "french &&"}  #! requires of an entry point is wrong: `&&` at 8 means nothing here: write `and`
  - {number: "7002", queue: sales, requires: "", priority: "5"}  #! priority of an entry point is '5'; it must be a whole number from -1000 to 1000, without quotes #! requires of an entry point is empty; it must be an expression such as `french >= 5 and group:gold`
  - {number: "7003", queue: sales, requires: [french]}  #! requires of an entry point must be text, not a list
"""  # noqa: E501


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        parse_center(text)
    return caught.value.problems


def in_routed(old: str, new: str) -> list[str]:
    """The problems of the whole file with one thing in it changed."""
    assert ROUTED.count(old) == 1
    return problems_of(ROUTED.replace(old, new))


def test_a_file_that_says_everything_is_read() -> None:
    center = parse_center(ROUTED)
    assert center.timezone == "Europe/Helsinki"
    assert center.skills == ("french", "billing")
    assert center.groups == ("gold", "silver")
    assert center.reasons == (
        ReasonSettings(name="lunch", is_productive=False, is_paid=False, longest_ms=1_800_000),
        ReasonSettings(name="training", is_productive=True, is_paid=True, longest_ms=None),
    )
    assert center.dispositions == (DispositionSettings(code="sold", name="Sold, and happy"),)
    assert center.known_callers == (
        CallerSettings(number="+358401234567", name="Big Customer", importance=50, agent="alice"),
        CallerSettings(number="0800", name="", importance=0, agent=None),
    )
    alice, bob = center.agents
    assert alice == AgentSettings(
        login="alice",
        name="Alice Martin",
        contact="user/alice@example.test",
        wrap_up="timed",
        wrap_up_ms=15_000,
        wrap_up_limit_ms=60_000,
        skills={"french": 7, "billing": 1},
        groups=("gold",),
        auto_answer=True,
    )
    assert (bob.skills, bob.groups, bob.auto_answer, bob.wrap_up_limit_ms) == ({}, (), False, 0)
    assert center.entry_points == (
        EntryPointSettings(number="7001", queue="sales", priority=-3, requires="not group:gold"),
    )


def test_expressions_are_kept_in_their_one_text() -> None:
    (queue,) = parse_center(ROUTED).queues
    assert queue == QueueSettings(
        name="sales",
        agents=("bob",),
        requires="french >= 5",
        tiers=(
            TierSettings(after_ms=20_000, requires="french or group:silver"),
            TierSettings(after_ms=60_000, agents=("alice",)),
        ),
        strategy=Strategy.TOP_DOWN,
        priority_by=(
            PriorityBySettings(key="vip", value=True, add=10),
            PriorityBySettings(key="tries", value=3, add=-5),
            PriorityBySettings(key="product", value="phones", add=1),
        ),
        last_agent_first=True,
        wrap_up="timed",
        wrap_up_ms=5_000,
        wrap_up_limit_ms=5_000,
    )


def test_a_file_from_before_means_what_it_meant() -> None:
    center = parse_center(WHOLE)
    assert (center.timezone, center.skills, center.groups, center.dispositions, center.known_callers) == (
        *("UTC", (), (), (), ()),
    )
    assert center.reasons is None
    alice, _ = center.agents
    assert (alice.skills, alice.groups, alice.wrap_up_limit_ms, alice.auto_answer) == ({}, (), 0, False)
    sales, _ = center.queues
    assert sales.all_tiers == (TierSettings(after_ms=0, agents=("alice", "eloise")),)
    assert (sales.strategy, sales.priority_by, sales.last_agent_first) == ("longest_idle", (), False)
    assert (center.entry_points[0].priority, center.entry_points[0].requires) == (0, None)


def test_no_reasons_at_all_is_not_the_same_as_the_ones_that_come_with_the_product() -> None:
    assert parse_center(WHOLE + "reasons: []\n").reasons == ()


def test_all_mistakes_are_told_at_once_each_with_its_line_and_what_would_be_right() -> None:
    expected = [
        f"line {number}: {sentence.strip()}"
        for number, line in enumerate(FULL_OF_MISTAKES.split("\n"), start=1)
        for sentence in line.split("#!")[1:]
    ]
    assert sorted(problems_of(FULL_OF_MISTAKES)) == sorted(expected)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("Europe/Helsinki", "helsinki", 1, "'helsinki', and there is no such time zone: did you mean Europe/Helsinki?"),
        ("Europe/Helsinki", "UTC+2:00", 1, "it must be the name of a time zone, such as Europe/Helsinki"),
        ("{timezone: Europe/Helsinki}", "Europe/Helsinki", 1, "it must be a mapping with timezone"),
        ("[french, billing]", "french", 2, "skills of the center file is 'french'; it must be a list"),
        ("groups: [gold, silver]", "groups: [golden]", 21, "there is no group 'gold': did you mean golden?"),
        ("groups: [gold, silver]", "grups: [gold, silver]", 3, "did you mean groups?"),
        ("{french: 7, billing: 1}", "{french: 0}", 20, "french of an agent's skill list is 0; it must be from 1 to 10"),
        ("{french: 7, billing: 1}", "{french: high}", 20, "it must be a whole number from 1 to 10"),
        ("{french: 7, billing: 1}", "{7: 7}", 20, "there is no skill '7': it may be french, billing"),
        ("{french: 7, billing: 1}", "{[a]: 7}", 20, "there is no skill ''"),
        ("requires: french>=5", "requires: french>=50", 27, "`50` at 9 is no level"),
        ("strategy: top_down", "strategy: randomly", 31, "did you mean random?"),
        ("wrap_up_limit_ms: 60000", "wrap_up_limit_ms: 60s", 19, "must be a whole number from 1000 to 3600000"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(old: str, new: str, line: int, says: str) -> None:
    problems = in_routed(old, new)
    assert any(problem.startswith(f"line {line}: ") and says in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("part", "text"),
    [("skills: [french, billing]", "skills: french"), ("groups: [gold, silver]", "groups: {gold: 1}")],
)
def test_names_that_cannot_be_read_make_nobody_who_uses_them_wrong(part: str, text: str) -> None:
    (problem,) = in_routed(part, text)
    assert "it must be a list" in problem


def test_what_is_nearly_a_list_of_skills_is_not_missed_everywhere() -> None:
    assert in_routed("skills: [french, billing]", "skils: [french, billing]") == [
        "line 2: the center file has no key 'skils': did you mean skills?"
    ]


def test_without_any_skill_in_the_file_an_expression_may_only_name_groups() -> None:
    (problem,) = [p for p in in_routed("skills: [french, billing]\n", "") if "requires of a queue" in p]
    assert problem.endswith("`french` at 1: there is no such skill: there is none at all")


def test_a_tier_whose_only_list_has_a_mistake_of_its_own_is_not_called_empty() -> None:
    (problem,) = in_routed("agents: [alice]}", "agents: alice}")
    assert "it must be a list" in problem


@pytest.mark.parametrize("name", ["a" * 5000, "'" * 200, "\N{SNOWMAN}" * 5000])
def test_a_name_without_end_is_not_repeated_without_end(name: str) -> None:
    shown: Any = repr(name)
    text = ROUTED.replace("[french, billing]", f"[french, billing, {shown}]").replace("[gold]", f"[gold, {shown}]")
    text = text.replace("{french: 7, billing: 1}", "{? %s : 5}" % shown).replace("agent: alice", f"agent: {shown}")  # noqa: UP031
    assert all(len(problem) < 300 for problem in problems_of(text))


@given(
    st.lists(st.tuples(st.integers(0, len(ROUTED)), st.sampled_from(SLIPS), st.integers(0, 9)), min_size=1, max_size=4)
)
def test_whatever_slips_into_a_file_it_is_read_or_told_in_sentences(slips: list[tuple[int, str, int]]) -> None:
    text = ROUTED
    for place, slip, deleted in slips:
        text = text[:place] + slip + text[place + deleted :]
    problems: list[str] = []
    try:
        parse_center(text)
    except ConfigInvalid as wrong:
        problems = wrong.problems or ["no problem is named"]
    assert all(re.match(r"line [1-9][0-9]*: .", problem) and "\n" not in problem for problem in problems), problems
