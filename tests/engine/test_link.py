"""One switch: coming back to it, and looking around on it."""

import time
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.link import longest_in_line_ms
from freeswitch_cc.store.db import ConnectionLost
from tests.database import Database
from tests.engine.conftest import MakeLine
from tests.engine.fakes import ScriptedSwitch
from tests.engine.lines import Line, looked_around
from tests.floor import Floor, until

# -- coming back ---------------------------------------------------------------------------------


def test_every_call_that_goes_on_is_looked_up_before_the_switch_is_ready(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    first, second = floor.arrive(), floor.arrive()
    over = floor.arrive()
    floor.happen(floor.hangup(over, floor.customer(over)))
    switch.channels = {floor.customer(first): first, floor.customer(second): second}
    line.start()
    assert set(line.recorder.looks) == {first, second}
    assert line.ready == 1


def test_a_line_that_is_lost_is_not_ready_until_it_has_come_back(line: Line, switch: ScriptedSwitch) -> None:
    line.start()
    switch.drop()
    until(lambda: not line.link.is_ready, "the loss is noticed")
    until(lambda: line.ready == 2, "it is back")
    assert line.link.is_ready


def test_a_coming_back_that_fails_is_tried_again(line: Line, floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database, or the switch, fails once while we look through it: the switch must not be deaf for ever."""
    rows, failures = line.session.rows, [1, 2]

    def fail_twice(sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        if failures:
            failures.pop()
            raise ConnectionLost("away")
        return rows(sql, *arguments)

    monkeypatch.setattr(line.session, "rows", fail_twice)
    line.start()
    assert failures == []


def test_a_line_that_is_lost_while_it_comes_back_is_not_ready(
    line: Line, switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_ready: list[bool] = []
    look = line.link._around.look

    def lose_it_once() -> None:
        look()
        if not was_ready:
            switch.drop()
            until(lambda: not line.link._reader.is_connected, "the loss is noticed")
            was_ready.append(line.ready > 0)

    monkeypatch.setattr(line.link._around, "look", lose_it_once)
    line.start()
    assert was_ready == [False]
    assert line.ready == 1


def test_a_switch_that_restarted_ends_its_calls_at_its_last_heartbeat(
    floor: Floor, make_line: MakeLine, switch: ScriptedSwitch, db: Database
) -> None:
    call_id = floor.arrive()
    last = floor.at()["at"]
    floor.insert("switch_heartbeat", switch_id=floor.switch_id, core_id=str(uuid4()), heartbeat_at=last)
    # Nobody ends the call here, so the second look would find that its leg is missing.
    line = make_line(look_around_ms=3_600_000, look_again_ms=3_600_000)
    line.start()
    assert line.heard(events.SwitchRestarted) == [events.SwitchRestarted(call_id=call_id, at=last)]
    assert call_id not in line.recorder.looks
    assert db.value("SELECT core_id FROM switch_heartbeat") == switch.core_id


def test_a_caller_who_came_after_the_restart_is_not_ended_with_the_calls_of_before(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    """The database was away while he came: he is written down before we get to ending the old ones."""
    old, new = floor.arrive(), floor.arrive()
    switch.channels = {floor.customer(new): new}
    last = floor.at()["at"]
    floor.insert("switch_heartbeat", switch_id=floor.switch_id, core_id=str(uuid4()), heartbeat_at=last)
    line.start()
    assert line.heard(events.SwitchRestarted) == [events.SwitchRestarted(call_id=old, at=last)]
    assert new in line.recorder.looks


def test_nothing_that_was_in_flight_when_the_line_was_lost_is_believed(floor: Floor, line: Line, db: Database) -> None:
    """An originate that was never sent must not hold the agent and the caller for the whole ring time."""
    floor.arrive()
    db.run(
        "UPDATE leg SET command = 'park', command_id = gen_random_uuid(),"
        " command_due_at = clock_timestamp() + interval '1 h'"
    )
    line.start()
    assert db.value("SELECT command_due_at <= clock_timestamp() FROM leg")


def test_the_same_switch_after_a_lost_line_has_not_restarted(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    line.start()
    call_id = floor.arrive()
    switch.channels = {floor.customer(call_id): call_id}
    switch.drop()
    until(lambda: line.ready == 2, "it is back")
    assert line.heard(events.SwitchRestarted) == []
    assert line.recorder.looks == [call_id]


def test_a_heartbeat_is_noted(line: Line, switch: ScriptedSwitch, db: Database) -> None:
    line.start()
    beat = {"Event-Name": "HEARTBEAT", "Core-UUID": switch.core_id, "Event-Date-Timestamp": "1795290150000000"}
    switch.tell(beat)
    until(lambda: db.value("SELECT extract(year FROM heartbeat_at) FROM switch_heartbeat") == 2026, "it is noted")
    until(
        lambda: str(db.value("SELECT extract(epoch FROM heartbeat_at)::bigint FROM switch_heartbeat")) == "1795290150",
        "by the switch's own clock",
    )


# -- the switch's own rescue ---------------------------------------------------------------------


def test_a_switch_without_the_dead_man_s_context_is_one_alarm_until_it_has_it(
    line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    """Its fs-config is older than the engine: the rescue that the engine puts off would hang callers up."""

    def come_back(*contexts: str) -> int:
        before, switch.contexts = line.ready, set(contexts)
        switch.drop()
        until(lambda: line.ready > before, "it is back")
        return len(db.rows("SELECT 1 FROM alarm"))

    switch.contexts = {"fcc"}
    line.start()
    alarm = db.one("SELECT kind, switch_id::text, details FROM alarm")
    assert (alarm["kind"], alarm["switch_id"]) == ("no_deadman_context", line.link.row.switch_id)
    assert alarm["details"].startswith("the dialplan has no context fcc_deadman")
    assert [come_back("fcc"), come_back("fcc", "fcc_deadman"), come_back("fcc")] == [1, 1, 2]


def test_a_switch_that_has_the_dead_man_s_context_is_no_alarm(line: Line, switch: ScriptedSwitch, db: Database) -> None:
    line.start()
    assert switch.asked("api xml_locate") == ["api xml_locate dialplan context name fcc_deadman"]
    assert db.rows("SELECT 1 FROM alarm") == []


# -- looking around ------------------------------------------------------------------------------


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
    assert time.monotonic() - told_at[0] < 1.0, "the line came back too late to show anything"
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


def test_a_command_that_waits_in_line_is_given_up_long_before_it_is_due() -> None:
    """Else it is decided anew, and both are sent."""
    assert longest_in_line_ms(Timeouts()) == 500
    assert longest_in_line_ms(replace(Timeouts(), bridge_ms=300)) == 150
    assert longest_in_line_ms(replace(Timeouts(), reply_ms=100)) == 100
    assert longest_in_line_ms(replace(Timeouts(), reply_ms=60_000)) == 500
