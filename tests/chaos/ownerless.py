"""Legs that nobody cares for: on the switch and in no open row, or left alone for longer than the dead-man. Pure.

What counts stands in verdict.py.
"""

from collections.abc import Iterable

from freeswitch_cc.core.attending import FALLBACK_SOUND
from tests.chaos.farewells import SOUNDS_MS
from tests.chaos.faults import Fault, without
from tests.chaos.plan_queues import MUSIC
from tests.chaos.record import Record
from tests.chaos.witness import ENDS, Channel

_ORPHAN = "fcc_orphan"
OURS = frozenset({MUSIC, FALLBACK_SOUND, *SOUNDS_MS})
"""What engines play."""
_PATIENCE = 2
"""In mid-storm even what is looked up may be refused once."""


def was_orphan(customer: Channel) -> bool:
    return any(fact.extension == _ORPHAN for fact in customer.facts)


def ownerless(record: Record) -> Iterable[Fault]:
    limits = record.limits
    kind, limit_us = "parked_legs_without_owner", (limits.deadman_ms + _PATIENCE * limits.settle_ms) * 1000
    for snapshot in record.snapshots:
        for uuid, name in snapshot.live_legs.items():
            channel = record.channels.get(uuid)
            call = channel.call if channel is not None else ""
            if uuid not in snapshot.open_legs:
                yield Fault(kind, f"{name} {uuid} is on the switch, and no open row knows it", (call,))
            elif channel is not None and _rounds(record, channel) > 1:
                yield Fault(kind, f"{name} {uuid} was left to the dead-man for more than a round", (call,))
    until_us = record.snapshots[-1].at_us if record.snapshots else 0
    for channel in record.channels.values():
        if channel.role == "feature":
            lasts_us = (channel.end.at_us if channel.end is not None else until_us) - channel.began_us
            if lasts_us > (limits.feature_ms + limits.settle_ms) * 1000:
                yield Fault(kind, f"a feature code was waited for {lasts_us // 1000} ms on {channel.uuid}")
        # A number waits for an agent who is called back.
        waits_us = (limits.call_back_ms + limits.ring_ms) * 1000 if channel.role == "customer" else 0
        if channel.role in ("agent", "target") or (channel.role == "customer" and channel.is_called):
            idle_us = _longest_alone(record, channel, until_us)
            if idle_us > limit_us + waits_us:
                sentence = f"{channel.name} {channel.uuid} was with nobody for {idle_us // 1000} ms"
                yield Fault(kind, sentence, (channel.call,))


def _rounds(record: Record, customer: Channel) -> int:
    """How many rounds of the dead-man a customer has begun since all is calm and nobody has taken him out of it.

    An engine that has him puts the next round off, however long he waits.
    """
    rounds = 0
    for fact in customer.facts:
        if fact.name in ("CHANNEL_PARK", "CHANNEL_BRIDGE"):
            rounds = 0
        elif fact.name == "PLAYBACK_START" and fact.extension == _ORPHAN and fact.at_us > record.calm_us:
            rounds += fact.detail not in OURS  # an engine that plays to him has him, whatever he hears besides
    return rounds


def _longest_alone(record: Record, leg: Channel, until_us: int) -> int:
    """How long an answered leg that we have called was bridged with nobody, while there was an engine."""
    longest = 0
    since: int | None = None
    for fact in (*leg.facts, None):
        is_alone = fact is not None and fact.name in ("CHANNEL_ANSWER", "CHANNEL_PARK", "CHANNEL_UNBRIDGE")
        if is_alone and since is None and fact is not None:
            since = fact.at_us
        elif since is not None and (fact is None or fact.name in ("CHANNEL_BRIDGE", *ENDS)):
            span = (since, fact.at_us if fact is not None else until_us)
            blind_us = sum(end - begin for begin, end in without(span, record.watched))
            longest, since = max(longest, span[1] - span[0] - blind_us), None
        if fact is not None and fact.name in ENDS:
            break
    return longest
