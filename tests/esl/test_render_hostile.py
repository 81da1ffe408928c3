"""Hostile text in every field of every command: nothing that is put in changes the shape of what comes out."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from freeswitch_cc.core.commands import (
    Bridge,
    Command,
    DropDeadman,
    ForgetRefer,
    Join,
    Kill,
    Mute,
    Park,
    PickUp,
    Play,
    PushDeadman,
    SendDtmf,
    Unmute,
)
from freeswitch_cc.esl.render import render
from tests.esl.rendered import BASE, CALL, ID, SETTINGS, A, C, originate, text_of

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
