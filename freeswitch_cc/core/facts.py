"""What the switch said, written into the legs: where each was seen, and which command that proves.

Idempotent by state: a fact seen twice, late or out of order changes nothing. No wants are changed here, no commands
are made; how a place is written, and what the end of a leg does to the others, stands in core.places.
"""

from collections.abc import Callable
from typing import Any

from freeswitch_cc.core import events, farewell_sounds, messages, switch_gone
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.places import end_if, gone, is_stale, leave_partners, part, place
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import CommandKind, Seen, Sound, Step, Want

# What the switch does to a survivor on its own account (switch_ivr_bridge.c:1149-1262; E1): never our wish.
DROPPED_BY_SWITCH = frozenset({"DESTINATION_OUT_OF_ORDER", "ORIGINATOR_CANCEL"})


def apply(scene: Scene, event: events.CallEvent) -> None:
    """Write one fact into the legs of the scene. Events that are not about legs change nothing here."""
    write = FACTS.get(type(event))
    if write is not None:
        write(scene, event)


def _fresh(scene: Scene, event: events.LegFact, leg_id: str) -> Leg | None:
    leg = scene.legs.get(leg_id)
    if leg is None or not leg.is_live or is_stale(leg, event.at, event.seq):
        return None
    return leg


def parked(scene: Scene, event: events.LegParked) -> None:
    leg = _fresh(scene, event, event.leg_id)
    if leg is None:
        return
    place(scene, leg, Seen.PARKED, at=event.at, seq=event.seq)
    # A bridge in flight is not disproved by a PARK: the leg may have been parked before it was carried out.
    end_if(scene, leg.leg_id, CommandKind.ORIGINATE, CommandKind.PARK, CommandKind.SETTLE)
    leave_partners(scene, leg.leg_id)


def ringing(scene: Scene, event: events.LegRinging) -> None:
    leg = _fresh(scene, event, event.leg_id)
    if leg is not None and leg.seen in (Seen.UNBORN, Seen.DIALING):
        scene.change_leg(leg.leg_id, seen=Seen.RINGING, seen_at=event.at, seen_seq=event.seq)


def bridged(scene: Scene, event: events.LegsBridged) -> None:
    pair = (event.leg_id, event.other_leg_id)
    for leg_id, other_id in (pair, pair[::-1]):
        leg = _fresh(scene, event, leg_id)
        if leg is None:
            continue
        other = scene.legs.get(other_id)
        if other is not None and not other.is_live:
            # He died in the very last moment: the switch parks who is left, as after any bridge.
            place(scene, leg, Seen.MOVING, at=event.at, seq=event.seq)
            scene.settle(leg_id)
            continue
        placed = place(scene, leg, Seen.WITH, at=event.at, seq=event.seq, other=other_id)
        end_if(scene, leg_id, CommandKind.SETTLE, CommandKind.ORIGINATE)
        if leg.command is CommandKind.BRIDGE and leg.command_leg_id == other_id:
            scene.end_command(leg_id)
        if placed.is_holding and leg.seen is not Seen.WITH:
            # A hold that overtook its bridge; or one of a leg that was parked: the bridge has ended it, and when the
            # handset takes it back nothing is told (docs/measured.md). A look tells which.
            scene.settle(leg_id)
    for third in scene.live_legs():
        if third.leg_id not in pair and third.seen is Seen.WITH and third.seen_leg_id in pair:
            place(scene, third, Seen.MOVING)
            scene.settle(third.leg_id)


def unbridged(scene: Scene, event: events.LegsUnbridged) -> None:
    pair = (event.leg_id, event.other_leg_id)
    for leg_id, other_id in (pair, pair[::-1]):
        leg = _fresh(scene, event, leg_id)
        # In a re-bridge the new BRIDGE may come before the old UNBRIDGE: match on the pair (switch_ivr_bridge.c:1879).
        if leg is not None and leg.seen is Seen.WITH and leg.seen_leg_id == other_id:
            part(scene, leg, at=event.at, seq=event.seq)


def held(scene: Scene, event: events.LegHeld | events.LegUnheld) -> None:
    leg = _fresh(scene, event, event.leg_id)
    if leg is None or (leg.seen is Seen.MOVING and isinstance(event, events.LegUnheld)):
        return  # they were parted, and he held to the end (core.places.part)
    leg = scene.change_leg(leg.leg_id, is_holding=isinstance(event, events.LegHeld))
    if leg.seen is Seen.WITH:  # else the BRIDGE that it overtook would count as old
        scene.change_leg(leg.leg_id, seen_at=event.at, seen_seq=event.seq)


def sound_started(scene: Scene, event: events.SoundStarted) -> None:
    leg = scene.legs.get(event.leg_id)
    if leg is None or leg.sound is not Sound.ASKED or (leg.seen_at is not None and event.at < leg.seen_at):
        return
    step = scene.the_call.step
    if step is Step.RECORDING:
        return
    # In a farewell the tries tell which sound it is whose end is waited for: the next step begins anew.
    tries = leg.sound_tries if step in farewell_sounds.PLAYED else 0
    scene.change_leg(leg.leg_id, sound=Sound.PLAYING, sound_due_at=None, sound_tries=tries)
    if step in farewell_sounds.PLAYED:  # however long it took to begin, it is heard to its end
        scene.change_call(step_due_at=scene.after(scene.timeouts.announcement_ms))


