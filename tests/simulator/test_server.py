"""The whole simulator, spoken to by our own client: it is found, heard, commanded, cut off and restarted."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from freeswitch_cc.core.events import CallEvent
from freeswitch_cc.core.switch_events import SwitchFact
from freeswitch_cc.errors import CommandFailed, ConfigInvalid, SwitchFailed, SwitchRefusedUs
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.reader import _SUBSCRIBE, Reader
from freeswitch_cc.esl.wire import ReplyLost, Wire
from freeswitch_cc.simulator.lies import Lies
from freeswitch_cc.simulator.server import Simulator
from freeswitch_cc.testcalls.phones import Phones
from freeswitch_cc.testcalls.switch_process import SwitchAddress
from tests.floor import until
from tests.simulator.client import Client

CONFIG = Path(__file__).parents[2] / "fs-config"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(CONFIG, seed=7) as running, gevent.Timeout(30, AssertionError("the test took too long")):
        yield running
        assert running.faults == []


def address(simulator: Simulator) -> SwitchAddress:
    return SwitchAddress(
        host=simulator.host,
        esl_port=simulator.esl_port,
        password=simulator.password,
        sip_port=simulator.sip_port,
        agents_sip_port=simulator.agents_sip_port,
        robots_port=simulator.robots_port,
    )


def listening(simulator: Simulator) -> tuple[Connection, list[dict[str, str]]]:
    """Our own connection with the engine's filters, all in one write; and what it hears."""
    heard: list[dict[str, str]] = []
    connection = Connection(
        simulator.host,
        simulator.esl_port,
        simulator.password,
        on_event=lambda raw: heard.append(json.loads(raw.decode("utf-8", "replace"))),
    )
    connection.connect()
    data = "".join(f"{line}\n\n" for line in _SUBSCRIBE).encode()
    replies = connection.send(Wire(data, len(_SUBSCRIBE), "subscribe"))
    assert [reply.split()[0] for reply in replies] == ["+OK"] * len(_SUBSCRIBE)
    return connection, heard


def test_our_client_subscribes_in_one_write_and_hears_a_call_in_its_order(simulator: Simulator) -> None:
    connection, heard = listening(simulator)
    phones = Phones(address(simulator))
    phone = phones.call("7001", name="Bob Durand")
    until(lambda: any(event["Event-Name"] == "CHANNEL_PARK" for event in heard), "the customer is parked")
    assert all(next(iter(event)) == "Event-Name" for event in heard)
    legs = {event["Unique-ID"] for event in heard}
    assert len(legs) == 1
    assert phone not in legs  # the robot's own channel stays in the switch
    phones.hang_up(phone)
    until(lambda: any(event["Event-Name"] == "CHANNEL_HANGUP" for event in heard), "he has hung up")
    names = [event["Event-Name"] for event in heard]
    assert names.index("CHANNEL_PARK") < names.index("CHANNEL_HANGUP")
    sequences = [int(event["Event-Sequence"]) for event in heard]
    assert sequences == sorted(sequences)
    connection.close()
    phones.close()


def test_a_job_of_ours_ends_with_its_own_id(simulator: Simulator) -> None:
    connection, heard = listening(simulator)
    job = "11111111-2222-4333-8444-555555555555"
    connection.send(Wire(f"bgapi uuid_kill nobody\nJob-UUID: {job}\n\n".encode(), 1, "uuid_kill"))
    until(lambda: any(event.get("Job-UUID") == job for event in heard), "the job is done")
    [done] = [event for event in heard if event.get("Job-UUID") == job]
    assert (done["Event-Name"], done["_body"]) == ("BACKGROUND_JOB", "-ERR No such channel!\n")
    assert done["Content-Length"] == str(len(done["_body"]))
    connection.close()


def test_a_wrong_password_is_a_refusal(simulator: Simulator) -> None:
    with pytest.raises(SwitchRefusedUs):
        Connection(simulator.host, simulator.esl_port, "wrong").connect()


def test_an_unknown_command_is_told_as_one(simulator: Simulator) -> None:
    connection = address(simulator).connect()
    with pytest.raises(CommandFailed, match="nonsense Command not found!"):
        connection.api("nonsense")
    connection.close()


