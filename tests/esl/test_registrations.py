"""Registered phones, as a switch tells of them: every event as it came, the list, the answer about one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.events import ConferenceJoined, LegParked
from freeswitch_cc.core.phone_events import FeatureDialled, PhoneRegistered, PhoneUnregistered
from freeswitch_cc.core.switch_events import LegUnreadable
from freeswitch_cc.esl.parse import parse
from freeswitch_cc.esl.registrations import contact_of, is_there, phones_in, question
from tests.esl.recorded import CALL_ID
from tests.esl.said import LEG, said

PHONE = "user/u1@127.0.0.1"
# As they came from a real switch: the subclass is the first of all.
_HEAD = {"Event-Name": "CUSTOM", "Core-UUID": "4325c857-c87e-45c5-8c5c-fd85616f82d1", "FreeSWITCH-Hostname": "vm"}
REGISTER = {
    "Event-Subclass": "sofia::register",
    **_HEAD,
    "profile-name": "internal",
    "from-user": "u1",
    "from-host": "127.0.0.1",
    "presence-hosts": "n/a",
    "contact": '"" <sip:answer@127.0.0.1:12003>',
    "call-id": "650dd20fc97c622e@phone",
    "status": "Registered(UDP)",
    "expires": "60",
    "to-user": "u1",
    "to-host": "127.0.0.1",
    "username": "u1",
    "realm": "127.0.0.1",
    "user_name": "u1",
    "domain_name": "127.0.0.1",
}
UNREGISTER = {**REGISTER, "Event-Subclass": "sofia::unregister", "expires": "0"}
EXPIRE = {
    "Event-Subclass": "sofia::expire",
    **_HEAD,
    "profile-name": "internal",
    "call-id": "650dd20fc97c622e@phone",
    "user": "u1",
    "username": "u1",
    "host": "127.0.0.1",
    "contact": '"" <sip:answer@127.0.0.1:12003>',
    "realm": "127.0.0.1",
}


def told(headers: dict[str, Any]) -> object:
    return parse(json.dumps(headers, separators=(",", ":")).encode(), "sw1")


def test_each_says_whose_phone_it_is_in_its_own_words() -> None:
    assert told(REGISTER) == PhoneRegistered(contact=PHONE, call_id="650dd20fc97c622e@phone")
    assert told(UNREGISTER) == PhoneUnregistered(contact=PHONE)
    assert told(EXPIRE) == PhoneUnregistered(contact=PHONE)


def test_an_event_of_a_module_is_read_whichever_of_its_two_names_is_first() -> None:
    """A real switch writes the subclass first, of conferences too."""
    joined = {
        "Event-Subclass": "conference::maintenance",
        "Event-Name": "CUSTOM",
        "Action": "add-member",
        "Conference-Name": f"fcc-{CALL_ID}",
        "Unique-ID": LEG,
        "Event-Date-Timestamp": "1795290150000000",
        "Event-Sequence": "7",
    }
    assert isinstance(told(joined), ConferenceJoined)
    assert isinstance(told(dict(reversed(joined.items())) | {"Event-Name": "CUSTOM"}), LegUnreadable)
    assert isinstance(told({"Event-Name": "CUSTOM", **joined}), ConferenceJoined)
    assert isinstance(told({"Event-Name": "CUSTOM", **REGISTER}), PhoneRegistered)


@pytest.mark.parametrize("name", ["a b", "a'b", "a|b", "${x}", "a/b", "", "a@b", "mod_event_socket", "a\nb"])
def test_of_a_phone_that_no_agent_can_have_nothing_is_said(name: str) -> None:
    assert told({**REGISTER, "from-user": name, "user": name}) is None
    assert contact_of(name, "127.0.0.1") is None
    with pytest.raises(ValueError, match="no contact of a phone"):
        question(f"user/{name}@127.0.0.1")


@pytest.mark.parametrize("subclass", ["sofia::reinvite", "sofia::register_attempt", "conference::cdr", "x"])
def test_other_events_of_modules_say_nothing(subclass: str) -> None:
    assert told({**REGISTER, "Event-Subclass": subclass}) is None


def test_a_name_inside_another_value_is_none() -> None:
    said_by_a_phone = {**REGISTER, "Event-Subclass": "sofia::reinvite", "user-agent": '"sofia::register"'}
    assert told(said_by_a_phone) is None


def test_the_list_names_everybody_who_is_registered_and_no_one_is_no_row() -> None:
    row = {
        "reg_user": "u1",
        "realm": "127.0.0.1",
        "url": "sofia/internal/sip:x@y",
        "expires": "1795333961",
        "token": "c",
    }
    others = [{**row, "reg_user": "u 2"}, {**row, "reg_user": "u3", "token": "d e\0"}, {**row, "token": "f"}]
    listed = {"row_count": 4, "rows": [row, *others]}
    assert phones_in(json.dumps(listed)) == {PHONE: {"c", "f"}, "user/u3@127.0.0.1": {"de"}}
    assert phones_in('{"row_count":0}') == {}


@pytest.mark.parametrize("text", ["", "-USAGE", "[]", '{"rows": 1}', '{"rows": [1]}'])
def test_a_list_that_is_none_is_no_empty_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        phones_in(text)


def test_one_phone_is_asked_for_at_every_profile() -> None:
    assert question(PHONE) == "sofia_contact */u1@127.0.0.1"
    assert is_there("sofia/internal/sip:answer@127.0.0.1:12003")
    assert not is_there("error/user_not_registered")
    assert not is_there("")
    with pytest.raises(ValueError, match="no contact of a phone"):
        question("sofia/internal/u1@127.0.0.1")


# -- feature codes -------------------------------------------------------------------------------

MARKS = {
    "Call-Direction": "inbound",
    "Answer-State": "answered",
    "variable_fcc_role": "feature",
    "variable_fcc_dialled": "*42",
    "variable_user_name": "u1",
    "variable_domain_name": "127.0.0.1",
}


def parked(**more: Any) -> object:
    return parse(
        said("CHANNEL_PARK", **{name.replace("-", "__"): text for name, text in {**MARKS, **more}.items()}), "s"
    )


def test_a_phone_that_dialled_a_code_is_no_leg_of_a_call() -> None:
    assert parked() == FeatureDialled(leg_id=LEG, dialled="*42", phone=PHONE)


def test_who_it_is_says_his_password_and_not_what_his_phone_shows() -> None:
    shown = {"Caller-Caller-ID-Number": "boss", "variable_sip_from_user": "boss", "variable_sip_from_host": "d"}
    assert parked(**shown) == FeatureDialled(leg_id=LEG, dialled="*42", phone=PHONE)
    assert parked(variable_user_name="", **shown) == FeatureDialled(leg_id=LEG, dialled="*42", phone="")


def test_only_a_phone_that_calls_us_can_dial_a_code() -> None:
    assert isinstance(parked(**{"Call-Direction": "outbound"}), LegParked)
    assert isinstance(parked(variable_fcc_role="customer"), LegParked)


@given(st.dictionaries(st.sampled_from(sorted(MARKS)), st.text(max_size=20)))
def test_whatever_stands_in_them_is_read_or_told_to_be_unreadable(more: dict[str, str]) -> None:
    assert isinstance(parked(**more), FeatureDialled | LegParked | LegUnreadable)
