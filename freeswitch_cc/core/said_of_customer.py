"""What is said of the customer beside where he is: for who acts on it beside the facts."""

from freeswitch_cc.core import events
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.places import is_stale
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Want


def told_of_customer(scene: Scene, event: events.CallEvent) -> tuple[Leg, events.LegParked | events.Sight] | None:
    """The customer who is to stay, and what a PARK or a look says of him. None when it is no news: told twice, late."""
    customer = scene.customer
    if customer is None or not customer.is_live or customer.want is Want.GONE:
        return None
    words: tuple[events.LegParked | events.Sight, ...] = ()
    if isinstance(event, events.LegParked):
        words = (event,)
    elif isinstance(event, events.CallVerified):
        words = event.sights
    said = next((said for said in words if said.leg_id == customer.leg_id), None)
    before = scene.view.leg(customer.leg_id)
    if said is None or (before is not None and is_stale(before, said.at, said.seq)):
        return None
    return customer, said
