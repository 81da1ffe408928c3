"""Commands to text: each command as the switch wants it, and hostile text in every field."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from freeswitch_cc.core.commands import (
    AnswerByTone,
    Bridge,
    Command,
    DropDeadman,
    ForgetRefer,
    Join,
    Kill,
    Mark,
    Mute,
    Originate,
    Park,
    PickUp,
    Play,
    PushDeadman,
    SendDtmf,
    Unmute,
)
from freeswitch_cc.core.sound import DONE_TONE, REFUSED_TONE
from freeswitch_cc.esl.render import MAX_NAME, RenderSettings, caller_name, render

ID = "00000000-0000-4000-8000-000000000001"
CALL = "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"
A = "11111111-1111-4111-8111-111111111111"
C = "22222222-2222-4222-8222-222222222222"
SETTINGS = RenderSettings()
BASE = {"command_id": ID, "switch_id": "sw1", "call_id": CALL}


def originate(**more: object) -> Originate:
    values: dict[str, object] = {"leg_id": A, "role": "agent", "contact": "user/1001@center", "ring_ms": 15_000}
    return Originate(**(BASE | values | more))  # type: ignore[arg-type]


def text_of(command: Command) -> str:
    return render(command, SETTINGS).data.decode()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (Bridge(**BASE, survivor_leg_id=C, other_leg_id=A), f"bgapi uuid_bridge {C} {A}\nJob-UUID: {ID}\n\n"),
        (Park(**BASE, leg_id=A), f"bgapi uuid_transfer {A} park inline\nJob-UUID: {ID}\n\n"),
        (
            Join(**BASE, leg_id=A, conference=f"fcc-{CALL}"),
            f"bgapi uuid_transfer {A} 'conference:fcc-{CALL}@fcc,park' inline\nJob-UUID: {ID}\n\n",
        ),
        (
            Join(**BASE, leg_id=A, other_leg_id=C, conference=f"fcc-{CALL}"),
            f"bgapi uuid_transfer {A} -both 'conference:fcc-{CALL}@fcc,park' inline\nJob-UUID: {ID}\n\n",
        ),
        (Kill(**BASE, leg_id=A), f"bgapi uuid_kill {A} NORMAL_CLEARING\nJob-UUID: {ID}\n\n"),
        (
            Play(**BASE, leg_id=A, sound="local_stream://moh"),
            f"sendmsg {A}\ncall-command: execute\nexecute-app-name: playback\n"
            f"execute-app-arg: local_stream://moh\nEvent-UUID: {ID}\n\n",
        ),
        (
            PushDeadman(**BASE, leg_id=A, after_ms=30_001),
            f"api sched_del {A}\n\napi sched_transfer +31 {A} fcc_orphan XML fcc_deadman\n\n"
            f"api uuid_setvar {A} fcc_orphan_rounds\n\n",
        ),
        (DropDeadman(**BASE, leg_id=A), f"api sched_del {A}\n\n"),
        (PickUp(**BASE, leg_id=A), f"api uuid_phone_event {A} talk\n\n"),
        (Mute(**BASE, leg_id=A), f"api uuid_audio {A} start read mute 1\n\n"),
        (Unmute(**BASE, leg_id=A), f"api uuid_audio {A} stop\n\n"),
        (SendDtmf(**BASE, leg_id=A, digits="12#"), f"api uuid_send_dtmf {A} 12#\n\n"),
        (
            AnswerByTone(**BASE, leg_id=A, is_done=True),
            f"bgapi uuid_transfer {A} 'm:^:sleep:200^playback:{DONE_TONE}^hangup:NORMAL_CLEARING' inline\n"
            f"Job-UUID: {ID}\n\n",
        ),
        (
            AnswerByTone(**BASE, leg_id=A, is_done=False),
            f"bgapi uuid_transfer {A} 'm:^:sleep:200^playback:{REFUSED_TONE}^hangup:NORMAL_CLEARING' inline\n"
            f"Job-UUID: {ID}\n\n",
        ),
        (ForgetRefer(**BASE, leg_id=A), f"api uuid_setvar {A} sip_refer_to\n\n"),
        (
            Mark(**BASE, leg_id=A, names=("rdnis", "api_before_bridge", "api_after_bridge"), after_ms=90_000),
            f"api uuid_setvar_multi {A} rdnis=fcc_rescue;api_before_bridge=sched_del {A};"
            f"api_after_bridge=sched_transfer +90 {A} fcc_orphan XML fcc_deadman\n\n",
        ),
        (
            Mark(**BASE, leg_id=A, names=("api_after_bridge_rounds",), after_ms=90_000),
            f"api uuid_setvar_multi {A} api_after_bridge_rounds=uuid_setvar {A} fcc_orphan_rounds\n\n",
        ),
        (
            Mark(**BASE, leg_id=A, names=("park_after_bridge",), after_ms=90_000),
            f"api uuid_setvar_multi {A} park_after_bridge=true\n\n",
        ),
    ],
)
def test_each_command_is_written_as_the_switch_wants_it(command: Command, text: str) -> None:
    wire = render(command, SETTINGS)
    assert wire.data.decode() == text
    assert wire.replies == text.count("\n\n")


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


@pytest.mark.parametrize("names", [(), ("rdnis", "system"), ("x=y;api shutdown",)])
def test_only_marks_of_ours_may_be_set(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="mark"):
        text_of(Mark(**BASE, leg_id=A, names=names, after_ms=1_000))


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


@pytest.mark.parametrize(
    "sound",
    [
        "local_stream://moh",
        "tone_stream://%(2000,4000,440,480);loops=-1",
    ],
)
def test_music_and_tones_may_be_played(sound: str) -> None:
    assert f"execute-app-arg: {sound}\n" in text_of(Play(**BASE, leg_id=A, sound=sound))


@pytest.mark.parametrize(
    "sound",
    ["", "../etc/passwd", "a\nb", "${x}", "http://x/y", "say:hello", "a b", "tone_stream://%41", "local_stream://A B",
     "shout://x", "a,b", "ivr/8k.wav", "tone_stream://%(400,3000,350)"],
)  # fmt: skip
def test_no_other_sound_may_be_played(sound: str) -> None:
    with pytest.raises(ValueError, match=r"^sound .* may not be played: "):
        render(Play(**BASE, leg_id=A, sound=sound), SETTINGS)


@pytest.mark.parametrize("cause", ["", "BUSSY", "normal_clearing", "NORMAL_CLEARING x"])
def test_a_leg_is_killed_with_a_known_cause_only(cause: str) -> None:
    with pytest.raises(ValueError, match="cause"):
        render(Kill(**BASE, leg_id=A, cause=cause), SETTINGS)


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (originate(contact="loopback/1"), "contact"),
        (originate(role="a=b"), "role"),
        (originate(ring_ms=0), "ring_ms"),
        (originate(call_id="x"), "call_id"),
        (originate(command_id=f"{ID}\n"), "command_id"),
        (Bridge(**BASE, survivor_leg_id=A, other_leg_id=A), "itself"),
        (Bridge(**BASE, survivor_leg_id="-all", other_leg_id=A), "survivor_leg_id"),
        (Bridge(**BASE, survivor_leg_id=A, other_leg_id="-all"), "other_leg_id"),
        (Join(**BASE, leg_id=A, conference="room1"), "fcc-<uuid>"),
        (Join(**BASE, leg_id=A, conference="fcc-x,y"), "conference"),
        (PushDeadman(**BASE, leg_id=A, after_ms=-1), "after_ms"),
        (Play(**BASE, leg_id=A, sound="local_stream://mod_event_socket"), "mod_event_socket"),
        (SendDtmf(**BASE, leg_id=A, digits="1x!"), "digits"),
        (SendDtmf(**BASE, leg_id=A, digits=""), "digits"),
        (SendDtmf(**BASE, leg_id=A, digits="1" * 33), "digits"),
        (SendDtmf(**BASE, leg_id=A, digits="1\n"), "digits"),
        (Mute(**BASE, leg_id="-all"), "leg_id"),
        (AnswerByTone(**BASE, leg_id="-all", is_done=True), "leg_id"),
        (Command(**BASE), "no command"),
    ],
)
def test_what_may_not_be_sent_is_refused_by_name(command: Command, what: str) -> None:
    with pytest.raises(ValueError, match=re.escape(what)):
        render(command, SETTINGS)


def test_a_setting_that_is_no_word_is_refused() -> None:
    with pytest.raises(ValueError, match="conference_profile"):
        RenderSettings(conference_profile="fcc,public")


def test_what_is_said_about_a_command_names_nobody() -> None:
    wire = render(originate(caller_name="Alice", caller_number="0401234567"), SETTINGS)
    assert wire.describe == f"originate {A}"


NASTY = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        ["a\n\napi shutdown", "}", "{", "',", "\\", "${system x}", "a b", "\r\n", "\0", "O'Brien", ":_:", "|", "^^;",
         "reload mod_event_socket", A, f"{A}\n", f" {A}", "\u2028", "\x85", "ＡＢＣ", "undef", ""]
    ),
)  # fmt: skip


def tokens(line: str) -> list[str]:
    """The switch's own splitting at blanks, quotes included (switch_utils.c:2765)."""
    words, quoted = [""], False
    for sign in line:
        if sign == "'":
            quoted = not quoted
        if sign == " " and not quoted:
            words.append("")
        else:
            words[-1] += sign
    assert not quoted, "an apostrophe without its partner"
    return words


