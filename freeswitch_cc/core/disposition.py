"""What an agent says that came of a call: a code of the center's list and one line of subject.

It may be said while he talks, in wrap-up and later, as often as he likes: the last word counts. Nothing waits for it.
"""

from dataclasses import dataclass
from datetime import datetime

from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.agent_view import AgentView


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """The last word of one agent on one call."""

    call_id: str
    agent_id: str
    code: str
    subject: str
    noted_at: datetime


def dispose(view: AgentView, code: str, subject: str, call_id: str | None, now: datetime) -> Disposition:
    """The disposition of a call that he was in: of call_id, else of the one he was in last.

    view: with the codes, and what is known of that call. Raises Refusal.
    """
    agent = view.agent
    assert agent is not None, "nobody has no last word"
    if view.call_id is None and call_id is None:
        raise Refusal("no_call", f"{agent.login} has not been in any call yet")
    if view.call_id is None:
        raise Refusal("no_such_call", f"there is no call {call_id}")
    if not view.is_his_call:
        raise Refusal("not_his_call", f"{agent.login} was not in call {view.call_id}")
    if code not in view.codes:
        listed = f"it may be {', '.join(view.codes)}" if view.codes else "the center file names none"
        raise Refusal("unknown_disposition", f"there is no disposition {code[:80]!r}: {listed}")
    return Disposition(call_id=view.call_id, agent_id=agent.agent_id, code=code, subject=subject, noted_at=now)
