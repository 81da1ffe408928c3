"""What a waiting customer hears, and the switch's own rescue of him, the dead-man, which is put off."""

from freeswitch_cc.core import events
from freeswitch_cc.core.attending import FALLBACK_SOUND
from freeswitch_cc.core.commands import Play, PushDeadman
from freeswitch_cc.core.words import Seen, Sound, Want
from tests.core.world import CALL, CUSTOMER, TIMEOUTS, Story, ms


def due(kind: str) -> events.CallDeadlinePassed:
    return events.CallDeadlinePassed(call_id=CALL, kind=kind, row_id=CUSTOMER)


def test_music_is_asked_for_again_after_every_park() -> None:
    story = Story.waiting()
    story.parks(CUSTOMER)
    assert story.sent() == ["play customer"]


def test_a_sound_that_nobody_asked_for_or_that_began_before_the_last_park_is_not_our_music() -> None:
    assert Story.talking().music_plays().changes_nothing
    story = Story.waiting()
    before = story.now
    story.parks(CUSTOMER)
    assert story.happen(events.SoundStarted(call_id=CALL, leg_id=CUSTOMER, at=before, seq=9)).changes_nothing


def test_a_customer_who_hears_nothing_is_parked_anew_and_then_played_what_needs_no_file() -> None:
    story = Story.unheard()
    story.arrives()
    assert story.happen(due("sound")).changes_nothing
    story.pass_time(TIMEOUTS.sound_ms)
    story.happen(due("sound"))
    assert story.sent() == ["park customer"]
    assert story.alarms == []
    assert story.happen(due("sound")).changes_nothing
    story.parks(CUSTOMER)
    play, push = story.new_commands
    assert isinstance(play, Play)
    assert play.sound == FALLBACK_SOUND
    assert isinstance(push, PushDeadman), "nobody knows where he was meanwhile"
    story.music_plays()
    assert (story.customer.sound, story.customer.sound_tries) == (Sound.PLAYING, 0)


def test_a_customer_who_hears_nothing_twice_is_an_alarm() -> None:
    story = Story.unheard()
    story.arrives()
    for tries in range(2):
        story.pass_time(TIMEOUTS.sound_ms * 2**tries)
        story.happen(due("sound"))
        story.parks(CUSTOMER)
    assert [alarm.kind for alarm in story.alarms] == ["deaf"]


def test_a_refused_playback_is_looked_up_at_once_and_then_what_needs_no_file_is_played() -> None:
    story = Story.unheard()
    story.arrives()
    story.refuse("play", CUSTOMER, "invalid session id")
    assert story.sent() == []
    assert story.customer.command_due_at == story.now
    story.pass_time(1)
    story.verify(customer="parked")
    (play,) = story.new_commands
    assert isinstance(play, Play)
    assert play.sound == FALLBACK_SOUND


def test_a_playback_that_was_not_even_sent_says_nothing_against_the_music() -> None:
    story = Story.unheard()
    story.arrives()
    (first,) = (command for command in story.new_commands if isinstance(command, Play))
    story.refuse("play", CUSTOMER, "NOT_SENT")
    story.pass_time(1)
    story.verify(customer="parked")
    (again,) = story.new_commands
    assert isinstance(again, Play)
    assert again.sound == first.sound != FALLBACK_SOUND


def test_music_that_may_not_be_sent_at_all_is_an_alarm_and_then_what_needs_no_file_is_played() -> None:
    story = Story.unheard()
    story.arrives()
    why = "sound 'x' may not be played"
    story.refuse("play", CUSTOMER, "NOT_RENDERED", details=why)
    (alarm,) = story.alarms
    assert (alarm.kind, alarm.leg_id, alarm.details, alarm.once) == (
        "not_rendered",
        CUSTOMER,
        f"play: {why}",
        f"play: {why}",
    )
    story.pass_time(1)
    story.verify(customer="parked")
    (play,) = story.new_commands
    assert isinstance(play, Play)
    assert play.sound == FALLBACK_SOUND


def test_the_switchs_own_rescue_is_put_off_as_long_as_the_customer_waits() -> None:
    story = Story.waiting()
    assert story.happen(due("deadman")).changes_nothing
    assert story.customer.deadman_due_at is not None
    story.now = story.customer.deadman_due_at
    story.happen(due("deadman"))
    (push,) = story.new_commands
    assert isinstance(push, PushDeadman)
    assert push.after_ms == TIMEOUTS.deadman_ms
    assert story.customer.deadman_due_at == story.now + ms(TIMEOUTS.deadman_ms // 3)


def test_a_rescue_is_not_put_off_while_nobody_knows_where_the_customer_is() -> None:
    story = Story.connecting()
    story.hangs_up("ann-1")
    assert (story.customer.seen, story.customer.deadman_due_at) == (Seen.MOVING, None)


def test_a_rescue_is_not_put_off_while_a_bridge_is_in_flight_for_it_would_fire_in_mid_talk() -> None:
    story = Story.connecting()
    assert story.customer.deadman_due_at is not None
    story.now = story.customer.deadman_due_at
    story.happen(due("deadman"))
    assert (story.sent(), story.customer.deadman_due_at) == ([], None)


def test_in_talk_the_switchs_own_rescue_is_not_ours_to_put_off() -> None:
    story = Story.talking()
    assert story.customer.deadman_due_at is None
    assert story.happen(due("deadman")).changes_nothing


def test_a_rescue_that_was_not_put_off_because_its_line_was_busy_is_put_off_soon_and_not_at_once() -> None:
    story = Story.waiting()
    assert story.refuse("pushdeadman", CUSTOMER, "NOT_SENT").commands == ()
    soon = story.now + ms(TIMEOUTS.settle_ms)
    assert story.customer.deadman_due_at == soon
    story.pass_time(TIMEOUTS.settle_ms - 1)
    assert story.refuse("pushdeadman", CUSTOMER, "NOT_SENT").changes_nothing, "the same, told late, puts nothing off"
    assert story.happen(due("deadman")).changes_nothing
    story.pass_time(1)
    story.happen(due("deadman"))
    assert story.sent() == ["pushdeadman customer"]
    assert story.customer.deadman_due_at == story.now + ms(TIMEOUTS.deadman_ms // 3)


def test_a_rescue_that_the_switch_would_not_put_off_is_not_asked_for_again_sooner() -> None:
    assert Story.waiting().refuse("pushdeadman", CUSTOMER, "no such channel").changes_nothing


def test_a_rescue_that_was_not_put_off_is_nobodys_business_in_talk() -> None:
    assert Story.talking().refuse("pushdeadman", CUSTOMER, "NOT_SENT").changes_nothing


def test_a_rescue_that_was_not_put_off_is_put_off_before_the_bridge_that_it_would_tear_apart() -> None:
    story = Story.offered()
    story.refuse("pushdeadman", CUSTOMER, "NOT_SENT")
    story.parks("ann-1")
    assert story.sent() == ["pushdeadman customer", "bridge customer ann-1"]


def test_a_customer_who_hears_music_is_seen_to_be_at_rest() -> None:
    customer = Story.waiting().customer
    assert (customer.seen, customer.want, customer.command) == (Seen.PARKED, Want.PARKED, None)
