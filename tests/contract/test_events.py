"""What events carry, in which order they come, and what a filter lets through (docs/measured.md, E15)."""

import json
import time
import uuid
from collections.abc import Iterator

import pytest

from tests.contract.probe import EVENTS, OURS, Socket, Switch

CARRY = (
    *("CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_ANSWER", "CHANNEL_PARK", "CHANNEL_UNPARK", "CHANNEL_BRIDGE"),
    *("CHANNEL_UNBRIDGE", "CHANNEL_EXECUTE", "CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY"),
)
CARRY_NOT = ("CHANNEL_STATE", "CHANNEL_CALLSTATE", "CODEC")


@pytest.fixture
def filtered(switch: Switch) -> Iterator[Socket]:
    """A second connection that sees what the engine's filters let through."""
    filters = ("variable_fcc_call /^.+$/", "Event-Name BACKGROUND_JOB", "Event-Name CUSTOM", "Event-Name DTMF")
    socket = Socket(switch.address, f"event json {EVENTS}", *(f"filter {text}" for text in filters))
    yield socket
    socket.close()


def _a_whole_call(switch: Switch) -> tuple[str, str, int]:
    """Customer and agent, from the first ring to the last event: customer, agent, where the story began."""
    since = switch.mark()
    customer, phone = switch.customer()
    agent = switch.agent("answer-after-50", variables=f"{OURS},fcc_call={customer},fcc_role=agent")
    switch.bridge(agent, customer)
    switch.phones.hang_up(phone)
    switch.need("CHANNEL_DESTROY", customer, since=since)
    switch.need("CHANNEL_PARK", agent, since=switch.mark() - 20)
    switch.api(f"uuid_kill {agent}")
    switch.need("CHANNEL_DESTROY", agent, since=since)
    return customer, agent, since


def test_the_events_that_tell_a_story_carry_the_variables_of_the_leg_and_the_others_do_not(switch: Switch) -> None:
    customer, agent, since = _a_whole_call(switch)
    events = [e for e in switch.socket.events[since:] if e.get("Unique-ID") == agent]
    for name in CARRY:
        found = [e for e in events if e["Event-Name"] == name]
        if name in ("CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE"):
            found = switch.every(name, None, since)
        assert found, name
        assert all(e.get("variable_fcc_call") == customer for e in found), name
    for name in CARRY_NOT:
        found = [e for e in events if e["Event-Name"] == name]
        assert found, name
        assert not any("variable_fcc_call" in e for e in found), name


def test_a_leg_that_we_originate_is_marked_from_its_first_event_on(switch: Switch) -> None:
    since = switch.mark()
    leg = switch.agent(variables=f"{OURS},fcc_call=my-call")
    assert switch.need("CHANNEL_CREATE", leg, since=since)["variable_fcc_call"] == "my-call"


def test_filters_are_a_list_of_or_and_keep_foreign_calls_out(switch: Switch, filtered: Socket) -> None:
    foreign = switch.agent(variables="media_timeout=0")
    switch.api(f"uuid_kill {foreign}")
    customer, agent, _ = _a_whole_call(switch)
    last = filtered.wait(lambda e: e["Event-Name"] == "CHANNEL_DESTROY" and e["Unique-ID"] == agent, 0, 3.0)
    assert last is not None
    legs = {e["Unique-ID"] for e in filtered.events if "Unique-ID" in e}
    assert {customer, agent} <= legs
    assert foreign not in legs
    names = {e["Event-Name"] for e in filtered.events}
    assert "BACKGROUND_JOB" in names
    assert "CHANNEL_STATE" not in names, "no variables, no pass"


def test_keys_and_conference_events_pass_the_filters(switch: Switch, filtered: Socket) -> None:
    customer, phone, agent = switch.talk()
    switch.phones.press(phone, "7")
    assert filtered.wait(lambda e: e["Event-Name"] == "DTMF" and e["Unique-ID"] == customer, 0, 3.0)
    name = f"fcc-{uuid.uuid4()}"
    switch.api(f"uuid_transfer {agent} -both 'conference:{name}@fcc,park' inline")
    for leg in (customer, agent):
        assert filtered.wait(lambda e, leg=leg: e.get("Action") == "add-member" and e["Unique-ID"] == leg, 0, 3.0)


