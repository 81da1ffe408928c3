"""The other process of `make bench-path`: just enough Event Socket to play calls against an engine, and a stopwatch.

Its events are those that a real switch sent (tests/contract/stream), with other ids. It knows one story: a caller
waits, an agent's phone rings and is answered, they are bridged, the caller leaves, the agent's leg is killed.
On stdin comes one JSON object a line ({"seconds", "calls", "rate", "ring_s", "talk_s"}), on stdout goes one back.
"""

import asyncio
import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

STREAM = Path(__file__).resolve().parent.parent / "tests" / "contract" / "stream" / "events_json.bin.gz"
CORE_ID = "4325c857-c87e-45c5-8c5c-fd85616f82d1"
NUMBER = "100"
PARTS = ("@LEG@", "@OTHER@", "@CALL@", "@AT@", "@SEQ@")


def templates() -> dict[str, bytes]:
    """One frame of each kind that the story needs, with marks where ids and times go."""
    data, found, position = gzip.decompress(STREAM.read_bytes()), {}, 0
    while (head := data.find(b"\n\n", position)) >= 0:
        size = int(data[position:head].split(b"Content-Length: ")[1].split(b"\n")[0])
        event = json.loads(data[head + 2 : head + 2 + size])
        found.setdefault((event["Event-Name"], event.get("Call-Direction")), event)
        position = head + 2 + size
    kinds = {
        "arrive": ("CHANNEL_PARK", "inbound"),
        "play": ("PLAYBACK_START", "inbound"),
        "ring": ("CHANNEL_PARK", "outbound"),
        "answer": ("CHANNEL_PARK", "outbound"),
        "bridge": ("CHANNEL_BRIDGE", "inbound"),
        "unbridge": ("CHANNEL_UNBRIDGE", "inbound"),
        "leave": ("CHANNEL_HANGUP", "inbound"),
        "gone": ("CHANNEL_HANGUP", "outbound"),
    }
    return {name: marked(name, found[kind]) for name, kind in kinds.items()}


def marked(name: str, event: dict[str, Any]) -> bytes:
    event = event | {
        "Unique-ID": "@LEG@",
        "Event-Date-Timestamp": "@AT@",
        "Event-Sequence": "@SEQ@",
        "variable_fcc_call": "@CALL@",
        "Caller-Destination-Number": NUMBER,
    }
    if name == "ring":
        event |= {"Event-Name": "CHANNEL_PROGRESS", "Answer-State": "ringing"}
    for header in ("Bridge-A-Unique-ID", "Bridge-B-Unique-ID", "Other-Leg-Unique-ID"):
        if header in event:
            event[header] = "@LEG@" if header == "Bridge-A-Unique-ID" else "@OTHER@"
    return json.dumps(event, separators=(",", ":")).encode()


