"""core.moves over every want x every sight x a command in flight or none: pairs and triples whole, four legs sampled.

Each situation is planned, saved by the database's rules, and planned again. Nothing else of the core takes part.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from freeswitch_cc.core import moves
from freeswitch_cc.core.call import SURVIVES, Leg, View
from freeswitch_cc.core.commands import Bridge, Join, Kill, Play
from freeswitch_cc.core.ids import Ids
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import CommandKind, Role, Seen, Sound, Want
from tests.core.ledger import check_leg, guard_leg
from tests.core.records import make_call, make_leg, make_visit
from tests.core.world import NOW, TIMEOUTS

LATER = NOW + timedelta(seconds=1)
NAMES = ("customer", "agent", "target", "participant")
ROLES = dict(zip(NAMES, (Role.CUSTOMER, Role.AGENT, Role.TARGET, Role.PARTICIPANT), strict=True))
PASSING = (Seen.MOVING, Seen.DIALING, Seen.LOST, Seen.RINGING)
CALL, VISIT = make_call(), make_visit()


def planned(legs: Sequence[Leg]) -> tuple[View, Scene]:
    view = View(call=CALL, legs=tuple(legs), visit=VISIT)
    scene = Scene.of(view, NOW, None, Ids(UUID(int=1)), TIMEOUTS)
    moves.plan(scene)
    return view, scene


def check(legs: Sequence[Leg]) -> None:
    """What must hold of every plan; the message is the situation itself."""
    view, scene = planned(legs)
    after = scene.legs
    told = f"{[_spell(leg) for leg in legs]} -> {scene.commands}"
    moved: list[str] = []
    for command in scene.commands:
        if isinstance(command, Play):
            assert after[command.leg_id].role is Role.CUSTOMER, told
            assert (after[command.leg_id].seen, after[command.leg_id].command) == (Seen.PARKED, None), told
            continue
        for leg_id in command.leg_ids:
            before = view.leg(leg_id)
            assert before is not None, told
            assert before.is_live, f"a command to a dead leg: {told}"
            assert isinstance(command, Kill) or before.command is None, f"a second command: {told}"
            assert after[leg_id].command_id == command.command_id, f"not written on its leg: {told}"
            if isinstance(command, (Bridge, Join)):
                assert before.is_movable or (isinstance(command, Join) and before.seen is Seen.LOST), told
        moved += command.leg_ids
        if isinstance(command, Bridge):
            survivor, second = after[command.survivor_leg_id], after[command.other_leg_id]
            assert SURVIVES.index(survivor.role) < SURVIVES.index(second.role), f"survivor: {told}"
            assert (survivor.want_leg_id, second.want_leg_id) == (second.leg_id, survivor.leg_id), told
    assert len(moved) == len(set(moved)), f"two commands on one leg: {told}"
    for leg in legs:
        _check_leg(leg, scene, told)
    _, again = planned(tuple(after.values()))
    assert not again.commands, f"planned again: {again.commands} after {told}"
    assert again.legs == after, f"planned again, it changes: {told}"


def _check_leg(before: Leg, scene: Scene, told: str) -> None:
    leg = scene.legs[before.leg_id]
    check_leg(leg)
    guard_leg(before, leg)
    if before.command is not None:
        assert leg.command_id == before.command_id or leg.command is CommandKind.KILL, f"replaced: {told}"
    if not leg.is_live:
        return
    assert leg.seen is not Seen.UNBORN, f"not asked for: {told}"
    if leg.seen in PASSING:
        assert leg.command is not None, f"{leg.leg_id} passes for ever: {told}"
    if leg.want is Want.GONE:
        assert leg.command is CommandKind.KILL, f"{leg.leg_id} is not killed: {told}"
    if leg.want is Want.PARKED and leg.seen is not Seen.PARKED:
        partner = scene.legs.get(leg.seen_leg_id or "")
        waits_for = partner.command if partner is not None else None
        assert leg.command is not None or waits_for is not None, f"{leg.leg_id} is never parked: {told}"
    if leg.want is Want.PARKED and leg.seen is Seen.PARKED and leg.command is None and leg.role is Role.CUSTOMER:
        assert leg.sound is not Sound.SILENT, f"silence: {told}"
        assert leg.deadman_due_at is not None, f"the switch's own rescue is forgotten: {told}"
    _check_pair(leg, scene, told)


def _check_pair(leg: Leg, scene: Scene, told: str) -> None:
    """Two who want each other and could be moved are together, or somebody of theirs is under way."""
    other = scene.legs.get(leg.want_leg_id or "")
    if other is None or other.want_leg_id != leg.leg_id or not (leg.is_movable and other.is_movable):
        return
    if leg.seen_leg_id == other.leg_id and other.seen_leg_id == leg.leg_id:
        return
    around = [leg, other, *(scene.legs.get(end.seen_leg_id or "") for end in (leg, other))]
    assert any(one is not None and one.command is not None for one in around), f"never brought together: {told}"


def _spell(leg: Leg) -> str:
    want = " ".join(filter(None, (leg.want, leg.want_leg_id)))
    seen = " ".join(filter(None, (leg.seen, leg.seen_leg_id, leg.seen_conference)))
    return f"{leg.leg_id}: wants {want}, seen {seen}, {leg.command or 'free'}"


# -- situations ----------------------------------------------------------------------------------


def _wants(others: Sequence[str]) -> list[dict[str, object]]:
    plain: list[dict[str, object]] = [
        {"want": Want.PARKED},
        {"want": Want.GONE},
        {"want": Want.IN_CONFERENCE, "want_conference": "room"},
    ]
    return plain + [{"want": Want.WITH, "want_leg_id": other} for other in others]


def _sights(others: Sequence[str], words: Sequence[Seen]) -> list[dict[str, object]]:
    sights: list[dict[str, object]] = []
    for seen in words:
        if seen is Seen.WITH:
            sights += [{"seen": seen, "seen_leg_id": other} for other in others]
        elif seen is Seen.IN_CONFERENCE:
            sights.append({"seen": seen, "seen_conference": "room"})
        else:
            sights.append({"seen": seen, **({"ended_at": NOW} if seen is Seen.GONE else {})})
    return sights


def _in_flight(kind: CommandKind | None, leg_id: str, other: str) -> dict[str, object]:
    if kind is None:
        return {}
    is_pair = kind in (CommandKind.BRIDGE, CommandKind.JOIN)
    return {
        "command": kind,
        "command_id": f"{kind}-{'pair' if is_pair else leg_id}",
        "command_leg_id": other if is_pair else None,
        "command_due_at": LATER,
    }


def _may_be(leg: Leg) -> bool:
    """Leave out what the database would not hold: a dead leg wants nothing, an unborn one was not commanded."""
    if leg.seen is Seen.GONE:
        return leg.want is Want.GONE and leg.command is None
    if leg.seen is Seen.UNBORN:
        return leg.command is None and leg.role is not Role.CUSTOMER
    if leg.seen in (Seen.DIALING, Seen.RINGING):
        kinds = (None, CommandKind.ORIGINATE, CommandKind.KILL, CommandKind.SETTLE)
        return leg.role is not Role.CUSTOMER and leg.command in kinds
    return leg.command is not CommandKind.ORIGINATE


def _situations_of(
    name: str, others: Sequence[str], words: Sequence[Seen], kinds: Sequence[CommandKind | None]
) -> list[Leg]:
    made = [
        make_leg(name, ROLES[name], **{**want, **sight, **_in_flight(kind, name, others[0])})
        for want, sight, kind in itertools.product(_wants(others), _sights(others, words), kinds)
    ]
    return [leg for leg in made if _may_be(leg)]


def _fits(legs: Sequence[Leg]) -> bool:
    """A bridge in flight stands on both its legs, unless one was killed; nobody is with a leg that was never there."""
    for leg in legs:
        if leg.command is CommandKind.BRIDGE:
            other = next(one for one in legs if one.leg_id == leg.command_leg_id)
            if other.command not in (CommandKind.BRIDGE, CommandKind.KILL):
                return False
        if leg.seen is Seen.WITH:
            partner = next(one for one in legs if one.leg_id == leg.seen_leg_id)
            if partner.seen in (Seen.UNBORN, Seen.DIALING):
                return False
    return True


@pytest.mark.parametrize(
    ("one", "other"), [("customer", "agent"), ("customer", "target"), ("agent", "target"), ("target", "participant")]
)
def test_every_pair_of_legs_is_moved_by_the_rules(one: str, other: str) -> None:
    kinds = (None, *CommandKind)
    for legs in itertools.product(
        _situations_of(one, [other], list(Seen), kinds), _situations_of(other, [one], list(Seen), kinds)
    ):
        if _fits(legs):
            check(legs)


@pytest.mark.slow
@pytest.mark.parametrize("busy", [None, "customer", "agent", "target"])
def test_every_triple_of_legs_is_moved_by_the_rules(busy: str | None) -> None:
    """At most one of the three has something in flight; then fewer places, and one situation in four."""
    names = NAMES[:3]
    words = list(Seen) if busy is None else [Seen.PARKED, Seen.WITH, Seen.LOST, Seen.IN_CONFERENCE]
    if busy is None:
        words.remove(Seen.DIALING)  # moved as a ringing one; the pairs have both
    each = []
    for name in names:
        others = [other for other in names if other != name]
        kinds = (CommandKind.PARK, CommandKind.SETTLE, CommandKind.KILL) if name == busy else (None,)
        each.append(_situations_of(name, others, words, kinds))
    step = 1 if busy is None else 4
    for legs in itertools.islice(itertools.product(*each), 0, None, step):
        if _fits(legs):
            check(legs)


@pytest.mark.slow
def test_four_legs_paired_in_any_way_are_moved_by_the_rules() -> None:
    """Every pairing that can be seen x every want, one in 37 of them."""
    wants = [_wants([other for other in NAMES if other != name]) for name in NAMES]
    situations = itertools.product(list(_seen_of_four()), itertools.product(*wants))
    for sights, wanted in itertools.islice(situations, 0, None, 37):
        legs = [
            make_leg(name, ROLES[name], **({"want": Want.GONE} if sight["seen"] is Seen.GONE else want), **sight)
            for name, sight, want in zip(NAMES, sights, wanted, strict=True)
        ]
        check(legs)


def _seen_of_four() -> Iterator[tuple[dict[str, object], ...]]:
    alone = _sights([], [Seen.PARKED, Seen.LOST, Seen.IN_CONFERENCE, Seen.GONE])
    for pairs in ([], *([pair] for pair in itertools.combinations(range(4), 2)), [(0, 1), (2, 3)], [(0, 2), (1, 3)]):
        partner = {one: other for pair in pairs for one, other in (pair, pair[::-1])}
        choices = [
            [{"seen": Seen.WITH, "seen_leg_id": NAMES[partner[index]]}] if index in partner else alone
            for index in range(4)
        ]
        yield from itertools.product(*choices)


def test_a_leg_that_is_already_killed_is_not_killed_again_before_its_time() -> None:
    leg = make_leg(want=Want.GONE, command=CommandKind.KILL, command_id="kill", command_due_at=LATER)
    assert planned([leg])[1].commands == []
    assert [
        type(c) for c in planned([replace(leg, command=None, command_id=None, command_due_at=None)])[1].commands
    ] == [Kill]