def check(command: Command, words: int, lines: int) -> None:
    """Nothing that was put in may change the shape of what comes out."""
    try:
        wire = render(command, SETTINGS)
    except ValueError:
        return
    text = wire.data.decode("utf-8")
    assert text.endswith("\n\n")
    assert text.count("\n\n") == wire.replies
    assert len(re.split(r"[\n\r]", text)) == lines
    assert len(text.splitlines()) == lines - 1, "a sign that somebody takes for a line break"
    assert "${" not in text
    assert "\0" not in text
    assert "\\" not in text
    assert text.count("{") == text.count("}") <= 1
    assert "mod_event_socket" not in text.lower()
    assert len(tokens(text.split("\n", 1)[0])) == words


@given(NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, NASTY, st.integers())
@example(ID, CALL, A, "agent", "user/1@c", "123", "x' ,y=z}", 1)
def test_an_originate_keeps_its_shape_whatever_is_put_into_it(
    command_id: str, call_id: str, leg_id: str, role: str, contact: str, number: str, name: str, ring_ms: int
) -> None:
    hostile = {
        "command_id": command_id,
        "call_id": call_id,
        "leg_id": leg_id,
        "role": role,
        "contact": contact,
        "ring_ms": ring_ms,
    }
    check(originate(**hostile), words=4, lines=4)
    for field, value in hostile.items():  # one at a time too: one refusal must not hide another field
        check(originate(**{field: value}, caller_number=number, caller_name=name), words=4, lines=4)


