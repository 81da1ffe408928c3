"""fs-config as files: well-formed, liked by frslint, safe as it is. What it does on a switch: tests/contract."""

import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path
from xml.etree import ElementTree

import pytest

CONFIG = Path(__file__).parents[1] / "fs-config"
FILES = sorted(path for path in CONFIG.rglob("*.xml") if "generated" not in path.parts)
# What frslint does not reach from freeswitch.xml, because it is not loaded by default.
ROOTS = [CONFIG / "freeswitch.xml", *(path for path in FILES if path.name == "robots.1.xml")]


def _frslint() -> str | None:
    beside = Path(sysconfig.get_path("scripts")) / "frslint"
    return str(beside) if beside.exists() else shutil.which("frslint")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CONFIG)))
def test_every_file_is_well_formed_and_says_first_what_lives_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert text.removeprefix('<?xml version="1.0"?>').lstrip().startswith("<!--")


@pytest.mark.parametrize("command", ["lint", "analyze"])
@pytest.mark.parametrize("path", ROOTS, ids=lambda path: str(path.relative_to(CONFIG)))
def test_frslint_finds_nothing(path: Path, command: str) -> None:
    frslint = _frslint()
    if frslint is None:
        pytest.skip("frslint is not installed: pip install frslint")
    done = subprocess.run([frslint, command, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CONFIG)))
def test_no_line_is_lost_to_the_preprocessor(path: Path) -> None:
    # The switch drops a whole line that holds <include>, </include> or <?, and obeys X-PRE-PROCESS in comments too.
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.search(r"<include>|</include>|<\?", line):
            assert re.fullmatch(r"\s*(<include>|</include>|<\?xml version=\"1\.0\"\?>)\s*", line), line
        assert line.count("<X-PRE-PROCESS") <= 1, line


def test_every_value_from_the_environment_has_a_default_before_it() -> None:
    text = (CONFIG / "vars.xml").read_text() + (CONFIG / "music.xml").read_text()
    taken = re.findall(r'cmd="env-set" data="(\w+)=\$(FREESWITCH_CC_\w+)"', text)
    assert taken
    for name, _ in taken:
        assert text.index(f'cmd="set" data="{name}=') < text.index(f'cmd="env-set" data="{name}=')


def test_nothing_but_digits_that_were_dialled_goes_into_a_variable() -> None:
    for path in (CONFIG / "dialplan").glob("*.xml"):
        for data in re.findall(r'data="([^"]*)"', path.read_text()):
            used = set(re.findall(r"(?<!\$)\$\{(\w+)\}", data))
            assert used <= {"uuid", "fcc_orphan_rounds"}, f"{path.name}: {data}"
        looked_at = {"destination_number", "${fcc_orphan_rounds}", "${sip_refer_to}"}
        if path.name == "robots.1.xml":
            looked_at.add("${sip_auto_answer_detected}")  # `true`, written by the switch itself; robots are for tests
        for field in re.findall(r'field="([^"]*)"', path.read_text()):
            assert field in looked_at, f"{path.name}: {field}"


def test_agents_phones_reach_feature_codes_and_nothing_else() -> None:
    context = ElementTree.parse(CONFIG / "dialplan" / "agents.xml").getroot().find("context")
    assert context is not None
    code, refused = context.findall("extension")
    assert (code.get("continue"), refused.get("continue")) == (None, None)
    ((condition,), (rest,)) = (extension.findall("condition") for extension in (code, refused))
    expression = re.compile(condition.get("expression", ""))
    for number in ("*40", "*99", "*43*2", "*43*12"):
        assert expression.search(number)
    for number in ("*4", "*421", "*42*", "*42*123", "**42", "42", "*42x", "x*42", "*42*2*2", "", "7001"):
        assert not expression.search(number)
    # It is answered and parked, and ends by itself: nothing in it leads anywhere.
    assert {action.get("application") for action in condition} == {"multiset", "set", "sched_hangup", "answer", "park"}
    assert [action.get("application") for action in condition][-1] == "park"
    assert rest.get("expression") == "^"
    assert [(action.get("application"), str(action.get("data"))[:3]) for action in rest] == [("respond", "403")]


@pytest.mark.parametrize("given", ["", "a-Good_one.1~", 'x"/><param'])
def test_the_password_is_the_environments_or_made_once_and_never_empty(tmp_path: Path, given: str) -> None:
    def ask() -> str:
        script = ["sh", str(CONFIG / "startup.sh"), "password", str(tmp_path)]
        environment = os.environ | {"FREESWITCH_CC_ESL_PASSWORD": given}
        return subprocess.run(script, env=environment, capture_output=True, text=True, check=True).stdout

    first, second = ask(), ask()
    made = tmp_path / "generated" / "esl_password"
    if given == "":
        assert first == second == made.read_text()
        assert len(first) == 48
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
    elif given.startswith("a"):
        assert first == second == given
        assert not made.exists()
    else:
        assert len(first) == 48, "one that would break out of the XML is not taken"
        assert first != second


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_makes_a_password_that_nobody_knows(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    script = ["sh", str(CONFIG / "startup.sh"), "password", str(tmp_path)]
    done = subprocess.run(script, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True)
    assert len(done.stdout) == 48
    assert "FREESWITCH_CC_ESL_PASSWORD" in done.stderr
