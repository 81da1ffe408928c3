"""Replies that lie or differ: docs/measured.md; traces t06, t20, t29, t30."""

import uuid

import pytest

from freeswitch_cc.esl.sight import sight_of
from tests.contract.probe import Switch


@pytest.fixture
def gone() -> str:
    """A leg that never was."""
    return str(uuid.uuid4())


def test_uuid_hold_of_a_gone_leg_claims_success(switch: Switch, gone: str) -> None:
    assert switch.api(f"uuid_hold {gone}") == "+OK Success"


def test_uuid_bridge_with_a_gone_leg_is_an_invalid_uuid(switch: Switch, gone: str) -> None:
    customer, _ = switch.customer()
    assert switch.api(f"uuid_bridge {gone} {customer}") == "-ERR Invalid uuid"
    assert switch.api(f"uuid_bridge {customer} {gone}") == "-ERR Invalid uuid"
    assert switch.hears_music(customer), "and nothing happened to the other one"


@pytest.mark.parametrize(
    "command",
    [
        "uuid_kill {}",
        "uuid_transfer {} park inline",
        "uuid_park {}",
        "uuid_setvar {} a b",
        "uuid_getvar {} a",
        "uuid_break {}",
        "uuid_dump {}",
    ],
)
def test_a_gone_leg_is_no_such_channel(switch: Switch, gone: str, command: str) -> None:
    assert switch.api(command.format(gone)) == "-ERR No such channel!"


def test_uuid_exists_says_true_and_false(switch: Switch, gone: str) -> None:
    customer, _ = switch.customer()
    assert switch.api(f"uuid_exists {customer}") == "true"
    assert switch.api(f"uuid_exists {gone}") == "false"


@pytest.mark.parametrize("command", ["uuid_record {} start /dev/null", "uuid_send_dtmf {} 1"])
def test_recording_and_keys_of_a_gone_leg_cannot_locate_the_session(switch: Switch, gone: str, command: str) -> None:
    assert switch.api(command.format(gone)) == "-ERR Cannot locate session!"


def test_uuid_answer_of_a_gone_leg_is_an_error_of_its_own_spelling(switch: Switch, gone: str) -> None:
    assert switch.api(f"uuid_answer {gone}") == "-ERROR"


def test_sendmsg_to_a_gone_leg_is_an_invalid_session(switch: Switch, gone: str) -> None:
    assert switch.music(gone).startswith("-ERR invalid session id")


@pytest.mark.parametrize("command", ["uuid_bridge", "uuid_transfer", "uuid_kill", "originate"])
def test_no_arguments_is_a_usage(switch: Switch, command: str) -> None:
    assert switch.api(command).startswith("-USAGE:")


def test_an_unknown_conference_is_not_found(switch: Switch) -> None:
    assert switch.api("conference x list") == "-ERR Conference x not found"


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        ("user/unreachable@robots", "MANDATORY_IE_MISSING"),
        ("user/nobody@robots", "SUBSCRIBER_ABSENT"),
    ],
)
def test_who_cannot_be_rung_makes_a_result_and_no_event_of_a_channel(
    switch: Switch, gone: str, target: str, cause: str
) -> None:
    since = switch.mark()
    job = switch.job(f"originate {{origination_uuid={gone}}}{target} &park")
    assert switch.result(job, since) == f"-ERR {cause}"
    assert switch.story(since, [gone]) == []


def test_an_address_where_nobody_listens_is_a_temporary_failure(switch: Switch, gone: str) -> None:
    since = switch.mark()
    # The discard port of this machine: nobody listens there, and the machine says so at once.
    job = switch.job(f"originate {{origination_uuid={gone},originate_timeout=5}}sofia/internal/x@127.0.0.1:9 &park")
    assert switch.result(job, since) == "-ERR NORMAL_TEMPORARY_FAILURE"


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        ("busy", "USER_BUSY"),
        ("decline", "CALL_REJECTED"),
        ("unavailable", "NO_USER_RESPONSE"),
        ("fail-503", "NORMAL_TEMPORARY_FAILURE"),
        ("fail-404", "UNALLOCATED_NUMBER"),
        ("redirect", "REQUESTED_CHAN_UNAVAIL"),
    ],
)
def test_how_a_phone_refuses_is_told_by_the_cause_and_a_redirect_is_not_followed(
    switch: Switch, behaviour: str, cause: str
) -> None:
    since = switch.mark()
    leg, job = switch.ring(behaviour)
    assert switch.result(job, since) == f"-ERR {cause}"
    assert switch.cause(leg, since) == cause


def test_a_phone_that_rings_on_ends_as_no_answer(switch: Switch) -> None:
    since = switch.mark()
    leg, job = switch.ring("ring", seconds=1)
    assert switch.result(job, since) == "-ERR NO_ANSWER"
    assert switch.cause(leg, since) == "NO_ANSWER"


def test_a_phone_that_says_nothing_at_all_ends_as_no_answer_too_and_never_rang(switch: Switch) -> None:
    """Nor does a look take it for ringing, though its answer state says so from the beginning."""
    since = switch.mark()
    leg, job = switch.ring("dead", seconds=2)
    switch.need("CHANNEL_CREATE", leg, since=since)
    sight = sight_of(switch.api(f"uuid_dump {leg} json"), leg)
    assert sight is not None
    assert sight.seen == "dialing"
    assert switch.result(job, since) == "-ERR NO_ANSWER"
    assert switch.cause(leg, since) == "NO_ANSWER"
    assert not switch.every("CHANNEL_PROGRESS", leg, since) + switch.every("CHANNEL_PROGRESS_MEDIA", leg, since)


@pytest.mark.parametrize("behaviour", ["ring", "early"])
def test_a_look_at_a_phone_that_rings_says_so(switch: Switch, behaviour: str) -> None:
    since = switch.mark()
    leg, _ = switch.ring(behaviour, seconds=5)
    switch.need("CHANNEL_PROGRESS" + ("_MEDIA" if behaviour == "early" else ""), leg, since=since)
    sight = sight_of(switch.api(f"uuid_dump {leg} json"), leg)
    assert sight is not None
    assert sight.seen == "ringing"


def test_an_announcement_before_the_answer_is_no_answer(switch: Switch) -> None:
    since = switch.mark()
    leg, job = switch.ring("early", seconds=1)
    switch.need("CHANNEL_PROGRESS_MEDIA", leg, since=since)
    assert switch.result(job, since) == "-ERR NO_ANSWER"


def test_line_breaks_between_commands_are_skipped_and_have_no_reply(switch: Switch) -> None:
    """Each wakes the listener, which then looks for events too (esl.connection, nudge)."""
    customer, _ = switch.customer()
    for breaks in (b"\n", b"\n\n\n", b"\r\n\n"):
        assert switch.socket.command(breaks + f"api uuid_exists {customer}".encode()) == "true"
