"""The event connection of a switch: subscribes, watches, comes back."""

from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event
from gevent.queue import Queue
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.events import LegHeld
from freeswitch_cc.core.switch_events import Heartbeat, LegUnreadable
from freeswitch_cc.esl.reader import Reader, backoff_s
from tests.esl.recorded import CALL_ID
from tests.esl.said import LEG, said
from tests.esl.server import CORE_ID, PASSWORD, Peer, api_reply, event, free_port, listening, reply, within

SUBSCRIPTION = [
    "filter variable_fcc_call /^.+$/",
    "filter Event-Name BACKGROUND_JOB",
    "filter Event-Name CUSTOM",
    "filter Event-Name HEARTBEAT",
    "filter Event-Name SHUTDOWN",
    "event json CHANNEL_PARK CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_BRIDGE CHANNEL_UNBRIDGE "
    "CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_HANGUP PLAYBACK_START PLAYBACK_STOP "
    "RECORD_START RECORD_STOP BACKGROUND_JOB HEARTBEAT SHUTDOWN "
    "CUSTOM conference::maintenance sofia::register sofia::unregister sofia::expire",
]
HEARTBEAT = said("HEARTBEAT", **{"Core-UUID": CORE_ID})


class Watched:
    """A reader and everything it told."""

    def __init__(self, port: int, **more: float) -> None:
        self.told: Queue[object] = Queue()
        self.reader = Reader(
            "sw1",
            "127.0.0.1",
            port,
            PASSWORD,
            deliver=self.told.put,
            on_connected=lambda core_id: self.told.put(("connected", core_id)),
            on_lost=lambda reason: self.told.put(("lost", reason)),
            timeout_s=2.0,
            random01=lambda: 0.0,
            **more,
        )
        self.reader.start()

    def next(self) -> object:
        return self.told.get(timeout=5)


@pytest.fixture(autouse=True)
def deadline() -> Iterator[None]:
    with within(20):
        yield


def subscribed(peer: Peer) -> list[str]:
    """The switch's part up to the subscription; what was asked."""
    peer.welcome()
    asked = [peer.read() for _ in SUBSCRIPTION]
    peer.write(reply("+OK") * len(asked))
    assert peer.read() == "api global_getvar core_uuid"
    peer.write(api_reply(CORE_ID))
    return asked


def test_it_filters_before_it_subscribes_and_then_delivers_facts() -> None:
    asked: list[str] = []

    def script(peer: Peer) -> None:
        asked.extend(subscribed(peer))
        peer.write(event(said("CHANNEL_HOLD")) + event(said("CODEC")) + event(said("CHANNEL_HOLD")[:-1]))
        peer.wait_for_end()

    with listening(script) as port:
        watched = Watched(port)
        assert watched.next() == ("connected", CORE_ID)
        held, unreadable = watched.next(), watched.next()
        assert isinstance(held, LegHeld)
        assert held.call_id == CALL_ID
        assert unreadable == LegUnreadable(leg_id=LEG, why="it is no JSON")
        assert watched.reader.is_connected
        watched.reader.stop()
        assert not watched.reader.is_connected
    assert asked == SUBSCRIPTION
    counters = watched.reader.counters
    assert (counters.frames, counters.events, counters.dropped, counters.unreadable) == (3, 1, 1, 1)
    assert watched.told.empty(), "stop() is no loss"


def test_a_line_that_breaks_is_told_once_and_built_again() -> None:
    connections = 0

    def script(peer: Peer) -> None:
        nonlocal connections
        connections += 1
        subscribed(peer)
        if connections > 1:
            peer.write(event(HEARTBEAT))
            peer.wait_for_end()

    with listening(script) as port:
        watched = Watched(port)
        assert watched.next() == ("connected", CORE_ID)
        assert watched.next() == ("lost", "the peer closed the connection")
        assert watched.next() == ("connected", CORE_ID)
        assert isinstance(watched.next(), Heartbeat)
        assert watched.reader.counters.connects == 2
        watched.reader.stop()


