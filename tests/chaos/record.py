"""All that is known of a run when it is over: what the switch did, what people did, what the database says. Values."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.plan import Plan
from tests.chaos.witness import Channel, Job

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """What a phone was made to do, or what was asked for. channel: the phone's; for `die` and `ask` the leg's; none
    when it registered or dialled a code."""

    at_us: int
    who: str
    what: str
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """In ms, what the run was set to: see core.timeouts, and fs-config/vars.xml for the dead-man."""

    short_talk_ms: int
    unhold_ms: int
    ring_ms: int
    offer_grace_ms: int
    look_ms: int
    deadman_ms: int
    settle_ms: int
    call_back_ms: int
    max_call_ms: int
    feature_ms: int
    sound_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A moment at which everything had been let settle.

    live_legs: of the switch, with their names. open_legs: of the rows. breaches: of testcalls.invariants. waiting: in
    queues, and staffed: queues of which somebody is logged in. registered: the agents of whose phones the switch says
    so, and written_registered: those of whose phones it is written down.
    """

    at_us: int
    live_legs: dict[str, str]
    open_legs: frozenset[str]
    agents: tuple[Row, ...]
    breaches: tuple[str, ...]
    waiting: tuple[Row, ...] = ()
    staffed: frozenset[str] = frozenset()
    registered: frozenset[str] = frozenset()
    written_registered: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Record:
    """watched: from when to when there was an engine to find things out, and a machine that kept up (pulse.py).

    calm_us: from then on nothing was a lie. All in microseconds. longest_ms: see Pulse.
    """

    plan: Plan
    limits: Limits
    began_us: int
    channels: dict[str, Channel] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    calm_us: int = 0
    restarts_us: list[int] = field(default_factory=list)
    kills_us: list[int] = field(default_factory=list)
    watched: list[tuple[int, int]] = field(default_factory=list)
    longest_ms: dict[str, int] = field(default_factory=dict)
    lies: Counter[str] = field(default_factory=Counter)
    simulator_faults: int = 0
    crashes: list[str] = field(default_factory=list)
    calls: list[Row] = field(default_factory=list)
    visits: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)
    offers: list[Row] = field(default_factory=list)
    agent_log: list[Row] = field(default_factory=list)
    call_log: list[Row] = field(default_factory=list)
    alarms: list[Row] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)


def us_of(at: datetime) -> int:
    """Microseconds since 1970, as the switch counts them."""
    return round(at.timestamp() * 1_000_000)
