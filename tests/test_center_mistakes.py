"""Center files full of mistakes, and files that are none: everything is told at once, one sentence for each mistake."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.center import parse_center, read_center
from freeswitch_cc.errors import ConfigInvalid
from tests.test_center import WHOLE

# Behind each `#!` stands the whole sentence that is expected for this line, and no other is.
FULL_OF_MISTAKES = r"""
switch: []            #! the center file has no key 'switch': did you mean switches?
switches:
  - {name: main, port: 80210, host: 10.0.0.1, password_env: A}  #! port of a switch is 80210; it must be from 1 to 65535
  - {name: main, host: 10.0.0.2, password_env: A}  #! a switch with the name 'main' stands in line 4 already: each needs its own
  - {name: third, host: 10.0.0.2, password_env: "hunter2!"}  #! a switch with the host '10.0.0.2:8021' stands in line 5 already: each needs its own #! password_env of a switch must be the name of the environment variable that holds the password, never the password itself
agents:
  - login: 0612       #! login of an agent must be text: write it in quotes, "0612"
    name: no          #! name of an agent must be text: write it in quotes, "no"
    contact: user/0612@example.test
  - login: alice
    nmae: Alice       #! an agent has no key 'nmae': did you mean name?
    contact: alice    #! contact of an agent may not be dialled: contact 'alice' is none of user/<id>@<domain>, sofia/<profile>/<user>@<host>[:port], sofia/gateway/<gateway>/<digits>
    colour: red       #! an agent has no key 'colour': it may be login, name, contact, wrap_up, wrap_up_ms, wrap_up_limit_ms, max_misses, skills, groups, auto_answer, may_dial, caller_ids
  - login: alice      #! an agent with the login 'alice' stands in line 11 already: each needs its own
    name: &who Alice  #! &who gives a value a name, and nothing may use it: leave it out
    contact: user/alice@example.test
    wrap_up: timd     #! wrap_up of an agent is 'timd': did you mean timed?
    wrap_up_ms: 100   #! wrap_up_ms of an agent is 100; it must be from 1000 to 3600000
  - login: bob
    name: *who        #! *who stands for a value in another place: write the value itself
    contact: !!str user/bob@example.test  #! the tag !!str means nothing here: leave it out, and write text in quotes
    wrap_up: timed    #! wrap_up of an agent is timed, so it needs wrap_up_ms: how long, in milliseconds
    max_misses: "3"   #! max_misses of an agent is '3'; it must be a whole number from 1 to 100, without quotes
  - {login: carol, name: Carol, name: Carola, contact: user/carol@example.test}  #! an agent has name twice: the first is in line 25; leave one out
  - {name: Nobody}    #! an agent has no contact; it must be the dial string of the agent's phone #! an agent has no login; it must be letters, digits, dots, dashes, underscores and @ (64 at most), with a letter or a digit first
  - dave              #! agents must hold mappings such as {login: ...}, not 'dave'
queues:
  - name: sales
    agents: [alice, Bob, bob, bob]  #! agents of a queue: 'bob' stands there twice: leave one out #! agents of a queue: nobody has the login 'Bob': did you mean bob?
    ring_ms: 15s      #! ring_ms of a queue is '15s'; it must be a whole number from 1000 to 600000
    music: /moh.wav   #! music of a queue may not be played: a file ends, and then he who waits hears nothing: make its directory a local_stream of the switch (local_stream.conf.xml) and write local_stream://<name>
  - name: sales/2     #! name of a queue is 'sales/2'; it must be letters, digits, dots, dashes and underscores (64 at most), with a letter or a digit first
    agents:           #! agents of a queue is nothing; it must be a list, [] if there are none
    priority: 5.5     #! priority of a queue is '5.5'; it must be a whole number from -1000 to 1000
    wrap_up_ms: 5000  #! wrap_up_ms of a queue means nothing here, because wrap_up is not timed: leave it out
  - {name: support, agents: carol}  #! agents of a queue is 'carol'; it must be a list, such as [..., ...]
entry_points:
  - {number: 7001, queue: sales}   #! number of an entry point must be text: write it in quotes, "7001"
  - {number: "7002", queue: sale}  #! queue of an entry point is 'sale', and there is no such queue: did you mean sales?
  - {number: "7002", queue: sales/2, attached: {country: no, product: [x]}}  #! an entry point with the number '7002' stands in line 40 already: each needs its own #! attached of an entry point: 'country' must be text, a whole number, true or false: write it in quotes, "no" #! attached of an entry point: 'product' must be text, a whole number, true or false
  - {number: "70-03"}  #! an entry point has no queue; it must be the name of a queue of this file #! number of an entry point is '70-03'; it must be 1 to 20 digits, with or without a + before them, or * alone for every other number
  - {number: "7005", queue: "sales\n"}  #! queue of an entry point holds a line break or another control character; it must be one line of plain text
