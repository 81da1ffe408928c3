"""What a dump of a channel says about where the leg is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.events import Sight
from freeswitch_cc.core.words import Seen
from freeswitch_cc.esl.marks import CALLER_MARKS
from freeswitch_cc.esl.sight import sight_of
from tests.esl.recorded import leg, rows

LEG = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"


def dump(**more: str) -> str:
    said: dict[str, Any] = {
        "Event-Name": "CHANNEL_DATA",
        "Unique-ID": LEG,
        "Event-Date-Timestamp": "1795290233517208",
        "Event-Sequence": "70749",
        "Channel-State": "CS_EXECUTE",
        "Channel-Call-State": "ACTIVE",
        "Answer-State": "answered",
    }
    return json.dumps(said | {key.replace("__", "-"): value for key, value in more.items()})


def seen(**more: str) -> str:
    sight = sight_of(dump(**more), LEG)
    assert sight is not None
    return sight.seen


def test_the_recorded_dump_of_a_waiting_caller_says_parked() -> None:
    [reply] = [row["reply"] for row in rows("t24") if "uuid_dump" in row.get("text", "")]
    reply = reply[: reply.rindex(',"')] + "}"  # the recorder cut it at 6,000 characters
    sight = sight_of(reply.replace('"CALLER"', f'"{leg("CALLER")}"'), leg("CALLER"))
    assert (sight.seen, sight.seq) == ("parked", 70749)
    assert sight.at is not None
    assert sight.at.isoformat() == "2026-11-21T19:43:53.517208+00:00"


def test_a_leg_that_the_switch_does_not_know_is_gone() -> None:
    [reply] = [row["reply"] for row in rows("t20") if "uuid_dump" in row.get("text", "")]
    assert sight_of(reply, LEG) == Sight(leg_id=LEG, seen="gone")


def test_the_words_are_those_of_the_core() -> None:
    assert {"gone", "with", "dialing", "ringing", "parked", "in_conference", "lost"} <= {str(word) for word in Seen}


@pytest.mark.parametrize(
    ("call_state", "answer_state", "word"),
    [("DOWN", "ringing", "dialing"), ("RINGING", "ringing", "ringing"), ("EARLY", "early", "ringing")],
)
def test_a_phone_rings_once_it_has_said_so(call_state: str, answer_state: str, word: str) -> None:
    common = {"Channel__State": "CS_CONSUME_MEDIA", "Answer__State": answer_state, "Channel__Call__State": call_state}
    assert seen(**common, Call__Direction="outbound") == word
    assert seen(**common, Call__Direction="inbound") == "ringing"


def test_a_bridged_leg_is_with_its_partner_whatever_application_it_once_ran() -> None:
    for application in ("park", "playback", "conference"):
        sight = sight_of(
            dump(
                Channel__State="CS_EXCHANGE_MEDIA",
                variable_bridge_to=OTHER,
                variable_current_application=application,
                variable_conference_name="fcc-x",
            ),
            LEG,
        )
        assert (sight.seen, sight.other_leg_id, sight.conference) == ("with", OTHER, None)


def test_the_partner_that_goes_stale_is_not_believed() -> None:
    assert seen(variable_bridge_uuid=OTHER, variable_signal_bond=OTHER, Channel__State="CS_PARK") == "parked"


def test_a_handset_that_holds_its_partner_is_seen_to_hold() -> None:
    assert sight_of(dump(variable_bridge_to=OTHER, Channel__Call__State="HELD"), LEG).is_holding
    assert not sight_of(dump(variable_bridge_to=OTHER), LEG).is_holding


@pytest.mark.parametrize("application", ["park", "playback"])
def test_music_over_park_is_parked(application: str) -> None:
    assert seen(variable_current_application=application, Caller__Destination__Number="7001") == "parked"


@pytest.mark.parametrize("application", ["park", "playback", "conference", "uuid_bridge"])
def test_a_leg_that_the_switch_parked_itself_is_parked_whatever_it_ran_before(application: str) -> None:
    assert (
        seen(Channel__State="CS_PARK", variable_current_application=application, variable_conference_name="x")
        == "parked"
    )


def test_a_member_of_a_conference_is_in_it() -> None:
    sight = sight_of(dump(variable_current_application="conference", variable_conference_name="fcc-1"), LEG)
    assert (sight.seen, sight.conference) == ("in_conference", "fcc-1")


@pytest.mark.parametrize("state", ["ringing", "early"])
def test_a_leg_without_an_answer_rings(state: str) -> None:
    assert seen(Answer__State=state, Channel__State="CS_CONSUME_MEDIA") == "ringing"


@pytest.mark.parametrize(
    "more",
    [
        {"Channel__State": "CS_HIBERNATE", "variable_current_application": "park"},  # limbo, E1
        {"Channel__State": "CS_SOFT_EXECUTE", "variable_current_application": "playback"},  # E8
        {"variable_current_application": "playback", "Caller__Context": "fcc_deadman"},
        {"variable_current_application": "playback", "Caller__Context": "fcc_fallback", "Caller__Dialplan": "XML"},
        {"variable_current_application": "conference"},
        {"variable_current_application": "answer"},
        {"Answer__State": "something new"},
    ],
)
def test_what_is_alive_and_nowhere_that_we_know_is_lost(more: dict[str, str]) -> None:
    assert seen(**more) == "lost"


def test_a_customer_whom_we_parked_after_the_dead_man_had_him_is_parked() -> None:
    was_orphan = {"Caller__Destination__Number": "fcc_orphan", "Caller__Dialplan": "inline"}
    for context in ("fcc", "fcc_deadman"):
        assert seen(variable_current_application="park", Caller__Context=context, **was_orphan) == "parked"


def test_a_customer_whom_a_handset_has_referred_to_the_name_of_the_dead_man_is_not_with_the_dead_man() -> None:
    referred = {"Caller__Destination__Number": "fcc_orphan", "Caller__Context": "fcc", "Caller__Dialplan": "XML"}
    assert seen(variable_current_application="park", **referred) == "parked"


def test_who_was_parked_out_of_the_fallback_is_parked() -> None:
    parked = {"Caller__Context": "fcc_fallback", "Caller__Dialplan": "inline"}
    assert seen(variable_current_application="park", **parked) == "parked"


def test_a_dump_tells_what_a_caller_s_dialplan_forgot_and_whom_a_handset_referred() -> None:
    marks = {f"variable_{name}": "as it is there" for name in CALLER_MARKS}
    for name in CALLER_MARKS:
        others = {key: value for key, value in marks.items() if key != f"variable_{name}"}
        sight = sight_of(dump(Call__Direction="inbound", variable_sip_refer_to="<sip:9@x>", **others), LEG)
        assert (sight.unmarked, sight.refer_to) == ((name,), "<sip:9@x>")
    sight = sight_of(dump(Call__Direction="inbound", **marks), LEG)
    assert (sight.unmarked, sight.refer_to) == ((), "")


def test_a_leg_that_we_rang_lacks_no_caller_s_mark() -> None:
    assert sight_of(dump(Call__Direction="outbound"), LEG).unmarked == ()


@pytest.mark.parametrize("more", [{"Answer__State": "hangup"}, {"Channel__State": "CS_REPORTING"}])
def test_a_leg_that_is_just_ending_is_gone(more: dict[str, str]) -> None:
    assert seen(variable_bridge_to=OTHER, **more) == "gone"


@given(st.one_of(st.text(), st.just(dump()).map(lambda text: text[:-3]), st.sampled_from(["", "-ERR", "[]", "{}"])))
def test_a_dump_that_cannot_be_read_says_nothing_and_raises_nothing(reply: str) -> None:
    assert sight_of(reply, LEG) is None


@pytest.mark.parametrize(
    "more", [{"Unique__ID": OTHER}, {"Event__Date__Timestamp": ""}, {"variable_bridge_to": "nobody"}]
)
def test_a_dump_of_another_leg_or_of_no_time_says_nothing(more: dict[str, str]) -> None:
    assert sight_of(dump(**more), LEG) is None
