"""`queue list`, `availability` and `why`: tables for people, JSON for programs, and sentences for who asks wrongly."""

import json
from collections.abc import Iterator

import pytest

from freeswitch_cc.cli.main import main
from tests.database import Database
from tests.floor import Floor


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    """Two queues; ann is ready for one of them, where a call waits for its second tier."""
    floor = Floor(db)
    floor.add_queue("support", is_active=False)
    db.run(
        'UPDATE queue SET strategy = \'least_talk\', tiers = \'[{"after_ms": 0, "requires": null, "agents": ["bob"]},'
        ' {"after_ms": 600000, "requires": "gold", "agents": []}]\' WHERE name = \'sales\''
    )
    floor.add_agent("ann", idle_s=150)
    floor.add_agent("bob", presence="not_ready", reason="meal")
    db.run(
        "UPDATE eligibility e SET tier = 1, after_ms = 600000 FROM agent a"
        " WHERE a.agent_id = e.agent_id AND a.login = 'ann'"
    )
    db.run("INSERT INTO skill (name) VALUES ('french')")
    db.run("INSERT INTO agent_skill SELECT agent_id, skill_id, 7 FROM agent, skill WHERE login = 'ann'")
    db.run("INSERT INTO agent_group (name) VALUES ('gold')")
    yield floor
    floor.close()


def words(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


# -- queue list ----------------------------------------------------------------------------------


def test_queues_are_listed_with_how_they_serve_and_who_waits(
    floor: Floor, env: dict[str, str], db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    floor.arrive()
    db.run("UPDATE queue_visit SET waiting_since = now() - interval '5 min'")
    assert main(["queue", "list"], env) == 0
    heading, sales, support = words(capsys.readouterr().out)
    assert heading == (
        "name is active strategy tiers priority waiting oldest wait estimated wait ready in reserve busy wrap up"
        " not ready offline"
    )
    assert sales == "sales yes least_talk 2 0 1 5 min - 0 1 0 0 1 0"
    assert support == "support no longest_idle 1 0 0 - - 0 0 0 0 0 0"


def test_queues_are_told_to_programs_in_milliseconds(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["queue", "list", "--json"], env) == 0
    sales = json.loads(capsys.readouterr().out)[0]
    assert (sales["name"], sales["in_reserve"], sales["oldest_wait_ms"]) == ("sales", 1, None)
    assert 150_000 <= sales["longest_idle_ms"] < 200_000


def test_without_queues_it_says_where_they_come_from(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue", "list"], env) == 0
    assert capsys.readouterr().out == "there are no queues: see `freeswitch-cc apply`\n"


# -- availability --------------------------------------------------------------------------------


def test_the_whole_center_is_counted_and_each_of_its_parts(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["availability"], env) == 0
    assert [line.split()[:5] for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["all", "all", "2", "0", "1"],
        ["queue", "sales", "2", "0", "1"],
        ["group", "gold", "0", "0", "0"],
        ["skill", "french", "1", "1", "0"],
    ]


def test_one_of_them_is_told_alone(floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["availability", "skill:french"], env) == 0
    assert words(capsys.readouterr().out)[1] == "skill french 1 1 0 0 0 0 0 2 min 0 - -"
    assert main(["availability", "queue:sales", "--json"], env) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["in_reserve"], row["not_ready"], row["estimated_wait_ms"]) == (1, 1, None)


@pytest.mark.parametrize(
    ("of", "told"),
    [
        ("queue:sale", "there is no queue 'sale': did you mean sales?"),
        ("group:x", "there is no group 'x': it may be gold"),
        ("sales", "'sales' is nothing that is counted: write queue:NAME, group:NAME or skill:NAME"),
    ],
)
def test_what_there_is_not_ends_with_2_and_what_there_is(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str], of: str, told: str
) -> None:
    assert main(["availability", of], env) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"freeswitch-cc: {told}\n")


# -- why -----------------------------------------------------------------------------------------


def test_why_a_call_waits_is_told_in_sentences(
    floor: Floor, env: dict[str, str], db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    call_id = floor.arrive()
    db.run("UPDATE queue_visit SET waiting_since = now() - interval '10.5 s'")
    for given in (call_id, call_id[:13], call_id.upper()):
        assert main(["why", given], env) == 0
        assert capsys.readouterr().out.splitlines() == [
            "Waits 10 s in sales, 1st.",
            "Tier 1 (bob) has 1 agent: 1 not ready (meal).",
            "Tier 2 (gold) opens in 9 min: 1 is ready.",
            "No engine commands its switch one: nothing happens to it until one does.",
        ]


def test_why_a_call_waits_is_told_to_programs_with_the_facts(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    call_id = floor.arrive()
    assert main(["why", call_id, "--json"], env) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sentences"][1] == "Tier 1 (bob) has 1 agent: 1 not ready (meal)."
    assert told["facts"]["tiers"][1]["after_ms"] == 600_000
    assert (told["facts"]["call_id"], told["facts"]["position"]) == (call_id, 1)


@pytest.mark.parametrize("call", ["ffffffff", "nonsense", ""])
def test_a_call_that_there_is_not_ends_with_2_and_where_to_look(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str], call: str
) -> None:
    assert main(["why", call], env) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "`freeswitch-cc calls` lists those that go on" in said.err
    assert "Traceback" not in said.err
