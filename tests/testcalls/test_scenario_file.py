"""The format of scenarios: what a file may say, and that every mistake in it is told at once, with its line."""

from pathlib import Path

import pytest

from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.testcalls.scenario import (
    Ask,
    Dial,
    DialCode,
    Expect,
    Hear,
    Life,
    NumberOf,
    Phone,
    Registration,
    Scenario,
    Tell,
    Together,
    Touch,
    Wait,
    Why,
)
from freeswitch_cc.testcalls.scenario_file import parse_scenario, read_scenario

WHOLE = """\
name: A caller is served
center:
  agents:
    - {login: alice, name: Alice Martin, contact: robot/answer-after-300}
  queues:
    - {name: sales, agents: [alice], ring_ms: 5000}
  entry_points:
    - {number: "7001", queue: sales}
settings: {short_talk_ms: 300}
alarms: [agent_lost]
steps:
  - {ready: alice}
  - {call: bob, number: "7001", name: "Éloïse", encoding: latin-1}
  - {wait: bob, is: talking, with: alice, within_ms: 900}
  - {hears: bob, what: alice}
  - {press: bob, keys: "12#"}
  - {hold: alice, after_ms: 200}
  - {engine: kill}
  - {engine: start}
  - together:
      - {hang_up: bob}
      - {logout: alice}
  - {not_ready: alice, reason: lunch, refused: not_logged_in}
  - expect: one call
    sql: SELECT outcome, 1, true, NULL FROM call
    rows: [[completed, 1, true, null]]
expect:
  - {that: nobody waits, sql: SELECT 1 FROM queue_visit, rows: []}
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        parse_scenario(text)
    return caught.value.problems


def test_a_whole_file_is_read() -> None:
    scenario = parse_scenario(WHOLE)
    assert scenario.name == "A caller is served"
    assert scenario.timeouts == Timeouts(short_talk_ms=300)
    assert scenario.center.agents[0].contact == "robot/answer-after-300"
    assert scenario.alarms == ("agent_lost",)
    assert scenario.steps[:2] == (
        Ask(line=12, kinds=("login", "available"), logins=("alice",)),
        Dial(line=13, caller="bob", number="7001", name="Éloïse".encode("latin-1"), number_from="0612345678"),
    )
    assert scenario.steps[2] == Wait(line=14, who="bob", state="talking", partner="alice", within_ms=900)
    assert scenario.steps[3] == Hear(line=15, who="bob", what="alice")
    assert scenario.steps[5] == Touch(line=17, after_ms=200, who="alice", what="hold")
    assert scenario.steps[6] == Life(line=18, of="engine", what="kill")
    assert isinstance(scenario.steps[8], Together)
    assert scenario.steps[9] == Ask(
        line=23, kinds=("not_ready",), logins=("alice",), arguments={"reason": "lunch"}, refused="not_logged_in"
    )
    assert isinstance(scenario.steps[10], Expect)
    assert scenario.steps[10].rows == (("completed", 1, True, None),)
    assert scenario.expect[0].rows == ()
    assert not scenario.kills_switch


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("name: A caller", "nome: A caller", 1, "the scenario has no key 'nome': did you mean name?"),
        (
            "robot/answer-after-300",
            "robot/dance",
            4,
            "it must be robot/ (or registered/) and one of answer, answer-after-MS",
        ),
        ("robot/answer-after-300", "user/alice@example.test", 4, "it must be robot/"),
        ("agents: [alice]", "agents: [alicia]", 6, "nobody has the login 'alicia': did you mean alice?"),
        ("short_talk_ms: 300", "short_talk: 300", 9, "did you mean short_talk_ms?"),
        ("short_talk_ms: 300", "short_talk_ms: 0.3 s", 9, "must be a whole number"),
        ("{ready: alice}", "{ready: alicia}", 12, "nobody has the login 'alicia'"),
        ("{ready: alice}", "{raedy: alice}", 12, "a step says nothing to do"),
        ("call: bob, number", "call: alice, number", 13, "somebody has that name already"),
        ("call: bob, number", "call: Bob!, number", 13, "a short name in small letters"),
        ('number: "7001", name', "name", 13, "has no number"),
        ('"Éloïse"', '"東京"', 13, "cannot be said in latin-1"),
        ("is: talking, with", "is: tolking, with", 14, "did you mean talking?"),
        ("is: talking, with: alice, within", "within", 14, "has no is"),
        ("within_ms: 900", "within_ms: 1 s", 14, "must be a whole number"),
        ("with: alice,", "with: nobody,", 14, "is 'nobody', who is none of its people"),
        ("hears: bob", "hears: nobody", 15, "is 'nobody', who is none of its people"),
        ("press: bob, keys", "press: bob, hold: bob, keys", 16, "a step has press and hold"),
        ('keys: "12#"', 'keys: "1,2"', 16, "letters, digits, * and #"),
        ("hold: alice, after_ms: 200", "hold: alice, keys: '1'", 17, "means nothing there"),
        ("{engine: kill}", "{engine: pause}", 18, "it may be kill, start"),
        ("  - {engine: start}\n", "", 12, "leave the engine dead: start it again"),
        ("{engine: kill}", "{engine: start}", 12, "line 18: the engine runs"),
        (
            "rows: [[completed, 1, true, null]]",
            "rows: [completed]",
            26,
            "must hold rows such as [alice, 3, true, null]",
        ),
        ("    rows: [[completed, 1, true, null]]\n", "", 25, "has no rows to expect"),
        ("{that: nobody waits, ", "{", 28, "an expect has no that"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert WHOLE.count(old) >= 1
    problems = problems_of(WHOLE.replace(old, new, 1))
    assert any(one.startswith(f"line {line}: ") and says in one for one in problems), problems


CONTROL = """\
  - {asks: alice, for: send_dtmf, digits: "12#", of: bob, refused: not_talking}
  - {hears: bob, keys: "12#"}
  - together:
