"""What the demo tells people to do next can be done: commands are ours, files are there, the center is valid."""

import re
import shlex
from pathlib import Path

from freeswitch_cc.center import parse_center
from freeswitch_cc.cli.main import _parser
from freeswitch_cc.demo.ending import next_steps
from freeswitch_cc.testcalls.address import config_directory

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
    assert named
    for name in named:
        assert (ROOT / name).is_file()
