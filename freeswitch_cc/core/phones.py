"""What an agent becomes when his phone is not registered any more, and when it is again. One complete table.

Level-triggered: what is true now is read with the agent, so that an event that comes twice, late or never does no harm.
His own word goes before what we make of his phone: whoever asks for anything meanwhile is not made available again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from freeswitch_cc.core.agent_state import DEVICE_DOWN, SYSTEM, choose, wait_with
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.words import Activity, Presence


def _stay(agent: Agent, now: datetime) -> Agent:
    return agent


def _went(agent: Agent, now: datetime) -> Agent:
    """He takes no more calls: at once, or after the call that he is in and its wrap-up. His talk is not touched."""
    if agent.activity is Activity.IDLE:
        agent = choose(agent, Presence.NOT_READY, DEVICE_DOWN, now, SYSTEM)
    else:
        agent = wait_with(agent, Presence.NOT_READY, DEVICE_DOWN, SYSTEM)
    return replace(agent, is_back_with_phone=True)


def _came(agent: Agent, now: datetime) -> Agent:
    """Available again, if that is what the loss of his phone has ended and nobody has asked for anything since."""
    if not agent.is_back_with_phone:
        return agent
    if agent.activity is Activity.IDLE:
        return choose(agent, Presence.AVAILABLE, None, now, SYSTEM)
    if agent.presence is not Presence.AVAILABLE:
        return wait_with(agent, Presence.AVAILABLE, None, SYSTEM)
    return replace(agent, pending_presence=None, pending_reason=None, pending_by=None, is_back_with_phone=False)


_Change = Callable[[Agent, datetime], Agent]

PHONE: dict[tuple[Presence, bool], _Change] = {
    (Presence.OFFLINE, False): _stay,
    (Presence.OFFLINE, True): _stay,
    (Presence.AVAILABLE, False): _went,
    (Presence.AVAILABLE, True): _stay,
    (Presence.NOT_READY, False): _stay,
    (Presence.NOT_READY, True): _came,
}
"""By what he is, or will be after his call, and whether his phone is registered."""


def follow(agent: Agent, is_registered: bool | None, now: datetime) -> Agent:
    """The agent, now that his phone is registered or not. None: it was never seen registered, nothing is known."""
    if is_registered is None:
        return agent
    return PHONE[agent.pending_presence or agent.presence, is_registered](agent, now)
