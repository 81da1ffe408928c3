"""`check-config` and `schema`, and where the settings come from."""

import json
from pathlib import Path

import pytest

from freeswitch_cc.cli.main import main
from tests.test_center_schema import SCHEMA


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


def test_the_schema_for_editors_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"], {}) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == SCHEMA
    assert told.err == ""


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


def test_a_queue_that_nobody_is_in_is_a_warning_and_no_mistake(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "center.yaml"
    file.write_text(
        "switches: []\nagents: []\nentry_points: []\nskills: [french]\nqueues:\n  - {name: sales, requires: french}\n",
        encoding="utf-8",
    )
    assert main(["check-config", str(file)], {}) == 0
    told = capsys.readouterr()
    assert "no mistakes found" in told.out
    assert told.err == f"freeswitch-cc: warning: {file}: nobody is in queue sales (french)\n"
