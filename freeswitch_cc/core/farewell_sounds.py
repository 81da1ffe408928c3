"""What a farewell plays and records: which sound belongs to which step, and the row of a message. No rule about steps.

core.facts and core.attending ask here; what follows from an end of a sound is core.farewell's.
"""

from dataclasses import replace

from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.commands import Announce, Command, Record
from freeswitch_cc.core.lines import Farewell, Voicemail
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Step

BEEP = "tone_stream://%(400,100,880)"
TURNED_AWAY = "tone_stream://v=-16;%(330,20,950);%(330,20,1400);%(330,999,1800);loops=2"
"""Three rising tones, twice: this did not work. Also for an announcement that the switch does not find."""
PLAYED = frozenset({Step.ANNOUNCING, Step.GREETING, Step.BEEPING})
TRIES = 2
"""So often a sound is asked for, before the tones above are played in its place, or the step is over."""


def next_command(scene: Scene, leg: Leg) -> Command | None:
    """What begins the sound of this step, of a leg that is parked and silent. None: it is being recorded already."""
    call, farewell = scene.the_call, scene.the_call.farewell
    if farewell is None:
        return None
    named = {"switch_id": leg.switch_id, "call_id": leg.call_id, "leg_id": leg.leg_id}
    if call.step is not Step.RECORDING:
        return Announce(command_id=scene.ids.draw(), sound=sound_of(farewell, call.step, leg.sound_tries), **named)
    if farewell.recorded_at is not None:
        return None  # a recording goes on over every park
    return Record(
        command_id=scene.ids.draw(),
        path=farewell.path,
        longest_ms=farewell.longest_ms,
        silence_ms=farewell.silence_ms,
        **named,
    )


def sound_of(farewell: Farewell, step: Step | None, tries: int) -> str:
    """What is played in this step, when it has not begun so often."""
    if step is Step.BEEPING:
        return BEEP
    return farewell.sound if farewell.sound and tries < TRIES else TURNED_AWAY


def note_recording(scene: Scene, ms: int | None = None) -> None:
    """The switch records, or has recorded so much: the row of the message, which outlives the call."""
    call, before = scene.the_call, scene.the_call.farewell
    if before is None or not before.path:
        return
    at = before.recorded_at or scene.at
    after = replace(before, recorded_at=at, recorded_ms=before.recorded_ms if ms is None else ms)
    if after == before:
        return
    scene.change_call(farewell=after)
    scene.voicemail = Voicemail(
        call_id=call.call_id,
        queue_id=after.queue_id,
        box=after.box,
        path=after.path,
        at=at,
        ms=after.recorded_ms,
    )
