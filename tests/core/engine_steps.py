"""What the engine does in the model of tests.core.switch: it decides, offers, is asked, looks, and finds things due.

Each is one step of a walk: a World in, another one out.
"""

from dataclasses import replace
from uuid import UUID

from freeswitch_cc.core import agent_events, events
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.control import Control
from freeswitch_cc.core.decide import decide
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Phase
from tests.core.switch import World, look
from tests.core.world import CALL, TIMEOUTS, matched, ms

A_LONG_TIME_MS = 60_000


def decides(world: World, event: events.CallEvent) -> tuple[World, Decision]:
    decision = decide(world.ledger.view(), event, world.now, UUID(int=world.told), TIMEOUTS)
    after = replace(world, ledger=world.ledger.save(decision), pending=(*world.pending, *decision.commands))
    return after, decision


def offers(world: World, agent_id: str) -> World:
    """match(): the agent is reserved, the offer is written; then the call is told."""
    visit = world.ledger.view().visit
    assert visit is not None
    ledger, offer = matched(world.ledger, visit, agent_id, world.now)
    world = world.step(f"match: {agent_id}", ledger=ledger)
    world = replace(world, budget=replace(world.budget, offers=world.budget.offers - 1))
    return replace(world, facts=(*world.facts, events.OfferMade(call_id=CALL, offer_id=offer.offer_id)))


def asks(world: World, kind: str, who: str = "ann") -> tuple[World, Decision]:
    """An agent asks for something about the call."""
    world = world.step(f"{who} asks for {kind}", is_hung_up=world.is_hung_up or kind == Control.HANG_UP)
    asked = events.ControlAsked(call_id=CALL, agent_id=who, request_id=f"request-{world.told}", kind=kind)
    return decides(world, asked)


def is_anything_due(world: World) -> bool:
    ledger = world.ledger
    return (
        any(leg.command_due_at or leg.sound_due_at for leg in ledger.legs.values())
        or any(True for _ in ledger.open_offers())
        or any(agent.due_at for agent in ledger.agents.values())
        or any(visit.overflow_at and visit.outcome is None for visit in ledger.visits.values())
        or bool(ledger.call and ledger.call.step_due_at)
    )


def deadlines_pass(world: World) -> World:
    """A long time later: everything that is due is done, once each; then, if need be, the call is looked up."""
    heard = tuple(fact for fact in world.facts if not isinstance(fact, events.CallVerified))
    world = world.step("a long time passes", now=world.now + ms(A_LONG_TIME_MS), facts=heard)
    for leg in list(world.ledger.legs.values()):
        for kind, due_at in (("sound", leg.sound_due_at), ("deadman", leg.deadman_due_at)):
            if due_at is not None and due_at <= world.now:
                world, _ = decides(world, events.CallDeadlinePassed(call_id=CALL, kind=kind, row_id=leg.leg_id))
    visit, call = world.ledger.view().visit, world.ledger.call
    if visit is not None and visit.outcome is None and visit.overflow_at is not None and visit.overflow_at <= world.now:
        passed_by = events.CallDeadlinePassed(call_id=CALL, kind="visit", row_id=visit.visit_id)
        world, _ = decides(replace(world, told=world.told + 1), passed_by)
    is_step_due = call is not None and call.step_due_at is not None and call.step_due_at <= world.now
    if is_step_due and call is not None and call.phase is not Phase.FORWARDING:
        passed_by = events.CallDeadlinePassed(call_id=CALL, kind="step", row_id=CALL)
        world, _ = decides(replace(world, told=world.told + 1), passed_by)
    for agent in list(world.ledger.agents.values()):
        if agent.due_at is not None and agent.due_at <= world.now:
            passed = agent_events.AgentDeadlinePassed(agent_id=agent.agent_id)
            after = decide_agent(AgentView(agent=agent), passed, world.now)
            world = replace(world, ledger=world.ledger.save(after))
    due = [leg.command_due_at for leg in world.ledger.legs.values()]
    due += [offer.expires_at for offer in world.ledger.open_offers()]
    call = world.ledger.call
    due += [call.step_due_at] if call is not None and call.phase is Phase.FORWARDING else []
    if any(at is not None and at <= world.now for at in due):
        world, _ = decides(replace(world, told=world.told + 1), look(world))
    return world
