"""A message that a caller leaves: what the switch says of its recording, heard or looked up, and the row of it.

It is asked for once. When nobody has heard that it began, the leg is looked at before it is asked for again: it may be
going on, or be over, with an engine that died in between. No rule about steps here: core.farewell.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from freeswitch_cc.core import events
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.commands import Record
from freeswitch_cc.core.farewell_sounds import TRIES
from freeswitch_cc.core.lines import Farewell, Voicemail
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import CommandKind, Seen, Sound, Step

SOME_TIME = timedelta(seconds=2)
"""Who was recorded for so long must have left something on the disk, be it silence."""


# -- asking for it -------------------------------------------------------------------------------


def next_command(scene: Scene, leg: Leg, farewell: Farewell) -> Record | None:
    """What begins the recording of a leg that is parked. None: it goes on, over every park."""
    if farewell.recorded_at is not None:
        return None
    scene.change_call(farewell=replace(farewell, asked_at=farewell.asked_at or scene.now))
    return Record(
        **scene.about(leg),
        path=farewell.path,
        longest_ms=farewell.longest_ms,
        silence_ms=farewell.silence_ms,
    )


def is_to_be_looked_for(scene: Scene, leg: Leg) -> bool:
    """Its time is over, and nobody knows whether it ever began: an engine may have been away all that time."""
    farewell = scene.the_call.farewell
    is_unheard = farewell is not None and farewell.recorded_at is None
    return is_unheard and leg.is_live and leg.sound is Sound.ASKED and leg.sound_tries < TRIES


def look_for(scene: Scene, leg: Leg) -> None:
    """Nobody has heard that it began: the leg is to be looked at, now, and its step waits for that."""
    tries = leg.sound_tries + 1
    due_at = scene.after(scene.timeouts.sound_ms * 2 ** min(tries, 5))
    scene.change_leg(leg.leg_id, sound_due_at=due_at, sound_tries=tries)
    scene.change_call(step_due_at=max(scene.the_call.step_due_at or due_at, due_at))
    if leg.command is None:
        scene.settle(leg.leg_id)
        scene.change_leg(leg.leg_id, command_due_at=scene.now)


# -- what is said of it --------------------------------------------------------------------------


def started(scene: Scene, event: events.RecordingStarted) -> None:
    leg, call = scene.legs.get(event.leg_id), scene.the_call
    if leg is None or not leg.is_live or call.step is not Step.RECORDING or call.farewell is None:
        return
    if event.path == call.farewell.path and call.farewell.recorded_at is None:
        _goes_on(scene, leg, scene.our_at)


def stopped(scene: Scene, event: events.RecordingStopped) -> None:
    """Told also of a leg that is gone, and of a call that has ended: then only its length is news."""
    leg, call = scene.legs.get(event.leg_id), scene.the_call
    if leg is None or call.farewell is None or event.path != call.farewell.path:
        return
    _is_over(scene, leg, event.ms, event.is_failed)


def looked(scene: Scene, before: Leg, sight: events.Sight) -> None:
    """What a look tells of it. before: the leg as it was then, with the command for which it was looked at."""
    call, leg = scene.the_call, scene.legs[before.leg_id]
    if call.step is not Step.RECORDING or call.farewell is None or not leg.is_live or sight.seen == Seen.GONE:
        return
    if sight.recording != call.farewell.path:
        is_why = before.command is CommandKind.SETTLE and (before.command_due_at or scene.now) <= scene.now
        if is_why and leg.sound is Sound.ASKED:
            # It has never reached the switch.
            sound = Sound.OVER if leg.sound_tries >= TRIES else Sound.SILENT
            scene.change_leg(leg.leg_id, sound=sound, sound_due_at=None)
    elif sight.recorded_ms is not None:
        _is_over(scene, leg, sight.recorded_ms, sight.is_record_failed)
    elif sight.is_record_failed:
        scene.change_leg(leg.leg_id, sound=Sound.OVER, sound_due_at=None)
    elif call.farewell.recorded_at is None:
        _goes_on(scene, leg)


def refused(scene: Scene, leg: Leg) -> None:
    """Of a leg that is gone: nothing was recorded, though it was asked for (see keep)."""
    farewell = scene.the_call.farewell
    if leg.is_live or farewell is None or farewell.recorded_at is None:
        return
    if farewell.recorded_at == farewell.asked_at and farewell.recorded_ms is None:
        _note(scene, 0)


def keep(scene: Scene) -> bool:
    """He is gone. Is there a message? If it was asked for, nobody can say that there is none."""
    farewell = scene.the_call.farewell
    if farewell is None or farewell.asked_at is None:
        return False
    _note(scene)
    return True


# -- the row of it -------------------------------------------------------------------------------


def _goes_on(scene: Scene, leg: Leg, at: datetime | None = None) -> None:
    _note(scene, at=at)
    if leg.sound is Sound.ASKED:
        scene.change_leg(leg.leg_id, sound=Sound.PLAYING, sound_due_at=None, sound_tries=0)


def _is_over(scene: Scene, leg: Leg, ms: int, is_failed: bool) -> None:
    if _note(scene, ms):
        _tell_of_loss(scene, leg, ms, is_failed)
    if leg.is_live and scene.the_call.step is Step.RECORDING:
        scene.change_leg(leg.leg_id, sound=Sound.OVER, sound_due_at=None)


def _note(scene: Scene, ms: int | None = None, at: datetime | None = None) -> bool:
    """The switch records, or has recorded so much: the row of the message, which outlives the call. Is it news?

    at: since when; None: nobody has heard that, so since it was asked for.
    """
    call, before = scene.the_call, scene.the_call.farewell
    if before is None or not before.path:
        return False
    at = before.recorded_at or at or before.asked_at or scene.our_at
    after = replace(before, recorded_at=at, recorded_ms=before.recorded_ms if ms is None else ms)
    if after == before:
        return False
    scene.change_call(farewell=after)
    scene.voicemail = Voicemail(
        call_id=call.call_id,
        queue_id=after.queue_id,
        box=after.box,
        path=after.path,
        at=at,
        ms=after.recorded_ms,
    )
    return True


def _tell_of_loss(scene: Scene, leg: Leg, ms: int, is_failed: bool) -> None:
    """A full disk is told by nobody else: the switch counts on, and the caller hears nothing of it."""
    farewell = scene.the_call.farewell
    if farewell is None or farewell.recorded_at is None:
        return
    where, _, _ = farewell.path.rpartition("/")
    if is_failed:
        scene.alarm("not_recorded", leg, f"{farewell.path}: not all of it could be written", once=where)
    elif ms == 0 and scene.our_at - farewell.recorded_at >= SOME_TIME:
        scene.alarm("not_recorded", leg, f"{farewell.path}: he was recorded, and there is nothing", once=where)
