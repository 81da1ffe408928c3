"""What a customer hears who waits or is on hold, and how the switch's own rescue of him, the dead-man, is put off.

Looks at legs as they are, like core.moves, which calls it last; it moves nobody and changes no wants.
"""

from freeswitch_cc.core import farewell_sounds, messages
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.commands import Command, DropDeadman, ForgetRefer, Play, PushDeadman
from freeswitch_cc.core.events import CallEvent
from freeswitch_cc.core.said_of_customer import told_of_customer
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.tones import heard_by
from freeswitch_cc.core.words import Phase, Role, Seen, Sound, Step, Want

# What is played when the queue's music did not start: needs no file.
FALLBACK_SOUND = "tone_stream://%(500,2500,350,440);loops=-1"


def attend(scene: Scene, leg: Leg) -> None:
    """A customer who waits hears music, and the switch is told that we are still there (E2, E16). In a call that an
    agent has placed he and a colleague may hear something, too."""
    music = _music_of(scene, leg)
    if music is None:
        return
    if leg.role is Role.CUSTOMER and leg.seen is Seen.IN_CONFERENCE:
        before = scene.view.leg(leg.leg_id)
        if before is not None and before.seen is not Seen.IN_CONFERENCE:
            scene.commands.append(DropDeadman(**scene.about(leg)))
        return
    if leg.want is not Want.PARKED or leg.seen is not Seen.PARKED or leg.command is not None:
        return
    if leg.sound is Sound.SILENT and scene.the_call.phase is Phase.LEAVING:
        _say_farewell(scene, leg)
    elif leg.sound is Sound.SILENT:
        music = music if leg.sound_tries == 0 else ""
        scene.change_leg(
            leg.leg_id,
            sound=Sound.ASKED,
            sound_due_at=scene.after(scene.timeouts.sound_ms * 2 ** min(leg.sound_tries, 5)),
        )
        scene.commands.append(Play(**scene.about(leg), sound=music or FALLBACK_SOUND))
    if leg.role is Role.CUSTOMER and leg.deadman_due_at is None:
        # The dialplan armed it for a moment only, in case that nobody is here.
        push(scene, scene.legs[leg.leg_id])


def _say_farewell(scene: Scene, leg: Leg) -> None:
    """What the step of a farewell asks for; nothing, if he is being recorded already."""
    call, farewell = scene.the_call, scene.the_call.farewell
    command: Command | None = None
    if farewell is not None:
        begin = messages.next_command if call.step is Step.RECORDING else farewell_sounds.next_command
        command = begin(scene, leg, farewell)
    if command is None:
        scene.change_leg(leg.leg_id, sound=Sound.PLAYING)
        return
    due_at = scene.after(scene.timeouts.sound_ms * 2 ** min(leg.sound_tries, 5))
    scene.change_leg(leg.leg_id, sound=Sound.ASKED, sound_due_at=due_at)
    scene.commands.append(command)


def _music_of(scene: Scene, leg: Leg) -> str | None:
    """His queue's, or that for who is on hold. What began goes on if he waits again: nobody is cut off for that.

    Empty: there is none of his own. None: nothing is played to him."""
    if scene.the_call.placed is not None:
        return heard_by(scene.the_call, leg)
    if leg.role is not Role.CUSTOMER:
        return None
    visit = scene.last_visit
    if visit is None:
        return ""
    is_on_hold = scene.the_call.held_by is not None
    return visit.hold_music or visit.music if is_on_hold else visit.music


def play_again(scene: Scene, leg_id: str) -> None:
    """No sound began in time: the leg is deaf, or the music is not there. Park it anew, play what needs no file."""
    leg = scene.legs.get(leg_id)
    if leg is None or not leg.is_live or leg.sound is not Sound.ASKED:
        return
    if leg.sound_due_at is None or leg.sound_due_at > scene.now:
        return
    if scene.the_call.step is Step.RECORDING:
        messages.look_for(scene, leg)
        return
    tries = leg.sound_tries + 1
    if tries == 2:  # once may be an engine that died before it wrote down what it heard
        kind = "not_played" if scene.the_call.phase is Phase.LEAVING else "deaf"
        said = scene.the_call.farewell
        scene.alarm(kind, leg, f"no sound {tries} times" if kind == "deaf" or said is None else said.sound)
    if leg.command is None and leg.seen is Seen.PARKED:
        scene.change_leg(leg_id, seen=Seen.LOST)
    scene.change_leg(leg_id, sound=Sound.SILENT, sound_due_at=None, sound_tries=tries)


def push_deadman(scene: Scene, leg_id: str) -> None:
    """We are here: the switch's own rescue of this leg is put off again.

    Never while a bridge may have taken the timer away already: it would fire in mid-talk. Who is attended again gets a
    new one.
    """
    leg = scene.legs.get(leg_id)
    if leg is None or not leg.is_live or leg.deadman_due_at is None or leg.deadman_due_at > scene.now:
        return
    if leg.seen is Seen.PARKED and leg.want is Want.PARKED and leg.command is None:
        push(scene, leg)
    else:
        scene.change_leg(leg_id, deadman_due_at=None)


def is_to_be_pushed(scene: Scene, leg: Leg) -> bool:
    """Was his rescue not put off since he was parked, or not sent, so that it is tried again soon (core.facts)?"""
    return leg.deadman_due_at is None or leg.deadman_due_at <= scene.after(scene.timeouts.settle_ms)


def push(scene: Scene, leg: Leg) -> None:
    """Put the switch's own rescue of this leg off, and note when that is to be done again."""
    scene.change_leg(leg.leg_id, deadman_due_at=scene.after(scene.timeouts.deadman_ms // 3))
    scene.commands.append(PushDeadman(**scene.about(leg), after_ms=scene.timeouts.deadman_ms))


def forget_refer(scene: Scene, event: CallEvent) -> None:
    """It has been seen. The switch would tell of it again at every later PARK, and a torn talk would look like one.

    Whenever somebody sees that it is still there, for the command may be lost: in a talk, too, it is an old one.
    """
    told = told_of_customer(scene, event)
    if told is not None and told[1].refer_to:
        leg = told[0]
        scene.commands.append(ForgetRefer(**scene.about(leg)))