def test_a_job_may_end_before_or_after_the_park_of_its_leg_and_always_ends(switch: Switch) -> None:
    for _ in range(5):
        since = switch.mark()
        leg, job = switch.ring("answer")
        assert switch.result(job, since) == f"+OK {leg}"
        switch.need("CHANNEL_ANSWER", leg, since=since)
        switch.need("CHANNEL_PARK", leg, since=since)


def test_hangup_comes_before_hangup_complete(switch: Switch) -> None:
    customer, phone = switch.customer()
    since = switch.mark()
    switch.phones.hang_up(phone)
    complete = switch.need("CHANNEL_HANGUP_COMPLETE", customer, since=since)
    hangup = switch.need("CHANNEL_HANGUP", customer, since=since)
    gap_us = int(complete["Event-Date-Timestamp"]) - int(hangup["Event-Date-Timestamp"])
    assert 0 <= gap_us < 500_000


def test_a_list_is_an_array_in_json_and_a_body_is_underscore_body(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    switch.park(customer)
    since = switch.mark()
    switch.bridge(agent, customer)
    switch.api(f"uuid_kill {agent}")
    parked = switch.need("CHANNEL_PARK", customer, since=since)
    assert isinstance(parked["variable_transfer_history"], list)
    job = switch.job("status")
    assert "session" in switch.result(job, since)


def test_a_bridge_is_one_event_with_both_legs_whichever_is_named_first(switch: Switch) -> None:
    for _ in range(2):
        customer, _ = switch.customer()
        agent = switch.agent()
        since = switch.bridge(agent, customer)
        switch.park(customer)
        events = switch.every("CHANNEL_BRIDGE", None, since)
        assert len(events) == 1
        assert {events[0]["Bridge-A-Unique-ID"], events[0]["Bridge-B-Unique-ID"]} == {agent, customer}
        switch.clear()


def test_calls_go_on_when_the_event_socket_drops_and_a_new_connection_lists_them(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    waiting, _ = switch.customer()
    dropped = Socket(switch.address, f"event json {EVENTS}")
    dropped.close()
    again = Socket(switch.address)
    # The list lags behind the channels by a fraction of a second: it is asked until it knows them.
    deadline = time.monotonic() + 3
    listed: set[str] = set()
    while not {customer, agent, waiting} <= listed and time.monotonic() < deadline:
        rows = json.loads(again.command("api show channels as json")).get("rows", [])
        listed = {row["uuid"] for row in rows}
    again.close()
    assert {customer, agent, waiting} <= listed
    assert switch.get(customer, "bridge_to") == agent
    assert switch.hears_music(waiting)


def test_the_list_of_channels_is_a_moment_behind_the_channels(switch: Switch) -> None:
    """What is looked up there may be missing, or be over: who acts on it looks twice."""
    missing = 0
    for _ in range(20):
        since = switch.mark()
        leg, _ = switch.ring("ring")
        switch.need("CHANNEL_CREATE", leg, since=since)
        missing += leg not in switch.api("show channels as json")
        switch.clear()
    assert missing > 0


def test_a_name_that_is_not_utf8_breaks_strict_decoding_and_not_decoding_with_replacement(switch: Switch) -> None:
    since = switch.mark()
    target = f"sofia/robots/7001@127.0.0.1:{switch.address.sip_port}"
    options = b"origination_caller_id_number=0699990001,origination_caller_id_name='Ren\xe9 Caf\xe9',media_timeout=0"
    call = b"originate {" + options + b"}" + target.encode() + b" talk XML robots"
    phone = switch.socket.command(b"api " + call).split()[1]
    parked = switch.socket.wait(
        lambda e: e["Event-Name"] == "CHANNEL_PARK" and e["Caller-Caller-ID-Number"] == "0699990001", since, 3.0
    )
    switch.api(f"uuid_kill {phone}")
    assert parked is not None, "decoded with replacement it is there"
    assert parked["Caller-Caller-ID-Name"] == "Ren\ufffd Caf\ufffd"
    raw = switch.socket.bodies[switch.socket.events.index(parked)]
    with pytest.raises(UnicodeDecodeError):
        json.loads(raw)
