"""docs/measured.md: every check that it names is there, and every number that a comment cites is in it."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "measured.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
NUMBERS = {row[0].strip("| ") for row in ROWS if re.fullmatch(r"E[0-9]+", row[0].strip("| "))}
CHECKS = sorted(set(re.findall(r"`(test_[a-z0-9_]+)`", TEXT)))
FILES = [
    path
    for top in ("freeswitch_cc", "tests", "docs", "fs-config", "migrations", "benchmarks", "docker")
    for path in (ROOT / top).rglob("*")
    if path.suffix in (".py", ".md", ".sql", ".xml", ".sh", ".yaml") and "traces" not in path.parts
]


PAPERS = re.compile("MEASU" r"RED|FIELD_" r"GUIDE|DESI" r"GN[ ,]")


def defined() -> set[str]:
    files = [*(ROOT / "tests" / "contract").glob("test_*.py")]
    return {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.M)}


def test_every_check_that_is_named_is_one_of_the_contract() -> None:
    assert len(CHECKS) > 30
    assert [name for name in CHECKS if name not in defined()] == []


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:tests|docs)/[\w./-]+)`", TEXT))
    assert named
    # Decisions are cited by their number.
    assert [name for name in named if not (ROOT / name).exists() and not list(ROOT.glob(f"{name}-*.md"))] == []


def test_every_row_says_what_shows_it_again() -> None:
    assert {f"E{number}" for number in range(1, 21)} == NUMBERS
    for row in ROWS:
        assert len(row) == 3
        is_head = row[1] == "measured"
        assert is_head or "test_" in row[2] or "a figure, no check" in row[2] or "the same one" in row[2], row


def test_every_number_that_is_cited_is_a_row() -> None:
    # E501 of ruff and the like are no numbers of ours: ours have two digits at most.
    cited = {
        (number, str(path.relative_to(ROOT)))
        for path in FILES
        for number in re.findall(r"(?<![\w.-])E[0-9]{1,2}(?![\w.-]*\w)", path.read_text(encoding="utf-8"))
    }
    assert {("E9", "freeswitch_cc/simulator/traps.py"), ("E14", "tests/contract/test_conferences.py")} <= cited
    assert [(number, file) for number, file in sorted(cited) if number not in NUMBERS] == []


def test_nothing_cites_a_paper_that_is_not_here() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if PAPERS.search(line)
    ]
    assert found == []
