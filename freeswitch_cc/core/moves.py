"""How legs are moved on FreeSWITCH: what each leg should be against what it was seen to be.

Alone in knowing it (DESIGN section 5, freeswitch/MEASURED). Level-triggered: it looks at wants and sights, never
at events, so it is the same after a fact, a time-out or a restart. It fills the command in flight of the legs that
it moves, and makes the commands; it changes no wants.
"""

from datetime import timedelta

from freeswitch_cc.core.call import Leg, survivor_of
from freeswitch_cc.core.commands import Bridge, DropDeadman, Join, Kill, Originate, Park, Play, PushDeadman
from freeswitch_cc.core.events import LegFound
from freeswitch_cc.core.scene import Scene, is_talking_pair
from freeswitch_cc.core.words import CommandKind, Role, Seen, Sound, Want

# What is played when the queue's music did not start: needs no file.
FALLBACK_SOUND = "tone_stream://%(500,2500,350,440);loops=-1"


def plan(scene: Scene) -> None:
    """Fill the scene's commands. Kills first, then pairs, then single legs, then what they hear."""
    for leg in list(scene.legs.values()):
        if leg.is_live and leg.want is Want.GONE:
            _remove(scene, leg)
    for leg in list(scene.live_legs()):
        _bring_together(scene, scene.legs[leg.leg_id])
    for leg in list(scene.live_legs()):
        _join(scene, scene.legs[leg.leg_id])
    for leg in list(scene.live_legs()):
        _move_one(scene, scene.legs[leg.leg_id])
    for leg in list(scene.live_legs()):
        _attend(scene, scene.legs[leg.leg_id])


def _fly(scene: Scene, leg: Leg, kind: CommandKind, command_id: str, due_ms: int, other: str | None = None) -> None:
    scene.change_leg(
        leg.leg_id,
        command=kind,
        command_id=command_id,
        command_leg_id=other,
        command_due_at=scene.now + timedelta(milliseconds=due_ms),
    )


def _remove(scene: Scene, leg: Leg) -> None:
    """A leg that is to go: killed at once, whatever else is in flight; a kill is the one thing sent again."""
    if leg.seen is Seen.UNBORN:
        scene.change_leg(leg.leg_id, seen=Seen.GONE, ended_at=scene.now, hangup_cause="NEVER_ASKED")
        return
    if leg.command is CommandKind.KILL:
        return
    command_id = scene.ids.draw()
    # The other end of a bridge that we break off keeps it in flight: what becomes of him, the HANGUP of this one tells.
    scene.end_command(leg.leg_id)
    _fly(scene, leg, CommandKind.KILL, command_id, scene.timeouts.kill_ms)
    is_dialing = leg.seen in (Seen.DIALING, Seen.RINGING)
    scene.commands.append(
        Kill(
            command_id=command_id,
            switch_id=leg.switch_id,
            call_id=leg.call_id,
            leg_id=leg.leg_id,
            cause="ORIGINATOR_CANCEL" if is_dialing else "NORMAL_CLEARING",
        )
    )


def _bring_together(scene: Scene, leg: Leg) -> None:
    """uuid_bridge, when both want it and neither is under way. A bridged leg may be taken from a third (E18).

    Who must survive is the first argument: customer before agent before target (core.call.SURVIVES). The switch parks
    him when the other dies, so nothing is sent for him then (core.places); whoever is second is rescued at once.
    """
    if leg.want is not Want.WITH or leg.command is not None or not leg.is_movable:
        return
    other = scene.legs.get(leg.want_leg_id or "")
    if other is None or other.want is not Want.WITH or other.want_leg_id != leg.leg_id:
        return
    if other.command is not None or not other.is_movable:
        return
    if leg.seen is Seen.WITH and leg.seen_leg_id == other.leg_id:
        return
    thirds = [scene.legs.get(end.seen_leg_id or "") for end in (leg, other)]
    left_behind = [third for third in thirds if third is not None and third.is_live]
    if any(third.command is not None for third in left_behind):
        return
    survivor = survivor_of(leg, other)
    second = other if survivor is leg else leg
    command_id = scene.ids.draw()
    _fly(scene, survivor, CommandKind.BRIDGE, command_id, scene.timeouts.bridge_ms, second.leg_id)
    _fly(scene, second, CommandKind.BRIDGE, command_id, scene.timeouts.bridge_ms, survivor.leg_id)
    for third in left_behind:
        scene.settle(third.leg_id)
    for end in (leg, other):
        if end.role is Role.CUSTOMER and end.seen is Seen.PARKED and end.deadman_due_at is None:
            # Nobody has put off his rescue since his last partner left. The switch takes it away when they have talked
            # for 200 ms (api_before_bridge); one that is due before that would tear them apart.
            _push(scene, scene.legs[end.leg_id])
    scene.commands.append(
        Bridge(
            command_id=command_id,
            switch_id=leg.switch_id,
            call_id=leg.call_id,
            survivor_leg_id=survivor.leg_id,
            other_leg_id=second.leg_id,
        )
    )


