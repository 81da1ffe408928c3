"""A hand-written Event Socket for the tests of this room: a TCP server that a test scripts line by line.

It knows framing and nothing else; it is no simulator.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
from gevent import socket
from gevent.event import Event
from gevent.server import StreamServer

from freeswitch_cc.esl.connection import Connection

PASSWORD = "a secret of the tests"
CORE_ID = "4325c857-c87e-45c5-8c5c-fd85616f82d1"
GREETING = b"Content-Type: auth/request\n\n"
LIMIT_S = 5.0


def reply(text: str) -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def api_reply(text: str | bytes) -> bytes:
    body = text if isinstance(text, bytes) else text.encode()
    return b"Content-Type: api/response\nContent-Length: %d\n\n" % len(body) + body


def event(headers: dict[str, object] | bytes) -> bytes:
    body = headers if isinstance(headers, bytes) else json.dumps(headers, separators=(",", ":")).encode()
    return b"Content-Length: %d\nContent-Type: text/event-json\n\n" % len(body) + body


class Peer:
    """One accepted connection, seen from the switch."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = b""
        self.commands: list[str] = []
        self.nudges = 0
        self.nudged = Event()

    def write(self, data: bytes) -> None:
        self.sock.sendall(data)

    def read(self) -> str:
        """The next command block without its blank line; empty at the end of the stream.

        Line breaks before a command are skipped, as a switch does (mod_event_socket.c:1267), and counted.
        """
        while b"\n\n" not in (command := self._buffer.lstrip(b"\n")):
            chunk = self.sock.recv(65536)
            if not chunk:
                return ""
            self._buffer += chunk
            if not self._buffer.strip(b"\n"):
                self.nudges += len(self._buffer)
                self._buffer = b""
                self.nudged.set()
        block, self._buffer = command.split(b"\n\n", 1)
        self.commands.append(block.decode())
        return self.commands[-1]

    def welcome(self) -> None:
        """Greeting and authentication, as a switch in good health does them."""
        self.write(GREETING)
        assert self.read() == f"auth {PASSWORD}"
        self.write(reply("+OK accepted"))

    def wait_for_end(self) -> None:
        """Until the other side closes."""
        while self.read():
            pass


@contextmanager
def listening(script: Callable[[Peer], None]) -> Iterator[int]:
    """Serve each connection with the script, and close it when the script returns. Yields the port."""
    failures: list[BaseException] = []

    def serve(sock: socket.socket, _address: object) -> None:
        try:
            script(Peer(sock))
        except OSError:
            pass  # the client went first
        except BaseException as error:
            failures.append(error)
        finally:
            sock.close()

    server = StreamServer(("127.0.0.1", 0), serve)
    server.start()
    try:
        yield server.server_port
    finally:
        server.stop(timeout=0)
    assert not failures, failures


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def answering(answers: dict[str, bytes], seen: list[str] | None = None) -> Callable[[Peer], None]:
    """A switch that answers by the beginning of a command, and `+OK` to the rest."""

    def script(peer: Peer) -> None:
        peer.welcome()
        while command := peer.read():
            if seen is not None:
                seen.append(command)
            known = next((answer for start, answer in answers.items() if command.startswith(start)), None)
            if known is not None:
                peer.write(known)
            elif command.startswith("api global_getvar core_uuid"):
                peer.write(api_reply(CORE_ID))
            elif command.startswith("api "):
                peer.write(api_reply("+OK\n"))
            else:
                peer.write(reply("+OK"))

    return script


def within(seconds: float = LIMIT_S) -> gevent.Timeout:
    """A deadline for a whole test: a hanging wait fails it instead of stopping the run."""
    return gevent.Timeout(seconds, AssertionError("the test took too long"))


def connected(port: int, **more: object) -> Connection:
    settings: dict[str, object] = {"timeout_s": 2.0} | more
    connection = Connection("127.0.0.1", port, PASSWORD, **settings)  # type: ignore[arg-type]
    connection.connect()
    return connection
