"""From socket to typed event: ours against greenswitch alone, on one recorded stream, in one run.

`make bench-ingest`. Another process sends the stream; only the CPU time of this one is counted, in
rounds that alternate, and the median of the ratios of neighbouring rounds is what counts: the machine
may be busy. greenswitch gets the plain stream and a `*` handler that only counts; ours gets the same
calls as JSON, through Connection and parse, to typed events. Both streams are marked with fcc_call,
as our dialplan would have done; greenswitch gives headers and no types, so the comparison is in its favour.
`*_subscribed` is the same with only those events that we subscribe to: what a switch really sends us.
"""

from gevent import monkey

monkey.patch_all()

import gzip
import re
import socket
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from gevent.event import Event

warnings.filterwarnings("ignore", category=SyntaxWarning)

from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.frames import Framer
from freeswitch_cc.esl.parse import EVENT_NAMES, parse
from greenswitch import InboundESL

STREAM = Path(__file__).resolve().parent.parent / "tests" / "contract" / "stream"
CALL_ID = b"0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"
ROUNDS = 5
OUR_FRAMES = 60_000
THEIR_FRAMES = 6_000
LIMIT_S = 120.0

Frames = list[bytes]


def json_frames() -> Frames:
    """The bodies of the recorded JSON events, marked."""
    bodies: Frames = []
    Framer(bodies.append, print).feed(gzip.decompress((STREAM / "events_json.bin.gz").read_bytes()))
    mark = b',"variable_fcc_call":"' + CALL_ID + b'"}'
    return [body[:-1] + mark if b'"variable_' in body else body for body in bodies]


def plain_frames() -> Frames:
    """The bodies of the recorded plain events, marked."""
    bodies: Frames = []
    framer = Framer(print, lambda frame: bodies.append(frame.body))
    framer.feed(gzip.decompress((STREAM / "events_plain.bin.gz").read_bytes()))
    mark = b"variable_fcc_call: " + CALL_ID + b"\n\n"
    return [body[:-1] + mark if b"\nvariable_" in body and body.endswith(b"\n\n") else body for body in bodies]


def subscribed(bodies: Frames) -> Frames:
    """Only the events that we ask the switch for."""
    name = re.compile(rb'\A(?:\{"Event-Name":"|Event-Name: )(' + "|".join(EVENT_NAMES).encode() + rb')["\n]')
    return [body for body in bodies if name.match(body)]


def wire(bodies: Frames, kind: str) -> bytes:
    head = b"Content-Length: %d\nContent-Type: text/event-" + kind.encode() + b"\n\n"
    return b"".join(head % len(body) + body for body in bodies)


def serve(repeats: int) -> None:
    """The other process: greet, accept, send what came on stdin so many times, wait for the end."""
    data = sys.stdin.buffer.read()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    peer, _ = listener.accept()
    peer.sendall(b"Content-Type: auth/request\n\n")
    peer.recv(1024)
    peer.sendall(b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
    for _ in range(repeats):
        peer.sendall(data)
    peer.recv(1024)


def measure(data: bytes, frames: int, want: int, run: Callable[[int, int, Event], Callable[[], None]]) -> float:
    """Frames per CPU second of this process."""
    repeats = max(1, want // frames)
    command = [sys.executable, __file__, "--serve", str(repeats)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(data)
        server.stdin.close()
        port = int(server.stdout.readline())
        done = Event()
        began = time.process_time()
        stop = run(port, frames * repeats, done)
        if not done.wait(timeout=LIMIT_S):
            raise SystemExit("the stream did not come to its end")
        used = time.process_time() - began
        stop()
        server.kill()
    return frames * repeats / used


def run_ours(port: int, total: int, done: Event) -> Callable[[], None]:
    seen = 0
    typed = 0

    def take(raw: bytes) -> None:
        nonlocal seen, typed
        seen += 1
        if parse(raw, "bench") is not None:
            typed += 1
        if seen == total:
            done.set()

    connection = Connection("127.0.0.1", port, "bench", on_event=take)
    connection.connect()

    def stop() -> None:
        assert typed > 0, "nothing became a typed event"
        connection.close()

    return stop


def run_greenswitch(port: int, total: int, done: Event) -> Callable[[], None]:
    seen = 0

    def take(_event: object) -> None:
        nonlocal seen
        seen += 1
        if seen == total:
            done.set()

    connection = InboundESL("127.0.0.1", port, "bench")
    connection.register_handle("*", take)
    connection.connect()
    return lambda: connection.sock.close()


def compare(plain: Frames, ours: Frames) -> tuple[float, float, float]:
    """Medians of events per CPU second of both, and of their ratio round by round."""
    theirs_each, ours_each = [], []
    plain_wire, json_wire = wire(plain, "plain"), wire(ours, "json")
    for _ in range(ROUNDS):
        theirs_each.append(measure(plain_wire, len(plain), THEIR_FRAMES, run_greenswitch))
        ours_each.append(measure(json_wire, len(ours), OUR_FRAMES, run_ours))
    ratios = [mine / other for mine, other in zip(ours_each, theirs_each, strict=True)]
    return statistics.median(theirs_each), statistics.median(ours_each), statistics.median(ratios)


def main() -> None:
    plain, ours = plain_frames(), json_frames()
    theirs_rate, ours_rate, ratio = compare(plain, ours)
    print(f"events_per_s_greenswitch: {theirs_rate:.0f}")
    print(f"events_per_s_ours: {ours_rate:.0f}")
    print(f"ingest_ratio_vs_greenswitch: {ratio:.1f}")
    theirs_rate, ours_rate, ratio = compare(subscribed(plain), subscribed(ours))
    print(f"events_per_s_greenswitch_subscribed: {theirs_rate:.0f}")
    print(f"events_per_s_ours_subscribed: {ours_rate:.0f}")
    print(f"ingest_ratio_vs_greenswitch_subscribed: {ratio:.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(int(sys.argv[2]))
    else:
        main()
