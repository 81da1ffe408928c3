"""One event connection per switch: subscribes, watches that it lives, comes back when it does not.

Facts go out through deliver(), nothing else does: no commands to legs (esl.pool), no parsing rules
(esl.parse), no decision what a lost line means (engine).
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import gevent
from gevent.event import Event

from freeswitch_cc.core.events import CallEvent
from freeswitch_cc.core.switch_events import LegUnreadable, SwitchFact
from freeswitch_cc.errors import CommandFailed, SwitchFailed
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.parse import EVENT_NAMES, parse
from freeswitch_cc.esl.registrations import EVENTS as REGISTRATION_EVENTS
from freeswitch_cc.esl.wire import Wire, failure_of

log = logging.getLogger(__name__)

CONFERENCE_EVENTS = "conference::maintenance"

_FILTERS = (
    "filter variable_fcc_call /^.+$/",
    "filter Event-Name BACKGROUND_JOB",
    "filter Event-Name CUSTOM",
    "filter Event-Name HEARTBEAT",
    "filter Event-Name SHUTDOWN",
)
_SUBCLASSES = (CONFERENCE_EVENTS, *REGISTRATION_EVENTS)
_SUBSCRIBE = (*_FILTERS, f"event json {' '.join(EVENT_NAMES)} CUSTOM {' '.join(_SUBCLASSES)}")
_FIRST_BACKOFF_S = 0.1
_LAST_BACKOFF_S = 10.0
_SETTLED_S = 10.0
NUDGE_S = 0.005
"""So often a switch that has something to tell is nudged: an event then waits for 3 ms, and not for 10."""
LIVELY_S = 5.0
"""So long after the last word of a switch there may be more."""


@dataclass(slots=True)
class ReaderCounters:
    """Since start(). frames = events + dropped + unreadable; connects counts subscriptions that stood."""

    frames: int = 0
    events: int = 0
    dropped: int = 0
    unreadable: int = 0
    connects: int = 0
    failures: int = 0


def backoff_s(attempt: int, random01: float) -> float:
    """Seconds to wait before the next attempt: 0.1 doubling to 10, of which up to half is jitter.

    attempt counts from 0. random01 is in 0..1; the jitter keeps engines from coming back in step.
    """
    full = min(_LAST_BACKOFF_S, _FIRST_BACKOFF_S * 2.0 ** min(max(attempt, 0), 16))
    return full * (0.5 + 0.5 * random01)


class Reader:
    """Reads one switch until stop().

    deliver gets every fact, in the order of the switch, in the reading greenlet: it must not block.
    on_connected(core_id) is called after the subscription stands, so that nothing is missed by what it
    looks up; it may block, and when it raises the line is taken down and built again. on_lost(reason) is
    called once when a line that stood is lost, and once when the very first attempts fail.
    heartbeat_limit_s: this long without a byte means lost; the switch beats every 20 s (switch_core.c:1816).
    nudge_s, lively_s: how often a switch is nudged that has said something within lively_s (Connection.nudge).
    """

    def __init__(
        self,
        switch_id: str,
        host: str,
        port: int,
        password: str,
        *,
        deliver: Callable[[CallEvent | SwitchFact], None],
        on_connected: Callable[[str], None] | None = None,
        on_lost: Callable[[str], None] | None = None,
        timeout_s: float = 5.0,
        heartbeat_limit_s: float = 45.0,
        nudge_s: float = NUDGE_S,
        lively_s: float = LIVELY_S,
        random01: Callable[[], float] = random.random,
    ) -> None:
        self.counters = ReaderCounters()
        self._switch_id = switch_id
        self._address = (host, port, password)
        self._deliver = deliver
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._timeout_s = timeout_s
        self._heartbeat_limit_s = heartbeat_limit_s
        self._nudge_s = nudge_s
        self._lively_s = lively_s
        self._random01 = random01
        self._stopping = Event()
        self._down = Event()  # set when the connection of now is finished, by whomever
        self._greenlet: gevent.Greenlet[..., None] | None = None
        self._connection: Connection | None = None
        self._is_told_lost = False

    @property
    def is_connected(self) -> bool:
        """Subscribed, and not lost as far as is known."""
        return self._connection is not None and self._connection.is_open

    def start(self) -> None:
        """Begin; returns at once. A second start() does nothing."""
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """End and wait until the greenlet is gone. on_lost is not called."""
        self._stopping.set()
        self._down.set()
        if self._connection is not None:
            self._connection.close()
        if self._greenlet is not None and self._greenlet is not gevent.getcurrent():
            self._greenlet.join(timeout=2 * self._timeout_s)
            self._greenlet.kill(timeout=self._timeout_s)

    def _run(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                reason = self._live()
            except SwitchFailed as error:
                reason = str(error)
            except Exception as error:
                log.exception("the reader of switch %s failed", self._switch_id)
                reason = f"{type(error).__name__} while connecting"
            finally:
                if self._connection is not None:
                    self._connection.close()
            if self._stopping.is_set():
                return
            self.counters.failures += 1
            self._tell_lost(reason)
            if time.monotonic() - began >= _SETTLED_S:
                attempt = 0
            pause = backoff_s(attempt, self._random01())
            attempt += 1
            log.warning("switch %s: %s; next attempt in %.1f s", self._switch_id, reason, pause)
            self._stopping.wait(timeout=pause)

    def _live(self) -> str:
        """One connection from its first byte to its end; why it ended."""
        self._down = down = Event()
        reasons: list[str] = []

        def take_loss(reason: str) -> None:
            reasons.append(reason)
            down.set()

        host, port, password = self._address
        connection = Connection(host, port, password, timeout_s=self._timeout_s, on_event=self._take, on_lost=take_loss)
        self._connection = connection
        connection.connect()
        core_id = _subscribe(connection)
        self.counters.connects += 1
        self._is_told_lost = False
        log.info("switch %s: reading events, core %s", self._switch_id, core_id)
        nudging = gevent.spawn(self._nudge, connection, down)
        try:
            return self._watch(connection, core_id, down, reasons)
        finally:
            nudging.kill()

    def _watch(self, connection: Connection, core_id: str, down: Event, reasons: list[str]) -> str:
        if self._on_connected is not None:
            self._on_connected(core_id)
        while not (down.is_set() or self._stopping.is_set()) and connection.is_open:
            left = connection.last_heard_at + self._heartbeat_limit_s - time.monotonic()
            if left <= 0:
                return f"nothing heard for {self._heartbeat_limit_s:g} s, not even a heartbeat"
            down.wait(timeout=left)
        return reasons[0] if reasons else "closed"

    def _nudge(self, connection: Connection, down: Event) -> None:
        """A greenlet of its own: a switch that reads nothing must not keep us from noticing it."""
        while not down.wait(timeout=self._nudge_s if self._is_lively(connection) else self._lively_s / 10):
            if self._is_lively(connection):
                connection.nudge()

    def _is_lively(self, connection: Connection) -> bool:
        return time.monotonic() - connection.last_heard_at < self._lively_s

    def _take(self, raw: bytes) -> None:
        counters = self.counters
        counters.frames += 1
        fact = parse(raw, self._switch_id)
        if fact is None:
            counters.dropped += 1
            return
        if isinstance(fact, LegUnreadable):
            counters.unreadable += 1
        else:
            counters.events += 1
        self._deliver(fact)

    def _tell_lost(self, reason: str) -> None:
        if self._is_told_lost or self._on_lost is None:
            return
        self._is_told_lost = True
        try:
            self._on_lost(reason)
        except Exception:
            log.exception("on_lost of switch %s failed", self._switch_id)


def _subscribe(connection: Connection) -> str:
    """Filters first, so that no foreign call comes in between; then the switch's Core-UUID (switch_core.c:1993)."""
    data = "".join(f"{line}\n\n" for line in _SUBSCRIBE).encode("ascii")
    for line, reply in zip(_SUBSCRIBE, connection.send(Wire(data, len(_SUBSCRIBE), "subscribe")), strict=True):
        if failure_of(reply) is not None:
            raise CommandFailed(line, reply)
    return connection.api("global_getvar core_uuid").strip().lower()