def _join(scene: Scene, leg: Leg) -> None:
    """Into a conference: a talking pair in one command, anybody else by himself (E14)."""
    if leg.want is not Want.IN_CONFERENCE or leg.command is not None or leg.want_conference is None:
        return
    if leg.seen is Seen.IN_CONFERENCE and leg.seen_conference == leg.want_conference:
        return
    if not leg.is_movable and leg.seen is not Seen.LOST:
        return
    partner = scene.legs.get(leg.seen_leg_id or "") if leg.seen is Seen.WITH else None
    if partner is not None and partner.is_live and partner.command is not None:
        return
    command_id = scene.ids.draw()
    taken_along = None
    if partner is not None and partner.want_conference == leg.want_conference and is_talking_pair(leg, partner):
        taken_along = partner.leg_id
        _fly(scene, partner, CommandKind.JOIN, command_id, scene.timeouts.join_ms, leg.leg_id)
    elif partner is not None and partner.is_live:
        scene.settle(partner.leg_id)
    _fly(scene, leg, CommandKind.JOIN, command_id, scene.timeouts.join_ms, taken_along)
    scene.commands.append(
        Join(
            command_id=command_id,
            switch_id=leg.switch_id,
            call_id=leg.call_id,
            leg_id=leg.leg_id,
            conference=leg.want_conference,
            other_leg_id=taken_along,
        )
    )


def _move_one(scene: Scene, leg: Leg) -> None:
    """What needs no partner: be born, be parked, be found again."""
    if leg.command is not None or leg.want is Want.GONE:
        return
    if leg.seen is Seen.UNBORN:
        _originate(scene, leg)
    elif leg.seen in (Seen.RINGING, Seen.DIALING, Seen.MOVING):
        scene.settle(leg.leg_id)  # nothing is in flight that would end this: look again
    elif leg.seen is Seen.LOST or (leg.want is Want.PARKED and leg.seen is not Seen.PARKED):
        _park(scene, leg)


def _originate(scene: Scene, leg: Leg) -> None:
    command_id = scene.ids.draw()
    _fly(scene, leg, CommandKind.ORIGINATE, command_id, leg.ring_ms + scene.timeouts.offer_grace_ms)
    scene.change_leg(leg.leg_id, seen=Seen.DIALING)
    call = scene.the_call
    scene.commands.append(
        Originate(
            command_id=command_id,
            switch_id=leg.switch_id,
            call_id=leg.call_id,
            leg_id=leg.leg_id,
            role=leg.role,
            contact=leg.contact or "",
            ring_ms=leg.ring_ms,
            caller_number=call.caller_number,
            caller_name=call.caller_name,
        )
    )


def _park(scene: Scene, leg: Leg) -> None:
    """uuid_transfer park inline works from bridged, limbo and conference; the partner is moved by the switch."""
    partner = scene.legs.get(leg.seen_leg_id or "") if leg.seen is Seen.WITH else None
    if partner is not None and partner.is_live:
        if partner.command is not None and partner.command is not CommandKind.KILL:
            return
        scene.settle(partner.leg_id)
    command_id = scene.ids.draw()
    _fly(scene, leg, CommandKind.PARK, command_id, scene.timeouts.park_ms)
    scene.commands.append(Park(command_id=command_id, switch_id=leg.switch_id, call_id=leg.call_id, leg_id=leg.leg_id))


