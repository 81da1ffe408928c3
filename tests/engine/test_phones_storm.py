"""A thousand phones at once, as after a power cut: one look, and nobody waits for it."""

import time
from types import SimpleNamespace
from uuid import uuid4

import gevent
import pytest
from gevent.event import Event

from freeswitch_cc.config import Settings
from freeswitch_cc.core.phone_events import CodeDialled, PhoneChanged
from freeswitch_cc.engine import phones
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.engine.codes import FRESH_S
from tests.database import Database
from tests.engine.conftest import MakeLine
from tests.engine.fakes import ScriptedSwitch
from tests.engine.lines import Line
from tests.engine.phones_told import DOWN, NEVER, READY, asked, dial, quiet_line, state_of, tell
from tests.floor import Floor, until

MANY = [f"phone-{number}@center" for number in range(1_000)]
ADD_AGENTS = """
    INSERT INTO agent (login, name, contact, presence, idle_since)
    SELECT split_part(u, '@', 1), u, 'user/' || u, 'available', now() FROM unnest(%(users)s::text[]) u
"""
COUNT = "SELECT count(*) FROM agent WHERE presence = %(presence)s AND reason IS NOT DISTINCT FROM %(reason)s"
HOW_MANY_REGISTERED = "SELECT count(*) FROM registration WHERE is_registered"


@pytest.fixture
def line(make_line: MakeLine, floor: Floor) -> Line:
    return quiet_line(make_line, floor)


def lists(switch: ScriptedSwitch) -> int:
    return len(switch.asked("api show registrations"))


def are(db: Database, state: tuple[str, str | None]) -> int:
    return int(db.value(COUNT, presence=state[0], reason=state[1]))


