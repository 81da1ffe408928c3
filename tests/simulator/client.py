"""A plain client of an Event Socket, and a switch of a few lines to put behind one. Nothing is checked here."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gevent
from gevent import socket

from freeswitch_cc.simulator.clock import Clock
from freeswitch_cc.simulator.event_socket import EventSocket
from freeswitch_cc.simulator.lies import Lies
from freeswitch_cc.simulator.wire import Event

PASSWORD = "a secret of the tests"
LIMIT_S = 10.0


class Frame:
    """Headers and body, as they came."""

    def __init__(self, headers: dict[str, str], body: bytes) -> None:
        self.headers = headers
        self.body = body

    @property
    def kind(self) -> str:
        return self.headers["Content-Type"]

    @property
    def text(self) -> str:
        """What a reply says."""
        return self.body.decode() if self.kind == "api/response" else self.headers.get("Reply-Text", "")

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def __repr__(self) -> str:
        return f"{self.headers} {self.body[:80]!r}"


class Client:
    """Every wait ends after LIMIT_S at the latest, with an AssertionError."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""

    def close(self) -> None:
        self._sock.close()

    def write(self, text: str | bytes) -> None:
        self._sock.sendall(text if isinstance(text, bytes) else text.encode())

    def frame(self) -> Frame:
        """The next one. Raises EOFError at the end, with what was left over."""
        head = self._until(lambda held: held.find(b"\n\n"), 2)
        headers = dict(line.split(": ", 1) for line in head.decode().rstrip("\n").split("\n"))
        size = int(headers.get("Content-Length", 0))
        return Frame(headers, self._until(lambda held: size if len(held) >= size else -1, 0))

    def say(self, command: str) -> str:
        """One command and its reply; nothing else may come between."""
        self.write(f"{command}\n\n")
        return self.frame().text

    def events(self, count: int) -> list[dict[str, Any]]:
        return [self.frame().event for _ in range(count)]

    def rest(self) -> bytes:
        """Everything until the other side closes."""
        while chunk := self._receive():
            self._held += chunk
        return self._held

    def is_silent(self, for_s: float = 0.05) -> bool:
        """Has nothing come, and does nothing come for a moment?"""
        if self._held:
            return False
        with gevent.Timeout(for_s, False):
            self._held += self._sock.recv(65536)
            return False
        return True

    def _until(self, place: Callable[[bytes], int], more: int) -> bytes:
        while (found := place(self._held)) < 0:
            chunk = self._receive()
            if not chunk:
                raise EOFError(self._held)
            self._held += chunk
        taken, self._held = self._held[: found + more], self._held[found + more :]
        return taken

    def _receive(self) -> bytes:
        try:
            return self._sock.recv(65536)
        except TimeoutError:
            raise AssertionError(f"nothing came within {LIMIT_S} s") from None
        except ConnectionError:
            return b""


class FakeSwitch:
    """`echo TEXT` answers at once, `wait MS` later, `empty` nothing, `fail` not at all. It keeps what it was told."""

    def __init__(self, clock: Clock, core_uuid: str) -> None:
        self.clock = clock
        self.core_uuid = core_uuid
        self.told: list[tuple[Any, ...]] = []
        self._hearers: list[Callable[[Event], None]] = []

    def fire(self, name: str, **headers: str) -> None:
        event: Event = {"Event-Name": name} | {key.replace("_", "-"): value for key, value in headers.items()}
        for hear in self._hearers:
            hear(event)

    def api(self, text: str, reply: Callable[[str], None]) -> None:
        self.told.append(("api", text, self.clock.now))
        name, _, rest = text.partition(" ")
        if name == "wait":
            self.clock.after(float(rest), lambda: reply(f"+OK {self.clock.now}\n"))
        elif name == "fire":
            self.fire(*rest.split())
            reply("+OK\n")
        elif name == "fail":
            raise RuntimeError("it failed")
        elif name == "uuid_exists":
            reply("true" if rest == "leg" else "false")
        elif name == "global_getvar":
            reply(self.core_uuid)
        else:
            reply({"echo": rest, "empty": ""}.get(name, f"-ERR {name} Command not found!\n"))

    def bgapi(self, text: str, job_uuid: str | None) -> str:
        job = job_uuid or "drawn"
        self.told.append(("bgapi", text, job))

        def end() -> None:
            said: list[str] = []
            self.api(text, said.append)
            self.fire("BACKGROUND_JOB", Job_UUID=job, _body="".join(said))

        self.clock.after(1, end)
        return job

    def sendmsg(self, uuid: str, headers: Mapping[str, str]) -> str:
        self.told.append(("sendmsg", uuid, dict(headers)))
        return "+OK" if uuid == "leg" else f"-ERR invalid session id [{uuid}]"

    def subscribe(self, hear: Callable[[Event], None]) -> Callable[[], None]:
        self._hearers.append(hear)
        return lambda: self._hearers.remove(hear)

    def dial(self, *, number: str, name: str, number_from: str, sends: str, reply: Callable[[str], None]) -> None:
        self.told.append(("dial", number, name, number_from, sends))
        self.clock.after(5, lambda: reply("+OK phone\n"))

    def register(self, user: str, rung_at: str, call_id: str = "") -> None:
        self.told.append(("register", user, rung_at, call_id))

    def unregister(self, user: str) -> None:
        self.told.append(("unregister", user))

    def expire(self, user: str) -> None:
        self.told.append(("expire", user))


class Bench:
    """An Event Socket in front of a FakeSwitch, and clients that are closed at the end."""

    def __init__(self, *lies: str, port: int = 0, seed: int = 0) -> None:
        self.socket = EventSocket(
            self._make, host="127.0.0.1", port=port, password=PASSWORD, seed=seed, lies=Lies.parse(lies)
        )
        self._clients: list[Client] = []

    def _make(self, start: int) -> tuple[Clock, FakeSwitch]:
        clock = Clock()
        return clock, FakeSwitch(clock, f"core-{start}")

    @property
    def switch(self) -> FakeSwitch:
        switch = self.socket.switch
        assert isinstance(switch, FakeSwitch)
        return switch

    def fire(self, name: str, **headers: str) -> None:
        self.socket.act(lambda: self.switch.fire(name, **headers))

    def stranger(self) -> Client:
        """Connected, and nothing read yet."""
        client = Client(self.socket.esl_port)
        self._clients.append(client)
        return client

    def client(self, *commands: str) -> Client:
        """Authenticated; then these commands, each of which must be taken."""
        client = self.stranger()
        assert client.frame().kind == "auth/request"
        for command in (f"auth {PASSWORD}", *commands):
            reply = client.say(command)
            assert reply.startswith("+OK"), (command, reply)
        return client

    def engine(self) -> Client:
        """A client with a filter that everything passes."""
        return self.client("filter Event-Name /./", "event json ALL")

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.socket.stop()


@contextmanager
def bench(*lies: str, port: int = 0, seed: int = 0) -> Iterator[Bench]:
    """Running, until the block ends; nothing inside may have failed."""
    one = Bench(*lies, port=port, seed=seed)
    one.socket.start()
    try:
        yield one
        assert one.socket.faults == []
    finally:
        one.close()
