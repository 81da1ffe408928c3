"""`freeswitch-cc simulator`: as people start it, and as it ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from freeswitch_cc.cli.main import main
from freeswitch_cc.testcalls.switch_process import SwitchAddress
from tests.simulator.client import bench

LIMIT_S = 30


@contextmanager
def running(*argv: str, **env: str) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """The command as a process of its own, and what it has said when it is ready."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FREESWITCH_CC_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "freeswitch_cc", "simulator", "--port", "0", *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean | env,
    )
    try:
        assert process.stdout is not None
        said: list[str] = []
        while not said or said[-1] != "Ctrl-C ends it":
            line = process.stdout.readline()
            assert line, process.communicate(timeout=LIMIT_S)
            said.append(line.rstrip("\n"))
        yield process, said
    finally:
        process.kill()
        process.communicate(timeout=LIMIT_S)


def address_in(said: list[str]) -> str:
    """What another terminal is to be told."""
    [told] = [line for line in said if "--switch" in line]
    found = re.search(r'export FREESWITCH_CC_TEST_SWITCH="([^"]*)"$', told)
    assert found is not None, told
    return found[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_how_it_is_reached_and_ends_well_when_told_to(number: signal.Signals) -> None:
    with running("--lie", "drop:DTMF:0.5") as (process, said):
        connection = SwitchAddress.parse(address_in(said)).connect()
        assert "drop:DTMF:0.5" in connection.api("fcc_simulator lies")
        assert any("drawn" in line for line in said)
        process.send_signal(number)
        assert process.wait(LIMIT_S) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
        connection.close()


def test_a_password_of_the_environment_is_used_and_not_shown() -> None:
    with running("--password-env", "MINE", "--seed", "3", MINE="very secret") as (_, said):
        assert "very secret" not in "".join(said)
        text = address_in(said)
        assert ":$MINE:" in text
        connection = SwitchAddress.parse(text.replace("$MINE", "very secret")).connect()
        assert len(connection.api("global_getvar core_uuid")) == 36
        connection.close()


def test_a_port_that_is_taken_is_told_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with bench() as one:
        assert main(["simulator", "--port", str(one.socket.esl_port)], {}) == 2
        told = capsys.readouterr().err
        assert told == f"freeswitch-cc: port {one.socket.esl_port} of 127.0.0.1 is in use: " + (
            "another switch or simulator runs there\n"
        )


@pytest.mark.parametrize(
    ("argv", "env", "hint"),
    [
        (["--lie", "drop:CHANNEL_PRAK:0.1"], {}, "'CHANNEL_PRAK' is no event of a switch"),
        (["--password-env", "MINE"], {}, "MINE is not set"),
        (["--password-env", "MINE"], {"MINE": "a:b"}, "MINE holds a colon"),
        (["--config", "/nowhere"], {}, "/nowhere/vars.xml cannot be read"),
        ([], {"FREESWITCH_CC_SIP_PORT": "0"}, "fcc_sip_port must be a port"),
    ],
)
def test_what_is_wrong_is_told_before_anything_starts(
    argv: list[str], env: dict[str, str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulator", *argv], env) == 2
    assert hint in capsys.readouterr().err
