"""What the simulator's telling of a recorded story may differ in, and why. Everything else must be equal.

Each entry is as narrow as it can be and must be needed by at least one trace: an entry that nothing needs
any more fails a test (test_traces.py). No comparing here (compare.py).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from tests.contract.compare import Finding, Kind
from tests.contract.trace import Headers, Story


@dataclass(frozen=True)
class Drawn:
    """A part of a value that is drawn anew each time: on both sides it is replaced before they are compared."""

    header: str
    pattern: re.Pattern[str]
    becomes: str
    why: str


@dataclass(frozen=True)
class Allowed:
    """A difference that is no fault. The patterns are those of a file name (`*`); traces: empty for all."""

    why: str
    kind: Kind
    what: str = "*"
    name: str = "*"
    recorded: str = "*"
    simulated: str = "*"
    lane: str = "*"
    traces: tuple[str, ...] = ()

    def covers(self, trace: str, finding: Finding) -> bool:
        patterns = (
            (self.what, finding.what),
            (self.name, finding.name),
            (self.recorded, finding.recorded),
            (self.simulated, finding.simulated),
            (self.lane, finding.lane),
        )
        return (
            finding.kind == self.kind
            and (not self.traces or trace[:3] in self.traces)
            and all(fnmatchcase(_plain(value), _plain(pattern)) for pattern, value in patterns)
        )


def _plain(text: str) -> str:
    """`[` is a place in a list here, not a set of letters."""
    return text.replace("[", "(").replace("]", ")")


@dataclass(frozen=True)
class Tolerance:
    """How far apart two times may be: the recorded one earlier or later than the simulated one, in ms."""

    why: str
    early_ms: float
    late_ms: float
    what: str = "*"
    name: str = "*"
    traces: tuple[str, ...] = ()

    def is_for(self, trace: str, finding: Finding) -> bool:
        return (
            (not self.traces or trace[:3] in self.traces)
            and fnmatchcase(finding.what, self.what)
            and fnmatchcase(finding.name, self.name)
        )

    def holds(self, finding: Finding) -> bool:
        late_ms = float(finding.recorded) - float(finding.simulated)
        return -self.early_ms <= late_ms <= self.late_ms


@dataclass(frozen=True)
class Cut:
    """A story that is compared only up to a step, because what follows is not simulated."""

    trace: str
    step: str
    """How the text of the first step that is not simulated begins."""
    why: str

    def of(self, story: Story) -> Story:
        return story.until(next(step.sent_ms for step in story.steps if step.text.startswith(self.step)))


@dataclass(frozen=True)
class Race:
    """A story of many tries at one race. Their outcomes are compared as a set: which try ends how is chance."""

    trace: str
    legs: tuple[str, ...]
    """The legs of one try, without their number."""
    why: str


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

DRAWN = (
    Drawn("Core-UUID", re.compile(_UUID), "<uuid>", "each start of a switch draws one"),
    Drawn("Conference-Unique-ID", re.compile(_UUID), "<uuid>", "each conference draws one"),
    Drawn(
        "variable_transfer_*",
        re.compile(rf"^\d{{10}}:{_UUID}:"),
        "<second>:<uuid>:",
        "when it was, and the uuid of the caller profile, which is drawn (switch_ivr.c, transfer_source)",
    ),
)

IGNORED_HEADERS = {
    "Event-Sequence": "counts the events of the whole switch; the order of a leg's events is compared instead",
}

CUTS = (
    Cut("t22", "originate {origination_uuid=SUPERVISOR", "eavesdrop is not simulated: nothing of ours listens in yet"),
    Cut("t23", "uuid_record", "recording is not simulated: nothing of ours records yet"),
)

RACES = (
    Race("t25", ("RACE", "JOB"), "ten kills within 50 ms of the answer: who is first is decided by threads"),
    Race("t37", ("CALLER", "AG"), "eight kills 0..28 ms after uuid_bridge: how far the bridge came is chance"),
    Race("t39", ("CALLER", "AG"), "eight kills 0..28 ms after uuid_bridge: how far the bridge came is chance"),
)

WHOLE_SECOND_MS = {
    "t05": 1754.0,
    "t27": 3275.0,
}
"""A moment of a story at which the switch's clock reached a whole second. originate_timeout compares whole
seconds (switch_ivr_originate.c), and so does park_timeout after an attended transfer (switch_ivr.c); the
traces do not say where in a second they began, but these two show it."""

TOLERANCES = (
    Tolerance(
        "a leg looks up once in a frame of 20 ms, and where in its frame it was is chance; the recorder's connection "
        "then makes whole steps of 20 ms of it (mod_event_socket.c:1504)",
        early_ms=25,
        late_ms=25,
    ),
    Tolerance(
        "a phone looks up once in a frame as well, before the switch does", early_ms=45, late_ms=45, name="phone"
    ),
    Tolerance(
        "a phone that is called looks up once in a frame as well, before it answers",
        early_ms=45,
        late_ms=45,
        name="originate",
    ),
)
"""For one time the last one that fits counts."""

RACING_MS = 25.0
"""Events of different legs that were recorded this close together may come in any order: their threads race."""

ALLOWED: tuple[Allowed, ...] = (
    Allowed("events of the codec are of no use to anybody who does not touch media", "missing", "CODEC"),
    Allowed(
        "a leg that is bridged to passes through this state only if the other one is late (switch_ivr_bridge.c)",
        "missing",
        "CHANNEL_STATE CS_CONSUME_MEDIA",
        traces=("t08", "t13", "t24", "t27", "t31", "t36", "t42"),
    ),
    Allowed("who speaks is decided by the loudness of tones, which are not simulated", "header", "*", "Talking"),
    Allowed("who speaks is decided by the loudness of tones, which are not simulated", "header", "*", "Floor"),
    *(
        Allowed("who speaks is decided by the loudness of tones, which are not simulated", kind, f"*maintenance {word}")
        for word in ("start-talking", "stop-talking", "floor-change")
        for kind in ("missing",)
    ),
)


def normalised(story: Story) -> Story:
    """The story without what is drawn and without what is not compared; members of conferences count from 1."""
    members = list(dict.fromkeys(event.of("Member-ID") for event in story.events if event.of("Member-ID")))
    return replace(
        story,
        events=tuple(replace(event, headers=_normalised(event.headers, members)) for event in story.events),
    )


def _normalised(headers: Headers, members: list[str]) -> Headers:
    kept: Headers = {}
    for name, value in headers.items():
        if name in IGNORED_HEADERS:
            continue
        for drawn in DRAWN:
            if fnmatchcase(name, drawn.header):
                value = (
                    drawn.pattern.sub(drawn.becomes, value)
                    if isinstance(value, str)
                    else [drawn.pattern.sub(drawn.becomes, one) for one in value]
                )
        kept[name] = value
    if "Member-ID" in kept:
        kept["Member-ID"] = str(members.index(str(kept["Member-ID"])) + 1)
    return kept


def explanation(trace: str, finding: Finding) -> Allowed | Tolerance | str | None:
    """What allows a finding; None when nothing does."""
    if finding.kind == "time":
        tolerance = next(one for one in reversed(TOLERANCES) if one.is_for(trace, finding))
        return tolerance if tolerance.holds(finding) else None
    if finding.kind == "order" and float(finding.name) <= RACING_MS:
        return "racing"
    return next((one for one in ALLOWED if one.covers(trace, finding)), None)


def unexplained(trace: str, findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if explanation(trace, finding) is None]
