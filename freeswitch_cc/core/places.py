"""Where a leg is written to be, and what its end does to the others. No event is read here, no want changed
(but for a leg that is gone, which can want nothing), no command made: core.facts says when, core.moves what to do.
"""

from datetime import datetime, timedelta

from freeswitch_cc.core.call import Leg, survivor_of
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import CommandKind, Seen, Sound, Want


def is_stale(leg: Leg, at: datetime | None, seq: int) -> bool:
    """Is this older than, or the same as, what we know of the leg's place?

    The switch counts its events; its clock may be set back. A leg knows one count only: it ends with its switch.
    """
    if at is None or leg.seen_at is None:
        return False
    if seq and leg.seen_seq:
        return seq <= leg.seen_seq
    return at < leg.seen_at


def place(
    scene: Scene,
    leg: Leg,
    seen: Seen,
    *,
    at: datetime | None = None,
    seq: int = 0,
    other: str | None = None,
    conference: str | None = None,
) -> Leg:
    """The leg is at another place: what it heard of us there is over, and so is its dead-man's clock."""
    return scene.change_leg(
        leg.leg_id,
        seen=seen,
        seen_leg_id=other,
        seen_conference=conference,
        seen_at=at or leg.seen_at,
        seen_seq=seq if at else leg.seen_seq,
        sound=Sound.SILENT,
        sound_due_at=None,
        deadman_due_at=leg.deadman_due_at if seen is leg.seen is Seen.PARKED else None,
        # Of a leg that was parted it told only how the two were to the end: see part.
        is_holding=leg.is_holding and seen is Seen.WITH and leg.seen is not Seen.MOVING,
    )


def end_if(scene: Scene, leg_id: str, *kinds: CommandKind) -> None:
    if scene.legs[leg_id].command in kinds:
        scene.end_command(leg_id)


def held_until_now(scene: Scene, leg: Leg) -> bool:
    """Did this leg, seen with its partner until now, hold him? The switch takes a hold back right before it hangs a
    holding leg up (switch_channel.c:3397).

    Told by the last fact of his leg since the bridge, by the switch's clock: in a backlog ours tells nothing. His
    segment does not tell: while the customer holds, too, it stays `held`.
    """
    bridged_at = scene.call.bridged_at if scene.call is not None else None
    if leg.is_holding:
        return True
    if leg.seen_at is None or bridged_at is None or leg.seen_at <= bridged_at:
        return False
    return scene.at - leg.seen_at < timedelta(milliseconds=scene.timeouts.unhold_ms)


def part(scene: Scene, leg: Leg, *, at: datetime | None = None, seq: int = 0) -> None:
    """Whoever it was with is not there any more: the switch moves it, to park if all goes well.

    It goes on holding if it held to the end: its hang-up may be what parted them, and is told next.
    """
    is_holding = held_until_now(scene, leg)
    place(scene, leg, Seen.MOVING, at=at, seq=seq)
    scene.change_leg(leg.leg_id, is_holding=is_holding)
    scene.settle(leg.leg_id)


def leave_partners(scene: Scene, leg_id: str) -> None:
    """Whoever was seen with this leg is not any more."""
    for other in scene.live_legs():
        if other.leg_id != leg_id and other.seen is Seen.WITH and other.seen_leg_id == leg_id:
            part(scene, other)


def gone(scene: Scene, leg_id: str, at: datetime, cause: str, seq: int = 0) -> None:
    """The leg is no more. at, seq: of the fact that told it; no seq when it was told by no fact of the switch."""
    leg = scene.legs[leg_id]
    scene.end_command(leg_id)
    place(scene, leg, Seen.GONE)
    scene.change_leg(
        leg_id,
        want=Want.GONE,
        want_leg_id=None,
        want_conference=None,
        hangup_cause=cause,
        ended_at=max(at, leg.segment_at or at),
        deadman_due_at=None,
    )
    for other in scene.live_legs():
        if other.command is CommandKind.BRIDGE and other.command_leg_id == leg_id:
            _leave_bridge(scene, other, leg, at, seq)
    leave_partners(scene, leg_id)


def _leave_bridge(scene: Scene, leg: Leg, gone_leg: Leg, at: datetime, seq: int) -> None:
    """The other one died while the two were being bridged.

    The first argument is parked by the switch (docs/decisions/0010): a rescue of ours beside that would cut off his
    music, so he is only looked for, settle_ms later. The second hangs in limbo: alive, deaf, with no event (E1). And so
    does anybody, for all we know, whose bridge was refused or is overdue: nothing may be under way that parks him.
    """
    is_over = leg.command_due_at is not None and leg.command_due_at <= scene.now
    scene.end_command(leg.leg_id)
    if seq and is_stale(leg, at, seq):
        return  # where he is was told after this end, which the news of it has overtaken
    if survivor_of(leg, gone_leg) is leg and not is_over:
        place(scene, leg, Seen.MOVING)
        scene.settle(leg.leg_id)
    else:
        place(scene, leg, Seen.LOST)
