"""Agents' phones that register, and what they may dial: what a switch tells of them, and lets them do."""

import uuid
from collections.abc import Iterator

import pytest

from freeswitch_cc.core.commands import AnswerByTone
from freeswitch_cc.core.phone_events import FeatureDialled, PhoneRegistered, PhoneUnregistered
from freeswitch_cc.core.sound import DONE_TONE, REFUSED_TONE
from freeswitch_cc.errors import CommandFailed
from freeswitch_cc.esl import registrations
from freeswitch_cc.esl.parse import parse
from freeswitch_cc.esl.render import render
from freeswitch_cc.esl.render_settings import RenderSettings
from freeswitch_cc.testcalls.registered import RegisteredPhones
from tests.contract.probe import Event, Switch
from tests.contract.test_configuration import quick, quick_process, real_process

__all__ = ["quick", "quick_process", "real_process"]

REGISTER, UNREGISTER, EXPIRE = "sofia::register", "sofia::unregister", "sofia::expire"


@pytest.fixture
def registered(switch: Switch) -> Iterator[RegisteredPhones]:
    phones = RegisteredPhones(switch.address, switch.phones, is_simulated="simulated" in switch.api("version"))
    yield phones
    phones.clear()


def told(switch: Switch, subclass: str, contact: str, since: int, within_s: float = 3.0) -> Event:
    """The event about a phone; it says so to the engine, too."""

    def is_it(event: Event) -> bool:
        user = event.get("from-user") or event.get("user")
        host = event.get("from-host") or event.get("host")
        return event.get("Event-Subclass") == subclass and f"user/{user}@{host}" == contact

    event = switch.socket.wait(is_it, since, within_s)
    assert event is not None, f"no {subclass} of {contact}"
    raw = switch.socket.bodies[switch.socket.events.index(event)]
    assert raw.startswith(b'{"Event-Subclass":"'), "the subclass is the first of all"
    fact = PhoneRegistered if subclass == REGISTER else PhoneUnregistered
    said = parse(raw, "sw1")
    assert isinstance(said, fact)
    assert said.contact == contact
    return event


def is_there(switch: Switch, contact: str) -> bool:
    return registrations.is_there(switch.api(registrations.question(contact)))


