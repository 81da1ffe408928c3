"""What a real switch said: the recorded traces and the recorded stream, as frames for the tests.

The traces name legs (CALLER, AGENT) and carry no Event-Date-Timestamp: names become UUIDs here, the
trace's own time becomes the timestamp, and each call gets the mark that our dialplan would have set.
"""

import gzip
import json
import uuid
from functools import cache
from pathlib import Path
from typing import Any

from freeswitch_cc.esl.frames import Framer

CONTRACT = Path(__file__).resolve().parent.parent / "contract"
EPOCH_US = 1_795_290_150_000_000
CALL_ID = "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"
# The recorder kept few variables; these events carry all of them (switch_channel.c:2767-2800).
_WITH_VARIABLES = frozenset(
    [
        "CHANNEL_PROGRESS",
        "CHANNEL_PROGRESS_MEDIA",
        "CHANNEL_PARK",
        "CHANNEL_BRIDGE",
        "CHANNEL_UNBRIDGE",
        "CHANNEL_HOLD",
        "CHANNEL_UNHOLD",
        "CHANNEL_HANGUP",
        "PLAYBACK_START",
    ]
)
_ID_HEADERS = ("Unique-ID", "Other-Leg-Unique-ID", "Bridge-A-Unique-ID", "Bridge-B-Unique-ID", "Job-UUID")


def leg(name: str) -> str:
    """The UUID that stands for a leg of the traces."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def traces() -> list[str]:
    return sorted(path.stem for path in (CONTRACT / "traces").glob("*.jsonl"))


def rows(trace: str) -> list[dict[str, Any]]:
    """The rows of a trace by its name or the beginning of it (`t13`)."""
    [path] = (CONTRACT / "traces").glob(f"{trace}*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def headers_of(row: dict[str, Any]) -> dict[str, Any]:
    """The event of a row as our switch would have sent it."""
    headers = dict(row["headers"])
    for name in _ID_HEADERS:
        if name in headers:
            headers[name] = leg(headers[name])
    headers["Event-Date-Timestamp"] = str(EPOCH_US + int(row["t"] * 1_000_000))
    if headers["Event-Name"] in _WITH_VARIABLES:
        headers["variable_fcc_call"] = CALL_ID
    if "Conference-Name" in headers:
        headers["Conference-Name"] = f"fcc-{CALL_ID}"
    return headers


def frame(headers: dict[str, Any]) -> bytes:
    """As the switch writes it: Event-Name first, no blanks."""
    name = headers["Event-Name"]
    return json.dumps({"Event-Name": name} | headers, separators=(",", ":")).encode()


def events(trace: str) -> list[dict[str, Any]]:
    return [headers_of(row) for row in rows(trace) if row.get("row") == "event"]


@cache
def stream_frames() -> tuple[bytes, ...]:
    """The bodies of the recorded JSON stream, as they came from the socket."""
    bodies: list[bytes] = []
    Framer(bodies.append, lambda frame: None).feed(
        gzip.decompress((CONTRACT / "stream" / "events_json.bin.gz").read_bytes())
    )
    return tuple(bodies)
