"""Raw events to typed facts: what a real switch said becomes what it says."""

from datetime import UTC, datetime, timedelta

import pytest

from freeswitch_cc.core.events import (
    ConferenceJoined,
    ConferenceLeft,
    LegHeld,
    LegHungUp,
    LegParked,
    LegRinging,
    LegsBridged,
    LegsUnbridged,
    LegUnheld,
    SoundStarted,
)
from freeswitch_cc.core.switch_events import Heartbeat, JobFailed, SwitchStopping
from freeswitch_cc.esl.marks import CALLER_MARKS
from freeswitch_cc.esl.parse import parse
from tests.esl.recorded import CALL_ID, events, frame, stream_frames, traces
from tests.esl.said import AT, CORE, LEG, OTHER, expected_type, said


@pytest.mark.parametrize("trace", traces())
def test_every_event_of_a_recorded_trace_becomes_what_it_says(trace: str) -> None:
    for headers in events(trace):
        fact = parse(frame(headers), "sw1")
        wanted = expected_type(headers)
        assert (type(fact) if fact is not None else None) is wanted, headers
        if fact is None or isinstance(fact, JobFailed):
            continue
        assert fact.call_id == CALL_ID  # type: ignore[union-attr]
        assert fact.seq == int(headers["Event-Sequence"])  # type: ignore[union-attr]
        microseconds = int(headers["Event-Date-Timestamp"])
        assert fact.at == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)  # type: ignore[union-attr]
        pair = {headers.get("Bridge-A-Unique-ID"), headers.get("Bridge-B-Unique-ID")}
        if isinstance(fact, LegsBridged | LegsUnbridged):
            assert {fact.leg_id, fact.other_leg_id} == pair
        else:
            assert fact.leg_id == headers["Unique-ID"]  # type: ignore[union-attr]
        if isinstance(fact, LegHungUp):
            disposition = headers.get("variable_endpoint_disposition")
            assert fact.cause == (disposition if disposition == "BLIND_TRANSFER" else headers["Hangup-Cause"])
            assert fact.is_answered == (disposition in ("ANSWER", "BLIND_TRANSFER"))


def test_the_recorded_stream_carries_no_mark_of_ours_and_so_says_nothing() -> None:
    assert {parse(raw, "sw1") for raw in stream_frames()} == {None}


def test_the_recorded_stream_when_marked_tells_of_every_leg() -> None:
    mark = f',"variable_fcc_call":"{CALL_ID}"}}'.encode()
    facts = [parse(raw[:-1] + mark, "sw1") for raw in stream_frames() if b'"variable_' in raw]
    kinds = [type(fact) for fact in facts if fact is not None]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        LegParked: 12,
        LegHungUp: 12,
        LegsBridged: 6,
        LegsUnbridged: 6,
        LegHeld: 6,
        LegUnheld: 6,
        SoundStarted: 6,
    }
    assert all(fact.is_answered for fact in facts if isinstance(fact, LegHungUp))


def test_a_parked_leg_tells_who_called_whom() -> None:
    raw = said(
        "CHANNEL_PARK",
        Call__Direction="inbound",
        Answer__State="answered",
        variable_fcc_role="customer",
        variable_fcc_dialled="sales",
        Caller__Destination__Number="7001",
        Caller__Caller__ID__Name="Éloïse 東京",
        Caller__Caller__ID__Number="+358401234567",
        variable_sip_refer_to="<sip:200@pbx>",
    )
    assert parse(raw, "sw1") == LegParked(
        call_id=CALL_ID,
        leg_id=LEG,
        at=AT,
        seq=7,
        switch_id="sw1",
        is_inbound=True,
        is_answered=True,
        role="customer",
        caller_number="+358401234567",
        caller_name="Éloïse 東京",
        dialled="sales",
        refer_to="<sip:200@pbx>",
        unmarked=CALLER_MARKS,
    )


def test_an_inbound_leg_tells_which_marks_its_dialplan_forgot() -> None:
    marks = {f"variable_{name}": "as it is there" for name in CALLER_MARKS}
    assert _unmarked(**marks) == ()
    for name in CALLER_MARKS:
        assert _unmarked(**{key: value for key, value in marks.items() if key != f"variable_{name}"}) == (name,)


def test_a_caller_s_name_is_no_mark() -> None:
    assert "rdnis" in _unmarked(Caller__Caller__ID__Name='"variable_rdnis":"x"')


def test_a_leg_that_we_rang_is_marked_by_us_and_not_looked_at() -> None:
    fact = parse(said("CHANNEL_PARK", Call__Direction="outbound"), "sw1")
    assert isinstance(fact, LegParked)
    assert fact.unmarked == ()


def _unmarked(**more: str) -> tuple[str, ...]:
    fact = parse(said("CHANNEL_PARK", Call__Direction="inbound", **more), "sw1")
    assert isinstance(fact, LegParked)
    return fact.unmarked


def test_without_our_mark_the_dialled_number_is_what_the_caller_dialled() -> None:
    fact = parse(said("CHANNEL_PARK", Caller__Destination__Number="7001", Answer__State="ringing"), "sw1")
    assert isinstance(fact, LegParked)
    assert (fact.dialled, fact.is_answered, fact.is_inbound) == ("7001", False, False)


