"""What happened to agents' phones: they register, they are gone, they dial a feature code. As core.events, which see.

What the switch says of a phone becomes an event of its agent in engine.phones; no phone belongs to a call here.
"""

from dataclasses import dataclass
from typing import ClassVar

from freeswitch_cc.core.agent_events import AgentEvent
from freeswitch_cc.core.switch_events import SwitchFact


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChanged(AgentEvent):
    """The phone of an agent has registered, or is not registered any more: which is true now is read with him."""

    looks_at: ClassVar[str] = "phone"


NOBODY = "00000000-0000-0000-0000-000000000000"
"""The agent of a phone that is nobody's, or more than one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDialled(AgentEvent):
    """A feature code was dialled on the phone of an agent, or of NOBODY. The leg waits, parked, for a tone.

    leg_id: also the id of the request that it is. phone: who has proved to be it, `user/1001@domain`.
    command_id: of the tone.
    """

    switch_id: str
    leg_id: str
    dialled: str
    phone: str
    command_id: str
    looks_at: ClassVar[str] = "codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRegistered(SwitchFact):
    """sofia::register, of every REGISTER. contact: `user/1001@domain`. call_id: another one than before is that of a
    phone that was started anew (RFC 3261, 10.2.4)."""

    contact: str
    call_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneUnregistered(SwitchFact):
    """sofia::unregister or sofia::expire: one address of this phone is no more; it may have others."""

    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDialled(SwitchFact):
    """CHANNEL_PARK of a leg whose fcc_role is feature: it belongs to no call. As in CodeDialled."""

    leg_id: str
    dialled: str
    phone: str
