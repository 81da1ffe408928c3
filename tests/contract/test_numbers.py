"""Numbers that are called by a gateway: how they end, and what the switch itself does with one that has answered.

The robots are the outside world (fs-config/sip_profiles/robots_gateway.1.xml); a leg carries what the engine gives it.
"""

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from freeswitch_cc.core.commands import Originate
from freeswitch_cc.esl.render import render
from freeswitch_cc.esl.render_settings import RenderSettings
from tests.contract.probe import Switch

ANSWERS, NUMBER_S = "99910100", 4


def call(
    switch: Switch,
    number: str = ANSWERS,
    *,
    limit_ms: int = 60_000,
    deadman_ms: int = 90_000,
    gateway: str = "robots",
    role: str = "customer",
) -> tuple[str, str]:
    """Call a number as the engine does, but for who hears it ring for so long: the leg and the job."""
    leg = str(uuid.uuid4())
    switch.forget_at_the_end(leg)
    command = Originate(
        command_id=str(uuid.uuid4()),
        switch_id="one",
        call_id=leg,
        leg_id=leg,
        role=role,
        contact=f"sofia/gateway/{gateway}/{number}",
        ring_ms=(NUMBER_S - 1) * 1000,
        caller_number="+358401112222",
        caller_name="+358401112222",
        deadman_ms=deadman_ms,
        limit_ms=limit_ms,
    )
    switch.socket.command(render(command, replace(RenderSettings(), media_timeout_ms=0)).data.rstrip(b"\n"))
    return leg, command.command_id


def reached(switch: Switch, **like: Any) -> str:
    """A number that has answered, parked."""
    since = switch.mark()
    leg, job = call(switch, **like)
    switch.need("CHANNEL_PARK", leg, since=since)
    assert switch.result(job, since) == f"+OK {leg}"
    return leg


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        ("99920000", "USER_BUSY"),
        ("99930200", "CALL_REJECTED"),
        ("99940000", "NO_ANSWER"),
        ("99950000", "UNALLOCATED_NUMBER"),
        ("99970000", "NO_ANSWER"),
    ],
)
def test_a_number_that_is_not_reached_ends_its_job_with_the_cause(switch: Switch, number: str, cause: str) -> None:
    since = switch.mark()
    leg, job = call(switch, number)
    assert switch.result(job, since) == f"-ERR {cause}"
    assert switch.seen("CHANNEL_PARK", leg, since=since) is None, "an announcement is no answer"


def test_a_gateway_that_is_none_is_a_failure_and_makes_no_channel(switch: Switch) -> None:
    since = switch.mark()
    leg, job = call(switch, gateway="nosuch")
    assert switch.result(job, since) == "-ERR INVALID_GATEWAY"
    assert switch.every("CHANNEL_CREATE", leg, since) == []


def test_the_phone_is_shown_the_caller_id(switch: Switch) -> None:
    leg = reached(switch)
    phone = switch.phones.phone_of(leg)
    assert switch.get(phone, "sip_from_user") == "+358401112222"


def test_who_answers_when_no_engine_is_there_hears_music_after_a_few_seconds(switch: Switch) -> None:
    leg = reached(switch)
    since = switch.mark()
    switch.need("PLAYBACK_START", leg, since=since, within_s=8.0)
    assert json.loads(switch.api(f"uuid_dump {leg} json"))["Caller-Context"] == "fcc_deadman"


def test_what_is_put_off_at_once_does_not_tear_a_talk(switch: Switch) -> None:
    """As the engine does: the rescue is put off, then the two are bridged."""
    leg, agent = reached(switch), switch.agent()
    assert switch.api(f"sched_del {leg}").startswith("+OK")
    assert switch.api(f"sched_transfer +30 {leg} fcc_orphan XML fcc_deadman").startswith("+OK")
    since = switch.bridge(leg, agent)
    assert switch.seen("CHANNEL_UNBRIDGE", since=since, within_s=7.0) is None


