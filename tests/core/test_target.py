"""Where a call may be sent, in words; and what may be announced and recorded."""

import pytest

from freeswitch_cc.core.sound import check_announcement, check_directory, check_recording
from freeswitch_cc.core.target import Target, TargetKind, read_target


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("queue:reserve", TargetKind.QUEUE, "reserve"),
        ("agent:bess@home", TargetKind.AGENT, "bess@home"),
        ("voicemail:sales", TargetKind.VOICEMAIL, "sales"),
        ("number:+358401234567", TargetKind.NUMBER, "+358401234567"),
        ("announcement:/srv/sounds/closed.wav", TargetKind.ANNOUNCEMENT, "/srv/sounds/closed.wav"),
        ("announcement:tone_stream://%(300,100,500)", TargetKind.ANNOUNCEMENT, "tone_stream://%(300,100,500)"),
    ],
)
def test_a_target_is_read_and_written_the_same(text: str, kind: TargetKind, name: str) -> None:
    assert read_target(text) == Target(kind=kind, name=name)
    assert str(read_target(text)) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("number:0401234567", "no number that can be called: it must be a number in full"),
        ("number:+358401234567 &bridge(x)", "no number that can be called"),
        ("reserve", "it must be one of"),
        ("queues:reserve", "did you mean queue"),
        ("queue:", "nothing stands behind"),
        ("announcement:local_stream://moh", "never ends"),
        ("announcement:closed.wav", "absolute path"),
        ("", "it must be one of"),
    ],
)
def test_what_is_no_target_says_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_target(text)


@pytest.mark.parametrize(
    "sound",
    [
        "tone_stream://%(300,100,500);loops=-1",
        "tone_stream://%(300,100,500);loops=0",
        "tone_stream://%(300,100,500);loops=21",
        "tone_stream://%(300,100,500);loops=2;loops=3",
        "tone_stream://%(300,100,500);L=-1",
        "tone_stream://path=/tmp/x",
        "tone_stream://%(0,100,500)",
        "/srv/a b.wav",
        "/srv/../etc/passwd.wav",
        "/srv/${x}.wav",
        "/srv/a.wav\n\nbgapi x",
        "/srv/a.mp3",
        "/srv/a!b.wav",
        "/" + "a" * 300 + ".wav",
        "say:hello",
        "http://x/a.wav",
        "/srv/mod_event_socket/a.wav",
        "",
    ],
)
def test_what_may_not_be_announced(sound: str) -> None:
    assert check_announcement(sound) is not None


@pytest.mark.parametrize(
    "path", ["message.wav", "/var/../a.wav", "/var/a b.wav", "/var/a.mp3", "/var/a.wav 9", "/var/.wav"]
)
def test_what_is_no_place_for_a_message(path: str) -> None:
    assert check_recording(path) is not None


def test_what_is_a_place_for_messages() -> None:
    assert check_recording("/var/lib/fcc/voicemail/0b7c3b6e-0000-4000-8000-000000000000.wav") is None
    assert check_directory("/var/lib/fcc/voicemail") is None
    assert all(check_directory(text) for text in ("var", "/", "/var/", "/var/../x", "/var/a b", "/var/${x}"))
