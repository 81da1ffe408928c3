"""`check-config` and `apply`, and where the settings come from."""

import json
from pathlib import Path

import pytest

from freeswitch_cc.cli.main import main
from tests.cli.conftest import CENTER
from tests.database import Database

# -- configuration -------------------------------------------------------------------------------


def test_a_file_with_mistakes_changes_nothing_and_tells_them_all(
    env: dict[str, str], tmp_path: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "center.yaml"
    path.write_text(CENTER.replace("queue: sales", "queue: sails").replace("alice]", "bob]"), encoding="utf-8")
    assert main(["apply", str(path)], env) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"freeswitch-cc: {path}: line 6: ")
    assert second.startswith(f"freeswitch-cc: {path}: line 8: ")
    assert db.value("SELECT count(*) FROM agent") == 0


def test_a_rehearsal_tells_the_changes_and_makes_none(
    env: dict[str, str], center_file: str, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", center_file, "--dry-run"], env) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert db.value("SELECT count(*) FROM agent") == 0


def test_the_changes_are_told_as_json(
    env: dict[str, str], center_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", center_file, "--json"], env) == 0
    changes = json.loads(capsys.readouterr().out)
    assert {"kind": "added", "what": "agent", "name": "alice", "details": ""} in changes
    assert main(["apply", center_file, "--json"], env) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_check_config_tells_the_settings_and_hides_the_password(
    capsys: pytest.CaptureFixture[str], center_file: str
) -> None:
    env = {"FREESWITCH_CC_DATABASE_URL": "postgresql://me:hunter2@host/center", "FREESWITCH_CC_ESL_PASSWORD": "x"}
    assert main(["check-config", center_file], env) == 0
    told = capsys.readouterr().out
    assert "no mistakes found" in told
    assert "hunter2" not in told
    assert main(["check-config", "--json"], env) == 0
    assert json.loads(capsys.readouterr().out)["database_url"] == "postgresql://host/center"


@pytest.mark.parametrize(
    "url", ["postgresql://localhost/center?user=me&password=sekret", "postgresql://me:sec@sekret@localhost/center"]
)
def test_no_form_of_a_database_url_shows_its_password(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config"], {"FREESWITCH_CC_DATABASE_URL": url}) == 0
    told = capsys.readouterr()
    assert "sekret" not in told.out + told.err
    assert "localhost" in told.out


def test_check_config_names_a_password_that_is_not_set(capsys: pytest.CaptureFixture[str], center_file: str) -> None:
    assert main(["check-config", center_file], {}) == 2
    assert "FREESWITCH_CC_ESL_PASSWORD is not set" in capsys.readouterr().err


def test_every_bad_setting_is_told_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calls"], {"FREESWITCH_CC_WORKERS": "no", "FREESWITCH_CC_PARK_MS": "-1"}) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_without_a_database_it_is_said_how_to_name_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calls"], {}) == 2
    assert "set FREESWITCH_CC_DATABASE_URL" in capsys.readouterr().err


def test_the_argument_overrides_the_environment(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {"FREESWITCH_CC_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/center"}
    assert main(["calls"], wrong) == 2
    assert main(["calls", "--database-url", database_url], wrong) == 0
    assert capsys.readouterr().out == "no calls\n"
