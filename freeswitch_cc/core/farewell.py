"""A call that no agent takes: an announcement is played to its caller, or he leaves a message; then it ends.

One table: what he hears x what happened. What is to be heard or recorded stands in the call (core.lines.Farewell),
each step has a due time, and every end of a step is seen: PLAYBACK_STOP, RECORD_STOP, or what a look finds. It changes
facts and wants; core.attending has played what the step asks for.
"""

from collections.abc import Callable
from dataclasses import replace

from freeswitch_cc.core import farewell_sounds, messages, release
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import CallOutcome, Phase, Seen, Sound, Step


def keep(scene: Scene) -> None:
    """A farewell that has just been asked for begins."""
    call = scene.the_call
    if call.phase is Phase.LEAVING and call.step is None and call.farewell is not None:
        is_message = bool(call.farewell.path)
        first = (Step.GREETING if call.farewell.sound else Step.BEEPING) if is_message else Step.ANNOUNCING
        _begin(scene, first)


# -- the cells of the table ----------------------------------------------------------------------


def _ignore(scene: Scene, leg: Leg | None) -> None:
    """Nothing to do."""


def _end(scene: Scene, leg: Leg | None) -> None:
    farewell = scene.the_call.farewell
    scene.because("the announcement is over")
    release.end(scene, farewell.outcome if farewell is not None else CallOutcome.TURNED_AWAY)


def _beep(scene: Scene, leg: Leg | None) -> None:
    scene.because("the greeting is over: the beep")
    _begin(scene, Step.BEEPING)


def _record(scene: Scene, leg: Leg | None) -> None:
    scene.because("his message is recorded from now on")
    _begin(scene, Step.RECORDING)


def _recorded(scene: Scene, leg: Leg | None) -> None:
    """Its end was told, or is due. One that never began is told of, and the caller hears that it did not work."""
    farewell = scene.the_call.farewell
    if farewell is not None and farewell.recorded_at is None:
        scene.alarm("not_recorded", scene.customer, farewell.path, once=farewell.path.rpartition("/")[0])
        scene.because("the message cannot be recorded")
        scene.change_call(farewell=replace(farewell, outcome=CallOutcome.TURNED_AWAY, sound="", path=""))
        _begin(scene, Step.ANNOUNCING)
        return
    scene.because("the message is recorded")
    release.end(scene, CallOutcome.VOICEMAIL)


def _hung_up(scene: Scene, leg: Leg | None) -> None:
    farewell = scene.the_call.farewell
    scene.because("the caller hung up")
    release.end(scene, farewell.outcome if farewell is not None else CallOutcome.ABANDONED)


def _left_no_message(scene: Scene, leg: Leg | None) -> None:
    scene.because("the caller hung up before he could leave a message")
    release.end(scene, CallOutcome.ABANDONED)


def _recording_is_due(scene: Scene, leg: Leg | None) -> None:
    customer = scene.customer
    if customer is not None and messages.is_to_be_looked_for(scene, customer):
        messages.look_for(scene, customer)
    else:
        _recorded(scene, leg)


def _hung_up_recording(scene: Scene, leg: Leg | None) -> None:
    """What was recorded is kept; how long it is, RECORD_STOP tells after the end."""
    is_kept = messages.keep(scene)
    scene.because("the caller hung up, his message is kept" if is_kept else "the caller hung up before he was recorded")
    release.end(scene, CallOutcome.VOICEMAIL if is_kept else CallOutcome.ABANDONED)


_Cell = Callable[[Scene, Leg | None], None]


def _once_begun(do: _Cell) -> _Cell:
    """An end that nobody told is due. What has not even begun is waited for, until it was asked for often enough."""

    def cell(scene: Scene, leg: Leg | None) -> None:
        customer = scene.customer
        is_to_begin = customer is not None and customer.is_live and customer.sound in (Sound.SILENT, Sound.ASKED)
        if customer is not None and is_to_begin and customer.sound_tries < 2 * farewell_sounds.TRIES:
            scene.because("it has not begun yet")
            scene.change_call(step_due_at=scene.after(scene.timeouts.announcement_ms))
        else:
            do(scene, leg)

    return cell


A, G, B, R = Step.ANNOUNCING, Step.GREETING, Step.BEEPING, Step.RECORDING

_OF_NO_STEP = (
    Trigger.CUSTOMER_REFERRED,
    Trigger.CUSTOMER_PARKED,  # what he heard is asked for again (core.attending); a recording goes on
    Trigger.BRIDGED,
    Trigger.AGENT_RINGING,
    Trigger.AGENT_PARKED,
    Trigger.AGENT_GONE,
    Trigger.HELD,
    Trigger.RETRIEVED,
    Trigger.OFFER_MADE,
    Trigger.OFFER_DUE,
    Trigger.CUSTOMER_RINGING,
    Trigger.DIAL_DUE,
)
TABLE: dict[tuple[Step, Trigger], _Cell] = {
    **{(step, trigger): _ignore for step in Step for trigger in _OF_NO_STEP},
    (A, Trigger.CUSTOMER_GONE): _hung_up,
    (A, Trigger.SOUND_OVER): _end,
    (A, Trigger.STEP_DUE): _once_begun(_end),
    (G, Trigger.CUSTOMER_GONE): _left_no_message,
    (G, Trigger.SOUND_OVER): _beep,
    (G, Trigger.STEP_DUE): _once_begun(_beep),
    (B, Trigger.CUSTOMER_GONE): _left_no_message,
    (B, Trigger.SOUND_OVER): _record,
    (B, Trigger.STEP_DUE): _once_begun(_record),
    (R, Trigger.CUSTOMER_GONE): _hung_up_recording,
    (R, Trigger.SOUND_OVER): _recorded,
    (R, Trigger.STEP_DUE): _recording_is_due,
}


def on(scene: Scene, trigger: Trigger, leg: Leg | None) -> None:
    step = scene.the_call.step
    if step is not None:
        TABLE[step, trigger](scene, leg)


# -- what the cells share ------------------------------------------------------------------------


def _begin(scene: Scene, step: Step) -> None:
    """The customer is to be parked and silent: then what the step asks for begins. Music is ended by parking him anew,
    for a sound that is started within another one nests."""
    call, customer = scene.the_call, scene.customer
    timeouts = scene.timeouts
    lasts_ms = timeouts.announcement_ms
    if step is Step.RECORDING and call.farewell is not None:
        lasts_ms = call.farewell.longest_ms + timeouts.recording_grace_ms
    scene.change_call(step=step, step_due_at=scene.after(lasts_ms))
    if customer is None or not customer.is_live:
        return
    scene.want_parked(customer)
    is_heard = customer.sound in (Sound.ASKED, Sound.PLAYING)
    if is_heard and customer.seen is Seen.PARKED and customer.command is None:
        scene.change_leg(customer.leg_id, seen=Seen.LOST)
    scene.change_leg(customer.leg_id, sound=Sound.SILENT, sound_due_at=None, sound_tries=0)
