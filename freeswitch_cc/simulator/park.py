"""Parking, playing and sleeping: what a session does while it waits. switch_ivr.c, switch_ivr_play_say.c."""

import re

from freeswitch_cc.simulator import endpoint, session
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.states import cause_named
from freeswitch_cc.simulator.threads import FRAME, Asking, Body

_FOREVER = float("inf")
_TONE = re.compile(r"%\((\d+),(\d+)[^)]*\)")


def park(channel: Channel) -> Body:
    """switch_ivr_park, until something else is wanted of the leg."""
    if "CONTROLLED" in channel.flags or channel.state == "CS_RESET":
        return
    timeout = channel.get("park_timeout")
    if timeout:
        channel.set("park_timeout", None)
        channel.set("park_after_bridge", None)
        seconds, _, cause = timeout.partition(":")
        due_ms = channel.switch.ms_of_second(channel.switch.epoch_s() + int(seconds))
        channel.switch.clock.at(due_ms, lambda: _time_out(channel, cause))
    channel.flag("CONTROLLED", "PARK")
    channel.emit("CHANNEL_PARK")
    if channel.end is not None:
        channel.end.fall_silent()
    while channel.is_ready() and {"CONTROLLED", "PARK"} <= channel.flags:
        yield FRAME
        yield from session.parse_all(channel)
        channel.digits.clear()
    if channel.end is not None:
        channel.end.sound()
    channel.unflag("CONTROLLED", "PARK")
    channel.emit("CHANNEL_UNPARK")


def _time_out(channel: Channel, cause: str) -> None:
    """Only if it is parked still (the C code looks at the clock in the park loop alone)."""
    if "PARK" in channel.flags:
        channel.hang_up(cause_named(cause) if cause else "NORMAL_CLEARING")


def length_of(file: str) -> float | None:
    """How many ms a sound lasts; None when there is no such file. Only generated sounds are there."""
    kind, found, rest = file.partition("://")
    if not found:
        return None
    if kind == "silence_stream":
        ms = rest.split(",", 1)[0]
        return _FOREVER if ms == "-1" else float(ms) if ms.isdigit() else None
    if kind != "tone_stream":
        return None
    loops = re.search(r"(?:loops|L)=(-?\d+)", rest)
    if loops is not None and int(loops[1]) < 0:
        return _FOREVER
    once = sum(int(on) + int(off) for on, off in _TONE.findall(rest))
    return float(once * (int(loops[1]) if loops is not None else 1)) if once else None


def play(channel: Channel, file: str) -> Asking:
    """switch_ivr_play_file: plays until its end, a break, or until the leg is wanted elsewhere. Did it play?"""
    if not channel.is_ready():
        return False
    length = length_of(file)
    if length is None:
        channel.set("current_application_response", "FILE NOT FOUND")
        return False
    if not channel.has_media:
        endpoint.pre_answer(channel)
    played = {"Playback-File-Type": file.partition(":")[0], "Playback-File-Path": file}
    if played["Playback-File-Type"] == "silence_stream":
        del played["Playback-File-Type"]
    channel.emit("PLAYBACK_START", last=played)
    channel.private["playing"] = channel.private.get("playing", 0) + 1
    ends_at = channel.switch.clock.now + length
    if length != _FOREVER:
        channel.switch.clock.at(ends_at, channel.touch)
    status, response = "done", "FILE PLAYED"
    while channel.switch.clock.now < ends_at and channel.is_ready():
        if "BREAK" in channel.flags:
            channel.flags.discard("BREAK")
            status = "break"
            break
        yield from session.parse_all(channel)
        if "BREAK" not in channel.flags and channel.is_ready():
            yield FRAME
    if not channel.is_ready():
        response = "PLAYBACK ERROR"
    channel.set("current_application_response", response)
    channel.private["playing"] -= 1
    channel.emit("PLAYBACK_STOP", last={**played, "Playback-Status": status})
    return True


def sleep(channel: Channel, ms: float) -> Body:
    """switch_ivr_sleep"""
    ends_at = channel.switch.clock.now + ms
    channel.switch.clock.at(ends_at, channel.touch)
    while channel.switch.clock.now < ends_at and channel.is_ready():
        if "BREAK" in channel.flags:
            channel.flags.discard("BREAK")
            return
        yield FRAME
        yield from session.parse_all(channel)
