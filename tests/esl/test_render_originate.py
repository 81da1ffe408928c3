"""An originate as text: its marks, its limits, and what is kept of the numbers and names of callers."""

import pytest

from freeswitch_cc.esl.render import render
from freeswitch_cc.esl.render_originate import MAX_NAME, caller_name
from freeswitch_cc.esl.render_settings import RenderSettings
from tests.esl.rendered import CALL, ID, SETTINGS, A, originate, text_of


def test_an_originate_carries_every_mark_and_goes_to_park() -> None:
    text = text_of(originate(caller_number="+358401234567", caller_name="Éloïse O'Brien", ring_ms=15_001))
    assert text == (
        f"bgapi originate {{origination_uuid={A},fcc_call={CALL},fcc_role=agent,park_after_bridge=true,"
        "uuid_bridge_park_on_cancel=true,rdnis=fcc_rescue,"
        "hangup_after_bridge=false,hold_hangup_xfer_exten=park:inline,hangup_after_conference=false,"
        "conference_controls=none,max_session_transfers=1000000,force_transfer_context=fcc,"
        "force_transfer_dialplan=XML,ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=17,"
        "playback_terminators=none,media_timeout=60000,media_hold_timeout=3600000,"
        "origination_caller_id_number=+358401234567,origination_caller_id_name='Éloïse O Brien'}"
        f"user/1001@center &park\nJob-UUID: {ID}\n\n"
    )


def test_a_customer_who_is_called_has_a_caller_s_marks_a_rescue_and_a_limit() -> None:
    contact = "sofia/gateway/carrier/358401234567"
    text = text_of(originate(role="customer", contact=contact, deadman_ms=90_000, limit_ms=7_200_000))
    for written in (
        "park_after_bridge=true",
        "deny_refer_requests=true",
        "hold_music=silence",
        f"api_before_bridge='sched_del {A}'",
        f"api_after_bridge='sched_transfer +90 {A} fcc_orphan XML fcc_deadman'",
        f"api_after_bridge_rounds='uuid_setvar {A} fcc_orphan_rounds'",
        f"api_on_answer='sched_transfer +5 {A} fcc_orphan XML fcc_deadman'",
        f"api_on_answer_limit='sched_api +7200 fcc-limit-{A} uuid_kill {A} ALLOTTED_TIMEOUT'",
        f"api_hangup_hook='sched_del fcc-limit-{A}'",
    ):
        assert f",{written}," in text.replace("}", ",}"), written
    assert text.endswith(f"}}{contact} &park\nJob-UUID: {ID}\n\n")


def test_an_agent_s_phone_that_costs_money_has_a_limit_and_no_rescue() -> None:
    text = text_of(originate(contact="sofia/gateway/carrier/0612345678", limit_ms=7_200_000))
    assert f",api_on_answer_limit='sched_api +7200 fcc-limit-{A} uuid_kill {A} ALLOTTED_TIMEOUT'," in text
    assert f",api_hangup_hook='sched_del fcc-limit-{A}'}}sofia/gateway/carrier/0612345678 &park" in text


def test_a_number_that_is_called_for_a_caller_is_not_rescued_but_ended_when_it_is_alone() -> None:
    contact = "sofia/gateway/carrier/358401234567"
    text = text_of(originate(role="target", contact=contact, deadman_ms=90_000, limit_ms=7_200_000))
    for written in (
        "fcc_role=target",
        "park_after_bridge=true",
        "deny_refer_requests=true",
        f"api_before_bridge='sched_del fcc-alone-{A}'",
        f"api_after_bridge='sched_api +90 fcc-alone-{A} uuid_kill {A} NORMAL_TEMPORARY_FAILURE'",
        f"api_on_answer='sched_api +90 fcc-alone-{A} uuid_kill {A} NORMAL_TEMPORARY_FAILURE'",
        f"api_on_answer_limit='sched_api +7200 fcc-limit-{A} uuid_kill {A} ALLOTTED_TIMEOUT'",
        f"api_hangup_hook='sched_del fcc-limit-{A}'",
    ):
        assert f",{written}," in text.replace("}", ",}"), written
    assert "fcc_orphan" not in text


def test_without_a_limit_there_is_none_and_an_agent_s_leg_has_neither() -> None:
    text = text_of(originate(role="customer", deadman_ms=90_000))
    assert "api_on_answer='" in text
    assert "limit" not in text
    assert "api_" not in text_of(originate())


@pytest.mark.parametrize(
    "contact",
    [
        "sofia/gateway/carrier/358401234567,user/1001@x",
        "sofia/gateway/carrier/358401234567|sofia/x/y",
        "sofia/gateway/carrier/${hostname}",
        "sofia/gateway/car rier/358401234567",
        "sofia/gateway/carrier/358401234567@evil.example",
        "sofia/gateway/carrier/358401234567;fs_path=x",
        "sofia/gateway//358401234567",
    ],
)
def test_a_number_that_is_more_than_a_number_is_never_called(contact: str) -> None:
    with pytest.raises(ValueError, match="contact"):
        render(originate(role="customer", contact=contact, deadman_ms=90_000, limit_ms=1_000), SETTINGS)


def test_a_phone_that_is_to_pick_up_by_itself_is_told_so_and_no_other() -> None:
    assert ",sip_auto_answer=true,sip_auto_answer_suppress_notify=true}" in text_of(originate(is_auto_answer=True))
    assert "sip_auto_answer" not in text_of(originate())


def test_media_timers_of_zero_are_left_out() -> None:
    settings = RenderSettings(media_timeout_ms=0, media_hold_timeout_ms=0)
    assert b"media_" not in render(originate(), settings).data.replace(b"early_media", b"")


@pytest.mark.parametrize("number", ["", "anonymous", "+", "1" * 33, "0301|0302", "${x}", "٣٤", "123\n"])
def test_a_number_that_is_no_number_is_left_out(number: str) -> None:
    assert "origination_caller_id_number" not in text_of(originate(caller_number=number))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Éloïse", "Éloïse"),
        ("E\u0301loise", "Éloise"),
        ("東京 支店", "東京 支店"),
        ("O'Brien, {Bob}", "O Brien Bob"),
        ("unload mod_event_socket", "unload mod event socket"),
        ("a\n\napi shutdown", "a api shutdown"),
        ("${system rm}", "system rm"),
        ("'''", ""),
        ("x" * 100, "x" * MAX_NAME),
        ("   ", ""),
    ],
)
def test_of_a_name_only_what_cannot_harm_is_kept(name: str, kept: str) -> None:
    assert caller_name(name) == kept
    assert ("origination_caller_id_name" in text_of(originate(caller_name=name))) == bool(kept)


def test_what_is_said_about_a_command_names_nobody() -> None:
    wire = render(originate(caller_name="Alice", caller_number="0401234567"), SETTINGS)
    assert wire.describe == f"originate {A}"
