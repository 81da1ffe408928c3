"""What an agent becomes when his phone is not registered any more, and when it is again. One complete table.

Level-triggered: what is true now is read with the agent, so that an event that comes twice, late or never does no harm.
His own word goes before what we make of his phone: whoever asks for anything meanwhile is not made available again.
Whoever lost it first, the registration or an offer that never came (core.activity): he comes back with his phone.
That it has registered anew is no proof that it can be rung: some do so at every refresh. So who has come back by it and
was not reached again waits for the next time, longer each time, until there is any sign of his phone.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from freeswitch_cc.core.agent_state import DEVICE_DOWN, SYSTEM, choose, wait_with
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.words import Activity, Presence

ON_ITS_WAY = timedelta(seconds=60)
"""An offer that fails may have been sent so long ago, to where his phone was before it registered anew."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
"""How long who came back in vain is left alone: after the first time, twice as long after each more, and at most."""


def _stay(agent: Agent, now: datetime) -> Agent:
    return agent


def _went(agent: Agent, now: datetime) -> Agent:
    """He takes no more calls: at once, or after the call that he is in and its wrap-up. His talk is not touched."""
    if agent.activity is Activity.IDLE:
        agent = choose(agent, Presence.NOT_READY, DEVICE_DOWN, now, SYSTEM)
    else:
        agent = wait_with(agent, Presence.NOT_READY, DEVICE_DOWN, SYSTEM)
    return replace(agent, is_back_with_phone=True)


def _is_gone_too(agent: Agent, now: datetime) -> Agent:
    """Offers that never came have told it before: only we give that reason, so no word of his is overruled."""
    return replace(agent, is_back_with_phone=agent.is_back_with_phone or _is_down(agent))


def _came(agent: Agent, now: datetime) -> Agent:
    """Available again, if that is what the loss of his phone has ended and nobody has asked for anything since."""
    if not agent.is_back_with_phone:
        return agent
    if agent.activity is Activity.IDLE:
        return choose(agent, Presence.AVAILABLE, None, now, SYSTEM)
    if agent.presence is not Presence.AVAILABLE:
        return wait_with(agent, Presence.AVAILABLE, None, SYSTEM)
    return replace(agent, pending_presence=None, pending_reason=None, pending_by=None, is_back_with_phone=False)


def _is_down(agent: Agent) -> bool:
    return (agent.reason if agent.pending_presence is None else agent.pending_reason) == DEVICE_DOWN


_Change = Callable[[Agent, datetime], Agent]

PHONE: dict[tuple[Presence, bool], _Change] = {
    (Presence.OFFLINE, False): _stay,
    (Presence.OFFLINE, True): _stay,
    (Presence.AVAILABLE, False): _went,
    (Presence.AVAILABLE, True): _stay,
    (Presence.NOT_READY, False): _is_gone_too,
    (Presence.NOT_READY, True): _came,
}
"""By what he is, or will be after his call, and whether his phone is registered."""


def follow(agent: Agent, is_registered: bool | None, now: datetime, since: datetime | None = None) -> Agent:
    """The agent, now that his phone is registered or not. None: it was never seen registered, nothing is known.

    since: when it registered last for the first time: as a phone does that was gone, or has been started anew.
    """
    if is_registered is None:
        return agent
    becomes = agent.pending_presence or agent.presence
    if is_registered and becomes is Presence.NOT_READY:
        if _was_in_vain(agent, now):
            return agent  # each look at what is so asks again
        if _is_another(agent, since):
            agent = _is_gone_too(agent, now)
    return PHONE[becomes, is_registered](agent, now)


def _is_another(agent: Agent, since: datetime | None) -> bool:
    """Is it not the registration at which the offers were sent that never came?"""
    return since is not None and agent.failed_at is not None and since > agent.failed_at - ON_ITS_WAY


def _was_in_vain(agent: Agent, now: datetime) -> bool:
    """Has he come back with his phone and not been reached, a moment ago by the standard of how often that was?"""
    times = agent.failures - agent.max_misses
    if times <= 0 or agent.failed_at is None:
        return False
    return now < agent.failed_at + min(FIRST_WAIT * (1 << min(times - 1, 16)), LONGEST_WAIT)
