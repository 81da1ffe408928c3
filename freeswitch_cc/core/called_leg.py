"""The leg that is called for a call, be it of an agent or of a number: which is it, and is a fact of it?

What follows from its facts stands with who calls (core.placed_legs, core.forwarding).
"""

from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Role, Want


def called_leg(scene: Scene, role: Role) -> Leg | None:
    """The live leg of this role; none that is to go."""
    for leg in scene.live_legs():
        if leg.role is role and leg.want is not Want.GONE:
            return leg
    return None


def is_called_now(scene: Scene, leg: Leg | None, role: Role) -> bool:
    """Is this the leg that is called now? One that was told to go is not any more."""
    if leg is None or leg.role is not role:
        return False
    before = scene.view.leg(leg.leg_id)
    return before is None or before.want is not Want.GONE
