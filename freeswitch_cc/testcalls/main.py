"""`freeswitch-cc testcalls run`: reads the files, finds a stage and databases, plays, and tells what held.

How a scenario is played stands in runner.py.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from freeswitch_cc.cli.output import say, show_json
from freeswitch_cc.config import Settings
from freeswitch_cc.errors import ConfigInvalid, SwitchFailed
from freeswitch_cc.testcalls.address import SWITCH_ENV, OwnSwitch, SwitchAddress, config_directory
from freeswitch_cc.testcalls.databases import open_databases
from freeswitch_cc.testcalls.runner import Result, play_scenario
from freeswitch_cc.testcalls.scenario import Scenario
from freeswitch_cc.testcalls.scenario_file import read_scenario
from freeswitch_cc.testcalls.simulated_switch import SimulatedSwitch
from freeswitch_cc.testcalls.stage import Stage
from freeswitch_cc.testcalls.switch_process import SwitchProcess, find_binary
from freeswitch_cc.testcalls.switch_stage import SwitchStage

ALL_PASSED, NOT_ALL = 0, 1


def run(
    files: list[Path], switch: str | None, settings: Settings, as_json: bool, *, simulated: bool | None = None
) -> int:
    """Play every file; 0: all passed. Raises ConfigInvalid for mistakes in any file, SwitchFailed without a switch."""
    scenarios = _read(files)
    tell: Callable[[str], None] = (lambda line: None) if as_json else say
    results: list[tuple[Path, Result]] = []
    named = switch or os.environ.get(SWITCH_ENV)
    with open_stage(named, simulated=simulated) as stage, open_databases(settings.database_url) as databases:
        tell(f"on {stage.name}")
        for file, scenario in scenarios:
            tell("")
            tell(f"{scenario.name} ({file})")
            if scenario.kills_switch and not stage.can_be_killed:
                raise SwitchFailed(f"{file} kills the switch, and {stage.name} is not ours: run it without --switch")
            with databases.fresh() as url:
                result = play_scenario(scenario, stage, replace(settings, database_url=url), tell)
            results.append((file, result))
            for line in verdict(result):
                tell(line)
    passed = sum(result.has_passed for _, result in results)
    if as_json:
        show_json([{"file": str(file), "has_passed": result.has_passed, **asdict(result)} for file, result in results])
    else:
        say("")
        say(f"{passed} of {len(results)} passed")
    return ALL_PASSED if passed == len(results) else NOT_ALL


def verdict(result: Result) -> list[str]:
    """What is said after the story: passed, or everything that did not hold and how it all stood then."""
    if result.has_passed:
        return [f"{result.ms:6d} ms  passed"]
    lines = [f"{result.ms:6d} ms  FAILED", *(f"  {problem}" for problem in result.problems)]
    return [*lines, "  how it stood then:", *(f"    {row}" for row in result.left_behind)]


@contextmanager
def open_stage(switch: str | None, *, simulated: bool | None = None) -> Iterator[Stage]:
    """The running switch that is named, or one of our own on fs-config: simulated, or real.

    simulated: None takes a real FreeSWITCH where there is one, and the simulator where there is none.
    """
    if switch is not None and not simulated:
        address = SwitchAddress.parse(switch)
        yield from _stage(address, None, is_simulated=address.is_simulator())
    elif simulated or (simulated is None and find_binary() is None):
        with SimulatedSwitch(config_directory()) as own:
            yield from _stage(own.address, own, is_simulated=True)
    elif find_binary() is None:
        raise SwitchFailed(
            "no FreeSWITCH to play on: put `freeswitch` on the PATH, set FREESWITCH_BIN to its path, "
            f"or name a running one with --switch or {SWITCH_ENV}"
        )
    else:
        with SwitchProcess(config_directory()) as process:
            yield from _stage(process.address, process)


def _stage(address: SwitchAddress, own: OwnSwitch | None, *, is_simulated: bool = False) -> Iterator[Stage]:
    stage = SwitchStage(address, own, is_simulated=is_simulated)
    try:
        yield stage
    finally:
        stage.close()


def _read(files: list[Path]) -> list[tuple[Path, Scenario]]:
    """Every file, or every mistake in all of them."""
    scenarios: list[tuple[Path, Scenario]] = []
    problems: list[str] = []
    for file in files:
        try:
            scenarios.append((file, read_scenario(file)))
        except ConfigInvalid as wrong:
            problems += [f"{file}: {problem}" for problem in wrong.problems]
    if problems:
        raise ConfigInvalid(problems)
    return scenarios
