"""What a parked leg hears in a call that an agent has placed. Pure: who is played to, and when, is core.attending's."""

from freeswitch_cc.core.call import Call, Leg
from freeswitch_cc.core.sound import DEFAULT_MUSIC
from freeswitch_cc.core.words import Phase, Role

# ITU-T E.180: one second of tone and four of silence; a quarter of a second of each.
RINGBACK = "tone_stream://%(1000,4000,425);loops=-1"
NOT_REACHED = "tone_stream://%(250,250,425);loops=-1"


def heard_by(call: Call, leg: Leg) -> str | None:
    """A sound; None: nothing. Early media of the called number are not passed on: a tone of ours is."""
    placed = call.placed
    assert placed is not None, "only calls that agents place have tones"
    music = placed.hold_music or DEFAULT_MUSIC
    if leg.role is Role.CUSTOMER:
        return music
    if call.phase is Phase.TALKING:
        is_held = call.held_by is not None and leg.agent_id != call.held_by
        return music if is_held else None
    if call.phase is Phase.DIALING and leg.role is Role.AGENT:
        return RINGBACK if call.outcome is None else NOT_REACHED
    return None
