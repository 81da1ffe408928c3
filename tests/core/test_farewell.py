"""A caller hears an announcement, and then his call ends: every step, and what may happen in it."""

import itertools
from dataclasses import replace

import pytest

from freeswitch_cc.core import events, farewell
from freeswitch_cc.core.farewell_sounds import TURNED_AWAY
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import CallOutcome, OfferOutcome, Phase, Seen, Segment, Sound, Step, Want
from tests.core.leaving import STEPS, announcing, beeping, greeting, played, recording, turned_away
from tests.core.overflowing import (
    MAX_WAIT_MS,
    NEVER,
    TONES,
    arrived,
    due,
    line,
    parks_and_plays,
    sound_ends,
    waiting,
    waits_too_long,
)
from tests.core.world import CALL, CUSTOMER, TIMEOUTS

# -- the table -----------------------------------------------------------------------------------


def test_the_table_says_what_every_trigger_means_in_every_step() -> None:
    assert set(farewell.TABLE) == set(itertools.product(Step, Trigger))


def test_these_triggers_act_in_every_step_and_no_others() -> None:
    for step in Step:
        acting = {trigger for trigger in Trigger if farewell.TABLE[step, trigger] is not farewell._ignore}
        assert acting == {Trigger.CUSTOMER_GONE, Trigger.SOUND_OVER, Trigger.STEP_DUE}, step


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_a_due_time_and_is_told_in_the_record(step: Step) -> None:
    story = STEPS[step]()
    assert (story.call.phase, story.call.step) == (Phase.LEAVING, step)
    assert story.call.step_due_at is not None
    assert story.customer.segment is Segment.LEAVING
    assert story.customer.sound is Sound.PLAYING
    assert story.ledger.view().visit is not None
    assert story.visit.outcome is not None, "he waits no more"


# -- an announcement -----------------------------------------------------------------------------


def test_a_caller_who_has_just_come_hears_it_at_once() -> None:
    story = announcing()
    assert played(story) == [TONES]


def test_one_who_waited_is_parked_anew_for_his_music_never_ends_by_itself() -> None:
    story = waiting(line(max_wait_ms=MAX_WAIT_MS, overflow={"too_long": f"announcement:{TONES}"}))
    waits_too_long(story)
    assert story.sent() == ["park customer"]
    story.parks(CUSTOMER)
    assert played(story)[-1:] == [TONES]
    assert story.customer.want is Want.PARKED


def test_when_it_is_over_the_call_ends() -> None:
    story = announcing()
    sound_ends(story)
    assert (story.call.phase, story.call.outcome) == (Phase.ENDING, CallOutcome.ANNOUNCED)
    assert story.sent() == ["kill customer"]
    story.hangs_up(CUSTOMER)
    assert story.call.phase is Phase.ENDED


def test_who_is_turned_away_hears_three_tones() -> None:
    story = turned_away()
    assert played(story) == [TURNED_AWAY]
    sound_ends(story, TURNED_AWAY)
    assert story.call.outcome is CallOutcome.TURNED_AWAY


def test_an_end_that_was_told_before_its_beginning_counts() -> None:
    story = arrived(line(hours=NEVER, overflow={"closed": f"announcement:{TONES}"}))
    sound_ends(story)
    assert story.call.outcome is CallOutcome.ANNOUNCED


def test_told_twice_it_is_nothing_new() -> None:
    story = announcing()
    sound_ends(story)
    assert sound_ends(story).changes_nothing


@pytest.mark.parametrize("sound", ["local_stream://sales", "tone_stream://%(1,1,1)", ""])
def test_the_end_of_another_sound_is_nothing(sound: str) -> None:
    story = announcing()
    assert sound_ends(story, sound).changes_nothing


def test_an_end_from_before_he_was_parked_is_nothing() -> None:
    story = waiting(line(max_wait_ms=MAX_WAIT_MS, overflow={"too_long": f"announcement:{TONES}"}))
    waits_too_long(story)
    early = story.now
    parks_and_plays(story)
    late = events.SoundStopped(call_id=CALL, leg_id=CUSTOMER, at=early, seq=1, sound=TONES)
    assert story.happen(late).changes_nothing


def test_the_end_of_a_sound_says_nothing_of_a_call_that_waits() -> None:
    assert sound_ends(waiting(line()), TONES).changes_nothing


def test_an_end_that_nobody_told_is_due() -> None:
    story = announcing()
    assert due(story, "step").changes_nothing, "not yet"
    story.pass_time(TIMEOUTS.announcement_ms)
    due(story, "step")
    assert story.call.outcome is CallOutcome.ANNOUNCED


