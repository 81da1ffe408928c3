"""What docs/simulator.md says is not simulated is refused, or does nothing, as it says: nobody takes it for tested."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from freeswitch_cc.testcalls.phones import Phones
from freeswitch_cc.testcalls.simulated_switch import SimulatedSwitch
from tests.contract.conftest import CONFIG, NO_ENGINE
from tests.contract.probe import Switch


@pytest.fixture(scope="module")
def switch() -> Iterator[Switch]:
    with SimulatedSwitch(CONFIG, settings=NO_ENGINE) as own:
        phones = Phones(own.address)
        switch = Switch(own.address, phones)
        yield switch
        switch.clear()
        switch.close()
        phones.close()


@pytest.mark.parametrize("application", ["eavesdrop", "record", "record_session", "say", "ivr", "voicemail"])
def test_an_application_that_is_not_there_hangs_the_leg_up(switch: Switch, application: str) -> None:
    customer, _ = switch.customer()
    since = switch.mark()
    switch.execute(customer, application, "x")
    assert switch.need("CHANNEL_HANGUP", customer, since=since)["Hangup-Cause"] == "DESTINATION_OUT_OF_ORDER"


def test_a_recording_is_told_of_and_no_file_is_written(switch: Switch, tmp_path: Path) -> None:
    customer, _ = switch.customer()
    assert switch.api(f"uuid_record {customer} start {tmp_path}/never.wav") == "+OK Success"
    assert switch.api(f"uuid_record {customer} stop {tmp_path}/never.wav") == "+OK Success"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["mute", "unmute", "deaf", "undeaf", "play", "lock", "transfer"])
def test_a_conference_knows_nothing_but_its_list_and_to_kick(switch: Switch, command: str) -> None:
    _, _, agent = switch.talk()
    name = f"fcc-{uuid.uuid4()}"
    since = switch.mark()
    switch.api(f"uuid_transfer {agent} -both 'conference:{name}@fcc,park' inline")
    switch.need("CUSTOM", agent, since=since, action="add-member")
    assert switch.api(f"conference {name} {command} all") == f"-ERR Conference command '{command}' not found"


@pytest.mark.parametrize("command", ["sendevent CUSTOM", "connect", "getvar x", "resume"])
def test_the_event_socket_refuses_what_it_does_not_know(switch: Switch, command: str) -> None:
    assert switch.socket.command(command) == "-ERR command not found"


@pytest.mark.parametrize("command", ["reload mod_sofia", "fsctl pause", "uuid_media x", "eavesdrop x"])
def test_an_api_command_that_is_not_there_is_not_found(switch: Switch, command: str) -> None:
    assert switch.api(command) == f"-ERR {command.split()[0]} Command not found!"


@pytest.mark.parametrize("sound", ["/tmp/music.wav", "local_stream://moh", "say:hello", "http://example.test/a.wav"])
def test_only_generated_sounds_play(switch: Switch, sound: str) -> None:
    customer, _ = switch.customer()
    since = switch.mark()
    switch.execute(customer, "playback", sound)
    over = switch.socket.wait(
        lambda e: (
            e["Event-Name"] == "CHANNEL_EXECUTE_COMPLETE"
            and e["Unique-ID"] == customer
            and e["Application"] == "playback"
        ),
        since,
        3.0,
    )
    assert over is not None
    assert over["Application-Response"] == "FILE NOT FOUND"
    assert switch.every("PLAYBACK_START", customer, since) == []
