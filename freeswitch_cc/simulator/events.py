"""Events as the switch words them: which headers, in which order, with which values. Only wording.

Sources: switch_event.c (the head), switch_channel.c switch_channel_event_set_basic_data and _extended_data,
switch_caller.c switch_caller_profile_event_set_data; values that no call has here are as on a default switch.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from freeswitch_cc.simulator.channel import Channel
    from freeswitch_cc.simulator.records import Profile
    from freeswitch_cc.simulator.switch import Switch

Event = dict[str, Any]

# Only these carry the variables of their leg.
WITH_VARIABLES = frozenset(
    {
        *("CHANNEL_CREATE", "CHANNEL_ORIGINATE", "CHANNEL_UUID", "CHANNEL_ANSWER", "CHANNEL_PARK", "CHANNEL_UNPARK"),
        *("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_HANGUP"),
        *("CHANNEL_HANGUP_COMPLETE", "CHANNEL_DATA", "CHANNEL_EXECUTE", "CHANNEL_EXECUTE_COMPLETE", "CHANNEL_DESTROY"),
        *("CHANNEL_HOLD", "CHANNEL_UNHOLD", "PLAYBACK_START", "PLAYBACK_STOP", "CALL_UPDATE"),
        *("RECORD_START", "RECORD_STOP"),
    }
)

_PLACES = {
    "CHANNEL_PARK": ("switch_ivr.c", "switch_ivr_park", "1002"),
    "CHANNEL_BRIDGE": ("switch_ivr_bridge.c", "switch_ivr_multi_threaded_bridge", "1689"),
    "CHANNEL_UNBRIDGE": ("switch_ivr_bridge.c", "switch_ivr_multi_threaded_bridge", "1878"),
    "CHANNEL_STATE": ("switch_channel.c", "switch_channel_perform_set_running_state", "2409"),
    "BACKGROUND_JOB": ("mod_event_socket.c", "api_exec", "1576"),
    "HEARTBEAT": ("switch_core.c", "send_heartbeat", "95"),
}


class _InEvents(dict[str, str]):
    """A variable's name in an event. There are some hundred of them, and each event has sixty."""

    def __missing__(self, name: str) -> str:
        self[name] = told = f"variable_{name}"
        return told


_IN_EVENTS = _InEvents()
_CODECS = {
    f"Channel-{way}-Codec-{name}": value
    for way in ("Read", "Write")
    for name, value in (("Name", "PCMU"), ("Rate", "8000"), ("Bit-Rate", "64000"))
}
_NOWHERE = ("switch_core.c", "simulator", "1")


