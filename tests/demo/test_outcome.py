"""What the demo says at its end: what held, what did not, and numbers of PostgreSQL that add up."""

import json
from pathlib import Path
from typing import Any

import pytest

from freeswitch_cc.config import Settings
from freeswitch_cc.demo.main import MINUTE, run
from freeswitch_cc.demo.report import QUESTIONS, ask
from freeswitch_cc.testcalls.scenario_file import read_scenario

SHORT = Path(__file__).parent / "short.yaml"

BRIEF = """\
name: One caller
center:
  agents: [{login: alice, name: Alice, contact: robot/answer}]
  queues: [{name: sales, agents: [alice]}]
  entry_points: [{number: "7001", queue: sales}]
steps:
  - {ready: alice}
  - {call: bob, number: "7001"}
  - {wait: bob, is: talking, with: alice}
  - {hang_up: bob, after_ms: 100}
  - {wait: bob, is: ended, outcome: completed}
expect:
  - {that: one call was completed, sql: SELECT outcome FROM call, rows: [[completed]]}
"""


@pytest.fixture
def settings(database_server: str) -> Settings:
    return Settings(database_url=database_server)


def tables(told: str) -> list[list[dict[str, Any]]]:
    """The answers in their order, their rows as mappings."""
    return [
        [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
        for answer in json.loads(told)["answers"]
    ]


def test_as_json_it_tells_what_held_and_its_numbers_add_up(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(settings, as_json=True, file=SHORT) == 0
    told = capsys.readouterr().out
    outcome = json.loads(told)
    assert outcome["has_passed"] is True
    assert outcome["problems"] == []
    assert outcome["promises"] == 13
    assert any("the engine: kill" in line for line in outcome["story"])
    assert [answer["sql"] for answer in outcome["answers"]] == [question.sql for question in QUESTIONS]
    queues, waits, agents, offers, tiers, stays, decisions, alarms = tables(told)

    for row in queues:
        assert row["offered"] + row["came_back"] == row["answered"] + row["abandoned"]
        assert 0 < float(row["waited"]) <= float(row["longest"])
    assert [(row["queue"], row["offered"], row["came_back"], row["abandoned"]) for row in queues] == [
        ("sales", 1, 0, 0),
        ("support", 2, 1, 1),
    ]
    answered = sum(row["answered"] for row in queues)
    assert answered == sum(row["calls"] for row in waits) == sum(row["calls"] for row in agents) == 3
    assert {row["outcome"]: row["offers"] for row in offers} == {"answered": answered, "rejected": 2}
    assert [len(row["chart"]) for row in waits] == [row["calls"] for row in waits]
    assert [len(row["chart"]) for row in offers] == [row["offers"] for row in offers]
    for row in agents:
        assert float(row["talk"]) > 0
        # A second of wrap-up after each call; the log's clock is read a moment later than the decision's.
        assert row["calls"] * 0.9 <= float(row["wrap_up"]) <= row["calls"] * 3
    assert [(row["caller"], row["agent"], row["eligible"], row["because"]) for row in tiers] == [
        ("Bob Durand", "carol", 1, "the only one ready in tier 1 of 2"),
        ("Bob Durand", "alice", 2, "the only one ready in tier 2 of 2"),
    ]
    assert float(tiers[0]["waited"]) < 1 <= float(tiers[1]["waited"])
    assert [(row["caller"], row["came"], row["outcome"], row["agent"]) for row in stays] == [
        ("Emil Roth", "inbound", "answered", "carol"),
        ("Emil Roth", "returned", "answered", "carol"),
    ]
    assert decisions[0]["because"] == "arrived, waits"
    assert sum("phone died" in row["because"] for row in decisions) == 1
    assert [(row["kind"], row["caller"]) for row in alarms] == [("agent_lost", "Emil Roth")]


def test_every_question_is_asked_of_an_empty_database_too(database_url: str) -> None:
    answers = ask(database_url)
    assert [answer.rows for answer in answers] == [()] * len(QUESTIONS)
    assert all(answer.columns for answer in answers)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rows: [[completed]]", "rows: [[abandoned]]", "one call was completed: [('abandoned',)]"),
        ("outcome: completed}", "outcome: abandoned, within_ms: 300}", "bob to be ended (abandoned) within 300 ms"),
        ("name: One caller", "name: One caller\nalarms: [deaf]", "the alarm deaf was not raised"),
        ("  - {hang_up: bob, after_ms: 100}\n", "", "bob to be ended (completed)"),
        (
            "  - {hang_up: bob, after_ms: 100}\n",
            "  - {why: bob, says: [Talks, Waits], within_ms: 300}\n",
            "why bob is where he is to say 'Talks' and 'Waits'; it says: Talks to alice",
        ),
        (
            "  - {call: bob",
            "  - {end_wrap_up: alice}\n  - {call: bob",
            "alice's end_wrap_up to be done; it was not_in_wrap_up: alice is in no wrap-up",
        ),
        (
            "  - {call: bob",
            "  - {not_ready: alice, by: sam, refused: no_supervisor}\n  - {call: bob",
            "alice's not_ready to be no_supervisor; it was done",
        ),
    ],
)
def test_what_does_not_hold_is_named_and_the_status_says_so(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    assert BRIEF.count(old) == 1
    file = tmp_path / "brief.yaml"
    file.write_text(BRIEF.replace(old, new).replace("completed}", "completed, within_ms: 500}"))
    assert run(settings, file=file) == 1
    told = capsys.readouterr().out
    assert "FAILED" in told
    assert says in told.partition("FAILED")[2]
    assert "PASSED" not in told
    assert "demo --switch" not in told, "who has not seen it work is not sent on"


def test_what_holds_is_said_with_what_to_do_next(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "brief.yaml"
    file.write_text(BRIEF)
    assert run(settings, file=file) == 0
    told = capsys.readouterr().out
    assert "bob is talking with alice" in told
    assert "All 4 expectations" in told
    assert "demo --switch" in told


def test_the_minute_is_a_busy_one() -> None:
    minute = read_scenario(MINUTE)
    assert len(minute.center.agents) == 6
    assert len(minute.center.queues) == 3
    assert 20 <= MINUTE.read_text(encoding="utf-8").count("{call: ") <= 30
    assert 30_000 < sum(step.after_ms for step in minute.steps) < 60_000
