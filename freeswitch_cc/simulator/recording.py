"""Recording of a leg by uuid_record: a media bug that is told of when it begins and ends. switch_ivr_async.c.

It belongs to the session and not to what the session runs: parking it anew does not end it. No sound is simulated, so
nothing is written, and nobody is ever silent: a recording ends at its limit, when it is stopped, or with its leg.
"""

from dataclasses import dataclass

from freeswitch_cc.simulator.channel import Channel

# Where no switch can write a file, whoever it runs as.
_UNWRITABLE = ("/proc/", "/sys/", "/dev/")
_MAX_TIME = "success-maxtime"
_BYTES_PER_MS = 16
_WAV_HEAD = 44


@dataclass(slots=True)
class Recording:
    """began: in ms of the switch's clock."""

    path: str
    began: float


def record(channel: Channel, arguments: str) -> str:
    """`start PATH [LIMIT]` or `stop PATH`, behind the leg. The limit is counted in seconds of the switch's clock, of
    which the first may be over at once."""
    what, _, rest = arguments.partition(" ")
    path, _, limit = rest.strip().partition(" ")
    running = _of(channel)
    if what == "stop":
        if running is None or path not in (running.path, "all"):
            return "-ERR Cannot stop record session!\n"
        close(channel)
        return "+OK Success\n"
    if what != "start":
        return "+OK Success\n"
    if running is not None and running.path == path:
        return "+OK Success\n"  # it goes on
    if not path.startswith("/") or path.startswith(_UNWRITABLE) or channel.is_down or not channel.has_media:
        channel.set("record_completion_cause", "uri-failure")
        return "-ERR Cannot record session!\n"
    began = Recording(path=path, began=channel.switch.clock.now)
    channel.private["recording"] = began
    channel.emit("RECORD_START", last={"Record-File-Path": path})
    if limit.strip().isdigit() and int(limit):
        due_ms = channel.switch.ms_of_second(channel.switch.epoch_s() + int(limit))
        channel.switch.clock.at(due_ms, lambda: close(channel) if _of(channel) is began else None)
    return "+OK Success\n"


def close(channel: Channel) -> None:
    """It ends, whoever ended it; a leg that is not recorded is left alone."""
    running = _of(channel)
    if running is None:
        return
    channel.private.pop("recording")
    # Sound comes in frames of 20 ms.
    ms = int(channel.switch.clock.now - running.began) // 20 * 20
    for name, value in (
        ("record_ms", ms),
        ("record_seconds", ms // 1000),
        ("record_samples", 8 * ms),
        ("record_file_size", _BYTES_PER_MS * ms + _WAV_HEAD),
    ):
        channel.set(name, str(value))
    channel.set("record_completion_cause", _MAX_TIME)
    channel.emit("RECORD_STOP", last={"Record-File-Path": running.path, "Record-Completion-Cause": _MAX_TIME})


def _of(channel: Channel) -> Recording | None:
    found = channel.private.get("recording")
    return found if isinstance(found, Recording) else None
