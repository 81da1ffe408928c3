"""Watches a real FreeSWITCH on an Event Socket line of its own: which phone is at which leg, and what a leg hears.

Independent of the engine's reading of events. It commands nothing.
"""

import json
from dataclasses import dataclass
from typing import Any

from freeswitch_cc.errors import SwitchFailed
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.wire import Wire, failure_of
from freeswitch_cc.testcalls.address import SwitchAddress
from freeswitch_cc.testcalls.until import until

ROBOTS = "sofia/robots/"
_EVENTS = (
    "CHANNEL_CREATE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_EXECUTE CHANNEL_PARK CHANNEL_BRIDGE "
    "CHANNEL_UNBRIDGE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE PLAYBACK_START PLAYBACK_STOP DTMF"
)


@dataclass(slots=True)
class _Channel:
    """What is known of one channel, phone or leg."""

    is_phone: bool = False
    is_up: bool = True
    sip_call_id: str = ""
    partner: str = ""
    has_sound: bool = False
    last_sound: str = ""
    keys: str = ""


class Witness:
    """Begins to watch at once; what was before is unknown to it."""

    def __init__(self, address: SwitchAddress) -> None:
        self._channels: dict[str, _Channel] = {}
        self._connection = Connection(
            address.host, address.esl_port, address.password, timeout_s=15.0, on_event=self._take
        )
        self._connection.connect()
        [reply] = self._connection.send(Wire(f"event json {_EVENTS}\n\n".encode(), 1, "event json"))
        if failure_of(reply) is not None:
            raise SwitchFailed(f"the switch does not tell its events: {reply}")

    def close(self) -> None:
        self._connection.close()

    def forget(self) -> None:
        """Everything that is over."""
        self._channels = {name: channel for name, channel in self._channels.items() if channel.is_up}

    def is_up(self, name: str) -> bool:
        channel = self._channels.get(name)
        return channel is not None and channel.is_up and self._connection.is_open

    def leg_of(self, sip_call_id: str, within_ms: int) -> str:
        return self._other_end(sip_call_id, within_ms, is_phone=False)

    def phone_at(self, leg_id: str, within_ms: int) -> str:
        until(lambda: bool(self.sip_call_id_of(leg_id)), within_ms)
        return self._other_end(self.sip_call_id_of(leg_id), within_ms, is_phone=True)

    def sip_call_id_of(self, name: str) -> str:
        channel = self._channels.get(name)
        return channel.sip_call_id if channel is not None else ""

    def heard(self, leg_id: str) -> str:
        channel = self._channels.get(leg_id)
        if channel is None or not channel.is_up:
            return ""
        return channel.partner or ("music" if channel.has_sound else "")

    def last_sound(self, leg_id: str) -> str:
        """What was played to it last, whether it still is or not."""
        channel = self._channels.get(leg_id)
        return channel.last_sound if channel is not None else ""

    def keys_heard(self, name: str) -> str:
        channel = self._channels.get(name)
        return channel.keys if channel is not None else ""

    def _other_end(self, sip_call_id: str, within_ms: int, *, is_phone: bool) -> str:
        def find() -> str:
            for name, channel in self._channels.items():
                if sip_call_id and channel.sip_call_id == sip_call_id and channel.is_phone is is_phone:
                    return name
            return ""

        until(lambda: bool(find()), within_ms)
        found = find()
        if not found:
            raise SwitchFailed(f"no {'phone' if is_phone else 'leg'} at the other end of {sip_call_id or 'nothing'}")
        return found

    # -- reading ---------------------------------------------------------------------------------

    def _take(self, raw: bytes) -> None:
        event: dict[str, Any] = json.loads(raw.decode("utf-8", "replace"), strict=False)
        name = str(event.get("Unique-ID", ""))
        if not name:
            return
        channel = self._channels.setdefault(name, _Channel())
        channel.is_phone = channel.is_phone or str(event.get("Channel-Name", "")).startswith(ROBOTS)
        channel.sip_call_id = str(event.get("variable_sip_call_id") or channel.sip_call_id)
        match event["Event-Name"]:
            case "CHANNEL_PARK":
                channel.partner, channel.has_sound = "", False
            case "CHANNEL_BRIDGE":
                one, other = str(event.get("Bridge-A-Unique-ID", "")), str(event.get("Bridge-B-Unique-ID", ""))
                for end, partner in ((one, other), (other, one)):
                    self._channels.setdefault(end, _Channel()).partner = partner
            case "CHANNEL_UNBRIDGE":
                for end in (str(event.get("Bridge-A-Unique-ID", "")), str(event.get("Bridge-B-Unique-ID", ""))):
                    self._channels.setdefault(end, _Channel()).partner = ""
            case "PLAYBACK_START":
                channel.has_sound = True
                channel.last_sound = str(event.get("Playback-File-Path", ""))
            case "PLAYBACK_STOP":
                channel.has_sound = False
            case "DTMF":
                channel.keys += str(event.get("DTMF-Digit", ""))
            case "CHANNEL_HANGUP" | "CHANNEL_HANGUP_COMPLETE":
                channel.is_up, channel.partner, channel.has_sound = False, "", False
