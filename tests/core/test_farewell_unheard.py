"""What a caller is told before his call ends, and did not hear: the switch's own rescue cut it off, or it never began.

That nobody told of an end says only that it is over when it has begun.
"""

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.farewell_sounds import BEEP, TRIES, TURNED_AWAY
from freeswitch_cc.core.words import CallOutcome, Phase, Seen, Sound, Step
from tests.core.overflowing import NEVER, TONES, arrived, due, line, parks_and_plays, sound_ends
from tests.core.world import CALL, CUSTOMER, TIMEOUTS, Story


def asked(target: str = f"announcement:{TONES}") -> Story:
    """It was asked for, and nobody knows of its beginning."""
    return arrived(line(hours=NEVER, overflow={"closed": target}))


def announcing() -> Story:
    story = asked()
    story.music_plays()
    return story


def step_is_over(story: Story) -> None:
    story.pass_time(TIMEOUTS.announcement_ms)
    due(story, "step")


def sound_is_due(story: Story) -> None:
    story.pass_time(TIMEOUTS.sound_ms * 2**5)
    story.happen(events.CallDeadlinePassed(call_id=CALL, kind="sound", row_id=CUSTOMER))


def beeping() -> Story:
    story = asked("voicemail:sales")
    story.music_plays()
    sound_ends(story)
    return story


# -- cut off -------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_begun", [True, False])
def test_what_the_rescue_cut_off_is_told_anew(has_begun: bool) -> None:
    story = announcing() if has_begun else asked()
    sound_ends(story, is_rescued=True)
    assert story.sent()[-1:] == ["park customer"]
    assert (story.call.phase, story.customer.sound) == (Phase.LEAVING, Sound.SILENT)
    parks_and_plays(story)
    sound_ends(story)
    assert story.call.outcome is CallOutcome.ANNOUNCED


def test_what_the_rescue_cut_off_while_he_is_moved_is_told_anew_where_he_arrives() -> None:
    story = announcing()
    sound_ends(story, is_rescued=True)
    sound_ends(story, is_rescued=True)
    assert story.sent() == [], "one park is enough"
    assert story.customer.seen is not Seen.PARKED


def test_a_beep_that_the_rescue_cut_off_begins_no_recording() -> None:
    story = beeping()
    story.music_plays()
    sound_ends(story, BEEP, is_rescued=True)
    assert story.call.step is Step.BEEPING


# -- never begun ---------------------------------------------------------------------------------


def test_what_has_begun_is_over_when_it_is_due() -> None:
    story = announcing()
    step_is_over(story)
    assert story.call.phase is Phase.ENDING


def test_what_has_not_begun_is_not_over_when_it_is_due() -> None:
    story = asked()
    step_is_over(story)
    assert story.call.phase is Phase.LEAVING
    assert story.call.step_due_at is not None
    assert story.call.step_due_at > story.now


def test_a_step_lasts_from_the_beginning_of_its_sound() -> None:
    story = asked()
    story.pass_time(TIMEOUTS.announcement_ms - 1_000)
    story.music_plays()
    story.pass_time(2_000)
    assert due(story, "step").changes_nothing


def test_a_beginning_that_is_told_twice_makes_it_no_longer() -> None:
    story = announcing()
    due_at = story.call.step_due_at
    story.pass_time(5_000)
    story.music_plays()
    assert story.call.step_due_at == due_at


def test_a_switch_that_plays_nothing_at_all_does_not_keep_him_for_ever() -> None:
    story = asked()
    for _ in range(2 * TRIES):
        sound_is_due(story)
        story.parks(CUSTOMER)
    step_is_over(story)
    assert story.call.phase is Phase.ENDING


def test_a_beep_that_has_not_begun_is_waited_for() -> None:
    story = beeping()
    step_is_over(story)
    assert story.call.step is Step.BEEPING
    story.music_plays()
    step_is_over(story)
    assert story.call.step is Step.RECORDING


def test_tones_that_stand_in_for_a_sound_that_is_not_there_are_heard_to_their_end() -> None:
    story = asked()
    for _ in range(TRIES):
        sound_is_due(story)
        story.parks(CUSTOMER)
    story.pass_time(TIMEOUTS.announcement_ms)
    story.music_plays()
    due(story, "step")
    assert story.call.phase is Phase.LEAVING
    sound_ends(story, TURNED_AWAY)
    assert story.call.phase is Phase.ENDING
