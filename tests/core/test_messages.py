"""A caller leaves a message: its steps, its length, and what the disk says of it."""

from dataclasses import replace

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Announce, Play, Record
from freeswitch_cc.core.farewell_sounds import BEEP, TURNED_AWAY
from freeswitch_cc.core.words import CallOutcome, Phase, Sound, Step
from tests.core.leaving import PATH, STEPS, asked_to_record, played, recording
from tests.core.overflowing import (
    BOX,
    MAX_WAIT_MS,
    SALES,
    TONES,
    due,
    line,
    recording_starts,
    recording_stops,
    sound_ends,
    waiting,
    waits_too_long,
)
from tests.core.world import CALL, CUSTOMER, TIMEOUTS, Story

# -- its steps -----------------------------------------------------------------------------------


def test_a_message_is_greeting_beep_and_recording() -> None:
    story = recording()
    assert played(story) == [TONES, BEEP]
    (record,) = [command for command in story.commands if isinstance(command, Record)]
    assert (record.path, record.longest_ms, record.silence_ms) == (PATH, BOX.longest_ms, BOX.silence_ms)
    recording_stops(story)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.VOICEMAIL)
    assert story.ledger.voicemails[CALL].ms == 7_000


def test_a_box_without_a_greeting_begins_with_the_beep() -> None:
    story = waiting(line(max_wait_ms=MAX_WAIT_MS, overflow={"too_long": "voicemail:sales"}))
    overflow = story.ledger.overflow
    assert overflow is not None
    story.ledger = replace(story.ledger, overflow=replace(overflow, boxes=(replace(BOX, greeting=""),)))
    waits_too_long(story)
    assert story.call.step is Step.BEEPING


def test_it_is_written_down_when_the_switch_begins_to_record() -> None:
    story = recording()
    message = story.ledger.voicemails[CALL]
    assert (message.box, message.queue_id, message.path, message.ms) == ("sales", SALES, PATH, None)
    assert message.at == story.now


def test_its_length_comes_after_the_end_of_who_hangs_up() -> None:
    story = recording()
    began = story.ledger.voicemails[CALL].at
    story.hangs_up(CUSTOMER)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.VOICEMAIL)
    recording_stops(story)
    assert (story.ledger.voicemails[CALL].ms, story.ledger.voicemails[CALL].at) == (7_000, began)
    assert story.call.phase is Phase.ENDED


def test_a_beginning_that_was_not_heard_is_no_loss() -> None:
    story = asked_to_record()
    recording_stops(story)
    assert (story.call.outcome, story.ledger.voicemails[CALL].ms) == (CallOutcome.VOICEMAIL, 7_000)


@pytest.mark.parametrize("step", [Step.ANNOUNCING, Step.GREETING, Step.BEEPING])
def test_a_recording_that_is_not_ours_is_nothing(step: Step) -> None:
    story = STEPS[step]()
    for kind in (events.RecordingStarted, events.RecordingStopped):
        assert story.fact(kind, CUSTOMER, path="/tmp/other.wav").changes_nothing
    assert recording_starts(story).changes_nothing


def test_a_recording_goes_on_when_he_is_parked_anew_and_is_not_asked_for_again() -> None:
    story = recording()
    story.parks(CUSTOMER)
    assert not [command for command in story.new_commands if isinstance(command, Record | Announce | Play)]
    assert (story.call.step, story.customer.sound) == (Step.RECORDING, Sound.PLAYING)


def test_one_of_which_nothing_was_heard_is_asked_for_again() -> None:
    story = asked_to_record()
    story.refuse("record", CUSTOMER, events.NOT_SENT)
    story.verify(customer="parked")
    assert story.sent() == ["record customer"]


def test_one_that_cannot_be_made_ends_in_tones_and_an_alarm() -> None:
    story = asked_to_record()
    story.refuse("record", CUSTOMER, "Cannot record session!")
    assert [alarm.kind for alarm in story.alarms] == ["not_recorded"]
    assert (story.call.step, played(story)[-1]) == (Step.ANNOUNCING, TURNED_AWAY)
    assert not story.ledger.voicemails
    sound_ends(story, TURNED_AWAY)
    assert story.call.outcome is CallOutcome.TURNED_AWAY


def test_its_end_is_seen_when_nobody_heard_it() -> None:
    story = recording()
    assert story.look().changes_nothing
    story.look(recording=PATH, recorded_ms=4_000)
    assert (story.call.outcome, story.ledger.voicemails[CALL].ms) == (CallOutcome.VOICEMAIL, 4_000)


def test_its_end_is_due_when_nobody_tells_it() -> None:
    story = recording()
    story.pass_time(BOX.longest_ms + TIMEOUTS.recording_grace_ms)
    due(story, "step")
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.VOICEMAIL)
    recording_stops(story)
    assert story.ledger.voicemails[CALL].ms == 7_000


@pytest.mark.parametrize("step", [Step.GREETING, Step.BEEPING])
def test_the_end_of_what_comes_before_it_is_due_too(step: Step) -> None:
    story = STEPS[step]()
    story.pass_time(TIMEOUTS.announcement_ms)
    due(story, "step")
    following = {Step.GREETING: Step.BEEPING, Step.BEEPING: Step.RECORDING}[step]
    assert story.call.step is following
    story.parks(CUSTOMER)
    assert story.sent()[0] == ("announce customer" if following is Step.BEEPING else "record customer")


# -- what the disk says --------------------------------------------------------------------------


def stops(story: Story, length_ms: int, **fields: bool) -> None:
    story.fact(events.RecordingStopped, CUSTOMER, path=PATH, ms=length_ms, **fields)


def test_a_disk_that_is_full_is_told_to_somebody_though_the_switch_counts_on() -> None:
    story = recording()
    stops(story, 6_020, is_failed=True)
    (alarm,) = story.alarms
    assert (alarm.kind, alarm.details) == ("not_recorded", f"{PATH}: not all of it could be written")
    assert story.call.outcome is CallOutcome.VOICEMAIL


def test_and_so_when_it_was_seen_and_not_heard() -> None:
    story = recording()
    story.look(recording=PATH, recorded_ms=6_020, is_record_failed=True)
    assert [alarm.kind for alarm in story.alarms] == ["not_recorded"]


def test_seconds_of_which_nothing_is_there_are_told_too() -> None:
    story = recording()
    story.pass_time(3_000)
    stops(story, 0)
    (alarm,) = story.alarms
    assert (alarm.kind, alarm.details) == ("not_recorded", f"{PATH}: he was recorded, and there is nothing")


def test_who_hangs_up_at_once_has_left_nothing_and_nobody_is_alarmed() -> None:
    story = recording()
    stops(story, 0)
    assert story.alarms == []