class Switch:
    """Every connection of the engine, every call that is played."""

    def __init__(self) -> None:
        self.templates = templates()
        self.listeners: list[asyncio.StreamWriter] = []
        self.seq = 0
        self.at = 0
        self.plan: dict[str, Any] = {"ring_s": 0, "talk_s": 0}
        self.is_open = False
        self.calls: dict[str, str] = {}  # call_id -> the customer's leg
        self.agents: dict[str, str] = {}  # an agent's leg -> its call
        self.places: dict[str, str] = {}  # leg -> parked, ringing, or the leg that it is with
        self.written: dict[str, float] = {}
        self.waits: list[float] = []
        self.done = 0
        self.events = 0

    # -- the Event Socket ------------------------------------------------------------------------

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Content-Type: auth/request\n\n")
        try:
            while True:
                block = (await reader.readuntil(b"\n\n")).decode().strip()
                self._answer(block, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            if writer in self.listeners:
                self.listeners.remove(writer)
            writer.close()

    def _answer(self, block: str, writer: asyncio.StreamWriter) -> None:
        words = block.split()
        api = ""
        if words[0] == "api":
            if words[1] == "global_getvar":
                api = CORE_ID
            elif words[1] == "show":
                api = json.dumps({"rows": [{"uuid": leg} for leg in (*self.calls.values(), *self.agents)]})
            elif words[1] == "uuid_dump":
                api = self._dump(words[2])
            else:
                api = "+OK\n"
            writer.write(f"Content-Type: api/response\nContent-Length: {len(api)}\n\n{api}".encode())
            return
        writer.write(b"Content-Type: command/reply\nReply-Text: +OK\n\n")
        if words[0] == "event":
            self.listeners.append(writer)
        elif words[0] == "sendmsg":
            self._play(words[1])
        elif words[0] == "bgapi":
            self._command(words[1], words[2:], block)

    def _command(self, name: str, arguments: list[str], block: str) -> None:
        if name == "originate":
            leg = block.split("origination_uuid=", 1)[1][:36]
            self._originate(leg, block.split("fcc_call=", 1)[1][:36])
        elif name == "uuid_bridge":
            self._bridge(arguments[0], arguments[1])
        elif name == "uuid_kill":
            self._kill(arguments[0])
        elif name == "uuid_transfer":
            leg = arguments[0]
            call = self.agents.get(leg) or next((call for call in self.calls if self.calls[call] == leg), None)
            if call is not None:
                self.places[leg] = "parked"
                self.emit("answer" if leg in self.agents else "arrive", call, leg)

    def _dump(self, leg: str) -> str:
        place = self.places.get(leg)
        if place is None:
            return "-ERR No such channel!\n"
        said = {"Unique-ID": leg, "Event-Date-Timestamp": str(self.at), "Event-Sequence": str(self.seq)}
        said |= {"Answer-State": "ringing" if place == "ringing" else "answered", "Channel-State": "CS_PARK"}
        if place not in ("ringing", "parked"):
            said["variable_bridge_to"] = place
        return json.dumps(said)

    def emit(self, name: str, call: str, leg: str, other: str = "") -> None:
        self.seq += 1
        self.at = max(self.at + 1, time.time_ns() // 1000)
        body = self.templates[name]
        for mark, text in zip(PARTS, (leg, other, call, str(self.at), str(self.seq)), strict=True):
            body = body.replace(mark.encode(), text.encode())
        frame = b"Content-Length: %d\nContent-Type: text/event-json\n\n" % len(body) + body
        for listener in self.listeners:
            listener.write(frame)
        self.events += 1

    def _began(self, key: str) -> None:
        self.written[key] = time.perf_counter()

    def _came(self, key: str) -> None:
        began = self.written.pop(key, None)
        if began is not None:
            self.waits.append(time.perf_counter() - began)

    # -- the story -------------------------------------------------------------------------------

    def start(self) -> None:
        call, leg = str(uuid4()), str(uuid4())
        self.calls[call] = leg
        self.places[leg] = "parked"
        self._began(leg)
        self.emit("arrive", call, leg)

    def _play(self, leg: str) -> None:
        self._came(leg)
        call = next((call for call in reversed(self.calls) if self.calls[call] == leg), None)
        if call is not None:
            self.emit("play", call, leg)

    def _originate(self, leg: str, call: str) -> None:
        self.agents[leg] = call
        self.places[leg] = "ringing"
        later(self.plan["ring_s"] / 2, lambda: self.emit("ring", call, leg))
        later(self.plan["ring_s"], lambda: self._pick_up(leg, call))

    def _pick_up(self, leg: str, call: str) -> None:
        if leg not in self.agents:
            return  # killed while it rang
        self.places[leg] = "parked"
        self._began(leg)
        self.emit("answer", call, leg)

    def _bridge(self, agent: str, customer: str) -> None:
        self._came(agent)
        call = self.agents[agent]
        self.places |= {agent: customer, customer: agent}
        self.emit("bridge", call, customer, agent)
        later(self.plan["talk_s"], lambda: self._leave(call, customer, agent))

    def _leave(self, call: str, customer: str, agent: str) -> None:
        self.places.pop(customer, None)
        self.places[agent] = "parked"
        self._began("kill " + agent)
        self.emit("leave", call, customer)
        self.emit("unbridge", call, customer, agent)
        self.emit("answer", call, agent)  # park_after_bridge
        self.calls.pop(call, None)

    def _kill(self, leg: str) -> None:
        self._came("kill " + leg)
        self.places.pop(leg, None)
        call = self.agents.pop(leg, None)
        if call is None:
            return
        self.emit("gone", call, leg)
        self.done += 1
        if self.is_open and self.plan["rate"] is None:
            later(0, self.start)

    # -- a run -----------------------------------------------------------------------------------

    async def run(self, plan: dict[str, Any]) -> dict[str, Any]:
        self.plan, self.done, self.events, self.waits = plan, 0, 0, []
        self.is_open = True
        began = time.perf_counter()
        if plan["rate"] is None:
            for _ in range(plan["calls"]):
                self.start()
            await asyncio.sleep(plan["seconds"])
        else:
            for number in range(int(plan["seconds"] * plan["rate"])):
                await asyncio.sleep(max(0.0, began + number / plan["rate"] - time.perf_counter()))
                self.start()
        took = time.perf_counter() - began
        waits = sorted(self.waits)
        result = {"seconds": took, "calls": self.done, "events": self.events}
        result |= {"p50_ms": at(waits, 0.5), "p95_ms": at(waits, 0.95), "waits": len(waits)}
        self.is_open = False
        await asyncio.sleep(2)
        return result | {"left": len(self.calls) + len(self.agents)}


def at(waits: list[float], share: float) -> float:
    return waits[int(share * (len(waits) - 1))] * 1000 if waits else float("nan")


def later(seconds: float, what: Any) -> None:
    loop = asyncio.get_running_loop()
    if seconds > 0:
        loop.call_later(seconds, what)
    else:
        loop.call_soon(what)


async def main() -> None:
    switch = Switch()
    server = await asyncio.start_server(switch.serve, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await switch.run(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