@given(NASTY)
def test_the_name_is_one_value_of_one_variable(name: str) -> None:
    line = text_of(originate(caller_name=name)).split("\n")[0]
    block = line[line.index("{") + 1 : line.index("}")]
    assert all(pair.count("=") == 1 for pair in block.split(","))


@given(NASTY, NASTY, NASTY, st.integers())
def test_every_other_command_keeps_its_shape_too(one: str, two: str, three: str, number: int) -> None:
    for leg, other, base in ((one, C, BASE), (A, two, BASE), (A, C, BASE | {"command_id": three})):
        check(Bridge(**base, survivor_leg_id=leg, other_leg_id=other), words=4, lines=4)
        check(Park(**base, leg_id=leg), words=5, lines=4)
        check(Kill(**base, leg_id=leg, cause=other), words=4, lines=4)
        check(Kill(**base, leg_id=leg), words=4, lines=4)
        check(Join(**base, leg_id=leg, conference=f"fcc-{other}"), words=5, lines=4)
        check(Join(**base, leg_id=leg, conference=other), words=5, lines=4)
        check(Join(**base, leg_id=A, other_leg_id=leg, conference=f"fcc-{CALL}"), words=6, lines=4)
        check(Play(**base, leg_id=leg, sound=other), words=2, lines=7)
        check(Play(**base, leg_id=leg, sound=f"local_stream://{other}"), words=2, lines=7)
        check(Play(**base, leg_id=leg, sound=f"tone_stream://{two};loops=-1"), words=2, lines=7)
        check(PushDeadman(**base, leg_id=leg, after_ms=number), words=3, lines=7)
        check(DropDeadman(**base, leg_id=leg), words=3, lines=3)
        check(ForgetRefer(**base, leg_id=leg), words=4, lines=3)
        check(PickUp(**base, leg_id=leg), words=4, lines=3)
        check(Mute(**base, leg_id=leg), words=7, lines=3)
        check(Unmute(**base, leg_id=leg), words=4, lines=3)
        check(SendDtmf(**base, leg_id=leg, digits=two), words=4, lines=3)
