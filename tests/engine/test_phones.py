"""Agents' phones at one switch: registrations that are asked about, written down and told, and what costs nothing."""

from typing import Any

import pytest

from freeswitch_cc.core.phone_events import PhoneChanged
from tests.database import Database
from tests.engine.conftest import MakeLine
from tests.engine.fakes import ScriptedSwitch
from tests.engine.lines import Line
from tests.engine.phones_told import CONTACT, DOWN, READY, USER, asked, begin, quiet_line, state_of, tell
from tests.floor import Floor, until


@pytest.fixture
def line(make_line: MakeLine, floor: Floor) -> Line:
    return quiet_line(make_line, floor)


def test_a_phone_that_goes_and_comes_takes_its_agent_along(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    ann = floor.add_agent("ann")
    switch.registered = {USER}
    begin(line, switch)
    switch.registered = set()
    tell(switch, "unregister")
    until(lambda: state_of(floor, ann) == DOWN, "his phone is gone")
    switch.registered = {USER}
    tell(switch, "register")
    until(lambda: state_of(floor, ann) == READY, "it is back")


def test_a_phone_that_says_again_that_it_is_there_is_dropped_before_anything_is_asked(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    floor.add_agent("ann")
    switch.registered = {USER, "bob@center"}
    line.start()
    until(lambda: len(switch.asked("api show registrations")) == 2, "it has looked twice")
    before, statements = asked(switch), line.phones_session.statements
    for _ in range(500):
        tell(switch, "register")
    switch.registered.add("cid@center")
    tell(switch, "register", "cid@center")
    until(lambda: asked(switch) > before, "one that is new is asked about")
    until(lambda: line.link._phones.is_idle, "nothing is left to be done")
    assert asked(switch) == before + 1
    assert line.phones_session.statements <= statements + 3, "the end of the second look, and two for the new one"
    assert line.heard(PhoneChanged) == []


def test_of_several_addresses_of_one_phone_one_that_goes_changes_nothing(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    ann = floor.add_agent("ann")
    switch.registered = {USER}
    begin(line, switch)
    for subclass in ("unregister", "expire"):
        before = asked(switch)
        tell(switch, subclass)
        until(lambda before=before: asked(switch) == before + 2, "it is asked, and once more")  # type: ignore[misc]
    until(lambda: line.link._phones.is_idle, "nothing is left to be done")
    assert line.heard(PhoneChanged) == []
    assert state_of(floor, ann) == READY
    assert db.value("SELECT is_registered FROM registration")


def test_an_expiry_that_is_told_before_it_is_true_is_believed_when_it_is(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    ann = floor.add_agent("ann")
    switch.registered = {USER}
    line.start()
    switch.on_command = lambda text: None
    tell(switch, "expire")
    until(lambda: asked(switch) >= 2, "it was asked too soon")  # the first time at the start, when it was new
    switch.registered = set()
    until(lambda: state_of(floor, ann) == DOWN, "and again")


def test_coming_back_counts_what_is_true_then(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    went, came, stayed = floor.add_agent("ann"), floor.add_agent("bob"), floor.add_agent("cid")
    switch.registered = {USER, "bob@center", "cid@center"}
    begin(line, switch)
    switch.registered = {USER, "cid@center"}
    tell(switch, "unregister", "bob@center")
    until(lambda: state_of(floor, came) == DOWN, "bob's is gone")
    switch.drop()
    switch.registered = {"bob@center", "cid@center"}
    until(lambda: line.ready == 2, "it is back")
    until(lambda: (state_of(floor, went), state_of(floor, came)) == (DOWN, READY), "both are seen")
    assert state_of(floor, stayed) == READY


def test_who_was_never_seen_registered_is_left_alone(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    """His phone may be one that does not register: the directory may say where it is."""
    ann = floor.add_agent("ann")
    line.start()
    until(lambda: len(switch.asked("api show registrations")) == 2, "it has looked twice")
    assert state_of(floor, ann) == READY
    assert db.rows("SELECT 1 FROM registration") == []


def test_a_phone_that_registers_at_another_switch_is_not_gone(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    ann, other = floor.add_agent("ann"), floor.add_switch("two", port=2)
    floor.insert("registration", switch_id=other, contact=CONTACT, is_registered=True)
    switch.registered = {USER}
    begin(line, switch)
    switch.registered = set()
    tell(switch, "unregister")
    until(lambda: db.value("SELECT count(*) FROM registration WHERE NOT is_registered") == 1, "it is written")
    assert state_of(floor, ann) == READY
    db.run("UPDATE switch SET is_active = false WHERE name = 'two'")
    switch.drop()
    until(lambda: state_of(floor, ann) == DOWN, "a switch that is not in use has no say")


def test_what_a_dead_engine_wrote_and_did_not_tell_is_told_by_the_next(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    ann = floor.add_agent("ann")
    floor.insert("registration", switch_id=floor.switch_id, contact=CONTACT, is_registered=False)
    line.start()
    until(lambda: state_of(floor, ann) == DOWN, "it is told")


def test_whom_the_list_does_not_know_yet_to_be_gone_is_seen_by_a_second_look(
    floor: Floor, line: Line, switch: ScriptedSwitch
) -> None:
    """The switch's list is a moment behind, and his unregistering was before we listened."""
    ann = floor.add_agent("ann")
    floor.insert("registration", switch_id=floor.switch_id, contact=CONTACT, is_registered=True)
    switch.listed = {USER}
    line.start()
    assert state_of(floor, ann) == READY
    switch.listed = set()
    until(lambda: state_of(floor, ann) == DOWN, "it is seen")


def test_whom_the_list_does_not_know_yet_to_be_there_is_not_gone(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    ann = floor.add_agent("ann")
    floor.insert("registration", switch_id=floor.switch_id, contact=CONTACT, is_registered=True)
    switch.registered, switch.listed = {USER}, set()
    line.start()
    assert state_of(floor, ann) == READY
    assert db.value("SELECT is_registered FROM registration")


def test_events_that_were_lost_are_made_up_for_by_looking_around(
    make_line: MakeLine, floor: Floor, switch: ScriptedSwitch
) -> None:
    line = make_line()
    line.on_event = lambda event: floor.happen(event) if isinstance(event, PhoneChanged) else None
    ann = floor.add_agent("ann")
    switch.registered = {USER}
    line.start()
    until(lambda: floor.db.value("SELECT count(*) FROM registration") == 1, "it is known")
    switch.registered = set()
    until(lambda: state_of(floor, ann) == DOWN, "nobody told it")
    switch.registered = {USER}
    until(lambda: state_of(floor, ann) == READY, "nobody told that, either")


@pytest.mark.parametrize("answer", [b"-ERR no such command\n", b"nonsense\n"])
def test_a_switch_that_lists_nobody_is_ready_all_the_same(
    floor: Floor, line: Line, switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    ann = floor.add_agent("ann")
    floor.insert("registration", switch_id=floor.switch_id, contact=CONTACT, is_registered=True)
    real = switch._answer

    def refuse(command: str, peer: Any) -> bytes:
        if "registrations" in command:
            return b"Content-Type: api/response\nContent-Length: %d\n\n%s" % (len(answer), answer)
        return real(command, peer)

    monkeypatch.setattr(switch, "_answer", refuse)
    line.start()
    assert state_of(floor, ann) == READY


# -- who went by offers that never came ------------------------------------------------------------


@pytest.fixture
def never_reached(floor: Floor, line: Line, switch: ScriptedSwitch, db: Database) -> str:
    """Offers to ann, whose phone has been registered for an hour, have never come."""
    ann = floor.add_agent("ann")
    switch.registered = {USER}
    begin(line, switch)
    db.run("UPDATE registration SET changed_at = changed_at - interval '1 h'")
    db.run("UPDATE agent SET presence = 'not_ready', reason = 'device_down', failed_at = clock_timestamp()")
    return ann


def test_an_agent_whom_offers_did_not_reach_comes_back_when_his_phone_has_gone_and_come(
    floor: Floor, line: Line, switch: ScriptedSwitch, never_reached: str
) -> None:
    switch.registered = set()
    tell(switch, "expire")
    until(lambda: floor.agent(never_reached)["is_back_with_phone"], "it is gone, too")
    switch.registered = {USER}
    tell(switch, "register")
    until(lambda: state_of(floor, never_reached) == READY, "it is back")


def test_so_he_does_when_it_was_started_anew_before_it_was_missed(
    floor: Floor, line: Line, switch: ScriptedSwitch, never_reached: str, db: Database
) -> None:
    tell(switch, "register", call_id="call-1")
    tell(switch, "register", "bob@center")
    until(lambda: db.value("SELECT count(*) FROM registration") == 2, "both were told")
    assert state_of(floor, never_reached) == DOWN, "it is the registration that it was"
    tell(switch, "register", call_id="call-2")
    until(lambda: state_of(floor, never_reached) == READY, "it is another one")
    assert db.value("SELECT call_ids FROM registration WHERE contact = %(c)s", c=CONTACT) == ["call-1", "call-2"]


def test_so_he_does_when_nobody_has_heard_it_and_the_list_says_so(
    floor: Floor, line: Line, switch: ScriptedSwitch, never_reached: str, db: Database
) -> None:
    switch.drop()
    until(lambda: line.ready == 2, "it is back")
    until(lambda: len(switch.asked("api show registrations")) == 4, "it has looked twice again")
    until(lambda: line.link._phones.is_idle, "nothing is left to be done")
    assert state_of(floor, never_reached) == DOWN, "it is the registration that it was"
    switch.call_ids = {USER: "call-2"}
    switch.drop()
    until(lambda: state_of(floor, never_reached) == READY, "it is another one")
    assert db.value("SELECT call_ids FROM registration") == ["call-2"]


def test_whose_phone_registers_anew_at_every_refresh_and_cannot_be_rung_is_left_alone_for_a_while(
    floor: Floor, line: Line, switch: ScriptedSwitch, never_reached: str, db: Database
) -> None:
    db.run("UPDATE agent SET failures = max_misses + 3")  # the fourth in vain: four minutes
    for refresh in range(2, 5):
        tell(switch, "register", call_id=f"call-{refresh}")
        known = f"call-{refresh}"
        until(
            lambda known=known: known in db.value("SELECT call_ids FROM registration"),  # type: ignore[misc]
            "it is written",
        )
    until(lambda: line.link._phones.is_idle, "nothing is left to be done")
    assert line.heard(PhoneChanged), "it was judged"
    assert state_of(floor, never_reached) == DOWN
    db.run("UPDATE agent SET failed_at = failed_at - interval '5 min'")
    switch.call_ids = {USER: "call-4"}
    line.link._phones._look_at = 0.0
    line.link._phones.look_if_due()
    until(lambda: state_of(floor, never_reached) == READY, "a look finds him, without any event")
