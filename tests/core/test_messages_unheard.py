"""A message of which nobody has heard that it began: it is not lost, not overwritten, not asked for without a look."""

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Park, Record
from freeswitch_cc.core.words import CallOutcome, Sound, Step
from tests.core.leaving import PATH, asked_to_record, recording
from tests.core.overflowing import BOX, due, recording_starts, recording_stops
from tests.core.world import CALL, CUSTOMER, TIMEOUTS, Story


def unheard() -> Story:
    """It was asked for, and the engine that was to hear of it died; the next one finds that a beginning is due."""
    story = asked_to_record()
    story.now = story.customer.sound_due_at or story.now
    story.happen(events.CallDeadlinePassed(call_id=CALL, kind="sound", row_id=CUSTOMER))
    return story


def records(story: Story) -> list[Record]:
    return [command for command in story.commands if isinstance(command, Record)]


def test_it_is_looked_for_before_it_is_asked_for_again() -> None:
    story = unheard()
    assert story.sent() == []
    assert story.customer.command_due_at is not None
    assert story.customer.command_due_at <= story.now


def test_one_that_goes_on_is_left_alone_and_written_down() -> None:
    story = unheard()
    story.look(recording=PATH)
    assert (len(records(story)), story.sent()) == (1, [])
    assert (story.customer.sound, story.ledger.voicemails[CALL].ms) == (Sound.PLAYING, None)
    recording_stops(story)
    assert (story.call.outcome, story.ledger.voicemails[CALL].ms) == (CallOutcome.VOICEMAIL, 7_000)


def test_one_that_is_over_is_kept_and_not_asked_for_again() -> None:
    story = unheard()
    story.look(recording=PATH, recorded_ms=4_000)
    assert (story.call.outcome, story.ledger.voicemails[CALL].ms) == (CallOutcome.VOICEMAIL, 4_000)
    assert len(records(story)) == 1
    assert story.ledger.voicemails[CALL].at < story.now, "it began when it was asked for"


def test_it_is_seen_by_any_look_before_anything_is_due() -> None:
    story = asked_to_record()
    story.look(recording=PATH, recorded_ms=4_000)
    assert (story.call.outcome, len(records(story))) == (CallOutcome.VOICEMAIL, 1)


def test_it_is_seen_of_a_caller_whom_the_switch_took_on_by_itself_meanwhile() -> None:
    story = unheard()
    story.look(seen="lost", recording=PATH, recorded_ms=4_000)
    assert (story.call.outcome, story.ledger.voicemails[CALL].ms) == (CallOutcome.VOICEMAIL, 4_000)


def test_one_that_goes_on_over_the_rescue_is_not_asked_for_again_either() -> None:
    story = unheard()
    story.look(seen="lost", recording=PATH)
    assert story.sent() == ["park customer"]
    story.parks(CUSTOMER)
    assert (len(records(story)), story.customer.sound) == (1, Sound.PLAYING)


def test_one_that_never_reached_the_switch_is_asked_for_once_more() -> None:
    story = unheard()
    story.look()
    assert story.sent() == ["record customer"]
    assert not any(isinstance(command, Park) for command in story.new_commands)
    recording_starts(story)
    assert story.ledger.voicemails[CALL].path == PATH


def test_and_then_the_caller_is_told_that_it_does_not_work() -> None:
    story = unheard()
    for _ in range(2):
        story.look()
        story.now = story.customer.sound_due_at or story.now
        story.happen(events.CallDeadlinePassed(call_id=CALL, kind="sound", row_id=CUSTOMER))
    assert [alarm.kind for alarm in story.alarms] == ["not_recorded"]
    assert (len(records(story)), story.call.step) == (2, Step.ANNOUNCING)


def test_a_look_from_before_it_was_due_does_not_make_it_asked_for_twice() -> None:
    story = asked_to_record()
    assert story.look().changes_nothing
    assert len(records(story)) == 1


def test_what_somebody_else_has_recorded_of_this_leg_is_not_his_message() -> None:
    story = recording()
    assert story.look(recording="/srv/name.wav", recorded_ms=900).changes_nothing


def test_a_refusal_that_nobody_heard_is_seen() -> None:
    story = unheard()
    story.look(recording=PATH, is_record_failed=True)
    assert [alarm.kind for alarm in story.alarms] == ["not_recorded"]
    assert (story.call.step, dict(story.ledger.voicemails)) == (Step.ANNOUNCING, {})


def test_when_all_its_time_has_passed_meanwhile_it_is_looked_for_first() -> None:
    story = asked_to_record()
    story.pass_time(BOX.longest_ms + TIMEOUTS.recording_grace_ms + 60_000)
    due(story, "step")
    assert (story.call.step, story.alarms) == (Step.RECORDING, [])
    story.look(recording=PATH, recorded_ms=4_000)
    assert (story.call.outcome, story.ledger.voicemails[CALL].ms) == (CallOutcome.VOICEMAIL, 4_000)


def test_the_step_waits_for_a_look_that_is_under_way() -> None:
    story = asked_to_record()
    story.pass_time(BOX.longest_ms + TIMEOUTS.recording_grace_ms)
    story.happen(events.CallDeadlinePassed(call_id=CALL, kind="sound", row_id=CUSTOMER))
    assert due(story, "step").changes_nothing
    story.look(recording=PATH, recorded_ms=4_000)
    assert story.call.outcome is CallOutcome.VOICEMAIL


def test_but_not_for_ever() -> None:
    story = asked_to_record()
    for _ in range(3):
        story.now = max(story.now, story.call.step_due_at or story.now)
        due(story, "step")
    assert (story.call.step, [alarm.kind for alarm in story.alarms]) == (Step.ANNOUNCING, ["not_recorded"])


# -- he hangs up before anybody has heard of it --------------------------------------------------


@pytest.mark.parametrize("told", ["by his hang-up", "by a look"])
def test_a_message_that_may_be_there_is_written_down(told: str) -> None:
    story = asked_to_record()
    if told == "by a look":
        story.pass_time(600_000)
        story.verify(customer="gone")
    else:
        story.hangs_up(CUSTOMER)
    message = story.ledger.voicemails[CALL]
    assert (story.call.outcome, message.path, message.ms) == (CallOutcome.VOICEMAIL, PATH, None)
    recording_stops(story)
    assert story.ledger.voicemails[CALL].ms == 7_000


def test_one_that_was_refused_because_he_is_gone_is_known_to_be_empty() -> None:
    story = asked_to_record()
    story.hangs_up(CUSTOMER)
    story.refuse("record", CUSTOMER, "Cannot locate session!")
    assert story.ledger.voicemails[CALL].ms == 0


def test_but_not_one_of_which_a_beginning_was_told() -> None:
    story = recording()
    story.hangs_up(CUSTOMER)
    story.refuse("record", CUSTOMER, "Cannot locate session!")
    assert story.ledger.voicemails[CALL].ms is None
