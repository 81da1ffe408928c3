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
from datetime import datetime, timedelta

from freeswitch_cc.core import forwarding
from freeswitch_cc.core.call import Visit
from freeswitch_cc.core.hours import is_known
from freeswitch_cc.core.lines import Box, Farewell, Home, Line, Overflow
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.target import Target, TargetKind
from freeswitch_cc.core.way_out import NoWay, Way, shut, spent_key, way_out
from freeswitch_cc.core.words import CallOutcome, LeftReason, Phase, Seen, VisitOutcome

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
        _leave(scene, visit, line, reason, way)
    elif reason is not LeftReason.NOBODY:
        _turn_away(scene, visit, reason)
    elif way is not NoWay.NOWHERE:
        _note_shut(scene, line, reason)
        again_at = scene.after(scene.timeouts.overflow_again_ms)
        scene.change_visit(visit, overflow_at=min(visit.overflow_at or again_at, again_at))
    else:
        _spend(scene, visit, line, reason)


def due_at(visit: Visit, max_wait_ms: int | None) -> datetime | None:
    """When this visit has lasted too long, if that is still of any consequence."""
    if max_wait_ms is None or spent_key(visit.queue_id, LeftReason.TOO_LONG) in visit.spent:
        return None
    return visit.entered_at + timedelta(milliseconds=max_wait_ms)


def limited(visit: Visit, before: Visit | None) -> Visit:
    """A new visit with its limits. before: the one that was answered and came back: what it has spent stays spent, and
    the line of an agent holds it no longer than before."""
    if before is not None:
        visit = replace(visit, spent=before.spent, came_from=before.came_from, home=before.home)
        visit = replace(visit, max_tries=before.max_tries)
        if before.came_from is not None and before.overflow_at is not None:
            return replace(visit, overflow_at=visit.entered_at + (before.overflow_at - before.entered_at))
    return replace(visit, overflow_at=due_at(visit, visit.max_wait_ms))


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
    late_at = due_at(visit, line.due_after_ms)
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
            _leave(scene, visit, line, reason, way)
            return
        if way is not NoWay.NOWHERE:
            if is_first:  # not each time that it is asked again
                _note_shut(scene, line, reason)
            next_at.append(scene.after(scene.timeouts.overflow_again_ms))
        else:
            visit = _spend(scene, visit, line, reason)
    late_at = due_at(visit, line.due_after_ms)
    if late_at is not None and late_at > scene.now:
        next_at.append(late_at)
    scene.change_visit(visit, overflow_at=min(next_at, default=None))


def _way_out(scene: Scene, known: Overflow, line: Line, reason: LeftReason) -> Way | NoWay:
    """Somebody is told of a box that is full, and of a number that may not be called, for it may when the center file
    is applied."""
    refused: list[str] = []
    way = way_out(known, line, reason, scene.now, refused)
    for why in refused:
        scene.alarm("number_refused", scene.customer, why, once=why)
        scene.because(why)
    if way is NoWay.BOX_FULL:
        for box in known.boxes:
            if box.is_full:
                scene.alarm("box_full", scene.customer, box.name, once=box.name)
    return way


# -- when a number was of no avail ---------------------------------------------------------------


def go_on(scene: Scene) -> None:
    """The number to which a call overflowed is not reached, or was lost: where its queue says, or back to the queue."""
    forward, last, known = scene.the_call.forward, scene.last_visit, scene.view.overflow
    assert forward is not None, "there is a number that was called"
    assert last is not None, "for somebody who left a queue"
    scene.change_call(forward=None)
    scene.want_parked(scene.customer)
    left = replace(last, left_at=max(scene.our_at, (last.left_at or scene.our_at) + _MOMENT), spent=forward.spent)
    line = known.line(forward.queue_id) if known is not None else None
    key = spent_key(forward.queue_id, LeftReason.NOT_REACHED)
    if known is not None and line is not None and LeftReason.NOT_REACHED in line.overflow and key not in forward.spent:
        way = _way_out(scene, known, line, LeftReason.NOT_REACHED)
        if isinstance(way, Way):
            waited = replace(left, visit_id=forward.left_visit_id, preferred_agent_id=forward.home.preferred_agent_id)
            _follow(scene, waited, left, line, LeftReason.NOT_REACHED, way, forward.home)
            return
    if forward.home.left_reason in (LeftReason.CLOSED, LeftReason.FULL):
        scene.because(f"its queue {_PHRASES[forward.home.left_reason]}: turned away")
        _say_farewell(scene, Farewell(outcome=CallOutcome.TURNED_AWAY, queue_id=forward.home.queue_id))
        return
    scene.because("back to the head of its queue")
    _return(scene, forward.home, left)


