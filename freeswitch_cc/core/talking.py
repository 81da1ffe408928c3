"""A call in talk: customer and agent hear each other, either may hold from the handset, either may leave.

One table: talking, held or on hold x what happened. An agent who hangs up ends the call; one who was torn away from it
(no talk to speak of, a dead phone, the customer still on hold) sends the customer back to the head of the queue.
What an agent asks for (hold, retrieve, hang_up) is carried out here; whether he may: core.control.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from freeswitch_cc.core import release
from freeswitch_cc.core.activity import Fact
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.events import BLIND_TRANSFER, HUNG_UP_BY_HAND, HUNG_UP_HOLDING
from freeswitch_cc.core.places import held_until_now
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.told import tell
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import Activity, CallOutcome, Origin, Phase, Role, Seen, Want


class State(StrEnum):
    """What the customer hears."""

    TALKING = "talking"
    HELD = "held"  # the agent's handset holds him
    ON_HOLD = "on_hold"  # at the agent's request: both are parked, the customer hears music


def state_of(scene: Scene) -> State:
    """Told by what the agents are known to do: a leg that has just gone holds nobody any more."""
    if scene.the_call.held_by is not None:
        return State.ON_HOLD
    holding = [agent for agent in scene.agents.values() if agent.activity is Activity.HOLDING]
    return State.HELD if holding else State.TALKING


# The switch has ended a number's leg by its limit.
LASTED_TOO_LONG = "ALLOTTED_TIMEOUT"


def _ignore(scene: Scene, leg: Leg | None) -> None:
    """Nothing to do."""


def _customer_left(scene: Scene, leg: Leg | None) -> None:
    scene.because("the customer hung up")
    release.end(scene, CallOutcome.COMPLETED)


def _agent_left(scene: Scene, leg: Leg | None) -> None:
    if not _talked_to_customer(scene, leg) or leg is None:
        return
    before, who = scene.view.leg(leg.leg_id), "the agent" if leg.agent_id is not None else "the number"
    if leg.hangup_cause == BLIND_TRANSFER:
        _return_customer(scene, "a handset's blind transfer is not allowed")
    elif leg.hangup_cause == HUNG_UP_HOLDING or (
        before is not None and before.seen is Seen.WITH and held_until_now(scene, before)
    ):
        _return_customer(scene, f"{who} hung up with the customer on hold")
    elif leg.agent_id is None and leg.hangup_cause == LASTED_TOO_LONG:
        scene.because("the number was talked to for as long as one may")
        release.end(scene, CallOutcome.COMPLETED)
    elif leg.hangup_cause not in HUNG_UP_BY_HAND:
        if leg.agent_id is not None:
            scene.alarm("agent_lost", leg, leg.hangup_cause or "")
        _return_customer(scene, f"{who}'s phone died ({leg.hangup_cause})")
    elif _was_short(scene) and scene.the_call.origin == Origin.INBOUND:
        _return_customer(scene, f"{who} was gone as soon as it was there")
    else:
        scene.because(f"{who} hung up")
        release.end(scene, CallOutcome.COMPLETED)


def _agent_left_holding(scene: Scene, leg: Leg | None) -> None:
    """Nobody ends a talk with somebody whom he has put on hold."""
    if _talked_to_customer(scene, leg):
        _return_customer(scene, "the agent was gone while the customer was on hold")


def _referred(scene: Scene, leg: Leg | None) -> None:
    """A handset's blind REFER. No transfer is allowed to a handset yet: the customer waits for the next agent."""
    for other in scene.live_legs():
        if other.role in (Role.AGENT, Role.TARGET):
            scene.want_gone(other)
    _return_customer(scene, "a handset's blind transfer is not allowed")


def _held(scene: Scene, leg: Leg | None) -> None:
    if leg is not None and leg.agent_id is not None:
        tell(scene, leg.agent_id, Fact.HELD)
        scene.because("the agent holds")


def _retrieved(scene: Scene, leg: Leg | None) -> None:
    if leg is not None and leg.agent_id is not None:
        tell(scene, leg.agent_id, Fact.RETRIEVED)
        scene.because("the agent took him back")


_Cell = Callable[[Scene, Leg | None], None]
T, H, P = State.TALKING, State.HELD, State.ON_HOLD