queues: []            #! the center file has queues twice: the first is in line 28; leave one out
"""  # noqa: E501


# What a slip of the hand, or of a program, may leave in a file.
SLIPS = (
    *(
        "&a ",
        "*a ",
        "!!str ",
        "!",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\n",
        "\t",
        '"',
        "'",
        "\\",
        "%",
        "---\n",
        "? ",
        "| ",
        "> ",
    ),
    *(
        "<<: ",
        "#",
        "0",
        "~",
        "@",
        "`",
        "=",
        "\r",
        '"\\ud800"',
        '"\\U99999999"',
        "\x00",
        "\x85",
        "\u2028",
        "\ufeff",
        "\udcff",
    ),
)


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        parse_center(text)
    return caught.value.problems


def problems_of_file(path: Path) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        read_center(path)
    return caught.value.problems


def test_forty_mistakes_in_one_file_are_told_at_once_each_with_its_line_and_what_would_be_right() -> None:
    expected = [
        f"line {number}: {sentence.strip()}"
        for number, line in enumerate(FULL_OF_MISTAKES.split("\n"), start=1)
        for sentence in line.split("#!")[1:]
    ]
    assert problems_of(FULL_OF_MISTAKES) == expected
    assert len(expected) == 40
    kinds = {re.sub(r"'[^']*'|[0-9]+", "...", sentence.partition(": ")[2]) for sentence in expected}
    assert len(kinds) >= 20, "one mistake forty times would prove little"


def test_a_password_that_stands_in_the_file_is_not_repeated() -> None:
    text = "switches:\n  - {name: main, host: a, password: hunter2!, password_env: [hunter2]}\n"
    for wrong in (FULL_OF_MISTAKES, text, text.replace("password_env: [hunter2]", "password_env: 'hunter2 '")):
        assert not any("hunter2" in problem for problem in problems_of(wrong))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "the center file is empty: it must have switches, agents, queues, entry_points"),
        ("# only a remark\n", 1, "is empty"),
        ("- a\n- b\n", 1, "must be a mapping with switches, agents, queues, entry_points, not a list"),
        ("7001\n", 1, "must be a mapping with switches, agents, queues, entry_points, not '7001'"),
        ("agents: [\n\n", 3, "not YAML: expected the node content"),
        ("agents:\n\t- x\n", 2, "indent with blanks, never with a tab"),
        ("agents:\n  - {login: alice\nqueues: []\n", 3, "(it began in line 2): put a comma between the values, and }"),
        ("agents:\n  - a: 'x\n", 3, "(it began in line 2): a quote is open: close it"),
        ("agents:\n  - name: a: b\n", 2, 'text with ": " in it goes in quotes'),
        ("agents:\n  - login: a\n   name: b\n", 3, "what belongs together begins in one column"),
        ("entry_points:\n  - {number: *}\n", 2, 'text that begins with * or & goes in quotes: "*"'),
        ("agents:\n  - name: @home\n", 2, "goes in quotes"),
        ('agents:\n  - name: "a\\qb"\n', 2, "in double quotes a backslash is written twice"),
        ('agents:\n  - name: "\\UFFFFFFFF"\n', 2, "stands for no character"),
        ('agents:\n  - name: "\\U00110000"\n', 2, "stands for no character"),
        ("agents: - x\n", 1, "the first - of a list begins a line of its own"),
        ("agents: []\n---\nagents: []\n", 2, "a second document begins here (---): one file holds one"),
        ("agents: []\n...\nqueues: []\n", 3, "not YAML"),
        ("agents: *nobody\n", 1, "*nobody stands for a value in another place: write the value itself"),
        ("agents: &a [*a]\n", 1, "&a gives a value a name"),
        ("x: &d {name: a}\nagents:\n  - {<<: *d, login: a}\n", 3, "*d stands for a value in another place"),
        ("agents: \x07\n", 1, "the character '\\x07' may not stand in a YAML file: delete it"),
        ("[" * 2000, 1, "nested too deeply"),
        ("? [agents]\n: []\n", 1, "has no key a list"),
        ("agents: !!python/object/apply:os.system [ls]\n", 1, "the tag !!python/object/apply:os.system means nothing"),
        ("agents: !!python/object/apply:os.system [ls]\n", 1, "agents must hold mappings"),
        ("agents: !ruby/object:X {}\n", 1, "the tag !ruby/object:X means nothing here: leave it out"),
        ("agents: !a!b []\n", 1, "leave the tag out"),
        ("%YAML 3.0\n---\nagents: []\n", 1, "leave the line %YAML out"),
        ("agents:\n", 1, "agents of the center file is nothing; it must be a list, [] if there are none"),
        ("agents: {alice: user/alice@a.test}\n", 1, "is a mapping; it must be a list"),
        ("agents:\n  - {login: a, name: 2026-11-22}\n", 2, 'write it in quotes, "2026-11-22"'),
        ("agents:\n  - {login: 1e3, name: ~}\n", 2, 'name of an agent must be text: write it in quotes, "~"'),
        ('agents:\n  - {login: a, name: "\\ud800"}\n', 2, "holds a line break or another control character"),
        (
            "entry_points:\n  - {attached: {zip: 01234}}\n",
            2,
            "'zip' must be text, a whole number, true or false: write",
        ),
        ("entry_points:\n  - {attached: {on: 1}}\n", 2, "the name 'on' must be text: write it in quotes"),
        ('entry_points:\n  - {attached: {note: "a\\0b"}}\n', 2, "'note' holds a line break or another control"),
        ("entry_points:\n  - {attached: {since: }}\n", 2, "'since' must be text, a whole number, true or false"),
    ],
)
def test_what_is_no_center_file_is_said_in_a_sentence_with_its_line(text: str, line: int, says: str) -> None:
    problems = problems_of(text)
    assert any(problem.startswith(f"line {line}: ") and says in problem for problem in problems), problems


@pytest.mark.parametrize("name", ["a" * 5000, "'" * 200, "\N{SNOWMAN}" * 5000])
def test_a_value_without_end_is_not_repeated_without_end(name: str) -> None:
    text = "queues:\n  - {name: %s, agents: %s, colour%s: 1}\n" % (repr(name), repr(name), name.replace("'", "x"))  # noqa: UP031
    assert all(len(problem) < 300 for problem in problems_of(text))


def test_a_part_that_cannot_be_read_does_not_make_everything_that_refers_to_it_a_mistake() -> None:
    text = """\
