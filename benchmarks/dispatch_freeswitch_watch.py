"""The stopwatch of `make bench-dispatch-freeswitch`: what both switches said of each call, and when.

Calls are told apart by the caller's number, which is drawn once per call and which both sides show to the agent's
phone. Times are the switches' own, in microseconds (Event-Date-Timestamp; one host, one clock), and beside them when
the event was heard here. Knows no processes and makes no calls.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SWITCH_EVENTS = "CHANNEL_CREATE CHANNEL_PARK CHANNEL_BRIDGE CUSTOM callcenter::info"
PHONES_EVENTS = "CHANNEL_CREATE"
OURS, THEIRS = "freeswitch-cc", "mod_callcenter"


@dataclass(slots=True)
class Call:
    """One caller. Times in microseconds since 1970, 0: not seen."""

    side: str
    phone: str = ""
    leg_id: str = ""
    entered_at: int = 0
    offering_at: int = 0
    """mod_callcenter has an agent for him (agent-offering)."""
    created_at: int = 0
    """The switch has made the agent's leg."""
    rang_at: int = 0
    """The INVITE is at the agent's phone."""
    entered_heard: int = 0
    rang_heard: int = 0
    has_talked: bool = False

    @property
    def dispatch_us(self) -> int | None:
        return self.rang_at - self.entered_at if self.entered_at and self.rang_at else None


@dataclass
class Watch:
    """All calls of a run by the caller's number, and who of mod_callcenter's agents was busy from when to when.

    on_talk: told once of each call that is bridged; it must not block."""

    calls: dict[str, Call] = field(default_factory=dict)
    on_talk: Callable[[Call], None] = lambda call: None
    their_busy: list[tuple[int, int]] = field(default_factory=list)
    delays_us: dict[str, list[int]] = field(default_factory=lambda: {"switch": [], "phones": []})
    """From an event's instant until it was heard here."""
    _of_leg: dict[str, Call] = field(default_factory=dict)
    _offered_since: dict[str, int] = field(default_factory=dict)
    _bridge_ended: dict[str, int] = field(default_factory=dict)

    def of_switch(self, raw: bytes) -> None:
        event, at, heard = self._read("switch", raw)
        match event["Event-Name"]:
            case "CHANNEL_PARK":
                call = self.calls.get(event.get("Caller-Caller-ID-Number", ""))
                # The first park of the caller's own leg; the agent's leg shows his number too.
                is_callers = event.get("Call-Direction") == "inbound"
                if call is not None and is_callers and call.side == OURS and not call.entered_at:
                    self._enters(call, event["Unique-ID"], at, heard)
            case "CHANNEL_CREATE":
                call = self.calls.get(event.get("Caller-Caller-ID-Number", ""))
                if call is not None and event.get("Call-Direction") == "outbound" and not call.created_at:
                    call.created_at = at
            case "CHANNEL_BRIDGE":
                for end in ("Bridge-A-Unique-ID", "Bridge-B-Unique-ID"):
                    call = self._of_leg.get(event.get(end, ""))
                    if call is not None and not call.has_talked:
                        call.has_talked = True
                        self.on_talk(call)
            case "CUSTOM":
                self._of_callcenter(event, at, heard)

    def of_phones(self, raw: bytes) -> None:
        event, at, heard = self._read("phones", raw)
        call = self.calls.get(event.get("Caller-Caller-ID-Number", ""))
        if call is not None and event.get("Call-Direction") == "inbound" and not call.rang_at:
            call.rang_at, call.rang_heard = at, heard

    def _of_callcenter(self, event: dict[str, Any], at: int, heard: int) -> None:
        agent = event.get("CC-Agent", "")
        match event.get("CC-Action"):
            case "member-queue-start":
                call = self.calls.get(event.get("CC-Member-CID-Number", ""))
                if call is not None and not call.entered_at:
                    self._enters(call, event["CC-Member-Session-UUID"], at, heard)
            case "agent-offering":
                self._offered_since[agent] = at
                call = self._of_leg.get(event.get("CC-Member-Session-UUID", ""))
                if call is not None and not call.offering_at:
                    call.offering_at = at
            case "bridge-agent-end":
                self._bridge_ended[agent] = at
            case "agent-state-change" if event.get("CC-Agent-State") == "Waiting":
                since = self._offered_since.pop(agent, None)
                if since is not None:
                    self.their_busy.append((since, free_again_at(at, self._bridge_ended.pop(agent, None))))

    def _enters(self, call: Call, leg_id: str, at: int, heard: int) -> None:
        call.leg_id, call.entered_at, call.entered_heard = leg_id, at, heard
        self._of_leg[leg_id] = call

    def _read(self, who: str, raw: bytes) -> tuple[dict[str, Any], int, int]:
        heard = time.time_ns() // 1000
        event: dict[str, Any] = json.loads(raw.decode("utf-8", "replace"), strict=False)
        at = int(event["Event-Date-Timestamp"])
        self.delays_us[who].append(heard - at)
        return event, at, heard


def free_again_at(waiting_at: int, bridge_ended_at: int | None) -> int:
    """When mod_callcenter would ring him again, in microseconds.

    It keeps the end of his last talk in whole seconds and wants it to lie in an earlier second than now
    (mod_callcenter.c:2087 and :2332), so that even without wrap-up the second in which he hung up is lost.
    """
    if bridge_ended_at is None:
        return waiting_at
    return max(waiting_at, (bridge_ended_at // 1_000_000 + 1) * 1_000_000)


def most_at_once(intervals: list[tuple[int, int]]) -> int:
    """How many of them overlap at the worst instant; one that ends as another begins does not."""
    steps = sorted((at, step) for begins, ends in intervals for at, step in ((begins, 1), (ends, -1)))
    most = busy = 0
    for _, step in steps:
        busy += step
        most = max(most, busy)
    return most


def clock_difference_ms(delays_us: dict[str, list[int]]) -> float:
    """How far the clocks of the two switches are apart: the quickest event of each took about no time to get here."""
    switch, phones = (delays_us[who] for who in ("switch", "phones"))
    return (min(switch) - min(phones)) / 1000 if switch and phones else float("nan")
