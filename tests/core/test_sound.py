"""Music: what may be played to who waits, and why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.center import DEFAULT_MUSIC
from freeswitch_cc.core.attending import FALLBACK_SOUND
from freeswitch_cc.core.sound import check_sound


@pytest.mark.parametrize(
    "text",
    [
        "local_stream://moh",
        "local_stream://Sales_2-night",
        "tone_stream://%(2000,4000,440,480);loops=-1",
        "tone_stream://123;loops=-1",
        "tone_stream://*#0ABCD;loops=-1",
        "tone_stream://v=-20;1(500,100)2;loops=-1",
        FALLBACK_SOUND,
        DEFAULT_MUSIC,
    ],
)
def test_streams_and_tones_for_ever_may_be_played(text: str) -> None:
    assert check_sound(text) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it must be local_stream"),
        (" ", "it must be local_stream"),
        ("moh.wav", "make its directory a local_stream"),
        ("/var/lib/sounds/moh.wav", "a file ends"),
        ("../etc/passwd", "a file ends"),
        ("shout://radio.example/live", "it must be local_stream"),
        ("silence_stream://-1", "it must be local_stream"),
        ("http://x/y", "it must be local_stream"),
        ("file:///etc/passwd", "it must be local_stream"),
        ("local_stream://", "is named by letters"),
        ("local_stream://a b", "is named by letters"),
        ("local_stream://${music}", "is named by letters"),
        ("local_stream://moh\n", "is named by letters"),
        ("tone_stream://%(400,3000,350)", "music must never end"),
        ("tone_stream://%(400,3000,350);loops=3", "music must never end"),
        ("tone_stream://%(400,3000,350);loops=3;loops=-1", "says it once"),
        ("tone_stream://%(400,3000,350);LOOPS=3;loops=-1", "says it once"),
        ("tone_stream://%(400,3000,350);loops=-10", "music must never end"),
        ("tone_stream://path=tones.ttml;loops=-1", "read from a file"),
        ("tone_stream://abc;loops=-1", "without a tone"),
        ("tone_stream://v=12;loops=-1", "without a tone"),
        ("tone_stream://1(0,500);loops=-1", "without a tone"),
        ("tone_stream://123", "music must never end"),
        ("tone_stream://%(1, 2, 3);loops=-1", "without blanks"),
        ("tone_stream://%41;loops=-1", "without blanks"),
        ("tone_stream://{x=y}%(1,2,3);loops=-1", "without blanks"),
        ("tone_stream://%(" + "1" * 400 + ");loops=-1", "longer than"),
    ],
)
def test_what_may_not_be_played_is_told_with_what_would_be_right(text: str, says: str) -> None:
    sentence = check_sound(text)
    assert sentence is not None
    assert says in sentence


@given(
    st.one_of(
        st.text(),
        st.text().map("local_stream://{}".format),
        st.text(alphabet="%(),;=abc019 ${}'\n").map("tone_stream://{};loops=-1".format),
    )
)
def test_nothing_that_may_be_played_holds_a_sign_that_the_switch_takes_apart(text: str) -> None:
    if check_sound(text) is None:
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set(" ${}'\"|!&\\<>")
