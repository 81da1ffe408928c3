"""What people see of overflow: messages in a list, closed queues, and what happens next to a call, and when."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from freeswitch_cc.cli.main import main
from freeswitch_cc.core import events
from tests.database import Database
from tests.floor import Floor


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    floor.add_agent("ann", presence="not_ready", reason="meal")
    yield floor
    floor.close()


def said(capsys: pytest.CaptureFixture[str], *argv: str, env: dict[str, str]) -> str:
    assert main(list(argv), env) == 0
    return " ".join(capsys.readouterr().out.split())


def as_json(capsys: pytest.CaptureFixture[str], *argv: str, env: dict[str, str]) -> Any:
    assert main([*argv, "--json"], env) == 0
    return json.loads(capsys.readouterr().out)


def leave_message(floor: Floor) -> str:
    floor.insert("voicemail_box", name="box", directory="/var/voicemail")
    floor.db.run('UPDATE queue SET overflow = \'{"nobody": "voicemail:box"}\'')
    floor.db.run("UPDATE agent SET presence = 'offline', reason = NULL")
    call_id = floor.arrive()
    leg_id, path = floor.customer(call_id), f"/var/voicemail/{call_id}.wav"
    beep = "tone_stream://%(400,100,880)"
    floor.happen(events.SoundStopped(call_id=call_id, leg_id=leg_id, sound=beep, **floor.at()))
    floor.happen(events.RecordingStarted(call_id=call_id, leg_id=leg_id, path=path, **floor.at()))
    return call_id


def test_messages_are_listed_for_people_and_for_programs(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "voicemail", "list", env=env) == "no messages"
    call_id = leave_message(floor)
    path = f"/var/voicemail/{call_id}.wav"
    assert "box sales +15550100 - " in said(capsys, "voicemail", "list", env=env)
    floor.happen(
        events.RecordingStopped(call_id=call_id, leg_id=floor.customer(call_id), path=path, ms=4_200, **floor.at())
    )
    assert f"box sales +15550100 4 s {path}" in said(capsys, "voicemail", "list", env=env)
    (row,) = as_json(capsys, "voicemail", "list", "--box", "box", env=env)
    assert (row["box"], row["queue"], row["ms"], row["path"], row["call_id"]) == ("box", "sales", 4_200, path, call_id)
    assert as_json(capsys, "voicemail", "list", "--box", "other", env=env) == []


def ended_messages(floor: Floor) -> list[str]:
    """Of 40, 20 and 0 days ago; their files."""
    first = leave_message(floor)
    paths = []
    for days in (40, 20, 0):
        call_id = first if days == 40 else floor.arrive()
        path = f"/var/voicemail/{call_id}.wav"
        paths.append(path)
        floor.db.run(
            "INSERT INTO voicemail (call_id, box, path, at)"
            " VALUES (%(c)s, 'box', %(p)s, now() - %(d)s * interval '1 day')"
            " ON CONFLICT (call_id) DO UPDATE SET at = excluded.at",
            c=call_id,
            p=path,
            d=days,
        )
        if days:
            floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    return paths


def test_messages_are_removed_by_the_days_that_their_box_keeps_them_and_their_files_are_told(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    old, younger, _ = ended_messages(floor)
    assert said(capsys, "voicemail", "remove", env=env) == "", "as long as no box says for how long"
    floor.db.run("UPDATE voicemail_box SET keep_days = 30")
    assert said(capsys, "voicemail", "remove", env=env) == old
    assert said(capsys, "voicemail", "remove", env=env) == ""
    assert said(capsys, "voicemail", "remove", "--older-than", "10", "--box", "other", env=env) == ""
    (row,) = as_json(capsys, "voicemail", "remove", "--older-than", "10", env=env)
    assert (row["path"], row["box"]) == (younger, "box")


def test_one_message_is_removed_by_its_call_but_not_while_it_is_left(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    old, _, now = ended_messages(floor)
    calls = [path.rpartition("/")[2].removesuffix(".wav") for path in (old, now)]
    assert said(capsys, "voicemail", "remove", *calls, env=env) == old
    assert floor.db.value("SELECT count(*) FROM voicemail") == 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("not-an-id",), "is no id of a call"),
        (("--older-than", "soon"), "must be a whole number of days"),
        (("--older-than=-1",), "must be a whole number of days"),
    ],
)
def test_what_is_removed_is_said_in_full(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str], wrong: tuple[str, ...], told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["voicemail", "remove", *wrong], env)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_call_that_leaves_a_message_says_so(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    call_id = leave_message(floor)
    told = said(capsys, "why", call_id, env=env)
    assert "Leaves a message in box since" in told
    assert "Left sales, because nobody was logged in." in told
    assert "recording" in said(capsys, "board", "--once", env=env)
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    told = said(capsys, "why", call_id, env=env)
    assert "Ended: a message was left after" in told
    assert "and left it, because nobody was logged in." in told


def test_a_closed_queue_is_told_wherever_queues_are(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    floor.arrive()
    floor.db.run('UPDATE queue SET hours = \'{"weekly": {}, "closed_on": []}\'')
    for argv in (("queue", "list"), ("availability",), ("availability", "queue:sales"), ("board", "--once")):
        assert "closed" in said(capsys, *argv, env=env), argv
    (queue,) = as_json(capsys, "queue", "list", env=env)
    assert queue["hours"] == "closed"
    (call,) = as_json(capsys, "calls", env=env)
    told = said(capsys, "why", call["call_id"], env=env)
    assert "sales is closed: who waits in it stays." in told


def test_what_happens_next_is_told_with_its_time(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    floor.db.run('UPDATE queue SET max_wait_ms = 600000, overflow = \'{"too_long": "queue:night"}\'')
    call_id = floor.arrive()
    assert "Next: overflow to queue:night in 10 min." in said(capsys, "why", call_id, env=env)
    (call,) = as_json(capsys, "calls", env=env)
    assert call["next"] == "overflow to queue:night in 10 min"
    assert "overflow to queue:night in 10 min" in said(capsys, "board", "--once", env=env)
    floor.db.run("UPDATE queue_visit SET overflow_at = overflow_at + interval '1 min'")
    assert "Next: ask queue:night again in 1" in said(capsys, "why", call_id, env=env)
    (call,) = as_json(capsys, "calls", env=env)
    assert call["next"].startswith("ask queue:night again in 1")
    floor.db.run("UPDATE queue_visit SET spent = jsonb_build_array(queue_id || ':too_long')")
    (call,) = as_json(capsys, "calls", env=env)
    assert call["next"] is None


def test_a_number_that_is_called_for_a_caller_is_told_wherever_calls_are(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    number = "+358401234567"
    call_id = forwarded(floor, number)
    leg_id = str(floor.db.value("SELECT leg_id FROM leg WHERE role = 'target'"))
    told = said(capsys, "why", call_id, env=env)
    assert f"Hears music while {number} is called." in told
    assert "Left sales, because it was closed." in told
    (call,) = as_json(capsys, "calls", env=env)
    assert (call["state"], call["agent"], call["forwarded_to"], call["next"]) == ("forwarding", None, number, None)
    assert f"forwarding 0 s {number}" in said(capsys, "board", "--once", env=env)
    shown = said(capsys, "call", "show", call_id, env=env)
    assert f"forwarding, in sales, to {number}" in shown
    assert "target" in shown
    floor.happen(events.LegParked(call_id=call_id, leg_id=leg_id, role="target", **floor.at()))
    floor.happen(floor.bridged(call_id, leg_id))
    assert f"Talks to {number} since" in said(capsys, "why", call_id, env=env)
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    floor.happen(floor.hangup(call_id, leg_id))
    told = said(capsys, "why", call_id, env=env)
    assert "Ended: completed after" in told
    assert f"Talked to {number}." in told


def test_how_many_calls_of_a_queue_are_at_numbers_is_listed(
    floor: Floor, env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    forwarded(floor, "+358401234567")
    heading, *rows = said(capsys, "queue", "list", env=env).splitlines()
    assert "at numbers" in heading
    assert ["1 of 10" in row for row in rows] == [row.startswith("sales ") for row in rows]
    floor.db.run("UPDATE queue SET max_forwarded = 0")
    assert "1 of" not in said(capsys, "queue", "list", env=env)
    listed = json.loads(said(capsys, "queue", "list", "--json", env=env))
    assert {row["name"]: (row["forwarded"], row["max_forwarded"]) for row in listed}["sales"] == (1, 0)


def forwarded(floor: Floor, number: str) -> str:
    """A call to a queue that is closed, and overflows to a number."""
    classes = json.dumps([{"name": "national", "like": ["+358"]}])
    floor.db.run("DELETE FROM dialling")
    floor.insert("dialling", trunk="carrier", classes=classes)
    floor.db.run(
        'UPDATE queue SET hours = \'{"weekly": {}, "closed_on": []}\', may_dial = \'["national"]\','
        " caller_ids = '[\"+358401112222\"]', overflow = jsonb_build_object('closed', 'number:' || %(number)s)",
        number=number,
    )
    return floor.arrive()
