"""A queue that cannot or should not keep a call: closed, full, nobody there, waited too long; and how it leaves.

Conditions are judged when a call comes (closed, full, nobody) and, while it waits, when its visit is due (too_long,
nobody): who waits stays when the queue closes, or is full. Never while an agent is being rung for it: the ring ends
first. A call keeps its waiting time and its priority; what is due is written on its visit, nobody sleeps for it.

A target that cannot take the call for now (core.way_out) is asked again after a while, by who waits; who was not let in
at all is turned away. An overflow that was gone, or whose target is not there, is spent. Of a number it is known only
later whether it takes the call (core.forwarding): not_reached says where to then, else the call goes back to where it
came from. No I/O.
"""

from dataclasses import replace
from datetime import datetime

from freeswitch_cc.core import leaving
from freeswitch_cc.core.call import Visit
from freeswitch_cc.core.hours import is_known
from freeswitch_cc.core.lines import Farewell, Line, Overflow
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.way_out import NUMBER_FULL, NoWay, Obstacle, Way, shut, spent_key, way_out
from freeswitch_cc.core.words import CallOutcome, LeftReason, Phase, Seen

# -- when a call comes ---------------------------------------------------------------------------


def on_arrival(scene: Scene, visit: Visit) -> None:
    """The call has just come into the queue of its entry point."""
    known = scene.view.overflow
    line = known.line(visit.queue_id) if known is not None else None
    if known is None or line is None:
        return
    if line.hours is not None and not is_known(known.timezone):
        scene.alarm("timezone_unknown", scene.customer, known.timezone, once=known.timezone)
    reason = shut(line, known.timezone, scene.now)
    if reason is None:
        return
    way = _way_out(scene, known, line, reason)
    if isinstance(way, Way):
        leaving.leave(scene, visit, line, reason, way)
    elif reason is not LeftReason.NOBODY:
        leaving.turn_away(scene, visit, reason)
    elif way is not NoWay.NOWHERE:
        _note_shut(scene, line, reason)
        again_at = scene.after(scene.timeouts.overflow_again_ms)
        scene.change_visit(visit, overflow_at=min(visit.overflow_at or again_at, again_at))
    else:
        _spend(scene, visit, line, reason)


def limited(visit: Visit, before: Visit | None) -> Visit:
    """A new visit with its limits. before: the one that was answered and came back: what it has spent stays spent, and
    the line of an agent holds it no longer than before."""
    if before is not None:
        visit = replace(visit, spent=before.spent, came_from=before.came_from, home=before.home)
        visit = replace(visit, max_tries=before.max_tries)
        if before.came_from is not None and before.overflow_at is not None:
            return replace(visit, overflow_at=visit.entered_at + (before.overflow_at - before.entered_at))
    return replace(visit, overflow_at=leaving.due_at(visit, visit.max_wait_ms))


# -- while it waits ------------------------------------------------------------------------------


def judge(scene: Scene) -> None:
    """Does the open visit end here? A rule about what is: asked after every event of a call that is queued."""
    visit, customer = scene.open_visit, scene.customer
    if scene.the_call.phase is not Phase.QUEUED or visit is None or scene.open_offer is not None or customer is None:
        return
    if customer.seen is not Seen.PARKED or customer.command is not None:
        return  # he is being moved: it stays due
    if visit.max_tries is not None and visit.tries >= visit.max_tries:
        _go_home(scene, visit, LeftReason.NOT_TAKEN)
        return
    known = scene.view.overflow
    if visit.overflow_at is None or visit.overflow_at > scene.now or known is None:
        return
    line = known.line(visit.queue_id)
    if line is None:
        return
    if visit.came_from is not None:
        _go_home(scene, visit, LeftReason.TOO_LONG if line.is_staffed else LeftReason.NOBODY)
        return
    late_at = leaving.due_at(visit, line.due_after_ms)
    is_first = late_at is not None and visit.overflow_at <= late_at
    next_at: list[datetime] = []
    for reason, holds in (
        (LeftReason.TOO_LONG, late_at is not None and late_at <= scene.now),
        (LeftReason.NOBODY, not line.is_staffed),
    ):
        if not holds or reason not in line.overflow or spent_key(line.queue_id, reason) in visit.spent:
            continue
        way = _way_out(scene, known, line, reason)
        if isinstance(way, Way):
            leaving.leave(scene, visit, line, reason, way)
            return
        if way is not NoWay.NOWHERE:
            if is_first:  # not each time that it is asked again
                _note_shut(scene, line, reason)
            next_at.append(scene.after(scene.timeouts.overflow_again_ms))
        else:
            visit = _spend(scene, visit, line, reason)
    late_at = leaving.due_at(visit, line.due_after_ms)
    if late_at is not None and late_at > scene.now:
        next_at.append(late_at)
    scene.change_visit(visit, overflow_at=min(next_at, default=None))


