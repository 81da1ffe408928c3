"""What a channel is made of: the profile of a call with its times, a request to a session, a side of a bridge.

Plain values; what becomes of them stands in channel.py, session.py and talk.py.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from freeswitch_cc.simulator.channel import Channel


@dataclass(slots=True)
class Times:
    """Of one profile, in microseconds of the switch's clock; 0: never."""

    profile_created: int = 0
    created: int = 0
    answered: int = 0
    progress: int = 0
    progress_media: int = 0
    hangup: int = 0
    transfer: int = 0
    bridged: int = 0
    last_hold: int = 0
    hold_accum: int = 0


@dataclass(slots=True)
class Profile:
    """switch_caller_profile_t: who calls whom, and where he is in the dialplan."""

    direction: str
    caller_name: str
    caller_number: str
    destination: str
    context: str
    source: str
    unique_id: str
    channel_name: str
    dialplan: str = ""
    username: str = ""
    logical_direction: str = ""
    orig_caller_name: str = ""
    orig_caller_number: str = ""
    callee_name: str = ""
    callee_number: str = ""
    ani: str = ""
    rdnis: str = ""
    transfer_source: str = ""
    index: str = "1"
    uuid: str = ""
    times: Times = field(default_factory=Times)

    def clone(self) -> "Profile":
        return replace(self, times=replace(self.times))


@dataclass(slots=True)
class PrivateEvent:
    """What a sendmsg or a broadcast asks a session to do."""

    headers: dict[str, str]
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Bridge:
    """switch_ivr_bridge_data_t of one leg: with whom, and whether it leaves cleanly."""

    leg: "Channel"
    other: "Channel"
