"""An agent whose phone died in a call to a number is called back while the customer hears music: where, and how long.

The steps of core.direct that belong to it; a call between agents is never called back, it ends.
"""

from datetime import datetime, timedelta

from freeswitch_cc.core import release
from freeswitch_cc.core.activity import Fact
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.placed_legs import BY_HAND, agent_leg, be_due, is_his, the_placed
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.told import tell
from freeswitch_cc.core.words import CallOutcome, Origin, Role


def call_back(scene: Scene, why: str) -> None:
    """A customer waits with music, and who called him is called anew. A colleague does not wait."""
    customer = scene.customer
    scene.because(why)
    if scene.the_call.origin == Origin.INTERNAL or customer is None or not customer.is_live:
        release.end(scene, CallOutcome.AGENT_LOST)
        return
    scene.change_call(called_back_at=scene.the_call.called_back_at or scene.now, bridged_at=None)
    scene.want_parked(customer)
    for leg in scene.live_legs():
        if leg.role is Role.AGENT:
            scene.want_gone(leg)
    tell(scene, the_placed(scene).agent_id, Fact.HELD)
    if scene.now >= limit(scene):
        he_is_lost(scene, "there is no time left to call him back")
    else:
        ring_again(scene)


def not_called_back(scene: Scene, leg: Leg | None) -> None:
    """One try to call him back has failed. A wish of his is obeyed, anything else tried again after a while."""
    if leg is None or not is_his(scene, leg):
        return
    if leg.hangup_cause in BY_HAND:
        he_is_lost(scene, "he does not want to be called back")
        return
    be_due(scene, min(limit(scene), scene.after(scene.timeouts.refused_retry_ms)))
    scene.because(f"he could not be called back ({leg.hangup_cause})")


def call_back_again(scene: Scene, leg: Leg | None) -> None:
    own = agent_leg(scene)
    if scene.now >= limit(scene):
        he_is_lost(scene, "he could not be called back in time")
    elif own is not None:
        scene.want_gone(own)  # it rings longer than it should: its end brings the next try
        be_due(scene, min(limit(scene), scene.after(scene.timeouts.refused_retry_ms)))
    else:
        ring_again(scene)


def ring_again(scene: Scene) -> None:
    call, placed = scene.the_call, the_placed(scene)
    left_ms = (limit(scene) - scene.now) // timedelta(milliseconds=1)
    # Where his phone is now: he may have taken another one.
    agent, leg_id = scene.agents.get(placed.agent_id), scene.ids.draw()
    scene.legs[leg_id] = Leg(
        leg_id=leg_id,
        call_id=call.call_id,
        switch_id=call.switch_id,
        role=Role.AGENT,
        agent_id=placed.agent_id,
        contact=agent.contact if agent is not None and agent.contact else placed.contact,
        ring_ms=max(1_000, min(placed.ring_ms, left_ms)),
        segment_at=scene.now,
    )
    ring_ms = scene.legs[leg_id].ring_ms
    be_due(scene, min(limit(scene), scene.after(ring_ms + 2 * scene.timeouts.offer_grace_ms)))
    scene.because("who placed the call is called back")


def he_is_lost(scene: Scene, why: str) -> None:
    scene.because(why)
    # Who hung up himself before anybody had talked has given the call up.
    is_given_up = scene.the_call.called_back_at is None
    release.end(scene, CallOutcome.CANCELLED if is_given_up else CallOutcome.AGENT_LOST)


def limit(scene: Scene) -> datetime:
    since = scene.the_call.called_back_at or scene.now
    return since + timedelta(milliseconds=scene.timeouts.call_back_ms)
