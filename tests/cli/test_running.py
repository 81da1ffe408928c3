"""`calls` and `alarms`: what goes on, and what somebody should look at."""

import json

import pytest

from freeswitch_cc.cli.main import main
from tests.database import Database

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


def test_the_newest_alarms_are_listed_first_with_their_switch(
    env: dict[str, str], center_file: str, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alarms"], env) == 0
    assert capsys.readouterr().out == "no alarms\n"
    a_call(db, env, center_file, "Bob")
    db.run(
        "INSERT INTO alarm (kind, call_id, switch_id, details, at)"
        " SELECT 'deaf', call_id, switch_id, 'no \x1b sound ' || n, now() - make_interval(mins => n)"
        " FROM call, generate_series(1, 30) n"
    )
    db.run("INSERT INTO alarm (kind, details) VALUES ('matching_failed', 'not now')")
    capsys.readouterr()
    assert main(["alarms"], env) == 0
    told = capsys.readouterr().out
    assert told.count("deaf") == 19
    assert told.index("matching_failed") < told.index("deaf")
    assert "\x1b" not in told
    assert main(["alarms", "--last", "2", "--json"], env) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["kind"], first["switch"], first["call_id"]) == ("matching_failed", None, None)
    assert (second["kind"], second["switch"], second["details"]) == ("deaf", "main", "no \x1b sound 1")


# -- run -----------------------------------------------------------------------------------------


def test_an_engine_without_the_password_of_its_switch_does_not_begin_and_says_which(
    env: dict[str, str], center_file: str, db: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    main(["apply", center_file], env)
    capfd.readouterr()
    db.run("UPDATE switch SET password_env = 'NO_SUCH_PASSWORD'")
    assert main(["run"], env) == 2
    told = capfd.readouterr().err
    assert "NO_SUCH_PASSWORD is not set" in told
    assert "Traceback" not in told
