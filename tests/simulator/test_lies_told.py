"""Lies carried out: what an engine's line hears, and what becomes of its commands."""

import pytest

from tests.floor import until
from tests.simulator.client import Bench, bench

# -- lies about events ---------------------------------------------------------------------------


def heard(one: Bench, *names: str) -> list[str]:
    """What an engine hears of these events, and a heartbeat at the end."""
    engine = one.engine()
    for name in names:
        one.fire(name, Unique_ID="two" if name == "DTMF" else "one")
    one.socket.clock.after(100, lambda: one.switch.fire("HEARTBEAT"))
    one.socket.act(lambda: None)
    found: list[str] = []
    while not found or found[-1] != "HEARTBEAT":
        found += [str(event["Event-Name"]) for event in engine.events(1)]
    return found[:-1]


def test_events_are_dropped_doubled_and_swapped() -> None:
    with bench("drop:CHANNEL_PARK:1", "duplicate:CHANNEL_ANSWER:1", "reorder:CHANNEL_BRIDGE:1") as one:
        names = ("CHANNEL_PARK", "CHANNEL_ANSWER", "CHANNEL_BRIDGE", "DTMF", "CHANNEL_PARK")
        assert heard(one, *names) == ["CHANNEL_ANSWER", "CHANNEL_ANSWER", "DTMF", "CHANNEL_BRIDGE", "CHANNEL_PARK"]


def test_an_event_is_swapped_with_the_next_one_of_its_leg() -> None:
    with bench("reorder:CHANNEL_BRIDGE:1:leg") as one:
        found = heard(one, "CHANNEL_BRIDGE", "DTMF", "CHANNEL_PARK", "CHANNEL_ANSWER")
        assert found == ["DTMF", "CHANNEL_PARK", "CHANNEL_BRIDGE", "CHANNEL_ANSWER"]


def test_an_event_that_waits_for_no_other_comes_all_the_same() -> None:
    with bench("reorder:CHANNEL_BRIDGE:1") as one:
        engine = one.engine()
        one.fire("CHANNEL_BRIDGE")
        assert engine.is_silent()
        one.socket.clock.advance(one.socket.clock.now + 501)
        assert engine.frame().event["Event-Name"] == "CHANNEL_BRIDGE"


def test_an_event_comes_late() -> None:
    with bench("delay:CHANNEL_BRIDGE:1:40", "duplicate:CHANNEL_ANSWER:1:20") as one:
        found = heard(one, "CHANNEL_BRIDGE", "CHANNEL_ANSWER", "DTMF")
        assert found == ["CHANNEL_ANSWER", "DTMF", "CHANNEL_ANSWER", "CHANNEL_BRIDGE"]


def test_a_frame_is_cut_in_half_and_the_line_with_it() -> None:
    with bench("cut:CHANNEL_BRIDGE:1") as one:
        engine = one.engine()
        for name in ("CHANNEL_PARK", "CHANNEL_BRIDGE", "DTMF"):
            one.fire(name)
        assert engine.frame().event["Event-Name"] == "CHANNEL_PARK"
        left = engine.rest()
        assert left.startswith(b"Content-Length: 31\nContent")
        assert b"CHANNEL_BRIDGE" not in left


def test_only_an_engines_line_is_lied_to_unless_all_are_meant() -> None:
    with bench("drop:DTMF:1.0") as one:
        witness, engine = one.client("event json ALL"), one.engine()
        one.fire("DTMF")
        one.fire("HEARTBEAT")
        assert witness.frame().event["Event-Name"] == "DTMF"
        assert engine.frame().event["Event-Name"] == "HEARTBEAT"
    with bench("drop:DTMF:1.0", "to:all") as one:
        witness = one.client("event json ALL")
        one.fire("DTMF")
        one.fire("HEARTBEAT")
        assert witness.frame().event["Event-Name"] == "HEARTBEAT"


# -- lies about commands -------------------------------------------------------------------------


def test_a_command_is_refused_and_not_carried_out() -> None:
    with bench("refuse:echo:1", "refuse:sendmsg:1", "to:all") as one:
        client = one.client()
        assert client.say("api echo 1") == "-ERR refused on purpose\n"
        assert client.say("sendmsg leg") == "-ERR refused on purpose"
        assert one.switch.told == []
        assert client.say("api echo 2") == "2"


def test_a_job_is_taken_and_then_fails() -> None:
    with bench("refuse:echo:1:job") as one:
        client = one.client("event json BACKGROUND_JOB")
        client.write("bgapi echo 1\nJob-UUID: seven\n\n")
        assert client.frame().text == "+OK Job-UUID: seven"
        job = client.frame().event
        assert job["Job-UUID"] == "seven"
        assert "not found" in job["-body"]
        assert all("echo" not in told for told in one.switch.told)


@pytest.mark.parametrize(("place", "is_told"), [("before", False), ("after", True)])
def test_the_line_is_cut_before_or_after_a_command(place: str, is_told: bool) -> None:
    with bench(f"close:{place}:3", "to:all") as one:
        client = one.client("event json HEARTBEAT", "noevents")
        client.write("api echo 3\n\n")
        assert client.rest() == b""
        assert bool(one.switch.told) is is_told
        assert one.client().say("api echo 4") == "4"


def test_the_line_is_cut_in_the_middle_of_a_reply() -> None:
    with bench("close:middle:1:echo", "to:all") as one:
        client = one.client()
        client.write("api echo 0123456789\n\n")
        assert client.rest() == b"Content-Type: api/response\nC"
        assert len(one.switch.told) == 1


@pytest.mark.parametrize(("place", "is_told"), [("before", False), ("after", True)])
def test_a_line_goes_silent_and_stays_open(place: str, is_told: bool) -> None:
    with bench(f"stall:{place}:1:echo", "to:all") as one:
        client = one.client("event json ALL")
        client.write("api echo 1\n\napi echo 2\n\n")
        until(lambda: one.socket.liar.told, "the lie is told")
        one.fire("HEARTBEAT")
        assert client.is_silent()
        assert bool(one.switch.told) is is_told
        assert one.client().say("api echo 3") == "3"


def test_a_connection_is_refused_rudely_cut_or_never_greeted() -> None:
    with bench("refuse:connect:1", "close:middle:2:connect", "stall:before:3:connect") as one:
        assert one.stranger().frame().kind == "text/rude-rejection"
        assert one.stranger().rest() == b"Content-Type: "
        silent = one.stranger()
        assert silent.is_silent()
        assert one.client().say("api echo 1") == "1"


def test_commands_of_phones_and_people_are_not_lied_about() -> None:
    with bench("refuse:*:1.0") as one:
        phone = one.client()
        assert phone.say("api echo 1") == "1"
        assert phone.say("bgapi echo 2") == "-ERR refused on purpose"  # only an engine sends jobs
        assert phone.say("api echo 3") == "-ERR refused on purpose\n"