def _attend(scene: Scene, leg: Leg) -> None:
    """A customer who waits hears music, and the switch is told that we are still there (E2, E16)."""
    if leg.role is not Role.CUSTOMER:
        return
    if leg.seen is Seen.IN_CONFERENCE:
        before = scene.view.leg(leg.leg_id)
        if before is not None and before.seen is not Seen.IN_CONFERENCE:
            scene.commands.append(
                DropDeadman(
                    command_id=scene.ids.draw(),
                    switch_id=leg.switch_id,
                    call_id=leg.call_id,
                    leg_id=leg.leg_id,
                )
            )
        return
    if leg.want is not Want.PARKED or leg.seen is not Seen.PARKED or leg.command is not None:
        return
    if leg.sound is Sound.SILENT:
        visit = scene.last_visit
        music = visit.music if visit is not None and leg.sound_tries == 0 else ""
        scene.change_leg(
            leg.leg_id,
            sound=Sound.ASKED,
            sound_due_at=scene.after(scene.timeouts.sound_ms * 2 ** min(leg.sound_tries, 5)),
        )
        scene.commands.append(
            Play(
                command_id=scene.ids.draw(),
                switch_id=leg.switch_id,
                call_id=leg.call_id,
                leg_id=leg.leg_id,
                sound=music or FALLBACK_SOUND,
            )
        )
    if leg.deadman_due_at is None:
        # The dialplan armed it for a moment only, in case that nobody is here.
        _push(scene, scene.legs[leg.leg_id])


def play_again(scene: Scene, leg_id: str) -> None:
    """No sound began in time: the leg is deaf, or the music is not there. Park it anew, play what needs no file."""
    leg = scene.legs.get(leg_id)
    if leg is None or not leg.is_live or leg.sound is not Sound.ASKED:
        return
    if leg.sound_due_at is None or leg.sound_due_at > scene.now:
        return
    tries = leg.sound_tries + 1
    if tries == 2:  # once may be an engine that died before it wrote down what it heard
        scene.alarm("deaf", leg, f"no sound {tries} times")
    if leg.command is None and leg.seen is Seen.PARKED:
        scene.change_leg(leg_id, seen=Seen.LOST)
    scene.change_leg(leg_id, sound=Sound.SILENT, sound_due_at=None, sound_tries=tries)


def push_deadman(scene: Scene, leg_id: str) -> None:
    """We are here: the switch's own rescue of this leg is put off again.

    Never while a bridge may have taken the timer away already: it would fire in mid-talk. Who is attended again gets a
    new one.
    """
    leg = scene.legs.get(leg_id)
    if leg is None or not leg.is_live or leg.deadman_due_at is None or leg.deadman_due_at > scene.now:
        return
    if leg.seen is Seen.PARKED and leg.want is Want.PARKED and leg.command is None:
        _push(scene, leg)
    else:
        scene.change_leg(leg_id, deadman_due_at=None)


def _push(scene: Scene, leg: Leg) -> None:
    scene.change_leg(leg.leg_id, deadman_due_at=scene.after(scene.timeouts.deadman_ms // 3))
    scene.commands.append(
        PushDeadman(
            command_id=scene.ids.draw(),
            switch_id=leg.switch_id,
            call_id=leg.call_id,
            leg_id=leg.leg_id,
            after_ms=scene.timeouts.deadman_ms,
        )
    )


def find_again(scene: Scene, event: LegFound) -> None:
    """Park a leg that nobody wrote down: its PARK then tells everything about it. One that is written down is known."""
    known = scene.legs.get(event.leg_id)
    if known is not None and known.is_live:
        return
    if known is not None and known.role is Role.CUSTOMER:
        # His call is over here and he is alive there: the switch's own rescue has him, somebody must be told.
        scene.alarm("alive_after_the_end", known)
        return
    scene.because("found on the switch, written down nowhere")
    scene.commands.append(
        Park(
            command_id=scene.ids.draw(),
            switch_id=event.switch_id,
            call_id=event.call_id,
            leg_id=event.leg_id,
        )
    )
