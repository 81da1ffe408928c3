"""Commands to text: each command as the switch wants it, and what is refused by name."""

import re

import pytest

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
    Park,
    PickUp,
    Play,
    PushDeadman,
    SendDtmf,
    Unmute,
)
from freeswitch_cc.core.sound import DONE_TONE, REFUSED_TONE
from freeswitch_cc.esl.render import render
from freeswitch_cc.esl.render_settings import RenderSettings
from tests.esl.rendered import BASE, CALL, ID, SETTINGS, A, C, originate, text_of


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


@pytest.mark.parametrize("names", [(), ("rdnis", "system"), ("x=y;api shutdown",)])
def test_only_marks_of_ours_may_be_set(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="mark"):
        text_of(Mark(**BASE, leg_id=A, names=names, after_ms=1_000))


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
