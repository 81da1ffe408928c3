"""What a peer sends by itself on one Event Socket connection: whole, cut, broken, too much, and the end."""

from collections.abc import Iterator

import gevent
import pytest
from gevent.event import AsyncResult, Event

from freeswitch_cc.esl.wire import Wire
from tests.esl.server import (
    Peer,
    answering,
    api_reply,
    connected,
    event,
    listening,
    reply,
    within,
)


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    with within(20):
        yield


def test_frames_survive_being_cut_and_glued_in_packets() -> None:
    bodies = [b'{"Event-Name":"HEARTBEAT","n":"%d"}' % number for number in range(3)]
    stream = event(bodies[0]) + reply("+OK") + event(bodies[1]) + event(bodies[2])

    def script(peer: Peer) -> None:
        peer.sock.setsockopt(6, 1, 1)  # TCP_NODELAY: one packet a write
        peer.welcome()
        peer.read()
        for at in range(len(stream)):
            peer.write(stream[at : at + 1])
            gevent.sleep(0)
        peer.read()
        peer.write(stream)
        peer.wait_for_end()

    got: list[bytes] = []
    with listening(script) as port:
        connection = connected(port, on_event=got.append)
        assert connection.send(Wire(b"noop\n\n", 1, "one byte a packet")) == ["+OK"]
        assert connection.send(Wire(b"noop\n\n", 1, "all in one packet")) == ["+OK"]
        connection.close()
    assert got[:4] == [*bodies, bodies[0]]


def test_the_body_of_a_job_stays_a_body() -> None:
    done: AsyncResult[bytes] = AsyncResult()
    job = {"Event-Name": "BACKGROUND_JOB", "Job-UUID": "x", "_body": "-ERR NO_ANSWER\nUnique-ID: forged\n\n"}

    def script(peer: Peer) -> None:
        peer.welcome()
        peer.write(event(job))
        peer.wait_for_end()

    with listening(script) as port:
        connected(port, on_event=done.set)
        raw = done.get(timeout=2)
    assert raw.count(b"\n") == 0
    assert b"-ERR NO_ANSWER\\nUnique-ID: forged" in raw


def test_a_reply_body_in_latin_1_is_read_by_its_length_in_bytes() -> None:
    with listening(answering({"api one": api_reply(b"\xe9\xe9"), "api two": api_reply("two")})) as port:
        connection = connected(port)
        assert connection.api("one") == "\ufffd\ufffd"
        assert connection.api("two") == "two"


def test_the_reader_survives_a_handler_that_raises() -> None:
    got: list[bytes] = []

    def handler(raw: bytes) -> None:
        got.append(raw)
        raise RuntimeError("a mistake in the engine")

    def script(peer: Peer) -> None:
        peer.welcome()
        peer.write(event(b"{}") + event(b"[]"))
        peer.read()
        peer.write(api_reply("still here"))
        peer.wait_for_end()

    with listening(script) as port:
        connection = connected(port, on_event=handler)
        assert connection.api("status") == "still here"
    assert got == [b"{}", b"[]"]


BROKEN = {
    "an oversized event": (b"Content-Length: 99999999\nContent-Type: text/event-json\n\n", "99999999 bytes"),
    "an oversized reply": (b"Content-Type: api/response\nContent-Length: 99999999\n\n", "99999999 bytes"),
    "a length that is no number": (b"Content-Type: api/response\nContent-Length: -5\n\n", "Content-Length is '-5'"),
    "a header line without a name": (b"Content-Type: api/response\nnonsense\n\n", "without a name"),
    "headers without end": (b"Content-Type: a" * 10_000, "header block of more than"),
    "a frame without a type": (b"Content-Length: 0\n\n", "without Content-Type"),
    "a reply nobody asked for": (reply("+OK"), "nobody asked for"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_frame_closes_the_connection_and_says_why(name: str) -> None:
    data, why = BROKEN[name]

    def script(peer: Peer) -> None:
        peer.welcome()
        peer.read()
        peer.write(b"" if name.startswith("a reply nobody") else data)
        peer.write(reply("+OK") + data if name.startswith("a reply nobody") else b"")
        peer.wait_for_end()

    reason: AsyncResult[str] = AsyncResult()
    calls: list[str] = []

    def take(text: str) -> None:
        calls.append(text)
        reason.set(text)

    with listening(script) as port:
        connection = connected(port, on_lost=take, max_frame_bytes=1_000_000)
        gevent.spawn(connection.send, Wire(b"noop\n\n", 1, "noop")).join(timeout=5)
        assert why in reason.get(timeout=2)
        assert not connection.is_open
    assert len(calls) == 1


def test_half_a_frame_and_then_the_end_is_said_so() -> None:
    reason: AsyncResult[str] = AsyncResult()

    def script(peer: Peer) -> None:
        peer.welcome()
        peer.read()
        peer.write(event(b'{"Event-Name":"CHANNEL_PARK"}')[:-5])

    with listening(script) as port:
        connection = connected(port, on_lost=reason.set)
        gevent.spawn(connection.send, Wire(b"noop\n\n", 1, "noop")).join(timeout=2)
        assert reason.get(timeout=2) == "the peer closed the connection in the middle of a frame"


def test_a_disconnect_notice_ends_the_connection_with_the_words_of_the_switch() -> None:
    reason: AsyncResult[str] = AsyncResult()
    body = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"

    def script(peer: Peer) -> None:
        peer.welcome()
        peer.read()
        peer.write(b"Content-Type: text/disconnect-notice\nContent-Length: %d\n\n" % len(body) + body)
        peer.wait_for_end()

    with listening(script) as port:
        connection = connected(port, on_lost=reason.set)
        gevent.spawn(connection.send, Wire(b"noop\n\n", 1, "noop")).join(timeout=2)
        assert "Disconnected, goodbye." in reason.get(timeout=2)


def test_a_peer_that_never_stops_sending_does_not_starve_the_others() -> None:
    stream = event(b'{"Event-Name":"CODEC","x":"' + b"y" * 4000 + b'"}') * 200
    stop = Event()

    def script(peer: Peer) -> None:
        peer.welcome()
        while not stop.is_set():
            peer.write(stream)

    turns = 0
    with listening(script) as port:
        connection = connected(port, on_event=lambda raw: None)
        for _ in range(200):
            gevent.sleep(0)
            turns += 1
        stop.set()
        connection.close()
    assert turns == 200
