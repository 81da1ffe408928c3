"""Callers for whom an outside number was called, by the overflow of their queue: how often, and where they go on. Pure.

A number that has answered and is talked to stands where an agent stands: how such a talk may end, fates.py tells. One
that is not reached, or is lost in the talk, ends nothing: its caller goes on where his queue says (not_reached), or to
the head of the queue that he left; who found it closed or full is turned away. See docs/overflow.md.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.chaos.faults import Fault, without
from tests.chaos.record import Record, Row, us_of
from tests.chaos.witness import OUTSIDE, RESTARTED, Channel

_TICK_US = 50_000
_PATIENCE = 2
"""In mid-storm even what is looked up may be refused once."""
_SHUT = ("closed", "full")


def numbers_of(record: Record) -> dict[str, list[Channel]]:
    """By call, the legs of the numbers that were called for its caller, in their order."""
    found: dict[str, list[Channel]] = defaultdict(list)
    for channel in record.channels.values():
        if channel.is_forwarded and channel.facts:
            found[channel.call].append(channel)
    return {call: sorted(legs, key=lambda leg: leg.began_us) for call, legs in found.items()}


def number_of(leg: Channel) -> str:
    return f"number:+{leg.name.removeprefix(OUTSIDE).lstrip('+')}"


def broken_forwards(record: Record) -> Iterable[Fault]:
    yield from _too_often(record)
    yield from _back_where_he_may_not(record)
    yield from _nowhere(record)


def _too_often(record: Record) -> Iterable[Fault]:
    """An overflow is used once in a call. And nobody is called for a caller who has not come."""
    said = Counter(target for queue in record.plan.queues for target in queue.overflow.values())
    for call, legs in numbers_of(record).items():
        for number, times in Counter(number_of(leg) for leg in legs).items():
            if times > said[number]:
                sentence = f"{number} was called {times} times for one caller, and {said[number]} overflows name it"
                yield Fault("invariants_broken", sentence, (call,))
        caller = record.channels.get(call)
        answered_us = caller.answered_us if caller is not None else None
        if answered_us is None or answered_us > legs[0].began_us:
            yield Fault("invariants_broken", f"{number_of(legs[0])} was called, and there was no caller", (call,))


def _back_where_he_may_not(record: Record) -> Iterable[Fault]:
    """Which stay follows a number: at the head of the queue that he left for it, unless that was closed or full; or in
    a queue, or an agent's line, to which he overflows because it was not reached."""
    overflow = {queue.name: queue.overflow for queue in record.plan.queues}
    visits: dict[str, list[Row]] = defaultdict(list)
    for row in record.visits:
        visits[row["call_id"]].append(row)
    for call, legs in numbers_of(record).items():
        rows = visits[call]
        for place, after in enumerate(rows[1:], start=1):
            chain = _left_for(rows[:place])
            before, home = chain[-1], chain[0]
            since_us, until_us = us_of(before["left_at"] or before["entered_at"]), us_of(after["entered_at"])
            if not any(since_us - _TICK_US <= leg.began_us <= until_us for leg in legs):
                continue
            if after["entry_reason"] == "returned":
                if after["queue"] != home["queue"] or home["left_reason"] in _SHUT:
                    left = f"he had left {home['queue']} for it ({home['left_reason']})"
                    yield Fault("invariants_broken", f"after a number he is back in {after['queue']}: {left}", (call,))
            elif not any(_leads_on(overflow.get(row["queue"], {})) for row in chain):
                sentence = f"after a number he is in {after['queue']}, and nothing says so"
                yield Fault("invariants_broken", sentence, (call,))


def _left_for(rows: list[Row]) -> list[Row]:
    """The last stay, and before it those up to the one that he left: of others he was only led through."""
    place = len(rows) - 1
    while place > 0 and rows[place]["entry_reason"] == "passed":
        place -= 1
    return rows[place:]


def _leads_on(overflow: dict[str, str]) -> bool:
    return overflow.get("not_reached", "").startswith(("queue:", "agent:"))


def _nowhere(record: Record) -> Iterable[Fault]:
    """Whose number has ended goes on, or is let go."""
    limits = record.limits
    limit_us = 1000 * (limits.look_ms + 2 * limits.offer_grace_ms + _PATIENCE * limits.settle_ms)
    until_us = record.snapshots[-1].at_us if record.snapshots else 0
    entered: dict[str, list[int]] = defaultdict(list)
    for row in record.visits:
        entered[row["call_id"]].append(us_of(row["entered_at"]))
    told = {row["call_id"] for row in record.calls if row["step"] is not None}
    told |= {row["call_id"] for row in record.calls if row["outcome"] in ("announced", "voicemail", "turned_away")}
    for call, legs in numbers_of(record).items():
        caller = record.channels.get(call)
        last = legs[-1]
        if caller is None or last.end is None or last.end.name == RESTARTED or call in told:
            continue
        over_us = last.end.at_us
        goes_on = [fact.at_us for fact in caller.facts if fact.name == "CHANNEL_BRIDGE" and fact.at_us > over_us]
        goes_on += [at_us for at_us in entered[call] if at_us > last.began_us]
        span = (over_us, min([caller.end.at_us if caller.end is not None else until_us, *goes_on]))
        watched_us = span[1] - span[0] - sum(end - begin for begin, end in without(span, record.watched))
        if watched_us > limit_us:
            sentence = f"{number_of(last)} was gone, and for {watched_us // 1000} ms nobody went on for its caller"
            yield Fault("left_waiting", sentence, (call,))
