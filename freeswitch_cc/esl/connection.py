"""One connection to one Event Socket: the only importer of greenswitch, and its faults end here.

What greenswitch 0.0.19 leaves open and this file closes: bytes for framing, sendall, one lock around
a command's write and its place in the reply queue, a deadline for every wait, an end for everybody who
waits when the peer is gone, and a reader that never dies silently. No parsing of events, no
reconnecting (esl.reader, esl.pool), no knowledge of calls.
"""

import logging
import time
from collections.abc import Callable

import gevent
from gevent import socket
from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore
from greenswitch.esl import InboundESL

from freeswitch_cc.errors import CommandFailed, SwitchRefusedUs, SwitchUnreachable
from freeswitch_cc.esl.begun import Begun
from freeswitch_cc.esl.frames import MAX_FRAME_BYTES, Frame, FrameBroken, Framer
from freeswitch_cc.esl.opening import open_socket
from freeswitch_cc.esl.wire import ReplyLost, Wire, failure_of

log = logging.getLogger(__name__)

_RECV_BYTES = 256 * 1024
_BACKLOG_BYTES = 64 * 1024
_CONTROL = ("\n", "\r", "\0")


class Connection(InboundESL):  # type: ignore[misc]
    """connect() once, then api() and send() from any greenlet; after close() or a loss it is finished.

    host, port: of the Event Socket. timeout_s: for connect() as a whole and for every reply.
    on_event: gets the raw body of each JSON event in the reading greenlet; it must not block. What it
    raises is logged and the reading goes on. on_lost: called once with the reason when a connection
    that was open is lost; not after close(), and not when connect() raises.
    """

    def __init__(
        self,
        host: str,
        port: int,
        password: str,
        *,
        timeout_s: float = 5.0,
        on_event: Callable[[bytes], None] | None = None,
        on_lost: Callable[[str], None] | None = None,
        max_frame_bytes: int = MAX_FRAME_BYTES,
    ) -> None:
        if any(sign in password for sign in _CONTROL):
            raise ValueError("the Event Socket password holds a line break")
        super().__init__(host, port, password, timeout=timeout_s)
        self.sock: socket.socket | None = None
        self._where = f"{host}:{port}"
        self._timeout_s = timeout_s
        self._on_event = on_event
        self._on_lost = on_lost
        self._framer = Framer(self._take_event, self._take_frame, max_frame_bytes)
        self._lock = BoundedSemaphore(1)
        self._waiting: list[AsyncResult[str]] = []
        self._greeting: AsyncResult[None] = AsyncResult()
        self._closed_because: str | None = None
        self.last_heard_at = time.monotonic()
        """Monotonic clock (s) of the last bytes that came."""

    @property
    def is_open(self) -> bool:
        """Authenticated, and not lost as far as is known."""
        return bool(self.connected)

    def connect(self) -> None:
        """Connect, be greeted, authenticate: all within timeout_s.

        Raises SwitchUnreachable (nobody listens, silent, not an Event Socket) and SwitchRefusedUs
        (wrong password, access list). mod_event_socket.c:1739-1749, 2678-2690.
        """
        if self.sock is not None or self._is_over():
            raise SwitchUnreachable(f"{self._where}: a connection is used once")
        deadline = time.monotonic() + self._timeout_s
        self.sock = open_socket(self.host, self.port, deadline, self._timeout_s)
        if self._is_over():  # somebody closed us while we dialled
            self.sock.close()
            raise SwitchUnreachable(f"{self._where}: {self._closed_because}")
        self._receive_events_greenlet = gevent.spawn(self.receive_events)
        try:
            self._greet(deadline)
            try:
                [reply] = self._ask(Wire(f"auth {self.password}\n\n".encode(), 1, "auth"), deadline).replies()
            except ReplyLost as lost:
                raise SwitchUnreachable(str(lost)) from None
            if reply.startswith("-ERR"):
                raise SwitchRefusedUs(f"{self._where} refused the password of its Event Socket")
            if not reply.startswith("+OK"):
                raise SwitchUnreachable(f"{self._where} is not an Event Socket: it answered oddly to auth")
        except BaseException as error:
            self._shut(str(error))
            raise
        if self._closed_because is not None:
            raise SwitchUnreachable(f"{self._where}: {self._closed_because}")
        self.connected = True

    def api(self, text: str) -> str:
        """Run `api <text>` and return its output.

        Raises CommandFailed (the switch said no), SwitchUnreachable (not sent), ReplyLost (perhaps sent),
        ValueError (a line break in text: it would become a command of its own).
        """
        if any(sign in text for sign in _CONTROL):
            raise ValueError("an api command must be one line")
        name = " ".join(text.split(" ", 2)[:2])
        [reply] = self.send(Wire(f"api {text}\n\n".encode("utf-8", "replace"), 1, f"api {name}"))
        if failure_of(reply) is not None:
            raise CommandFailed(text, reply.strip())
        return reply

    def send(self, wire: Wire) -> list[str]:
        """Write whole frames in one write and wait for as many replies; they come as they are, -ERR too.

        Raises SwitchUnreachable when nothing was written, ReplyLost when something may have been.
        A reply that does not come within timeout_s closes the connection: replies are told apart by
        their order alone, so every later one would be taken for its neighbour's.
        """
        return self.begin(wire).replies()

    def begin(self, wire: Wire) -> Begun:
        """Write whole frames in one write, and return before they are answered; raises as send().

        What was begun first is answered first. Each has timeout_s for its replies, from now.
        """
        if not self.connected:
            raise SwitchUnreachable(f"{self._where}: {self._closed_because or 'not connected'}")
        return self._ask(wire, time.monotonic() + self._timeout_s)

    def nudge(self) -> None:
        """A line break between commands, which the switch skips: whoever it sends events to by this line looks now.

        Its listener looks for events when it has read something, and else once in 20 ms (mod_event_socket.c:1247 and
        1500). May block while the switch reads nothing, as any write may: not for greenlets that others wait for.
        """
        if not self.connected or not self._lock.acquire(blocking=False):
            return  # a command is being written: that wakes it as well
        try:
            assert self.sock is not None
            self.sock.send(b"\n")
        except OSError:
            pass  # the reading greenlet finds it broken, and says so
        finally:
            self._lock.release()

    def close(self, reason: str = "closed by us") -> None:
        """End the connection at once and fail everybody who waits. on_lost is not called."""
        self._shut(reason)

    def stop(self) -> None:
        """greenswitch's name for close(); its own would wait for replies without end."""
        self.close()

    def receive_events(self) -> None:
        """The reading greenlet: bytes to frames until the connection ends, whatever ends it."""
        reason = "the reader was stopped"
        sock = self.sock
        assert sock is not None
        try:
            while self._closed_because is None:
                chunk = sock.recv(_RECV_BYTES)
                if not chunk:
                    held = self._framer.held_bytes
                    reason = "the peer closed the connection" + (" in the middle of a frame" if held else "")
                    return
                self.last_heard_at = time.monotonic()
                self._framer.feed(chunk)
                if len(chunk) >= _BACKLOG_BYTES:
                    gevent.sleep(0)  # recv() of a full socket never yields: let the others run too
        except FrameBroken as broken:
            reason = f"not an Event Socket: {broken}" if not self._greeting.ready() else f"broken frame: {broken}"
        except _Farewell as farewell:
            reason = str(farewell)
        except OSError as error:
            reason = f"the connection broke: {error.strerror or error}"
        except Exception as error:
            log.exception("the reader of %s failed", self._where)
            reason = f"the reader failed: {type(error).__name__}"
        finally:
            self._shut(reason, is_lost=True)

    def _is_over(self) -> bool:
        return self._closed_because is not None

    def _greet(self, deadline: float) -> None:
        try:
            self._greeting.get(timeout=max(deadline - time.monotonic(), 0.001))
        except gevent.Timeout:
            raise SwitchUnreachable(
                f"{self._where} took the connection and then said nothing for {self._timeout_s:g} s; "
                "is it an Event Socket?"
            ) from None

    def _ask(self, wire: Wire, deadline: float) -> Begun:
        results: list[AsyncResult[str]] = [AsyncResult() for _ in range(wire.replies)]
        if not self._lock.acquire(timeout=max(deadline - time.monotonic(), 0.001)):
            raise SwitchUnreachable(f"{self._where}: another command could not be written in time")
        try:
            if self._closed_because is not None:
                raise SwitchUnreachable(f"{self._where}: {self._closed_because}")
            self._waiting.extend(results)
            self._write(wire, deadline)
        finally:
            self._lock.release()
        reason = f"no reply to {wire.describe} within {self._timeout_s:g} s"
        return Begun(results, deadline, reason, self._lose)

    def _lose(self, reason: str) -> ReplyLost:
        """Replies are told apart by their order alone: without one that is due the connection is of no use any more."""
        self._shut(reason, is_lost=True)
        return ReplyLost(f"{self._where}: {reason}")

    def _write(self, wire: Wire, deadline: float) -> None:
        """sendall under the deadline; a frame that was cut short can only be ended with the connection."""
        assert self.sock is not None
        timer = gevent.Timeout(max(deadline - time.monotonic(), 0.001))
        timer.start()
        try:
            self.sock.sendall(wire.data)
        except BaseException as error:
            lost = self._lose(f"could not write {wire.describe}")
            if isinstance(error, OSError) or error is timer:
                raise lost from None
            raise
        finally:
            timer.close()

    def _take_event(self, raw: bytes) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(raw)
        except Exception:
            log.exception("the receiver of events of %s failed on an event of %d bytes", self._where, len(raw))

    def _take_frame(self, frame: Frame) -> None:
        kind = frame.content_type
        if kind in ("command/reply", "api/response"):
            if not self._waiting:
                raise FrameBroken("a reply that nobody asked for")
            self._waiting.pop(0).set(frame.text)
        elif kind == "auth/request":
            self._greeting.set(None)
        elif kind == "text/rude-rejection":
            self._greeting.set_exception(
                SwitchRefusedUs(f"{self._where} refused our address (apply-inbound-acl of its Event Socket)")
            )
            raise _Farewell("the switch refused our address")
        elif kind == "text/disconnect-notice":
            raise _Farewell("the switch ended the connection: " + frame.body[:80].decode("utf-8", "replace").strip())
        elif not self._greeting.ready():
            raise FrameBroken(f"it greets with {kind[:40]!r}")

    def _shut(self, reason: str, *, is_lost: bool = False) -> None:
        """The one way out, taken once: close the socket, fail everybody who waits, tell on_lost."""
        if self._closed_because is not None:
            return
        self._closed_because = reason
        was_open = bool(self.connected)
        self.connected = False
        self._run = False
        if self.sock is not None:
            self.sock.close()
        if not self._greeting.ready():
            self._greeting.set_exception(SwitchUnreachable(f"{self._where}: {reason}"))
        waiting, self._waiting = self._waiting, []
        for result in waiting:
            result.set_exception(ReplyLost(f"{self._where}: {reason}"))
        if is_lost and was_open and self._on_lost is not None:
            try:
                self._on_lost(reason)
            except Exception:
                log.exception("on_lost of %s failed", self._where)


class _Farewell(Exception):
    """The peer said that it ends the connection."""
