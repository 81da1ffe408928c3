"""Everything that a decision on one agent, and on no call, may look at.

A plain value, read in one go while the agent is locked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from freeswitch_cc.core.call import Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """agent is None when there is none. The rest is read only for events that ask for it (`looks_at`).

    reasons: for which an agent may be not ready, those that only the engine gives left out.
    codes: of the dispositions in use. call_id: the call that a disposition is about, None when there is none;
    is_his_call: was he in it? is_phone_registered: at any switch; None when nobody has ever seen it registered.
    registered_since: when it registered last for the first time (core.phones.follow).
    feature_codes: what is dialled, by kind of request. reason_numbers: the reasons by what is dialled for them.
    """

    agent: Agent | None = None
    reasons: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    call_id: str | None = None
    is_his_call: bool = False
    is_phone_registered: bool | None = None
    registered_since: datetime | None = None
    feature_codes: Mapping[str, str] = field(default_factory=dict)
    reason_numbers: Mapping[str, str] = field(default_factory=dict)
