"""`testcalls run` before anything is played: mistakes in all files at once, and a sentence when there is no switch."""

from pathlib import Path

import pytest

from freeswitch_cc.config import Settings
from freeswitch_cc.errors import ConfigInvalid, SwitchFailed
from freeswitch_cc.testcalls.main import config_directory, run, verdict
from freeswitch_cc.testcalls.runner import Result
from tests.testcalls.test_scenario_file import WHOLE


def test_mistakes_in_all_files_are_told_before_anything_is_done(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("name: [")
    other.write_text(WHOLE.replace("is: talking", "is: singing"))
    with pytest.raises(ConfigInvalid) as caught:
        run([one, other], None, Settings(), as_json=False)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [str(one), str(other)]


def test_without_a_switch_it_is_said_what_would_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.yaml").write_text(WHOLE)
    for name in ("FREESWITCH_BIN", "FREESWITCH_CC_TEST_SWITCH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SwitchFailed, match="no FreeSWITCH to play on"):
        run([tmp_path / "one.yaml"], None, Settings(), as_json=False)


def test_the_name_of_a_running_switch_is_checked(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(WHOLE)
    with pytest.raises(ConfigInvalid, match="host:esl-port:password"):
        run([tmp_path / "one.yaml"], "localhost:8021", Settings(), as_json=False)


def test_a_failure_is_told_with_what_was_expected_and_how_it_all_stood() -> None:
    failed = Result(
        name="x", ms=12, problems=("expected music; he hears nothing",), story=(), left_behind=("legs: customer",)
    )
    told = "\n".join(verdict(failed))
    assert "FAILED" in told
    assert "he hears nothing" in told
    assert "legs: customer" in told
    assert verdict(Result(name="x", ms=12, problems=(), story=())) == ["    12 ms  passed"]


def test_the_switch_configuration_of_the_source_tree_is_found() -> None:
    assert (config_directory() / "freeswitch.xml").is_file()
