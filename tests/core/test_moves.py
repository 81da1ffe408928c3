"""How single situations are moved: taking a leg from a third, conferences, what is sent with what words."""

from uuid import UUID

import pytest

from freeswitch_cc.core import moves
from freeswitch_cc.core.call import Leg, survivor_of
from freeswitch_cc.core.commands import Join, Kill, Originate
from freeswitch_cc.core.ids import Ids
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import CommandKind, Role, Seen, Want
from tests.core.records import make_leg, make_view
from tests.core.world import NOW, TIMEOUTS, ms, spell

LATER = NOW + ms(1_000)


def plan(*legs: Leg) -> Scene:
    scene = Scene.of(make_view(*legs), NOW, None, Ids(UUID(int=1)), TIMEOUTS)
    moves.plan(scene)
    return scene


def sent(scene: Scene) -> list[str]:
    return [spell(command) for command in scene.commands]


def bound(leg_id: str, role: Role, wants: str, seen_with: str | None = None, **more: object) -> Leg:
    """Wants to be with somebody; parked, or still with somebody else."""
    seen = {"seen": Seen.WITH, "seen_leg_id": seen_with} if seen_with else {"seen": Seen.PARKED}
    return make_leg(leg_id, role, want=Want.WITH, want_leg_id=wants, **{**seen, **more})


IN_FLIGHT = {"command_id": "x", "command_due_at": LATER}


@pytest.mark.parametrize("agent", ["agent", "z-agent"])
def test_of_two_who_talk_and_are_both_to_be_parked_the_second_is_sent_there(agent: str) -> None:
    """A transfer of the first in the moment after CHANNEL_BRIDGE would hang the second up."""
    scene = plan(
        make_leg("customer", Role.CUSTOMER, seen=Seen.WITH, seen_leg_id=agent),
        make_leg(agent, Role.AGENT, seen=Seen.WITH, seen_leg_id="customer"),
    )
    assert sent(scene) == [f"park {agent}"]
    assert scene.legs["customer"].command is CommandKind.SETTLE


def test_the_first_of_two_is_parked_himself_when_the_second_is_being_killed() -> None:
    scene = plan(
        make_leg("customer", Role.CUSTOMER, seen=Seen.WITH, seen_leg_id="agent"),
        make_leg("agent", Role.AGENT, seen=Seen.WITH, seen_leg_id="customer", command=CommandKind.KILL, **IN_FLIGHT),
    )
    assert sent(scene) == ["park customer"]


def test_who_is_seen_with_a_parked_one_is_parked_himself() -> None:
    scene = plan(
        make_leg("customer", Role.CUSTOMER, seen=Seen.WITH, seen_leg_id="agent"),
        make_leg("agent", Role.AGENT, seen=Seen.PARKED),
    )
    assert sent(scene) == ["park customer"]


def test_a_bridged_leg_is_taken_to_another_in_one_command_and_who_is_left_behind_is_watched() -> None:
    scene = plan(
        bound("customer", Role.CUSTOMER, "target", "agent"),
        make_leg("agent", Role.AGENT, seen=Seen.WITH, seen_leg_id="customer"),
        bound("target", Role.TARGET, "customer"),
    )
    assert sent(scene) == ["bridge customer target"]
    assert scene.legs["agent"].command is CommandKind.SETTLE


def test_who_is_gone_is_not_watched_when_his_partner_is_taken_to_another() -> None:
    scene = plan(
        bound("customer", Role.CUSTOMER, "target", "agent"),
        make_leg("agent", Role.AGENT, seen=Seen.GONE),
        bound("target", Role.TARGET, "customer"),
    )
    assert sent(scene) == ["bridge customer target"]
    assert scene.legs["agent"].command is None


@pytest.mark.parametrize("moved", ["customer", "agent"])
def test_two_are_not_bridged_while_either_is_being_moved(moved: str) -> None:
    moving = {"command": CommandKind.PARK, **IN_FLIGHT}
    scene = plan(
        bound("customer", Role.CUSTOMER, "agent", **(moving if moved == "customer" else {})),
        bound("agent", Role.AGENT, "customer", **(moving if moved == "agent" else {})),
    )
    assert not [command for command in sent(scene) if command.startswith("bridge")]


