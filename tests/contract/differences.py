"""What the simulator's telling of a recorded story may differ in, and why. Everything else must be equal.

Each entry is as narrow as it can be and must be needed by at least one trace: an entry that nothing needs
any more fails a test (test_traces.py). No comparing here (compare.py); values that are drawn: drawn.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import inf

from tests.contract.compare import NEITHER, Finding, Kind
from tests.contract.trace import Story


@dataclass(frozen=True)
class Allowed:
    """A difference that is no fault. Texts are patterns as of file names (`*`); a tuple: one of them fits.

    traces: empty for all of them.
    """

    why: str
    kind: Kind | tuple[Kind, ...]
    what: str | tuple[str, ...] = "*"
    name: str | tuple[str, ...] = "*"
    recorded: str = "*"
    simulated: str = "*"
    lane: str = "*"
    traces: tuple[str, ...] = ()

    def covers(self, trace: str, finding: Finding) -> bool:
        return (
            finding.kind in ((self.kind,) if isinstance(self.kind, str) else self.kind)
            and (not self.traces or trace[:3] in self.traces)
            and _fits(finding.what, self.what)
            and _fits(finding.name, self.name)
            and _fits(finding.recorded, self.recorded)
            and _fits(finding.simulated, self.simulated)
            and _fits(finding.lane, self.lane)
        )


def _fits(text: str, patterns: str | tuple[str, ...]) -> bool:
    """`[` is a place in a list here, not a set of letters."""
    return any(
        fnmatchcase(text.replace("[", "("), pattern.replace("[", "("))
        for pattern in ((patterns,) if isinstance(patterns, str) else patterns)
    )


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
            and _fits(finding.what, self.what)
            and _fits(finding.name, self.name)
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
    also: tuple[str, ...] = ()
    """How a try may end as well, though none of the recorded ones did."""


CUTS = (
    Cut("t22", "originate {origination_uuid=SUPERVISOR", "eavesdrop is not simulated: nothing of ours listens in yet"),
    Cut("t23", "uuid_record", "recording is not simulated: nothing of ours records yet"),
)

_IN_THE_WINDOW = "eight kills 0..28 ms after uuid_bridge: how far the bridge had come is chance"
# In the lab the phones' clock was 4 ms ahead of the switch's, so the agent woke before the customer 47 times of 60;
# the simulator draws how far they are apart. The customer first, or a bridge
# within 28 ms, did not happen to come up.
_WITH_OTHER_CLOCKS = (
    "CALLER: answer, park, unpark, ORIGINATOR_CANCEL in CS_SOFT_EXECUTE; "
    "AG: answer, park, NORMAL_CLEARING in CS_EXECUTE, unpark",
    "CALLER: answer, park, unpark, ORIGINATOR_CANCEL in CS_SOFT_EXECUTE; "
    "AG: answer, park, unpark, NORMAL_CLEARING in CS_RESET",
    "CALLER: answer, park, unpark, bridge, unbridge, park; "
    "AG: answer, park, unpark, NORMAL_CLEARING in CS_EXCHANGE_MEDIA",
)

RACES = (
    Race("t25", ("RACE", "JOB"), "ten kills within 50 ms of the answer: who is first is decided by threads"),
    Race("t37", ("CALLER", "AG"), _IN_THE_WINDOW, also=_WITH_OTHER_CLOCKS),
    Race("t39", ("CALLER", "AG"), _IN_THE_WINDOW, also=_WITH_OTHER_CLOCKS),
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
    Tolerance("a phone looks up once in a frame as well, before the switch", early_ms=45, late_ms=45, name="phone"),
    Tolerance("a phone that is called looks up too before it answers", early_ms=45, late_ms=45, name="originate"),
    Tolerance(
        "the recording machine was late by a blink: the agent, whom no music holds up, shows it as well",
        early_ms=25,
        late_ms=35,
        name="uuid_bridge",
        traces=("t18",),
    ),
    Tolerance(
        "how a phone spaces its tones while both hear each other: 0.1 s once, 0.5 s three times",
        early_ms=450,
        late_ms=45,
        what="DTMF *",
        traces=("t17",),
    ),
)
"""For one time the last one that fits counts."""

ABOUT = {"variable_hold_accum_ms": 25}
"""Headers that are measured by the switch, and how far they may be apart."""

RACING_MS = 25.0
"""Events of different legs that were recorded this close together may come in any order: their threads race."""

_LOUDNESS = "who speaks, and who has the floor, is decided by the loudness of tones, which are not simulated"
_DRAWN = "drawn anew, or of the machine that it ran on"
_MEDIA = "of SIP and media, which are not simulated"
_UNUSED = "nobody of ours asks for it"
_UNSENT = "not simulated: nothing of ours sends it"
_A_ROOM = "+OK Conference room? (? member* rate: 8000 flags: running|answered|enforce_min|dynamic|*sofia/*hear|speak*"
_CONFERENCE_VERBS = ("mute", "unmute", "deaf", "undeaf", "hold", "unhold", "dtmf")
_CONFERENCE_COMMANDS = tuple(f"conference * {verb} *" for verb in _CONFERENCE_VERBS)
_LATE = "written by the other leg's thread when its part of the bridge is over, while this leg is ending: a race"
_SPEAKING = tuple(f"conference::maintenance {action}" for action in ("start-talking", "stop-talking", "floor-change"))

ALLOWED: tuple[Allowed, ...] = (
    Allowed(
        "the second of a bridge passes through this state only if it wakes before the next one is set (7 of 51)",
        ("missing", "extra"),
        "CHANNEL_STATE CS_CONSUME_MEDIA",
        "answered",
    ),
    Allowed(_LOUDNESS, ("missing", "extra", "time", "order"), _SPEAKING),
    Allowed(_LOUDNESS, "header", "conference::maintenance *", ("Talking", "Floor")),
    Allowed(_LOUDNESS, "header", "conference::maintenance floor-change", "Conference-Size"),
    Allowed(_LOUDNESS, "reply", "conference * json_list", ("*.talking", "*.has_floor", "*.last_talking")),
    Allowed(_LATE, "header", ("CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY"), "variable_bridge_hangup_cause"),
    Allowed(
        "a list of channels takes its place in the queue of the switch's own database",
        "time",
        "show channels as json",
        traces=("t34",),
    ),
    Allowed(
        "the 200 to a re-INVITE carries the name that the phone gives itself, which it shows late and without an event",
        ("header", "reply"),
        name=("Caller-Caller-ID-Name", "rows[AGENT].cid_name"),
        recorded="0000000000",
        lane="*",
        traces=("t34",),
    ),
    Allowed(
        "hanging up sets the state first and tells it then: the customer's own thread may be in between",
        "moved",
        "CHANNEL_HANGUP",
        lane="CALLER",
        traces=("t34",),
    ),
    Allowed(
        "the customer had no cause yet when his thread passed it on (see the line above)",
        "header",
        name="variable_bridge_hangup_cause",
        recorded=NEITHER,
        lane="AGENT",
        traces=("t34",),
    ),
    Allowed(_LOUDNESS, "reply", "conference list", "reply", _A_ROOM, _A_ROOM),
    Allowed(_DRAWN, "reply", "* presses *", "reply", "+OK * sent DTMF *", "+OK * sent DTMF *"),
    Allowed(_DRAWN, "reply", "*show c*", ("*created", "*created_epoch", "*.hostname")),
    Allowed(_DRAWN, "reply", "conference * json_list", ("*.conference_uuid", "*.id")),
    Allowed(
        _DRAWN,
        "reply",
        "*uuid_dump *",
        ("Core-UUID", "Event-*", "FreeSWITCH-*", "*-Time", "variable_session_id", "variable_sip_*_tag"),
    ),
    Allowed(_MEDIA, "reply", "*uuid_dump *", ("variable_sip_*", "variable_sofia_*"), simulated=NEITHER),
    Allowed(_MEDIA, "reply", "*uuid_dump *", ("variable_rtp_*", "variable_*codec*", "*media_*"), simulated=NEITHER),
    Allowed(_MEDIA, "reply", "*uuid_dump *", ("variable_*_rate", "variable_*_sdp", "*dtmf_type"), simulated=NEITHER),
    Allowed(_MEDIA, "reply", "*uuid_dump *", "variable_recovery_profile_name", simulated=NEITHER),
    Allowed(_UNUSED, "reply", "conference * json_list", simulated=NEITHER),
    Allowed(_UNUSED, "missing", "CODEC", traces=("t13", "t14", "t43")),
    Allowed(_UNSENT, "reply", _CONFERENCE_COMMANDS, traces=("t13",)),
    Allowed(_UNSENT, "missing", tuple(f"*maintenance {word}-member" for word in _CONFERENCE_VERBS), traces=("t13",)),
    Allowed(_DRAWN, "reply", "conference * kick *", "reply", "+OK kicked *", "+OK kicked *"),
)


def explanation(trace: str, finding: Finding) -> Allowed | Tolerance | str | None:
    """What allows a finding; None when nothing does."""
    if finding.kind == "time":
        tolerance = next(one for one in reversed(TOLERANCES) if one.is_for(trace, finding))
        if tolerance.holds(finding):
            return tolerance
    if finding.kind == "order" and float(finding.name) <= RACING_MS:
        return "racing"
    if finding.name in ABOUT and _apart(finding) <= ABOUT[finding.name]:
        return "about the same"
    return next((one for one in ALLOWED if one.covers(trace, finding)), None)


def _apart(finding: Finding) -> float:
    if not (finding.recorded.isdigit() and finding.simulated.isdigit()):
        return inf
    return abs(int(finding.recorded) - int(finding.simulated))


def unexplained(trace: str, findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if explanation(trace, finding) is None]
