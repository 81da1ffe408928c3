"""What the worker connections do not send: nobody is there, it waited too long, nobody waits for it any more."""

from collections.abc import Iterator
from types import SimpleNamespace

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.errors import SwitchUnreachable
from freeswitch_cc.esl import pool as pool_module
from freeswitch_cc.esl.pool import Pool
from freeswitch_cc.esl.wire import ReplyLost, Wire
from tests.esl.pools import CALL, park, pool_at
from tests.esl.server import PASSWORD, Peer, free_port, listening, reply, within


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    with within(20):
        yield


def test_a_switch_that_is_not_there_means_certainly_not_sent() -> None:
    pool = pool_at(free_port())
    with pytest.raises(SwitchUnreachable, match="nobody listens") as caught:
        pool.send(CALL, park())
    assert not isinstance(caught.value, ReplyLost)
    pool.close()


def test_one_failing_connect_answers_everybody_in_line() -> None:
    pool = Pool("sw1", "127.0.0.1", free_port(), PASSWORD, size=1, timeout_s=2.0)
    asked = [gevent.spawn(pool.send, CALL, park(number)) for number in range(20)]
    gevent.joinall(asked, timeout=5)
    assert {type(one.exception) for one in asked} == {SwitchUnreachable}
    pool.close()


def test_a_command_that_waited_too_long_in_line_is_never_sent() -> None:
    seen: list[str] = []

    def script(peer: Peer) -> None:
        peer.welcome()
        while command := peer.read():
            seen.append(command)

    with listening(script) as port:
        pool = pool_at(port, size=1, timeout_s=0.2)
        asked = [gevent.spawn(pool.send, CALL, park(number)) for number in range(3)]
        gevent.joinall(asked, timeout=5)
        assert [type(one.exception) for one in asked] == [ReplyLost, SwitchUnreachable, SwitchUnreachable]
        pool.close()
    assert len(seen) == 1


def test_how_long_a_command_may_wait_in_line_is_no_matter_of_how_long_a_reply_may_take() -> None:
    seen: list[str] = []
    go_on = Event()

    def script(peer: Peer) -> None:
        peer.welcome()
        seen.append(peer.read())
        go_on.wait(timeout=10)
        peer.write(reply("+OK"))
        peer.wait_for_end()

    with listening(script) as port:
        pool = Pool("sw1", "127.0.0.1", port, PASSWORD, size=1, timeout_s=10.0, line_s=0.1)
        first, second = (gevent.spawn(pool.send, CALL, park(number)) for number in range(2))
        gevent.spawn_later(0.3, go_on.set)
        gevent.joinall([first, second], timeout=10)
        assert (first.exception, type(second.exception)) == (None, SwitchUnreachable)
        pool.close()
    assert len(seen) == 1


def test_whoever_stopped_waiting_does_not_see_the_command_sent_later() -> None:
    go_on = Event()
    seen: list[str] = []

    def script(peer: Peer) -> None:
        peer.welcome()
        while command := peer.read():
            seen.append(command)
            go_on.wait(timeout=5)
            peer.write(reply("+OK"))

    with listening(script) as port:
        pool = pool_at(port, size=1)
        first = gevent.spawn(pool.send, CALL, park(1))
        gevent.idle()
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
            pool.send(CALL, park(2))
        go_on.set()
        first.get(timeout=5)
        pool.send(CALL, park(3))
        pool.close()
    assert [one[-1] for one in seen] == ["1", "3"]


def test_a_command_whose_line_took_too_long_to_be_made_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """By then it has been looked up and decided anew: the same bridge twice hangs a customer up."""
    clock, sent = [0.0], []
    monkeypatch.setattr(pool_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    class SlowLine:
        is_open = False

        def connect(self) -> None:
            clock[0] += 1.0

        def send(self, wire: Wire) -> None:
            sent.append(wire)

    job = pool_module._Job(Wire(b"api status\n\n", 1, "status"), 0.5)
    pool_module._Worker(SlowLine)._work(job)  # type: ignore[arg-type]
    with pytest.raises(SwitchUnreachable, match="not sent"):
        job.result.get()
    assert sent == []


def test_a_closed_pool_ends_everybody() -> None:
    def script(peer: Peer) -> None:
        peer.welcome()
        peer.wait_for_end()

    with listening(script) as port:
        pool = pool_at(port, size=1, timeout_s=5.0)
        asked = [gevent.spawn(pool.send, CALL, park(number)) for number in range(2)]
        while not pool._workers[0]._connection or not pool._workers[0]._connection.is_open:
            gevent.sleep(0)
        gevent.idle()
        pool.close()
        gevent.joinall(asked, timeout=2)
        assert [type(one.exception) for one in asked] == [ReplyLost, SwitchUnreachable]
        with pytest.raises(SwitchUnreachable):
            pool.api("status")