def comes_true(switch: Switch, contact: str, is_true: bool, within_ms: int = 5_000) -> bool:
    """Within a moment, and in the list of all as well."""
    for _ in range(within_ms // 10):
        listed = registrations.phones_in(switch.api(registrations.LIST))
        if is_there(switch, contact) is is_true and (contact in listed) is is_true:
            return True
        switch.pause(10)
    return False


def is_gone(switch: Switch, contact: str, within_ms: int = 5_000) -> bool:
    for _ in range(within_ms // 10):
        if not is_there(switch, contact):
            return True
        switch.pause(10)
    return False


def test_a_phone_that_registers_is_told_of_when_it_is_true_and_each_time(
    switch: Switch, registered: RegisteredPhones
) -> None:
    since = switch.mark()
    contact = registered.make("answer")
    assert is_there(switch, contact)
    first = told(switch, REGISTER, contact, since)
    assert comes_true(switch, contact, True)
    assert registrations.phones_in(switch.api(registrations.LIST))[contact] == {first["call-id"]}
    since = switch.mark()
    registered.register(contact)
    again = told(switch, REGISTER, contact, since)
    assert (again["call-id"], again["contact"]) == (first["call-id"], first["contact"])


def test_a_phone_that_unregisters_is_gone_when_it_is_told(switch: Switch, registered: RegisteredPhones) -> None:
    contact = registered.make("answer")
    assert comes_true(switch, contact, True)
    since = switch.mark()
    registered.unregister(contact)
    told(switch, UNREGISTER, contact, since)
    assert not is_there(switch, contact)
    assert comes_true(switch, contact, False)


def test_a_phone_that_is_not_heard_of_any_more_is_gone_soon_after_it_is_told(
    switch: Switch, registered: RegisteredPhones
) -> None:
    """The list has it until the time is over that it was registered for."""
    contact = registered.make("answer")
    assert comes_true(switch, contact, True)
    since = switch.mark()
    registered.expire(contact)
    assert "from-user" not in told(switch, EXPIRE, contact, since)
    assert is_gone(switch, contact)
    switch.pause(300)
    assert contact in registrations.phones_in(switch.api(registrations.LIST))
    registered.register(contact)
    assert comes_true(switch, contact, True)


def test_the_newest_address_of_a_user_counts(switch: Switch, registered: RegisteredPhones) -> None:
    """As of a phone that was switched off and on: the old one is forgotten, and nobody is told of that."""
    contact = registered.make("busy")
    other = RegisteredPhones(switch.address, switch.phones, is_simulated="simulated" in switch.api("version"))
    since = switch.mark()
    assert other.make("answer") == contact
    call_id = told(switch, REGISTER, contact, since)["call-id"]
    assert "sip:answer@" in switch.api(registrations.question(contact))
    assert [e for e in switch.every("CUSTOM", None, since) if e["Event-Subclass"] != REGISTER] == []
    until_listed = (registrations.phones_in(switch.api(registrations.LIST)).get(contact) for _ in range(100))
    assert any(call_ids == {call_id} for call_ids in until_listed if not switch.pause(10)), "in the list, too"
    # Whoever of the two unregisters takes all away.
    registered.unregister(contact)
    assert comes_true(switch, contact, False)
    other.clear()


def test_a_registered_phone_is_rung_where_it_is_and_one_that_is_not_at_once_never(
    switch: Switch, registered: RegisteredPhones
) -> None:
    contact = registered.make("answer")
    reply = switch.api(f"originate {{originate_timeout=5}}{contact} &park")
    assert reply.startswith("+OK "), reply
    switch.api(f"uuid_kill {reply.split()[1]}")
    registered.unregister(contact)
    assert switch.api(f"originate {{originate_timeout=5}}{contact} &park") == "-ERR USER_NOT_REGISTERED"
    nobody = contact.replace("phone-", "nobody-")
    assert switch.api(f"originate {{originate_timeout=5}}{nobody} &park") == "-ERR SUBSCRIBER_ABSENT"


# -- what they dial ------------------------------------------------------------------------------


def waiting(switch: Switch, dialled: str, since: int) -> Event:
    """The switch's side of a phone that dialled a code: parked, and no call."""
    event = switch.need("CHANNEL_PARK", since=since)
    assert event["variable_fcc_call"] == event["Unique-ID"]
    assert (event["variable_fcc_role"], event["variable_fcc_dialled"]) == ("feature", dialled)
    return event


@pytest.mark.parametrize("code", ["*42", "*43*2", "*43*12"])
def test_a_code_waits_for_the_engine_and_says_who_has_proved_to_be_himself(
    switch: Switch, registered: RegisteredPhones, code: str
) -> None:
    contact = registered.make("answer")
    since = switch.mark()
    phone = registered.dial(contact, code)
    event = waiting(switch, code, since)
    assert event["Caller-Caller-ID-Number"] == "999", "what the phone shows is something else"
    raw = switch.socket.bodies[switch.socket.events.index(event)]
    assert parse(raw, "sw1") == FeatureDialled(leg_id=event["Unique-ID"], dialled=code, phone=contact)
    switch.phones.hang_up(phone)
    switch.need("CHANNEL_HANGUP", event["Unique-ID"], since=since)


@pytest.mark.parametrize(("is_done", "tone"), [(True, DONE_TONE), (False, REFUSED_TONE)])
def test_one_command_answers_by_a_tone_and_ends_it(
    switch: Switch, registered: RegisteredPhones, is_done: bool, tone: str
) -> None:
    since = switch.mark()
    phone = registered.dial(registered.make("answer"), "*42")
    leg = str(waiting(switch, "*42", since)["Unique-ID"])
    command = AnswerByTone(command_id=str(uuid.uuid4()), switch_id="", call_id=leg, leg_id=leg, is_done=is_done)
    assert switch.socket.command(render(command, RenderSettings()).data.strip()).startswith("+OK")
    assert switch.need("PLAYBACK_START", leg, since=since)["Playback-File-Path"] == tone
    assert switch.need("CHANNEL_HANGUP", leg, since=since)["Hangup-Cause"] == "NORMAL_CLEARING"
    switch.need("CHANNEL_HANGUP", phone, since=since)
    assert len(switch.every("CHANNEL_PARK", leg, since)) == 1


@pytest.mark.parametrize("number", ["7001", "*4", "*421", "*42*", "*42*123", "**42", "42", "*4a", "fcc_orphan", "talk"])
def test_whatever_else_an_agents_phone_dials_is_refused(
    switch: Switch, registered: RegisteredPhones, number: str
) -> None:
    contact = registered.make("answer")
    since = switch.mark()
    with pytest.raises(CommandFailed, match="CALL_REJECTED"):
        registered.dial(contact, number)
    assert switch.every("CHANNEL_PARK", None, since) == []


def test_a_code_without_the_password_is_refused(switch: Switch) -> None:
    since = switch.mark()
    for password in ("wrong", ""):
        with pytest.raises(CommandFailed):
            switch.phones.dial_as("phone-1", password, "*42")
    assert switch.every("CHANNEL_PARK", None, since) == []


def test_a_code_that_no_engine_takes_ends_by_itself(quick: Switch) -> None:
    phones = RegisteredPhones(quick.address, quick.phones, is_simulated="simulated" in quick.api("version"))
    since = quick.mark()
    phones.dial(None, "*42")
    leg = str(waiting(quick, "*42", since)["Unique-ID"])
    ended = quick.need("CHANNEL_HANGUP", leg, since=since, within_s=5)
    assert ended["Hangup-Cause"] == "NORMAL_TEMPORARY_FAILURE"
    assert len(quick.every("CHANNEL_PARK", leg, since)) == 1
