"""What each leg is doing, for the record: derived after every decision, never an input to one."""

from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Phase, Role, Seen, Segment


def note(scene: Scene) -> None:
    """Write the segment that each leg is in now. The database keeps the ones that closed."""
    for leg in list(scene.legs.values()):
        segment = segment_of(scene, leg)
        if segment is leg.segment:
            continue
        at = leg.ended_at if leg.ended_at is not None else scene.at
        if leg.segment_at is not None:
            at = max(at, leg.segment_at)
        scene.change_leg(leg.leg_id, segment=segment, segment_at=at)


def segment_of(scene: Scene, leg: Leg) -> Segment | None:
    if not leg.is_live:
        return None
    partner = scene.legs.get(leg.seen_leg_id or "")
    if leg.seen is Seen.WITH and partner is not None:
        return Segment.HELD if leg.is_holding or partner.is_holding else Segment.TALKING
    if leg.role is Role.CUSTOMER and scene.the_call.placed is None:
        if scene.the_call.phase is Phase.LEAVING or leg.segment is Segment.LEAVING:
            return Segment.LEAVING
        # Between two places in mid-talk he hears nobody: that is being held.
        return Segment.HELD if scene.the_call.phase is Phase.TALKING else Segment.QUEUED
    return Segment.RINGING if leg.segment in (None, Segment.RINGING) else Segment.HELD
