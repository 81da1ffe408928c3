"""How a leg's end is told: the causes that the switch does not say in words."""

import json

import pytest

from freeswitch_cc.core.events import BLIND_TRANSFER, LegHungUp
from freeswitch_cc.esl.parse import parse

CALL = "11111111-1111-4111-8111-111111111111"
LEG = "22222222-2222-4222-8222-222222222222"


@pytest.mark.parametrize(("disposition", "cause"), [("ANSWER", "NORMAL_CLEARING"), ("BLIND_TRANSFER", BLIND_TRANSFER)])
def test_who_leaves_by_his_own_refer_has_not_hung_up(disposition: str, cause: str) -> None:
    said = (
        f'{{"Event-Name":"CHANNEL_HANGUP","Unique-ID":"{LEG}","variable_fcc_call":"{CALL}",'
        '"Event-Date-Timestamp":"1795290150000000","Event-Sequence":"7","Hangup-Cause":"NORMAL_CLEARING",'
        f'"variable_endpoint_disposition":"{disposition}"}}'
    )
    event = parse(said.encode(), "switch")
    assert isinstance(event, LegHungUp)
    assert event.cause == cause


@pytest.mark.parametrize(
    ("channel", "status", "is_by_phone"),
    [
        ("sofia/internal/ann@center.example", "200", True),
        ("sofia/gateway/carrier/+358401234567", "486", True),
        ("sofia/internal/ann@center.example", None, False),
        ("verto.rtc/ann", None, True),  # of no SIP leg it is known
        ("", None, True),
    ],
)
def test_a_sip_leg_says_whether_its_phone_has_hung_up(channel: str, status: str | None, is_by_phone: bool) -> None:
    said = {
        "Event-Name": "CHANNEL_HANGUP",
        "Unique-ID": LEG,
        "variable_fcc_call": CALL,
        "Event-Date-Timestamp": "1795290150000000",
        "Hangup-Cause": "NORMAL_CLEARING",
        "Channel-Name": channel,
    } | ({"variable_sip_term_status": status} if status else {})
    event = parse(json.dumps(said, separators=(",", ":")).encode(), "switch")
    assert isinstance(event, LegHungUp)
    assert event.is_by_phone is is_by_phone


@pytest.mark.parametrize(("call_state", "was_holding"), [("UNHELD", True), ("HELD", True), ("ACTIVE", False)])
def test_an_end_says_whether_the_handset_held_until_then(call_state: str, was_holding: bool) -> None:
    said = {
        "Event-Name": "CHANNEL_HANGUP",
        "Unique-ID": LEG,
        "variable_fcc_call": CALL,
        "Event-Date-Timestamp": "1795290150000000",
        "Hangup-Cause": "NORMAL_CLEARING",
        "Channel-Call-State": call_state,
    }
    event = parse(json.dumps(said, separators=(",", ":")).encode(), "switch")
    assert isinstance(event, LegHungUp)
    assert event.was_holding is was_holding
