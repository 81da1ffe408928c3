"""The hands of the contract checks: commands to a switch, its events kept in order, waits with a deadline.

A client of its own and not esl.Connection: what is checked here is the switch, byte for byte, not our reading
of it. No rule stands here; whatever answers on an Event Socket (a FreeSWITCH, the simulator) can be probed.
"""

import json
import queue
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from freeswitch_cc.testcalls.address import SwitchAddress
from freeswitch_cc.testcalls.phones import Phones

Event = dict[str, Any]

MUSIC = "tone_stream://%(500,2000,350);loops=-1"
# What the engine gives to a leg that it originates (freeswitch_cc/esl/render_originate.py).
OURS = (
    "park_after_bridge=true,hangup_after_bridge=false,hold_hangup_xfer_exten=park:inline,"
    "hangup_after_conference=false,conference_controls=none,force_transfer_dialplan=XML,force_transfer_context=fcc,"
    "media_timeout=0,uuid_bridge_park_on_cancel=true,rdnis=fcc_rescue"
)
EVENTS = (
    "CHANNEL_CREATE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_PARK CHANNEL_UNPARK CHANNEL_BRIDGE "
    "CHANNEL_UNBRIDGE CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP "
    "CHANNEL_HANGUP_COMPLETE CHANNEL_DESTROY CHANNEL_STATE CHANNEL_CALLSTATE CODEC PLAYBACK_START PLAYBACK_STOP "
    "RECORD_START RECORD_STOP "
    "BACKGROUND_JOB DTMF CUSTOM conference::maintenance sofia::register sofia::unregister sofia::expire"
)


class Socket:
    """One authenticated Event Socket connection with a reading thread. Events are kept, oldest first."""

    def __init__(self, address: SwitchAddress, *before: str) -> None:
        self._sock = socket.create_connection((address.host, address.esl_port), timeout=10)
        self._sock.settimeout(None)
        self._file = self._sock.makefile("rb")
        self._replies: queue.Queue[str] = queue.Queue()
        self._news = threading.Condition()
        self.events: list[Event] = []
        self.bodies: list[bytes] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        for line in (f"auth {address.password}", *before):
            reply = self.command(line)
            assert reply.startswith("+OK"), (line, reply)

    def close(self) -> None:
        self._sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._file.close()
        self._sock.close()

    def command(self, text: str | bytes, within_s: float = 30.0) -> str:
        """Send one command and return its reply, stripped."""
        raw = text if isinstance(text, bytes) else text.encode()
        self._sock.sendall(raw + b"\n\n")
        return self._replies.get(timeout=within_s).strip()

    def mark(self) -> int:
        """Where the story stands now: waits and looks may start from here."""
        return len(self.events)

    def forget(self) -> None:
        """The story so far: nobody has a mark in it any more. A story of thirty bridges is 70 MB of variables."""
        with self._news:
            self.events.clear()
            self.bodies.clear()

    def wait(self, is_it: Callable[[Event], bool], since: int, within_s: float) -> Event | None:
        """The first such event since then, or None when it has not come within_s."""
        deadline = time.monotonic() + within_s
        position = since
        with self._news:
            while True:
                while position < len(self.events):
                    if is_it(self.events[position]):
                        return self.events[position]
                    position += 1
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    if position < len(self.events):
                        continue
                    return None

    def _read(self) -> None:
        try:
            while True:
                headers = self._headers()
                body = self._file.read(int(headers.get("Content-Length", 0)))
                kind = headers.get("Content-Type")
                if kind == "command/reply":
                    self._replies.put(headers.get("Reply-Text", ""))
                elif kind == "api/response":
                    self._replies.put(body.decode("utf-8", "replace"))
                elif kind == "text/event-json":
                    with self._news:
                        self.bodies.append(body)
                        self.events.append(json.loads(body.decode("utf-8", "replace"), strict=False))
                        self._news.notify_all()
        except (OSError, EOFError, ValueError):
            return  # closed; whoever still waits runs into his deadline

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        while True:
            line = self._file.readline()
            if not line:
                raise EOFError
            if line == b"\n":
                if headers:
                    return headers
                continue
            name, _, value = line.decode("utf-8", "replace").rstrip("\n").partition(": ")
            headers[name] = value


