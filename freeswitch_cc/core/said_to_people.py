"""What a decision says to people: an alarm, the answer to a request, and the request itself where a phone has asked.

Records only; what became of a call is core.scene's Decision, what the switch is told core.commands.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What somebody should look at. kind is a stable word."""

    kind: str
    switch_id: str | None = None
    call_id: str | None = None
    leg_id: str | None = None
    details: str = ""
    once: str = ""
    """What makes two alarms of a switch the same thing told again, which the engine does seldom. Empty: told always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request is told: done, or refused with a stable reason and a sentence."""

    request_id: str
    state: str
    reason: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRequest:
    """A request for which there is no row: a phone has asked. It is written together with its answer, once."""

    request_id: str
    kind: str
    agent_id: str | None
    arguments: dict[str, str]
    asked_by: str
    idempotency_key: str
