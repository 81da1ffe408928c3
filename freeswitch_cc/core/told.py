"""What a call tells presence of its agents. One way: presence never answers.

Shared by all features; which fact means what to an agent stands in core.activity.
"""

from freeswitch_cc.core.activity import Fact, note
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.record import replace
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Activity, Origin, Phase, WrapUp


def tell(scene: Scene, agent_id: str, fact: Fact) -> None:
    """A fact of the call, told to presence, in the same transaction. It never answers."""
    agent = scene.agents.get(agent_id)
    if agent is not None and agent.call_id == scene.the_call.call_id:
        scene.agents[agent_id] = note(agent, fact, scene.now)


def release_agents(scene: Scene) -> None:
    """Whoever has no live leg left in this call, and no open offer of it, is released by it.

    A rule about what is, not about what happened: an agent cannot be left over by an event that was lost.
    """
    offered = {offer.agent_id for offer in scene.offers.values() if offer.outcome is None}
    for agent in list(scene.agents.values()):
        if agent.call_id != scene.the_call.call_id or agent.agent_id in offered:
            continue
        if agent.activity in (Activity.IDLE, Activity.WRAP_UP) or scene.live_legs_of(agent.agent_id):
            continue
        if _is_to_be_rung(scene, agent):
            continue
        served = agent.activity in (Activity.TALKING, Activity.HOLDING)
        after = note(_with_policy(scene, agent), Fact.RELEASED if served else Fact.FREED, scene.now)
        # The policy was lent for the decision; the agent's own stays his.
        scene.agents[agent.agent_id] = replace(
            after, wrap_up=agent.wrap_up, wrap_up_ms=agent.wrap_up_ms, wrap_up_limit_ms=agent.wrap_up_limit_ms
        )
        scene.wakes_matcher = scene.wakes_matcher or after.is_ready
        scene.because(f"{agent.login} is {after.activity}")


def _is_to_be_rung(scene: Scene, agent: Agent) -> bool:
    """Is he kept for a call that is being placed, though he has no leg in it now? Such a state is due (core.direct)."""
    call = scene.the_call
    if call.phase is not Phase.DIALING or call.placed is None:
        return False
    if agent.agent_id == call.placed.agent_id:
        return call.called_back_at is not None
    return scene.customer is None


def _with_policy(scene: Scene, agent: Agent) -> Agent:
    """Wrap-up follows the call's last queue, else the agent's own policy; so does the limit of extending, by itself.

    A call between agents leaves nothing to be done after it."""
    if scene.the_call.origin == Origin.INTERNAL:
        return replace(agent, wrap_up=WrapUp.NONE)
    visit = scene.last_visit
    if visit is None:
        return agent
    if visit.wrap_up is not None:
        agent = replace(agent, wrap_up=visit.wrap_up, wrap_up_ms=visit.wrap_up_ms or 0)
    if visit.wrap_up_limit_ms is not None:
        agent = replace(agent, wrap_up_limit_ms=visit.wrap_up_limit_ms)
    return agent
