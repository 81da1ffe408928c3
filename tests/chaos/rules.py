"""Rules of queues and of calls that agents place, looked for in what was written down and in what the switch did. Pure.

What counts stands in verdict.py; the rules that hold when all has settled, in testcalls.invariants.
"""

from collections import defaultdict
from collections.abc import Iterable

from tests.chaos.faults import Fault
from tests.chaos.record import Record, Row, us_of

KIND = "invariants_broken"
_TICK_MS = 50
"""What the writing of two rows takes."""


def broken_rules(record: Record) -> Iterable[Fault]:
    yield from _too_many(record)
    yield from _too_soon(record)
    yield from _for_nobody(record)


def _too_many(record: Record) -> Iterable[Fault]:
    """However many come at once, there are never more in a queue than may be; but who comes back to its head."""
    most = {queue.name: queue.max_length for queue in record.plan.queues if queue.max_length is not None}
    by_queue: dict[str, list[Row]] = defaultdict(list)
    for row in record.visits:
        if row["queue"] in most and row["left_reason"] not in ("closed", "full"):
            by_queue[row["queue"]].append(row)
    for name, rows in by_queue.items():
        for row in (row for row in rows if row["entry_reason"] != "returned"):
            there = [other for other in rows if other is not row and _is_there(other, row)]
            if len(there) >= most[name]:
                sentence = f"{name} had {len(there) + 1} calls when one came, and {most[name]} may be in it"
                yield Fault(KIND, sentence, (row["call_id"],))


def _is_there(other: Row, row: Row) -> bool:
    return other["entered_at"] < row["entered_at"] and (
        other["left_at"] is None or other["left_at"] > row["entered_at"]
    )


def _too_soon(record: Record) -> Iterable[Fault]:
    """A queue keeps a call for as long as it says."""
    least = {queue.name: queue.max_wait_ms for queue in record.plan.queues if queue.max_wait_ms is not None}
    for row in record.visits:
        if row["left_reason"] == "too_long" and row["queue"] in least:
            stayed_ms = (us_of(row["left_at"]) - us_of(row["entered_at"])) // 1000
            if stayed_ms < least[row["queue"]] - _TICK_MS:
                sentence = f"it left {row['queue']} after {stayed_ms} ms, which keeps it for {least[row['queue']]} ms"
                yield Fault(KIND, sentence, (row["call_id"],))


def _for_nobody(record: Record) -> Iterable[Fault]:
    """Nothing costs money before an agent has picked up (docs/decisions/0012)."""
    answered: dict[str, list[int]] = defaultdict(list)
    for channel in record.channels.values():
        if channel.role == "agent" and channel.answered_us is not None:
            answered[channel.call].append(channel.answered_us)
    for channel in record.channels.values():
        if channel.role != "customer" or not channel.is_called or not channel.facts:
            continue
        if not any(at_us <= channel.began_us for at_us in answered[channel.call]):
            yield Fault(KIND, f"{channel.name} was called, and nobody had picked up for it", (channel.call,))
