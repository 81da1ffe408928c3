"""The Event Socket of the simulator in front of a switch of a few lines: who comes in, what is answered and when."""

import time

import pytest

from tests.floor import until
from tests.simulator.client import PASSWORD, Bench, bench

DISCONNECTED = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"


# -- coming in -----------------------------------------------------------------------------------


def test_who_knows_the_password_is_let_in() -> None:
    with bench() as one:
        client = one.stranger()
        assert client.frame().headers == {"Content-Type": "auth/request"}
        assert client.say(f"auth {PASSWORD}") == "+OK accepted"
        assert client.say(f"auth {PASSWORD}") == "-ERR command not found"


@pytest.mark.parametrize("command", ["auth wrong", "AUTH wrong", "userauth 1001@here:1234"])
def test_a_wrong_password_ends_the_connection_with_a_farewell(command: str) -> None:
    with bench() as one:
        client = one.stranger()
        client.frame()
        assert client.say(command) == "-ERR invalid"
        notice = client.frame()
        assert (notice.kind, notice.body) == ("text/disconnect-notice", DISCONNECTED)
        assert client.rest() == b""


@pytest.mark.parametrize("command", ["api status", "event json ALL", "auth", "api bgapi unload mod_event_socket"])
def test_nothing_is_done_for_who_has_said_no_password(command: str) -> None:
    with bench() as one:
        client = one.stranger()
        client.frame()
        assert client.say(command) == "-ERR command not found"
        assert one.switch.told == []
        assert client.say(f"auth {PASSWORD}") == "+OK accepted"


def test_who_says_nothing_for_25_seconds_is_sent_away() -> None:
    with bench() as one:
        client = one.stranger()
        client.frame()
        one.socket.clock.advance(26_000)
        assert client.frame().body == DISCONNECTED


# -- commands ------------------------------------------------------------------------------------


def test_an_api_command_is_answered_with_its_output() -> None:
    with bench() as one:
        client = one.client()
        assert client.say("api echo one  two") == "one  two"
        assert client.say("API nonsense") == "-ERR nonsense Command not found!\n"
        assert client.say("api empty") == "-ERR no reply\n"


def test_a_job_has_the_id_that_was_asked_for_and_ends_with_an_event() -> None:
    with bench() as one:
        client = one.client("event json BACKGROUND_JOB")
        client.write("bgapi echo done\nJob-UUID: seven\n\n")
        reply = client.frame()
        assert reply.headers["Reply-Text"] == "+OK Job-UUID: seven"
        assert reply.headers["Job-UUID"] == "seven"
        assert client.frame().event["Job-UUID"] == "seven"
        assert client.say("bgapi echo done") == "+OK Job-UUID: drawn"


def test_a_message_goes_to_a_session_with_its_headers_and_body() -> None:
    with bench() as one:
        client = one.client()
        client.write("sendmsg leg\ncall-command: execute\nexecute-app-name: playback\ncontent-length: 4\n\na: b")
        assert client.frame().text == "+OK"
        client.write("sendmsg\nsession-id: gone\n\n")
        assert client.frame().text == "-ERR invalid session id [gone]"
        assert client.say("sendmsg") == "-ERR invalid session id []"
        [(_, uuid, headers), _] = one.switch.told
        assert uuid == "leg"
        assert headers["execute-app-name"] == "playback"
        assert headers["_body"] == "a: b"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("nonsense", "-ERR command not found"),
        ("api", "-ERR command not found"),
        ("linger", "-ERR not controlling a session"),
        ("nolinger", "-ERR not controlling a session"),
        ("divert_events on", "-ERR not controlling a session."),
        ("log", "+OK log level  [7]"),
        ("log WARNING", "+OK log level WARNING [4]"),
        ("log 99", "+OK log level 99 [63]"),
        ("log -1", "+OK log level -1 [0]"),
        ("log disable", "+OK log level disable [-1]"),
        ("log 64", "-ERR invalid log level"),
        ("log loud", "-ERR invalid log level"),
        ("api  two blanks", "-ERR  Command not found!\n"),
        ("nolog", "-ERR not loging"),
        ("event", "-ERR no keywords supplied"),
        ("noevents", "-ERR not listening for events"),
        ("myevents gone json", "-ERR invalid uuid"),
        ("eventually json ALL", "+OK event listener enabled json"),
    ],
)
def test_other_commands_are_answered_as_the_switch_does(command: str, reply: str) -> None:
    with bench() as one:
        assert one.client().say(command) == reply


