"""`apply`: the difference that it tells and makes, or only tells; and the reference that people read before."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from freeswitch_cc.center import DEFAULT_MUSIC, parse_center
from freeswitch_cc.center_settings import DEFAULT_REASONS, SYSTEM_REASONS
from freeswitch_cc.cli.main import main
from tests.center_documents import SCHEMA
from tests.cli.conftest import CENTER
from tests.database import Database

REFERENCE = Path(__file__).parents[2] / "docs" / "center-file.md"
OTHER = CENTER.replace("Alice Martin", "Alice M.").replace("agents: [alice]", "agents: [alice], ring_ms: 20000")


def applied(env: dict[str, str], path: Path, text: str, *options: str) -> int:
    path.write_text(text, encoding="utf-8")
    return main(["apply", str(path), *options], env)


def cells(table: str) -> list[list[str]]:
    return [re.split(r" {2,}", line.strip()) for line in table.splitlines()]


def rows_of(db: Database) -> list[Any]:
    tables = ("switch", "agent", "queue", "entry_point", "eligibility")
    return [db.rows(f"SELECT xmin::text, t.* FROM {table} t ORDER BY ctid") for table in tables]


def test_a_file_with_mistakes_changes_nothing_and_tells_them_all(
    env: dict[str, str], tmp_path: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "center.yaml"
    for options in ((), ("--dry-run",), ("--json",)):
        wrong = CENTER.replace("queue: sales", "queue: sails").replace("alice]", "bob]")
        assert applied(env, path, wrong, *options) == 2
        told = capsys.readouterr()
        first, second = told.err.splitlines()
        assert first.startswith(f"freeswitch-cc: {path}: line 6: ")
        assert second.startswith(f"freeswitch-cc: {path}: line 8: ")
        assert told.out == ""
    assert db.value("SELECT count(*) FROM agent") == 0


@pytest.mark.parametrize("command", ["apply", "check-config"])
def test_what_is_no_center_file_is_a_sentence_and_status_2(
    env: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_bytes(b"agents: [\xff\n\x00")
    for path in (broken, tmp_path / "nothing.yaml", tmp_path):
        assert main([command, str(path)], env) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert all(line.startswith(f"freeswitch-cc: {path}: ") for line in told.err.splitlines()), told.err


def test_apply_tells_field_by_field_what_it_changed_and_then_that_nothing_changes(
    env: dict[str, str], tmp_path: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "center.yaml"
    assert applied(env, path, CENTER) == 0
    first = cells(capsys.readouterr().out)
    assert ["added", "entry point", "7001", "-", "-", "-"] in first
    assert first[-1] == ["unchanged: nothing"]

    assert applied(env, path, OTHER) == 0
    assert cells(capsys.readouterr().out) == [
        ["kind", "what", "name", "field", "old", "new"],
        ["changed", "agent", "alice", "name", "Alice Martin", "Alice M."],
        ["changed", "queue", "sales", "ring_ms", "15000", "20000"],
        ["unchanged: 1 switch, 1 entry point, 1 eligibility"],
    ]
    before = rows_of(db)
    assert applied(env, path, OTHER) == 0
    assert capsys.readouterr().out == (
        "nothing to change\nunchanged: 1 switch, 1 agent, 1 queue, 1 entry point, 1 eligibility\n"
    )
    assert rows_of(db) == before


def test_a_rehearsal_tells_what_apply_would_change_and_touches_no_row(
    env: dict[str, str], tmp_path: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "center.yaml"
    assert applied(env, path, CENTER) == 0
    capsys.readouterr()
    before = rows_of(db)
    assert applied(env, path, OTHER, "--dry-run") == 0
    foretold = capsys.readouterr().out
    assert rows_of(db) == before
    assert applied(env, path, OTHER) == 0
    assert foretold == capsys.readouterr().out + "this was a rehearsal: nothing was changed\n"


def test_the_difference_is_told_to_programs(
    env: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "center.yaml"
    assert applied(env, path, CENTER) == 0
    capsys.readouterr()
    ring_ms = {"field": "ring_ms", "old": 15000, "new": 20000}
    name = {"field": "name", "old": "Alice Martin", "new": "Alice M."}
    expected = {
        "changes": [
            {"kind": "changed", "what": "agent", "name": "alice", "fields": [name]},
            {"kind": "changed", "what": "queue", "name": "sales", "fields": [ring_ms]},
        ],
        "unchanged": {
            "switch": 1,
            "agent": 0,
            "queue": 0,
            "entry_point": 1,
            "eligibility": 1,
            "center": 0,
            **dict.fromkeys(
                (
                    *("skill", "group", "reason", "disposition", "known_caller", "qualification"),
                    *("voicemail_box", "dialling"),
                ),
                0,
            ),
        },
    }
    for options, is_dry_run in ((("--dry-run",), True), ((), False)):
        assert applied(env, path, OTHER, "--json", *options) == 0
        assert json.loads(capsys.readouterr().out) == {"is_dry_run": is_dry_run, **expected}
    assert applied(env, path, OTHER, "--json") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


def test_a_rehearsal_on_a_database_without_our_schema_says_what_to_do(
    empty_database_url: str, center_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", center_file, "--dry-run"], {"FREESWITCH_CC_DATABASE_URL": empty_database_url}) == 2
    assert "run `freeswitch-cc migrate`" in capsys.readouterr().err


def test_no_password_is_told(
    env: dict[str, str], tmp_path: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    env = {**env, "FREESWITCH_CC_ESL_PASSWORD": "hunter2", "OTHER_PASSWORD": "hunter3"}
    path = tmp_path / "center.yaml"
    for text in (CENTER, CENTER.replace("FREESWITCH_CC_ESL_PASSWORD", "OTHER_PASSWORD")):
        for options in (("--dry-run",), ("--dry-run", "--json"), ()):
            assert applied(env, path, text, *options) == 0
    assert applied(env, path, CENTER.replace("password_env: FREESWITCH_CC_ESL_PASSWORD", "password: hunter2!")) == 2
    told = capsys.readouterr()
    assert "hunter" not in told.out + told.err
    assert "OTHER_PASSWORD" in told.out


def test_what_people_write_is_shown_as_text_and_cannot_command_a_terminal(
    env: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "center.yaml"
    assert applied(env, path, CENTER) == 0
    assert applied(env, path, CENTER.replace("Alice Martin", "'[red]\u202eAlice[/red]'"), "--dry-run") == 0
    assert "[red]\N{REPLACEMENT CHARACTER}Alice[/red]" in capsys.readouterr().out


# -- the reference -------------------------------------------------------------------------------


def examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_example_of_the_reference_applies_cleanly_and_then_changes_nothing(
    env: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = examples()
    path = tmp_path / "center.yaml"
    assert applied(env, path, example) == 0, capsys.readouterr().err
    capsys.readouterr()
    assert applied(env, path, example, "--json") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


def test_the_example_of_the_reference_shows_every_key() -> None:
    (example,) = examples()
    center = parse_center(example)
    assert all((center.switches, center.agents, center.queues, center.entry_points))
    keys = {*SCHEMA["properties"], *(key for name in CHAPTERS for key in SCHEMA["$defs"][name]["properties"])}
    assert {key for key in keys if not re.search(rf"\b{key}:", example)} == set()


CHAPTERS = {
    "switch": "## `switches`",
    "agent": "## `agents`",
    "queue": "## `queues`",
    "tier": "### `tiers`",
    "priority_by": "### `priority_by`",
    "entry_point": "## `entry_points`",
    "known_caller": "## `known_callers`",
    "reason": "## `reasons`",
    "disposition": "## `dispositions`",
    "center": "## `center`",
    "feature_codes": "### `feature_codes`",
}


def test_the_example_of_the_reference_has_the_tiers_that_its_words_tell_of(
    env: dict[str, str], tmp_path: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = examples()
    path = tmp_path / "center.yaml"
    assert applied(env, path, example) == 0, capsys.readouterr().err
    rows = db.rows(
        "SELECT login, tier, after_ms FROM eligibility e JOIN agent USING (agent_id) JOIN queue q USING (queue_id)"
        " WHERE q.name = 'sales'"
    )
    assert {row["login"]: (row["tier"], row["after_ms"]) for row in rows} == {
        "alice": (0, 0),
        "0612": (1, 30_000),
        "bob": (2, 90_000),
    }
    capsys.readouterr()
    # What the reference prints of a difference is what is printed.
    assert applied(env, path, example.replace("{billing: 9}", "{billing: 9, french: 4}"), "--dry-run") == 0
    shown = capsys.readouterr().out.split("this was")[0].split()
    assert " ".join(shown) in " ".join(REFERENCE.read_text(encoding="utf-8").split())


def test_the_reference_tells_every_key_with_its_default() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for kind, title in CHAPTERS.items():
        chapter = re.split(r"^##+ ", text.split(f"\n{title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
        told = dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) \|", chapter, re.MULTILINE))
        said = SCHEMA["$defs"][kind]
        assert list(told) == list(said["properties"])
        for key, default in told.items():
            assert (default == "needed") is (key in said.get("required", ())), key
            if "default" in said["properties"][key]:
                shown = said["properties"][key]["default"]
                assert default == f"`{shown if isinstance(shown, str) else json.dumps(shown)}`", key
    assert DEFAULT_MUSIC not in text


def test_the_reference_names_every_reason_that_comes_with_the_product() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for name in (*(reason.name for reason in DEFAULT_REASONS), *SYSTEM_REASONS):
        assert re.search(rf"\b{name}\b", text), name
