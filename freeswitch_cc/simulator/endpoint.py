"""What a channel asks of its endpoint, and the events of it: ringing, early media, the answer. switch_channel.c.

What is then said to the far end stands in sip.py.
"""

from freeswitch_cc.simulator.channel import Channel


def tell_codecs(channel: Channel) -> None:
    """What sound it will carry, read and written."""
    for direction in ("read", "write"):
        codec = {f"channel-{direction}-codec-name": "PCMU", f"channel-{direction}-codec-rate": "8000"}
        channel.emit("CODEC", last=codec)


def answer(channel: Channel) -> None:
    """switch_channel_answer, of a leg that was called."""
    if channel.is_answered or channel.is_down:
        return
    _mark(channel)
    if channel.end is not None:
        channel.end.accept()


def mark_answered(channel: Channel) -> None:
    """The far end has answered."""
    tell_codecs(channel)
    channel.set("rtp_use_codec_name", "PCMU")
    # Its 200 says who it is: whom we have called.
    channel.profile.callee_name = channel.profile.callee_number
    _mark(channel)


def _mark(channel: Channel) -> None:
    channel.unflag("EARLY_MEDIA")
    channel.profile.times.answered = channel.switch.now_us()
    channel.flag("ANSWERED")
    channel.emit("CHANNEL_ANSWER")
    channel.set("endpoint_disposition", "ANSWER")
    channel.switch.run_hooks(channel, "api_on_answer")
    channel.set_call_state("ACTIVE")


def pre_answer(channel: Channel) -> None:
    """switch_channel_pre_answer: sound before the answer (183)."""
    if channel.has_media or channel.is_down or channel.end is None or channel.end.is_caller:
        return
    channel.flag("EARLY_MEDIA")
    channel.emit("CHANNEL_PROGRESS_MEDIA")
    channel.set("endpoint_disposition", "EARLY MEDIA")
    channel.set_call_state("EARLY")
    channel.end.send_early_media()


def ring_ready(channel: Channel) -> None:
    """switch_channel_ring_ready: it rings (180)."""
    if channel.has_media or channel.is_down or channel.end is None or "RING_READY" in channel.flags:
        return
    channel.flag("RING_READY")
    channel.emit("CHANNEL_PROGRESS")
    channel.set_call_state("RINGING")
    channel.end.ring()
