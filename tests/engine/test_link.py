"""One switch: coming back to it. What is seen on it while it is there is test_look_around.py's."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.link import longest_in_line_ms
from freeswitch_cc.store.postgres import ConnectionLost
from tests.database import Database
from tests.engine.conftest import MakeLine
from tests.engine.fakes import ScriptedSwitch
from tests.engine.lines import Line
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


# -- sending -------------------------------------------------------------------------------------


def test_a_command_that_waits_in_line_is_given_up_long_before_it_is_due() -> None:
    """Else it is decided anew, and both are sent."""
    assert longest_in_line_ms(Timeouts()) == 500
    assert longest_in_line_ms(replace(Timeouts(), bridge_ms=300)) == 150
    assert longest_in_line_ms(replace(Timeouts(), reply_ms=100)) == 100
    assert longest_in_line_ms(replace(Timeouts(), reply_ms=60_000)) == 500
