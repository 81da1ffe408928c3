"""What belongs to one agent and to no call: what he asks for, and what is due. As core.events, which see."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent:
    """Anything that belongs to one agent and to no call. looks_at: what else the decision reads, see AgentView."""

    agent_id: str
    looks_at: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRequest(AgentEvent):
    """A person asks for something. forced_by: the supervisor who asks for it in the agent's place."""

    request_id: str
    forced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceAsked(AgentRequest):
    """kind is login, available, not_ready or logout (core.presence.Ask)."""

    kind: str
    reason: str | None = None
    looks_at: ClassVar[str] = "reasons"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpAsked(AgentRequest):
    """kind is end_wrap_up or extend_wrap_up (core.wrap_up.WrapUpAsk). by_ms: for how much longer."""

    kind: str
    by_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionAsked(AgentRequest):
    """What came of a call, in the agent's words. call_id: None means the call that he was in last."""

    code: str
    subject: str = ""
    call_id: str | None = None
    looks_at: ClassVar[str] = "dispositions"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDeadlinePassed(AgentEvent):
    """The agent's passing state is due (wrap-up over, or nobody took him out of it)."""
