"""Calls that agents place, told as stories: as in world.py, with the dial policy and the two legs of such a call."""

from datetime import datetime
from typing import Any
from uuid import UUID

from freeswitch_cc.core import events
from freeswitch_cc.core.call import Agent, Leg, View
from freeswitch_cc.core.decide import decide
from freeswitch_cc.core.dialling import Dialling, NumberClass, Party
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Activity, CallOutcome, Phase, Role
from tests.core.world import CALL, SWITCH, TIMEOUTS, Story, make_agent

NUMBER = "+358401234567"
CALLER_ID = "+358401112222"
TARGETS = [f"number:{NUMBER}", "agent:bea"]


def party(agent: Agent, **changes: Any) -> Party:
    values: dict[str, Any] = {
        "name": agent.login.title(),
        "contact": f"user/{agent.login}@center.example",
        "may_dial": ("national",),
        "caller_ids": (CALLER_ID, "+358401113333"),
    }
    return Party(agent_id=agent.agent_id, login=agent.login, **{**values, **changes})


def dialling(**changes: Any) -> Dialling:
    values: dict[str, Any] = {
        "trunk": "carrier",
        "classes": (
            NumberClass(name="national", like=("+358",)),
            NumberClass(name="premium", like=("+358600", "+358700")),
        ),
        "hold_music": "local_stream://hold",
    }
    return Dialling(**{**values, **changes})


def dial(
    story: Story,
    to: str = f"number:{NUMBER}",
    caller_id: str = "",
    who: str = "ann",
    asked_at: datetime | None = None,
    **changes: Any,
) -> Decision:
    """An agent asks for a call. asked_at: now, if nothing else is said. changes: of what is known of dialling."""
    agents = story.ledger.agents
    wanted = agents.get(to.removeprefix("agent:"))
    changes.setdefault("agent", party(agents[who]) if who in agents else None)
    changes.setdefault("target", party(wanted) if wanted is not None else None)
    view = View(agents=tuple(agents[name] for name in sorted(agents)), dialling=dialling(**changes))
    story.told += 1
    event = events.DialAsked(
        call_id=CALL,
        agent_id=who,
        request_id="request",
        to=to,
        caller_id=caller_id,
        switch_id=SWITCH,
        asked_at=asked_at or story.now,
    )
    decision = decide(view, event, story.now, UUID(int=story.told), TIMEOUTS)
    story.ledger = story.ledger.save(decision)
    story.commands += decision.commands
    story.new_commands = decision.commands
    story.reasons.append(decision.because)
    return decision


def own(story: Story) -> str:
    """The leg of who placed the call: the last one of his."""
    return [leg.leg_id for leg in story.ledger.legs.values() if leg.role is Role.AGENT][-1]


def other(story: Story) -> Leg:
    """The leg of who is called."""
    return next(leg for leg in story.ledger.legs.values() if leg.role in (Role.CUSTOMER, Role.TARGET))


def begun(to: str = f"number:{NUMBER}", *agents: Agent) -> Story:
    """He has asked; his own phone is called."""
    story = Story.unheard(*(agents or (make_agent("ann"), make_agent("bea"))))
    dial(story, to)
    return story


def rung(to: str = f"number:{NUMBER}", *agents: Agent) -> Story:
    """His own phone rings."""
    story = begun(to, *agents)
    story.rings(own(story))
    return story


def calling(to: str = f"number:{NUMBER}", *agents: Agent) -> Story:
    """He has answered, and it rings there."""
    story = rung(to, *agents)
    story.parks(own(story))
    story.rings(other(story).leg_id)
    story.fact(events.SoundStarted, own(story))
    return story


def connecting(to: str = f"number:{NUMBER}", *agents: Agent) -> Story:
    """Both have answered, the bridge is in flight."""
    story = calling(to, *agents)
    story.parks(other(story).leg_id)
    return story


def talking(to: str = f"number:{NUMBER}", *agents: Agent) -> Story:
    """They have talked for a minute."""
    story = connecting(to, *agents)
    story.bridges(own(story), other(story).leg_id)
    story.pass_time(60_000)
    return story


def telling(to: str = f"number:{NUMBER}", *agents: Agent) -> Story:
    """Nobody is reached, and he hears so."""
    story = calling(to, *agents)
    story.hangs_up(other(story).leg_id, "USER_BUSY", is_answered=False)
    story.parks(own(story))
    return story


def calling_back(*agents: Agent) -> Story:
    """His phone died in the talk: the customer hears music, he is called back."""
    story = talking(f"number:{NUMBER}", *agents)
    story.unbridges(own(story), CALL)
    story.parks(CALL)
    story.hangs_up(own(story), "MEDIA_TIMEOUT")
    return story


def colleague_holds() -> Story:
    """Bea, whom ann has called, has put her on hold."""
    story = talking("agent:bea")
    story.control("bea", "hold")
    return story


# -- what is looked at -----------------------------------------------------------------------------


def is_over(story: Story, outcome: CallOutcome) -> bool:
    """Has the call ended so, and is nobody kept by it?"""
    free = (Activity.IDLE, Activity.WRAP_UP)
    return (
        (story.call.phase, story.call.outcome) == (Phase.ENDED, outcome)
        and all(agent.activity in free for agent in story.ledger.agents.values())
        and not any(leg.is_live for leg in story.ledger.legs.values())
    )


def due(story: Story, **seen: str) -> None:
    """The agent's state is due: the switch is looked at."""
    agent = story.agent()
    assert agent.due_at is not None
    story.now = max(story.now, agent.due_at)
    sights = tuple(
        events.Sight(leg_id=leg.leg_id, seen=seen.get(leg.role, "gone"), at=story.now, seq=story.told + 1)
        for leg in story.ledger.legs.values()
        if leg.is_live
    )
    story.happen(events.CallVerified(call_id=CALL, sights=sights))
