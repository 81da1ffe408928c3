"""One Event Socket connection against a peer that does everything wrong that a peer can do."""

from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent.event import AsyncResult, Event

from freeswitch_cc.errors import CommandFailed, SwitchRefusedUs, SwitchUnreachable
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.wire import ReplyLost, Wire
from tests.esl.server import (
    GREETING,
    PASSWORD,
    Peer,
    answering,
    api_reply,
    event,
    free_port,
    listening,
    reply,
    within,
)


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    with within(20):
        yield


def connected(port: int, **more: object) -> Connection:
    settings: dict[str, object] = {"timeout_s": 2.0} | more
    connection = Connection("127.0.0.1", port, PASSWORD, **settings)  # type: ignore[arg-type]
    connection.connect()
    return connection


def refusal_of(script: Callable[[Peer], None], kind: type[Exception], timeout_s: float = 2.0) -> str:
    with listening(script) as port:
        connection = Connection("127.0.0.1", port, PASSWORD, timeout_s=timeout_s)
        with pytest.raises(kind) as caught:
            connection.connect()
        assert not connection.is_open
        assert f"127.0.0.1:{port}" in str(caught.value)
        assert PASSWORD not in str(caught.value)
        return str(caught.value)


def test_a_command_is_answered_with_what_the_switch_says() -> None:
    with listening(answering({"api status": api_reply("UP 0 years\n")})) as port:
        connection = connected(port)
        assert connection.is_open
        assert connection.api("status") == "UP 0 years\n"
        assert connection.send(Wire(b"filter a b\n\nfilter c d\n\n", 2, "two")) == ["+OK", "+OK"]
        connection.close()
        assert not connection.is_open


def test_nobody_listening_is_said_so() -> None:
    port = free_port()
    with pytest.raises(SwitchUnreachable, match=f"nobody listens at 127.0.0.1:{port}"):
        connected(port)


def test_a_name_that_cannot_be_resolved_is_unreachable() -> None:
    with pytest.raises(SwitchUnreachable, match=r"cannot reach .*switch\.invalid"):
        Connection("switch.invalid", 8021, PASSWORD).connect()


def test_a_wrong_password_is_a_refusal_that_does_not_repeat_the_password() -> None:
    def script(peer: Peer) -> None:
        peer.write(GREETING)
        peer.read()
        peer.write(reply("-ERR invalid"))

    assert "refused the password" in refusal_of(script, SwitchRefusedUs)


def test_an_access_list_is_told_apart_from_a_wrong_password() -> None:
    def script(peer: Peer) -> None:
        body = b"Access Denied, go away.\n"
        peer.write(b"Content-Type: text/rude-rejection\nContent-Length: %d\n\n" % len(body) + body)

    assert "refused our address" in refusal_of(script, SwitchRefusedUs)


def test_a_peer_that_says_nothing_fails_the_connect_within_its_deadline() -> None:
    assert "said nothing" in refusal_of(Peer.wait_for_end, SwitchUnreachable, timeout_s=0.2)


def test_a_peer_that_does_not_answer_to_auth_fails_the_connect_within_its_deadline() -> None:
    def script(peer: Peer) -> None:
        peer.write(GREETING)
        peer.wait_for_end()

    assert "no reply to auth" in refusal_of(script, SwitchUnreachable, timeout_s=0.2)


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\1"])
def test_another_protocol_is_named_as_such(greeting: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.write(greeting)
        peer.wait_for_end()

    assert "not an Event Socket" in refusal_of(script, SwitchUnreachable)


def test_a_peer_that_hangs_up_at_once_is_unreachable() -> None:
    assert "closed the connection" in refusal_of(lambda _peer: None, SwitchUnreachable)


def test_a_password_with_a_line_break_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="password holds a line break"):
        Connection("127.0.0.1", 1, "a\n\napi shutdown")


def test_end_of_stream_in_the_middle_of_a_command_fails_everybody_who_waits_at_once() -> None:
    def script(peer: Peer) -> None:
        peer.welcome()
        for _ in range(3):
            peer.read()

    reasons: list[str] = []
    with listening(script) as port:
        connection = connected(port, timeout_s=10.0, on_lost=reasons.append)
        waiting = [gevent.spawn(connection.api, f"status {number}") for number in range(3)]
        gevent.joinall(waiting, timeout=5)
        for one in waiting:
            assert isinstance(one.exception, ReplyLost)
            assert one.exception.is_sent
    assert reasons == ["the peer closed the connection"]
    with pytest.raises(SwitchUnreachable, match="closed the connection") as caught:
        connection.api("status")
    assert not isinstance(caught.value, ReplyLost)