switches: []
queues: [{name: sales, agents: [alice, bob]}]
entry_points: [{number: "7001", queue: sales}]
"""
    assert problems_of(text) == ["line 1: agents is missing; write `agents: []` if there are none"]
    (problem,) = problems_of(text + "agents: alice\n")
    assert problem.startswith("line 4: agents of the center file is 'alice'; it must be a list")


def test_a_name_that_is_wrong_in_one_place_is_not_called_unknown_in_another() -> None:
    text = """\
switches: []
agents: [{login: 7001, name: Alice, contact: user/alice@example.test}]
queues: [{nmae: sales, agents: ["7001"]}]
entry_points: [{number: "7001", queue: sales}]
"""
    assert problems_of(text) == [
        'line 2: login of an agent must be text: write it in quotes, "7001"',
        "line 3: a queue has no key 'nmae': did you mean name?",
    ]


def test_of_many_names_only_some_are_listed() -> None:
    agents = "".join(f"  - {{login: a{n}, name: A, contact: user/a{n}@example.test}}\n" for n in range(200))
    text = f"switches: []\nagents:\n{agents}queues: [{{name: sales, agents: [zoe]}}]\nentry_points: []\n"
    (problem,) = problems_of(text)
    assert problem.endswith(
        "nobody has the login 'zoe': it may be a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11 or one of 188 more"
    )


def test_a_file_that_is_not_utf_8_is_one_mistake_and_the_others_are_told_too(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    path.write_bytes(
        "switches: []\nqueues: []\nagents:\n  - {login: elo, name: Éloïse, contact: user/e@example.test}\n"
        "  - {login: zoe, name: Zoë, contact: nowhere}\n".encode("latin-1")
    )
    missing, strange, contact = problems_of_file(path)
    assert missing.startswith("line 1: entry_points is missing")
    assert strange == "line 4: the file must be UTF-8, and byte 0xc9 is not (and 1 more line): save it as UTF-8"
    assert contact.startswith("line 5: contact of an agent may not be dialled")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_told_in_a_sentence(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "center.yaml"
    path.write_bytes("\ufeffagents: []\n".encode(encoding))
    assert problems_of_file(path) == ["line 1: the file is UTF-16: save it as UTF-8"]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    path.write_text("\ufeffswitches: []\nagents: []\nqueues: []\nentry_points: []\n", encoding="utf-8")
    assert read_center(path).agents == ()


def test_a_file_that_cannot_be_opened_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert problems_of_file(tmp_path / "nothing.yaml") == ["the file cannot be read: No such file or directory"]
    assert problems_of_file(tmp_path) == ["the file cannot be read: Is a directory"]


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE)), st.sampled_from(SLIPS), st.integers(0, 9)), min_size=1, max_size=5)
)
def test_whatever_slips_into_a_file_it_is_read_or_told_in_sentences(slips: list[tuple[int, str, int]]) -> None:
    text = WHOLE
    for place, slip, deleted in slips:
        text = text[:place] + slip + text[place + deleted :]
    problems: list[str] = []
    try:
        parse_center(text)
    except ConfigInvalid as wrong:
        problems = wrong.problems or ["no problem is named"]
    assert all(re.match(r"line [1-9][0-9]*: .", problem) and "\n" not in problem for problem in problems), problems
