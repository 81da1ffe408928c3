"""The recorded traces of a real switch, read: what was done, and what the switch then said.

A Story is one trace; what the simulator makes of the same steps is a Story too (tests/contract/replay.py),
so that the two can be laid side by side (compare.py). No comparing here, and nothing of the simulator.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

TRACES = Path(__file__).with_name("traces")

KEPT = (
    *("Event-Name", "Event-Subclass", "Event-Sequence", "Unique-ID", "Other-Leg-Unique-ID", "Other-Type"),
    *("Channel-Name", "Call-Direction", "Channel-State", "Channel-Call-State", "Original-Channel-Call-State"),
    *("Answer-State", "Hangup-Cause", "Application", "Application-Data", "Application-Response"),
    *("Caller-Caller-ID-Name", "Caller-Caller-ID-Number", "Caller-Callee-ID-Number", "Caller-Destination-Number"),
    *("Caller-Context", "Bridge-A-Unique-ID", "Bridge-B-Unique-ID", "Presence-Call-Direction", "DTMF-Digit"),
    *("Job-UUID", "Job-Command", "Action", "Conference-Name", "Conference-Unique-ID", "Conference-Size"),
    *("Conference-Profile-Name", "Member-ID", "Member-Type", "Speak", "Hear", "Talking", "Floor", "Old-Unique-ID"),
    *("Core-UUID", "Playback-Status", "Playback-File-Path", "variable_originate_disposition"),
    *("variable_endpoint_disposition", "variable_originate_failed_cause", "variable_hangup_cause"),
    *("variable_bridge_hangup_cause", "variable_bridge_uuid", "variable_signal_bond", "variable_last_bridge_to"),
    *("variable_transfer_history", "variable_transfer_source", "variable_sip_hangup_disposition"),
    *("variable_sip_term_status", "variable_proto_specific_hangup_cause", "variable_park_after_bridge"),
    *("variable_hangup_after_bridge", "variable_last_app", "variable_current_application"),
    *("variable_transfer_destination", "variable_sip_refer_to", "variable_sip_refer_reply", "variable_sip_h_Refer-To"),
    *("variable_cc_queue", "variable_fcc_call", "variable_fcc_role", "variable_hold_accum_ms", "variable_RECOVERED"),
    "variable_rtp_use_codec_name",
)
"""The headers that the recorder kept of an event, if the event had them."""

LEFT_OUT = frozenset(
    {"HEARTBEAT", "RE_SCHEDULE", "API", "COMMAND", "PRESENCE_IN", "MESSAGE_QUERY", "MESSAGE_WAITING"}
    | {"MODULE_LOAD", "SEND_INFO"}
)
"""The events that the recorder left out."""

BODY_KEPT = 400
DUMP_KEPT = 6000
"""Characters of an event's body, and of the reply to uuid_dump, that the recorder kept."""

NEW_CONNECTION = "(new connection) "
"""Begins the text of a command that was sent on a second connection."""

# `t` of a phone's step is the moment its answer was there; the recorder did not note when it began.
# A REFER is answered when the NOTIFY came, 100 ms later (t15, t28: 0.6 s after the bridge, and 0.7 s).
_PHONE_TOOK_MS = {"REFER": 100.0}
_HUNG_UP_BY_RECORDER = "MANAGER_REQUEST"
_TIDY_AFTER_MS = 600.0
_WATCHED_AFTER_TIDYING_MS = 400.0

Headers = dict[str, str | list[str]]


@dataclass(frozen=True)
class Step:
    """One thing the recorder did. Times in ms since the story began."""

    sent_ms: float
    at_ms: float
    """When the reply was there (of a step without a reply: when it began)."""
    kind: str
    """`api`, `bgapi`, `sendmsg` or `phone`."""
    text: str
    reply: str | None


@dataclass(frozen=True)
class Seen:
    """One event, as it reached the recorder."""

    at_ms: float
    seq: int
    """The order in which the switch made its events; the order of arrival differs by a few (several threads)."""
    headers: Headers

    def of(self, name: str) -> str:
        """A header that is a single text, or an empty one."""
        value = self.headers.get(name, "")
        return value if isinstance(value, str) else "|".join(value)

    @property
    def lane(self) -> str:
        """Whose event this is: a leg, a job or a conference."""
        return self.of("Unique-ID") or self.of("Job-UUID") or f"conference {self.of('Conference-Name')}"

    @property
    def what(self) -> str:
        """The event in a few words; two events of a lane with the same words can stand for each other."""
        name = self.of("Event-Name")
        more = {
            "CHANNEL_STATE": "Channel-State",
            "CHANNEL_CALLSTATE": "Channel-Call-State",
            "CHANNEL_EXECUTE": "Application",
            "CHANNEL_EXECUTE_COMPLETE": "Application",
            "DTMF": "DTMF-Digit",
        }.get(name)
        if name == "CUSTOM":
            return f"{self.of('Event-Subclass')} {self.of('Action')}".strip()
        return f"{name} {self.of(more)}" if more else name


