"""`agent`: requests, their answers, and the list."""

import json

import pytest

from freeswitch_cc.cli.main import main
from tests.database import Database

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