def test_a_thousand_phones_that_register_are_one_look_and_bring_their_agents_back(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    db.run(ADD_AGENTS, users=MANY)
    db.run("UPDATE agent SET presence = 'not_ready', reason = 'device_down', is_back_with_phone = true")
    line.start()
    until(lambda: lists(switch) == 2, "it has looked twice")
    until(lambda: line.link._phones.is_idle, "nothing is left to be done")
    before = asked(switch)
    switch.registered = set(MANY)
    for user in MANY:
        tell(switch, "register", user)
    until(lambda: are(db, READY) == len(MANY), "all are back")
    assert db.value(HOW_MANY_REGISTERED) == len(MANY)
    assert asked(switch) == before, "the list tells of all of them"
    assert lists(switch) <= 5
    assert len(line.heard(PhoneChanged)) == len(MANY)


def test_a_thousand_phones_of_which_nothing_is_heard_any_more_are_asked_about_once_though_the_list_has_them(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    db.run(ADD_AGENTS, users=MANY)
    switch.registered = set(MANY)
    line.start()
    until(lambda: db.value(HOW_MANY_REGISTERED) == len(MANY), "all are known")
    until(lambda: lists(switch) == 2 and line.link._phones.is_idle, "it has looked twice")
    before = asked(switch)
    switch.registered, switch.listed = set(), set(MANY)
    for user in MANY:
        tell(switch, "expire", user)
    until(lambda: are(db, DOWN) == len(MANY), "all are gone")
    assert asked(switch) == before + len(MANY)
    line.link._phones.look()
    assert db.value(HOW_MANY_REGISTERED) == 0
    assert are(db, DOWN) == len(MANY)


def test_what_is_told_before_the_list_has_it_is_asked_about(floor: Floor, line: Line, switch: ScriptedSwitch) -> None:
    users = MANY[: phones.MANY + 5]
    ann = floor.add_agent("ann")
    line.start()
    until(lambda: lists(switch) == 2, "it has looked twice")
    switch.registered, switch.listed = {"ann@center", *users}, set(users)
    for user in ("ann@center", *users):
        tell(switch, "register", user)
    until(lambda: line.link._phones.is_idle and lists(switch) > 2, "it was looked at")
    until(lambda: floor.db.value(HOW_MANY_REGISTERED) == len(users) + 1, "all are known")
    assert asked(switch) == 1
    assert state_of(floor, ann) == READY


def test_of_many_who_are_told_to_be_gone_too_soon_nobody_is_forgotten(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database
) -> None:
    """An expiry is told before it is true."""
    users = MANY[: phones.MANY + 5]
    db.run(ADD_AGENTS, users=users)
    switch.registered = set(users)
    line.start()
    until(lambda: db.value(HOW_MANY_REGISTERED) == len(users), "all are known")
    for user in users:
        tell(switch, "expire", user)
    until(lambda: asked(switch) >= len(users), "they are asked about, and are there")
    switch.registered = set()
    until(lambda: are(db, DOWN) == len(users), "soon after it is true")


def test_a_code_and_a_heartbeat_do_not_wait_for_who_asks_about_phones(
    floor: Floor, make_line: MakeLine, switch: ScriptedSwitch, db: Database
) -> None:
    """A phone that is gone and was not told of is asked about, and the switch does not answer."""
    ann = floor.add_agent("ann", presence="offline", idle_since=None)
    floor.insert("registration", switch_id=floor.switch_id, contact=f"user/{MANY[0]}", is_registered=True)
    answers = Event()
    switch.on_command = lambda command: answers.wait() if "sofia_contact" in command else None
    line = make_line(look_around_ms=NEVER, look_again_ms=NEVER, settle_ms=50, reply_ms=60_000)
    line.start()
    until(lambda: asked(switch) == 1, "it is asked about")
    beat = {"Event-Name": "HEARTBEAT", "Core-UUID": switch.core_id}
    switch.tell(beat | {"Event-Date-Timestamp": str(time.time_ns() // 1_000)})
    dial(switch, str(uuid4()), "*41")
    until(lambda: line.heard(CodeDialled), "the code is told")
    until(lambda: db.value("SELECT skew_ms FROM switch_heartbeat") is not None, "and the heartbeat noted")
    assert line.heard(CodeDialled)[0].agent_id == ann
    answers.set()


def test_an_agent_who_dials_while_a_thousand_phones_register_is_served_in_time(
    floor: Floor, switch: ScriptedSwitch, db: Database
) -> None:
    """A whole engine: nothing of it lets him wait behind them."""
    ann = floor.add_agent("ann", presence="offline", idle_since=None)
    db.run(ADD_AGENTS, users=MANY)
    db.run(
        "UPDATE agent SET presence = 'not_ready', reason = 'device_down', is_back_with_phone = true"
        " WHERE login <> 'ann'"
    )
    db.run("UPDATE switch SET port = %(port)s", port=switch.port)
    engine = Engine(Settings(database_url=db.url, workers=4), {"PASSWORD": switch.PASSWORD})
    engine.start()
    try:
        until(engine.ready_switches, "the engine has the switch")
        switch.registered = set(MANY)
        for user in MANY:
            tell(switch, "register", user)
        until(lambda: are(db, READY) > 0, "the first of them are back")
        leg = str(uuid4())
        dial(switch, leg, "*41")
        dialled_at = time.monotonic()
        until(lambda: switch.asked(f"bgapi uuid_transfer {leg}"), "he hears the tone")
        assert time.monotonic() - dialled_at < FRESH_S
        assert state_of(floor, ann) == ("not_ready", "logged_in")
        until(lambda: are(db, READY) == len(MANY), "all of them are back")
        assert abs(db.value("SELECT coalesce(max(skew_ms), 0) FROM switch_heartbeat")) < 2_000
    finally:
        engine.stop()


def test_who_is_told_of_a_thousand_phones_is_told_in_portions(
    floor: Floor, line: Line, switch: ScriptedSwitch, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happens to calls waits in the same lines of the workers."""
    db.run(ADD_AGENTS, users=MANY[:100])
    pauses: list[int] = []
    pause = SimpleNamespace(
        sleep=lambda _: pauses.append(len(line.heard(PhoneChanged))), spawn_later=gevent.spawn_later
    )
    monkeypatch.setattr(phones, "gevent", pause)
    for user in MANY[:100]:
        floor.insert("registration", switch_id=floor.switch_id, contact=f"user/{user}", is_registered=False)
    line.start()
    until(lambda: len(line.heard(PhoneChanged)) >= 100, "all are told")
    assert pauses[:4] == [20, 40, 60, 80]


def test_a_heartbeat_that_waited_here_says_nothing_of_the_switchs_clock(
    line: Line, switch: ScriptedSwitch, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.start()
    beat = {"Event-Name": "HEARTBEAT", "Core-UUID": switch.core_id, "Event-Date-Timestamp": "1795290150000000"}
    monkeypatch.setattr("freeswitch_cc.engine.link.PROMPT_S", -1.0)
    before = db.value("SELECT heartbeat_at FROM switch_heartbeat")
    switch.tell(beat)
    until(lambda: db.value("SELECT heartbeat_at FROM switch_heartbeat") > before, "it is a sign of life")
    assert db.value("SELECT skew_ms FROM switch_heartbeat") is None