@pytest.mark.parametrize("kind", [CommandKind.PARK, CommandKind.KILL, CommandKind.SETTLE])
def test_nobody_is_taken_from_a_leg_that_is_being_moved(kind: CommandKind) -> None:
    want = Want.GONE if kind is CommandKind.KILL else Want.PARKED
    scene = plan(
        bound("customer", Role.CUSTOMER, "target", "agent"),
        make_leg("agent", Role.AGENT, want=want, seen=Seen.WITH, seen_leg_id="customer", command=kind, **IN_FLIGHT),
        bound("target", Role.TARGET, "customer"),
    )
    assert sent(scene) == []


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (Role.AGENT, Role.CUSTOMER, "bridge other one"),
        (Role.CUSTOMER, Role.AGENT, "bridge one other"),
        (Role.TARGET, Role.AGENT, "bridge other one"),
        (Role.AGENT, Role.TARGET, "bridge one other"),
        (Role.CUSTOMER, Role.TARGET, "bridge one other"),
    ],
)
def test_who_must_survive_is_the_first_argument(one: Role, other: Role, told: str) -> None:
    assert told in sent(plan(bound("one", one, "other"), bound("other", other, "one")))


def test_a_rescue_that_nobody_has_put_off_is_put_off_before_the_bridge_that_it_would_tear() -> None:
    """The switch arms it when a partner leaves, for a moment only, and takes it away 200 ms into the next talk."""
    agent = bound("agent", Role.AGENT, "customer")
    customer = bound("customer", Role.CUSTOMER, "agent")
    assert sent(plan(customer, agent)) == ["pushdeadman customer", "bridge customer agent"]
    put_off = bound("customer", Role.CUSTOMER, "agent", deadman_due_at=NOW + ms(TIMEOUTS.deadman_ms // 3))
    assert sent(plan(put_off, agent)) == ["bridge customer agent"]


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("b", "a")])
def test_between_equals_the_same_one_is_first_whoever_is_asked_about_first(one: str, other: str) -> None:
    legs = [bound(one, Role.PARTICIPANT, other), bound(other, Role.PARTICIPANT, one)]
    assert sent(plan(*legs)) == ["bridge a b"]
    assert survivor_of(*legs).leg_id == "a"


def test_two_are_not_bridged_because_one_of_them_wants_it() -> None:
    customer = make_leg(want=Want.PARKED, sound="playing", deadman_due_at=NOW)
    assert sent(plan(bound("agent", Role.AGENT, "customer"), customer)) == []


@pytest.mark.parametrize("kind", [CommandKind.PARK, CommandKind.BRIDGE, CommandKind.JOIN, CommandKind.SETTLE])
def test_nobody_is_parked_out_of_a_pair_whose_other_half_is_being_moved(kind: CommandKind) -> None:
    scene = plan(
        make_leg(seen=Seen.WITH, seen_leg_id="agent"),
        make_leg("agent", Role.AGENT, seen=Seen.WITH, seen_leg_id="customer", command=kind, **IN_FLIGHT),
    )
    assert sent(scene) == []


def test_the_customer_of_an_agent_who_is_killed_is_parked_at_once() -> None:
    scene = plan(
        make_leg(seen=Seen.WITH, seen_leg_id="agent"),
        make_leg("agent", Role.AGENT, want=Want.GONE, seen=Seen.WITH, seen_leg_id="customer"),
    )
    assert sent(scene) == ["kill agent", "park customer"]


ROOM = {"want": Want.IN_CONFERENCE, "want_conference": "room"}


def test_a_talking_pair_is_brought_into_a_conference_by_one_command() -> None:
    scene = plan(
        make_leg(seen=Seen.WITH, seen_leg_id="agent", **ROOM),
        make_leg("agent", Role.AGENT, seen=Seen.WITH, seen_leg_id="customer", **ROOM),
    )
    (join,) = scene.commands
    assert isinstance(join, Join)
    assert (join.leg_id, join.other_leg_id, join.conference) == ("customer", "agent", "room")
    assert scene.legs["agent"].command_id == scene.legs["customer"].command_id