def head(switch: "Switch", name: str) -> Event:
    """What every event begins with. Its number is drawn here: nothing may be put before it afterwards."""
    now_us = switch.now_us()
    local, gmt = _dates(now_us // 1_000_000)
    file, function, line = _PLACES.get(name, _NOWHERE)
    return {
        "Event-Name": name,
        "Core-UUID": switch.core_uuid,
        "FreeSWITCH-Hostname": "simulator",
        "FreeSWITCH-Switchname": "simulator",
        "FreeSWITCH-IPv4": "127.0.0.1",
        "FreeSWITCH-IPv6": "::1",
        "Event-Date-Local": local,
        "Event-Date-GMT": gmt,
        "Event-Date-Timestamp": str(now_us),
        "Event-Calling-File": file,
        "Event-Calling-Function": function,
        "Event-Calling-Line-Number": line,
        "Event-Sequence": str(switch.draw_sequence()),
    }


@lru_cache(maxsize=4)
def _dates(second: int) -> tuple[str, str]:
    at = datetime.fromtimestamp(second, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}", f"{at:%a, %d %b %Y %H:%M:%S} GMT"


def add_channel(event: Event, channel: "Channel") -> None:
    """switch_channel_event_set_data: the channel as it is now, and its variables where the event carries them."""
    if event.get("Event-Subclass") == "sofia::reinvite":
        event["Unique-ID"] = channel.uuid  # and nothing else (sofia.c, MY_EVENT_REINVITE)
        return
    add_basic(event, channel)
    if event["Event-Name"] in WITH_VARIABLES:
        event.update(variables_of(channel))


def variables_of(channel: "Channel") -> Event:
    """As an event carries them; a list is a list."""
    return {
        _IN_EVENTS[name]: value.copy() if type(value) is list else value for name, value in channel.variables.items()
    }


def add_basic(event: Event, channel: "Channel") -> None:
    event["Channel-State"] = channel.running
    event["Channel-Call-State"] = channel.call_state
    event["Channel-State-Number"] = str(channel.number)
    event["Channel-Name"] = channel.name
    event["Unique-ID"] = channel.uuid
    event["Call-Direction"] = channel.direction
    event["Presence-Call-Direction"] = channel.direction
    event["Channel-HIT-Dialplan"] = "true" if channel.has_dialplan else "false"
    if "presence_id" in channel.variables:
        event["Channel-Presence-ID"] = channel.variables["presence_id"]
    event["Channel-Call-UUID"] = channel.variables.get("call_uuid", channel.uuid)
    event["Answer-State"] = answer_state(channel)
    if channel.cause:
        event["Hangup-Cause"] = channel.cause
    if channel.has_media:
        event.update(_CODECS)
    if not (channel.running == "CS_NEW" and event["Event-Name"] == "CHANNEL_STATE"):
        # The state of a new channel is told before its profile is there (sofia_handle_sip_i_invite).
        _add_profile(event, "Caller", channel.profile)
    other = channel.originator if channel.other_type == "originator" else channel.originatee
    if other is not None and channel.other_type:
        event["Other-Type"] = channel.other_type
        _add_profile(event, "Other-Leg", other)


def answer_state(channel: "Channel") -> str:
    if channel.is_down:
        return "hangup"
    if channel.is_answered:
        return "answered"
    return "early" if "EARLY_MEDIA" in channel.flags else "ringing"


def _add_profile(event: Event, prefix: str, profile: "Profile") -> None:
    times = profile.times
    texts = {
        "Direction": profile.direction,
        "Logical-Direction": profile.logical_direction or profile.direction,
        "Username": profile.username,
        "Dialplan": profile.dialplan,
        "Caller-ID-Name": profile.caller_name,
        "Caller-ID-Number": profile.caller_number,
        "Orig-Caller-ID-Name": profile.orig_caller_name,
        "Orig-Caller-ID-Number": profile.orig_caller_number,
        "Callee-ID-Name": profile.callee_name,
        "Callee-ID-Number": profile.callee_number,
        "Network-Addr": "127.0.0.1" if profile.direction == "inbound" else "",
        "ANI": profile.ani,
        "Destination-Number": profile.destination,
        "Unique-ID": profile.unique_id,
        "Source": profile.source,
        "Transfer-Source": profile.transfer_source,
        "Context": profile.context,
        "RDNIS": profile.rdnis,
        "Channel-Name": profile.channel_name,
    }
    for name, text in texts.items():
        if text:
            event[f"{prefix}-{name}"] = text
    if prefix == "Caller":
        event["Caller-Profile-Index"] = profile.index
    for name, value in (
        ("Profile-Created", times.profile_created),
        ("Channel-Created", times.created),
        ("Channel-Answered", times.answered),
        ("Channel-Progress", times.progress),
        ("Channel-Progress-Media", times.progress_media),
        ("Channel-Hangup", times.hangup),
        ("Channel-Transfer", times.transfer),
        ("Channel-Resurrect", 0),
        ("Channel-Bridged", times.bridged),
    ):
        event[f"{prefix}-{name}-Time"] = str(value)
    event[f"{prefix}-Channel-Last-Hold"] = str(times.last_hold)
    event[f"{prefix}-Channel-Hold-Accum"] = str(times.hold_accum)
    event[f"{prefix}-Screen-Bit"] = "true"
    event[f"{prefix}-Privacy-Hide-Name"] = "false"
    event[f"{prefix}-Privacy-Hide-Number"] = "false"


def plain(event: Event) -> str:
    """As uuid_dump shows it: a header a line."""
    return "".join(f"{name}: {value}\n" for name, value in event.items() if name != "_body")
