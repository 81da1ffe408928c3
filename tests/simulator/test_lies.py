"""Faults on purpose: how they are written, and that the same seed tells the same ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.simulator.lies import Liar, Lies, Told
from freeswitch_cc.simulator.subscription import EVENT_NAMES

GOOD = [
    "drop:CHANNEL_HANGUP:0.01",
    "duplicate:*:0.5",
    "duplicate:CHANNEL_PARK:3:200",
    "delay:CHANNEL_BRIDGE:0.25:50-400",
    "reorder:CHANNEL_ANSWER:1.0",
    "reorder:*:0.1:leg",
    "cut:HEARTBEAT:1",
    "refuse:uuid_bridge:0.05",
    "refuse:originate:2:job",
    "refuse:*:0.001",
    "close:after:37",
    "close:middle:0.002:uuid_dump",
    "stall:before:5:sendmsg",
    "close:before:1:connect",
]


def liar(*texts: str, seed: int = 0) -> Liar:
    return Liar(Lies.parse(texts), seed)


# -- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", GOOD)
def test_a_lie_is_written_as_it_was_read(text: str) -> None:
    assert Lies.parse([text]).texts == [text]


def test_whom_they_concern_is_a_word_among_them() -> None:
    assert not Lies.parse(GOOD).to_all
    assert Lies.parse([*GOOD, "to:all"]).texts == [*GOOD, "to:all"]
    assert Lies.parse(["to:all"], to_all=False).to_all
    assert not Lies.parse(["to:engines"], to_all=True).to_all


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "must look like one of drop:EVENT:WHEN, duplicate:"),
        ("forget:CHANNEL_PARK:0.1", "must look like one of drop:EVENT:WHEN, duplicate:"),
        ("drop", "must look like drop:EVENT:WHEN"),
        ("drop:CHANNEL_PARK:0.1:200", "must look like drop:EVENT:WHEN"),
        ("drop:CHANNEL_PRAK:0.1", "'CHANNEL_PRAK' is no event of a switch"),
        ("drop:CHANNEL_PARK:2.5", "must be a chance such as 0.01"),
        ("drop:CHANNEL_PARK:0", "must be a chance such as 0.01"),
        ("drop:CHANNEL_PARK:0.0", "must be a chance such as 0.01"),
        ("drop:CHANNEL_PARK:often", "or a number: 37 is the 37th time"),
        ("delay:CHANNEL_PARK:0.1", "must look like delay:EVENT:WHEN:MS"),
        ("delay:CHANNEL_PARK:0.1:soon", "must be ms such as 200"),
        ("delay:CHANNEL_PARK:0.1:400-50", "the shorter time first"),
        ("delay:CHANNEL_PARK:0.1:0", "more than 0 ms"),
        ("reorder:CHANNEL_PARK:0.1:any", "'any' must be leg, or be left out"),
        ("refuse:uuid bridge:0.1", "must be a command such as uuid_bridge"),
        ("refuse:originate:0.1:later", "'later' must be job, or be left out"),
        ("close:during:37", "'during' must be one of before, after, middle"),
        ("stall:middle:37", "'middle' must be one of before, after"),
    ],
)
def test_a_bad_lie_is_told_with_what_would_be_right(text: str, hint: str) -> None:
    with pytest.raises(ConfigInvalid) as wrong:
        Lies.parse([text])
    assert hint in str(wrong.value)
    assert repr(text) in str(wrong.value)


def test_all_bad_lies_are_told_at_once() -> None:
    with pytest.raises(ConfigInvalid) as wrong:
        Lies.parse(["drop:X:0.1", "drop:CHANNEL_PARK:0.1", "close:now:1"])
    assert len(wrong.value.problems) == 2


@given(st.text(alphabet="dropcutclseayfu:*_.-0123456789CHANNEL", max_size=40))
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        lies = Lies.parse([text])
    except ConfigInvalid:
        return
    assert Lies.parse(lies.texts) == lies


# -- what is told --------------------------------------------------------------------------------


def test_without_lies_nothing_is_told() -> None:
    nobody = liar()
    assert nobody.about_event("CHANNEL_PARK") is None
    assert nobody.about_command(("bgapi", "uuid_bridge")) is None
    assert nobody.about_connection() is None


def test_a_number_is_that_time_only() -> None:
    one = liar("drop:CHANNEL_PARK:3")
    assert [one.about_event("CHANNEL_PARK") for _ in range(5)] == [None, None, Told("drop"), None, None]
    assert one.about_event("CHANNEL_BRIDGE") is None
    assert one.told == {"drop:CHANNEL_PARK:3": 1}


def test_a_chance_comes_up_about_as_often() -> None:
    one = liar("drop:*:0.1")
    dropped = sum(one.about_event("CHANNEL_PARK") is not None for _ in range(10_000))
    assert 900 < dropped < 1100


def test_a_chance_of_one_is_always() -> None:
    one = liar("cut:DTMF:1.0")
    assert all(one.about_event("DTMF") == Told("cut") for _ in range(100))


def test_the_same_seed_tells_the_same_lies_and_another_one_others() -> None:
    def story(seed: int, *more: str) -> list[Told | None]:
        one = liar("delay:CHANNEL_PARK:0.5:50-400", *more, seed=seed)
        return [one.about_event("CHANNEL_PARK") for _ in range(100)]

    assert story(1) == story(1)
    assert story(1) != story(2)
    assert story(1, "drop:CHANNEL_BRIDGE:0.5") == story(1)


def test_a_delay_is_drawn_between_its_ends() -> None:
    one = liar("delay:CHANNEL_PARK:1.0:50-400", "duplicate:DTMF:1.0:200")
    drawn = [told.ms for _ in range(200) if (told := one.about_event("CHANNEL_PARK")) is not None]
    assert all(50 <= ms <= 400 for ms in drawn)
    assert max(drawn) - min(drawn) > 200
    assert one.about_event("DTMF") == Told("duplicate", "", 200.0)


def test_the_first_lie_that_comes_up_is_told_and_the_others_count_on() -> None:
    one = liar("drop:CHANNEL_PARK:2", "cut:CHANNEL_PARK:2", "duplicate:CHANNEL_PARK:3")
    assert [one.about_event("CHANNEL_PARK") for _ in range(3)] == [None, Told("drop"), Told("duplicate")]


def test_commands_are_known_by_both_their_names() -> None:
    one = liar("refuse:uuid_bridge:1.0", "stall:after:1.0:bgapi")
    assert one.about_command(("bgapi", "uuid_bridge")) == Told("refuse")
    assert one.about_command(("bgapi", "uuid_kill")) == Told("stall", "after")
    assert one.about_command(("api", "uuid_kill")) is None


def test_every_command_counts_for_a_lie_about_all_of_them() -> None:
    one = liar("close:after:3")
    told = [one.about_command((name,)) for name in ("filter", "event", "sendmsg", "sendmsg")]
    assert told == [None, None, Told("close", "after"), None]


def test_connections_are_only_concerned_by_name() -> None:
    assert liar("close:before:1.0", "refuse:*:1.0").about_connection() is None
    assert liar("refuse:connect:1").about_connection() == Told("refuse")


def test_every_event_of_the_switch_may_be_lied_about() -> None:
    one = liar("drop:*:1.0")
    assert all(one.about_event(name) == Told("drop") for name in EVENT_NAMES)
