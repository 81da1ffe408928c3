"""A small model of the switch: what its channels do with the commands that are issued, and what it says of it.

Only what docs/measured.md tells of parking, bridging, killing and music; everything that may happen in another order
is a separate step, and a walk takes them in every order. Frozen: a step makes a new World.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Announce, Bridge, Command, ForgetRefer, Kill, Originate, Park, Play, Record
from tests.core.ledger import Ledger
from tests.core.world import CALL, CUSTOMER, Story, ms, spell

MOVED_BY_SWITCH = ("bridging", "left")


@dataclass(frozen=True, slots=True)
class Channel:
    """place: ringing, parked, bridging (in the 40 ms), left (first of a bridge whose second is gone, and about to be
    parked), with, limbo. A channel that is gone is not there. is_first: of the bridge that is under way.
    plays, records: what will end by itself."""

    place: str
    other: str | None = None
    is_first: bool = False
    hears_music: bool = False
    is_holding: bool = False
    plays: str = ""
    records: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """How often each thing that nobody commands may still happen."""

    offers: int = 1
    holds: int = 0
    lost: int = 0
    overtakes: int = 0
    looks: int = 0
    refers: int = 0
    long_times: int = 2
    deaths: int = 2
    limbos: int = 0
    causes: tuple[str, ...] = ("NORMAL_CLEARING",)
    controls: int = 0
    unheard: int = 0
    crashes: int = 0
    losses: int = 0


@dataclass(frozen=True, slots=True)
class World:
    """The database, the switch, what is on its way to the switch and what is on its way back.

    refer_to: what the switch tells of a REFER of the customer at his every PARK and in every dump, until it is unset.
    """

    ledger: Ledger
    now: datetime
    budget: Budget
    channels: tuple[tuple[str, Channel], ...] = ()
    pending: tuple[Command, ...] = ()
    facts: tuple[events.CallEvent, ...] = ()
    told: int = 0
    story: tuple[str, ...] = ()
    refer_to: str = ""
    is_hung_up: bool = False  # the agent has asked for it

    def channel(self, leg_id: str) -> Channel | None:
        return next((channel for known, channel in self.channels if known == leg_id), None)

    def step(self, name: str, **changes: object) -> "World":
        after = replace(self, now=self.now + ms(1), told=self.told + 1, story=(*self.story, name))
        return replace(after, **changes)  # type: ignore[arg-type]

    def put(self, leg_id: str, channel: Channel | None) -> "World":
        others = [(known, kept) for known, kept in self.channels if known != leg_id]
        mine = [(leg_id, channel)] if channel is not None else []
        return replace(self, channels=tuple(sorted(others + mine)))

    def says(self, kind: type[events.LegFact], leg_id: str, **fields: object) -> "World":
        seq = 10 * self.told + len(self.facts) + 1
        if kind is events.LegParked and leg_id == CUSTOMER:
            fields = {"refer_to": self.refer_to, **fields}
        fact = kind(call_id=CALL, leg_id=leg_id, at=self.now, seq=seq, **fields)  # type: ignore[arg-type]
        return replace(self, facts=(*self.facts, fact))

    def refuses(self, command: Command, leg_ids: tuple[str, ...], reason: str) -> "World":
        fact = events.CommandRefused(
            call_id=CALL,
            command_id=command.command_id,
            kind=type(command).__name__.lower(),
            leg_ids=leg_ids,
            reason=reason,
        )
        return replace(self, facts=(*self.facts, fact))


# -- what the switch does ------------------------------------------------------------------------


def dies(world: World, leg_id: str, cause: str, is_answered: bool = True) -> World:
    """A channel ends. Its partner is parked; in the window of the bridge the first is parked a moment later, the second
    is left in limbo, without a word (E1)."""
    channel = world.channel(leg_id)
    assert channel is not None
    if channel.is_holding:
        world = world.says(events.LegUnheld, leg_id)
    world = world.put(leg_id, None).says(events.LegHungUp, leg_id, cause=cause, is_answered=is_answered)
    if channel.records:
        world = world.says(events.RecordingStopped, leg_id, path=channel.records, ms=1_000)
    partner = world.channel(channel.other or "")
    if partner is None or channel.other is None:
        return world
    if channel.place == "bridging":
        return world.put(channel.other, Channel("left", leg_id) if partner.is_first else Channel("limbo"))
    world = world.says(events.LegsUnbridged, leg_id, other_leg_id=channel.other)
    return world.put(channel.other, Channel("parked")).says(events.LegParked, channel.other)


def carries_out(world: World, command: Command) -> Iterator[tuple[str, World]]:
    """Everything that a command may come to."""
    rest = list(world.pending)
    rest.remove(command)
    world = world.step(f"switch: {spell(command)}", pending=tuple(rest))
    legs = command.leg_ids or (command.leg_id,)
    channels = [world.channel(leg_id) for leg_id in legs]
    if isinstance(command, Originate):
        rings = world.put(command.leg_id, Channel("ringing")).says(events.LegRinging, command.leg_id)
        yield "it rings", rings
        yield "it is busy", world.refuses(command, legs, "USER_BUSY")
    elif None in channels:
        yield "no such channel", world.refuses(command, legs, "No such channel!")
    elif isinstance(command, Kill):
        is_ringing = channels[0] is not None and channels[0].place == "ringing"
        yield "killed", dies(world, command.leg_id, command.cause, not is_ringing)
    elif isinstance(command, Bridge):
        for leg_id, other in (legs, legs[::-1]):
            world = world.put(leg_id, Channel("bridging", other, is_first=leg_id == legs[0]))
        yield "it begins to bridge", world
    elif isinstance(command, Park):
        leg_id, channel = command.leg_id, channels[0]
        assert channel is not None
        if channel.is_holding:  # a leg that is moved does not hold any more, whatever its handset thinks
            world = world.says(events.LegUnheld, leg_id)
        if channel.other is not None and world.channel(channel.other) is not None:
            assert channel.place == "with" or world.budget.unheard, f"two commands on one leg: {world.story}"
            world = world.says(events.LegsUnbridged, leg_id, other_leg_id=channel.other)
            world = world.put(channel.other, Channel("parked")).says(events.LegParked, channel.other)
        # A rescue beside the switch's own one: he is parked twice.
        after = channel if channel.place == "left" else Channel("parked", records=channel.records)
        yield "parked", world.put(leg_id, after).says(events.LegParked, leg_id)
    elif isinstance(command, Play):
        channel = channels[0]
        if channel is not None and channel.place == "parked":
            world = world.put(command.leg_id, replace(channel, hears_music=True))
            world = world.says(events.SoundStarted, command.leg_id)
        yield "music", world
    elif isinstance(command, Announce):
        channel = channels[0]
        if channel is not None and channel.place == "parked":
            world = world.put(command.leg_id, replace(channel, hears_music=True, plays=command.sound))
            world = world.says(events.SoundStarted, command.leg_id)
        yield "announced", world
    elif isinstance(command, Record):
        yield "it cannot be recorded", world.refuses(command, (command.leg_id,), "Cannot record session!")
        channel = channels[0]
        if channel is not None and not channel.records:
            world = world.put(command.leg_id, replace(channel, records=command.path))
            world = world.says(events.RecordingStarted, command.leg_id, path=command.path)
        yield "recorded", world
    elif isinstance(command, ForgetRefer):
        yield "done", replace(world, refer_to="")
    else:
        yield "done", world


def ends_by_itself(world: World, leg_id: str) -> Iterator[World]:
    """What is played to a channel, or recorded of it, comes to its end."""
    channel = world.channel(leg_id)
    assert channel is not None
    if channel.plays and channel.place == "parked":
        over = world.step(f"switch: {leg_id} has heard it").put(leg_id, replace(channel, plays="", hears_music=False))
        yield over.says(events.SoundStopped, leg_id, sound=channel.plays)
    if channel.records:
        over = world.step(f"switch: {leg_id} is recorded").put(leg_id, replace(channel, records=""))
        yield over.says(events.RecordingStopped, leg_id, path=channel.records, ms=1_000)


def bridge_completes(world: World, leg_id: str, other: str) -> World:
    world = world.step(f"switch: {leg_id} and {other} are bridged")
    for one, partner in ((leg_id, other), (other, leg_id)):
        world = world.put(one, Channel("with", partner))
    return world.says(events.LegsBridged, leg_id, other_leg_id=other)


def survivor_parks(world: World, leg_id: str, dead_id: str, is_bridged: bool = False) -> World:
    """is_bridged: the dead one was found out only after CHANNEL_BRIDGE."""
    world = world.step(f"switch: {leg_id} is parked, for {dead_id} is gone{', bridged in vain' if is_bridged else ''}")
    if is_bridged:
        world = world.says(events.LegsBridged, leg_id, other_leg_id=dead_id)
        world = world.says(events.LegsUnbridged, leg_id, other_leg_id=dead_id)
    return world.put(leg_id, Channel("parked")).says(events.LegParked, leg_id)


def look(world: World) -> events.CallVerified:
    """uuid_dump of every leg that is not known to be gone, as esl.sight tells it."""
    words = {"limbo": "lost", "bridging": "lost", "left": "lost"}
    sights = []
    for leg in world.ledger.view().legs:
        if not leg.is_live:
            continue
        channel = world.channel(leg.leg_id)
        place = "gone" if channel is None else words.get(channel.place, channel.place)
        sights.append(
            events.Sight(
                leg_id=leg.leg_id,
                seen=place,
                at=None if place in ("gone", "lost") else world.now,
                seq=10 * world.told + 9,
                other_leg_id=channel.other if channel is not None and place == "with" else None,
                is_holding=channel is not None and place == "with" and channel.is_holding,
                refer_to=world.refer_to if leg.leg_id == CUSTOMER and channel is not None else "",
                has_played=channel is not None and not channel.plays,
                recorded_ms=1_000 if channel is not None and not channel.records else None,
            )
        )
    return events.CallVerified(call_id=CALL, sights=tuple(sights))


def is_moving(world: World, leg_id: str) -> bool:
    """Does the switch still have something to do to this leg that moves it, with a living partner?"""
    channel = world.channel(leg_id)
    if channel is not None and channel.place in MOVED_BY_SWITCH:
        return True
    for command in world.pending:
        others = [other for other in command.leg_ids if other != leg_id]
        is_moved = leg_id in command.leg_ids and not isinstance(command, Kill)
        if is_moved and all(world.channel(other) is not None for other in others):
            return True
    return False


def begin(story: Story, budget: Budget, **channels: Channel) -> World:
    """Where a story has come to; `ann_1=Channel(...)` says what truly is."""
    world = World(story.ledger, story.now, budget, told=1_000)
    for name, channel in channels.items():
        world = world.put(name.replace("_", "-"), channel)
    return world


def begin_anew(story: Story, budget: Budget) -> World:
    """A customer has just been parked; the engine does not know yet."""
    world = begin(story, budget, customer=Channel("parked"))
    return world.says(events.LegParked, CUSTOMER, switch_id="switch", is_inbound=True, dialled="100")
