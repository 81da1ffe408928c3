"""Who is in a call that an agent has placed: his leg, whether a fact is of it, did one ring, and when all are due."""

from datetime import datetime

from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.called_leg import called_leg, is_called_now
from freeswitch_cc.core.causes import did_ring
from freeswitch_cc.core.dialling import Placed
from freeswitch_cc.core.events import HUNG_UP_BY_HAND
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Activity, Role, Seen

# Ends of his leg that are his own wish.
BY_HAND = HUNG_UP_BY_HAND | {"CALL_REJECTED"}


def the_placed(scene: Scene) -> Placed:
    placed = scene.the_call.placed
    assert placed is not None, "a call that is being placed was placed by somebody"
    return placed


def agent_leg(scene: Scene) -> Leg | None:
    """The leg of who placed the call; none of his that is to go."""
    return called_leg(scene, Role.AGENT)


def is_his(scene: Scene, leg: Leg | None) -> bool:
    """Is this the leg that he is called by? One that was told to go is not any more."""
    return is_called_now(scene, leg, Role.AGENT)


def rang(scene: Scene, leg: Leg) -> bool:
    """Has it rung where nobody has answered (core.causes)? Told by the leg, or by what its agent was seen to do."""
    before, agent = scene.view.leg(leg.leg_id), scene.view.agent(leg.agent_id or "")
    is_seen = Seen.RINGING in (leg.seen, before.seen if before is not None else None)
    is_seen |= agent is not None and agent.activity is Activity.RINGING
    return did_ring(leg.hangup_cause or "", is_seen, leg.contact or "")


def be_due(scene: Scene, due_at: datetime | None) -> None:
    """All agents in it are due together. None: they talk, which is no passing state."""
    placed = the_placed(scene)
    for agent_id in filter(None, (placed.agent_id, placed.to_agent_id)):
        agent = scene.agents.get(agent_id)
        if agent is None or agent.call_id != scene.the_call.call_id:
            continue
        if agent.activity in (Activity.RESERVED, Activity.RINGING, Activity.TALKING, Activity.HOLDING):
            scene.change_agent(agent_id, due_at=due_at)
