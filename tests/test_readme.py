"""README.md and docs/: the commands that they tell people to type are ours, and the files that they name are there."""

import re
import shlex
from pathlib import Path

import pytest

from freeswitch_cc.cli.main import _parser

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "fs-config" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def commands(page: Path, word: str) -> list[list[str]]:
    """The lines of indented code that begin with this word, as a shell would split them."""
    lines = [line.strip() for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("    ")]
    lines = [line for line in lines if not line.startswith("freeswitch-cc on the simulator at")]  # what the demo shows
    # Brackets are what may be left out: it is told that it is there.
    plain = [re.sub(r"[\[\]]|\.\.\.|(>.*|\|.*|&)$", " ", line) for line in lines if line.startswith(f"{word} ")]
    return [shlex.split(line, comments=True)[1:] for line in plain]


@pages
def test_every_command_is_understood(page: Path) -> None:
    for command in commands(page, "freeswitch-cc"):
        # What stands for a value, in capitals, must stand where one can be.
        filled = ["1" if word in ("N", "LIE") else word for word in command]
        try:
            _parser().parse_args(filled)
        except SystemExit:
            pytest.fail(f"{page.name}: no such command: freeswitch-cc {' '.join(command)}")


def test_commands_are_found_at_all() -> None:
    assert len(commands(ROOT / "README.md", "freeswitch-cc")) >= 8
    assert ["apply", "center.yaml", "--dry-run"] in commands(ROOT / "README.md", "freeswitch-cc")
    assert ["demo"] in commands(ROOT / "README.md", "make")


@pages
def test_every_target_of_make_is_one(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    told = {command[0] for command in commands(page, "make") if command} | set(re.findall(r"`make ([a-z-]+)", text))
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert told <= there


@pages
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = re.findall(
        r"`((?:docs|tests|fs-config|freeswitch_cc|migrations|benchmarks)/[\w./-]+)`", page.read_text(encoding="utf-8")
    )
    for name in named:
        if "generated" not in name:  # made by a switch
            # Decisions are named by their number.
            assert (ROOT / name).exists() or list(ROOT.glob(f"{name}-*.md")), name


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in PAGES[1:]:
        assert f"`{page.relative_to(ROOT)}`" in readme
