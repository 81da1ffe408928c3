"""Events as a switch says them, for the tests of the parser, and what type of fact each becomes."""

from datetime import UTC, datetime
from typing import Any

from freeswitch_cc.core.events import (
    ConferenceJoined,
    ConferenceLeft,
    LegHeld,
    LegHungUp,
    LegParked,
    LegRinging,
    LegsBridged,
    LegsUnbridged,
    LegUnheld,
    SoundStarted,
)
from freeswitch_cc.core.switch_events import JobFailed
from tests.esl.recorded import CALL_ID, EPOCH_US, frame

LEG = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
CORE = "4325c857-c87e-45c5-8c5c-fd85616f82d1"
AT = datetime(2026, 11, 21, 19, 42, 30, tzinfo=UTC)


def said(name: str, **more: Any) -> bytes:
    """A minimal event of our leg; a name's `__` stands for a hyphen."""
    headers: dict[str, Any] = {
        "Event-Name": name,
        "Unique-ID": LEG,
        "Event-Date-Timestamp": str(EPOCH_US),
        "Event-Sequence": "7",
        "variable_fcc_call": CALL_ID,
    }
    for key, value in more.items():
        headers[key.replace("__", "-")] = value
    return frame({key: value for key, value in headers.items() if value is not None})


EXPECTED = {
    "CHANNEL_PARK": LegParked,
    "CHANNEL_BRIDGE": LegsBridged,
    "CHANNEL_UNBRIDGE": LegsUnbridged,
    "CHANNEL_HOLD": LegHeld,
    "CHANNEL_UNHOLD": LegUnheld,
    "CHANNEL_HANGUP": LegHungUp,
    "PLAYBACK_START": SoundStarted,
}


def expected_type(headers: dict[str, Any]) -> type | None:
    name = headers["Event-Name"]
    if name in ("CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA"):
        return LegRinging if headers["Call-Direction"] == "outbound" else None
    if name == "CUSTOM":
        return {"add-member": ConferenceJoined, "del-member": ConferenceLeft}.get(headers.get("Action", ""))
    if name == "BACKGROUND_JOB":
        return None if headers["_body"].startswith("+OK") else JobFailed
    return EXPECTED.get(name)
