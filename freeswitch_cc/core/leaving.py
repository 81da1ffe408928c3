"""How a call leaves a queue by its overflow: the stay that ends, those it only goes through, and what begins then.

That it leaves, and for where, is core.overflow's and core.way_out's; a farewell goes on in core.farewell, a number that
is called in core.forwarding. A call keeps its waiting time and its priority.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from freeswitch_cc.core import forwarding
from freeswitch_cc.core.call import Visit
from freeswitch_cc.core.lines import Box, Farewell, Home, Line
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.target import Target, TargetKind
from freeswitch_cc.core.way_out import Way, spent_key
from freeswitch_cc.core.words import CallOutcome, LeftReason, Phase, VisitOutcome

MOMENT = timedelta(microseconds=1)
"""No stay is shorter: so the stays of a call have an order."""

PHRASES = {
    LeftReason.CLOSED: "is closed",
    LeftReason.FULL: "is full",
    LeftReason.NOBODY: "has nobody logged in",
    LeftReason.TOO_LONG: "has let it wait too long",
    LeftReason.NOT_TAKEN: "did not answer",
    LeftReason.NOT_REACHED: "has not reached its number",
}


def due_at(visit: Visit, max_wait_ms: int | None) -> datetime | None:
    """When this visit has lasted too long, if that is still of any consequence."""
    if max_wait_ms is None or spent_key(visit.queue_id, LeftReason.TOO_LONG) in visit.spent:
        return None
    return visit.entered_at + timedelta(milliseconds=max_wait_ms)


def leave(scene: Scene, visit: Visit, line: Line, reason: LeftReason, way: Way) -> None:
    """The open visit ends here for this reason, and the call goes this way."""
    visit = close(scene, visit, reason)
    follow(scene, visit, visit, line, reason, way, home_of(visit, reason))


def follow(scene: Scene, visit: Visit, left: Visit, line: Line, reason: LeftReason, way: Way, home: Home) -> None:
    """visit: the one that overflows, closed. left: the last one before, whose end is now. home: where it may go back
    to from a number."""
    spent = (*left.spent, spent_key(line.queue_id, reason))
    for passed, why in way.through:
        between = replace(_visit(scene, left, passed, spent), entry_reason="passed")
        scene.visits[between.visit_id] = between
        left = close(scene, between, why)
        spent = (*spent, spent_key(passed.queue_id, why))
    spent = (*spent, *way.spent)
    where = " via ".join([_name(way.to), *(passed.name for passed, _ in reversed(way.through))])
    scene.because(f"{line.name} {PHRASES[reason]}: overflows to {where}")
    match way.to:
        case Line():
            _enter(scene, visit, left, line, way.to, spent)
        case Box() as box:
            say_farewell(
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
            say_farewell(scene, Farewell(outcome=CallOutcome.ANNOUNCED, sound=target.name, queue_id=line.queue_id))


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


def return_home(scene: Scene, home: Home, closed: Visit) -> None:
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


def home_of(visit: Visit, reason: LeftReason) -> Home:
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


def turn_away(scene: Scene, visit: Visit, reason: LeftReason) -> None:
    """Closed or full, and nothing is said of where to: three rising tones, and the end."""
    close(scene, visit, reason)
    scene.because(f"its queue {PHRASES[reason]}: turned away")
    say_farewell(scene, Farewell(outcome=CallOutcome.TURNED_AWAY, queue_id=visit.queue_id))


def close(scene: Scene, visit: Visit, reason: LeftReason) -> Visit:
    """The visit ends now, or when it was due."""
    # What shows that it is due may have happened before it was.
    due_at = visit.overflow_at if visit.overflow_at is not None and visit.overflow_at <= scene.now else scene.our_at
    return scene.change_visit(
        visit,
        outcome=VisitOutcome.LEFT_OTHERWISE,
        left_reason=reason,
        left_at=max(scene.our_at, due_at, visit.entered_at + MOMENT),
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


def say_farewell(scene: Scene, farewell: Farewell) -> None:
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
