"""What the demo tells people to do next can be done: commands are ours, files are there, the center is valid.

Whether its files are there when it was installed from a wheel: tests/test_wheel.py.
"""

import re
import shlex
from pathlib import Path

import pytest

from freeswitch_cc.center import parse_center
from freeswitch_cc.cli.main import _parser
from freeswitch_cc.demo.ending import next_steps
from freeswitch_cc.demo.main import commands_directory
from freeswitch_cc.testcalls.address import SwitchAddress, config_directory

ROOT = Path(__file__).parent.parent.parent
TEXT = next_steps(config_directory())


def commands() -> list[list[str]]:
    lines = [line.strip() for line in TEXT.splitlines() if line.strip().startswith("freeswitch-cc ")]
    return [shlex.split(re.sub(r"(>.*|&)$", "", line), comments=True)[1:] for line in lines]


def test_every_command_is_one_of_ours() -> None:
    assert len(commands()) >= 7
    for command in commands():
        assert _parser().parse_args(command) is not None


def test_the_center_in_it_is_a_valid_one() -> None:
    found = re.search(r"<<'END'\n(.*?)\n +END\n", TEXT, re.DOTALL)
    assert found is not None
    center = parse_center("\n".join(line.removeprefix("     ") for line in found[1].splitlines()))
    assert [agent.login for agent in center.agents] == ["alice"]
    assert center.entry_points[0].number == "7001"


def test_every_file_that_it_names_is_there() -> None:
    [directory] = re.findall(r"cp -r (\S+) switch", TEXT)
    assert (Path(directory) / "freeswitch.xml").is_file()
    named = re.findall(r"\b(?:README|docs/[a-z-]+)\.md", TEXT)
    assert set(named) == {"README.md", "docs/containers.md"}
    for name in named:
        assert (ROOT / name).is_file()


def test_an_installed_demo_names_only_what_came_with_it(tmp_path: Path) -> None:
    installed = tmp_path / "site-packages" / "freeswitch_cc" / "fs_config"
    installed.mkdir(parents=True)
    text = next_steps(installed)
    assert "docs/" not in text
    assert set(re.findall(r"\S*README\.md", text)) == {f"{installed}/README.md"}
    assert "freeswitch-cc COMMAND --help" in text


def test_no_password_is_in_a_command_that_others_may_see() -> None:
    [demo] = [command for command in commands() if command[0] == "demo"]
    address = SwitchAddress.parse(demo[-1], {"FREESWITCH_CC_ESL_PASSWORD": "of the environment"})
    assert address.password == "of the environment"
    assert TEXT.index("export FREESWITCH_CC_ESL_PASSWORD=") < TEXT.index("demo --switch")


def test_a_command_that_no_shell_would_find_is_put_on_the_path_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "bin" / "freeswitch-cc"
    command.parent.mkdir()
    command.touch(mode=0o755)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(command.parent))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commands_directory() == command.parent
    text = next_steps(config_directory(), command.parent)
    assert text.index(f'export PATH="{command.parent}:$PATH"') < text.index("1. The switch")

    monkeypatch.setenv("PATH", f"{tmp_path}:{command.parent}")
    assert commands_directory() is None
    assert "export PATH" not in next_steps(config_directory(), None)
    command.unlink()
    assert commands_directory() is None