"""


def test_an_agent_may_ask_for_something_about_a_call_and_keys_may_be_heard() -> None:
    steps = parse_scenario(WHOLE.replace("  - together:\n", CONTROL)).steps
    assert steps[8] == Ask(
        line=20,
        kinds=("send_dtmf",),
        logins=("alice",),
        arguments={"digits": "12#"},
        about="bob",
        refused="not_talking",
    )
    assert steps[9] == Hear(line=21, who="bob", what="music", keys="12#")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("for: send_dtmf", "for: dance", 20, "it may be answer, reject, hang_up"),
        ("for: send_dtmf, ", "", 20, "has no for"),
        ("asks: alice", "asks: bob", 20, "nobody has the login 'bob'"),
        ("of: bob", "of: alice", 20, "is 'alice', who is none of its callers"),
        ('bob, keys: "12#"', 'bob, keys: "1 2"', 21, "keys of a phone"),
    ],
)
def test_a_mistake_in_what_is_asked_for_is_told_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert CONTROL.count(old) == 1
    problems = problems_of(WHOLE.replace("  - together:\n", CONTROL.replace(old, new)))
    assert any(one.startswith(f"line {line}: ") and says in one for one in problems), problems


def test_a_phone_may_change_and_the_story_may_be_told() -> None:
    more = "  - {phone: alice, is: robot/ring, after_ms: 5}\n  - {tell: 'Noon: they eat'}\n  - {ready: alice}\n"
    scenario = parse_scenario(WHOLE.replace("  - {ready: alice}\n", more))
    assert scenario.steps[:2] == (
        Phone(line=12, after_ms=5, login="alice", contact="robot/ring"),
        Tell(line=13, sentence="Noon: they eat"),
    )


def steps_with(step: str) -> tuple[object, ...]:
    """The second step of the whole file, when this one stands there."""
    return parse_scenario(WHOLE.replace("  - {wait: bob, is: t", f"  - {step}\n  - {{wait: bob, is: t")).steps[2:3]


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        ("{end_wrap_up: alice}", Ask(line=14, kinds=("end_wrap_up",), logins=("alice",))),
        (
            "{extend_wrap_up: alice, by_ms: 1500, refused: past_the_limit, after_ms: 5}",
            Ask(
                line=14,
                after_ms=5,
                kinds=("extend_wrap_up",),
                logins=("alice",),
                arguments={"by_ms": 1500},
                refused="past_the_limit",
            ),
        ),
        (
            "{disposition: alice, code: sold, subject: Two of them, of: bob}",
            Ask(
                line=14,
                kinds=("disposition",),
                logins=("alice",),
                arguments={"code": "sold", "subject": "Two of them"},
                about="bob",
            ),
        ),
        (
            "{not_ready: [alice], reason: meal, by: sam}",
            Ask(line=14, kinds=("not_ready",), logins=("alice",), arguments={"reason": "meal"}, by="sam"),
        ),
        (
            "{dials_code: alice, code: '*43*2', tone: falling, within_ms: 9}",
            DialCode(line=14, login="alice", code="*43*2", tone="falling", within_ms=9),
        ),
        (
            "{dials_code: nobody, code: '*41', tone: none}",
            DialCode(line=14, login=None, code="*41", tone="none"),
        ),
        ("{phone: alice, is: expired, after_ms: 3}", Registration(line=14, after_ms=3, login="alice", what="expired")),
        (
            "{number_of: bob, as: nora, within_ms: 9}",
            NumberOf(line=14, caller="bob", called="nora", within_ms=9),
        ),
        ("{why: bob, says: Talks to alice}", Why(line=14, who="bob", says=("Talks to alice",))),
        ("{why: bob, says: [Waits, 1st], within_ms: 9}", Why(line=14, who="bob", says=("Waits", "1st"), within_ms=9)),
    ],
)
def test_everything_may_be_asked_for_and_why_too(step: str, asked: object) -> None:
    assert steps_with(step) == (asked,)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("{end_wrap_up: bob}", "nobody has the login 'bob'"),
        ("{end_wrap_up: alice, by_ms: 5}", "by_ms of the step end_wrap_up means nothing there"),
        ("{extend_wrap_up: alice}", "extend_wrap_up of the step extend_wrap_up has no by_ms"),
        ("{extend_wrap_up: alice, by_ms: 0}", "by_ms of the step extend_wrap_up is 0; it must be from 1 to 86400000"),
        ("{extend_wrap_up: alice, by_ms: 5, by: sam}", "by of the step extend_wrap_up means nothing there"),
        ("{disposition: alice}", "the step disposition has no code"),
        ("{disposition: alice, code: sold, of: alice}", "is 'alice', who is none of its callers"),
        ("{available: alice, reason: meal}", "reason of the step available means nothing there"),
        ("{not_ready: alice, by: ''}", "by of the step not_ready is empty"),
        ("{ready: alice, by: sam}", "by of the step ready means nothing there"),
        ("{why: bob}", "why of the step why says nothing to look for"),
        ("{why: bob, says: []}", "why of the step why says nothing to look for"),
        ("{why: alice, says: Talks}", "is 'alice', who is none of its callers"),
        ("{number_of: alice, as: nora}", "is 'alice', who is none of its callers"),
        ("{number_of: bob}", "the step number_of has no as"),
        ("{number_of: bob, as: alice}", "is 'alice', and somebody has that name already"),
    ],
)
def test_a_mistake_in_what_is_asked_for_is_told(step: str, says: str) -> None:
    problems = problems_of(WHOLE.replace("  - {wait: bob, is: t", f"  - {step}\n  - {{wait: bob, is: t"))
    assert [one for one in problems if one.startswith("line 14: ") and says in one], problems


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("{phone: alicia, is: robot/ring}", "is 'alicia', who is none of its agents: did you mean alice?"),
        ("{phone: bob, is: robot/ring}", "is 'bob', who is none of its agents"),
        (
            "{phone: alice, is: ring}",
            "is of the step phone is 'ring'; it must be robot/ (or registered/) and one of answer",
        ),
        ("{phone: alice}", "the step phone has no is"),
        ("{tell: ''}", "tell of the step tell is empty"),
        ("{tell: noon, is: robot/ring}", "means nothing there"),
    ],
)
def test_a_mistake_in_a_phone_or_a_sentence_is_told(step: str, says: str) -> None:
    problems = problems_of(WHOLE.replace("  - {ready: alice}\n", f"  - {{ready: alice}}\n  - {step}\n"))
    assert [one for one in problems if one.startswith("line 13: ") and says in one], problems


def test_ten_mistakes_are_told_at_once() -> None:
    problems = problems_of("""\