# -- how it leaves -------------------------------------------------------------------------------


def _leave(scene: Scene, visit: Visit, line: Line, reason: LeftReason, way: Way) -> None:
    visit = _close(scene, visit, reason)
    _follow(scene, visit, visit, line, reason, way, _home_of(visit, reason))


def _follow(scene: Scene, visit: Visit, left: Visit, line: Line, reason: LeftReason, way: Way, home: Home) -> None:
    """visit: the one that overflows, closed. left: the last one before, whose end is now. home: where it may go back
    to from a number."""
    spent = (*left.spent, spent_key(line.queue_id, reason))
    for passed, why in way.through:
        between = replace(_visit(scene, left, passed, spent), entry_reason="passed")
        scene.visits[between.visit_id] = between
        left = _close(scene, between, why)
        spent = (*spent, spent_key(passed.queue_id, why))
    spent = (*spent, *way.spent)
    where = " via ".join([_name(way.to), *(passed.name for passed, _ in reversed(way.through))])
    scene.because(f"{line.name} {_PHRASES[reason]}: overflows to {where}")
    match way.to:
        case Line():
            _enter(scene, visit, left, line, way.to, spent)
        case Box() as box:
            _say_farewell(
                scene,
                Farewell(
                    outcome=CallOutcome.VOICEMAIL,
                    sound=box.greeting,
                    box=box.name,
                    path=f"{box.directory}/{scene.the_call.call_id}.wav",
                    longest_ms=box.longest_ms,
                    silence_ms=box.silence_ms,
                    queue_id=line.queue_id,
                ),
            )
        case Target(kind=TargetKind.NUMBER) as target:
            known = scene.view.overflow
            assert known is not None, "a way out was found in it"
            of_home = (visit.visit_id, home)
            forwarding.begin(scene, forwarding.agreed(known, way.by, target.name, of_home, spent))
        case Target() as target:
            _say_farewell(scene, Farewell(outcome=CallOutcome.ANNOUNCED, sound=target.name, queue_id=line.queue_id))


def _enter(scene: Scene, waited: Visit, left: Visit, line: Line, to: Line, spent: tuple[str, ...]) -> None:
    """waited: the visit that overflows, left: the last one before this, of a queue that it only went through.

    Its waiting time is inherited by the database (migrations/sql/0002_save.sql), its priority here.

    What its entry point asked of an agent is asked no more: an overflow is the way out when such a one is not there.
    """
    visit = _visit(scene, left, to, spent)
    is_agents = to.name.startswith(f"{TargetKind.AGENT}:")
    if is_agents:
        visit = replace(visit, came_from=waited.visit_id, max_tries=line.agent_tries)
        visit = replace(visit, overflow_at=visit.entered_at + timedelta(milliseconds=line.agent_wait_ms))
    else:
        visit = replace(visit, preferred_agent_id=waited.preferred_agent_id)
        visit = replace(visit, overflow_at=due_at(visit, to.due_after_ms))
    scene.visits[visit.visit_id] = visit
    scene.wakes_matcher = True


def _go_home(scene: Scene, visit: Visit, reason: LeftReason) -> None:
    """The agent did not take it: to the head of the queue that it left. One that was shut is no place to go back to."""
    home = visit.home
    if home is None:
        scene.change_visit(visit, overflow_at=None, max_tries=None)  # nobody knows where it came from: it waits on
        return
    if home.left_reason in (LeftReason.CLOSED, LeftReason.FULL):
        scene.because(f"the agent it overflowed to {_PHRASES[reason]}")
        _turn_away(scene, visit, reason)
        return
    scene.because(f"the agent it overflowed to {_PHRASES[reason]}: back to the head of its queue")
    _return(scene, home, _close(scene, visit, reason))


