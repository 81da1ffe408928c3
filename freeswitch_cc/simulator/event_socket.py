"""The Event Socket of a simulated switch: a TCP server, its connections, and virtual time driven by real time.

Which switch it is, and where its configuration comes from, stands in server.py; what a connection does in listener.py.
"""

import errno
import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self

import gevent
from gevent import socket
from gevent.event import Event as Signal
from gevent.server import StreamServer

from freeswitch_cc.errors import SwitchFailed
from freeswitch_cc.simulator import wire
from freeswitch_cc.simulator.clock import Clock
from freeswitch_cc.simulator.control import control
from freeswitch_cc.simulator.esl_commands import Commands
from freeswitch_cc.simulator.esl_commands import Switch as Commanded
from freeswitch_cc.simulator.lies import Liar, Lies
from freeswitch_cc.simulator.listener import Counts, Listener
from freeswitch_cc.simulator.wire import Event

log = logging.getLogger(__name__)

_BACKLOG = 128


class Switch(Commanded, Protocol):
    """What is asked of the switch; see switch.Switch."""

    @property
    def core_uuid(self) -> str: ...
    def subscribe(self, hear: Callable[[Event], None]) -> Callable[[], None]: ...
    def dial(self, *, number: str, name: str, number_from: str, sends: str, reply: Callable[[str], None]) -> None: ...
    def register(self, user: str, rung_at: str, call_id: str = "") -> None: ...
    def unregister(self, user: str) -> None: ...
    def expire(self, user: str) -> None: ...


