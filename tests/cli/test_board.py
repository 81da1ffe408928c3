"""The live board: what it shows of the rows, that it fits its terminal, and how it ends."""

import io
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fcntl import ioctl
from typing import Any
from uuid import uuid4

import gevent
import gevent.os
import pytest
from rich.console import Console

from freeswitch_cc.cli.board import picture
from freeswitch_cc.cli.main import main
from tests.database import Database
from tests.floor import LIMIT_S, Floor

NOW = datetime(2025, 11, 22, 12, 0, tzinfo=UTC)


def an_agent(login: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "login": login, "presence": "available", "reason": None, "activity": "idle", "is_ready": True, "over_ms": None,
        "state_at": NOW - timedelta(seconds=130), "pending_presence": None, "pending_reason": None, "call_id": None,
        "queues": ["sales"],
    }  # fmt: skip
    return plain | changes


def a_call(name: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "call_id": str(uuid4()), "phase": "queued", "state": "waiting", "caller_name": name, "caller_number": "+1555",
        "queue": "sales", "agent": None, "is_returned": False, "waited_ms": 12_900, "next": None, "origin": "inbound",
        "forwarded_to": None,
    }  # fmt: skip
    return plain | changes


def a_queue(name: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "name": name, "is_active": True, "strategy": "least_talk", "waiting": 0, "oldest_wait_ms": None,
        "estimated_wait_ms": None, "hours": None, "ready": 1, "in_reserve": 2, "busy": 3, "wrap_up": 4, "not_ready": 5,
    }  # fmt: skip
    return plain | changes


def drawn(
    queues: list[dict[str, Any]], calls: list[dict[str, Any]], agents: list[dict[str, Any]], *,
    height: int = 40, width: int = 140, trouble: str = "",
) -> list[str]:  # fmt: skip
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    snapshot = {"at": NOW, "queues": queues, "calls": calls, "agents": agents}
    with console.capture() as capture:
        console.print(picture(snapshot, height, trouble))
    return capture.get().splitlines()


def squeezed(lines: list[str]) -> list[str]:
    return [" ".join(line.split()) for line in lines]


# -- the picture ---------------------------------------------------------------------------------


def test_queues_calls_and_agents_are_shown_as_they_are() -> None:
    talks = a_call("Bob Durand", phase="talking", state="talking", agent="ann")
    agents = [
        an_agent("ann", activity="talking", is_ready=False, call_id=talks["call_id"], pending_reason="meal"),
        an_agent("bob", presence="not_ready", reason="no_answer", is_ready=False, over_ms=61_000),
        an_agent("cid", presence="offline", is_ready=False, queues=[]),
        an_agent("dan", is_ready=False),
        an_agent("eva"),
    ]
    queues = [
        a_queue("sales", waiting=2, oldest_wait_ms=65_000, estimated_wait_ms=0),
        a_queue("old", is_active=False),
    ]
    told = squeezed(drawn(queues, [talks, a_call("", is_returned=True, queue="old")], agents))
    assert "2 waiting 1 ready Ctrl-C ends this" in told[0]
    assert "sales 2 65 s 0 s 1 2 3 4 5 least talk" in told
    assert "old (off) 0 1 2 3 4 5 least talk" in told
    assert f"Bob Durand sales talking 12 s ann {talks['call_id'][:8]}" in told
    assert any(line.startswith("+1555 old waiting, first 12 s") for line in told)
    assert told[-5:] == [
        "ann talking 2 min meal Bob Durand sales",
        "bob not ready 2 min no answer, 61 s too long sales",
        "dan offered 2 min sales",
        "eva ready 2 min sales",
        "cid offline 2 min",
    ]


@pytest.mark.parametrize("height", [10, 24, 50])
@pytest.mark.parametrize("many", [0, 3, 1000])
@pytest.mark.parametrize("width", [80, 140])
def test_a_picture_fits_the_terminal(height: int, many: int, width: int) -> None:
    names = [f"name{number}" + "x" * 30 * (number % 2) for number in range(many)]
    lines = drawn(
        [a_queue(name) for name in names], [a_call(name) for name in names], [an_agent(name) for name in names],
        height=height, width=width,
    )  # fmt: skip
    assert len(lines) <= max(height - 1, 10)
    assert all(len(line) <= width for line in lines)
    if many == 1000:
        assert sum("more)" in line for line in lines) == 3


