"""Where the walks over a call that an agent has placed begin, and when two of their states are one."""

from collections.abc import Hashable

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Command
from tests.core import placed
from tests.core.placed import other, own
from tests.core.switch import Budget, Channel, World
from tests.core.world import TIMEOUTS, Story, ms


def world_of(story: Story, budget: Budget, own_place: str, other_place: str = "") -> World:
    world = World(story.ledger, story.now, budget, told=1_000, pending=story.new_commands)
    mine = own(story)
    theirs = other(story).leg_id if other_place else ""
    world = world.put(mine, Channel(own_place, theirs if own_place == "with" else None)) if own_place else world
    return world.put(theirs, Channel(other_place, mine if other_place == "with" else None)) if other_place else world


def beginnings(to: str, budget: Budget) -> dict[str, World]:
    talk = placed.talking(to)
    talk.new_commands = ()
    calling = placed.calling(to)
    calling.new_commands = ()
    return {
        "begun": world_of(placed.begun(to), budget, ""),
        "calling": world_of(calling, budget, "parked", "ringing"),
        "connecting": world_of(placed.connecting(to), budget, "parked", "parked"),
        "talking": world_of(talk, budget, "with", "with"),
    }


def key_of(world: World) -> Hashable:
    """States that differ only in ids and instants are one."""
    ledger, now = world.ledger, world.now
    names = {leg_id: number for number, leg_id in enumerate(ledger.legs)}
    call = ledger.call
    assert call is not None
    limit = call.called_back_at and now - call.called_back_at >= ms(TIMEOUTS.call_back_ms)

    def name(leg_id: object) -> object:
        return names.get(str(leg_id), leg_id) if leg_id is not None else None

    def of_fact(fact: events.CallEvent) -> Hashable:
        if isinstance(fact, events.CallVerified):
            return tuple((name(sight.leg_id), sight.seen, name(sight.other_leg_id)) for sight in fact.sights)
        said = [name(getattr(fact, key, None)) for key in ("leg_id", "other_leg_id")]
        more = [getattr(fact, key, None) for key in ("cause", "kind", "reason")]
        return (type(fact).__name__, *said, *more, tuple(map(name, getattr(fact, "leg_ids", ()))))

    def of_command(command: Command) -> Hashable:
        return (type(command).__name__, *map(name, command.leg_ids or (getattr(command, "leg_id", None),)))

    legs = tuple(
        (leg.want, name(leg.want_leg_id), leg.seen, name(leg.seen_leg_id), leg.command, name(leg.command_leg_id),
         leg.command_due_at and leg.command_due_at <= now, leg.sound)
        for leg in ledger.legs.values()
    )  # fmt: skip
    agents = tuple((a.agent_id, a.activity, a.due_at and a.due_at <= now) for a in ledger.agents.values())
    channels = tuple(sorted((name(leg_id), c.place, name(c.other), c.is_first) for leg_id, c in world.channels))  # type: ignore[type-var]
    return (
        call.phase, call.outcome, call.held_by, call.called_back_at is None, limit, legs, agents, channels,
        world.budget, tuple(map(of_command, world.pending)), tuple(map(of_fact, world.facts)),
    )  # fmt: skip
