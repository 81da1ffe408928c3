"""Rules of queues and of calls that agents place, looked for in what was written down and in what the switch did. Pure.

What counts stands in verdict.py; the rules that hold when all has settled, in testcalls.invariants.
"""

from collections import defaultdict
from collections.abc import Iterable

from tests.chaos.faults import Fault
from tests.chaos.record import Record, Row, us_of

KIND = "invariants_broken"
_SLOWEST_US = 1_000_000
"""What a transaction takes on a busy machine: it is dated when it begins."""
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
    said = _said(record)
    for name, rows in by_queue.items():
        for row in (row for row in rows if row["entry_reason"] != "returned"):
            at_us = _decided_us(row, said)
            there = [other for other in rows if other is not row and _is_there(other, at_us, said)]
            if len(there) >= most[name]:
                sentence = f"{name} had {len(there) + 1} calls when one came, and {most[name]} may be in it"
                yield Fault(KIND, sentence, (row["call_id"],))


def _said(record: Record) -> dict[str, list[int]]:
    """When it was decided of each call that it goes into a queue: a stay begins with what led there, which may have
    been told much later."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in record.call_log:
        if "arrived" in row["because"] or "overflows to" in row["because"] or "head of" in row["because"]:
            found[row["call_id"]].append(us_of(row["at"]))
    return found


def _decided_us(row: Row, said: dict[str, list[int]]) -> int:
    entered_us = us_of(row["entered_at"])
    return next((at_us for at_us in said[row["call_id"]] if at_us >= entered_us), entered_us)


def _is_there(other: Row, at_us: int, said: dict[str, list[int]]) -> bool:
    """Who comes back to the head asks nobody whether there is room: who is let in meanwhile does not see him yet."""
    seen_us = _SLOWEST_US if other["entry_reason"] == "returned" else 0
    return _decided_us(other, said) + seen_us < at_us and (other["left_at"] is None or us_of(other["left_at"]) > at_us)


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
