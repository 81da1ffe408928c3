"""Calls that are let go with a farewell: one in each step. No test stands here."""

from collections.abc import Callable

from freeswitch_cc.core.commands import Announce, Play
from freeswitch_cc.core.farewell_sounds import BEEP
from freeswitch_cc.core.words import Step
from tests.core.overflowing import NEVER, TONES, arrived, line, recording_starts, sound_ends
from tests.core.world import CALL, Story

PATH = f"/var/voicemail/{CALL}.wav"


def announcing() -> Story:
    story = arrived(line(hours=NEVER, overflow={"closed": f"announcement:{TONES}"}))
    story.music_plays()
    return story


def turned_away() -> Story:
    story = arrived(line(hours=NEVER))
    story.music_plays()
    return story


def greeting() -> Story:
    story = arrived(line(hours=NEVER, overflow={"closed": "voicemail:sales"}))
    story.music_plays()
    return story


def beeping() -> Story:
    story = greeting()
    sound_ends(story)
    story.music_plays()
    return story


def asked_to_record() -> Story:
    """The switch was told to record, and has not said yet that it does."""
    story = beeping()
    sound_ends(story, BEEP)
    return story


def recording() -> Story:
    story = asked_to_record()
    recording_starts(story)
    return story


STEPS: dict[Step, Callable[[], Story]] = {
    Step.ANNOUNCING: announcing,
    Step.GREETING: greeting,
    Step.BEEPING: beeping,
    Step.RECORDING: recording,
}


def played(story: Story) -> list[str]:
    return [command.sound for command in story.commands if isinstance(command, Announce | Play)]