def _return(scene: Scene, home: Home, closed: Visit) -> None:
    back = Visit(
        visit_id=scene.ids.draw(),
        call_id=closed.call_id,
        queue_id=home.queue_id,
        entered_at=closed.left_at or scene.our_at,
        entry_reason="returned",
        is_returned=True,
        priority=closed.priority,
        requirement_id=home.requirement_id,
        preferred_agent_id=home.preferred_agent_id,
        music=home.music,
        hold_music=home.hold_music,
        wrap_up=home.wrap_up,
        wrap_up_ms=home.wrap_up_ms,
        wrap_up_limit_ms=home.wrap_up_limit_ms,
        max_wait_ms=home.max_wait_ms,
        spent=closed.spent,
    )
    scene.visits[back.visit_id] = replace(back, overflow_at=due_at(back, home.max_wait_ms))
    scene.wakes_matcher = True


def _home_of(visit: Visit, reason: LeftReason) -> Home:
    return Home(
        queue_id=visit.queue_id,
        left_reason=reason,
        requirement_id=visit.requirement_id,
        preferred_agent_id=visit.preferred_agent_id,
        max_wait_ms=visit.max_wait_ms,
        music=visit.music,
        hold_music=visit.hold_music,
        wrap_up=visit.wrap_up,
        wrap_up_ms=visit.wrap_up_ms,
        wrap_up_limit_ms=visit.wrap_up_limit_ms,
    )


def _turn_away(scene: Scene, visit: Visit, reason: LeftReason) -> None:
    """Closed or full, and nothing is said of where to: three rising tones, and the end."""
    _close(scene, visit, reason)
    scene.because(f"its queue {_PHRASES[reason]}: turned away")
    _say_farewell(scene, Farewell(outcome=CallOutcome.TURNED_AWAY, queue_id=visit.queue_id))


def _note_shut(scene: Scene, line: Line, reason: LeftReason) -> None:
    where = line.overflow[reason]
    scene.because(f"{line.name} {_PHRASES[reason]}, and {where} cannot take it for now: it stays, and asks again")


def _spend(scene: Scene, visit: Visit, line: Line, reason: LeftReason) -> Visit:
    """It stays, and this overflow is not tried again for it."""
    if reason in line.overflow:
        scene.because(f"{line.name} {_PHRASES[reason]}, and {line.overflow[reason]} is not there: it stays")
    return scene.change_visit(visit, spent=(*visit.spent, spent_key(line.queue_id, reason)))


def _close(scene: Scene, visit: Visit, reason: LeftReason) -> Visit:
    # What shows that it is due may have happened before it was.
    due_at = visit.overflow_at if visit.overflow_at is not None and visit.overflow_at <= scene.now else scene.our_at
    return scene.change_visit(
        visit,
        outcome=VisitOutcome.LEFT_OTHERWISE,
        left_reason=reason,
        left_at=max(scene.our_at, due_at, visit.entered_at + _MOMENT),
        overflow_at=None,
    )


def _visit(scene: Scene, left: Visit, line: Line, spent: tuple[str, ...]) -> Visit:
    return Visit(
        visit_id=scene.ids.draw(),
        call_id=left.call_id,
        queue_id=line.queue_id,
        entered_at=left.left_at or scene.our_at,
        entry_reason="overflow",
        is_returned=left.is_returned,
        priority=left.priority,
        music=line.music,
        hold_music=line.hold_music,
        wrap_up=line.wrap_up,
        wrap_up_ms=line.wrap_up_ms,
        wrap_up_limit_ms=line.wrap_up_limit_ms,
        max_wait_ms=line.due_after_ms,
        spent=spent,
    )


def _say_farewell(scene: Scene, farewell: Farewell) -> None:
    """The rest is core.farewell's."""
    scene.change_call(phase=Phase.LEAVING, farewell=farewell)


def _name(to: Line | Box | Target) -> str:
    match to:
        case Line():
            return to.name
        case Box():
            return f"{TargetKind.VOICEMAIL}:{to.name}"
        case Target():
            return str(to)


_MOMENT = timedelta(microseconds=1)
"""No stay is shorter: so the stays of a call have an order."""

_PHRASES = {
    LeftReason.CLOSED: "is closed",
    LeftReason.FULL: "is full",
    LeftReason.NOBODY: "has nobody logged in",
    LeftReason.TOO_LONG: "has let it wait too long",
    LeftReason.NOT_TAKEN: "did not answer",
    LeftReason.NOT_REACHED: "has not reached its number",
}