class Switch:
    """A switch under test: its events, its commands, and legs that are taken away at the end."""

    def __init__(self, address: SwitchAddress, phones: Phones) -> None:
        self.address = address
        self.phones = phones
        self.socket = Socket(address, f"event json {EVENTS}")
        self._legs: list[str] = []

    def close(self) -> None:
        self.socket.close()

    def clear(self) -> None:
        """Hang up everything that a check has left, and see it go: the next one shall not hear of it."""
        legs, self._legs = self._legs, []
        since = self.mark()
        killed = [leg for leg in legs if self.api(f"uuid_kill {leg}").startswith("+OK")]
        self.phones.hang_up_all()
        for leg in killed:
            self.seen("CHANNEL_DESTROY", leg, since=since, within_s=2.0)

    # Commands

    def api(self, text: str) -> str:
        return self.socket.command(f"api {text}")

    def job(self, text: str, job: str | None = None) -> str:
        """bgapi with a Job-UUID of ours, which is returned."""
        job = job or str(uuid.uuid4())
        self.socket.command(f"bgapi {text}\nJob-UUID: {job}")
        return job

    def execute(self, leg: str, app: str, arg: str = "") -> str:
        arg_line = f"\nexecute-app-arg: {arg}" if arg else ""
        return self.socket.command(f"sendmsg {leg}\ncall-command: execute\nexecute-app-name: {app}{arg_line}")

    def music(self, leg: str) -> str:
        return self.execute(leg, "playback", MUSIC)

    def put(self, leg: str, **variables: str) -> None:
        """Set variables of a leg; an empty value unsets."""
        for name, value in variables.items():
            self.api(f"uuid_setvar {leg} {name} {value}".rstrip())

    def get(self, leg: str, name: str) -> str:
        value = self.api(f"uuid_getvar {leg} {name}")
        return "" if value == "_undef_" else value

    def is_known(self, leg: str) -> bool:
        return self.api(f"uuid_exists {leg}") == "true"

    def state(self, leg: str) -> str:
        """Channel-State, or `gone`."""
        dump = self.api(f"uuid_dump {leg} json")
        return str(json.loads(dump)["Channel-State"]) if dump.startswith("{") else "gone"

    def pause(self, ms: float) -> None:
        """Let ms pass between two commands: only where the gap itself is what a rule is about."""
        threading.Event().wait(ms / 1000)

    # Legs

    def customer(self, number: str = "7001", **setting: str) -> tuple[str, str]:
        """A robot calls, the dialplan parks it: its leg and its phone."""
        name = "C" + uuid.uuid4().hex[:10]
        since = self.mark()
        phone = self.phones.call(number, name=name, **setting)
        leg = str(self.need("CHANNEL_PARK", since=since, caller_name=name)["Unique-ID"])
        self._legs.append(leg)
        return leg, phone

    def forget_at_the_end(self, leg: str) -> None:
        """A leg that a check has called by itself."""
        self._legs.append(leg)

    def agent(self, behaviour: str = "answer", variables: str = OURS, app: str = "&park") -> str:
        """An answered leg to a robot, parked unless app says otherwise."""
        since = self.mark()
        leg, job = self.ring(behaviour, variables, app)
        assert str(self.result(job, since)).startswith("+OK"), self.result(job, since)
        if app == "&park":
            self.need("CHANNEL_PARK", leg, since=since)
        return leg

    def ring(self, behaviour: str, variables: str = OURS, app: str = "&park", seconds: int = 8) -> tuple[str, str]:
        """Start to ring a robot: the leg and the job."""
        leg = str(uuid.uuid4())
        self._legs.append(leg)
        options = f"origination_uuid={leg},ignore_early_media=true,originate_timeout={seconds}"
        options += f",{variables}" if variables else ""
        return leg, self.job(f"originate {{{options}}}{self.phones.contact(behaviour)} {app}")

    def bridge(self, first: str, second: str) -> int:
        """uuid_bridge, and wait until they talk. Returns where the story stood before."""
        since = self.mark()
        assert self.api(f"uuid_bridge {first} {second}").startswith("+OK")
        assert self.bridged(first, second, since), "no CHANNEL_BRIDGE of the pair"
        # The event comes before the bridge is whole (switch_ivr_bridge.c:1689): who is moved in between goes unnoticed.
        deadline = time.monotonic() + 3.0
        while not (self.get(first, "bridge_to") and self.get(second, "bridge_to")):
            assert time.monotonic() < deadline, f"{first} and {second} do not talk"
            self.pause(5)
        return since

    def park(self, leg: str) -> None:
        """uuid_transfer <leg> park inline, and wait until it is parked."""
        since = self.mark()
        assert self.api(f"uuid_transfer {leg} park inline").startswith("+OK")
        self.need("CHANNEL_PARK", leg, since=since)

    def talk(self, **unlike: str) -> tuple[str, str, str]:
        """A customer and an agent who talk, the customer first: customer, his phone, agent."""
        customer, phone = self.customer()
        self.put(customer, **unlike)
        agent = self.agent()
        self.bridge(customer, agent)
        return customer, phone, agent

    def hears_music(self, leg: str, within_s: float = 1.5) -> bool:
        """The proof of life: a tone is played to the leg, and starts."""
        since = self.mark()
        if not self.execute(leg, "playback", "tone_stream://%(100,100,350);loops=2").startswith("+OK"):
            return False
        return self.seen("PLAYBACK_START", leg, since=since, within_s=within_s) is not None

    def members(self, conference: str) -> set[str]:
        listed = self.api(f"conference {conference} json_list")
        return {row["uuid"] for row in json.loads(listed)[0]["members"]} if listed.startswith("[") else set()

    # Events

    def mark(self) -> int:
        return self.socket.mark()

    def seen(
        self, name: str, leg: str | None = None, *, since: int, within_s: float = 0.0, **more: str
    ) -> Event | None:
        """The first event of that name (and leg, caller_name, action, job), or None after within_s."""
        wanted = {_HEADERS[key]: value for key, value in more.items()} | ({"Unique-ID": leg} if leg else {})
        return self.socket.wait(
            lambda event: event["Event-Name"] == name and all(event.get(k) == v for k, v in wanted.items()),
            since,
            within_s,
        )

    def need(self, name: str, leg: str | None = None, *, since: int, within_s: float = 5.0, **more: str) -> Event:
        event = self.seen(name, leg, since=since, within_s=within_s, **more)
        assert event is not None, f"no {name} {leg or ''} {more} within {within_s} s; saw {self.story(since, [leg])}"
        return event

    def result(self, job: str, since: int, within_s: float = 10.0) -> str:
        """What a job answered."""
        return str(self.need("BACKGROUND_JOB", since=since, within_s=within_s, job=job)["_body"]).strip()

    def bridged(self, one: str, other: str, since: int, within_s: float = 3.0) -> Event | None:
        """CHANNEL_BRIDGE of the unordered pair."""
        return self.socket.wait(lambda event: _pair(event) == {one, other}, since, within_s)

    def every(self, name: str, leg: str | None, since: int) -> list[Event]:
        events = self.socket.events[since:]
        return [e for e in events if e["Event-Name"] == name and (leg is None or e.get("Unique-ID") == leg)]

    def counted(self, name: str, leg: str, count: int, *, since: int, within_s: float) -> bool:
        """Has it come so many times?"""
        return self.socket.wait(lambda _: len(self.every(name, leg, since)) >= count, since, within_s) is not None

    def cause(self, leg: str, since: int) -> str:
        """Why the switch hung the leg up; empty when it did not."""
        event = self.seen("CHANNEL_HANGUP", leg, since=since)
        return str(event["Hangup-Cause"]) if event else ""

    def story(self, since: int, legs: Iterable[str | None]) -> list[str]:
        """The names of what happened to these legs (all when one is None), in order."""
        wanted = set(legs)
        events = self.socket.events[since:]
        return [e["Event-Name"] for e in events if None in wanted or e.get("Unique-ID") in wanted]


_HEADERS = {"caller_name": "Caller-Caller-ID-Name", "action": "Action", "job": "Job-UUID", "digit": "DTMF-Digit"}


def _pair(event: Event) -> set[str | None]:
    if event["Event-Name"] != "CHANNEL_BRIDGE":
        return set()
    return {event.get("Bridge-A-Unique-ID"), event.get("Bridge-B-Unique-ID")}
