"""A breadth-first walk over everything that a switch, two people and time may do to one call, and what must hold.

States that differ only in ids and instants are one state. Each step is decided, saved and checked; from each
state the rest is let run down, and then nobody may be left over.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Kill
from freeswitch_cc.core.control import Control, capabilities
from freeswitch_cc.core.words import Role
from tests.core.engine_steps import asks, deadlines_pass, decides, is_anything_due, offers
from tests.core.holds import Fault, check_commands, check_rest, check_state, is_live_in
from tests.core.ledger import Broken
from tests.core.switch import (
    MOVED_BY_SWITCH,
    Channel,
    World,
    bridge_completes,
    carries_out,
    dies,
    ends_by_itself,
    look,
    survivor_parks,
)
from tests.core.world import CUSTOMER, TIMEOUTS, ms, spell

CONTROLS = frozenset({Control.HOLD, Control.RETRIEVE, Control.REJECT, Control.HANG_UP})


def key_of(world: World) -> Hashable:
    """The state without its ids and instants; what is compared with `now` counts as earlier or later."""
    ledger, now = world.ledger, world.now
    call = ledger.call
    names = _names(world)
    talked = call.bridged_at and now - call.bridged_at >= ms(TIMEOUTS.short_talk_ms) if call else None
    legs = tuple(
        (
            names(leg.leg_id), leg.want, names(leg.want_leg_id), leg.seen, names(leg.seen_leg_id), leg.is_holding,
            leg.command, names(leg.command_leg_id), leg.command_due_at and leg.command_due_at <= now, leg.sound,
            leg.sound_tries > 0, leg.segment, leg.segment_at and now - leg.segment_at < ms(TIMEOUTS.settle_ms),
        )
        for leg in sorted(ledger.legs.values(), key=lambda leg: names(leg.leg_id))
    )  # fmt: skip
    agents = tuple((a.agent_id, a.activity, a.presence, a.pending_presence, a.misses) for a in ledger.agents.values())
    pending = tuple(
        (
            names(spell(c)),
            tuple(leg in ledger.legs and ledger.legs[leg].command_id == c.command_id for leg in c.leg_ids),
        )
        for c in world.pending
    )
    return (
        call and (call.phase, call.outcome, call.held_by, call.step, bool(call.farewell and call.farewell.recorded_at)),
        call and (call.forward and call.forward.number, call.step_due_at and call.step_due_at <= now),
        talked, legs, agents, pending,
        tuple(
            (v.outcome, v.queue_id, v.left_reason, v.tries, v.spent, v.overflow_at and v.overflow_at <= now)
            for v in ledger.visits.values()
        ),
        tuple((offer.outcome, offer.ringing_at is None) for offer in ledger.offers.values()),
        tuple(sorted((names(leg_id), replace(one, other=names(one.other))) for leg_id, one in world.channels)),
        world.refer_to, world.is_hung_up, world.budget,
        tuple(_fact_key(world, fact) for fact in world.facts),
    )  # fmt: skip


def _names(world: World) -> Callable[[str | None], str]:
    """The legs of numbers have drawn ids: in a key they are told apart by their order."""
    numbers = [leg.leg_id for leg in world.ledger.legs.values() if leg.role is Role.TARGET]

    def named(text: str | None) -> str:
        for place, leg_id in enumerate(numbers):
            text = text and text.replace(leg_id, f"number-{place}")
        return text or ""

    return named


def _fact_key(world: World, fact: events.CallEvent) -> Hashable:
    names = _names(world)
    legs = [getattr(fact, name, None) for name in ("leg_id", "other_leg_id")]
    named: list[Hashable] = [names(leg) for leg in legs]
    named += [getattr(fact, "cause", None), getattr(fact, "kind", None)]
    named.append(tuple(map(names, getattr(fact, "leg_ids", ()))))
    if isinstance(fact, events.CallVerified):
        for s in fact.sights:
            told = (names(s.leg_id), s.seen, names(s.other_leg_id), s.refer_to, _is_news(world, s.leg_id, s))
            named.append(told)
    if isinstance(fact, events.LegFact):
        named += [_is_news(world, leg, fact) for leg in legs]
    return (type(fact).__name__, bool(getattr(fact, "refer_to", "")), *named)


def _is_news(world: World, leg_id: object, fact: events.LegFact | events.Sight) -> bool:
    leg = world.ledger.legs.get(str(leg_id))
    at, seq = fact.at or world.now, fact.seq
    return leg is not None and (leg.seen_at is None or (at, seq) > (leg.seen_at, leg.seen_seq))


# -- what may happen next ------------------------------------------------------------------------


def next_worlds(world: World) -> Iterator[World]:
    """Everything that may happen now, one step each."""
    budget = world.budget
    for index, fact in enumerate(world.facts[: 2 if budget.overtakes else 1]):
        rest = world.facts[:index] + world.facts[index + 1 :]
        heard = world.step(f"engine: {name_of(fact)}", facts=rest)
        heard = spend(heard, overtakes=budget.overtakes - index)
        yield deliver(heard, fact)
    if world.facts and budget.lost and not isinstance(world.facts[0], events.OfferMade):
        lost = world.step(f"lost: {name_of(world.facts[0])}", facts=world.facts[1:])
        yield spend(lost, lost=budget.lost - 1, unheard=1)
    for command in world.pending:
        for what, after in carries_out(world, command):
            yield replace(after, story=(*after.story, what))
    for leg_id, channel in world.channels:
        yield from _of_channel(world, leg_id, channel)
    if budget.offers and can_match(world):
        yield offers(world, "ann")
    if budget.controls:
        for kind in sorted(CONTROLS & capabilities(world.ledger.view(), "ann")):
            after, decision = asks(spend(world, controls=budget.controls - 1), kind)
            check_commands(world, decision)
            yield after
    if budget.looks and world.ledger.call is not None:
        looked = world.step("engine: looks")
        yield spend(replace(looked, facts=(*looked.facts, look(looked))), looks=budget.looks - 1)
    is_busy = world.pending or any(channel.place in MOVED_BY_SWITCH for _, channel in world.channels)
    if budget.long_times and not is_busy and world.ledger.call is not None:
        yield deadlines_pass(spend(world, long_times=budget.long_times - 1))


def _of_channel(world: World, leg_id: str, channel: Channel) -> Iterator[World]:
    budget = world.budget
    yield from ends_by_itself(world, leg_id)
    if channel.place == "bridging" and channel.other is not None and leg_id < channel.other:
        yield bridge_completes(world, leg_id, channel.other)
    if channel.place == "left" and channel.other is not None:
        yield survivor_parks(world, leg_id, channel.other)
        yield survivor_parks(world, leg_id, channel.other, is_bridged=True)
        if budget.limbos:
            forgotten = world.step(f"switch: {leg_id} is forgotten").put(leg_id, Channel("limbo"))
            yield spend(forgotten, limbos=budget.limbos - 1)
    if channel.place == "ringing":
        answered = world.step(f"{leg_id} answers").put(leg_id, Channel("parked"))
        yield answered.says(events.LegParked, leg_id)
        yield dies(world.step(f"{leg_id} does not answer"), leg_id, "NO_ANSWER", is_answered=False)
    elif budget.deaths:
        for cause in budget.causes if leg_id != CUSTOMER else budget.causes[:1]:
            yield spend(dies(world.step(f"{leg_id} ends ({cause})"), leg_id, cause), deaths=budget.deaths - 1)
    if channel.place in ("with", "parked") and leg_id != CUSTOMER:
        if channel.is_holding:
            back = world.step(f"{leg_id} takes back").put(leg_id, replace(channel, is_holding=False))
            yield back.says(events.LegUnheld, leg_id)
        elif budget.holds:
            held = world.step(f"{leg_id} holds").put(leg_id, replace(channel, is_holding=True))
            yield spend(held.says(events.LegHeld, leg_id), holds=budget.holds - 1)
        if budget.refers and channel.place == "with":
            yield spend(refers(world.step(f"{leg_id} refers"), leg_id), refers=0)


def refers(world: World, leg_id: str) -> World:
    """A blind REFER: the customer is parked before the agent's end is told (E17)."""
    world = replace(world, refer_to="sip:900@x")
    world = world.put(CUSTOMER, Channel("parked")).says(events.LegParked, CUSTOMER)
    world = world.says(events.LegsUnbridged, leg_id, other_leg_id=CUSTOMER)
    return world.put(leg_id, None).says(events.LegHungUp, leg_id, cause="BLIND_TRANSFER")