def sound_stopped(scene: Scene, event: events.SoundStopped) -> None:
    leg, call = _fresh(scene, event, event.leg_id), scene.the_call
    if leg is None or leg.sound not in (Sound.ASKED, Sound.PLAYING) or call.farewell is None:
        return
    if event.is_rescued and call.step in farewell_sounds.PLAYED:
        # We were away for too long, and the switch plays music to him: he is parked anew, and told anew.
        if leg.command is None and leg.seen is Seen.PARKED:
            scene.change_leg(leg.leg_id, seen=Seen.LOST)
        scene.change_leg(leg.leg_id, sound=Sound.SILENT, sound_due_at=None)
    elif call.step in farewell_sounds.PLAYED and event.sound == farewell_sounds.sound_of(
        call.farewell, call.step, leg.sound_tries
    ):
        scene.change_leg(leg.leg_id, sound=Sound.OVER, sound_due_at=None)


def joined(scene: Scene, event: events.ConferenceJoined) -> None:
    leg = _fresh(scene, event, event.leg_id)
    if leg is None:
        return
    place(scene, leg, Seen.IN_CONFERENCE, at=event.at, seq=event.seq, conference=event.conference)
    end_if(scene, leg.leg_id, CommandKind.JOIN, CommandKind.SETTLE, CommandKind.ORIGINATE)
    leave_partners(scene, leg.leg_id)


def left_conference(scene: Scene, event: events.ConferenceLeft) -> None:
    leg = _fresh(scene, event, event.leg_id)
    if leg is not None and leg.seen is Seen.IN_CONFERENCE and leg.seen_conference == event.conference:
        place(scene, leg, Seen.MOVING, at=event.at, seq=event.seq)
        scene.settle(leg.leg_id)


def hung_up(scene: Scene, event: events.LegHungUp) -> None:
    leg = scene.legs.get(event.leg_id)
    if leg is None or not leg.is_live:
        return
    we_killed_it = leg.command is CommandKind.KILL or leg.want is Want.GONE
    if event.is_answered and event.cause in DROPPED_BY_SWITCH and not we_killed_it:
        scene.alarm("dropped_by_switch", leg, event.cause)
    cause = event.cause
    if cause in events.HUNG_UP_BY_HAND and not we_killed_it:
        if not event.is_by_phone:
            cause = events.ENDED_BY_SWITCH
        elif event.was_holding:
            cause = events.HUNG_UP_HOLDING
    gone(scene, event.leg_id, event.at, cause, event.seq)


def refused(scene: Scene, event: events.CommandRefused) -> None:
    """An originate that failed leaves no leg, a bridge moves none; of anything else we only know that we must look."""
    if event.reason == events.NOT_RENDERED:
        why = f"{event.kind}: {event.details}"
        scene.alarm("not_rendered", scene.legs.get(event.leg_ids[0] if event.leg_ids else ""), why, once=why)
    for leg_id in event.leg_ids:
        leg = scene.legs.get(leg_id)
        if leg is not None and event.kind == "record":
            messages.refused(scene, leg)
        if leg is None or not leg.is_live:
            continue
        if event.kind == CommandKind.ORIGINATE:
            if leg.seen in (Seen.UNBORN, Seen.DIALING, Seen.RINGING):
                # Of a leg that there was the end is told before the result (test_pauses.py).
                if leg.seen is not Seen.RINGING and event.reason not in (events.NOT_SENT, events.NOT_RENDERED):
                    scene.never_born.add(leg_id)
                # Who ended one that had answered, the event of its end says, and not the result.
                is_known = event.reason not in events.HUNG_UP_BY_HAND or leg.want is Want.GONE
                gone(scene, leg_id, scene.now, event.reason if is_known else events.ENDED_BY_SWITCH)
        elif leg.command is CommandKind.KILL and leg.seen is Seen.DIALING:
            pass  # the kill has overtaken its originate: there is something to look at only when it is due
        elif leg.command_id == event.command_id and leg.command_due_at is not None:
            if event.reason == events.NOT_RENDERED:
                continue  # decided anew at once it would be refused anew at once
            scene.change_leg(leg_id, command_due_at=min(leg.command_due_at, scene.now))
        elif event.kind == CommandKind.BRIDGE and _waits_for_bridge(leg, event.command_id):
            scene.end_command(leg_id)
            place(scene, leg, Seen.LOST)
        elif event.kind in _SOUNDS and leg.sound is Sound.ASKED:
            if (event.kind == "record") is not (scene.the_call.step is Step.RECORDING):
                continue  # of a step before this one
            if event.kind == "record" and event.reason != events.NOT_SENT:
                scene.change_leg(leg_id, sound=Sound.OVER, sound_due_at=None)
                continue
            # Most likely it is gone; if it is not, what needs no file is played once we have looked. What was not even
            # sent says nothing against his music.
            tries = leg.sound_tries + (event.reason != events.NOT_SENT)
            scene.change_leg(leg_id, sound=Sound.SILENT, sound_due_at=None, sound_tries=tries)
            if leg.command is None:
                scene.settle(leg_id)
                scene.change_leg(leg_id, command_due_at=scene.now)
        elif event.kind == "pushdeadman" and event.reason == events.NOT_SENT and leg.deadman_due_at is not None:
            # The rescue comes sooner than we thought. Not at once: what its line was busy with may be a moment yet.
            soon = scene.after(scene.timeouts.settle_ms)
            scene.change_leg(leg_id, deadman_due_at=min(leg.deadman_due_at, soon))


