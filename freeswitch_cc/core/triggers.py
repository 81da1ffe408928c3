"""What a fact means to the feature that owns the call: triggers, found by comparing legs before and after.

Because they come from what changed, a fact that changed nothing triggers nothing. No rules here.
"""

from collections.abc import Iterator
from enum import StrEnum

from freeswitch_cc.core import events
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Phase, Role, Seen, Sound


class Trigger(StrEnum):
    """One step of a call, in the order in which several of one event are told. Agent: whom the customer is with or is
    to be with, also a number to which his queue overflows."""

    CUSTOMER_GONE = "customer gone"
    CUSTOMER_REFERRED = "customer referred"  # a handset's blind REFER parked him with us
    CUSTOMER_RINGING = "customer ringing"  # of a call that an agent has placed
    CUSTOMER_PARKED = "customer parked"
    BRIDGED = "bridged"  # customer and agent
    AGENT_RINGING = "agent ringing"
    AGENT_PARKED = "agent parked"
    AGENT_GONE = "agent gone"
    HELD = "held"  # by the agent's handset
    RETRIEVED = "retrieved"
    OFFER_MADE = "offer made"
    OFFER_DUE = "offer due"
    SOUND_OVER = "sound over"  # a farewell was heard to its end, or recorded
    STEP_DUE = "step due"
    DIAL_DUE = "dial due"  # a state of core.direct or core.forwarding


ORDER = tuple(Trigger)


def triggers_of(scene: Scene, event: events.CallEvent) -> list[tuple[Trigger, Leg | None]]:
    """What happened, told of the leg it happened to, customers before agents."""
    customer = scene.customer
    known = {leg.leg_id: leg for leg in scene.view.legs}
    found: list[tuple[Trigger, Leg | None]] = []
    for leg in scene.legs.values():
        before = known.get(leg.leg_id)
        if leg is not before:
            found += _of_leg(leg, before, customer, event)
    if isinstance(event, events.OfferMade):
        found.append((Trigger.OFFER_MADE, None))
    offer = scene.open_offer
    looked = isinstance(event, events.CallVerified)
    if looked and offer is not None and offer.expires_at <= scene.now:
        found.append((Trigger.OFFER_DUE, None))
    if isinstance(event, events.CallDeadlinePassed) and event.kind == "step" and _is_step_due(scene):
        found.append((Trigger.STEP_DUE, None))
    if looked and scene.the_call.phase is Phase.DIALING and _is_dial_due(scene):
        found.append((Trigger.DIAL_DUE, None))
    if looked and scene.the_call.phase is Phase.FORWARDING and _is_step_due(scene):
        found.append((Trigger.DIAL_DUE, None))
    return sorted(found, key=lambda pair: ORDER.index(pair[0])) if len(found) > 1 else found


def _is_step_due(scene: Scene) -> bool:
    due_at = scene.the_call.step_due_at
    return due_at is not None and due_at <= scene.now


def _is_dial_due(scene: Scene) -> bool:
    placed = scene.the_call.placed
    agent = scene.agents.get(placed.agent_id) if placed is not None else None
    return agent is not None and agent.due_at is not None and agent.due_at <= scene.now


def refers_in(event: events.CallEvent) -> list[str]:
    """The legs of which a PARK or a look says that a handset has referred them: a blind REFER whose PARK nobody heard
    is found by looking."""
    if isinstance(event, events.LegParked):
        return [event.leg_id] if event.refer_to else []
    if isinstance(event, events.CallVerified):
        return [sight.leg_id for sight in event.sights if sight.refer_to]
    return []


def _of_leg(
    leg: Leg, before: Leg | None, customer: Leg | None, event: events.CallEvent
) -> Iterator[tuple[Trigger, Leg]]:
    was = before.seen if before is not None else None
    if customer is not None and leg.leg_id == customer.leg_id:
        if leg.seen is Seen.GONE and was is not Seen.GONE:
            yield Trigger.CUSTOMER_GONE, leg
        if leg.seen is Seen.RINGING and was is not Seen.RINGING:
            yield Trigger.CUSTOMER_RINGING, leg
        if leg.seen is Seen.PARKED and was is not Seen.PARKED:
            yield (Trigger.CUSTOMER_REFERRED if leg.leg_id in refers_in(event) else Trigger.CUSTOMER_PARKED), leg
        if leg.sound is Sound.OVER and before is not None and before.sound is not Sound.OVER:
            yield Trigger.SOUND_OVER, leg
        if leg.agent_id is not None:  # an agent whom another one called holds with his handset as well
            yield from _of_handset(leg, before)
    elif leg.role in (Role.AGENT, Role.TARGET):
        if leg.seen is Seen.GONE and was is not Seen.GONE:
            yield Trigger.AGENT_GONE, leg
        elif leg.seen is Seen.PARKED and was is not Seen.PARKED:
            yield Trigger.AGENT_PARKED, leg
        elif leg.seen is Seen.RINGING and was is not Seen.RINGING:
            yield Trigger.AGENT_RINGING, leg
        elif leg.seen is Seen.WITH and (before is None or before.seen_leg_id != leg.seen_leg_id):
            is_of_the_two = customer is not None and leg.seen_leg_id == customer.leg_id
            yield from [(Trigger.BRIDGED, leg)] if is_of_the_two else []
        yield from _of_handset(leg, before)


def _of_handset(leg: Leg, before: Leg | None) -> Iterator[tuple[Trigger, Leg]]:
    was_holding = before is not None and before.is_holding
    if leg.is_live and leg.is_holding != was_holding:
        yield (Trigger.HELD if leg.is_holding else Trigger.RETRIEVED), leg