def spend(world: World, **left: int) -> World:
    return replace(world, budget=replace(world.budget, **left))


def name_of(fact: events.CallEvent) -> str:
    if isinstance(fact, events.CallVerified):
        return f"CallVerified {[(sight.leg_id, sight.seen) for sight in fact.sights]}"
    named = [str(getattr(fact, name)) for name in ("leg_id", "other_leg_id", "kind", "cause") if hasattr(fact, name)]
    return " ".join([type(fact).__name__, *named])


def can_match(world: World) -> bool:
    visit, agent = world.ledger.view().visit, world.ledger.agents["ann"]
    is_waiting = visit is not None and visit.outcome is None and not any(True for _ in world.ledger.open_offers())
    return is_waiting and agent.is_ready


# -- what is heard, and what comes to rest -------------------------------------------------------


def deliver(world: World, fact: events.CallEvent) -> World:
    """The engine hears a fact; told again at once it is nothing new, but for a kill, which may be sent again."""
    before = world.ledger
    try:
        after, decision = decides(world, fact)
        _, again = decides(replace(after, told=after.told + 1), fact)
    except Broken as broken:
        raise Fault(f"the database refuses: {broken}", world) from broken
    is_straggler = all(isinstance(c, Kill) and not is_live_in(before, c.leg_id) for c in again.commands)
    if not (replace(again, commands=()).changes_nothing and is_straggler):
        raise Fault(f"heard twice, {name_of(fact)} is not the same: {again}", after)
    check_commands(world, decision)
    check_state(after)
    return after