name: ""
center:
  agents:
    - {login: alice, name: Alice, contact: sofia/internal/x@y}
  queues:
    - {name: sales, agents: [bob], ring_ms: soon}
  entry_points:
    - {number: "70-01", queue: sale}
settings: {bridge: 1}
steps:
  - {dance: alice}
  - {wait: carol, is: ready}
  - {call: dora, number: 7001, nome: Dora}
  - {switch: kill}
""")
    lines = [int(problem.split(":")[0].removeprefix("line ")) for problem in problems]
    assert lines == sorted(lines)
    assert set(lines) == {1, 4, 6, 8, 9, 11, 12, 13}
    assert len(problems) >= 10, problems


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the scenario is empty"),
        ("- 1\n", "the scenario must be a mapping"),
        ("name: [", "this is not YAML"),
        ("name: x\nsteps: []\n", "the scenario has no center"),
        ("name: x\ncenter: 3\nsteps: []\n", "center of the scenario is '3'; it must be a mapping"),
        ("name: x\ncenter: {agents: [], queues: [], entry_points: []}\nsteps: []\n", "something has to happen"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(text: str, says: str) -> None:
    assert any(says in problem for problem in problems_of(text)), problems_of(text)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="the file cannot be read"):
        read_scenario(tmp_path / "nothing.yaml")
    (tmp_path / "odd.yaml").write_bytes(b"name: \xff\n")
    with pytest.raises(ConfigInvalid, match="must be UTF-8"):
        read_scenario(tmp_path / "odd.yaml")


def test_a_scenario_that_kills_the_switch_says_so() -> None:
    scenario = parse_scenario(WHOLE.replace("engine:", "switch:"))
    assert isinstance(scenario, Scenario)
    assert scenario.kills_switch
