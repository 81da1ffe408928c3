"""`make bench-dispatch-freeswitch`: what it times, what it counts, and that it runs where there is a FreeSWITCH."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from freeswitch_cc.center import read_center
from freeswitch_cc.testcalls.switch_process import find_binary

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "dispatch_freeswitch.py"
SECOND = 1_000_000
LIMIT_S = 120


def run(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(BENCHMARK), *arguments]
    with subprocess.Popen(
        command, env=os.environ | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            output, errors = process.communicate(timeout=LIMIT_S)
        except BaseException:
            process.terminate()  # and not kill(): it stops its switches and its PostgreSQL
            process.communicate()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def event(name: str, at: int, caller: str = "0700000001", **headers: str) -> bytes:
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    said = {"Event-Name": name, "Event-Date-Timestamp": str(at), "Caller-Caller-ID-Number": caller, **headers}
    return json.dumps(said).encode()


def park(at: int, direction: str, leg: str) -> bytes:
    return event("CHANNEL_PARK", at, Call_Direction=direction, Unique_ID=leg)


def callcenter(action: str, at: int, **headers: str) -> bytes:
    told = {"CC_Action": action, "CC_Agent": "a000", "CC_Member_CID_Number": "0700000001", **headers}
    return event("CUSTOM", at, CC_Member_Session_UUID="caller", **told)


@pytest.fixture
def watch() -> Any:
    from dispatch_freeswitch_watch import OURS, Call, Watch

    return Watch(calls={"0700000001": Call(OURS)})


def test_our_time_runs_from_the_first_park_of_the_caller_to_the_first_invite_at_a_phone(watch: Any) -> None:
    watch.of_phones(event("CHANNEL_CREATE", 50, Call_Direction="outbound"))  # the caller's own phone
    watch.of_switch(park(100, "inbound", "caller"))
    watch.of_switch(event("CHANNEL_CREATE", 120, Call_Direction="outbound", Unique_ID="agent"))
    watch.of_phones(event("CHANNEL_CREATE", 130, Call_Direction="inbound"))
    watch.of_switch(park(140, "outbound", "agent"))
    watch.of_switch(park(900, "inbound", "caller"))  # when the talk is over
    watch.of_phones(event("CHANNEL_CREATE", 950, Call_Direction="inbound"))  # a second offer
    call = watch.calls["0700000001"]
    assert (call.entered_at, call.created_at, call.rang_at, call.dispatch_us) == (100, 120, 130, 30)


def test_their_time_runs_from_the_entry_to_the_queue_and_no_park_begins_it() -> None:
    from dispatch_freeswitch_watch import THEIRS, Call, Watch

    watch = Watch(calls={"0700000001": Call(THEIRS)})
    watch.of_switch(park(90, "inbound", "caller"))
    watch.of_switch(callcenter("member-queue-start", 100))
    watch.of_switch(callcenter("agent-offering", 170))
    watch.of_phones(event("CHANNEL_CREATE", 180, Call_Direction="inbound"))
    call = watch.calls["0700000001"]
    assert (call.entered_at, call.offering_at, call.dispatch_us) == (100, 170, 80)


def test_a_talk_is_told_once_so_that_its_caller_hangs_up(watch: Any) -> None:
    told: list[Any] = []
    watch.on_talk = told.append
    bridge = event("CHANNEL_BRIDGE", 200, Bridge_A_Unique_ID="agent", Bridge_B_Unique_ID="caller")
    watch.of_switch(bridge)  # of somebody who never entered
    assert told == []
    watch.of_switch(park(100, "inbound", "caller"))
    watch.of_switch(bridge)
    watch.of_switch(bridge)
    assert told == [watch.calls["0700000001"]]
    assert told[0].has_talked


def test_an_agent_of_mod_callcenter_is_busy_until_the_second_after_his_talk(watch: Any) -> None:
    watch.of_switch(callcenter("agent-offering", 5 * SECOND))
    watch.of_switch(callcenter("bridge-agent-end", 6 * SECOND + 300))
    watch.of_switch(callcenter("agent-state-change", 6 * SECOND + 400, CC_Agent_State="Waiting"))
    watch.of_switch(callcenter("agent-offering", 8 * SECOND))
    watch.of_switch(callcenter("agent-state-change", 8 * SECOND + 500, CC_Agent_State="Waiting"))  # nobody talked
    assert watch.their_busy == [(5 * SECOND, 7 * SECOND), (8 * SECOND, 8 * SECOND + 500)]


def test_the_most_agents_busy_at_once_are_counted() -> None:
    from dispatch_freeswitch_watch import most_at_once

    assert most_at_once([]) == 0
    assert most_at_once([(0, 10), (10, 20)]) == 1
    assert most_at_once([(0, 10), (5, 20), (9, 12), (30, 40)]) == 3


def turn(side: str, times: list[int | None], **changes: Any) -> Any:
    from dispatch_freeswitch_turns import Turn
    from dispatch_freeswitch_watch import Call

    calls = tuple(
        Call(side, entered_at=SECOND, rang_at=0 if ms is None else SECOND + ms * 1000, has_talked=ms is not None)
        for ms in times
    )
    told = {"is_measured": True, "left": 0, "late_ms": 0.0, "seconds": 10.0, "used": {"engine": 1.0}}
    return Turn(**{"side": side, "calls": calls, **told, "others_cores": 0.0, "stolen_s": 0.0, **changes})


def test_the_ratio_is_of_all_turns_that_are_measured_and_who_was_not_served_is_counted() -> None:
    from dispatch_freeswitch_figures import compared
    from dispatch_freeswitch_watch import OURS, THEIRS

    turns = [
        turn(OURS, [900] * 50, is_measured=False),
        turn(OURS, [20, 20, None]),
        turn(THEIRS, [100, 100, 100]),
        turn(OURS, [20, 20]),
    ]
    said = dict(compared(turns))
    assert said["dispatch_ms_p50"] == "20.0"
    assert said["dispatch_ratio_vs_mod_callcenter_p50"] == "0.200"
    assert (said["dispatch_calls"], said["dispatch_calls_not_served"]) == ("5", "1")
    assert said["mod_callcenter_calls_not_served"] == "0"


def test_the_steps_of_a_call_are_read_from_the_engine_s_own_log() -> None:
    from dispatch_freeswitch_figures import noted_in

    engine = "INFO freeswitch_cc.engine.deciding"
    noted = noted_in(
        [
            "2026-11-22 07:54:41,000 INFO freeswitch_cc.engine.process the engine runs\n",
            f"2026-11-22 07:54:41,694 {engine} call=one LegParked: arrived, waits -> Play\n",
            f"2026-11-22 07:54:41,718 {engine} call=one OfferMade: offered to a010 -> Originate\n",
            f"2026-11-22 07:54:42,026 {engine} call=one LegParked: the agent answered, bridging -> Bridge\n",
        ]
    )
    assert set(noted) == {("one", "LegParked"), ("one", "OfferMade")}
    assert noted["one", "OfferMade"] - noted["one", "LegParked"] == 24_000


def test_both_sides_have_the_same_agents_with_the_same_phone(tmp_path: Path) -> None:
    from dispatch_freeswitch_config import MODULE, center_file, contact, logins, switch_config

    phone = contact(12345)
    config = switch_config(tmp_path, 7, phone, is_stock_timer=False)
    center = read_center(center_file(tmp_path, 7, phone, 8021))
    theirs = ElementTree.parse(config / "autoload_configs" / "callcenter.conf.xml")
    agents = {(agent.get("name"), agent.get("contact")) for agent in theirs.iter("agent")}
    assert agents == {(agent.login, agent.contact) for agent in center.agents} == {(name, phone) for name in logins(7)}
    assert [tier.get("agent") for tier in theirs.iter("tier")] == list(center.queues[0].agents)
    music = {param.get("name"): param.get("value") for param in theirs.iter("param")}["moh-sound"]
    assert music == center.queues[0].music
    modules = ElementTree.parse(config / "autoload_configs" / "modules.conf.xml")
    assert MODULE in [load.get("module") for load in modules.iter("load")]
    ElementTree.parse(config / "dialplan" / "public.xml")


def test_without_a_freeswitch_it_says_what_to_set(tmp_path: Path) -> None:
    done = run(FREESWITCH_BIN="", PATH=str(tmp_path))
    assert done.returncode == 2
    assert "set FREESWITCH_BIN to its path" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_freeswitch_bin_that_is_no_program_is_named(tmp_path: Path) -> None:
    done = run(FREESWITCH_BIN=str(tmp_path / "freeswitch"))
    assert done.returncode == 2
    assert str(tmp_path / "freeswitch") in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_without_mod_callcenter_is_told_which_module_it_lacks() -> None:
    from dispatch_freeswitch_bed import Unfit, need_module

    need_module(lambda text: "true", "freeswitch")
    with pytest.raises(Unfit, match="built without mod_callcenter"):
        need_module(lambda text: "false", "freeswitch")


@pytest.mark.freeswitch
def test_a_few_calls_of_each_side_are_served_and_compared() -> None:
    if find_binary() is None:
        pytest.skip("it starts two switches of its own: FREESWITCH_CC_TEST_SWITCH is not enough")
    few = ("--agents", "6", "--rate", "3", "--turns", "1", "--seconds", "2", "--warm-up-seconds", "1")
    # No turn is dropped: it is not the figures that are looked at here.
    done = run(*few, "--others", "99")
    assert done.returncode == 0, done.stderr
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    for side in ("dispatch", "mod_callcenter"):
        assert said[f"{side}_calls"] == "6"
        assert said[f"{side}_calls_not_served"] == said[f"{side}_calls_without_talk"] == "0"
        assert 0 < float(said[f"{side}_ms_p50"]) < 5_000
    assert float(said["dispatch_ratio_vs_mod_callcenter_p50"]) > 0
    assert said["postgres_fsync"].startswith("on")
