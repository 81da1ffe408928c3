"""Looking around on a switch: after coming back to it, and as a net under events that were lost."""

import time
from itertools import pairwise
from uuid import uuid4

from freeswitch_cc.core import events
from tests.database import Database
from tests.engine.conftest import MakeLine
from tests.engine.fakes import ScriptedSwitch
from tests.engine.lines import Line, looked_around
from tests.floor import Floor, until


def test_a_switch_that_beats_more_often_than_we_look_is_looked_at_all_the_same(
    make_line: MakeLine, switch: ScriptedSwitch
) -> None:
    line = make_line(look_around_ms=300, look_again_ms=300)
    line.start()
    beat = {"Event-Name": "HEARTBEAT", "Core-UUID": switch.core_id, "Event-Date-Timestamp": "1795290150000000"}
    looked = looked_around(switch, 3)

    def beat_and_see() -> bool:
        switch.tell(beat)
        return looked()

    until(beat_and_see, "it is looked at between heartbeats")


def test_a_leg_of_ours_that_is_not_written_is_told_when_it_is_found_twice(line: Line, switch: ScriptedSwitch) -> None:
    line.start()
    leg_id = str(uuid4())
    switch.channels = {leg_id: str(uuid4())}
    until(lambda: line.heard(events.LegFound), "it is told")


def test_whom_the_list_does_not_know_yet_when_the_line_stands_is_found_soon(
    make_line: MakeLine, switch: ScriptedSwitch
) -> None:
    """He came a moment before us: no event told of him, and the list is a moment behind."""
    line = make_line(look_around_ms=3_600_000)
    leg_id = str(uuid4())
    switch.channels, switch.unlisted = {leg_id: str(uuid4())}, {leg_id}
    line.start()
    switch.unlisted = set()
    until(lambda: line.heard(events.LegFound), "he is told of")


def test_a_leg_that_is_found_once_is_left_alone(line: Line, switch: ScriptedSwitch) -> None:
    """The switch's list was a moment behind, or its event is on the way: two commands on one leg hang a customer up."""
    line.start()
    lists: list[str] = []

    def be_there_once(command: str) -> None:
        if command.startswith("api show"):
            lists.append(command)
            switch.channels = {str(uuid4()): str(uuid4())} if len(lists) == 1 else {}

    switch.on_command = be_there_once
    until(lambda: len(lists) > 3, "it was found once, and not again")
    assert switch.asked("api uuid_getvar") == []
    assert switch.asked("bgapi uuid_transfer") == []


def _told_of_a_stranger(line: Line, switch: ScriptedSwitch) -> list[float]:
    """When the line tells of a leg that nobody knows, whose PARK could not be read. More are added as they come."""
    told_at: list[float] = []
    line.on_event = lambda event: told_at.append(time.monotonic())
    line.start()
    leg_id = str(uuid4())
    switch.channels = {leg_id: str(uuid4())}
    switch.tell(b'{"Event-Name":"CHANNEL_PARK","Unique-ID":"%s",' % leg_id.encode())
    return told_at


def test_a_leg_that_nothing_came_of_is_told_of_again_soon_and_not_before_its_park_is_over(
    make_line: MakeLine, switch: ScriptedSwitch
) -> None:
    """Its park was refused, or the PARK lost: a customer whom nobody knows must not be left to the switch's rescue."""
    told_at = _told_of_a_stranger(make_line(park_ms=200, look_around_ms=3_600_000), switch)
    until(lambda: len(told_at) >= 3, "it is told again, and again")
    assert min(later - earlier for earlier, later in pairwise(told_at)) >= 0.4, "two parks are not in flight at once"


def test_a_lost_line_is_no_reason_to_tell_of_a_leg_again_before_its_park_is_over(
    make_line: MakeLine, switch: ScriptedSwitch
) -> None:
    """It was told of before the line was lost, so it may have been parked: two commands on one leg hang it up (E9)."""
    line = make_line(park_ms=750, look_around_ms=3_600_000)
    told_at = _told_of_a_stranger(line, switch)
    until(lambda: told_at, "it is told")
    switch.drop()
    until(lambda: line.ready == 2, "it is back")
    until(lambda: len(told_at) > 1, "it is told again")
    assert told_at[1] - told_at[0] >= 1.5


def test_a_link_that_is_stopped_does_not_look_once_more(line: Line) -> None:
    """It is not ready any more, so that look would be one more coming back."""
    line.start()
    line.link.stop_reading()
    assert line.link._next_chore(0.0) is None


def test_a_customer_who_is_there_after_the_end_of_his_call_is_one_alarm_over_every_look_line_and_engine(
    floor: Floor, make_line: MakeLine, switch: ScriptedSwitch, db: Database
) -> None:
    call_id = floor.arrive()
    customer = floor.customer(call_id)
    floor.happen(floor.hangup(call_id, customer))
    switch.channels = {customer: call_id}
    for _ in range(2):
        line = make_line(park_ms=100)
        line.on_event = floor.happen
        line.start()
        until(lambda: db.rows("SELECT 1 FROM alarm"), "somebody is told")
        until(looked_around(switch, 20), "it is looked around long enough to tell again")
        switch.drop()
        until(lambda: line.ready == 2, "it is back")  # noqa: B023
        until(looked_around(switch, 20), "and again")
        line.link.stop_reading()
    assert [row["kind"] for row in db.rows("SELECT kind FROM alarm")] == ["alive_after_the_end"]


def test_a_foreign_leg_is_asked_once_and_left_alone(line: Line, switch: ScriptedSwitch) -> None:
    line.start()
    leg_id = str(uuid4())
    switch.channels = {leg_id: "_undef_"}
    until(lambda: switch.asked(f"api uuid_getvar {leg_id}"), "it is asked whose it is")
    until(looked_around(switch, 4), "the switch is looked at again")
    assert len(switch.asked(f"api uuid_getvar {leg_id}")) == 1
    assert switch.asked("bgapi uuid_transfer") == []


def test_a_leg_that_is_not_there_any_more_is_looked_up_when_it_is_missed_twice(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    line.start()
    call_id = floor.arrive()
    until(lambda: call_id in line.recorder.looks, "its call is looked up")


def test_a_leg_that_is_being_asked_for_is_not_missed(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    """An agent's leg before its birth is written and not there: that is no loss, only a reason to look."""
    floor.add_agent("ann")
    call_id = floor.arrive()
    switch.channels = {floor.customer(call_id): call_id}
    line.start()
    line.recorder.looks.clear()
    until(looked_around(switch, 3), "the switch is looked at")
    assert line.recorder.looks == []
