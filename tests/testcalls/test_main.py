"""`testcalls run` before anything is played: mistakes in all files at once, and a sentence when there is no switch."""

from pathlib import Path

import pytest

from freeswitch_cc.config import Settings
from freeswitch_cc.errors import ConfigInvalid, SwitchFailed
from freeswitch_cc.testcalls.address import config_directory
from freeswitch_cc.testcalls.main import open_stage, run, verdict
from freeswitch_cc.testcalls.runner import Result
from tests.testcalls.test_scenario_file import WHOLE


def test_mistakes_in_all_files_are_told_before_anything_is_done(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("name: [")
    other.write_text(WHOLE.replace("is: talking", "is: singing"))
    with pytest.raises(ConfigInvalid) as caught:
        run([one, other], None, Settings(), as_json=False)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [str(one), str(other)]


def test_without_a_freeswitch_the_simulator_is_the_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FREESWITCH_BIN", "FREESWITCH_CC_TEST_SWITCH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with open_stage(None) as stage:
        assert stage.name.startswith("the simulator at 127.0.0.1:")
        assert stage.can_be_killed


def test_who_asks_for_a_real_switch_where_there_is_none_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FREESWITCH_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SwitchFailed, match="no FreeSWITCH to play on"), open_stage(None, simulated=False):
        pass


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