def test_a_switch_that_is_not_there_is_told_once_and_tried_again() -> None:
    port = free_port()
    watched = Watched(port)
    assert watched.next() == ("lost", f"nobody listens at 127.0.0.1:{port}")
    while watched.reader.counters.failures < 3:
        gevent.idle()
        Event().wait(timeout=0.01)
    assert watched.told.empty()
    watched.reader.stop()


def test_silence_beyond_the_heartbeat_is_a_loss() -> None:
    def script(peer: Peer) -> None:
        subscribed(peer)
        peer.wait_for_end()

    with listening(script) as port:
        watched = Watched(port, heartbeat_limit_s=0.2)
        assert watched.next() == ("connected", CORE_ID)
        lost = watched.next()
        assert isinstance(lost, tuple)
        assert "not even a heartbeat" in lost[1]
        assert watched.next() == ("connected", CORE_ID)
        watched.reader.stop()


def test_a_subscription_that_is_refused_is_a_failure_of_the_line() -> None:
    def script(peer: Peer) -> None:
        peer.welcome()
        for _ in SUBSCRIPTION:
            peer.read()
        peer.write(reply("-ERR permission denied") * len(SUBSCRIPTION))
        peer.wait_for_end()

    with listening(script) as port:
        watched = Watched(port)
        lost = watched.next()
        assert isinstance(lost, tuple)
        assert "permission denied" in lost[1]
        assert watched.reader.counters.connects == 0
        watched.reader.stop()


def test_an_engine_that_fails_on_connecting_gets_another_line() -> None:
    tries = 0
    done = Event()

    def fail_once(_core_id: str) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("the database is away")
        done.set()

    def script(peer: Peer) -> None:
        subscribed(peer)
        peer.wait_for_end()

    with listening(script) as port:
        reader = Reader(
            "sw1", "127.0.0.1", port, PASSWORD, deliver=lambda fact: None, on_connected=fail_once, timeout_s=2.0
        )
        reader.start()
        reader.start()
        assert done.wait(timeout=5)
        reader.stop()


def test_events_are_delivered_while_the_engine_is_still_looking_at_the_switch() -> None:
    delivered = Event()
    order: list[str] = []

    def look(_core_id: str) -> None:
        assert delivered.wait(timeout=5)
        order.append("looked")

    def deliver(_fact: object) -> None:
        order.append("event")
        delivered.set()

    def script(peer: Peer) -> None:
        subscribed(peer)
        peer.write(event(HEARTBEAT))
        peer.wait_for_end()

    with listening(script) as port:
        reader = Reader("sw1", "127.0.0.1", port, PASSWORD, deliver=deliver, on_connected=look, timeout_s=2.0)
        reader.start()
        assert delivered.wait(timeout=5)
        gevent.idle()
        reader.stop()
    assert order[0] == "event"


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_the_pause_grows_and_stays_in_its_bounds(attempt: int, random01: float) -> None:
    assert 0.05 <= backoff_s(attempt, random01) <= 10.0
    assert backoff_s(attempt, random01) <= backoff_s(attempt + 1, random01)


def test_the_first_pauses_are_a_tenth_of_a_second_doubling() -> None:
    assert [backoff_s(attempt, 1.0) for attempt in range(4)] == [0.1, 0.2, 0.4, 0.8]
    assert backoff_s(99, 1.0) == 10.0


def test_a_switch_that_talks_is_nudged_and_one_that_is_silent_is_left_alone() -> None:
    """Its listener looks for events when it has read something, and else once in 20 ms."""
    peers: Queue[Peer] = Queue()

    def script(peer: Peer) -> None:
        subscribed(peer)
        peers.put(peer)
        peer.wait_for_end()

    with listening(script) as port:
        watched = Watched(port, nudge_s=0.001, lively_s=0.2)
        assert watched.next() == ("connected", CORE_ID)
        peer = peers.get(timeout=5)
        peer.write(event(HEARTBEAT))
        assert isinstance(watched.next(), Heartbeat)
        assert peer.nudged.wait(timeout=5)
        while True:  # until it is silent for longer than that
            before = peer.nudges
            Event().wait(timeout=0.3)
            if peer.nudges == before:
                break
        peer.nudged.clear()
        peer.write(event(HEARTBEAT))
        assert peer.nudged.wait(timeout=5), "and nudged again when it talks again"
        watched.reader.stop()
