"""What was told of phones is kept when the switch does not answer what is asked about them, and asked again soon."""

from collections.abc import Callable
from typing import Any

import gevent
import pytest

from freeswitch_cc.engine import phones
from freeswitch_cc.errors import StoreFailed
from tests.engine.conftest import MakeLine
from tests.engine.fakes import ScriptedSwitch
from tests.engine.lines import Line
from tests.engine.phones_told import DOWN, USER, begin, quiet_line, state_of, tell
from tests.floor import Floor, until

LIST, QUESTION = "api show registrations", "api sofia_contact"
Break = Callable[[str, int], list[str]]


@pytest.fixture
def line(make_line: MakeLine, floor: Floor) -> Line:
    return quiet_line(make_line, floor)


@pytest.fixture
def fail(switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch) -> Break:
    """From now on the first so many commands that begin so are answered with a failure; which they were."""
    answer = switch._answer

    def begin(start: str, times: int) -> list[str]:
        failed: list[str] = []

        def failing(command: str, peer: Any) -> bytes:
            if not command.startswith(start) or len(failed) >= times:
                return answer(command, peer)
            failed.append(command)
            said = b"-ERR the database is locked\n"
            return b"Content-Type: api/response\nContent-Length: %d\n\n%s" % (len(said), said)

        monkeypatch.setattr(switch, "_answer", failing)
        return failed

    return begin


def begun(line: Line, switch: ScriptedSwitch, users: set[str]) -> None:
    """These are registered; the list will say so for a long time."""
    switch.registered = switch.listed = set(users)
    begin(line, switch)


def test_a_phone_about_which_the_switch_does_not_answer_is_asked_about_again(
    floor: Floor, line: Line, switch: ScriptedSwitch, fail: Break
) -> None:
    ann = floor.add_agent("ann")
    begun(line, switch, {USER})
    failed = fail(QUESTION, 3)
    switch.registered = set()
    tell(switch, "unregister")
    until(lambda: state_of(floor, ann) == DOWN, "it is gone, though the list has it")
    assert len(failed) == 3


def test_so_are_many_of_which_the_list_could_not_be_read(
    floor: Floor, line: Line, switch: ScriptedSwitch, fail: Break
) -> None:
    users = [f"phone-{number}@center" for number in range(phones.MANY + 1)]
    agents = [floor.add_agent(user.partition("@")[0]) for user in users]
    begun(line, switch, set(users))
    failed = fail(LIST, 2)
    switch.registered = set()
    for user in users:
        tell(switch, "expire", user)
    until(lambda: all(state_of(floor, agent) == DOWN for agent in agents), "all are gone, though the list has them")
    assert len(failed) == 2


def test_so_is_one_that_was_there_still_when_it_was_asked_about_first(
    floor: Floor, line: Line, switch: ScriptedSwitch, fail: Break
) -> None:
    """An expiry is told before it is true."""
    ann = floor.add_agent("ann")
    begun(line, switch, {USER})
    before = len(switch.asked(QUESTION))
    tell(switch, "expire")
    until(lambda: len(switch.asked(QUESTION)) > before, "it was asked too soon")
    failed = fail(QUESTION, 1)
    switch.registered = set()
    until(lambda: state_of(floor, ann) == DOWN, "it is gone, though the list has it")
    assert len(failed) == 1


def test_a_list_that_can_never_be_read_keeps_nobody_from_being_asked_about(
    floor: Floor, line: Line, switch: ScriptedSwitch, fail: Break
) -> None:
    """A look takes along what was told a moment before."""
    ann, bob = floor.add_agent("ann"), floor.add_agent("bob")
    begun(line, switch, {USER, "bob@center"})
    fail(LIST, 1_000)
    switch.registered = set()
    tell(switch, "unregister")
    until(lambda: not line.link._phones.is_idle, "it is told")
    line.link._phones._look_at = 0.0
    line.link._phones.look_if_due()
    until(lambda: state_of(floor, ann) == DOWN, "it is asked about")
    tell(switch, "unregister", "bob@center")
    until(lambda: state_of(floor, bob) == DOWN, "and so is the next")


def test_what_could_not_be_written_down_is_looked_at_again(
    floor: Floor, line: Line, switch: ScriptedSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = floor.add_agent("ann")
    begun(line, switch, {USER})
    run, failures = line.phones_session.run, [1, 2]

    def failing(*arguments: Any) -> Any:
        if failures:
            failures.pop()
            raise StoreFailed("the database is away")
        return run(*arguments)

    monkeypatch.setattr(line.phones_session, "run", failing)
    switch.registered = set()
    tell(switch, "unregister")
    until(lambda: state_of(floor, ann) == DOWN, "it is written in the end")
    assert not failures


def test_a_switch_that_answers_nothing_is_asked_less_and_less_often(
    make_line: MakeLine, switch: ScriptedSwitch, fail: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line(look_around_ms=300, look_again_ms=300, settle_ms=50)
    begun(line, switch, {USER})
    later, waits = gevent.spawn_later, []

    def noted(seconds: float, function: Callable[..., Any], *arguments: Any) -> Any:
        if line.link._phones._try_again in arguments:
            waits.append(seconds)
        return later(seconds, function, *arguments)

    monkeypatch.setattr(phones.gevent, "spawn_later", noted)
    failed = fail(LIST, 8)
    until(lambda: len(waits) >= 5, "it has failed")
    assert waits[:5] == [0.05, 0.1, 0.2, 0.3, 0.3]
    until(lambda: len(failed) == 8 and line.link._phones.is_idle, "it can be read again")
    until(lambda: line.link._phones._again_s == 0.05, "and is as good as ever")
