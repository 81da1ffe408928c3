"""What a switch says that is no fact of a call: what cannot be read, what is refused, how it ends."""

from typing import Any
from uuid import uuid4

import pytest
from gevent.event import Event

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Bridge, Command, ForgetRefer, Kill, Mark, Mute, Play, Unmute
from tests.engine.conftest import MakeLine
from tests.engine.fakes import ScriptedSwitch, no_more
from tests.engine.lines import Line
from tests.floor import Floor, until


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


def test_an_unwritten_leg_whose_event_cannot_be_read_is_told(line: Line, switch: ScriptedSwitch) -> None:
    line.start()
    leg_id = str(uuid4())
    switch.channels = {leg_id: str(uuid4())}
    switch.tell(b'{"Event-Name":"CHANNEL_PARK","Unique-ID":"%s",' % leg_id.encode())
    until(lambda: [found.leg_id for found in line.heard(events.LegFound)] == [leg_id], "it is told")


def command_of(floor: Floor, kind: type[Command] = Kill, **fields: Any) -> Any:
    return kind(command_id=str(uuid4()), switch_id=floor.switch_id, call_id=str(uuid4()), **fields)


def test_a_job_that_failed_is_a_refusal_of_its_command(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    line.start()
    one, two = str(uuid4()), str(uuid4())
    command = command_of(floor, Bridge, survivor_leg_id=one, other_leg_id=two)
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
    until(lambda: line.heard(events.CommandRefused), "the refusal is told")
    (refused,) = line.heard(events.CommandRefused)
    assert refused.reason == events.NOT_RENDERED
    assert refused.details.startswith("sound '/etc/../passwd' may not be played: ")
    assert switch.asked("sendmsg") == []


def marking(floor: Floor, kind: type[Command]) -> Any:
    fields = {"names": ("rdnis",), "after_ms": 90_000} if kind is Mark else {}
    return command_of(floor, kind, leg_id=str(uuid4()), **fields)


@pytest.mark.parametrize(
    ("kind", "word"),
    [(Mark, "uuid_setvar"), (ForgetRefer, "uuid_setvar"), (Mute, "uuid_audio"), (Unmute, "uuid_audio")],
)
def test_what_no_fact_proves_is_looked_up_when_it_was_not_sent_and_not_when_it_was_taken(
    floor: Floor, make_line: MakeLine, switch: ScriptedSwitch, kind: type[Command], word: str
) -> None:
    unreachable = ScriptedSwitch()
    unreachable.stop()
    lost = Line(floor, unreachable, settle_ms=50)
    not_sent = marking(floor, kind)
    lost.link.send(not_sent)
    until(lambda: lost.recorder.looks == [not_sent.call_id], "it is looked up")
    lost.stop()
    line = make_line(settle_ms=50)
    line.link.send(marking(floor, kind))
    until(lambda: switch.asked(f"api {word}"), "it is sent")
    assert no_more(lambda: line.recorder.looks)


@pytest.mark.parametrize("kind", [Mute, Unmute])
def test_a_mute_whose_reply_is_lost_is_looked_up(
    floor: Floor, make_line: MakeLine, switch: ScriptedSwitch, kind: type[Command]
) -> None:
    """Carried out or not, nothing tells: the look has it said again."""
    line = make_line(settle_ms=50, reply_ms=100)
    never = Event()
    switch.on_command = lambda command: never.wait() if "uuid_audio" in command else None
    command = marking(floor, kind)
    line.link.send(command)
    until(lambda: line.recorder.looks == [command.call_id], "it is looked up")
    assert line.heard(events.CommandRefused) == []
    never.set()


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
