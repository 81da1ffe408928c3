"""`freeswitch-cc demo` as people start it: it runs through, and it can be stopped at any moment."""

import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import gevent
import pytest

from freeswitch_cc.demo.report import QUESTIONS
from tests.demo.conftest import COMMAND, Place

LIMIT_S = 60.0
WHOLE_S = 180.0


@contextmanager
def piped(place: Place, *argv: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [*COMMAND, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(place.env), cwd="/"
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_in_a_pipe_it_tells_the_story_line_by_line_and_everything_holds(place: Place) -> None:
    with piped(place) as process:
        told, complained = process.communicate(timeout=WHOLE_S)
    assert process.returncode == 0, told[-5000:] + complained
    assert complained == ""
    assert "\x1b" not in told
    # The highlights, in their order.
    at = 0
    for sentence in (
        "the engine runs",
        "why fabien? Waits",
        "fabien is talking with femi",
        "gina hears music",
        "ines is ended (abandoned)",
        "elena is not_ready (meal)",
        "not taken: no_answer",
        "not taken: busy",
        "not taken: rejected",
        "the agent's phone died (MEDIA_TIMEOUT)",
        "omar is talking with elena",
        "the engine: kill",
        "why quirin? Waits",
        "tom hears music",
        "the engine runs",
        "omar is talking with elena",
        "PASSED",
        "freeswitch-cc demo --switch",
    ):
        found = told.find(sentence, at)
        assert found > 0, f"{sentence!r} does not come after what comes before it"
        at = found + 1
    for question in QUESTIONS:
        assert question.title in told
        assert all(line.strip() in told for line in question.sql.splitlines())
    place.must_be_left()


@pytest.mark.parametrize(
    ("sentence", "number"),
    [("PostgreSQL", signal.SIGINT), ("the engine runs", signal.SIGTERM), ("anna is talking", signal.SIGINT)],
)
def test_a_signal_ends_it_and_leaves_nothing_behind(place: Place, sentence: str, number: signal.Signals) -> None:
    with piped(place) as process, gevent.Timeout(LIMIT_S):
        assert process.stdout is not None
        while sentence not in (line := process.stdout.readline()):
            assert line, process.communicate()
        process.send_signal(number)
        told, complained = process.communicate()
    assert process.returncode == 128 + number
    assert complained == f"freeswitch-cc: ended by {number.name}: " + (
        "everything that was started is stopped, and the database is removed\n"
    )
    assert "PASSED" not in told
    place.must_be_left()


def test_on_a_terminal_it_shows_tables_until_ctrl_c(place: Place) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(COMMAND[0], COMMAND, {**place.env, "TERM": "xterm", "COLUMNS": "100", "LINES": "24"})
    shown = b""
    with gevent.Timeout(LIMIT_S):
        while b"Anna Berg" not in shown.rpartition(b"caller")[2]:
            chunk = gevent.get_hub().threadpool.apply(_read, (terminal,))
            assert chunk, shown.decode("utf-8", "replace")
            shown += chunk
        os.write(terminal, b"\x03")
        while chunk := gevent.get_hub().threadpool.apply(_read, (terminal,)):
            shown += chunk
        _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130
    text = shown.decode("utf-8", "replace")
    for column in ("agent", "state", "reason", "since", "with", "caller", "queue", "waited"):
        assert column in text
    assert "Traceback" not in text
    assert "ended by SIGINT" in text
    assert text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l"), "the cursor is back"
    place.must_be_left()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # its last process has closed it
        return b""


def test_a_switch_that_is_not_there_is_one_sentence(place: Place) -> None:
    place = replace(place, env={**place.env, "FREESWITCH_CC_ESL_PASSWORD": "nothing"})
    with piped(place, "--switch", "127.0.0.1:1:2:3:4") as process:
        _, complained = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 2
    assert complained.startswith("freeswitch-cc: ")
    assert complained.count("\n") == 1
    place.must_be_left()
