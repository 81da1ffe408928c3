"""Where an agent is in a call, by what his leg is seen to do. What he may ask for there stands in core.control."""

from enum import StrEnum

from freeswitch_cc.core.call import Leg, View
from freeswitch_cc.core.words import Activity, Phase, Role, Seen, Want


class Place(StrEnum):
    """Where an agent is in a call, by what his leg is seen to do."""

    ABSENT = "absent"  # it is not his call
    RESERVED = "reserved"  # he is to be rung
    RINGING = "ringing"
    CONNECTING = "connecting"  # he has answered; the bridge is wanted
    DIALING = "dialing"  # he has answered, and whom he calls is called
    TALKING = "talking"
    HELD = "held"  # his handset holds the customer
    ON_HOLD = "on_hold"  # he has asked to put the customer on hold
    WAITING = "waiting"  # the colleague whom he talks to has put him on hold
    LEAVING = "leaving"  # his leg is gone or is to go, or the call is ending


def leg_of(view: View, agent_id: str) -> Leg | None:
    """His leg in this call; one that is to go is not his any more."""
    legs = (leg for leg in view.legs if leg.role in (Role.AGENT, Role.TARGET) and leg.agent_id == agent_id)
    return next((leg for leg in legs if leg.is_live and leg.want is not Want.GONE), None)


def place_of(view: View, agent_id: str) -> Place:
    """Where the agent is in the call of this view."""
    call, agent, leg, customer = view.call, view.agent(agent_id), leg_of(view, agent_id), view.customer
    if call is None or agent is None or agent.call_id != call.call_id:
        return Place.ABSENT
    if leg is None and agent.activity is Activity.RESERVED:
        return Place.RESERVED  # the call has not been told of the offer yet
    if leg is not None and call.phase is Phase.DIALING:
        return _place_in_dialing(leg)
    if leg is None or customer is None or call.phase in (Phase.ENDING, Phase.ENDED):
        return Place.LEAVING
    if call.phase is Phase.TALKING:
        if call.held_by is not None:
            return Place.ON_HOLD if call.held_by == agent_id else Place.WAITING
        return Place.HELD if agent.activity is Activity.HOLDING else Place.TALKING
    if customer.want_leg_id == leg.leg_id:
        return Place.CONNECTING
    return Place.RINGING if leg.seen is Seen.RINGING else Place.RESERVED


def _place_in_dialing(leg: Leg) -> Place:
    if leg.want is Want.WITH or (leg.seen is Seen.PARKED and leg.role is Role.TARGET):
        return Place.CONNECTING
    if leg.seen in (Seen.UNBORN, Seen.DIALING):
        return Place.RESERVED
    return Place.RINGING if leg.seen is Seen.RINGING else Place.DIALING
