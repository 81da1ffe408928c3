"""What is written of a call's legs when their switch has restarted, or stays away. As core.facts, which see."""

from freeswitch_cc.core.causes import SWITCH_LOST
from freeswitch_cc.core.events import SwitchLost, SwitchRestarted
from freeswitch_cc.core.places import gone
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Phase, Seen, Want

CALLED = (Seen.UNBORN, Seen.DIALING, Seen.RINGING)


def restarted(scene: Scene, event: SwitchRestarted) -> None:
    for leg in scene.live_legs():
        gone(scene, leg.leg_id, event.at, "SWITCH_RESTARTED")


def lost(scene: Scene, event: SwitchLost) -> None:
    """Phones of agents that nobody can ask about ring for nobody any more, and wait for nobody.

    Who talks is left alone, and who is parked in a talk: he has put his customer on hold. So is a number that is called
    for a caller: it keeps no agent, and by now the two may talk. A phone that is there all the same shows up when the
    switch is back, and is told to go then.
    """
    is_talk = scene.the_call.phase is Phase.TALKING
    for leg in scene.live_legs():
        is_in_talk = is_talk and leg.want is not Want.GONE and leg.seen not in CALLED
        if leg.agent_id is not None and not is_in_talk:
            gone(scene, leg.leg_id, scene.now, SWITCH_LOST)
