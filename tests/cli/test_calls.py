"""`call`: what is shown of one, and what is asked for in an agent's name."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.cli.main import main
from freeswitch_cc.core.events import DialAsked
from tests.database import Database
from tests.floor import Floor

Env = dict[str, str]


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    yield floor
    floor.close()


@pytest.fixture
def talk(floor: Floor) -> str:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    floor.bridge(call_id)
    return call_id


@pytest.mark.parametrize(
    ("argv", "kind", "arguments"),
    [
        (["answer"], "answer", {}),
        (["reject"], "reject", {}),
        (["hang-up"], "hang_up", {}),
        (["hold"], "hold", {}),
        (["retrieve"], "retrieve", {}),
        (["mute"], "mute", {}),
        (["unmute"], "unmute", {}),
        (["dtmf", "12#"], "send_dtmf", {"digits": "12#"}),
    ],
)
def test_every_verb_is_a_request_about_the_call_that_he_is_in_or_that_is_named(
    argv: list[str],
    kind: str,
    arguments: dict[str, Any],
    talk: str,
    env: Env,
    engine_answers: dict[str, str],
    db: Database,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["call", *argv, "--agent", "ann", "--as", "me"], env) == 0
    assert "as you wish" in capsys.readouterr().out
    assert main(["call", *argv, "--agent", "ann", "--call", talk[:13], "--key", "k", "--json"], env) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "done"
    assert json.loads(engine_answers["arguments"]) == arguments
    assert db.rows("SELECT kind, call_id FROM request") == 2 * [{"kind": kind, "call_id": talk}]


def test_a_key_that_was_used_for_another_call_is_refused(
    talk: str, floor: Floor, env: Env, engine_answers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    other = floor.arrive()
    assert main(["call", "hold", "--agent", "ann", "--call", talk, "--key", "k"], env) == 0
    assert main(["call", "hold", "--agent", "ann", "--call", other, "--key", "k"], env) == 2
    assert "was used before, for something else" in capsys.readouterr().err


def test_a_refusal_is_status_2_and_one_sentence(
    talk: str, env: Env, engine_answers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    engine_answers.update(state="refused", reason="not_held", message="ann: the customer is not on hold")
    assert main(["call", "retrieve", "--agent", "ann"], env) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "freeswitch-cc: retrieve of ann was refused (not_held): ann: the customer is not on hold\n"


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["hold", "--agent", "nobody"], "there is no agent with the login 'nobody'"),
        (["hold", "--agent", "ann", "--call", "xyz"], "'xyz' is no call's id"),
        (["hold", "--agent", "ann", "--call", "00000000"], "there is no call '00000000'"),
        (["show", "00000000"], "there is no call '00000000'"),
    ],
)
def test_what_there_is_not_is_told_before_anything_is_asked(
    argv: list[str], told: str, talk: str, env: Env, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["call", *argv], env) == 2
    assert told in capsys.readouterr().err
    assert db.rows("SELECT 1 FROM request") == []


def test_keys_are_checked_before_anything_is_asked(env: Env, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["call", "dtmf", "1x!", "--agent", "ann"], env)
    assert stopped.value.code == 2
    assert "these are no keys: 1 to 32 of 0 to 9, A to D, * and #" in capsys.readouterr().err


def test_a_call_is_shown_with_what_its_agents_may_ask_for(
    talk: str, env: Env, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["call", "show", talk[:13], "--json"], env) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["call_id"], told["state"], told["queue"], told["held_by"]) == (talk, "talking", "sales", None)
    assert {leg["role"]: leg["seen"] for leg in told["legs"]} == {"customer": "with", "agent": "with"}
    (ann,) = told["agents"]
    assert (ann["agent"], ann["activity"], ann["may"]) == (
        "ann",
        "talking",
        ["hang_up", "hold", "mute", "send_dtmf", "unmute"],
    )
    assert main(["call", "show", talk], env) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"call {talk} of +15550100 to 100"
    assert lines[1] == "talking, in sales"
    assert any("hang_up, hold, mute, send_dtmf, unmute" in line for line in lines)


def test_a_call_on_hold_is_shown_with_who_holds_it(
    talk: str, db: Database, env: Env, capsys: pytest.CaptureFixture[str]
) -> None:
    db.run("UPDATE agent SET activity = 'holding'")
    db.run("UPDATE call SET held_by = (SELECT agent_id FROM agent), held_at = now()")
    db.run("UPDATE leg SET segment = 'held', is_muted = role = 'agent'")
    assert main(["call", "show", talk], env) == 0
    said = capsys.readouterr().out
    assert "held, in sales, by ann" in said
    assert "hang_up, mute, retrieve, unmute" in said


def test_a_call_that_is_over_has_nobody_who_may_ask_for_anything(
    talk: str, floor: Floor, env: Env, capsys: pytest.CaptureFixture[str]
) -> None:
    floor.happen(floor.hangup(talk, floor.customer(talk)))
    floor.happen(floor.hangup(talk, floor.agent_leg(talk)))
    assert main(["call", "show", talk, "--json"], env) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["legs"], told["agents"]) == ("ended", [], [])


def test_the_list_is_that_of_calls(talk: str, env: Env, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "list", "--json"], env) == 0
    assert [row["call_id"] for row in json.loads(capsys.readouterr().out)] == [talk]


def test_the_disposition_of_an_earlier_call_names_it_by_the_beginning_of_its_id(
    talk: str, env: Env, engine_answers: dict[str, str], db: Database
) -> None:
    assert main(["agent", "disposition", "ann", "sold", "--call", talk[:13]], env) == 0
    assert db.one("SELECT kind, arguments, call_id FROM request") == {
        "kind": "disposition",
        "arguments": {"code": "sold"},
        "call_id": talk,
    }


# -- a call of an agent's own --------------------------------------------------------------------


def test_a_call_is_asked_for_with_whom_and_by_which_number(
    floor: Floor, env: Env, engine_answers: dict[str, str], db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    floor.add_agent("ann")
    assert main(["call", "dial", "agent:bob", "--agent", "ann"], env) == 0
    number = ["call", "dial", "number:+358401234567", "--agent", "ann", "--caller-id", "+358401112222", "--json"]
    assert main(number, env) == 0
    assert json.loads(capsys.readouterr().out.partition("\n")[2])["state"] == "done"
    rows = db.rows("SELECT kind, arguments FROM request ORDER BY asked_at")
    assert [row["kind"] for row in rows] == ["dial", "dial"]
    assert [row["arguments"] for row in rows] == [
        {"to": "agent:bob"},
        {"to": "number:+358401234567", "caller_id": "+358401112222"},
    ]


@pytest.mark.parametrize(
    ("to", "more", "told"),
    [
        ("112", [], "'112' cannot be called: write number:+358401234567 or agent:LOGIN"),
        ("number:112", [], "'112' is no number that can be called"),
        ("number:+358401234567;x", [], "is no number that can be called"),
        ("number:+358401234567", ["--caller-id", "911"], "'911' is no caller ID"),
    ],
)
def test_what_cannot_be_called_is_told_before_anything_is_asked(
    to: str, more: list[str], told: str, floor: Floor, env: Env, db: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    floor.add_agent("ann")
    assert main(["call", "dial", to, "--agent", "ann", *more], env) == 2
    assert told in capsys.readouterr().err
    assert db.value("SELECT count(*) FROM request") == 0


def test_a_call_that_is_being_placed_is_shown_with_its_origin_and_whom_he_calls(
    floor: Floor, env: Env, capsys: pytest.CaptureFixture[str]
) -> None:
    ann, _ = floor.add_agent("ann", presence="not_ready", reason="meal"), floor.add_agent("bob")
    call_id = str(uuid4())
    floor.insert("request", request_id=call_id, kind="dial", agent_id=ann, asked_by="me", idempotency_key="k")
    floor.happen(
        DialAsked(call_id=call_id, agent_id=ann, request_id=call_id, to="agent:bob", switch_id=floor.switch_id)
    )
    assert main(["call", "show", call_id[:13]], env) == 0
    shown = capsys.readouterr().out
    assert "of ann to agent:bob" in shown
    assert "dialing, internal" in shown
    assert main(["call", "list", "--json"], env) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["origin"], row["state"], row["agent"], row["dialled"]) == ("internal", "dialing", "ann", "agent:bob")
    assert main(["agent", "list", "--json"], env) == 0
    agents = {row["login"]: (row["call_origin"], row["call_with"]) for row in json.loads(capsys.readouterr().out)}
    assert agents == {"ann": ("internal", "bob"), "bob": ("internal", "ann")}
    assert main(["board", "--once"], env) == 0
    board = capsys.readouterr().out
    assert "→ bob" in board
    assert main(["why", call_id], env) == 0
    assert "Is being placed by ann to bob since" in capsys.readouterr().out