@pytest.mark.parametrize(("direction", "is_told"), [("outbound", True), ("inbound", False), (None, False)])
def test_only_an_outbound_leg_rings(direction: str | None, is_told: bool) -> None:
    fact = parse(said("CHANNEL_PROGRESS_MEDIA", Call__Direction=direction), "sw1")
    assert isinstance(fact, LegRinging) == is_told


def test_an_unbridge_without_its_pair_falls_back_to_the_other_leg() -> None:
    assert parse(said("CHANNEL_UNBRIDGE", Other__Leg__Unique__ID=OTHER), "sw1") == LegsUnbridged(
        call_id=CALL_ID, leg_id=LEG, other_leg_id=OTHER, at=AT, seq=7
    )


@pytest.mark.parametrize(
    ("answered_at", "disposition", "is_answered"),
    [
        ("1795290150000000", None, True),
        ("0", "ANSWER", False),
        (None, "ANSWER", True),
        (None, "RECEIVED", False),
        (None, None, False),
    ],
)
def test_a_leg_was_answered_when_its_own_time_says_so(
    answered_at: str | None, disposition: str | None, is_answered: bool
) -> None:
    raw = said(
        "CHANNEL_HANGUP",
        Hangup__Cause="NO_ANSWER",
        Caller__Channel__Answered__Time=answered_at,
        variable_endpoint_disposition=disposition,
    )
    assert parse(raw, "sw1") == LegHungUp(
        call_id=CALL_ID, leg_id=LEG, at=AT, seq=7, cause="NO_ANSWER", is_answered=is_answered
    )


@pytest.mark.parametrize("cause", [None, "", "no answer", "X" * 99, "A\nB"])
def test_a_cause_that_is_no_word_of_the_switch_is_unknown(cause: str | None) -> None:
    fact = parse(said("CHANNEL_HANGUP", Hangup__Cause=cause), "sw1")
    assert isinstance(fact, LegHungUp)
    assert fact.cause == "UNKNOWN"


def conference(action: str, name: str) -> bytes:
    return said(
        "CUSTOM",
        Event__Subclass="conference::maintenance",
        Action=action,
        Conference__Name=name,
        variable_fcc_call=None,
    )


def test_the_call_of_a_conference_is_in_its_name() -> None:
    joined = parse(conference("add-member", f"fcc-{CALL_ID}"), "sw1")
    assert joined == ConferenceJoined(call_id=CALL_ID, leg_id=LEG, at=AT, seq=7, conference=f"fcc-{CALL_ID}")
    assert isinstance(parse(conference("del-member", f"fcc-{CALL_ID}"), "sw1"), ConferenceLeft)


@pytest.mark.parametrize("name", ["room1", "fcc-", "fcc-room", f"x-fcc-{CALL_ID}", CALL_ID])
def test_a_conference_of_others_is_none_of_our_business(name: str) -> None:
    assert parse(conference("add-member", name), "sw1") is None


@pytest.mark.parametrize("action", ["start-talking", "mute-member", "conference-create", ""])
def test_what_else_happens_in_a_conference_changes_nothing(action: str) -> None:
    assert parse(conference(action, f"fcc-{CALL_ID}"), "sw1") is None


@pytest.mark.parametrize(
    ("command", "body", "reason"),
    [
        ("originate", "-ERR USER_BUSY\n", "USER_BUSY"),
        ("originate", "+OK 11111111-1111-4111-8111-111111111111\n", None),
        ("uuid_bridge", "-ERR Invalid uuid\n", "Invalid uuid"),
        ("uuid_transfer", "-ERR\n", "-ERR"),
        ("uuid_kill", "-USAGE: <uuid> [cause]\n", "-USAGE: <uuid> [cause]"),
        ("uuid_kill", "", "no reason given"),
        ("uuid_bridge", "something new\n", "something new"),
        ("status", "UP 0 years\n", None),
        ("nonsense", "-ERR nonsense Command not found!\n", "nonsense Command not found!"),
    ],
)
def test_only_a_job_that_failed_is_told(command: str, body: str, reason: str | None) -> None:
    raw = frame({"Event-Name": "BACKGROUND_JOB", "Job-UUID": OTHER, "Job-Command": command, "_body": body})
    assert parse(raw, "sw1") == (None if reason is None else JobFailed(job_id=OTHER, reason=reason))


def test_a_job_that_is_not_named_by_a_uuid_is_not_ours() -> None:
    raw = frame({"Event-Name": "BACKGROUND_JOB", "Job-UUID": "fs_cli", "Job-Command": "x", "_body": "-ERR x"})
    assert parse(raw, "sw1") is None


def test_heartbeat_and_shutdown_tell_which_core_speaks() -> None:
    beat = said("HEARTBEAT", Core__UUID=CORE, Session__Count="3")
    assert parse(beat, "sw1") == Heartbeat(core_id=CORE, at=AT, sessions=3)
    assert parse(said("SHUTDOWN", Core__UUID=CORE), "sw1") == SwitchStopping(core_id=CORE)
