"""The live tables: what they show of the rows, and that they fit the terminal."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from freeswitch_cc.demo import floor as demo_floor
from freeswitch_cc.demo.floor import AgentRow, CallRow, WhyRow
from freeswitch_cc.demo.main import MINUTE
from freeswitch_cc.demo.pace import Pace
from freeswitch_cc.demo.view import LiveView
from freeswitch_cc.testcalls.scenario import Life
from freeswitch_cc.testcalls.scenario_file import read_scenario
from tests.database import Database
from tests.floor import Floor


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    yield floor
    floor.close()


def agent(login: str, **changes: object) -> AgentRow:
    plain = {"login": login, "state": "ready", "reason": "", "since_s": 3.2, "caller": "", "then": ""}
    return AgentRow(**(plain | changes))  # type: ignore[arg-type]


def call(caller: str, **changes: object) -> CallRow:
    plain = {"queue": "sales", "state": "waiting", "hears_music": True, "is_returned": False, "waited_s": 1.0}
    return CallRow(**({"caller": caller, "agent": ""} | plain | changes))  # type: ignore[arg-type]


def drawn(
    view: LiveView, console: Console, agents: list[AgentRow], calls: list[CallRow], why: WhyRow | None = None
) -> list[str]:
    with console.capture() as capture:
        console.print(view.draw(agents, calls, why))
    return capture.get().splitlines()


def a_view(height: int = 30, width: int = 100) -> tuple[LiveView, Console, Pace]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    pace = Pace(read_scenario(MINUTE))
    return LiveView(console, pace, "the simulator"), console, pace


@pytest.mark.parametrize("height", [20, 24, 31, 32, 50, 90])
@pytest.mark.parametrize("calls", [0, 3, 30])
@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("says", [0, 1, 9])
def test_a_picture_fits_the_terminal_and_is_always_as_high(height: int, calls: int, width: int, says: int) -> None:
    why = WhyRow(caller="caller0", says=("It waits for somebody who is not there. " * 5,) * says) if says else None
    view, console, _ = a_view(height, width)
    for number in range(100):
        view.tell(f"{number:6d} ms  something happens" + " at last" * 20 * (number % 2))
    agents = [agent(f"agent{n}") for n in range(6)]
    lines = drawn(view, console, agents, [call(f"caller{n}") for n in range(calls)], why)
    assert all(len(line) <= width for line in lines)
    assert len(lines) == height - 1 or (height > 60 and len(lines) < height)
    assert "99 ms  something happens" in lines[-1]


def test_agents_and_calls_are_shown_as_they_are() -> None:
    view, console, _ = a_view()
    agents = [
        agent("alice", state="talking", since_s=12.4, caller="Bob Durand", then="lunch"),
        agent("carol", state="not ready", reason="no_answer"),
    ]
    calls = [
        call("Bob Durand", state="talking", hears_music=False, agent="alice", waited_s=2.6),
        call("Dora", queue="support", is_returned=True),
    ]
    told = "\n".join(" ".join(line.split()) for line in drawn(view, console, agents, calls))
    assert "alice talking 12 s Bob Durand lunch" in told
    assert "carol not ready no answer 3 s" in told
    assert "Bob Durand sales talking 3 s alice alice" in told
    assert "Dora support waiting first 1 s music" in told


def test_who_waits_is_shown_before_who_talks_when_there_is_no_room() -> None:
    view, console, _ = a_view(height=22)
    calls = [call(f"talker{n}", state="talking", agent="alice") for n in range(8)] + [call("waiter")]
    told = "\n".join(drawn(view, console, [agent("alice")] * 6, calls))
    assert "waiter" in told
    assert "talker0" in told
    assert "talker7" not in told
    assert "more calls" in told


def test_a_callers_name_commands_no_terminal() -> None:
    view, console, _ = a_view()
    view.tell("     1 ms  [red]\x1b[2J says hello")
    told = "\n".join(drawn(view, console, [agent("alice", caller="\x1b]0;x\x07")], [call("[bold]B[/]\x1b[1m")]))
    assert "\x1b" not in told
    assert "[bold]B[/]" in told
    assert "[red]" in told


def test_why_the_next_call_waits_is_told_but_for_what_stands_in_its_row() -> None:
    view, console, _ = a_view()
    why = WhyRow(
        caller="Dora\x1b[2J", says=("Waits 2 s in sales, 1st.", "Tier 1 has no agents.", "Two.", "No.", "Last.")
    )
    lines = [line.strip() for line in drawn(view, console, [], [call("Dora")], why)]
    at = next(place for place, line in enumerate(lines) if line.startswith("why Dora"))
    assert lines[at].endswith("waits: Tier 1 has no agents.")
    assert lines[at + 1 : at + 3] == ["Two.", "Last."]
    assert "\x1b" not in lines[at]
    assert not any("Waits 2 s" in line for line in lines)


def test_the_last_sentence_of_the_script_stands_above_everything() -> None:
    view, console, _ = a_view()
    view.tell("     1 ms  * The morning")
    view.tell("     2 ms  bob hears music")
    assert "The morning" in "\n".join(drawn(view, console, [], [])[:4])


def test_the_bar_goes_from_nothing_to_all_and_a_dead_engine_is_seen() -> None:
    view, console, pace = a_view()
    seen = [pace.done]
    was_dead = False
    for step in read_scenario(MINUTE).steps:
        pace.begins(step)
        seen.append(pace.done)
        pace.is_over(step)
        seen.append(pace.done)
        if isinstance(step, Life):
            assert pace.engine_runs is (step.what == "start")
            assert ("THE ENGINE IS DEAD" in "\n".join(drawn(view, console, [], []))) is (step.what == "kill")
            was_dead = True
    assert was_dead
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_a_call_is_seen_to_wait_to_ring_and_to_talk(floor: Floor) -> None:
    def only_call() -> CallRow:
        (row,) = demo_floor.calls(floor.session)
        return row

    call_id = floor.arrive()
    assert (only_call().queue, only_call().state, only_call().agent) == ("sales", "waiting", "")
    floor.add_agent("alice")
    floor.match()
    (alice,) = demo_floor.agents(floor.session)
    assert (alice.login, alice.state) == ("alice", "reserved")
    assert only_call().state == "waiting", "her phone does not ring yet"
    floor.bridge(call_id)
    assert (only_call().state, only_call().agent) == ("talking", "alice")
    assert demo_floor.agents(floor.session)[0].state == "talking"
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    assert only_call().state == "ending"
    floor.happen(floor.hangup(call_id, floor.agent_leg(call_id)))
    assert demo_floor.calls(floor.session) == []
    assert demo_floor.agents(floor.session)[0].state == "ready"


def test_a_phone_that_rings_is_seen_with_whom(floor: Floor) -> None:
    floor.add_agent("alice")
    floor.arrive()
    ((_, call_id),) = floor.match()
    floor.answer(call_id)
    (row,) = demo_floor.calls(floor.session)
    assert (row.state, row.agent) == ("ringing", "alice")
    assert demo_floor.agents(floor.session)[0].state == "ringing"


def test_it_is_told_why_the_call_waits_that_goes_next(floor: Floor) -> None:
    assert demo_floor.why(floor.session) is None
    floor.arrive()
    floor.arrive()
    why = demo_floor.why(floor.session)
    assert why is not None
    assert why.says[0].startswith("Waits ")
    assert why.says[0].endswith(" in sales, 1st.")
    floor.add_agent("alice")
    floor.match()
    why = demo_floor.why(floor.session)
    assert why is not None
    assert why.says[0].endswith(" in sales, 2nd."), "the first is being offered to alice"
    assert "has 1 agent: 1 is about to be rung." in why.says[1]
