"""One connection of the Event Socket: a socket, who reads it and who writes its events; and the lies, carried out.

Like the listener thread of mod_event_socket.c ("mes") it does one thing at a time: a command that is not answered
yet, or has come by half, holds back every event (mes:1375). What a command means stands in esl_commands.py,
which event passes in subscription.py, what is to be a lie in lies.py.
"""

import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import gevent
from gevent import socket
from gevent.event import AsyncResult
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from freeswitch_cc.simulator import wire
from freeswitch_cc.simulator.clock import Clock
from freeswitch_cc.simulator.esl_commands import Commands
from freeswitch_cc.simulator.lies import Liar, Told
from freeswitch_cc.simulator.wire import Event, Request

log = logging.getLogger(__name__)

_MAX_QUEUE = 100_000  # events that wait for a slow reader; more are lost (mes:36)
_MAX_LOST = 500  # so many lost in a row end the connection (mes:37)
_FIRST_REQUEST_MS = 25_000  # mes:2734
_REORDER_LIMIT_MS = 500  # an event whose turn never comes is sent all the same
_RECV_BYTES = 64 * 1024
_WRITE_BYTES = 256 * 1024
REFUSED = "-ERR refused on purpose"
NO_SUCH_JOB = "fcc_refused_on_purpose"
"""An api command that no switch has: a job of that name fails."""


class Owner(Protocol):
    """What a connection needs of the simulator."""

    @property
    def clock(self) -> Clock: ...
    @property
    def liar(self) -> Liar: ...
    def act(self, do: Callable[[], None]) -> None:
        """Bring the clock to now, then do it."""

    def note_fault(self, error: BaseException) -> None: ...


@dataclass(slots=True)
class Counts:
    """Of one simulator since its start, all connections together."""

    connections: int = 0
    commands: int = 0
    events: int = 0
    lost: int = 0