_SOUNDS = frozenset({"play", "announce", "record"})


def _waits_for_bridge(leg: Leg, command_id: str) -> bool:
    """Was this survivor left to the switch because of that bridge? The other one's end is told before its refusal."""
    return leg.command is CommandKind.SETTLE and leg.seen is Seen.MOVING and leg.last_command_id == command_id


def verified(scene: Scene, event: events.CallVerified) -> None:
    for sight in event.sights:
        leg = scene.legs.get(sight.leg_id)
        # A leg that was made between the question and its answer: we have heard of it since.
        is_outrun = leg is not None and sight.known_seq is not None and leg.seen_seq > sight.known_seq
        if leg is not None and leg.is_live and not is_outrun and not is_stale(leg, sight.at, sight.seq):
            _take_sight(scene, leg, sight)
            messages.looked(scene, leg, sight)


def _take_sight(scene: Scene, leg: Leg, sight: events.Sight) -> None:
    seen = Seen(sight.seen)
    _look_at_sound(scene, leg, sight)
    leg = scene.legs[leg.leg_id]
    is_due = leg.command_due_at is None or leg.command_due_at <= scene.now
    if leg.seen is Seen.UNBORN or not (is_due or _is_outcome(leg, seen, sight)):
        return
    if seen is Seen.GONE:
        gone(scene, leg.leg_id, scene.now, "NOT_FOUND")
        return
    scene.end_command(leg.leg_id)
    if seen in (Seen.PARKED, Seen.RINGING, Seen.DIALING) and leg.seen is seen:
        return  # nothing is new: do not start his music again
    if seen is Seen.WITH and leg.seen is Seen.WITH and leg.seen_leg_id == sight.other_leg_id:
        scene.change_leg(leg.leg_id, is_holding=sight.is_holding)
        return
    place(scene, leg, seen, at=sight.at, seq=sight.seq, other=sight.other_leg_id, conference=sight.conference)
    scene.change_leg(leg.leg_id, is_holding=sight.is_holding and seen is Seen.WITH)


def _look_at_sound(scene: Scene, leg: Leg, sight: events.Sight) -> None:
    """An end of a sound that nobody has heard of is seen in the leg's variables."""
    is_told = scene.the_call.farewell is not None and scene.the_call.step in farewell_sounds.PLAYED
    if is_told and leg.sound is Sound.PLAYING and sight.seen != Seen.GONE and sight.has_played:
        scene.change_leg(leg.leg_id, sound=Sound.OVER, sound_due_at=None)


def _is_outcome(leg: Leg, seen: Seen, sight: events.Sight) -> bool:
    """Does this sight tell how a command ended that is not due yet? Else it may be older than the command, or a
    glimpse of its middle, and acting on it would send a second one (E8, E9)."""
    match leg.command:
        case CommandKind.ORIGINATE:
            return seen in (Seen.PARKED, Seen.WITH, Seen.IN_CONFERENCE)
        case CommandKind.BRIDGE:
            return seen is Seen.WITH and sight.other_leg_id == leg.command_leg_id
        case CommandKind.JOIN:
            return seen is Seen.IN_CONFERENCE and sight.conference == leg.want_conference
        case CommandKind.SETTLE:
            return seen not in (Seen.LOST, Seen.MOVING, Seen.RINGING, Seen.DIALING)
        case _:
            return False


# Any: each function takes the one type of event that it stands beside.
FACTS: dict[type, Callable[[Scene, Any], None]] = {
    events.LegParked: parked,
    events.LegRinging: ringing,
    events.LegsBridged: bridged,
    events.LegsUnbridged: unbridged,
    events.LegHeld: held,
    events.LegUnheld: held,
    events.SoundStarted: sound_started,
    events.SoundStopped: sound_stopped,
    events.RecordingStarted: messages.started,
    events.RecordingStopped: messages.stopped,
    events.ConferenceJoined: joined,
    events.ConferenceLeft: left_conference,
    events.LegHungUp: hung_up,
    events.CommandRefused: refused,
    events.CallVerified: verified,
    events.SwitchRestarted: switch_gone.restarted,
    events.SwitchLost: switch_gone.lost,
}
