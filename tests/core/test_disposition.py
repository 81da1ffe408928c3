"""What came of a call, as the agent says: of which call, in which words, and what is refused."""

import pytest

from freeswitch_cc.core import agent_events
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.disposition import Disposition
from freeswitch_cc.core.scene import Decision
from tests.core.test_presence import answer_of
from tests.core.world import CALL, NOW, make_agent

CODES = ("complaint", "sold")


def say(code: str = "sold", subject: str = "", asked: str | None = None, **view: object) -> Decision:
    known = {"agent": make_agent(), "codes": CODES, "call_id": CALL, "is_his_call": True, **view}
    event = agent_events.DispositionAsked(agent_id="ann", request_id="r", code=code, subject=subject, call_id=asked)
    return decide_agent(AgentView(**known), event, NOW)  # type: ignore[arg-type]


def test_what_he_says_is_noted_and_changes_nothing_of_him() -> None:
    decision = say(subject="two chairs")
    assert decision.dispositions == (
        Disposition(call_id=CALL, agent_id="ann", code="sold", subject="two chairs", noted_at=NOW),
    )
    assert (decision.agents, decision.wakes_matcher, decision.changes_nothing) == ((), False, False)
    assert answer_of(decision).message == f"sold noted for call {CALL}"


@pytest.mark.parametrize(
    ("view", "call_id", "reason", "message"),
    [
        ({"agent": None}, None, "no_such_agent", "there is no such agent"),
        ({"call_id": None, "is_his_call": False}, None, "no_call", "ann has not been in any call yet"),
        ({"call_id": None, "is_his_call": False}, "c-9", "no_such_call", "there is no call c-9"),
        ({"is_his_call": False}, CALL, "not_his_call", f"ann was not in call {CALL}"),
    ],
)
def test_a_call_that_is_not_his_is_refused(
    view: dict[str, object], call_id: str | None, reason: str, message: str
) -> None:
    decision = say(asked=call_id, **view)
    assert decision.dispositions == ()
    assert (answer_of(decision).reason, answer_of(decision).message) == (reason, message)


def test_a_code_that_the_center_does_not_know_is_refused_and_those_that_it_knows_are_listed() -> None:
    refused = answer_of(say("Sold"))
    assert (refused.reason, refused.message) == (
        "unknown_disposition",
        "there is no disposition 'Sold': it may be complaint, sold",
    )
    assert answer_of(say(codes=())).message.endswith("the center file names none")
