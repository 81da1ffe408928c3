"""`agent`: requests, their answers, the lists, and what is refused before anything is asked."""

import json
from typing import Any

import pytest

from freeswitch_cc.cli.main import main
from tests.database import Database

Env = dict[str, str]


def request_of(db: Database) -> dict[str, Any]:
    return db.one("SELECT kind, arguments, asked_by FROM request")


def shown(capsys: pytest.CaptureFixture[str], *argv: str, env: Env) -> Any:
    capsys.readouterr()
    assert main([*argv, "--json"], env) == 0
    return json.loads(capsys.readouterr().out)


# -- requests ------------------------------------------------------------------------------------


def test_a_request_carries_who_asked_and_the_reason(
    env: Env, center_file: str, engine_answers: dict[str, str], db: Database
) -> None:
    main(["apply", center_file], env)
    assert main(["agent", "not-ready", "alice", "--reason", "meal", "--as", "boss", "--key", "k1"], env) == 0
    assert db.one("SELECT kind, arguments, asked_by, idempotency_key FROM request") == {
        "kind": "not_ready",
        "arguments": {"reason": "meal"},
        "asked_by": "boss",
        "idempotency_key": "k1",
    }


@pytest.mark.parametrize(
    ("argv", "kind", "arguments"),
    [
        (["login", "alice"], "login", {}),
        (["available", "alice"], "available", {}),
        (["not-ready", "alice"], "not_ready", {}),
        (["logout", "alice"], "logout", {}),
        (["end-wrap-up", "alice"], "end_wrap_up", {}),
        (["extend-wrap-up", "alice", "--by", "1.5m"], "extend_wrap_up", {"by_ms": 90_000}),
        (["disposition", "alice", "sold"], "disposition", {"code": "sold"}),
        (
            ["disposition", "alice", "sold", "--subject", "two chairs"],
            "disposition",
            {"code": "sold", "subject": "two chairs"},
        ),
    ],
)
def test_every_verb_is_a_request(
    argv: list[str],
    kind: str,
    arguments: dict[str, Any],
    env: Env,
    center_file: str,
    engine_answers: dict[str, str],
    db: Database,
) -> None:
    main(["apply", center_file], env)
    assert main(["agent", *argv, "--as", "me"], env) == 0
    assert request_of(db) == {"kind": kind, "arguments": arguments, "asked_by": "me"}


@pytest.mark.parametrize(
    ("argv", "kind", "arguments"),
    [
        (["available"], "available", {}),
        (["not-ready", "--reason", "meeting"], "not_ready", {"reason": "meeting"}),
        (["logout"], "logout", {}),
        (["end-wrap-up"], "end_wrap_up", {}),
    ],
)
def test_what_a_supervisor_forces_is_asked_for_in_his_name(
    argv: list[str],
    kind: str,
    arguments: dict[str, Any],
    env: Env,
    center_file: str,
    engine_answers: dict[str, str],
    db: Database,
) -> None:
    main(["apply", center_file], env)
    assert main(["agent", "force", *argv, "alice", "--as-supervisor", "boss"], env) == 0
    forced = {**arguments, "forced": True, "by": "boss"}
    assert request_of(db) == {"kind": kind, "arguments": forced, "asked_by": "boss"}