def test_a_reader_comes_back_to_a_switch_with_another_core(simulator: Simulator) -> None:
    cores: list[str] = []
    facts: list[CallEvent | SwitchFact] = []
    where = (simulator.host, simulator.esl_port, simulator.password)
    reader = Reader("one", *where, deliver=facts.append, on_connected=cores.append, random01=lambda: 0.0)
    reader.start()
    until(lambda: len(cores) == 1, "it is connected")
    phones = Phones(address(simulator))
    phones.call("7001")
    until(lambda: any(isinstance(fact, CallEvent) for fact in facts), "it hears the call")
    simulator.kill()
    until(lambda: not reader.is_connected, "it has lost the switch")
    simulator.start()
    until(lambda: len(cores) == 2, "it is connected again")
    assert cores[0] != cores[1]
    assert cores[1] == simulator.switch.core_uuid
    fresh = address(simulator).connect()
    assert json.loads(fresh.api("show channels as json"))["row_count"] == 0
    fresh.close()
    phones.close()
    reader.stop()


def test_a_name_that_is_no_utf8_reaches_the_wire_as_its_bytes(simulator: Simulator) -> None:
    client = Client(simulator.esl_port)
    client.frame()
    assert client.say(f"auth {simulator.password}") == "+OK accepted"
    client.say("filter Caller-Caller-ID-Name /^Andr/")
    client.say("event json CHANNEL_PARK")
    asking = address(simulator).connect()
    asking.api('fcc_simulator dial {"number": "7001", "name": "André \\"; {x}"}')
    assert b'"Andr\xe9 \\"; {x}"' in client.frame().body
    asking.close()
    client.close()


def test_a_list_is_written_without_blanks_as_in_the_recordings(simulator: Simulator) -> None:
    client = Client(simulator.esl_port)
    client.frame()
    client.say(f"auth {simulator.password}")
    client.say('api fcc_simulator dial {"number": "7001", "name": "André"}')

    def listed() -> bytes:
        client.write("api show channels as json\n\n")
        return client.frame().body

    until(lambda: b'"cid_name":"Andr\xe9"' in listed(), "he is listed, with the bytes of his name")
    assert re.match(rb'{"row_count":\d,"rows":\[{"uuid":"', listed())
    client.close()


def test_lies_reach_the_connections_of_an_engine() -> None:
    with Simulator(CONFIG, lies=Lies.parse(["duplicate:CHANNEL_PARK:1.0", "close:after:2:global_getvar"])) as simulator:
        connection, heard = listening(simulator)
        phones = Phones(address(simulator))
        phones.call("7001")
        until(lambda: len(heard) > 1, "the customer is parked, and parked")
        assert [event["Event-Name"] for event in heard] == ["CHANNEL_PARK", "CHANNEL_PARK"]
        assert heard[0] == heard[1]
        assert connection.api("global_getvar core_uuid") == simulator.switch.core_uuid
        with pytest.raises(ReplyLost):
            connection.api("global_getvar core_uuid")
        assert phones.ask("global_getvar core_uuid") == simulator.switch.core_uuid
        assert simulator.statistics()["lies"] == {"duplicate:CHANNEL_PARK:1.0": 1, "close:after:2:global_getvar": 1}
        phones.close()


def test_settings_are_those_of_the_configuration() -> None:
    settings = {"FREESWITCH_CC_SIP_PORT": "15060", "FREESWITCH_CC_FIRST_DEADMAN_S": "7"}
    with Simulator(CONFIG, settings) as simulator:
        assert (simulator.sip_port, simulator.agents_sip_port, simulator.robots_port) == (15060, 5070, 5080)
        connection = address(simulator).connect()
        assert connection.api("global_getvar fcc_first_deadman_s") == "7"
        connection.close()


@pytest.mark.parametrize(
    ("settings", "host", "hint"),
    [
        ({"FREESWITCH_CC_SIP_PORT": "many"}, "127.0.0.1", "fcc_sip_port must be a port"),
        ({"FREESWITCH_CC_DEADMAN": "7"}, "127.0.0.1", "is no setting of a switch"),
        ({}, "0.0.0.0", "listens on loopback only"),
    ],
)
def test_a_wrong_setting_is_told_before_anything_starts(settings: dict[str, str], host: str, hint: str) -> None:
    with pytest.raises(ConfigInvalid, match=hint):
        Simulator(CONFIG, settings, host=host)


def test_two_simulators_cannot_have_one_port(simulator: Simulator) -> None:
    with pytest.raises(SwitchFailed, match="is in use"):
        Simulator(CONFIG, esl_port=simulator.esl_port).start()
