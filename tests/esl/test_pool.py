"""The worker connections: order within a call, nothing twice, and what the switch answered."""

import json
import time
from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.core.commands import Bridge, Park, Play, PushDeadman
from freeswitch_cc.errors import CommandFailed, SwitchUnreachable
from freeswitch_cc.esl import pool as pool_module
from freeswitch_cc.esl.pool import MOST_BEGUN
from freeswitch_cc.esl.wire import ReplyLost
from tests.esl.pools import BASE, CALL, A, C, command_id, park, pool_at
from tests.esl.server import Peer, answering, api_reply, free_port, listening, reply, within
from tests.floor import until


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


def music(number: int) -> Play:
    return Play(command_id=command_id(number), leg_id=A, sound="local_stream://moh", **BASE)


def test_a_line_that_answers_promptly_is_given_some_commands_before_it_has_answered_the_first() -> None:
    seen: list[str] = []
    go_on = Event()

    def script(peer: Peer) -> None:
        peer.welcome()
        held = 0
        while command := peer.read():
            seen.append(command)
            held += 1
            if len(seen) == 1 + MOST_BEGUN:
                go_on.wait(timeout=5)
            if len(seen) == 1 or go_on.is_set():
                peer.write(reply("+OK") * held)
                held = 0

    with listening(script) as port:
        pool = pool_at(port, size=1)
        pool.send(CALL, music(1))
        asked = [gevent.spawn(pool.send, CALL, music(number)) for number in range(2, 22)]
        until(lambda: len(seen) == 1 + MOST_BEGUN, "as many are written as may be")
        assert not any(one.ready() for one in asked)
        go_on.set()
        gevent.joinall(asked, timeout=5, raise_error=True)
        pool.close()
    assert [one[-12:] for one in seen] == [f"{number:012d}" for number in range(1, 22)]


@pytest.mark.parametrize("first", ["music", "park"])
def test_what_moves_a_leg_is_written_behind_nothing_that_is_not_answered(first: str) -> None:
    """Behind something that stalls the line it would be carried out after it was given up, and decided anew."""
    seen: list[str] = []
    go_on = Event()

    def script(peer: Peer) -> None:
        peer.welcome()
        while command := peer.read():
            seen.append(command)
            if len(seen) == 2:
                go_on.wait(timeout=5)
            peer.write(reply("+OK"))

    with listening(script) as port:
        pool = pool_at(port, size=1, timeout_s=3.0, line_s=0.2)
        pool.send(CALL, music(1))  # so it is prompt
        stalled = gevent.spawn(pool.send, CALL, music(2) if first == "music" else park(2))
        until(lambda: len(seen) == 2, "the line is stalled")
        behind = park(3) if first == "music" else music(3)
        waits = gevent.spawn(pool.send, CALL, behind)
        until(lambda: pool._workers[0]._queue.qsize() == 0 and pool._workers[0]._busy, "it is the next in line")
        go_on.wait(timeout=0.3)  # longer than it may wait
        assert len(seen) == 2
        go_on.set()
        stalled.get(timeout=5)
        with pytest.raises(SwitchUnreachable, match="waited too long in line"):
            waits.get(timeout=5)
        pool.close()
    assert len(seen) == 2, "nor later"


def test_a_line_that_was_prompt_and_then_says_nothing_is_given_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(pool_module, "PROMPT_S", 0.01)

    def script(peer: Peer) -> None:
        peer.welcome()
        while command := peer.read():
            seen.append(command[-12:])
            if len(seen) == 1:
                peer.write(reply("+OK"))

    with listening(script) as port:
        pool = pool_at(port, size=1, timeout_s=0.3)
        pool.send(CALL, park(1))
        lost = gevent.spawn(pool.send, CALL, park(2))
        until(lambda: len(seen) == 2, "the second is written")
        until(lambda: time.monotonic() > pool._workers[0]._prompt_until, "it is not prompt any more")
        late = gevent.spawn(pool.send, CALL, park(3))
        with pytest.raises(ReplyLost):
            lost.get(timeout=5)
        assert seen == [f"{number:012d}" for number in (1, 2)]
        late.kill()
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
