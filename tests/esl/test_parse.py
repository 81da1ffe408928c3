"""Raw events to typed facts: what a real switch said, what callers try, and bytes that mean nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.events import (
    ConferenceJoined,
    ConferenceLeft,
    Heartbeat,
    JobFailed,
    LegHeld,
    LegHungUp,
    LegParked,
    LegRinging,
    LegsBridged,
    LegsUnbridged,
    LegUnheld,
    LegUnreadable,
    SoundStarted,
    SwitchStopping,
)
from freeswitch_cc.esl.fields import MAX_TEXT, clean
from freeswitch_cc.esl.parse import parse
from tests.esl.recorded import CALL_ID, EPOCH_US, events, frame, leg, stream_frames, traces

LEG = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
CORE = "4325c857-c87e-45c5-8c5c-fd85616f82d1"
AT = datetime(2026, 11, 21, 19, 42, 30, tzinfo=UTC)


def said(name: str, **more: Any) -> bytes:
    """A minimal event of our leg; a name's `__` stands for a hyphen."""
    headers: dict[str, Any] = {
        "Event-Name": name,
        "Unique-ID": LEG,
        "Event-Date-Timestamp": str(EPOCH_US),
        "Event-Sequence": "7",
        "variable_fcc_call": CALL_ID,
    }
    for key, value in more.items():
        headers[key.replace("__", "-")] = value
    return frame({key: value for key, value in headers.items() if value is not None})


EXPECTED = {
    "CHANNEL_PARK": LegParked,
    "CHANNEL_BRIDGE": LegsBridged,
    "CHANNEL_UNBRIDGE": LegsUnbridged,
    "CHANNEL_HOLD": LegHeld,
    "CHANNEL_UNHOLD": LegUnheld,
    "CHANNEL_HANGUP": LegHungUp,
    "PLAYBACK_START": SoundStarted,
}


def expected_type(headers: dict[str, Any]) -> type | None:
    name = headers["Event-Name"]
    if name in ("CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA"):
        return LegRinging if headers["Call-Direction"] == "outbound" else None
    if name == "CUSTOM":
        return {"add-member": ConferenceJoined, "del-member": ConferenceLeft}.get(headers.get("Action", ""))
    if name == "BACKGROUND_JOB":
        return None if headers["_body"].startswith("+OK") else JobFailed
    return EXPECTED.get(name)


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
            assert fact.cause == headers["Hangup-Cause"]
            assert fact.is_answered == (headers.get("variable_endpoint_disposition") == "ANSWER")


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
    )


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


def test_a_leg_without_our_mark_is_a_foreign_call() -> None:
    assert parse(said("CHANNEL_PARK", variable_fcc_call=None), "sw1") is None


def test_a_call_id_in_capitals_is_the_same_call() -> None:
    fact = parse(said("CHANNEL_HOLD", variable_fcc_call=CALL_ID.upper()), "sw1")
    assert isinstance(fact, LegHeld)
    assert fact.call_id == CALL_ID


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"variable_fcc_call": "1 OR 1=1"}, "variable_fcc_call is no UUID"),
        ({"variable_fcc_call": CALL_ID + "\n"}, "variable_fcc_call is no UUID"),
        ({"Event__Date__Timestamp": None}, "Event-Date-Timestamp is no instant"),
        ({"Event__Date__Timestamp": "9" * 18}, "Event-Date-Timestamp is no instant"),
        ({"Event__Date__Timestamp": "²"}, "Event-Date-Timestamp is no instant"),
    ],
)
def test_a_fact_that_cannot_be_trusted_is_refused_and_its_leg_is_named(more: dict[str, Any], why: str) -> None:
    assert parse(said("CHANNEL_HOLD", **more), "sw1") == LegUnreadable(leg_id=LEG, why=why)


@pytest.mark.parametrize("bad", ["", "CALLER", LEG.upper().replace("1", "A"), f"{LEG} "])
def test_a_leg_that_is_not_named_by_a_uuid_is_refused(bad: str) -> None:
    assert parse(said("CHANNEL_HOLD", Unique__ID=bad), "sw1") == LegUnreadable(leg_id=None, why="a leg's id is no UUID")


def test_a_leg_bridged_with_itself_is_refused() -> None:
    raw = said("CHANNEL_BRIDGE", Bridge__A__Unique__ID=LEG, Bridge__B__Unique__ID=LEG)
    assert isinstance(parse(raw, "sw1"), LegUnreadable)


