"""How legs are moved on FreeSWITCH: what each leg should be against what it was seen to be.

Alone in knowing it (docs/measured.md, docs/decisions/0010). Level-triggered: it looks at wants and sights, never
at events, so it is the same after a fact, a time-out or a restart. It fills the command in flight of the legs that
it moves, and makes the commands; it changes no wants.
"""

from datetime import timedelta

from freeswitch_cc.core.attending import attend, is_to_be_pushed, push
from freeswitch_cc.core.call import Leg, survivor_of
from freeswitch_cc.core.caller_id import shown_on
from freeswitch_cc.core.commands import Bridge, Join, Kill, Originate, Park
from freeswitch_cc.core.contact import is_outside
from freeswitch_cc.core.scene import Scene, is_talking_pair
from freeswitch_cc.core.words import CommandKind, Role, Seen, Want


def plan(scene: Scene) -> None:
    """Fill the scene's commands. Kills first, then pairs, then single legs, then what they hear."""
    for leg in list(scene.legs.values()):
        if leg.is_live and leg.want is Want.GONE:
            _remove(scene, leg)
    for leg in scene.live_legs():
        _bring_together(scene, scene.legs[leg.leg_id])
    for leg in scene.live_legs():
        _join(scene, scene.legs[leg.leg_id])
    for leg in scene.live_legs():
        _move_one(scene, scene.legs[leg.leg_id])
    for leg in scene.live_legs():
        attend(scene, scene.legs[leg.leg_id])


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
        Kill(**scene.about(leg, command_id), cause="ORIGINATOR_CANCEL" if is_dialing else "NORMAL_CLEARING")
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
        if end.role is Role.CUSTOMER and end.seen is Seen.PARKED and is_to_be_pushed(scene, end):
            # Nobody has put off his rescue since his last partner left. The switch takes it away when they have talked
            # for 200 ms (api_before_bridge); one that is due before that would tear them apart.
            push(scene, scene.legs[end.leg_id])
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
            **scene.about(leg, command_id),
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
    call, agent = scene.the_call, scene.agents.get(leg.agent_id or "")
    number, name = shown_on(call, leg)
    agreed, contact = call.placed or call.forward, leg.contact or ""
    # Who is called and is no agent costs money; so does an agent whose phone is behind a gateway.
    is_number = leg.role is Role.CUSTOMER or (leg.role is Role.TARGET and leg.agent_id is None)
    limit_ms = scene.timeouts.outside_ms if is_outside(contact) else 0
    if is_number and agreed is not None:
        limit_ms = agreed.limit_ms
    scene.commands.append(
        Originate(
            **scene.about(leg, command_id),
            role=leg.role,
            contact=contact,
            ring_ms=leg.ring_ms,
            caller_number=number,
            caller_name=name,
            is_auto_answer=agent is not None and agent.is_auto_answer and leg.role is Role.AGENT,
            deadman_ms=scene.timeouts.deadman_ms if is_number else 0,
            limit_ms=limit_ms,
        )
    )


def _park(scene: Scene, leg: Leg) -> None:
    """uuid_transfer park inline works from bridged, limbo and conference; the partner is moved by the switch.

    Of two who talk and are both to be parked the second is sent there: in the moment after CHANNEL_BRIDGE a transfer of
    the first hangs the second up (switch_ivr_bridge.c:1684), one of the second is at worst not noticed, and due again.
    """
    partner = scene.legs.get(leg.seen_leg_id or "") if leg.seen is Seen.WITH else None
    if partner is not None and partner.is_live:
        if partner.command is not None and partner.command is not CommandKind.KILL:
            return
        both_park = partner.want is Want.PARKED and is_talking_pair(leg, partner)
        if both_park and survivor_of(leg, partner) is leg and partner.command is None:
            return  # it is his turn, too
        scene.settle(partner.leg_id)
    command_id = scene.ids.draw()
    _fly(scene, leg, CommandKind.PARK, command_id, scene.timeouts.park_ms)
    scene.commands.append(Park(**scene.about(leg, command_id)))
