"""Of a call that waits: is its queue closed, and where does it go next, and when. Of one that leaves: what it hears.

Pure: facts in (core.why_facts), words out. Nothing here decides anything.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from freeswitch_cc.core.durations import spoken, spoken_up
from freeswitch_cc.core.hours import Hours, is_open, next_change
from freeswitch_cc.core.why_facts import Facts, VisitFacts
from freeswitch_cc.core.words import LeftReason, Step

REASONS: Mapping[LeftReason, str] = {
    LeftReason.CLOSED: "it was closed",
    LeftReason.FULL: "it was full",
    LeftReason.NOBODY: "nobody was logged in",
    LeftReason.TOO_LONG: "it had waited too long",
    LeftReason.NOT_TAKEN: "the agent did not take it",
    LeftReason.NOT_REACHED: "the number was not reached",
}


def closed(visit: VisitFacts, timezone: str, now: datetime) -> Iterator[str]:
    """That the queue is closed, if it is."""
    if visit.hours is not None and not is_open(visit.hours, timezone, now):
        yield f"{visit.queue} is closed{_until(visit.hours, timezone, now)}: who waits in it stays."


def opening(hours: Hours | None, timezone: str, now: datetime) -> str | None:
    """`open`, or `closed, opens in 2 h`; None for a queue without hours."""
    if hours is None:
        return None
    return "open" if is_open(hours, timezone, now) else f"closed{_until(hours, timezone, now)}"


def next_step(
    overflow: Mapping[str, str],
    queue_id: str,
    spent: Collection[str],
    overflow_at: datetime | None,
    home: str | None,
    now: datetime,
    too_long_at: datetime | None = None,
) -> str | None:
    """What happens next to a call that waits, and when: `overflow to queue:reserve in 30 s`; None: nothing.

    home: the queue that it goes back to, if it waits for one agent. too_long_at: when it will have waited too long:
    what is looked at later, or sooner, is a target that could not take it, which is asked again.
    """
    when = f"in {spoken_up(_ms(now, overflow_at))}" if overflow_at is not None and overflow_at > now else "now"
    if home is not None and overflow_at is not None:
        return f"back to {home} {when}"
    late, deserted = (
        None if f"{queue_id}:{reason}" in spent else overflow.get(reason)
        for reason in (LeftReason.TOO_LONG, LeftReason.NOBODY)
    )
    if overflow_at is None:
        return f"overflow to {deserted} when nobody is logged in" if deserted is not None else None
    is_early = late is None or (too_long_at is not None and overflow_at < too_long_at)
    if deserted is not None and is_early:
        return f"ask {deserted} again {when}"
    if late is not None and too_long_at is not None and overflow_at > too_long_at:
        return f"ask {late} again {when}"
    return f"overflow to {late} {when}" if late is not None else None


def going(visit: VisitFacts, now: datetime) -> Iterator[str]:
    """Where it goes from here, and when, as a sentence."""
    step = next_step(visit.overflow, visit.queue_id, visit.spent, visit.overflow_at, visit.home, now, visit.too_long_at)
    if step is not None:
        yield f"Next: {step}" + (f", or after {_times(visit.max_tries)} of no answer." if visit.max_tries else ".")


def forwarding(facts: Facts) -> Iterator[str]:
    """Of a number that is called for him."""
    number = facts.forward.number if facts.forward is not None else "a number"
    yield f"Hears music while {number} is called."
    yield from _left(facts)


def leaving(facts: Facts) -> Iterator[str]:
    """Its farewell."""
    said = facts.farewell
    sound = said.sound if said is not None else ""
    match facts.step:
        case Step.GREETING | Step.BEEPING:
            yield f"Is about to leave a message in {said.box if said else 'a box'}."
        case Step.RECORDING:
            since = said.recorded_at if said is not None else None
            began = f" since {spoken(_ms(since, facts.now))}" if since is not None else ""
            yield f"Leaves a message in {said.box if said else 'a box'}{began}."
        case _:
            yield f"Hears the announcement {sound}." if sound else "Hears that it cannot be taken."
    yield from _left(facts)


def _left(facts: Facts) -> Iterator[str]:
    visit = facts.visit
    if visit is not None and visit.left_reason is not None:
        yield f"Left {visit.queue}, because {REASONS[visit.left_reason]}."


def _until(hours: Hours, timezone: str, now: datetime) -> str:
    opens_at = next_change(hours, timezone, now)
    return f", opens in {spoken_up(_ms(now, opens_at))}" if opens_at is not None else ""


def _times(count: int) -> str:
    return "1 ring" if count == 1 else f"{count} rings"


def _ms(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds() * 1000))