def test_only_one_of_a_pair_is_brought_into_a_conference_and_the_other_is_watched() -> None:
    scene = plan(
        make_leg(seen=Seen.WITH, seen_leg_id="agent"),
        make_leg("agent", Role.AGENT, seen=Seen.WITH, seen_leg_id="customer", **ROOM),
    )
    assert sent(scene) == ["join agent"]
    assert scene.legs["agent"].command_leg_id is None
    assert scene.legs["customer"].command is CommandKind.SETTLE


@pytest.mark.parametrize("kind", [CommandKind.PARK, CommandKind.SETTLE])
def test_nobody_is_brought_into_a_conference_from_one_who_is_being_moved(kind: CommandKind) -> None:
    scene = plan(
        make_leg(seen=Seen.WITH, seen_leg_id="agent", command=kind, **IN_FLIGHT),
        make_leg("agent", Role.AGENT, seen=Seen.WITH, seen_leg_id="customer", **ROOM),
    )
    assert sent(scene) == []


@pytest.mark.parametrize("seen", [Seen.DIALING, Seen.RINGING, Seen.MOVING])
def test_who_has_not_answered_is_not_brought_into_a_conference(seen: Seen) -> None:
    assert sent(plan(make_leg("agent", Role.AGENT, seen=seen, **ROOM))) == []


def test_a_customer_who_has_come_into_a_conference_needs_no_rescue_by_the_switch() -> None:
    view = make_view(make_leg(**ROOM))
    scene = Scene.of(view, NOW, None, Ids(UUID(int=1)), TIMEOUTS)
    scene.change_leg("customer", seen=Seen.IN_CONFERENCE, seen_conference="room")
    moves.plan(scene)
    assert sent(scene) == ["dropdeadman customer"]


@pytest.mark.parametrize(
    ("seen", "cause"),
    [(Seen.DIALING, "ORIGINATOR_CANCEL"), (Seen.RINGING, "ORIGINATOR_CANCEL"), (Seen.PARKED, "NORMAL_CLEARING")],
)
def test_a_phone_that_still_rings_is_told_that_it_was_cancelled(seen: Seen, cause: str) -> None:
    (kill,) = plan(make_leg("agent", Role.AGENT, want=Want.GONE, seen=seen)).commands
    assert isinstance(kill, Kill)
    assert kill.cause == cause


def test_a_leg_that_was_never_asked_for_is_gone_without_a_command() -> None:
    scene = plan(make_leg("agent", Role.AGENT, want=Want.GONE, seen=Seen.UNBORN))
    assert sent(scene) == []
    assert (scene.legs["agent"].seen, scene.legs["agent"].hangup_cause) == (Seen.GONE, "NEVER_ASKED")


def test_breaking_a_bridge_off_leaves_its_other_end_to_the_hangup() -> None:
    pair = {"command": CommandKind.BRIDGE, **IN_FLIGHT}
    scene = plan(
        make_leg(command_leg_id="agent", **pair),
        make_leg("agent", Role.AGENT, want=Want.GONE, command_leg_id="customer", **pair),
    )
    assert sent(scene) == ["kill agent"]
    assert scene.legs["customer"].command is CommandKind.BRIDGE


def test_an_originate_may_take_its_ring_time_and_a_grace() -> None:
    scene = plan(make_leg("agent", Role.AGENT, seen=Seen.UNBORN, ring_ms=15_000, contact="user/ann@center.example"))
    assert scene.legs["agent"].command_due_at == NOW + ms(15_000 + TIMEOUTS.offer_grace_ms)


@pytest.mark.parametrize(
    ("contact", "limit_ms"),
    [
        ("user/ann@center.example", 0),
        ("sofia/internal/ann@10.0.0.7:5060", 0),
        ("sofia/gateway/trunk/0612345678", TIMEOUTS.outside_ms),
    ],
)
def test_an_agent_s_leg_lasts_for_ever_unless_it_costs_money(contact: str, limit_ms: int) -> None:
    scene = plan(make_leg("agent", Role.AGENT, seen=Seen.UNBORN, ring_ms=15_000, contact=contact))
    (originate,) = scene.commands
    assert isinstance(originate, Originate)
    assert (originate.limit_ms, originate.deadman_ms) == (limit_ms, 0)
