"""Replies that lie or differ (traces t06, t20, t29, t30): which are failures, and why."""

import pytest

from freeswitch_cc.esl.wire import failure_of
from tests.esl.recorded import rows, traces


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("-ERR No such channel!\n", "No such channel!"),
        ("-ERR NO_ANSWER\n", "NO_ANSWER"),
        ("-ERR\n", "-ERR"),
        ("-ERROR\n", "-ERROR"),
        ("-USAGE: <uuid> <other_uuid>\n", "-USAGE: <uuid> <other_uuid>"),
        ("-ERR nonsense Command not found!\n", "nonsense Command not found!"),
        ("nonsense Command not found!\n", "nonsense Command not found!"),
        ("COMMAND RETURNED ERROR!", "COMMAND RETURNED ERROR!"),
        ("-ERR invalid session id [x]", "invalid session id [x]"),
        ("Conference room1 not found\n", "Conference room1 not found"),
        ("Invalid Profile!\n", "Invalid Profile!"),
        ("+OK\n", None),
        ("+OK Job-UUID: x", None),
        ("true", None),
        ("false", None),
        ("{}", None),
        ("", None),
        ("0 total.\n", None),
    ],
)
def test_a_reply_is_a_failure_by_its_own_words(reply: str, reason: str | None) -> None:
    assert failure_of(reply) == reason


def test_every_recorded_reply_of_a_command_is_told_apart() -> None:
    replies = [
        (row["text"].split()[0], row["reply"])
        for trace in traces()
        for row in rows(trace)
        if row.get("row") == "step" and row.get("kind") == "api" and "reply" in row
    ]
    assert len(replies) > 300
    for command, reply in replies:
        if command.startswith("uuid_") and command not in ("uuid_exists", "uuid_getvar", "uuid_dump"):
            assert (failure_of(reply) is None) == reply.startswith("+OK"), (command, reply)
