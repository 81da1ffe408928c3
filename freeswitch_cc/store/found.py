"""What the functions of the hot path return, and how it is read. Shapes only; the functions: migrations/sql/."""

from datetime import datetime

import msgspec

from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.call import View
from freeswitch_cc.store.views import CallsFound


class CallFound(msgspec.Struct, frozen=True):
    now: datetime
    view: View


class AgentFound(msgspec.Struct, frozen=True):
    now: datetime
    view: AgentView


call_found = msgspec.json.Decoder(CallFound)
calls_found = msgspec.json.Decoder(CallsFound)
agent_found = msgspec.json.Decoder(AgentFound)


class Due(msgspec.Struct, frozen=True):
    """A row whose time has come, or comes in due_in_ms.

    kind: command, sound, deadman, offer, visit, step, forward, agent, wrap_up.
    """

    kind: str
    call_id: str | None
    agent_id: str | None
    row_id: str
    due_in_ms: float
