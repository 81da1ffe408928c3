"""Framing by bytes, without a socket."""

from contextlib import suppress
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.esl.frames import Frame, FrameBroken, Framer
from tests.esl.server import api_reply, event, reply

KINDS = {"event": event, "api": api_reply, "reply": lambda body: reply(body.hex())}


def cut(stream: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(one % (len(stream) + 1) for one in at), len(stream)]
    return [stream[one:two] for one, two in pairwise(edges)]


@given(
    st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.binary(max_size=200)), min_size=1, max_size=8),
    st.lists(st.integers(min_value=0), max_size=12),
)
def test_however_the_stream_is_cut_the_same_frames_come_out(frames: list[tuple[str, bytes]], at: list[int]) -> None:
    stream = reply("first") + b"".join(KINDS[kind](body) for kind, body in frames)
    got: list[object] = []
    framer = Framer(got.append, got.append)
    for chunk in cut(stream, at):
        framer.feed(chunk)
    assert framer.held_bytes == 0
    assert [one if isinstance(one, bytes) else one.text if kind == "reply" else one.body  # type: ignore[attr-defined]
            for one, (kind, _) in zip(got[1:], frames, strict=True)] == [
        body.hex() if kind == "reply" else body for kind, body in frames
    ]  # fmt: skip


@given(st.lists(st.binary(max_size=100), max_size=10))
def test_no_bytes_make_it_fail_with_anything_but_frame_broken(chunks: list[bytes]) -> None:
    framer = Framer(lambda raw: None, lambda frame: None)
    with suppress(FrameBroken):
        for chunk in chunks:
            framer.feed(chunk)


def test_headers_may_come_in_any_order_and_an_event_is_still_an_event() -> None:
    got: list[object] = []
    Framer(got.append, got.append).feed(b"Content-Type: text/event-json\nContent-Length: 2\n\n{}")
    assert got == [b"{}"]


def test_a_forged_header_in_a_value_stays_in_its_value() -> None:
    got: list[Frame] = []
    framer = Framer(lambda raw: None, got.append)
    framer.feed(b"Content-Type: command/reply\nReply-Text: -ERR Bob%0AContent-Length: 9\n\n")
    framer.feed(b"Content-Type: command/reply\nReply-Text: next\n\n")
    assert [frame.text for frame in got] == ["-ERR Bob%0AContent-Length: 9", "next"]


def test_the_first_of_two_lengths_counts() -> None:
    got: list[Frame] = []
    framer = Framer(lambda raw: None, got.append)
    framer.feed(b"Content-Type: api/response\nContent-Length: 2\nContent-Length: 0\n\nab" + reply("next"))
    assert [frame.text for frame in got] == ["ab", "next"]
