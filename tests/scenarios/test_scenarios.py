"""Every scenario file of this directory, played on the simulator and on a real FreeSWITCH."""

from pathlib import Path

import pytest

import freeswitch_cc
from freeswitch_cc.config import Settings
from freeswitch_cc.testcalls.main import verdict
from freeswitch_cc.testcalls.runner import play_scenario
from freeswitch_cc.testcalls.scenario_file import read_scenario
from freeswitch_cc.testcalls.stage import Stage

DEMO = Path(freeswitch_cc.__file__).parent / "demo" / "minute.yaml"
FILES = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_scenario(file: Path, stage: Stage, database_url: str) -> None:
    scenario = read_scenario(file)
    if scenario.kills_switch and not stage.can_be_killed:
        pytest.skip(f"{stage.name} is not ours to kill")
    result = play_scenario(scenario, stage, Settings(database_url=database_url), print)
    assert result.has_passed, "\n".join(verdict(result))


@pytest.mark.freeswitch
@pytest.mark.parametrize("stage", ["freeswitch"], indirect=True)
def test_the_minute_of_the_demo_holds_on_a_real_switch_too(stage: Stage, database_url: str) -> None:
    test_scenario(DEMO, stage, database_url)


def test_every_file_is_read_and_every_name_is_its_own() -> None:
    names = [read_scenario(file).name for file in FILES]
    assert len(names) == len(set(names)) >= 16
