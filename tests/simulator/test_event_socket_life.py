"""The Event Socket of the simulator as a whole: its ends and its starts, and what is asked of the simulator itself."""

import json

import pytest

from freeswitch_cc.errors import SwitchFailed
from tests.floor import until
from tests.simulator.client import Bench, bench

SHUT_DOWN = b"The system is being shut down.\n"


# -- the whole switch ----------------------------------------------------------------------------


def test_a_switch_that_is_stopped_says_so_and_is_gone() -> None:
    with bench() as one:
        client = one.client()
        one.socket.stop()
        assert client.frame().body == SHUT_DOWN
        assert client.rest() == b""
        with pytest.raises(ConnectionRefusedError):
            one.stranger()


def test_a_power_cut_says_nothing_and_a_start_is_another_switch_at_the_same_port() -> None:
    with bench() as one:
        client = one.client()
        assert client.say("api global_getvar core_uuid") == "core-1"
        waiting = one.client()
        waiting.write("api wait 60000\n\n")
        port = one.socket.esl_port
        until(lambda: len(one.switch.told) == 2, "somebody waits")
        one.socket.kill()
        assert client.rest() == b""
        assert waiting.rest() == b""
        one.socket.start()
        one.socket.start()
        assert one.socket.esl_port == port
        assert one.client().say("api global_getvar core_uuid") == "core-2"
        assert one.switch.told == [("api", "global_getvar core_uuid", one.switch.told[0][2])]


def test_a_port_that_is_taken_is_told_in_a_sentence() -> None:
    with bench() as one, pytest.raises(SwitchFailed, match=rf"port {one.socket.esl_port} of 127.0.0.1 is in use"):
        Bench(port=one.socket.esl_port).socket.start()


@pytest.mark.parametrize("word", ["unload", "reload"])
def test_a_command_that_names_the_module_ends_every_connection(word: str) -> None:
    with bench() as one:
        other, client = one.client(), one.client()
        reply = client.say(f"api uuid_setvar leg name mod_event_socket\nwhy: {word}")
        assert reply.startswith("+OK Job-UUID: ")
        assert client.frame().body == SHUT_DOWN
        assert other.frame().body == SHUT_DOWN
        assert one.switch.told == []
        if word == "reload":
            assert one.client().say("api global_getvar core_uuid") == "core-1"
        else:
            with pytest.raises(ConnectionRefusedError):
                one.stranger()


def test_a_client_that_goes_away_leaves_nothing_behind() -> None:
    with bench() as one:
        client = one.client("event json ALL")
        client.close()
        until(lambda: one.socket.statistics()["connections_now"] == 0, "it is forgotten")
        one.fire("HEARTBEAT")


def test_who_does_not_read_loses_events_and_then_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freeswitch_cc.simulator.listener._MAX_QUEUE", 10)
    monkeypatch.setattr("freeswitch_cc.simulator.listener._MAX_LOST", 5)
    with bench() as one:
        client = one.client("event json ALL")
        client.write("half a command")
        one.client()  # by now the other one's half is read
        for _ in range(15):
            one.fire("HEARTBEAT")
        assert one.socket.counts.lost == 5
        one.fire("HEARTBEAT")
        assert client.frame().body == b"killed listener because of lost events\n"


# -- control -------------------------------------------------------------------------------------


def test_a_robot_dials_with_a_name_of_any_bytes() -> None:
    with bench() as one:
        client = one.client()
        assert client.say('api fcc_simulator dial {"number": "7001", "name_hex": "4a6fe92200"}') == "+OK phone\n"
        assert client.say('api fcc_simulator dial {"number": "7001", "name": "É", "sends": "silent"}') == "+OK phone\n"
        assert one.switch.told == [
            ("dial", "7001", 'Jo\udce9"\0', "0612345678", "talk"),
            ("dial", "7001", "\udcc9", "0612345678", "silent"),
        ]


@pytest.mark.parametrize(
    "text",
    ["dial", "dial {}", 'dial {"number": 7001}', 'dial {"number": "1", "x": "y"}', 'dial {"number":"1","name":"€"}'],
)
def test_a_dial_that_cannot_be_read_is_refused_with_what_would_be_right(text: str) -> None:
    with bench() as one:
        assert one.client().say(f"api fcc_simulator {text}").startswith("-ERR ")
        assert one.switch.told == []


def test_phones_register_and_go() -> None:
    with bench() as one:
        client = one.client()
        phone = '{"user": "u1@d", "rung_at": "answer@127.0.0.1:5080"}'
        anew = phone.replace("}", ', "call_id": "2@phone"}')
        for text in (f"register {phone}", f"register {anew}", "unregister u1@d", "expire u1@d"):
            assert client.say(f"api fcc_simulator {text}") == "+OK\n"
        assert one.switch.told == [
            ("register", "u1@d", "answer@127.0.0.1:5080", ""),
            ("register", "u1@d", "answer@127.0.0.1:5080", "2@phone"),
            ("unregister", "u1@d"),
            ("expire", "u1@d"),
        ]


@pytest.mark.parametrize(
    "text", ["register", "register {}", 'register {"user": "u1@d"}', 'register {"user": 1, "rung_at": "x"}']
)
def test_a_phone_that_cannot_be_read_is_refused(text: str) -> None:
    with bench() as one:
        assert one.client().say(f"api fcc_simulator {text}").startswith("-ERR register wants ")
        assert one.client().say("api fcc_simulator unregister").startswith("-USAGE: ")
        assert one.switch.told == []


def test_lies_are_changed_while_it_runs() -> None:
    with bench() as one:
        client = one.client()
        assert client.say("api fcc_simulator lies") == "+OK none\n"
        assert client.say("api fcc_simulator lies drop:DTMF:0.5 to:all") == "+OK drop:DTMF:0.5 to:all\n"
        assert client.say("api fcc_simulator lies drop:DTNF:0.5").startswith("-ERR the lie 'drop:DTNF:0.5' is wrong")
        assert client.say("api fcc_simulator lies") == "+OK drop:DTMF:0.5 to:all\n"
        assert client.say("api fcc_simulator lies none") == "+OK none\n"
        assert client.say("api fcc_simulator").startswith("-USAGE: ")


def test_statistics_are_told_as_json() -> None:
    with bench("drop:DTMF:2") as one:
        engine = one.engine()
        for name in ("DTMF", "DTMF", "HEARTBEAT"):
            one.fire(name)
        assert [event["Event-Name"] for event in engine.events(2)] == ["DTMF", "HEARTBEAT"]
        told = json.loads(one.client().say("api fcc_simulator statistics"))
        assert told["core_uuid"] == "core-1"
        assert told["events_sent"] == 2
        assert told["connections_now"] == 2
        assert told["lies"] == {"drop:DTMF:2": 1}


def test_a_restart_is_answered_before_it_happens() -> None:
    with bench() as one:
        client = one.client()
        assert client.say("api fcc_simulator restart") == "+OK\n"
        assert client.rest() == b""
        until(lambda: one.switch.core_uuid == "core-2", "another switch is there")
        assert one.client().say("api global_getvar core_uuid") == "core-2"