def test_a_talk_takes_the_rescue_away_by_itself(switch: Switch) -> None:
    leg, agent = reached(switch), switch.agent()
    since = switch.bridge(leg, agent)
    assert switch.seen("CHANNEL_UNBRIDGE", since=since, within_s=7.0) is None


def test_a_leg_that_costs_money_is_ended_in_time_whatever_becomes_of_its_rescue(switch: Switch) -> None:
    since = switch.mark()
    leg, agent = reached(switch, limit_ms=3_000), switch.agent()
    switch.api(f"sched_del {leg}")
    switch.bridge(leg, agent)
    ended = switch.need("CHANNEL_HANGUP", leg, since=since, within_s=6.0)
    assert ended["Hangup-Cause"] == "ALLOTTED_TIMEOUT"
    switch.need("CHANNEL_PARK", agent, since=since, within_s=2.0)


def test_an_agent_s_phone_that_costs_money_is_ended_in_time_too(switch: Switch) -> None:
    """Only that: whoever talks to him is parked, as when any phone dies."""
    since = switch.mark()
    agent, customer = reached(switch, limit_ms=3_000, role="agent"), reached(switch)
    switch.bridge(customer, agent)
    ended = switch.need("CHANNEL_HANGUP", agent, since=since, within_s=6.0)
    assert ended["Hangup-Cause"] == "ALLOTTED_TIMEOUT"
    switch.need("CHANNEL_PARK", customer, since=since, within_s=2.0)
    assert switch.hears_music(customer)


def test_an_agent_who_left_is_no_end_for_who_was_called(switch: Switch) -> None:
    leg, agent = reached(switch), switch.agent()
    since = switch.bridge(leg, agent)
    switch.api(f"uuid_kill {agent}")
    switch.need("CHANNEL_PARK", leg, since=since)
    assert switch.hears_music(leg)


# -- a number that is called for a caller --------------------------------------------------------


def for_a_caller(switch: Switch, **like: Any) -> str:
    return reached(switch, **{"role": "target", "deadman_ms": 3_000, **like})


def ended_as(switch: Switch, leg: str, since: int, within_s: float) -> str:
    return str(switch.need("CHANNEL_HANGUP", leg, since=since, within_s=within_s)["Hangup-Cause"])


def test_one_that_answers_when_no_engine_is_there_is_ended_after_a_while(switch: Switch) -> None:
    leg = for_a_caller(switch)
    assert ended_as(switch, leg, switch.mark(), 6.0) == "NORMAL_TEMPORARY_FAILURE"


def test_one_that_talks_is_not_ended_by_that(switch: Switch) -> None:
    (caller, _), leg = switch.customer(), for_a_caller(switch)
    since = switch.bridge(caller, leg)
    assert switch.seen("CHANNEL_UNBRIDGE", since=since, within_s=5.0) is None


def test_one_whose_caller_left_is_ended_after_a_while(switch: Switch) -> None:
    (caller, _), leg = switch.customer(), for_a_caller(switch)
    since = switch.bridge(caller, leg)
    switch.api(f"uuid_kill {caller}")
    switch.need("CHANNEL_PARK", leg, since=since, within_s=2.0)
    assert ended_as(switch, leg, since, 8.0) == "NORMAL_TEMPORARY_FAILURE"


def test_its_limit_ends_it_in_mid_talk_and_parks_the_caller(switch: Switch) -> None:
    (caller, _), leg = switch.customer(), for_a_caller(switch, limit_ms=3_000)
    since = switch.bridge(caller, leg)
    assert ended_as(switch, leg, since, 6.0) == "ALLOTTED_TIMEOUT"
    switch.need("CHANNEL_PARK", caller, since=since, within_s=2.0)


def test_one_that_leaves_in_mid_talk_leaves_the_caller_parked(switch: Switch) -> None:
    (caller, _), leg = switch.customer(), for_a_caller(switch)
    since = switch.bridge(caller, leg)
    switch.api(f"uuid_kill {leg}")
    switch.need("CHANNEL_PARK", caller, since=since)
    assert switch.hears_music(caller)
