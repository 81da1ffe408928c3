"""Feature codes: what an agent without a desktop dials on his phone, as the requests that they are.

A code is read into the very event that a row of `request` becomes, so it is carried out and refused like any other. He
is told by a tone; the row is written with its answer. Who he is says his phone's password, never what it shows.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from freeswitch_cc.core import agent_events
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.commands import AnswerByTone
from freeswitch_cc.core.phone_events import CodeDialled
from freeswitch_cc.core.presence import Ask
from freeswitch_cc.core.said_to_people import PhoneRequest
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.wrap_up import WrapUpAsk

KINDS: Mapping[str, str] = {
    Ask.LOGOUT: "*40",
    Ask.LOGIN: "*41",
    Ask.AVAILABLE: "*42",
    Ask.NOT_READY: "*43",
    WrapUpAsk.END: "*44",
}
"""What may be asked for by phone, and the code of a center that names no other. An empty code is switched off."""

CODE = r"\*[0-9]{2}"
"""What a code looks like; fs-config's dialplan (agents.xml) lets no other text through."""

UNKNOWN = "feature_code"
"""The kind of the request that a code is which means nothing."""

_DIALLED = re.compile(rf"({CODE})(?:\*([0-9]{{1,2}}))?")


def request_of(view: AgentView, event: CodeDialled) -> agent_events.AgentRequest:
    """The request that a code is. Raises Refusal: strange_phone, unknown_code, unknown_reason."""
    if view.agent is None:
        raise Refusal("strange_phone", f"{event.phone} is the phone of no agent, or of more than one")
    kind, number = _kind_of(view, event.dialled)
    who: dict[str, Any] = {"agent_id": event.agent_id, "request_id": event.leg_id}
    if kind == WrapUpAsk.END and not number:
        return agent_events.WrapUpAsked(kind=kind, **who)
    if kind is None or (number and kind != Ask.NOT_READY):
        codes = ", ".join(f"{code} {kind}" for kind, code in view.feature_codes.items() if code)
        raise Refusal("unknown_code", f"{event.dialled} means nothing: {codes or 'all codes are switched off'}")
    if number and number not in view.reason_numbers:
        known = ", ".join(f"{number} {name}" for number, name in view.reason_numbers.items())
        raise Refusal("unknown_reason", f"no reason has the number {number}: {known or 'none has one'}")
    return agent_events.PresenceAsked(kind=kind, reason=view.reason_numbers.get(number), **who)


def told(decision: Decision, view: AgentView, event: CodeDialled, now: datetime) -> Decision:
    """The decision on the request, with the row that nobody wrote, and the tone that tells how it went.

    His phone is at its tone still: if it has one line and he is offered a call at once, it is busy, as after a call,
    and soon rung again (Timeouts.busy_retry_ms).
    """
    assert decision.answer is not None, "a request is always answered"
    kind, _ = _kind_of(view, event.dialled)
    return replace(
        decision,
        agents=tuple(replace(agent, released_at=now) for agent in decision.agents),
        asked=PhoneRequest(
            request_id=event.leg_id,
            kind=kind or UNKNOWN,
            agent_id=view.agent.agent_id if view.agent is not None else None,
            arguments={"dialled": event.dialled},
            asked_by=f"phone {event.phone}",
            idempotency_key=f"phone {event.leg_id}",
        ),
        commands=(
            AnswerByTone(
                command_id=event.command_id,
                switch_id=event.switch_id,
                call_id=event.leg_id,
                leg_id=event.leg_id,
                is_done=decision.answer.state == "done",
            ),
        ),
    )


def _kind_of(view: AgentView, dialled: str) -> tuple[str | None, str]:
    """What is asked for, None when the code means nothing; and the number of a reason, empty without one."""
    found = _DIALLED.fullmatch(dialled)
    if found is None:
        return None, ""
    number = (found[2] or "").lstrip("0")
    kind = next((kind for kind, code in view.feature_codes.items() if code == found[1]), None)
    return kind, number if found[2] is None else number or "0"