def test_who_listens_to_one_session_controls_it() -> None:
    with bench() as one:
        client = one.client("myevents leg", "linger", "linger 30", "nolinger", "divert_events on", "log", "nolog")
        assert client.say("divert_events") == "-ERR missing value."
        assert client.say("linger 30") == "+OK will linger 30 seconds"
        assert client.say("sendmsg") == "+OK"


def test_exit_is_answered_and_then_the_connection_ends() -> None:
    with bench() as one:
        client = one.client()
        assert client.say("exit") == "+OK bye"
        assert client.frame().body == DISCONNECTED
        assert client.rest() == b""


def test_a_length_that_cannot_be_ends_the_connection() -> None:
    with bench() as one:
        client = one.client()
        client.write("sendmsg leg\ncontent-length: -5\n\n")
        assert client.frame().kind == "text/disconnect-notice"


def test_a_command_that_fails_inside_is_answered_and_noted() -> None:
    one = Bench()
    one.socket.start()
    try:
        assert one.client().say("api fail") == "-ERR the simulator failed: RuntimeError: it failed"
        assert [str(fault) for fault in one.socket.faults] == ["it failed"]
    finally:
        one.close()


# -- time and order ------------------------------------------------------------------------------


def test_an_answer_that_takes_time_holds_up_its_own_connection_and_no_other() -> None:
    with bench() as one:
        slow, quick = one.client("event json ALL"), one.client("event json ALL")
        slow.write("api wait 150\n\napi echo after\n\n")
        until(lambda: any("wait" in told[1] for told in one.switch.told), "the slow command has begun")
        one.fire("HEARTBEAT")
        assert quick.frame().event["Event-Name"] == "HEARTBEAT"
        assert quick.say("api echo at once") == "at once"
        assert slow.frame().text.startswith("+OK")
        assert slow.frame().text == "after"
        assert slow.frame().event["Event-Name"] == "HEARTBEAT"


def test_virtual_time_keeps_up_with_real_time() -> None:
    with bench() as one:
        client = one.client()
        began = time.monotonic()
        said = float(client.say("api wait 60").split()[1])
        took = (time.monotonic() - began) * 1000
        assert took >= 59.9
        [(_, _, asked)] = one.switch.told
        assert 59.9 <= said - asked <= took + 0.1


def test_events_of_a_command_come_behind_its_reply_in_their_order() -> None:
    with bench() as one:
        client = one.client("event json ALL")
        client.write("api fire CHANNEL_PARK\n\napi fire CHANNEL_BRIDGE\n\n")
        kinds = [client.frame().kind for _ in range(2)]
        assert kinds == ["api/response", "api/response"]
        assert [event["Event-Name"] for event in client.events(2)] == ["CHANNEL_PARK", "CHANNEL_BRIDGE"]


def test_half_a_command_holds_back_every_event() -> None:
    with bench() as one:
        client = one.client("event json ALL")
        client.write("api ec")
        until(lambda: one.socket.counts.commands == 2, "the first commands are through")
        client_2 = one.client()
        one.fire("HEARTBEAT")
        assert client_2.say("api echo 1") == "1"
        assert client.is_silent()
        client.write("ho 2\n\n")
        assert client.frame().text == "2"
        assert client.frame().event["Event-Name"] == "HEARTBEAT"


def test_each_connection_hears_in_its_own_format() -> None:
    with bench() as one:
        clients = [one.client(f"event {kind} HEARTBEAT") for kind in ("json", "plain", "xml")]
        one.fire("HEARTBEAT", Event_Info="System Ready")
        one.fire("DTMF")
        frames = [client.frame() for client in clients]
        assert [frame.kind for frame in frames] == ["text/event-json", "text/event-plain", "text/event-xml"]
        assert frames[1].body == b"Event-Name: HEARTBEAT\nEvent-Info: System%20Ready\n\n"
        assert list(frames[0].headers) == ["Content-Length", "Content-Type"]
        assert all(client.is_silent() for client in clients)
