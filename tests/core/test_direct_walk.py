"""A walk over the orders of facts that a switch, two phones and time can make of a call that an agent has placed.

The switch is that of tests/core/switch.py. From every state the rest is let run down: then they talk, or the call has
ended and nobody is kept by it.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import replace

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Bridge, Kill, Originate, Park
from freeswitch_cc.core.control import Control, capabilities
from freeswitch_cc.core.words import Activity, Phase, Role, Seen, Want
from tests.core.direct_world import beginnings, key_of
from tests.core.engine_steps import asks, decides
from tests.core.holds import Fault
from tests.core.ledger import Broken
from tests.core.placed import NUMBER
from tests.core.switch import (
    Budget,
    Channel,
    World,
    bridge_completes,
    carries_out,
    dies,
    is_moving,
    look,
    survivor_parks,
)
from tests.core.world import CALL, TIMEOUTS, ms

TARGETS = [f"number:{NUMBER}", "agent:bea"]
LIMIT = 600
FREE = (Activity.IDLE, Activity.WRAP_UP)
CONTROLS = frozenset({Control.HOLD, Control.RETRIEVE, Control.REJECT, Control.HANG_UP})
A_WHILE_MS = 20_000


def deliver(world: World, fact: events.CallEvent) -> World:
    try:
        after, decision = decides(world, fact)
    except Broken as broken:
        raise Fault(f"the database refuses: {broken}", world) from broken
    for command in decision.commands:
        for leg_id in command.leg_ids:
            known = world.ledger.legs.get(leg_id)
            if isinstance(command, Originate) and known is not None and known.seen is not Seen.UNBORN:
                raise Fault("a phone is rung twice by one leg", world)
            if isinstance(command, (Bridge, Park)) and is_moving(world, leg_id):
                raise Fault(f"a second command: {command}", world)
    check(after)
    check_customer(world, after)
    if isinstance(fact, events.LegFound | events.SwitchLost):
        return after  # the engine tells of these, and knows when again
    _, again = decides(replace(after, told=after.told + 1), fact)
    is_harmless = all(isinstance(command, Kill) for command in again.commands)
    if not (replace(again, commands=()).changes_nothing and is_harmless):
        raise Fault(f"heard twice, {fact} is not the same: {again}", after)
    return after


def check_customer(before: World, after: World) -> None:
    """Who has answered is let go when somebody wished so, or when the time is over to call his agent back."""
    was, leg = before.ledger.legs.get(CALL), after.ledger.legs.get(CALL)
    if was is None or leg is None or not leg.is_movable or was.want is Want.GONE or leg.want is not Want.GONE:
        return
    call = after.ledger.call
    assert call is not None
    is_over = call.called_back_at is not None and after.now - call.called_back_at >= ms(TIMEOUTS.call_back_ms)
    causes = {one.hangup_cause for one in after.ledger.legs.values() if one.role is Role.AGENT and not one.is_live}
    if leg.is_live and not (is_over or causes & {"NORMAL_CLEARING"} or after.is_hung_up or call.phase is Phase.DIALING):
        raise Fault("who has answered is let go, and nobody has wished so", after)


def check(world: World) -> None:
    call, agents = world.ledger.call, world.ledger.agents
    assert call is not None
    if call.phase is Phase.DIALING and (agents["ann"].call_id != CALL or agents["ann"].due_at is None):
        raise Fault("who placed the call is not kept for it, or not due", world)
    if (call.phase is Phase.ENDED) != (not any(leg.is_live for leg in world.ledger.legs.values())):
        raise Fault("a call has ended when all its legs are gone, and only then", world)


def of_switch(world: World) -> Iterator[World]:
    """What the switch does by itself."""
    for leg_id, channel in world.channels:
        if channel.place == "bridging" and channel.other is not None and leg_id < channel.other:
            yield bridge_completes(world, leg_id, channel.other)
        if channel.place == "left" and channel.other is not None:
            yield survivor_parks(world, leg_id, channel.other)


def next_worlds(world: World) -> Iterator[World]:
    budget = world.budget
    for index, fact in enumerate(world.facts[: 2 if budget.overtakes else 1]):
        heard = world.step(f"engine: {type(fact).__name__}", facts=world.facts[:index] + world.facts[index + 1 :])
        yield deliver(replace(heard, budget=replace(budget, overtakes=budget.overtakes - index)), fact)
    for command in world.pending:
        for what, after in carries_out(world, command):
            yield replace(after, story=(*after.story, what))
    yield from of_switch(world)
    for leg_id, channel in world.channels:
        if channel.place == "ringing":
            answered = world.step(f"{leg_id} answers").put(leg_id, Channel("parked"))
            yield answered.says(events.LegParked, leg_id)
            yield dies(world.step(f"{leg_id} does not answer"), leg_id, "NO_ANSWER", is_answered=False)
        elif budget.deaths:
            for cause in budget.causes:
                dead = dies(world.step(f"{leg_id} ends ({cause})"), leg_id, cause)
                yield replace(dead, budget=replace(budget, deaths=budget.deaths - 1))
    if budget.controls:
        for who in world.ledger.agents:
            for kind in sorted(CONTROLS & capabilities(world.ledger.view(), who)):
                yield asks(replace(world, budget=replace(budget, controls=budget.controls - 1)), kind, who)[0]
    if budget.lost and world.facts:
        unheard = world.step(f"lost: {type(world.facts[0]).__name__}", facts=world.facts[1:])
        yield replace(unheard, budget=replace(budget, lost=budget.lost - 1, unheard=1))
    if budget.crashes:
        yield crashes(replace(world, budget=replace(budget, crashes=budget.crashes - 1)))
    if budget.losses:
        yield is_away(replace(world, budget=replace(budget, losses=budget.losses - 1)))
    if budget.looks:
        looked = world.step("engine: looks")
        yield replace(looked, facts=(*looked.facts, look(looked)), budget=replace(budget, looks=budget.looks - 1))
    is_busy = world.pending or any(channel.place in ("bridging", "left") for _, channel in world.channels)
    if budget.long_times and not is_busy:
        yield time_passes(replace(world, budget=replace(budget, long_times=budget.long_times - 1)))


def crashes(world: World) -> World:
    """The engine dies: what it has not sent never leaves it, what it has not heard is never told. The next one asks of
    everything what became of it (engine.look_around); the switch has long finished what it was at."""
    world = world.step("the engine dies", pending=())
    while (after := next(of_switch(world), None)) is not None:
        world = after
    world = replace(world, facts=())
    legs = {
        leg_id: replace(leg, command_due_at=world.now) if leg.command is not None else leg
        for leg_id, leg in world.ledger.legs.items()
    }
    world = replace(world, ledger=world.ledger.with_rows(legs=legs))
    return replace(world, facts=(look(world),), budget=replace(world.budget, unheard=1))


def is_away(world: World) -> World:
    """The line to the switch is lost for long, and nobody is kept by it; then it is back, as after a crash."""
    world = crashes(world)
    world = deliver(replace(world.step("the switch is away"), facts=()), events.SwitchLost(call_id=CALL))
    for command in world.pending:
        if isinstance(command, Originate):
            refused = world.refuses(command, command.leg_ids, events.NOT_SENT).facts[-1]
            world = deliver(world.step("not sent"), refused)
    kept = [agent.agent_id for agent in world.ledger.agents.values() if agent.activity not in FREE]
    call = world.ledger.call
    assert call is not None
    if kept and call.phase is not Phase.TALKING and call.called_back_at is None:
        raise Fault("somebody is kept by a switch that nobody can ask", world)
    world = replace(world, pending=())
    return replace(world, facts=(look(world), *strangers(world)))


def strangers(world: World) -> Iterator[events.LegFound]:
    """Legs that are there, and written down as gone (engine.look_around)."""
    for leg_id, _ in world.channels:
        known = world.ledger.legs.get(leg_id)
        if known is None or not known.is_live:
            yield events.LegFound(call_id=CALL, leg_id=leg_id, switch_id="switch")


def time_passes(world: World) -> World:
    """A while later: the sounds that are due, then, as the engine does, a look when anything else is."""
    heard = tuple(fact for fact in world.facts if not isinstance(fact, events.CallVerified))
    world = world.step("time passes", now=world.now + ms(A_WHILE_MS), facts=heard)
    for leg in list(world.ledger.legs.values()):
        if leg.sound_due_at is not None and leg.sound_due_at <= world.now:
            world = deliver(world, events.CallDeadlinePassed(call_id=CALL, kind="sound", row_id=leg.leg_id))
    due = [leg.command_due_at for leg in world.ledger.legs.values()]
    due += [agent.due_at for agent in world.ledger.agents.values() if agent.activity is not Activity.WRAP_UP]
    if any(at is not None and at <= world.now for at in due):
        world = replace(world, told=world.told + 1)
        world = deliver(world, look(world))
    return world


def run_down(world: World, safe: set[Hashable]) -> None:
    """Nothing more happens but what is under way; then they talk, or all is over."""
    passed: list[Hashable] = []
    for _ in range(120):
        key = key_of(world)
        if key in safe:
            break
        passed.append(key)
        if world.facts:
            world = deliver(world.step("rest", facts=world.facts[1:]), world.facts[0])
        elif (after := next(of_switch(world), None)) is not None:
            world = after
        elif world.pending:
            world = next(after for _, after in carries_out(world, world.pending[0]))
        elif found := tuple(strangers(world)):
            world = world.step("rest: looks around", facts=found)
        elif world.budget.unheard:  # a connection that lost something is a new one, and begins with a look
            looked = world.step("rest: looks")
            world = replace(looked, facts=(look(looked),), budget=replace(looked.budget, unheard=0))
        elif is_at_rest(world):
            break
        else:
            world = time_passes(world)
    else:
        raise Fault("it never comes to rest", world)
    safe.update(passed)


def is_at_rest(world: World) -> bool:
    call, agents = world.ledger.call, world.ledger.agents.values()
    assert call is not None
    if call.phase is Phase.ENDED:
        if world.channels or any(agent.activity not in FREE for agent in agents):
            raise Fault("the call is over, and somebody is left over", world)
        return True
    places = [channel.place for _, channel in world.channels]
    if call.held_by is not None:
        return places == ["parked", "parked"]
    return call.phase is Phase.TALKING and places == ["with", "with"]


BUDGETS = {
    "anybody may die": Budget(deaths=2, long_times=1, causes=("NORMAL_CLEARING", "MEDIA_TIMEOUT")),
    "facts overtake each other": Budget(
        deaths=1, long_times=1, overtakes=1, causes=("NORMAL_CLEARING", "MEDIA_TIMEOUT")
    ),
    "the agent asks for something": Budget(deaths=1, controls=2, causes=("NORMAL_CLEARING", "MEDIA_TIMEOUT")),
    "a fact is lost": Budget(deaths=1, lost=1, long_times=1, causes=("NORMAL_CLEARING", "MEDIA_TIMEOUT")),
    "the engine dies": Budget(deaths=1, crashes=2, long_times=1, causes=("NORMAL_CLEARING", "MEDIA_TIMEOUT")),
    "the switch is away": Budget(deaths=1, losses=1, long_times=1, causes=("MEDIA_TIMEOUT",)),
    "the engine looks at any moment": Budget(deaths=1, long_times=2, looks=1, causes=("MEDIA_TIMEOUT",)),
}


@pytest.mark.slow
@pytest.mark.parametrize("begin", ["begun", "calling", "connecting", "talking"])
@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("freedom", BUDGETS)
def test_whatever_the_order_they_talk_or_all_is_over(freedom: str, to: str, begin: str) -> None:
    start = beginnings(to, BUDGETS[freedom])[begin]
    seen: set[Hashable] = {key_of(start)}
    safe: set[Hashable] = set()
    queue = deque([start])
    while queue and len(seen) < LIMIT:
        for after in next_worlds(queue.popleft()):
            key = key_of(after)
            if key not in seen:
                seen.add(key)
                check(after)
                run_down(after, safe)
                queue.append(after)
    assert len(seen) > 50