def run_down(world: World, safe: set[Hashable]) -> None:
    """Nothing more happens but what is under way; then everybody must be where he belongs."""
    passed: list[Hashable] = []
    world = spend(world, offers=0)
    for _ in range(80):
        key = key_of(world)
        if key in safe:
            safe.update(passed)
            return
        passed.append(key)
        after = _next_quiet(world)
        if after is None:
            check_rest(world)
            safe.update(passed)
            return
        world = after
    raise Fault("it never comes to rest", world)


def _next_quiet(world: World) -> World | None:
    if world.facts:
        fact = world.facts[0]
        return deliver(world.step(f"rest: {name_of(fact)}", facts=world.facts[1:]), fact)
    for leg_id, channel in world.channels:
        if channel.place == "bridging" and channel.other is not None:
            return bridge_completes(world, leg_id, channel.other)
        if channel.place == "left" and channel.other is not None:
            return survivor_parks(world, leg_id, channel.other)
    if world.pending:
        return next(after for _, after in carries_out(world, world.pending[0]))
    for leg_id, _ in world.channels:
        for after in ends_by_itself(world, leg_id):
            return after
    if is_anything_due(world):
        return deadlines_pass(world)
    if world.budget.unheard:  # a connection that lost something is a new one, and begins with a look
        looked = spend(world.step("rest: looks"), unheard=0)
        return replace(looked, facts=(look(looked),))
    return None


def walk(start: World, limit: int) -> int:
    """Every order, breadth first, until nothing is new or the limit is met. The number of states seen."""
    seen: set[Hashable] = {key_of(start)}
    safe: set[Hashable] = set()
    queue = deque([start])
    while queue and len(seen) < limit:
        world = queue.popleft()
        for after in next_worlds(world):
            key = key_of(after)
            if key in seen:
                continue
            seen.add(key)
            check_state(after)
            run_down(after, safe)
            queue.append(after)
    return len(seen)