class Listener:
    """serve() in a greenlet of its own until the connection ends; take() for every event that the switch fires."""

    def __init__(self, sock: socket.socket, owner: Owner, commands: Commands, counts: Counts) -> None:
        self.subscription = commands.subscription
        self._sock = sock
        self._owner = owner
        self._commands = commands
        self._counts = counts
        self._splitter = wire.Splitter()
        self._frames: deque[bytes] = deque()
        self._swapped: list[tuple[str | None, bytes]] = []
        self._news = Signal()
        self._lock = BoundedSemaphore(1)
        self._writer: gevent.Greenlet[..., None] | None = None
        self._is_busy = False
        self._is_over = False
        self._is_stalled = False
        self._is_engine = False
        self._lost_in_a_row = 0
        self._awaited: AsyncResult[bytes] | None = None

    @property
    def is_engine(self) -> bool:
        """Has it set a filter, or sent jobs or messages? Phones, witnesses and people ask with `api` only."""
        return self._is_engine

    # -- events ----------------------------------------------------------------------------------

    def take(self, event: Event, frame: bytes) -> None:
        """An event that the subscription wants, and its frame in the subscription's format."""
        liar = self._owner.liar
        told = None
        if liar.lies.rules and (liar.lies.to_all or self.subscription.has_filter):
            told = liar.about_event(str(event["Event-Name"]))
        if told is None:
            self._push(event, frame)
        elif told.kind == "duplicate":
            self._push(event, frame)
            self._owner.clock.after(told.ms, lambda: self._push(event, frame))
        elif told.kind == "delay":
            self._owner.clock.after(told.ms, lambda: self._push(event, frame))
        elif told.kind == "reorder":
            self._hold(event, frame, told)
        elif told.kind == "cut":
            self._frames.append(frame[: len(frame) // 2])
            self._frames.append(b"")
            self._news.set()

    def _push(self, event: Event, frame: bytes) -> None:
        self._append(frame)
        if self._swapped:
            leg = event.get("Unique-ID")
            free = [one for one in self._swapped if one[0] is None or one[0] == leg]
            self._swapped = [one for one in self._swapped if one not in free]
            for _, held in free:
                self._append(held)

    def _append(self, frame: bytes) -> None:
        """A place in line for the frame, if there is one (mes:387-402)."""
        if self._is_over:
            return
        if len(self._frames) >= _MAX_QUEUE:
            self._counts.lost += 1
            self._lost_in_a_row += 1
            if self._lost_in_a_row > _MAX_LOST:
                self.end(wire.EVENTS_LOST)
            return
        self._lost_in_a_row = 0
        self._counts.events += 1
        self._frames.append(frame)
        self._news.set()

    def _hold(self, event: Event, frame: bytes, told: Told) -> None:
        leg = event.get("Unique-ID")
        held = (str(leg) if told.place == "leg" and leg else None, frame)
        self._swapped.append(held)

        def give_up() -> None:
            if held in self._swapped:
                self._swapped.remove(held)
                self._append(frame)

        self._owner.clock.after(_REORDER_LIMIT_MS, give_up)

    def _write_events(self) -> None:
        """The writing greenlet."""
        try:
            while not self._is_over:
                self._news.wait()
                self._news.clear()
                while self._frames and not (self._is_busy or self._is_stalled or self._splitter.is_begun):
                    is_last = self._write_batch()
                    if is_last:
                        return
        except OSError:
            pass  # the client went, or we did
        finally:
            self.end()

    def _write_batch(self) -> bool:
        """As many frames as fit into one write; True at the empty one, which is the end of the connection."""
        batch: list[bytes] = []
        size = 0
        while self._frames and size < _WRITE_BYTES and (not batch or batch[-1]):
            batch.append(self._frames.popleft())
            size += len(batch[-1])
        self._send(b"".join(batch))
        return not batch[-1]

    # -- commands --------------------------------------------------------------------------------

    def serve(self) -> None:
        """Greet, answer, until one of the two ends it."""
        self._counts.connections += 1
        self._writer = gevent.spawn(self._write_events)
        try:
            if self._greet():
                self._obey_all()
        except OSError:
            pass  # the client went, or we did
        except wire.NoRequest as problem:
            log.warning("an Event Socket connection is ended: %s", problem)
            self.end(wire.GOODBYE)
        except Exception as error:
            self._owner.note_fault(error)
        finally:
            self.end()
            self._writer.kill(block=False)

    def end(self, message: str | None = None) -> None:
        """Close at once; with a message the client is told before, if he reads (kill_listener, mes:661)."""
        if self._is_over:
            return
        self._is_over = True
        if self._awaited is not None:
            self._awaited.set_exception(ConnectionAbortedError())
        with suppress(OSError):
            if message is not None:
                self._sock.setblocking(False)
                self._sock.send(wire.disconnect_notice(message, self.subscription.session))
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self._news.set()

    def _greet(self) -> bool:
        told = self._owner.liar.about_connection()
        if told is not None and told.kind == "refuse":
            self._send(wire.rude_rejection())
            return False
        return self._answer(told, wire.AUTH_REQUEST)

    def _obey_all(self) -> None:
        timer = self._owner.clock.after(_FIRST_REQUEST_MS, lambda: self.end(wire.GOODBYE))
        while self._commands.is_running:
            request = None if self._is_stalled else self._splitter.next()
            if request is None:
                if self._frames:
                    self._news.set()
                chunk = self._sock.recv(_RECV_BYTES)
                if not chunk:
                    break
                if not self._is_stalled:
                    self._splitter.feed(chunk)
                continue
            timer.cancel()
            if not self._obey(request):
                return
        self.end(wire.GOODBYE)

    def _obey(self, request: Request) -> bool:
        """Carry one command out and answer it; False when a lie has ended the connection."""
        self._counts.commands += 1
        told = self._about(request)
        if told is not None and told.place == "before":
            return self._answer(told, b"")
        if told is not None and told.kind == "refuse":
            request, refusal = _refused(request, told)
            if refusal:
                return self._answer(None, refusal)
            told = None
        self._is_busy = True
        try:
            return self._answer(told, self._reply_to(request))
        finally:
            self._is_busy = False

    def _about(self, request: Request) -> Told | None:
        """A lie about this command, if lies concern this connection. Asked once for each command."""
        names = request.names()
        if names[0] in ("filter", "bgapi", "sendmsg"):
            self._is_engine = True
        liar = self._owner.liar
        if not (liar.lies.rules and self._commands.is_authed and (liar.lies.to_all or self.is_engine)):
            return None
        return None if "fcc_simulator" in names else liar.about_command(names)

    def _reply_to(self, request: Request) -> bytes:
        answer: AsyncResult[bytes] = AsyncResult()
        try:
            self._owner.act(lambda: self._commands.carry_out(request, answer.set))
        except Exception as error:
            self._owner.note_fault(error)
            text = f"-ERR the simulator failed: {type(error).__name__}: {error}"
            is_api = request.names()[0] == "api"
            return wire.api_response(text) if is_api else wire.command_reply(" ".join(text.split()))
        self._awaited = answer
        try:
            return answer.get() or b""
        finally:
            self._awaited = None

    def _answer(self, told: Told | None, reply: bytes) -> bool:
        """Send the reply as the lie would have it; False when the connection is over by it."""
        if told is None:
            self._send(reply)
            return True
        if told.kind == "stall":
            self._is_stalled = True
            return True
        if told.place == "middle":
            self._send(reply[: len(reply) // 2])
        return False

    def _send(self, data: bytes) -> None:
        with self._lock:
            sent = self._sock.send(data)
            if sent < len(data):  # sendall() asks the kernel for the size of its buffer each time
                self._sock.sendall(data[sent:])


def _refused(request: Request, told: Told) -> tuple[Request, bytes]:
    """The refusal; or, for a job that is taken and then fails, the command that is carried out instead."""
    name = request.names()[0]
    if name == "bgapi" and told.place == "job":
        return Request(request.whole, f"bgapi {NO_SUCH_JOB}", request.headers), b""
    return request, wire.api_response(REFUSED + "\n") if name == "api" else wire.command_reply(REFUSED)
