"""The worker connections: order within a call, nothing twice, and what is known of a command that failed."""

import json
from collections.abc import Iterator
from types import SimpleNamespace

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.core.commands import Bridge, Park, Play, PushDeadman
from freeswitch_cc.errors import CommandFailed, SwitchUnreachable
from freeswitch_cc.esl import pool as pool_module
from freeswitch_cc.esl.pool import Pool
from freeswitch_cc.esl.wire import ReplyLost, Wire
from tests.esl.server import PASSWORD, Peer, answering, api_reply, free_port, listening, reply, within

A = "11111111-1111-4111-8111-111111111111"
C = "22222222-2222-4222-8222-222222222222"
CALL = "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"
BASE = {"switch_id": "sw1", "call_id": CALL}


def command_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def park(number: int = 1, leg: str = A) -> Park:
    return Park(command_id=command_id(number), leg_id=leg, **BASE)


def pool_at(port: int, size: int = 2, timeout_s: float = 2.0) -> Pool:
    return Pool("sw1", "127.0.0.1", port, PASSWORD, size=size, timeout_s=timeout_s)


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    with within(20):
        yield


def test_nothing_is_connected_before_the_first_command() -> None:
    accepted: list[Peer] = []
    seen: list[str] = []

    def script(peer: Peer) -> None:
        accepted.append(peer)
        answering({}, seen)(peer)

    with listening(script) as port:
        pool = pool_at(port, size=4)
        gevent.idle()
        assert accepted == []
        pool.send(CALL, park())
        pool.send(CALL, park(2))
        assert len(accepted) == 1
        pool.close()
    assert seen == [f"bgapi uuid_transfer {A} park inline\nJob-UUID: {command_id(number)}" for number in (1, 2)]


def test_commands_of_one_call_reach_the_switch_in_the_order_of_asking() -> None:
    seen: list[str] = []
    with listening(answering({}, seen)) as port:
        pool = pool_at(port, size=4)
        asked = [gevent.spawn(pool.send, CALL, park(number)) for number in range(50)]
        gevent.joinall(asked, timeout=5, raise_error=True)
        pool.close()
    assert [one[-12:] for one in seen] == [f"{number:012d}" for number in range(50)]


def test_music_reaches_the_switch_before_a_later_bridge_of_the_same_call() -> None:
    seen: list[str] = []
    with listening(answering({}, seen)) as port:
        pool = pool_at(port)
        pool.send(7, Play(command_id=command_id(1), leg_id=A, sound="local_stream://moh", **BASE))
        pool.send(7, Bridge(command_id=command_id(2), survivor_leg_id=C, other_leg_id=A, **BASE))
        pool.close()
    assert [one.split()[0] for one in seen] == ["sendmsg", "bgapi"]


def test_calls_on_other_connections_do_not_wait_for_a_slow_one() -> None:
    go_on = Event()

    def script(peer: Peer) -> None:
        peer.welcome()
        while command := peer.read():
            if A in command:
                go_on.wait(timeout=5)
            peer.write(reply("+OK"))

    with listening(script) as port:
        pool = pool_at(port, size=2)
        slow = gevent.spawn(pool.send, 0, park(1, A))
        gevent.idle()
        pool.send(1, park(2, C))
        assert not slow.ready()
        go_on.set()
        slow.get(timeout=5)
        pool.close()


def test_a_refusal_is_raised_with_the_words_of_the_switch() -> None:
    with listening(answering({"sendmsg": reply(f"-ERR invalid session id [{A}]")})) as port:
        pool = pool_at(port)
        with pytest.raises(CommandFailed) as caught:
            pool.send(CALL, Play(command_id=command_id(1), leg_id=A, sound="local_stream://moh", **BASE))
        assert caught.value.reply == f"-ERR invalid session id [{A}]"
        pool.send(CALL, park())
        pool.close()


def test_a_refusal_of_the_second_of_two_frames_is_a_refusal_too() -> None:
    answers = {"api sched_del": api_reply("+OK Deleted: 1\n"), "api sched_tr": api_reply("-ERR No such channel!\n")}
    with listening(answering(answers)) as port:
        pool = pool_at(port)
        with pytest.raises(CommandFailed, match="No such channel"):
            pool.send(CALL, PushDeadman(command_id=command_id(1), leg_id=A, after_ms=5000, **BASE))
        pool.close()


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


def test_a_connection_that_ends_after_the_write_means_nobody_knows_and_is_not_sent_again() -> None:
    seen: list[str] = []

    def script(peer: Peer) -> None:
        peer.welcome()
        seen.append(peer.read())
        if len(seen) > 1:
            peer.write(reply("+OK"))
            peer.wait_for_end()

    with listening(script) as port:
        pool = pool_at(port)
        with pytest.raises(ReplyLost) as caught:
            pool.send(CALL, park(1))
        assert caught.value.is_sent
        pool.send(CALL, park(2))
        pool.close()
    assert [one[-1] for one in seen] == ["1", "2"]


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


def test_a_command_for_another_switch_is_refused() -> None:
    pool = pool_at(free_port())
    with pytest.raises(ValueError, match="switch sw2"):
        pool.send(CALL, Park(command_id=command_id(1), switch_id="sw2", call_id=CALL, leg_id=A))


def test_a_leg_is_looked_up() -> None:
    dump = {
        "Unique-ID": A,
        "Event-Date-Timestamp": "1795290233517208",
        "Channel-State": "CS_PARK",
        "Answer-State": "answered",
    }
    answers = {
        f"api uuid_dump {A} json": api_reply(json.dumps(dump)),
        "api uuid_dump": api_reply("-ERR No such channel!\n"),
    }
    with listening(answering(answers)) as port:
        pool = pool_at(port)
        assert pool.dump(A).seen == "parked"
        assert pool.dump(C).seen == "gone"
        with pytest.raises(ValueError, match="UUID"):
            pool.dump("all json\n\n")
        pool.close()


@pytest.mark.parametrize(
    ("text", "legs"),
    [
        ('{"row_count":0}\n', []),
        (json.dumps({"row_count": 2, "rows": [{"uuid": A, "state": "CS_EXECUTE"}, {"uuid": "not ours"}]}), [A]),
    ],
)
def test_the_legs_of_a_switch_are_listed(text: str, legs: list[str]) -> None:
    with listening(answering({"api show channels as json": api_reply(text)})) as port:
        pool = pool_at(port)
        assert pool.list_legs() == legs
        pool.close()


def test_a_list_that_cannot_be_read_is_a_failure_and_not_an_empty_switch() -> None:
    with listening(answering({"api show channels as json": api_reply("uuid,direction\n")})) as port:
        pool = pool_at(port)
        with pytest.raises(CommandFailed):
            pool.list_legs()
        pool.close()


def test_an_api_failure_is_raised_and_a_line_break_is_refused() -> None:
    with listening(answering({"api nonsense": api_reply("-ERR nonsense Command not found!\n")})) as port:
        pool = pool_at(port)
        with pytest.raises(CommandFailed):
            pool.api("nonsense")
        with pytest.raises(ValueError, match="one line"):
            pool.api("status\n\napi shutdown")
        pool.close()


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