@dataclass(frozen=True)
class Story:
    """Steps and events of one trace, each in order (events by `seq`)."""

    name: str
    title: str
    steps: tuple[Step, ...]
    events: tuple[Seen, ...]
    tidied_ms: float = 0.0
    """When the recorder hung up whatever was left."""
    left: tuple[str, ...] = field(default=())
    """The legs it then hung up, in the order that the switch's hash had them."""

    @property
    def end_ms(self) -> float:
        return self.tidied_ms + _WATCHED_AFTER_TIDYING_MS

    def until(self, ms: float) -> "Story":
        """The part of the story before an instant."""
        return Story(
            name=self.name,
            title=self.title,
            steps=tuple(step for step in self.steps if step.sent_ms < ms),
            events=tuple(event for event in self.events if event.at_ms < ms),
            tidied_ms=ms,
        )

    def doing(self, ms: float) -> str:
        """What was done last until then: `phone`, `hupall`, or the first word of a command."""
        if ms >= self.tidied_ms:
            return "hupall"
        last = max((step for step in self.steps if step.sent_ms <= ms), key=lambda step: step.sent_ms, default=None)
        if last is None or last.kind == "phone":
            return "phone"
        return last.text.removeprefix(NEW_CONNECTION).split()[0]

    def job(self, text: str) -> str:
        """The name of the job that a bgapi step started: they are numbered."""
        jobs = [step.text for step in self.steps if step.kind == "bgapi"]
        return f"JOB{jobs.index(text) + 1}"


def names() -> list[str]:
    """The names of all traces, `t01_offer_...` first."""
    return sorted(path.stem for path in TRACES.glob("*.jsonl"))


@cache
def recorded(name: str) -> Story:
    """A trace by its name or the beginning of it (`t13`)."""
    [path] = TRACES.glob(f"{name}*.jsonl")
    head, *rows = [json.loads(line) for line in path.read_text().splitlines()]
    steps = tuple(_step(row) for row in rows if row["row"] == "step")
    told = (_seen(row) for row in rows if row["row"] == "event")
    events = tuple(sorted(told, key=lambda event: event.seq))
    left = [event for event in events if _hung_up_by_recorder(event)]
    last = max([step.at_ms for step in steps] + [event.at_ms for event in events])
    return Story(
        name=head["scenario"],
        title=head["title"],
        steps=steps,
        events=events,
        tidied_ms=left[0].at_ms - 1 if left else last + _TIDY_AFTER_MS,
        left=tuple(event.lane for event in left),
    )


def _seen(row: Mapping[str, Any]) -> Seen:
    return Seen(row["t"] * 1000, int(row["headers"]["Event-Sequence"]), row["headers"])


def _step(row: Mapping[str, Any]) -> Step:
    at_ms = row["t"] * 1000
    took_ms = row.get("took_ms", 0.0)
    if row["kind"] == "phone" and "reply" in row:
        took_ms = next((ms for word, ms in _PHONE_TOOK_MS.items() if word in row["text"]), 1.0)
    return Step(at_ms - took_ms, at_ms, row["kind"], row["text"], row.get("reply"))


def _hung_up_by_recorder(event: Seen) -> bool:
    return event.of("Event-Name") == "CHANNEL_HANGUP" and event.of("Hangup-Cause") == _HUNG_UP_BY_RECORDER


_A_NAME = re.compile(r"\b[A-Z]+[0-9]*\b")


class Names:
    """The names that stand for UUIDs in a story, both ways."""

    def __init__(self) -> None:
        self._uuids: dict[str, str] = {}

    def give(self, name: str, uuid: str) -> str:
        self._uuids[name] = uuid
        return uuid

    def __contains__(self, name: str) -> bool:
        return name in self._uuids

    def __getitem__(self, name: str) -> str:
        return self._uuids[name]

    def to_uuids(self, text: str) -> str:
        """A command of a trace as it was sent."""
        return _A_NAME.sub(lambda found: self._uuids.get(found[0], found[0]), text)

    def to_names(self, value: Any) -> Any:
        """What the switch said, as the recorder wrote it down (a text, or a list of texts)."""
        if isinstance(value, list):
            return [self.to_names(one) for one in value]
        for name, uuid in self._uuids.items():
            value = value.replace(uuid, name)
        return value


def reduced(event: Mapping[str, Any], names: Names) -> Headers | None:
    """What the recorder would have kept of a whole event; None for one that it left out."""
    if event["Event-Name"] in LEFT_OUT:
        return None
    headers = {name: names.to_names(event[name]) for name in KEPT if name in event}
    if event.get("_body"):
        headers["_body"] = names.to_names(str(event["_body"])[:BODY_KEPT])
    return headers
