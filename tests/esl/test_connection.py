"""One Event Socket connection is made, or is not: whoever is at the other end, and whatever he says."""

from collections.abc import Callable, Iterator

import gevent
import pytest

from freeswitch_cc.errors import SwitchRefusedUs, SwitchUnreachable
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.wire import Wire
from tests.esl.server import (
    GREETING,
    PASSWORD,
    Peer,
    answering,
    api_reply,
    connected,
    free_port,
    listening,
    reply,
    within,
)


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    with within(20):
        yield


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
