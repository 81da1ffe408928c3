"""What nobody came back for: callers whose overflow is due, messages without a row, agents and phones. Pure.

What counts stands in verdict.py.
"""

from collections import defaultdict
from collections.abc import Iterable

from tests.chaos.faults import Fault
from tests.chaos.plan_queues import BOXES, Queue
from tests.chaos.record import Record, Row, Snapshot, us_of
from tests.chaos.witness import RESTARTED, Channel, Fact

AGAIN_MS = 5_000
"""So much later at the most a target that could not take a call is asked again."""
_LEAST_MESSAGE_US = 200_000
_TICK_US = 20_000


def left_waiting(record: Record) -> Iterable[Fault]:
    """Callers who wait in a queue that should have let them go, to where they could be taken at this moment."""
    queues = {queue.name: queue for queue in record.plan.queues}
    for snapshot in record.snapshots:
        lengths: dict[str, int] = defaultdict(int)
        for row in snapshot.waiting:
            lengths[row["queue"]] += 1
        for row in snapshot.waiting:
            queue = queues.get(row["queue"])
            if queue is None or row["is_offered"] or queue.max_wait_ms is None or "too_long" not in queue.overflow:
                continue
            over_ms = (snapshot.at_us - us_of(row["entered_at"])) // 1000 - queue.max_wait_ms
            since_calm_ms = (snapshot.at_us - record.calm_us) // 1000
            target = queue.overflow["too_long"]
            limit_ms = AGAIN_MS + record.limits.ring_ms + record.limits.offer_grace_ms
            if min(over_ms, since_calm_ms + AGAIN_MS) > limit_ms and _takes(target, queues, lengths, snapshot):
                sentence = f"he waits in {queue.name} for {over_ms} ms too long, and {target} could take him"
                yield Fault("left_waiting", sentence, (row["call_id"],))


def _takes(target: str, queues: dict[str, Queue], lengths: dict[str, int], snapshot: Snapshot) -> bool:
    kind, _, name = target.partition(":")
    if kind in ("announcement", "voicemail"):
        return True
    queue = queues.get(name)
    if kind != "queue" or queue is None or queue.is_closed or name not in snapshot.staffed:
        return False
    return queue.max_length is None or lengths[name] < queue.max_length


def lost_messages(record: Record) -> Iterable[Fault]:
    """What a switch has recorded and nobody can find, or what was recorded over."""
    known = {(row["call_id"], row["path"]) for row in record.messages}
    paths: dict[str, Fact] = {}
    for channel in record.channels.values():
        if channel.role != "customer":
            continue
        for fact in channel.facts:
            if fact.name != "RECORD_START" or not any(fact.detail.startswith(f"{box.directory}/") for box in BOXES):
                continue
            before = paths.setdefault(fact.detail, fact)
            if before is not fact:
                yield Fault("messages_lost", f"{fact.detail} was recorded over", (channel.call,))
            recorded_us = _recorded_us(channel, fact)
            if recorded_us >= _LEAST_MESSAGE_US and (channel.call, fact.detail) not in known:
                sentence = f"{recorded_us // 1000} ms were recorded to {fact.detail}, and no row tells of it"
                yield Fault("messages_lost", sentence, (channel.call,))


def _recorded_us(channel: Channel, began: Fact) -> int:
    """Nothing, when the switch was gone before it had written the file."""
    stops = (f.at_us for f in channel.facts if f.name == "RECORD_STOP" and f.at_us >= began.at_us)
    end = channel.end
    if end is not None and end.name == RESTARTED:
        end = None
    return next(stops, end.at_us if end is not None else began.at_us) - began.at_us


def left_out(record: Record) -> Iterable[Fault]:
    """What is written down of a phone is not true; an agent who is available without one, or who is kept from calls
    because he had none. When all has settled."""
    for snapshot in record.snapshots[-1:]:
        phones = {agent.login for agent in record.plan.agents if agent.phone}
        for login in sorted(phones & (snapshot.registered ^ snapshot.written_registered)):
            is_there = login in snapshot.registered
            yield Fault(
                "agents_left_out", f"{login}'s phone is {'' if is_there else 'not '}registered, and the row differs"
            )
        for row in snapshot.agents:
            if row["login"] in phones:
                yield from _fits(row, row["login"] in snapshot.registered)


def _fits(agent: Row, is_registered: bool) -> Iterable[Fault]:
    calls = (agent["call_id"] or "",)
    if is_registered and (agent["presence"], agent["reason"]) == ("not_ready", "device_down"):
        yield Fault(
            "agents_left_out", f"{agent['login']} is not ready (device_down), and his phone is registered", calls
        )
    if not is_registered and agent["presence"] == "available" and agent["activity"] == "idle":
        yield Fault("agents_left_out", f"{agent['login']} is available, and has no phone", calls)
