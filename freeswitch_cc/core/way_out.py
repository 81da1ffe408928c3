"""What holds of a queue now, and where a call goes that leaves it: a queue, an agent, a number, a box, an announcement.

A queue on the way that is closed, full or deserted itself lets nobody over: its own overflow for that is followed. Pure
values in, pure values out (core.lines); what becomes of the call is core.overflow's.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from freeswitch_cc.core import forwarding
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.hours import is_open
from freeswitch_cc.core.lines import Box, Line, Overflow
from freeswitch_cc.core.target import Target, TargetKind, read_target
from freeswitch_cc.core.words import LeftReason

NUMBER_FULL = "number_full"


class NoWay(StrEnum):
    """Why there is none."""

    SHUT = "shut"  # for now: a queue or an agent on the way may take calls in a moment
    TARGET_FULL = "target_full"  # for now: a box on the way takes no more messages, or no more numbers are called
    NOWHERE = "nowhere"  # nothing is said of it, or nothing of that name is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a target could not take a call, of which somebody should be told. alarm: its kind. once: about what it is."""

    alarm: str
    details: str
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where an overflow leads. through: queues that were no way out themselves, and why. to: a queue or an agent's
    line, a number, a box, or an announcement. by: the queue whose overflow that is. spent: what else is over with it.
    """

    to: Line | Box | Target
    by: Line
    through: tuple[tuple[Line, LeftReason], ...] = ()
    spent: tuple[str, ...] = ()


def shut(line: Line, timezone: str, now: datetime) -> LeftReason | None:
    """Why a call that comes now is not let in; None when it is. The first of the three that holds."""
    if line.hours is not None and not is_open(line.hours, timezone, now):
        return LeftReason.CLOSED
    if line.max_length is not None and line.waiting >= line.max_length:
        return LeftReason.FULL
    return None if line.is_staffed else LeftReason.NOBODY


def spent_key(queue_id: str, reason: LeftReason) -> str:
    """How an overflow that is over for a call is noted in its visit."""
    return f"{queue_id}:{reason}"


def way_out(
    known: Overflow, line: Line, reason: LeftReason, now: datetime, obstacles: list[Obstacle] | None = None
) -> Way | NoWay:
    """Where a call goes that leaves this queue for this reason. obstacles: is told of boxes and numbers on the way that
    cannot take it.

    Who is not let in (closed, full) has no place to wait at: when all else fails he waits in a queue where nobody is
    logged in, as who has called that one does.
    """
    through: list[tuple[Line, LeftReason]] = []
    waits_at: Way | None = None
    is_homeless = reason in (LeftReason.CLOSED, LeftReason.FULL)
    is_target_full = False
    met = obstacles if obstacles is not None else []
    been = {line.queue_id}
    spent: list[str] = []

    def way(to: Line | Box | Target) -> Way:
        return Way(to=to, by=line, through=tuple(through), spent=tuple(spent))

    while True:
        target = _target(line, reason)
        found = None
        match target.kind if target else None:
            case TargetKind.ANNOUNCEMENT:
                assert target is not None
                return way(target)
            case TargetKind.VOICEMAIL:
                assert target is not None
                box = known.box(target.name)
                if box is not None and not box.is_full:
                    return way(box)
                if box is not None:
                    is_target_full = True
                    met.append(Obstacle(alarm="box_full", details=box.name, once=box.name))
            case TargetKind.NUMBER:
                assert target is not None
                obstacle = _in_the_way_of(target.name, line, known)
                if obstacle is None:
                    return way(target)
                is_target_full |= obstacle.alarm == NUMBER_FULL
                if obstacle not in met:
                    met.append(obstacle)
                if reason is not LeftReason.NOT_REACHED:
                    reason = LeftReason.NOT_REACHED
                    spent.append(spent_key(line.queue_id, reason))
                    continue
            case TargetKind.QUEUE | TargetKind.AGENT:
                assert target is not None
                found = known.line_named(target.name if target.kind is TargetKind.QUEUE else str(target))
        if target is None or found is None or found.queue_id in been:
            if waits_at is None and is_target_full:
                return NoWay.TARGET_FULL
            return waits_at or (NoWay.SHUT if through else NoWay.NOWHERE)
        why = shut(found, known.timezone, now)
        if why is None:
            return way(found)
        if is_homeless and waits_at is None and why is LeftReason.NOBODY and target.kind is TargetKind.QUEUE:
            waits_at = way(found)
        # It is no way out itself: its own overflow is followed, which center files cannot make a circle of.
        through.append((found, why))
        been.add(found.queue_id)
        line, reason = found, why


def _in_the_way_of(number: str, line: Line, known: Overflow) -> Obstacle | None:
    """Why this queue does not call this number, if so: it may not, or as many of its calls are at numbers as may be."""
    dialler = forwarding.dialler_of(line.name, line.may_dial, line.caller_ids)
    try:
        forwarding.check(known.dialling, dialler, number)
    except Refusal as refusal:
        return Obstacle(alarm="number_refused", details=refusal.message, once=refusal.message)
    if 0 < line.max_forwarded <= line.forwarded:
        details = f"{line.name}: {line.forwarded} of its calls are at numbers"
    elif 0 < line.max_forwarded_per_caller <= line.forwarded_of_caller:
        details = f"{line.name}: numbers were called for this caller {line.forwarded_of_caller} times in a day"
    else:
        return None
    return Obstacle(alarm=NUMBER_FULL, details=details, once=line.name)


def _target(line: Line, reason: LeftReason) -> Target | None:
    text = line.overflow.get(reason)
    try:
        return read_target(text) if text else None
    except ValueError:
        return None  # written by somebody else than `apply`: as if nothing were said
