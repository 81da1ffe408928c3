"""Raw events that are not ours, that callers forge, and bytes that mean nothing: no word of them is believed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.events import LegHeld, LegHungUp, LegParked
from freeswitch_cc.core.switch_events import LegUnreadable
from freeswitch_cc.esl.fields import MAX_TEXT, clean
from freeswitch_cc.esl.parse import parse
from tests.esl.recorded import CALL_ID, events, frame, leg, traces
from tests.esl.said import LEG, OTHER, expected_type, said


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