def test_a_reply_that_does_not_come_closes_the_connection() -> None:
    def script(peer: Peer) -> None:
        peer.welcome()
        peer.wait_for_end()

    reasons: list[str] = []
    with listening(script) as port:
        connection = connected(port, timeout_s=0.2, on_lost=reasons.append)
        with pytest.raises(ReplyLost, match="no reply to api status"):
            connection.api("status")
        assert not connection.is_open
    assert reasons == ["no reply to api status within 0.2 s"]


def test_a_deadline_of_the_caller_leaves_the_connection_in_step() -> None:
    go_on = Event()

    def script(peer: Peer) -> None:
        peer.welcome()
        peer.read()
        go_on.wait(timeout=5)
        peer.write(api_reply("first"))
        peer.read()
        peer.write(api_reply("second"))
        peer.wait_for_end()

    with listening(script) as port:
        connection = connected(port)
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
            connection.api("one")
        go_on.set()
        assert connection.api("two") == "second"


def test_replies_of_many_greenlets_never_change_places() -> None:
    def script(peer: Peer) -> None:
        peer.welcome()
        while command := peer.read():
            peer.write(api_reply(command.removeprefix("api ")))

    with listening(script) as port:
        connection = connected(port)
        asked = [gevent.spawn(connection.api, f"number {number}") for number in range(200)]
        gevent.joinall(asked, timeout=5)
        assert [one.value for one in asked] == [f"number {number}" for number in range(200)]


def test_a_200_kb_command_under_back_pressure_arrives_whole() -> None:
    start = Event()
    arrived: list[int] = []

    def script(peer: Peer) -> None:
        peer.welcome()
        start.wait(timeout=5)
        for _ in range(2):
            arrived.append(len(peer.read()))
            peer.write(api_reply("+OK"))
        peer.wait_for_end()

    with listening(script) as port:
        connection = connected(port, timeout_s=5.0)
        sent = [gevent.spawn(connection.api, "echo " + letter * 200_000) for letter in "ab"]
        gevent.idle()
        start.set()
        gevent.joinall(sent, timeout=5, raise_error=True)
    assert arrived == [200_009, 200_009]


def test_a_write_that_stalls_is_ended_by_its_deadline() -> None:
    stop = Event()

    def script(peer: Peer) -> None:
        peer.welcome()
        stop.wait(timeout=5)

    with listening(script) as port:
        connection = connected(port, timeout_s=0.3)
        with pytest.raises(ReplyLost, match="could not write"):
            connection.api("echo " + "a" * 50_000_000)
        assert not connection.is_open
        stop.set()


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


def test_a_failing_reply_is_raised_with_its_text() -> None:
    with listening(answering({"api uuid_kill": api_reply("-ERR No such channel!\n")})) as port:
        connection = connected(port)
        with pytest.raises(CommandFailed) as caught:
            connection.api("uuid_kill x")
        assert caught.value.reply == "-ERR No such channel!"
        assert connection.is_open


@pytest.mark.parametrize("text", ["status\n\napi shutdown", "status\r", "a\0b"])
def test_a_line_break_in_an_api_command_is_refused(text: str) -> None:
    seen: list[str] = []
    with listening(answering({}, seen)) as port:
        connection = connected(port)
        with pytest.raises(ValueError, match="one line"):
            connection.api(text)
    assert seen == []


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


def test_on_lost_is_not_called_for_a_close_of_our_own_or_a_connect_that_failed() -> None:
    reasons: list[str] = []
    with listening(answering({})) as port:
        connection = connected(port, on_lost=reasons.append)
        waiting = gevent.spawn(connection.api, "status")
        connection.close()
        connection.close()
        waiting.join(timeout=2)
        assert isinstance(waiting.exception, SwitchUnreachable)
    with listening(lambda _peer: None) as port, pytest.raises(SwitchUnreachable):
        connected(port, on_lost=reasons.append)
    assert reasons == []


def test_a_connection_is_used_once() -> None:
    with listening(answering({})) as port:
        connection = connected(port)
        connection.close()
        with pytest.raises(SwitchUnreachable, match="used once"):
            connection.connect()


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