@pytest.mark.parametrize("name", ["Bob\nUnique-ID: forged", "Bob%0AUnique-ID: forged", 'Bob","Unique-ID":"forged'])
def test_a_forged_header_in_a_name_stays_in_the_name(name: str) -> None:
    fact = parse(said("CHANNEL_PARK", Caller__Caller__ID__Name=name), "sw1")
    assert isinstance(fact, LegParked)
    assert fact.leg_id == LEG
    assert fact.caller_name == name.replace("\n", "")


def test_one_latin_1_byte_does_not_hide_a_call() -> None:
    raw = said("CHANNEL_PARK", Caller__Caller__ID__Name="El@ise").replace(b"@", b"\xe9")
    fact = parse(raw, "sw1")
    assert isinstance(fact, LegParked)
    assert fact.caller_name == "El\ufffdise"


def test_raw_control_characters_anywhere_in_the_frame_are_tolerated() -> None:
    raw = said("CHANNEL_PARK", Caller__Caller__ID__Name="a@b", variable_x="c@d").replace(b"@", b"\x01")
    fact = parse(raw, "sw1")
    assert isinstance(fact, LegParked)
    assert fact.caller_name == "ab"


@pytest.mark.parametrize("name", ["a\0b", "a\u2028b", "a\x85b", "a\ud800b"])
def test_what_a_database_cannot_store_never_comes_through(name: str) -> None:
    fact = parse(said("CHANNEL_PARK", Caller__Caller__ID__Name=name), "sw1")
    assert isinstance(fact, LegParked)
    assert fact.caller_name == "ab"


def test_a_display_name_that_the_switch_takes_for_a_list_is_still_a_name() -> None:
    fact = parse(said("CHANNEL_PARK", Caller__Caller__ID__Name=["a", "b"]), "sw1")
    assert isinstance(fact, LegParked)
    assert fact.caller_name == "a"


def test_an_endless_name_is_cut() -> None:
    fact = parse(said("CHANNEL_PARK", Caller__Caller__ID__Name="x" * 100_000), "sw1")
    assert isinstance(fact, LegParked)
    assert fact.caller_name == "x" * MAX_TEXT


def test_a_frame_cut_short_names_the_leg_that_must_be_looked_at() -> None:
    raw = said("CHANNEL_PARK")[:-1]
    assert parse(raw, "sw1") == LegUnreadable(leg_id=LEG, why="it is no JSON")


def test_a_leg_id_inside_a_name_is_not_dug_out() -> None:
    raw = said("CHANNEL_PARK", Unique__ID="", Caller__Caller__ID__Name=f'","Unique-ID":"{OTHER}"')[:-1]
    assert parse(raw, "sw1") == LegUnreadable(leg_id=None, why="it is no JSON")


@given(st.text())
def test_a_cleaned_text_fits_everywhere(text: str) -> None:
    kept = clean(text)
    assert len(kept) <= MAX_TEXT
    kept.encode("utf-8")
    assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in kept)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    for head in (
        b"",
        b'{"Event-Name":"',
        b'{"Event-Name":"CHANNEL_PARK"',
        b'{"Event-Name":"CUSTOM","Action":"-member"',
    ):
        parse(head + raw, "sw1")


MUTABLE = [frame(headers) for trace in traces()[:16] for headers in events(trace) if expected_type(headers)]


@given(st.data())
def test_no_mutation_of_a_real_frame_makes_it_raise(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(MUTABLE)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        how = data.draw(st.sampled_from(("set", "delete", "insert", "cut")))
        if how == "set":
            raw[at] = data.draw(st.integers(0, 255))
        elif how == "delete":
            del raw[at : at + data.draw(st.integers(1, 40))]
        elif how == "insert":
            raw[at:at] = data.draw(st.binary(max_size=20))
        else:
            del raw[at:]
        if not raw:
            break
    parse(bytes(raw), "sw1")


@given(st.dictionaries(st.sampled_from(["Unique-ID", "variable_fcc_call", "Event-Date-Timestamp", "Hangup-Cause"]),
                       st.one_of(st.none(), st.text(), st.integers(), st.lists(st.text()), st.just([[]]))))  # fmt: skip
def test_no_value_of_any_type_makes_it_raise(values: dict[str, Any]) -> None:
    raw = json.dumps({"Event-Name": "CHANNEL_HANGUP"} | values, separators=(",", ":")).encode()
    fact = parse(raw, "sw1")
    assert fact is None or isinstance(fact, LegHungUp | LegUnreadable)


def test_the_legs_of_a_trace_are_the_legs_of_its_facts() -> None:
    parked = [fact for fact in (parse(frame(one), "sw1") for one in events("t43")) if isinstance(fact, LegParked)]
    assert {leg("CALLER"), leg("AGENT")} <= {fact.leg_id for fact in parked}