def _way_out(scene: Scene, known: Overflow, line: Line, reason: LeftReason) -> Way | NoWay:
    """Somebody is told of a box that is full, of a number that may not be called, for it may when the center file is
    applied, and of as many at numbers as may be."""
    obstacles: list[Obstacle] = []
    way = way_out(known, line, reason, scene.now, obstacles)
    for one in obstacles:
        scene.alarm(one.alarm, scene.customer, one.details, once=one.once)
        if one.alarm == "number_refused" or (one.alarm == NUMBER_FULL and isinstance(way, Way)):
            scene.because(one.details)
    return way


# -- when a number was of no avail ---------------------------------------------------------------


def go_on(scene: Scene) -> None:
    """The number to which a call overflowed is not reached, or was lost: where its queue says, or back to the queue."""
    forward, last, known = scene.the_call.forward, scene.last_visit, scene.view.overflow
    assert forward is not None, "there is a number that was called"
    assert last is not None, "for somebody who left a queue"
    scene.change_call(forward=None)
    scene.want_parked(scene.customer)
    left = replace(
        last, left_at=max(scene.our_at, (last.left_at or scene.our_at) + leaving.MOMENT), spent=forward.spent
    )
    line = known.line(forward.queue_id) if known is not None else None
    key = spent_key(forward.queue_id, LeftReason.NOT_REACHED)
    if known is not None and line is not None and LeftReason.NOT_REACHED in line.overflow and key not in forward.spent:
        way = _way_out(scene, known, line, LeftReason.NOT_REACHED)
        if isinstance(way, Way):
            waited = replace(left, visit_id=forward.left_visit_id, preferred_agent_id=forward.home.preferred_agent_id)
            leaving.follow(scene, waited, left, line, LeftReason.NOT_REACHED, way, forward.home)
            return
    if forward.home.left_reason in (LeftReason.CLOSED, LeftReason.FULL):
        scene.because(f"its queue {leaving.PHRASES[forward.home.left_reason]}: turned away")
        leaving.say_farewell(scene, Farewell(outcome=CallOutcome.TURNED_AWAY, queue_id=forward.home.queue_id))
        return
    scene.because("back to the head of its queue")
    leaving.return_home(scene, forward.home, left)


# -- what the above share ------------------------------------------------------------------------


def _go_home(scene: Scene, visit: Visit, reason: LeftReason) -> None:
    """The agent did not take it: to the head of the queue that it left. One that was shut is no place to go back to."""
    home = visit.home
    if home is None:
        scene.change_visit(visit, overflow_at=None, max_tries=None)  # nobody knows where it came from: it waits on
        return
    if home.left_reason in (LeftReason.CLOSED, LeftReason.FULL):
        scene.because(f"the agent it overflowed to {leaving.PHRASES[reason]}")
        leaving.turn_away(scene, visit, reason)
        return
    scene.because(f"the agent it overflowed to {leaving.PHRASES[reason]}: back to the head of its queue")
    leaving.return_home(scene, home, leaving.close(scene, visit, reason))


def _note_shut(scene: Scene, line: Line, reason: LeftReason) -> None:
    where = line.overflow[reason]
    scene.because(
        f"{line.name} {leaving.PHRASES[reason]}, and {where} cannot take it for now: it stays, and asks again"
    )


def _spend(scene: Scene, visit: Visit, line: Line, reason: LeftReason) -> Visit:
    """It stays, and this overflow is not tried again for it."""
    if reason in line.overflow:
        scene.because(f"{line.name} {leaving.PHRASES[reason]}, and {line.overflow[reason]} is not there: it stays")
    return scene.change_visit(visit, spent=(*visit.spent, spent_key(line.queue_id, reason)))
