"""The command: the real one as a subprocess for the way that people go, in this process for what goes wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gevent
import gevent.socket
import psycopg2
import pytest

from freeswitch_cc.cli.main import main
from tests.database import Database

CENTER = """\
switches:
  - {name: main, host: 127.0.0.1, port: 1, password_env: FREESWITCH_CC_ESL_PASSWORD}
agents:
  - {login: alice, name: Alice Martin, contact: user/alice@example.test}
queues:
  - {name: sales, agents: [alice]}
entry_points:
  - {number: "7001", queue: sales}
"""


@pytest.fixture
def center_file(tmp_path: Path) -> str:
    path = tmp_path / "center.yaml"
    path.write_text(CENTER, encoding="utf-8")
    return str(path)


@pytest.fixture
def env(database_url: str) -> dict[str, str]:
    return {"FREESWITCH_CC_DATABASE_URL": database_url, "FREESWITCH_CC_REQUEST_MS": "20000"}


@pytest.fixture
def engine_answers(db: Database, database_url: str) -> Iterator[dict[str, str]]:
    """A stand-in for the engine: answers each request with what the test puts here."""
    answer = {"state": "done", "reason": "", "message": "as you wish"}
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("LISTEN fcc_request")

    def serve() -> None:
        while True:
            gevent.socket.wait_read(connection.fileno())
            connection.poll()
            while connection.notifies:
                request_id = connection.notifies.pop().payload
                cursor.execute(
                    "UPDATE request SET state = %s, reason = nullif(%s, ''), message = %s, answered_at = now()"
                    " WHERE request_id = %s",
                    (answer["state"], answer["reason"], answer["message"], request_id),
                )
                cursor.execute("SELECT pg_notify('fcc_request_answered', %s)", (request_id,))

    greenlet = gevent.spawn(serve)
    yield answer
    greenlet.kill()
    connection.close()


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


# -- agents --------------------------------------------------------------------------------------


def test_a_request_carries_who_asked_and_the_reason(
    env: dict[str, str], center_file: str, engine_answers: dict[str, str], db: Database
) -> None:
    main(["apply", center_file], env)
    assert main(["agent", "not-ready", "alice", "--reason", "lunch", "--as", "boss", "--key", "k1"], env) == 0
    assert db.one("SELECT kind, arguments, asked_by, idempotency_key FROM request") == {
        "kind": "not_ready",
        "arguments": {"reason": "lunch"},
        "asked_by": "boss",
        "idempotency_key": "k1",
    }


def test_a_refusal_is_told_with_its_reason_and_status_2(
    env: dict[str, str],
    center_file: str,
    engine_answers: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["apply", center_file], env)
    engine_answers |= {"state": "refused", "reason": "offline", "message": "alice must log in first"}
    capsys.readouterr()
    assert main(["agent", "available", "alice", "--json"], env) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["reason"] == "offline"
    assert told.err == "freeswitch-cc: available of alice was refused (offline): alice must log in first\n"


def test_without_an_engine_the_request_is_taken_back_and_that_is_said(
    env: dict[str, str], center_file: str, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", center_file], env)
    assert main(["agent", "login", "alice"], env | {"FREESWITCH_CC_REQUEST_MS": "1"}) == 2
    assert "no engine took it in time" in capsys.readouterr().err
    assert db.value("SELECT state FROM request") == "withdrawn"


def test_an_unknown_agent_is_said_at_once(env: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "login", "nobody"], env) == 2
    assert capsys.readouterr().err == "freeswitch-cc: there is no agent with the login 'nobody'\n"


def test_agents_are_listed_as_json(env: dict[str, str], center_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["apply", center_file], env)
    capsys.readouterr()
    assert main(["agent", "list", "--json"], env) == 0
    (alice,) = json.loads(capsys.readouterr().out)
    assert (alice["login"], alice["presence"], alice["is_ready"], alice["queues"]) == (
        "alice",
        "offline",
        False,
        ["sales"],
    )


# -- configuration -------------------------------------------------------------------------------


def test_a_file_with_mistakes_changes_nothing_and_tells_them_all(
    env: dict[str, str], tmp_path: Path, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "center.yaml"
    path.write_text(CENTER.replace("queue: sales", "queue: sails").replace("alice]", "bob]"), encoding="utf-8")
    assert main(["apply", str(path)], env) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"freeswitch-cc: {path}: line 6: ")
    assert second.startswith(f"freeswitch-cc: {path}: line 8: ")
    assert db.value("SELECT count(*) FROM agent") == 0


def test_a_rehearsal_tells_the_changes_and_makes_none(
    env: dict[str, str], center_file: str, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", center_file, "--dry-run"], env) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert db.value("SELECT count(*) FROM agent") == 0


def test_the_changes_are_told_as_json(
    env: dict[str, str], center_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", center_file, "--json"], env) == 0
    changes = json.loads(capsys.readouterr().out)
    assert {"kind": "added", "what": "agent", "name": "alice", "details": ""} in changes
    assert main(["apply", center_file, "--json"], env) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_check_config_tells_the_settings_and_hides_the_password(
    capsys: pytest.CaptureFixture[str], center_file: str
) -> None:
    env = {"FREESWITCH_CC_DATABASE_URL": "postgresql://me:hunter2@host/center", "FREESWITCH_CC_ESL_PASSWORD": "x"}
    assert main(["check-config", center_file], env) == 0
    told = capsys.readouterr().out
    assert "no mistakes found" in told
    assert "hunter2" not in told
    assert main(["check-config", "--json"], env) == 0
    assert json.loads(capsys.readouterr().out)["database_url"] == "postgresql://***@host/center"


def test_check_config_names_a_password_that_is_not_set(capsys: pytest.CaptureFixture[str], center_file: str) -> None:
    assert main(["check-config", center_file], {}) == 2
    assert "FREESWITCH_CC_ESL_PASSWORD is not set" in capsys.readouterr().err


def test_every_bad_setting_is_told_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calls"], {"FREESWITCH_CC_WORKERS": "no", "FREESWITCH_CC_PARK_MS": "-1"}) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_without_a_database_it_is_said_how_to_name_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calls"], {}) == 2
    assert "set FREESWITCH_CC_DATABASE_URL" in capsys.readouterr().err


def test_the_argument_overrides_the_environment(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {"FREESWITCH_CC_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/center"}
    assert main(["calls"], wrong) == 2
    assert main(["calls", "--database-url", database_url], wrong) == 0
    assert capsys.readouterr().out == "no calls\n"


# -- calls ---------------------------------------------------------------------------------------


def a_call(db: Database, env: dict[str, str], center_file: str, caller_name: str) -> None:
    main(["apply", center_file], env)
    db.run(
        "INSERT INTO call (call_id, switch_id, phase, caller_number, caller_name, started_at)"
        " SELECT gen_random_uuid(), switch_id, 'queued', '+358401234567', %(name)s, now() FROM switch",
        name=caller_name,
    )


def test_live_calls_are_listed(
    env: dict[str, str], center_file: str, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    a_call(db, env, center_file, "Éloïse")
    capsys.readouterr()
    assert main(["calls"], env) == 0
    assert "Éloïse" in capsys.readouterr().out
    assert main(["calls", "--last", "5", "--json"], env) == 0
    assert json.loads(capsys.readouterr().out)[0]["caller_name"] == "Éloïse"


def test_a_callers_name_commands_no_terminal(
    env: dict[str, str], center_file: str, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    a_call(db, env, center_file, "\x1b]0;owned\x07[bold red]Bob[/]\r\n")
    capsys.readouterr()
    assert main(["calls"], env) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "[bold red]Bob[/]" in told


@pytest.mark.parametrize("argv", [[], ["dance"], ["agent"], ["calls", "--last", "0"], ["agent", "login"]])
def test_what_is_no_command_ends_with_status_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv, {})
    assert caught.value.code == 2
    assert "usage: freeswitch-cc" in capsys.readouterr().err
