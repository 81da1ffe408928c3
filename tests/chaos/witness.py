"""What the switch really did, as told on a line to which nobody lies: one record for each leg and phone.

It writes down and tells; it decides nothing and commands nothing. Times are the switch's own, in microseconds.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from freeswitch_cc.errors import SwitchFailed
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.wire import Wire, failure_of
from tests.chaos.stand import Stand

PHONES = "sofia/robots/"
OUTSIDE = "sofia/external/"
"""Callers, and numbers that were called."""
DEADMAN = "fcc_deadman"
"""The dialplan's context of the switch's own rescue."""
RESTARTED = "SWITCH_RESTARTED"
"""Our word for the end of a channel whose switch is no more: nobody tells of it."""
ENDS = ("CHANNEL_HANGUP", RESTARTED)
EVENTS = (
    *("CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_ANSWER", "CHANNEL_PARK"),
    *("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "CHANNEL_HOLD", "CHANNEL_UNHOLD", "CHANNEL_HANGUP"),
    *("CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY", "PLAYBACK_START", "PLAYBACK_STOP", "RECORD_START", "RECORD_STOP"),
    "BACKGROUND_JOB",
)


class _Said(msgspec.Struct, gc=False):
    name: str = msgspec.field(name="Event-Name")
    at: str = msgspec.field(name="Event-Date-Timestamp")
    seq: str = msgspec.field(name="Event-Sequence", default="0")
    uuid: str = msgspec.field(name="Unique-ID", default="")
    channel: str = msgspec.field(name="Channel-Name", default="")
    number: str = msgspec.field(name="Caller-Caller-ID-Number", default="")
    destination: str = msgspec.field(name="Caller-Destination-Number", default="")
    context: str = msgspec.field(name="Caller-Context", default="")
    dialplan: str = msgspec.field(name="Caller-Dialplan", default="")
    direction: str = msgspec.field(name="Call-Direction", default="")
    cause: str = msgspec.field(name="Hangup-Cause", default="")
    played: str = msgspec.field(name="Playback-File-Path", default="")
    recorded: str = msgspec.field(name="Record-File-Path", default="")
    one: str = msgspec.field(name="Bridge-A-Unique-ID", default="")
    other: str = msgspec.field(name="Bridge-B-Unique-ID", default="")
    job: str = msgspec.field(name="Job-Command", default="")
    job_arguments: str = msgspec.field(name="Job-Command-Arg", default="")
    result: str = msgspec.field(name="_body", default="")
    call: Any = msgspec.field(name="variable_fcc_call", default="")
    role: Any = msgspec.field(name="variable_fcc_role", default="")
    sip_call_id: Any = msgspec.field(name="variable_sip_call_id", default="")
    disposition: Any = msgspec.field(name="variable_sip_hangup_disposition", default="")


_decode = msgspec.json.Decoder(_Said).decode


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of one channel. detail: the partner (bridges), the cause (ends), the sound, the file, or empty.

    extension: of the dead-man's context, in which the leg is; else empty.
    """

    at_us: int
    name: str
    uuid: str
    detail: str = ""
    extension: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A command that the switch carried out for an engine, when its result came. Only engines use bgapi."""

    at_us: int
    command: str
    arguments: tuple[str, ...]
    result: str
    seq: int = 0

    @property
    def is_done(self) -> bool:
        return not self.result.startswith("-")


@dataclass(slots=True)
class Channel:
    """A leg, or a phone. call, role: the marks of a leg (fcc_call, fcc_role). ended_by: the SIP disposition.

    is_called: the switch has called it.
    """

    uuid: str
    name: str = ""
    number: str = ""
    sip_call_id: str = ""
    call: str = ""
    role: str = ""
    ended_by: str = ""
    is_called: bool = False
    facts: list[Fact] = field(default_factory=list)

    @property
    def is_phone(self) -> bool:
        return self.name.startswith(PHONES)

    @property
    def is_up(self) -> bool:
        return self.end is None

    @property
    def is_customer(self) -> bool:
        """One who is to be saved: a caller, or a number that an agent has called, once it has answered."""
        return self.role == "customer" and (not self.is_called or self.answered_us is not None)

    @property
    def is_forwarded(self) -> bool:
        """A number that was called for a caller, by the overflow of his queue."""
        return self.role == "target" and self.is_called and self.name.startswith(OUTSIDE)

    @property
    def answered_us(self) -> int | None:
        return next((fact.at_us for fact in self.facts if fact.name == "CHANNEL_ANSWER"), None)

    @property
    def began_us(self) -> int:
        return self.facts[0].at_us

    @property
    def end(self) -> Fact | None:
        return next((fact for fact in reversed(self.facts) if fact.name in ENDS), None)

    @property
    def end_name(self) -> str:
        end = self.end
        return end.name if end is not None else ""

    @property
    def agent(self) -> str:
        """The login in the address that a leg rings, see Stand.contact(); empty for any other."""
        found = self.name.partition("@")[2].partition(":")[0]
        return found if self.name.startswith("sofia/internal/") else ""


class Witness:
    """Watches a stand from now on, through its restarts. on_fact: told of every fact, in the reading greenlet."""

    def __init__(self, stand: Stand, on_fact: Callable[[Channel, Fact], None]) -> None:
        self.channels: dict[str, Channel] = {}
        self.jobs: list[Job] = []
        self._stand = stand
        self._on_fact = on_fact
        self._by_sip_call_id: dict[str, list[Channel]] = {}
        self._line: Connection | None = None
        stand.on_new_switch.append(self._subscribe)
        self._subscribe()

    @property
    def is_watching(self) -> bool:
        return self._line is not None and self._line.is_open

    def note_restart(self, at_us: int) -> None:
        """The switch is no more, and nothing that it had is."""
        self.close()
        for channel in self.channels.values():
            if channel.is_up:
                self._add(channel.uuid, Fact(at_us, RESTARTED, channel.uuid))

    def close(self) -> None:
        if self._line is not None:
            self._line.close()

    def far_end(self, channel: Channel) -> Channel | None:
        """The phone of a leg, or the leg of a phone."""
        ends = self._by_sip_call_id.get(channel.sip_call_id, ())
        return next((end for end in ends if end is not channel), None)

    def _subscribe(self) -> None:
        self.close()
        self._line = self._stand.line(self._take)
        [reply] = self._line.send(Wire(f"event json {' '.join(EVENTS)}\n\n".encode(), 1, "event json"))
        if failure_of(reply) is not None:
            raise SwitchFailed(f"the switch does not tell its events: {reply}")
        self._catch_up()

    def _catch_up(self) -> None:
        """After a restart an engine may be there sooner than we are: what it has begun by then stands in the list."""
        assert self._line is not None
        at_us = time.time_ns() // 1000
        for row in json.loads(self._line.api("show channels as json")).get("rows", []):
            uuid = str(row["uuid"])
            if uuid in self.channels:
                continue
            channel = self.channels[uuid] = Channel(uuid, name=str(row["name"]), number=str(row["cid_num"]))
            channel.is_called = row["direction"] == "outbound"
            names = ("CHANNEL_CREATE", "CHANNEL_ANSWER") if row["callstate"] == "ACTIVE" else ("CHANNEL_CREATE",)
            channel.facts += [Fact(at_us, name, uuid) for name in names]

    def _take(self, raw: bytes) -> None:
        said = _decode(raw.decode("utf-8", "replace"))
        if said.name == "BACKGROUND_JOB":
            arguments = tuple(said.job_arguments.split())
            self.jobs.append(Job(int(said.at), said.job, arguments, said.result.strip(), int(said.seq)))
        elif said.uuid:
            self._note(said)

    def _note(self, said: _Said) -> None:
        channel = self.channels.get(said.uuid)
        if channel is None:
            channel = self.channels[said.uuid] = Channel(said.uuid, name=said.channel, number=said.number)
            channel.is_called = said.direction == "outbound"
        if said.call and not channel.call:
            channel.call, channel.role = str(said.call), str(said.role)
        if said.sip_call_id and not channel.sip_call_id:
            channel.sip_call_id = str(said.sip_call_id)
            self._by_sip_call_id.setdefault(channel.sip_call_id, []).append(channel)
        match said.name:
            case "CHANNEL_BRIDGE" | "CHANNEL_UNBRIDGE":
                # Told once, by the first leg; it is a fact of both.
                for one, other in ((said.one, said.other), (said.other, said.one)):
                    self._add(one, Fact(int(said.at), said.name, one, other, "", int(said.seq)))
                return
            case "CHANNEL_HANGUP_COMPLETE":
                channel.ended_by = str(said.disposition)
                return
            case "CHANNEL_HANGUP":
                detail = said.cause
            case "PLAYBACK_START" | "PLAYBACK_STOP":
                detail = said.played
            case "RECORD_START" | "RECORD_STOP":
                detail = said.recorded
            case _:
                detail = ""
        # A leg that was parked from outside keeps the name of the extension that it was in; and a handset may write any
        # name into a REFER, but no context.
        is_deadman = said.context == DEADMAN and said.dialplan.lower() != "inline"
        extension = said.destination if is_deadman else ""
        self._add(said.uuid, Fact(int(said.at), said.name, said.uuid, detail, extension, int(said.seq)))

    def _add(self, uuid: str, fact: Fact) -> None:
        channel = self.channels.setdefault(uuid, Channel(uuid))
        channel.facts.append(fact)
        self._on_fact(channel, fact)
