"""One switch: coming back to it, looking around on it, and what it says that is no fact of a call."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import gevent
import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Bridge, Command, Kill, Play
from freeswitch_cc.engine import link as module
from freeswitch_cc.engine.link import Link, SwitchRow
from freeswitch_cc.store.db import ConnectionLost, Session
from tests.database import Database
from tests.engine.fakes import Recorder, ScriptedSwitch, no_more
from tests.floor import LIMIT_S, TIMEOUTS, Floor, until


class Line:
    """A Link on a scripted switch, with what it tells recorded."""

    def __init__(self, floor: Floor, switch: ScriptedSwitch) -> None:
        self.recorder = Recorder()
        self.ready = 0
        row = SwitchRow(
            switch_id=floor.switch_id,
            name="one",
            host="127.0.0.1",
            port=switch.port,
            password=switch.PASSWORD,
            epoch=1,
        )
        self.session = Session(floor.db.url)
        self.link = Link(
            row,
            replace(TIMEOUTS, reply_ms=500),
            self.session,
            connections=1,
            deliver=self.recorder.events.append,
            verify=self.recorder.looks.append,
            on_ready=self._on_ready,
        )
        self._chores = gevent.spawn(self.link.run_chores)

    def _on_ready(self) -> None:
        self.ready += 1

    def start(self) -> None:
        self.link.start()
        until(lambda: self.link.is_ready, "the switch is ready")

    def stop(self) -> None:
        self.link.stop_reading()
        self.link.stop()
        self._chores.get(timeout=LIMIT_S)

    def heard(self, kind: type) -> list[Any]:
        return [event for event in self.recorder.events if isinstance(event, kind)]


@pytest.fixture
def switch() -> Iterator[ScriptedSwitch]:
    switch = ScriptedSwitch()
    yield switch
    switch.stop()


@pytest.fixture
def line(floor: Floor, switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr(module, "SUSPECT_S", 0.02)
    monkeypatch.setattr(module, "LOOK_AROUND_S", 0.05)
    line = Line(floor, switch)
    yield line
    line.stop()


def looked_around(switch: ScriptedSwitch, times: int) -> Callable[[], bool]:
    """So many more times from now on."""
    before = len(switch.asked("api show channels"))
    return lambda: len(switch.asked("api show channels")) >= before + times


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


def test_a_coming_back_that_fails_is_tried_again(
    line: Line, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    look_around = line.link._look_around

    def lose_it_once() -> None:
        look_around()
        if not was_ready:
            switch.drop()
            until(lambda: not line.link._reader.is_connected, "the loss is noticed")
            was_ready.append(line.ready > 0)

    monkeypatch.setattr(line.link, "_look_around", lose_it_once)
    line.start()
    assert was_ready == [False]
    assert line.ready == 1


def test_a_switch_that_restarted_ends_its_calls_at_its_last_heartbeat(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    call_id = floor.arrive()
    last = floor.at()["at"]
    floor.insert("switch_heartbeat", switch_id=floor.switch_id, core_id=str(uuid4()), heartbeat_at=last)
    line.start()
    assert line.heard(events.SwitchRestarted) == [events.SwitchRestarted(call_id=call_id, at=last)]
    assert call_id not in line.recorder.looks
    assert db.value("SELECT core_id FROM switch_heartbeat") == switch.core_id


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


# -- looking around ------------------------------------------------------------------------------


def test_a_leg_of_ours_that_is_not_written_is_parked_anew_when_it_is_found_twice(
    line: Line, switch: ScriptedSwitch
) -> None:
    line.start()
    leg_id = str(uuid4())
    switch.channels = {leg_id: str(uuid4())}
    until(lambda: switch.asked(f"bgapi uuid_transfer {leg_id} park inline"), "it is parked anew")


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


# -- what cannot be read, and what is refused ----------------------------------------------------


def test_a_leg_whose_event_cannot_be_read_is_read_again_from_the_switch(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    line.start()
    call_id = floor.arrive()
    leg_id = floor.customer(call_id)
    switch.channels = {leg_id: call_id}
    line.recorder.looks.clear()
    switch.tell(b'{"Event-Name":"CHANNEL_HANGUP","Unique-ID":"%s","variable_fcc_call":nonsense' % leg_id.encode())
    until(lambda: call_id in line.recorder.looks, "its call is looked up")


def test_an_unwritten_leg_whose_event_cannot_be_read_is_parked_anew(line: Line, switch: ScriptedSwitch) -> None:
    line.start()
    leg_id = str(uuid4())
    switch.channels = {leg_id: str(uuid4())}
    switch.tell(b'{"Event-Name":"CHANNEL_PARK","Unique-ID":"%s",' % leg_id.encode())
    until(lambda: switch.asked(f"bgapi uuid_transfer {leg_id} park inline"), "it is parked anew")


def command_of(floor: Floor, kind: type[Command] = Kill, **fields: Any) -> Any:
    return kind(command_id=str(uuid4()), switch_id=floor.switch_id, call_id=str(uuid4()), **fields)


def test_a_job_that_failed_is_a_refusal_of_its_command(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    line.start()
    one, two = str(uuid4()), str(uuid4())
    command = command_of(floor, Bridge, leg_id=one, survivor_leg_id=two)
    line.link.send(command)
    job = {"Event-Name": "BACKGROUND_JOB", "Job-Command": "uuid_bridge", "_body": "-ERR Invalid uuid\n"}
    switch.tell(job | {"Job-UUID": str(uuid4())})  # somebody else's
    switch.tell(job | {"Job-UUID": command.command_id})
    until(lambda: line.heard(events.CommandRefused), "the refusal is told")
    (refused,) = line.heard(events.CommandRefused)
    assert (refused.call_id, refused.command_id, refused.kind) == (command.call_id, command.command_id, "bridge")
    assert (refused.leg_ids, refused.reason) == ((one, two), "Invalid uuid")


def test_a_command_that_may_not_be_rendered_is_refused_and_never_sent(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    line.start()
    line.link.send(command_of(floor, Play, leg_id=str(uuid4()), sound="/etc/../passwd"))
    (refused,) = line.heard(events.CommandRefused)
    assert refused.reason.startswith("not sendable")
    assert switch.asked("sendmsg") == []


def test_a_switch_that_cannot_be_reached_is_no_refusal(floor: Floor, switch: ScriptedSwitch) -> None:
    """Sent or not, nobody knows: the due time looks. It must neither raise nor be told as a failure."""
    unreachable = ScriptedSwitch()
    unreachable.stop()
    lost = Line(floor, unreachable)
    lost.link.send(command_of(floor, leg_id=str(uuid4())))
    assert lost.recorder.events == []
    lost.stop()


def test_a_switch_that_refuses_our_password_does_not_stop_a_worker(floor: Floor, switch: ScriptedSwitch) -> None:
    refused = Line(floor, switch)

    def deny(sock: Any, address: object) -> None:
        sock.sendall(b"Content-Type: auth/request\n\n")
        sock.recv(1000)
        sock.sendall(b"Content-Type: command/reply\nReply-Text: -ERR invalid\n\n")
        sock.close()

    switch._server.set_handle(deny)
    refused.link.send(command_of(floor, leg_id=str(uuid4())))
    assert refused.recorder.events == []
    refused.stop()


def test_the_switch_s_end_is_no_end_of_the_engine(line: Line, switch: ScriptedSwitch) -> None:
    line.start()
    switch.tell({"Event-Name": "SHUTDOWN", "Core-UUID": switch.core_id})
    assert no_more(lambda: line.recorder.events)
    switch.drop()
    until(lambda: line.ready == 2, "it is back")
