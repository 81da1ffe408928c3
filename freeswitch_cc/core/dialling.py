"""The records of calls that agents place: what the center says of dialling, who asks, and what was agreed on.

Plain values. Who may dial what: core.policy; how a call is placed: core.placing; what becomes of it: core.direct.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberClass:
    """Numbers that begin so, such as +358. Of several classes the longest beginning counts."""

    name: str
    like: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialler:
    """Who calls a number. login: an agent's, or the name of a queue. may_dial: classes of numbers. caller_ids: which he
    may show, the usual one first."""

    login: str
    may_dial: tuple[str, ...] = ()
    caller_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(Dialler):
    """An agent who calls, or is called. has_open_offer: a call is being offered to him, whatever his row says."""

    agent_id: str
    name: str
    contact: str
    is_active: bool = True
    has_open_offer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """What is known when an agent asks for a call, or a queue overflows. Without a trunk no number may be dialled.

    trunk: the gateway of the switch. prefix: what stands before the digits there. ring_ms: how long a number rings;
    agent_ring_ms: an agent's phone. max_call_ms: after which the switch ends the leg of a number. target: the agent
    who is to be called, if it is one and there is one.
    """

    agent: Party | None = None
    target: Party | None = None
    trunk: str = ""
    prefix: str = ""
    classes: tuple[NumberClass, ...] = ()
    ring_ms: int = 30_000
    agent_ring_ms: int = 15_000
    max_call_ms: int = 7_200_000
    hold_music: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What was agreed on when the call was placed: it holds, whatever the center file says later.

    agent_id, contact, ring_ms: who placed it, and his phone. to_*: who is called. caller_number, caller_name: what the
    called phone shows. limit_ms: how long the called leg may last, 0 for ever. hold_music: for who waits or is on hold.
    """

    agent_id: str
    contact: str
    ring_ms: int
    to_contact: str
    to_ring_ms: int
    to_agent_id: str | None = None
    caller_number: str = ""
    caller_name: str = ""
    limit_ms: int = 0
    hold_music: str = ""
