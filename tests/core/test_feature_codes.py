"""Feature codes: each is the request that it stands for, refused and carried out by the same rules, told by a tone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core import agent_events
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.asked import ARGUMENTS
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.commands import AnswerByTone
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.feature_codes import KINDS, UNKNOWN
from freeswitch_cc.core.phone_events import CodeDialled
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Activity, Presence, WrapUp
from tests.core.world import NOW, REASONS, make_agent

NUMBERS = {"2": "lunch", "10": "meeting"}
OFFLINE = {"presence": Presence.OFFLINE, "idle_since": None}
AWAY = {"presence": Presence.NOT_READY}
AGENTS: list[dict[str, Any]] = [
    OFFLINE,
    AWAY,
    {},
    {"activity": Activity.TALKING},
    {"activity": Activity.WRAP_UP, "wrap_up": WrapUp.MANUAL},
]


def view_of(agent: Agent | None, **codes: str) -> AgentView:
    return AgentView(agent=agent, reasons=REASONS, reason_numbers=NUMBERS, feature_codes={**KINDS, **codes})


def dialled(code: str, agent: Agent | None, **codes: str) -> Decision:
    event = CodeDialled(
        agent_id="ann", switch_id="s", leg_id="leg", dialled=code, phone="user/1@d.example", command_id="c"
    )
    return decide_agent(view_of(agent, **codes), event, NOW)


def reason_of(decision: Decision) -> str | None:
    assert decision.answer is not None
    return decision.answer.reason


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_code_does_and_says_what_the_request_does(kind: str, agent: dict[str, Any]) -> None:
    who = make_agent(**agent)
    common = {"agent_id": "ann", "request_id": "leg", "kind": kind}
    request = (
        agent_events.WrapUpAsked(**common)  # type: ignore[arg-type]
        if kind == "end_wrap_up"
        else agent_events.PresenceAsked(**common)  # type: ignore[arg-type]
    )
    by_phone, by_row = dialled(KINDS[kind], who), decide_agent(view_of(who), request, NOW)
    # His phone is at its tone: it is released as after a call, so that a busy one is soon rung again.
    assert by_phone.agents == tuple(replace(agent, released_at=NOW) for agent in by_row.agents)
    assert (by_phone.answer, by_phone.wakes_matcher) == (by_row.answer, by_row.wakes_matcher)


def test_a_code_brings_the_row_that_nobody_wrote_and_one_tone_and_no_more() -> None:
    decision = dialled("*42", make_agent(**AWAY))
    assert decision.asked is not None
    assert (decision.asked.request_id, decision.asked.kind, decision.asked.agent_id) == ("leg", "available", "ann")
    assert decision.asked.arguments == {"dialled": "*42"}
    assert decision.asked.asked_by == "phone user/1@d.example"
    assert decision.commands == (
        AnswerByTone(command_id="c", switch_id="s", call_id="leg", leg_id="leg", is_done=True),
    )
    assert (decision.call, decision.legs, decision.visits, decision.offers) == (None, (), (), ())
    assert decision.agents[0].is_ready, "the leg makes nobody busy"


@pytest.mark.parametrize(
    ("code", "reason"), [("*43", "unspecified"), ("*43*2", "lunch"), ("*43*02", "lunch"), ("*43*10", "meeting")]
)
def test_not_ready_may_name_a_reason_by_its_number(code: str, reason: str) -> None:
    assert dialled(code, make_agent()).agents[0].reason == reason


@pytest.mark.parametrize(
    ("code", "agent", "reason"),
    [
        ("*42", OFFLINE, "not_logged_in"),
        ("*41", {}, "already_logged_in"),
        ("*44", {}, "not_in_wrap_up"),
        ("*43*3", {}, "unknown_reason"),
        ("*43*0", {}, "unknown_reason"),
        ("*43*00", {}, "unknown_reason"),
        ("*99", {}, "unknown_code"),
        ("*42*2", AWAY, "unknown_code"),
        ("*44*2", {"activity": Activity.WRAP_UP}, "unknown_code"),
        ("7001", {}, "unknown_code"),
        ("", {}, "unknown_code"),
        ("*42\n", AWAY, "unknown_code"),
    ],
)
def test_what_is_refused_changes_nothing_and_sounds_so(code: str, agent: dict[str, Any], reason: str) -> None:
    decision = dialled(code, make_agent(**agent))
    assert reason_of(decision) == reason
    assert decision.agents == ()
    assert [command.is_done for command in decision.commands if isinstance(command, AnswerByTone)] == [False]
    assert decision.asked is not None


def test_a_phone_that_is_nobodys_is_refused_and_on_record() -> None:
    decision = dialled("*41", None)
    assert reason_of(decision) == "strange_phone"
    assert decision.asked is not None
    assert (decision.asked.agent_id, decision.asked.kind) == (None, "login")


def test_a_center_has_codes_of_its_own_and_may_switch_one_off() -> None:
    assert dialled("*71", make_agent(**OFFLINE), login="*71").agents
    assert reason_of(dialled("*41", make_agent(**OFFLINE), login="*71")) == "unknown_code"
    off = dialled("*42", make_agent(**AWAY), available="")
    assert reason_of(off) == "unknown_code"
    assert off.asked is not None
    assert off.asked.kind == UNKNOWN
    all_off = dialled("*42", make_agent(), **dict.fromkeys(KINDS, ""))
    assert all_off.answer is not None
    assert all_off.answer.message == "*42 means nothing: all codes are switched off"


def test_a_code_is_a_request_that_a_row_may_be_too() -> None:
    assert set(KINDS) <= set(ARGUMENTS)
    assert UNKNOWN not in ARGUMENTS
    assert len(set(KINDS.values())) == len(KINDS)


@given(code=st.text(alphabet="*#0123456789ab ", max_size=8), agent=st.sampled_from([None, *AGENTS]))
def test_whatever_is_dialled_is_answered_once(code: str, agent: dict[str, Any] | None) -> None:
    decision = dialled(code, None if agent is None else make_agent(**agent))
    assert decision.answer is not None
    assert decision.asked is not None
    assert len(decision.commands) == 1
    assert decision.answer.state == "done" or decision.answer.reason