class EventSocket:
    """start() and stop(), or `with`. make: a new switch and its clock, for each start; it is told which start it is.

    port: 0 takes a free one at the first start, and keeps it. seed: of the lies. start() raises SwitchFailed when the
    port is taken.
    """

    switch: Switch
    """Since start()."""
    clock: Clock

    def __init__(
        self,
        make: Callable[[int], tuple[Clock, Switch]],
        *,
        host: str,
        port: int,
        password: str,
        seed: int = 0,
        lies: Lies | None = None,
    ) -> None:
        self._make = make
        self._host = host
        self._port = port
        self._password = password
        self._seed = seed
        self._lies = lies or Lies()
        self._starts = 0
        self._server: StreamServer | None = None
        self._driver: gevent.Greenlet[..., None] | None = None
        self._listeners: set[Listener] = set()
        self._began = 0.0
        self._wake = Signal()
        self._sleeps_until = 0.0
        self.liar = Liar(self._lies, seed)
        self.counts = Counts()
        self.faults: list[BaseException] = []
        """What failed inside the simulator; a test looks that it is empty."""

    @property
    def host(self) -> str:
        return self._host

    @property
    def esl_port(self) -> int:
        return self._port

    @property
    def password(self) -> str:
        return self._password

    @property
    def lies(self) -> Lies:
        return self._lies

    @lies.setter
    def lies(self, lies: Lies) -> None:
        """From now on, with counts that begin anew."""
        self._lies = lies
        self.liar = Liar(lies, self._seed)

    # -- its life --------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen. After stop() or kill() it is another switch at the same port, with another Core-UUID."""
        if self._server is not None:
            return
        self._listen()
        self._renew()
        self._alarm = gevent.get_hub().loop.timer(0.0)
        self._driver = gevent.spawn(self._drive)

    def stop(self) -> None:
        """As `fsctl shutdown now`: every client is told, then it is gone. Harmless when it is not running."""
        self._end(wire.SHUT_DOWN)

    def kill(self) -> None:
        """As a power cut: every socket is closed at once, and everything is forgotten."""
        self._end(None)

    def restart(self) -> None:
        """kill() and start()."""
        self.kill()
        self.start()

    def restart_soon(self) -> None:
        """restart() from a greenlet of its own, so that who asks can be answered first."""
        gevent.spawn(self.restart)

    def _renew(self) -> None:
        self._starts += 1
        self.clock, self.switch = self._make(self._starts)
        self._began = time.monotonic()
        self.switch.subscribe(self._hear)
        self.liar = Liar(self._lies, self._seed + self._starts)
        self.counts = Counts()

    def _listen(self) -> None:
        listening = socket.socket()
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self._host, self._port))
            listening.listen(_BACKLOG)
        except OSError as error:
            listening.close()
            if error.errno != errno.EADDRINUSE:
                raise SwitchFailed(f"cannot listen at {self._host}:{self._port}: {error.strerror}") from None
            raise SwitchFailed(
                f"port {self._port} of {self._host} is in use: another switch or simulator runs there"
            ) from None
        self._port = int(listening.getsockname()[1])
        self._server = StreamServer(listening, self._serve)
        self._server.start()

    def _end(self, message: str | None) -> None:
        self._close(message)
        if self._driver is not None:
            self._alarm.close()
            self._driver.kill(block=False)
            self._driver = None

    def _close(self, message: str | None) -> None:
        """Stop to listen and end every connection; the calls go on."""
        server, self._server = self._server, None
        if server is not None:
            server.stop(timeout=0)
        for listener in tuple(self._listeners):
            listener.end(message)
        self._listeners.clear()

    def _unload(self, is_reload: bool) -> None:
        """mod_event_socket goes, and on a reload comes back; after the reply, in a greenlet of its own."""

        def unload() -> None:
            self._close(wire.SHUT_DOWN)
            if is_reload:
                self._listen()

        gevent.spawn(unload)

    # -- its time --------------------------------------------------------------------------------

    def act(self, do: Callable[[], None]) -> None:
        """Bring virtual time to now, do something, and see that what it has begun is carried out in time."""
        self._advance()
        do()
        due = self.clock.next_at()
        if due is not None and due < self._sleeps_until:
            self._sleep_until(due)

    def _drive(self) -> None:
        """The driving greenlet: what is due in virtual time happens when real time has come there."""
        while True:
            self._advance()
            self._sleep_until(self.clock.next_at())
            self._wake.wait()
            self._wake.clear()

    def _sleep_until(self, due: float | None) -> None:
        """When the driving greenlet is to look again; a timer, as wait(timeout=...) ends by a costly exception."""
        self._alarm.close()
        self._sleeps_until = float("inf") if due is None else due
        if due is not None:
            self._alarm = gevent.get_hub().loop.timer(max(due - self._now(), 0.0) / 1000)
            self._alarm.start(self._wake.set, update=True)

    def _now(self) -> float:
        return (time.monotonic() - self._began) * 1000

    def _advance(self) -> None:
        while True:
            try:
                return self.clock.advance(self._now())
            except Exception as error:  # one thing that was due has failed; the rest is still to come
                self.note_fault(error)

    def note_fault(self, error: BaseException) -> None:
        """Something inside has failed: it is logged, and kept for the tests."""
        log.error("the simulator failed", exc_info=error)
        self.faults.append(error)

    # -- its connections -------------------------------------------------------------------------

    def _serve(self, sock: socket.socket, _address: object) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        commands = Commands(
            self.switch,
            self._password,
            control=lambda text, reply: control(self, text, reply),
            unload=self._unload,
        )
        listener = Listener(sock, self, commands, self.counts)
        self._listeners.add(listener)
        try:
            listener.serve()
        finally:
            self._listeners.discard(listener)

    def _hear(self, event: Event) -> None:
        """Every event of the switch: rendered once for each format that somebody listens in."""
        frames: dict[str, bytes] = {}
        for listener in tuple(self._listeners):
            subscription = listener.subscription
            if subscription.wants(event):
                format_ = subscription.format
                frame = frames.get(format_)
                if frame is None:
                    frame = frames[format_] = wire.event_frame(event, format_)
                listener.take(event, frame)

    # -- for who is outside ----------------------------------------------------------------------

    def dial(self, *, number: str, name: str, number_from: str, sends: str, reply: Callable[[str], None]) -> None:
        """A robot dials; see switch.Switch.dial."""
        self.act(lambda: self.switch.dial(number=number, name=name, number_from=number_from, sends=sends, reply=reply))

    def register(self, user: str, rung_at: str, call_id: str = "") -> None:
        """A phone registers; see simulator.registrations."""
        self.act(lambda: self.switch.register(user, rung_at, call_id))

    def unregister(self, user: str) -> None:
        self.act(lambda: self.switch.unregister(user))

    def expire(self, user: str) -> None:
        self.act(lambda: self.switch.expire(user))

    def statistics(self) -> dict[str, Any]:
        """Counts since the last start."""
        return {
            "core_uuid": self.switch.core_uuid,
            "starts": self._starts,
            "ms": round(self.clock.now),
            "connections_now": len(self._listeners),
            "connections": self.counts.connections,
            "commands": self.counts.commands,
            "events_sent": self.counts.events,
            "events_lost": self.counts.lost,
            "lies": dict(self.liar.told),
            "faults": len(self.faults),
        }