TABLE: dict[tuple[State, Trigger], _Cell] = {
    (T, Trigger.CUSTOMER_GONE): _customer_left,
    (T, Trigger.CUSTOMER_REFERRED): _referred,
    (T, Trigger.CUSTOMER_RINGING): _ignore,
    (T, Trigger.CUSTOMER_PARKED): _ignore,  # both still want each other: moves brings them together again
    (T, Trigger.BRIDGED): _ignore,
    (T, Trigger.AGENT_RINGING): _ignore,
    (T, Trigger.AGENT_PARKED): _ignore,
    (T, Trigger.AGENT_GONE): _agent_left,
    (T, Trigger.HELD): _held,
    (T, Trigger.RETRIEVED): _retrieved,
    (T, Trigger.OFFER_MADE): _ignore,
    (T, Trigger.OFFER_DUE): _ignore,
    (T, Trigger.SOUND_OVER): _ignore,
    (T, Trigger.STEP_DUE): _ignore,
    (T, Trigger.DIAL_DUE): _ignore,
    (H, Trigger.CUSTOMER_GONE): _customer_left,
    (H, Trigger.CUSTOMER_REFERRED): _referred,
    (H, Trigger.CUSTOMER_RINGING): _ignore,
    (H, Trigger.CUSTOMER_PARKED): _ignore,
    (H, Trigger.BRIDGED): _ignore,
    (H, Trigger.AGENT_RINGING): _ignore,
    (H, Trigger.AGENT_PARKED): _ignore,
    (H, Trigger.AGENT_GONE): _agent_left_holding,
    (H, Trigger.HELD): _held,
    (H, Trigger.RETRIEVED): _retrieved,
    (H, Trigger.OFFER_MADE): _ignore,
    (H, Trigger.OFFER_DUE): _ignore,
    (H, Trigger.SOUND_OVER): _ignore,
    (H, Trigger.STEP_DUE): _ignore,
    (H, Trigger.DIAL_DUE): _ignore,
    (P, Trigger.CUSTOMER_GONE): _customer_left,
    (P, Trigger.CUSTOMER_REFERRED): _referred,  # his handset was quicker than the request to hold
    (P, Trigger.CUSTOMER_RINGING): _ignore,
    (P, Trigger.CUSTOMER_PARKED): _ignore,
    (P, Trigger.BRIDGED): _ignore,  # asked for before: both want to be parked, moves sees to it
    (P, Trigger.AGENT_RINGING): _ignore,
    (P, Trigger.AGENT_PARKED): _ignore,
    (P, Trigger.AGENT_GONE): _agent_left_holding,
    (P, Trigger.HELD): _ignore,  # his handset, too
    (P, Trigger.RETRIEVED): _ignore,
    (P, Trigger.OFFER_MADE): _ignore,
    (P, Trigger.OFFER_DUE): _ignore,
    (P, Trigger.SOUND_OVER): _ignore,
    (P, Trigger.STEP_DUE): _ignore,
    (P, Trigger.DIAL_DUE): _ignore,
}


def on(scene: Scene, trigger: Trigger, leg: Leg | None) -> None:
    TABLE[state_of(scene), trigger](scene, leg)


def keep_company(scene: Scene) -> None:
    """A rule about what is: a customer in talk whose partner is no more waits for the next one."""
    customer = scene.customer
    if customer is None or not customer.is_live:
        return
    partner = partner_of(scene)
    if partner is None or not partner.is_live:
        _return_customer(scene, "nobody is with the customer")


def partner_of(scene: Scene) -> Leg | None:
    """The agent's leg that the customer is wanted with, or that has put him on hold."""
    customer, holder = scene.customer, scene.the_call.held_by
    if scene.the_call.origin == Origin.INTERNAL:
        legs = (leg for leg in scene.live_legs() if leg.role is Role.AGENT)
        return next((leg for leg in legs if leg.want is not Want.GONE), None)
    if customer is None or holder is None:
        return scene.legs.get(customer.want_leg_id or "") if customer is not None else None
    return next((leg for leg in scene.live_legs_of(holder) if leg.want is not Want.GONE), None)


# -- what an agent asks for ----------------------------------------------------------------------


def hold(scene: Scene, leg: Leg) -> None:
    """Both are parked; the customer hears music, the agent nothing. What is in flight is finished first."""
    both = (scene.customer, partner_of(scene))
    scene.change_call(held_by=leg.agent_id, held_at=scene.now)
    for one in both:
        scene.want_parked(one)
    _held(scene, leg)


def retrieve(scene: Scene, leg: Leg) -> None:
    """Together again. While his handset holds, too, he goes on holding until the bridge ends that (core.facts)."""
    customer, partner = scene.customer, partner_of(scene)
    scene.change_call(held_by=None, held_at=None)
    if customer is not None and partner is not None:
        scene.want_together(customer, partner)
    if not leg.is_holding:
        _retrieved(scene, leg)


def hang_up(scene: Scene) -> None:
    """To ask is to say what one means: the call ends, however short it was, and whoever is on hold."""
    scene.because("the agent hung up")
    release.end(scene, CallOutcome.COMPLETED)


# -- what the cells share ------------------------------------------------------------------------


def _was_short(scene: Scene) -> bool:
    """By the switch's clock on both sides. Much less than nothing: it was set back, they may have talked for long.
    A little: he had gone before we looked, and saw them talk."""
    bridged_at = scene.the_call.bridged_at
    talked = scene.at - bridged_at if bridged_at is not None else timedelta(0)
    return abs(talked) < timedelta(milliseconds=scene.timeouts.short_talk_ms)


def _talked_to_customer(scene: Scene, leg: Leg | None) -> bool:
    """Is this the leg that the customer was to be with? Another one may be left over from an offer."""
    customer, holder = scene.customer, scene.the_call.held_by
    if leg is None or customer is None:
        return False
    if scene.the_call.origin == Origin.INTERNAL:
        before = scene.view.leg(leg.leg_id)
        return leg.role is Role.AGENT and before is not None and before.want is not Want.GONE
    if holder is None:
        return customer.want_leg_id == leg.leg_id
    before = scene.view.leg(leg.leg_id)
    return leg.agent_id == holder and before is not None and before.want is not Want.GONE


def _return_customer(scene: Scene, why: str) -> None:
    customer, visit = scene.customer, scene.last_visit
    if scene.the_call.origin == Origin.OUTBOUND and customer is not None and customer.is_live:
        # He came by no queue, and waits for who called him (core.direct).
        scene.because(f"{why}: he is called back")
        scene.want_gone(partner_of(scene))
        scene.want_parked(customer)
        scene.change_call(phase=Phase.DIALING, bridged_at=None, held_by=None, held_at=None, called_back_at=scene.now)
        return
    if customer is None or not customer.is_live or visit is None:
        scene.because(why)
        release.end(scene, CallOutcome.COMPLETED)
        return
    # Who talked to a number goes on from there (core.overflow), like one for whom it was not reached.
    where = "the customer goes to the head of his queue" if scene.the_call.forward is None else "the customer stays"
    scene.because(f"{why}: {where}")
    scene.change_call(phase=Phase.QUEUED, bridged_at=None, held_by=None, held_at=None)
