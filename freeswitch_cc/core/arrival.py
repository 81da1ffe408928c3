"""How a call begins, and how it comes into a queue: its first leg, its first visit, and every later one.

Where its number leads was looked up with the view (core.call.Entry). What becomes of a call that waits: core.queueing.
"""

from freeswitch_cc.core import overflow, priority, release
from freeswitch_cc.core.call import Call, Leg, Visit
from freeswitch_cc.core.commands import DropDeadman, Mark
from freeswitch_cc.core.entry import Entry
from freeswitch_cc.core.events import CallEvent, LegParked
from freeswitch_cc.core.said_of_customer import told_of_customer
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import CallOutcome, Phase, Role, Seen


def arrived(scene: Scene, event: LegParked) -> None:
    """A new inbound call: a customer leg, and a visit of the queue that its number leads to."""
    scene.call = Call(
        call_id=event.call_id,
        switch_id=event.switch_id,
        phase=Phase.QUEUED,
        started_at=event.at,
        caller_number=event.caller_number,
        caller_name=name_of(event, scene.entry),
        dialled=event.dialled,
        entry_point_id=scene.entry.entry_point_id if scene.entry else None,
        attached=scene.entry.attached if scene.entry else {},
    )
    scene.legs[event.leg_id] = Leg(
        leg_id=event.leg_id,
        call_id=event.call_id,
        switch_id=event.switch_id,
        role=Role.CUSTOMER,
        seen=Seen.PARKED,
        seen_at=event.at,
        seen_seq=event.seq,
    )
    if event.unmarked:
        names = ", ".join(event.unmarked)
        why = f"{names}: not set by the dialplan"
        scene.alarm("leg_without_marks", scene.legs[event.leg_id], f"{why} for {event.dialled!r}", once=names)
    if scene.entry is None:
        scene.because(f"{event.dialled!r} leads to no queue, and there is no entry point '*'")
        scene.alarm("no_entry_point", scene.legs[event.leg_id], event.dialled)
        release.end(scene, CallOutcome.NO_ENTRY_POINT)
        return
    scene.because("arrived, waits")


def mark(scene: Scene, event: CallEvent) -> None:
    """A dialplan that forgot something: it is set, before any other command of this decision.

    Level-triggered: a command may be lost, so it is set whenever a PARK or a look shows that it is missing. A leg that
    nobody had written down was parked before anybody could know; its PARK tells what it lacks.
    """
    told = told_of_customer(scene, event)
    if told is None or not told[1].unmarked:
        return
    leg, names = told[0], told[1].unmarked
    scene.because(f"{', '.join(names)}: not set by the dialplan")
    scene.commands.append(Mark(**scene.about(leg), names=names, after_ms=scene.timeouts.deadman_ms))
    if leg.seen is Seen.WITH and "api_before_bridge" in names:
        # The bridge was there first, and has not taken the dead-man away: it would tear them apart.
        scene.commands.append(DropDeadman(**scene.about(leg)))


def name_of(event: LegParked, entry: Entry | None) -> str:
    """A caller who shows no name (a switch shows his number again) has the one that we know him by."""
    known = entry.caller_name if entry else ""
    return known if known and event.caller_name in ("", event.caller_number) else event.caller_name


def entered(scene: Scene) -> None:
    """The call is queued and has no open visit: open one, of its entry point's queue or of the last one it was in.

    A call that comes back goes before all others, and asks what it asked.
    """
    source: Entry | Visit | None = scene.entry or scene.last_visit
    assert source is not None, "a call is queued only by an entry point or back into its queue"
    is_returned = not isinstance(source, Entry)
    if isinstance(source, Entry):
        value, why = priority.of(source, scene.the_call.attached)
        if why:
            scene.because(why)
    else:
        value = source.priority
    visit = Visit(
        visit_id=scene.ids.draw(),
        call_id=scene.the_call.call_id,
        queue_id=source.queue_id,
        entered_at=scene.our_at,
        entry_reason="returned" if is_returned else "inbound",
        is_returned=is_returned,
        priority=value,
        requirement_id=source.requirement_id,
        preferred_agent_id=source.preferred_agent_id,
        music=source.music,
        hold_music=source.hold_music,
        wrap_up=source.wrap_up,
        wrap_up_ms=source.wrap_up_ms,
        wrap_up_limit_ms=source.wrap_up_limit_ms,
        max_wait_ms=source.max_wait_ms,
    )
    visit = overflow.limited(visit, source if isinstance(source, Visit) else None)
    scene.visits[visit.visit_id] = visit
    scene.want_parked(scene.customer)
    scene.wakes_matcher = True
    if not is_returned:
        overflow.on_arrival(scene, visit)