@pytest.mark.parametrize("step", STEPS)
def test_a_call_whose_caller_is_gone_is_over_whatever_was_lost(step: Step) -> None:
    """A rule about what is: the event that told of his end may never have been carried through."""
    story = STEPS[step]()
    gone = replace(story.customer, seen=Seen.GONE, ended_at=story.now, deadman_due_at=None)
    story.ledger = story.ledger.with_rows(legs={CUSTOMER: gone})
    story.happen(events.CallVerified(call_id=CALL, sights=()))
    assert story.call.phase is Phase.ENDED


def test_an_end_that_nobody_heard_is_seen() -> None:
    story = announcing()
    assert story.look().changes_nothing
    story.look(has_played=True)
    assert story.call.outcome is CallOutcome.ANNOUNCED


def test_what_was_played_before_is_not_taken_for_it() -> None:
    story = arrived(line(hours=NEVER, overflow={"closed": f"announcement:{TONES}"}))
    assert story.look(has_played=True).changes_nothing


def test_one_that_was_cut_off_is_played_again() -> None:
    story = announcing()
    story.parks(CUSTOMER)
    assert played(story) == [TONES, TONES]


def test_one_that_the_switch_does_not_find_gives_way_to_the_tones_and_somebody_is_told() -> None:
    story = arrived(line(hours=NEVER, overflow={"closed": "announcement:/srv/none.wav"}))
    for _ in range(2):
        story.now = story.customer.sound_due_at or story.now
        story.happen(events.CallDeadlinePassed(call_id=CALL, kind="sound", row_id=CUSTOMER))
        story.parks(CUSTOMER)
    assert played(story) == ["/srv/none.wav", "/srv/none.wav", TURNED_AWAY]
    assert [(alarm.kind, alarm.details) for alarm in story.alarms] == [("not_played", "/srv/none.wav")]
    story.music_plays()
    sound_ends(story, TURNED_AWAY)
    assert story.call.outcome is CallOutcome.ANNOUNCED


def test_the_switch_is_told_that_we_are_there_as_of_anybody_who_waits() -> None:
    story = announcing()
    story.now = story.customer.deadman_due_at or story.now
    story.happen(events.CallDeadlinePassed(call_id=CALL, kind="deadman", row_id=CUSTOMER))
    assert story.sent() == ["pushdeadman customer"]


# -- he hangs up, the switch dies, somebody comes late -------------------------------------------


@pytest.mark.parametrize(
    ("begin", "outcome"),
    [
        (announcing, CallOutcome.ANNOUNCED),
        (turned_away, CallOutcome.TURNED_AWAY),
        (greeting, CallOutcome.ABANDONED),
        (beeping, CallOutcome.ABANDONED),
        (recording, CallOutcome.VOICEMAIL),
    ],
)
def test_a_caller_may_hang_up_in_every_step(begin: object, outcome: CallOutcome) -> None:
    story = begin()  # type: ignore[operator]
    story.hangs_up(CUSTOMER)
    assert (story.call.phase, story.call.outcome, story.call.step) == (Phase.ENDED, outcome, None)
    assert story.sent() == []


@pytest.mark.parametrize("step", STEPS)
def test_a_switch_that_restarts_takes_everything_along(step: Step) -> None:
    story = STEPS[step]()
    story.happen(events.SwitchRestarted(call_id=CALL, at=story.now))
    assert (story.call.phase, story.call.outcome) == (Phase.ENDED, CallOutcome.SWITCH_RESTARTED)


@pytest.mark.parametrize("step", STEPS)
def test_a_caller_whom_the_switch_drops_is_counted_as_that(step: Step) -> None:
    story = STEPS[step]()
    story.hangs_up(CUSTOMER, "DESTINATION_OUT_OF_ORDER")
    assert story.call.outcome is CallOutcome.DROPPED_BY_SWITCH
    assert [alarm.kind for alarm in story.alarms] == ["dropped_by_switch"]


@pytest.mark.parametrize("step", STEPS)
def test_a_handset_has_no_say_here(step: Step) -> None:
    story = STEPS[step]()
    story.parks(CUSTOMER, refer_to="sip:900@x")
    assert story.call.step is step
    assert "park customer" not in story.sent()


def test_an_agent_whose_ring_has_just_ended_answers_in_vain() -> None:
    story = waiting(line(max_wait_ms=MAX_WAIT_MS, overflow={"too_long": f"announcement:{TONES}"}))
    story.offer()
    story.rings()
    story.pass_time(MAX_WAIT_MS)
    story.verify(customer="parked", ann_1="ringing")
    assert story.offer_row().outcome is OfferOutcome.NO_ANSWER
    assert story.call.phase is Phase.LEAVING
    story.parks("ann-1")
    assert story.leg("ann-1").want is Want.GONE
    story.hangs_up("ann-1")
    assert story.agent().is_ready