def test_a_table_that_wants_little_leaves_its_room_to_the_others() -> None:
    lines = squeezed(drawn([a_queue("sales")], [], [an_agent(f"a{number:03d}") for number in range(200)], height=50))
    assert lines[-1].startswith("a040")
    assert "agent (and 159 more) state since reason then with queues" in lines


def test_who_waits_is_shown_before_who_talks_and_who_is_logged_out_last() -> None:
    calls = [*(a_call(f"talker{n}", state="talking") for n in range(30)), a_call("waiter")]
    agents = [*(an_agent(f"a{n}", presence="offline", is_ready=False) for n in range(30)), an_agent("zoe")]
    told = "\n".join(drawn([], calls, agents, height=20))
    assert "waiter" in told
    assert "zoe" in told
    assert "talker29" not in told


def test_a_callers_name_commands_no_terminal() -> None:
    told = "\n".join(drawn([], [a_call("\x1b]0;owned\x07[bold]B[/]")], [an_agent("[red]x")], trouble="\x1b[2J"))
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "[bold]B[/]" in told
    assert "[red]x" in told


def test_a_database_that_is_away_is_told_of_above_the_last_picture() -> None:
    told = drawn([a_queue("sales")], [], [], trouble="the database went away")
    assert "the database went away" in told[0]
    assert any("sales" in line for line in told)


# -- the command ---------------------------------------------------------------------------------


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    floor.add_agent("ann", activity="wrap_up", call_id=str(uuid4()))
    yield floor
    floor.close()


@pytest.mark.parametrize("argv", [["board"], ["board", "--once"]], ids=str)
def test_where_no_terminal_is_it_is_one_picture_in_plain_text(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    assert main(argv, env) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "no calls" in told
    lines = squeezed(told.splitlines())
    assert "sales 0 0 0 0 1 0 longest idle" in lines
    assert any(line.startswith("ann wrap up 0 s") for line in lines)
    floor.arrive()
    main(argv, env)
    assert any(
        line.startswith("+15550100 sales waiting 0 s") for line in squeezed(capsys.readouterr().out.splitlines())
    )


def test_programs_get_one_object(floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    call_id = floor.arrive()
    assert main(["board", "--json"], env) == 0
    told = json.loads(capsys.readouterr().out)
    assert sorted(told) == ["agents", "at", "calls", "queues"]
    assert (told["agents"][0]["login"], told["queues"][0]["waiting"]) == ("ann", 1)
    assert (told["calls"][0]["call_id"], told["calls"][0]["state"]) == (call_id, "waiting")


def test_an_empty_center_has_a_board_too(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["board", "--once"], env) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line] == ["no queues", "no calls", "no agents"]


@contextmanager
def on_a_terminal(env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The real command on a terminal of 24 lines; the process, and what it writes to."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "freeswitch_cc", "board"],
        env={**os.environ, **env, "TERM": "xterm"},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, word: str) -> str:
    """What is written until a word is seen."""
    text = ""
    with gevent.Timeout(LIMIT_S, AssertionError(f"{word!r} was never seen")):
        while word not in text:
            text += gevent.os.tp_read(terminal, 65536).decode(errors="replace")
    return text


@pytest.mark.slow
def test_on_a_terminal_it_is_drawn_again_as_things_change_and_ctrl_c_ends_it_with_0(
    floor: Floor, env: dict[str, str]
) -> None:
    with on_a_terminal(env) as (process, terminal):
        read_until(terminal, "wrap up")
        floor.arrive()
        read_until(terminal, "+15550100")
        process.send_signal(signal.SIGINT)
        rest = gevent.spawn(read_until, terminal, "\x1b[?1049l")  # the terminal as it was before
        assert "Traceback" not in rest.get(timeout=LIMIT_S)
        assert process.wait(timeout=LIMIT_S) == 0
