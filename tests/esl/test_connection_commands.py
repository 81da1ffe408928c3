"""Commands and their replies on one Event Socket connection: never mixed up, never waited for without end."""

from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.errors import CommandFailed, SwitchUnreachable
from freeswitch_cc.esl.wire import ReplyLost
from tests.esl.server import (
    Peer,
    answering,
    api_reply,
    connected,
    listening,
    within,
)


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    with within(20):
        yield


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


def test_a_nudge_never_falls_into_the_middle_of_a_command() -> None:
    long = "x" * 3_000_000  # more than a socket takes at once
    heard: list[str] = []

    def script(peer: Peer) -> None:
        peer.welcome()
        while command := peer.read():
            heard.append(command)
            peer.write(api_reply("+OK"))

    with listening(script) as port:
        connection = connected(port)
        stopping = Event()

        def nudge() -> None:
            while not stopping.is_set():
                connection.nudge()
                gevent.idle()

        nudging = gevent.spawn(nudge)
        assert [connection.api(f"echo {long}"), connection.api("status")] == ["+OK", "+OK"]
        stopping.set()
        nudging.join(timeout=5)
        connection.close()
        connection.nudge()  # and of one that is closed nothing comes
    assert heard == [f"api echo {long}", "api status"]
