"""How a call begins: what its first leg must carry, and what is done about a dialplan that forgot it."""

from freeswitch_cc.core.commands import Mark
from freeswitch_cc.core.words import Phase
from tests.core.world import CUSTOMER, TIMEOUTS, Story


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


def test_marks_are_looked_for_once_in_a_call() -> None:
    story = Story.unheard()
    story.arrives(unmarked=("rdnis",))
    story.parks(CUSTOMER, unmarked=("rdnis",))
    assert len(story.alarms) == 1
    assert "mark customer" not in story.sent()


def test_a_mark_that_could_not_be_set_changes_nothing_for_somebody_has_been_told() -> None:
    story = Story.unheard()
    story.arrives(unmarked=("rdnis",))
    assert story.refuse("mark", CUSTOMER, "NOT_SENT").changes_nothing
