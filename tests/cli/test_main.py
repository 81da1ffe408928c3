"""The real command as a subprocess, the way that people go; and what is no command."""

import json
import os
import subprocess
import sys

import pytest

from freeswitch_cc.cli.main import main


def command(*argv: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The real command."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore:invalid escape sequence", "-m", "freeswitch_cc", *argv],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# -- the way that people go ----------------------------------------------------------------------


def test_an_empty_database_is_migrated_filled_and_looked_at(empty_database_url: str, center_file: str) -> None:
    env = {"FREESWITCH_CC_DATABASE_URL": empty_database_url}
    early = command("agent", "list", env=env)
    assert early.returncode == 2
    assert "run `freeswitch-cc migrate`" in early.stderr

    migrated = command("migrate", "--json", env=env)
    assert migrated.returncode == 0, migrated.stderr
    assert json.loads(migrated.stdout)["before"] is None
    applied = command("apply", center_file, env=env)
    assert applied.returncode == 0, applied.stderr
    assert "alice in sales" in applied.stdout
    assert "nothing to change" in command("apply", center_file, env=env).stdout

    agents = command("agent", "list", env=env)
    assert agents.returncode == 0, agents.stderr
    assert "Alice Martin" in agents.stdout
    assert agents.stderr == ""


def test_the_real_command_asks_and_tells_what_the_engine_answered(
    env: dict[str, str], center_file: str, engine_answers: dict[str, str]
) -> None:
    assert main(["apply", center_file], env) == 0
    done = command("agent", "login", "alice", env=env)
    assert (done.returncode, done.stdout) == (0, "as you wish\n"), done.stderr


def test_a_real_engine_answers_though_its_switch_is_away_and_stops_when_told(
    env: dict[str, str], center_file: str
) -> None:
    assert main(["apply", center_file], env) == 0
    engine = subprocess.Popen(
        [sys.executable, "-m", "freeswitch_cc", "run"],
        env={**os.environ, **env, "FREESWITCH_CC_ESL_PASSWORD": "secret"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        login = command("agent", "login", "alice", "--json", env=env)
        again = command("agent", "login", "alice", "--json", env=env)
        engine.terminate()
        _, told = engine.communicate(timeout=30)
    finally:
        engine.kill()
    assert json.loads(login.stdout)["state"] == "done", (login.stderr, told)
    assert (again.returncode, json.loads(again.stdout)["reason"]) == (2, "already_logged_in")
    assert engine.returncode == 0, told
    assert "secret" not in told


def test_a_mistake_in_a_command_is_one_sentence_and_status_2(env: dict[str, str]) -> None:
    failed = command("apply", "nothing.yaml", env=env)
    assert failed.returncode == 2
    assert failed.stderr == "freeswitch-cc: nothing.yaml: the file cannot be read: No such file or directory\n"


@pytest.mark.parametrize("argv", [[], ["dance"], ["agent"], ["calls", "--last", "0"], ["agent", "login"]])
def test_what_is_no_command_ends_with_status_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv, {})
    assert caught.value.code == 2
    assert "usage: freeswitch-cc" in capsys.readouterr().err
