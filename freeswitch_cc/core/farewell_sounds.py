"""What a farewell plays: which sound belongs to which step. No rule about steps.

core.facts and core.attending ask here; what follows from an end of a sound is core.farewell's.
"""

from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.commands import Announce
from freeswitch_cc.core.lines import Farewell
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Step

BEEP = "tone_stream://%(400,100,880)"
TURNED_AWAY = "tone_stream://v=-16;%(330,20,950);%(330,20,1400);%(330,999,1800);loops=2"
"""Three rising tones, twice: this did not work. Also for an announcement that the switch does not find."""
PLAYED = frozenset({Step.ANNOUNCING, Step.GREETING, Step.BEEPING})
TRIES = 2
"""So often a sound is asked for, before the tones above are played in its place, or the step is over."""


def next_command(scene: Scene, leg: Leg, farewell: Farewell) -> Announce:
    """What begins the sound of this step, of a leg that is parked and silent."""
    return Announce(**scene.about(leg), sound=sound_of(farewell, scene.the_call.step, leg.sound_tries))


def sound_of(farewell: Farewell, step: Step | None, tries: int) -> str:
    """What is played in this step, when it has not begun so often."""
    if step is Step.BEEPING:
        return BEEP
    return farewell.sound if farewell.sound and tries < TRIES else TURNED_AWAY
