"""How a call begins: what its first leg must carry, and what is done about a dialplan that forgot it."""

from freeswitch_cc.core.commands import Mark
from freeswitch_cc.core.words import Phase
from tests.core.world import CUSTOMER, TIMEOUTS, Story, spell


def test_a_caller_whose_dialplan_sets_every_mark_is_no_alarm() -> None:
    story = Story.unheard()
    story.arrives()
    assert story.alarms == []
    assert story.sent() == ["play customer", "pushdeadman customer"]


def test_a_caller_without_marks_is_an_alarm_that_names_them_and_is_marked_first_and_served_all_the_same() -> None:
    story = Story.unheard()
    story.arrives(unmarked=("rdnis", "park_after_bridge"))
    (alarm,) = story.alarms
    assert (alarm.kind, alarm.leg_id) == ("leg_without_marks", CUSTOMER)
    assert alarm.details == "rdnis, park_after_bridge: not set by the dialplan for '100'"
    assert story.sent() == ["mark customer", "play customer", "pushdeadman customer"]
    mark = story.new_commands[0]
    assert isinstance(mark, Mark)
    assert (mark.names, mark.after_ms) == (("rdnis", "park_after_bridge"), TIMEOUTS.deadman_ms)
    assert story.call.phase is Phase.QUEUED
    assert "rdnis, park_after_bridge" in story.reasons[-1]


def test_a_mark_that_is_still_missing_is_set_again_at_every_park_and_is_one_alarm() -> None:
    story = Story.unheard()
    story.arrives(unmarked=("rdnis",))
    story.parks(CUSTOMER, unmarked=("rdnis",))
    assert story.sent() == ["mark customer", "play customer"]
    story.parks(CUSTOMER)
    assert story.sent() == ["play customer"]
    assert len(story.alarms) == 1


def test_a_mark_that_nobody_sent_is_set_when_somebody_looks() -> None:
    """The engine died between commit and sending; another one looks."""
    story = Story.waiting()
    story.look(unmarked=("rdnis",))
    assert story.sent() == ["mark customer"]
    assert story.alarms == []
    assert story.look().changes_nothing


def test_a_mark_that_is_set_in_a_talk_takes_the_dead_man_away_if_the_bridge_could_not() -> None:
    story = Story.talking()
    story.look(seen="with", other_leg_id="ann-1", unmarked=("rdnis", "api_before_bridge"))
    assert story.sent() == ["mark customer", "dropdeadman customer"]
    story.look(seen="with", other_leg_id="ann-1", unmarked=("rdnis",))
    assert story.sent() == ["mark customer"]


def test_nobody_is_marked_but_a_customer_who_is_there_to_stay() -> None:
    story = Story.offered()
    assert story.look("ann-1", seen="ringing", unmarked=("rdnis",)).commands == ()
    assert story.look("stranger", unmarked=("rdnis",)).changes_nothing
    story.hangs_up(CUSTOMER)
    assert "mark customer" not in [spell(command) for command in story.look(unmarked=("rdnis",)).commands]