def test_a_refusal_is_told_with_its_reason_and_status_2(
    env: Env,
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
    env: Env, center_file: str, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", center_file], env)
    assert main(["agent", "login", "alice"], env | {"FREESWITCH_CC_REQUEST_MS": "1"}) == 2
    assert "no engine took it in time" in capsys.readouterr().err
    assert db.value("SELECT state FROM request") == "withdrawn"


def test_an_unknown_agent_is_said_at_once(env: Env, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "login", "nobody"], env) == 2
    assert capsys.readouterr().err == "freeswitch-cc: there is no agent with the login 'nobody'\n"


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["disposition", "alice", "sold", "--subject", "two\nlines"], "subject must be one line"),
        (
            ["disposition", "alice", "sold", "--call", "7"],
            "there is no call '7': `freeswitch-cc calls` lists those that go on",
        ),
        (["disposition", "alice", " "], "a disposition needs its code"),
        (["not-ready", "alice", "--reason", "\udce9t\udce9"], "reason must be one line"),
        (["force", "logout", "alice", "--as-supervisor", "b\nss"], "by must be one line"),
        (["login", "\udce9lice"], "login must be one line of text"),
        (["login", "alice", "--as", "\x1b"], "asked by must be one line of text"),
        (["login", "alice", "--key", "\udce9"], "key must be one line of text"),
    ],
)
def test_what_no_engine_would_take_is_not_even_asked_for(
    argv: list[str], told: str, env: Env, center_file: str, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["apply", center_file], env)
    capsys.readouterr()
    assert main(["agent", *argv], env) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.err.count("\n") == 1
    assert db.rows("SELECT * FROM request") == []


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["extend-wrap-up", "alice"], "--by"),
        (["extend-wrap-up", "alice", "--by", "soon"], "'soon' is no duration: write it as 30s, 1.5m, 1500ms or 1h"),
        (["extend-wrap-up", "alice", "--by", "-5s"], "--by"),
        (["extend-wrap-up", "alice", "--by", "0s"], "it must be longer than nothing and no longer than 24h"),
        (["force", "logout", "alice"], "--as-supervisor"),
        (["force", "login", "alice", "--as-supervisor", "boss"], "invalid choice: 'login'"),
        (["force"], "COMMAND"),
        (["disposition", "alice"], "CODE"),
    ],
)
def test_a_command_that_is_not_whole_ends_with_status_2_and_what_is_missing(
    argv: list[str], told: str, env: Env, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["agent", *argv], env)
    assert caught.value.code == 2
    assert told in capsys.readouterr().err


# -- what there is -------------------------------------------------------------------------------


def test_agents_are_listed_as_json(env: Env, center_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["apply", center_file], env)
    (alice,) = shown(capsys, "agent", "list", env=env)
    assert (alice["login"], alice["presence"], alice["is_ready"], alice["queues"]) == (
        "alice",
        "offline",
        False,
        ["sales"],
    )
    assert (alice["over_ms"], alice["changed_by"], alice["wrap_up_ends_at"]) == (None, None, None)


@pytest.mark.parametrize(
    ("reason", "minutes", "over_ms"), [("break", 20, 5 * 60_000), ("break", 5, 0), ("meeting", 600, None)]
)
def test_who_takes_longer_than_his_reason_allows_is_seen(
    reason: str,
    minutes: int,
    over_ms: int | None,
    env: Env,
    center_file: str,
    db: Database,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["apply", center_file], env)
    db.run("UPDATE agent SET presence = 'not_ready', reason = %(reason)s", reason=reason)
    db.run("UPDATE agent SET presence_at = now() - make_interval(mins => %(ago)s)", ago=minutes)
    (alice,) = shown(capsys, "agent", "list", env=env)
    if over_ms:
        assert over_ms <= alice["over_ms"] < over_ms + 60_000
    else:
        assert alice["over_ms"] == over_ms
    assert main(["agent", "list"], env) == 0
    assert (" 300" in capsys.readouterr().out) is bool(over_ms), "300.123s: what people see"


def test_reasons_are_listed_and_those_of_the_engine_last(env: Env, capsys: pytest.CaptureFixture[str]) -> None:
    rows = shown(capsys, "agent", "reasons", env=env)
    assert rows[0] == {
        "name": "admin_work",
        "is_productive": True,
        "is_paid": True,
        "longest_ms": None,
        "is_system": False,
    }
    assert [row["is_system"] for row in rows] == sorted(row["is_system"] for row in rows)
    assert main(["agent", "reasons"], env) == 0
    assert "15m" in capsys.readouterr().out


def test_dispositions_are_listed(env: Env, db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "dispositions"], env) == 0
    assert "there are no dispositions" in capsys.readouterr().out
    db.run("INSERT INTO disposition (code, name) VALUES ('sold', 'Sold something')")
    db.run("INSERT INTO disposition (code, name, is_active) VALUES ('a', 'Old', false)")
    assert [row["code"] for row in shown(capsys, "agent", "dispositions", env=env)] == ["sold", "a"]
