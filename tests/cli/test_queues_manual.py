"""docs/queues.md: its center file, its commands, its query and what it says that they answer."""

import re
from pathlib import Path

import pytest

from freeswitch_cc.cli.main import main
from freeswitch_cc.core.words import Strategy
from tests.database import Database

MANUAL = (Path(__file__).parents[2] / "docs" / "queues.md").read_text(encoding="utf-8")
STATES = {
    "anna": "activity = 'talking', presence = 'available', call_id = gen_random_uuid()",
    "dora": "presence = 'not_ready', reason = 'break'",
    "bob": "presence = 'available', idle_since = now()",
    "carl": "activity = 'wrap_up', presence = 'available', call_id = gen_random_uuid()",
}


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", MANUAL, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def center(db: Database, env: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The manual's center, and its morning; the call that waits 42 s as the third."""
    file = tmp_path / "center.yaml"
    file.write_text(block("yaml"), encoding="utf-8")
    assert main(["apply", str(file)], env) == 0, capsys.readouterr().err
    for login, state in STATES.items():
        db.run(f"UPDATE agent SET {state} WHERE login = %(login)s", login=login)
    for number, waited_s in enumerate((59.5, 50, 42.5)):
        db.run(
            "INSERT INTO call (call_id, switch_id, phase, started_at)"
            " SELECT %(id)s, switch_id, 'queued', now() - make_interval(secs => %(s)s) FROM switch",
            id=f"5fd8951{number}-6a52-4a3b-9f0e-5a3c1f6d7e80",
            s=waited_s,
        )
    db.run(
        "INSERT INTO queue_visit (visit_id, call_id, queue_id, entered_at, waiting_since)"
        " SELECT gen_random_uuid(), call_id, queue_id, started_at, started_at FROM call, queue"
    )
    capsys.readouterr()
    return "5fd89512"


def test_why_says_of_the_manuals_center_what_the_manual_says(
    center: str, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["why", center], env) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[:-1] == block("text").splitlines()
    assert told[-1].startswith("No engine commands its switch main: nothing happens"), "none runs in this test"


def test_who_asks_more_than_anybody_has_is_told_so_in_the_manuals_words(
    center: str, env: dict[str, str], db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    db.run("UPDATE queue_visit SET requirement_id = (SELECT requirement_id FROM requirement)")
    assert main(["why", center], env) == 0
    asks = "Besides what its queue asks, its agent must meet group:gold."
    assert capsys.readouterr().out.splitlines()[1] == asks
    db.run("DELETE FROM qualification")
    assert main(["why", center], env) == 0
    nobody = "Nobody who is eligible for billing meets group:gold: nobody can take it."
    assert nobody in capsys.readouterr().out.splitlines()
    for sentence in (asks, nobody):
        assert f"`{sentence}`" in MANUAL


def test_every_command_of_the_manual_works(
    center: str, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    commands = re.findall(r"^    freeswitch-cc (.+?)(?: +#.*)?$", MANUAL, re.MULTILINE)
    assert len(commands) == 8
    for command in commands:
        assert main(command.replace("5fd89510", center).split(), env) == 0, command
    assert "billing" in capsys.readouterr().out


def test_the_query_of_the_manual_runs(center: str, db: Database) -> None:
    db.run(
        "UPDATE queue_visit SET outcome = 'answered', left_at = entered_at + interval '20 s', estimated_wait_ms = 30000"
    )
    (row,) = db.rows(block("sql"))
    assert (row["queue"], row["count"], row["wrong_by_s"], row["waited_s"]) == ("billing", 3, 10, 20)


def test_every_strategy_and_every_column_is_in_the_manual(center: str, db: Database) -> None:
    for strategy in Strategy:
        assert f"| `{strategy}` |" in MANUAL
    for row in db.rows("SELECT attname FROM pg_attribute WHERE attrelid = 'availability'::regclass AND attnum > 0"):
        if row["attname"] not in ("kind", "name"):
            assert f"`{row['attname'].removesuffix('_ms')}`" in MANUAL
