"""What must hold of a call at every instant of a walk, and when all is quiet. A breach is a Fault with its story."""

from freeswitch_cc.core.commands import Bridge, Originate, Park
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Activity, CallOutcome, Phase, Presence, Role, Seen, Sound, Want
from tests.core.ledger import Ledger
from tests.core.switch import (
    World,
    is_moving,
)
from tests.core.world import CUSTOMER, spell


class Fault(AssertionError):
    """What must hold does not; the story that led there."""

    def __init__(self, what: str, world: World) -> None:
        ledger = world.ledger
        lines = [what, *world.story, "", *map(str, world.channels), *map(str, world.facts), *map(spell, world.pending)]
        lines += [str(ledger.call), *map(str, ledger.legs.values()), *map(str, ledger.agents.values())]
        super().__init__("\n".join(lines))


def is_live_in(ledger: Ledger, leg_id: str) -> bool:
    return leg_id in ledger.legs and ledger.legs[leg_id].is_live


def check_commands(before: World, decision: Decision) -> None:
    """At most one mover a leg, on legs that are not known to be gone, the customer the survivor."""
    moved: set[str] = set()
    for command in decision.commands:
        if isinstance(command, (Bridge, Park, Originate)):
            for leg_id in command.leg_ids:
                # What was proved although it was lost may still be on its way.
                if leg_id in moved or (is_moving(before, leg_id) and not before.budget.unheard):
                    raise Fault(f"a second command: {spell(command)}", before)
                moved.add(leg_id)
                known = before.ledger.legs.get(leg_id)
                if known is not None and not known.is_live:
                    raise Fault(f"a command to a leg known to be gone: {spell(command)}", before)
        if isinstance(command, Bridge) and command.survivor_leg_id != CUSTOMER:
            raise Fault("the customer is not the survivor", before)


def check_state(world: World) -> None:
    """What holds at every instant."""
    ledger = world.ledger
    call = ledger.call
    if call is None:
        return
    customer = ledger.legs[CUSTOMER]
    live = [leg for leg in ledger.legs.values() if leg.is_live]
    if (call.phase is Phase.ENDED) != (not live):
        raise Fault("a call has ended when all its legs are gone, and only then", world)
    said = (CallOutcome.ANNOUNCED, CallOutcome.VOICEMAIL, CallOutcome.TURNED_AWAY)
    is_over = call.outcome in (CallOutcome.COMPLETED, *said) and not any(leg.agent_id for leg in live)
    is_over = is_over or world.is_hung_up
    alive = (Phase.QUEUED, Phase.TALKING, Phase.LEAVING, Phase.FORWARDING)
    if customer.is_live and call.phase not in alive and not is_over:
        raise Fault("the customer is alive, and the call is ended that no agent has hung up", world)
    waits = call.phase in (Phase.QUEUED, Phase.FORWARDING) or call.held_by is not None
    if waits and customer.seen is Seen.PARKED and customer.command is None:
        partner = ledger.legs.get(customer.want_leg_id or "")
        if customer.sound is Sound.SILENT and not (partner and partner.command):
            raise Fault("the customer waits in silence and nothing is on its way", world)
    is_with_dead = customer.seen is Seen.WITH and not is_live_in(ledger, customer.seen_leg_id or "")
    if is_with_dead and customer.command is None:
        raise Fault("the customer is seen with a dead leg", world)
    for leg in live:
        if leg.role is Role.TARGET and leg.want is not Want.GONE:
            is_its = call.phase is Phase.FORWARDING or customer.want_leg_id == leg.leg_id
            if call.forward is None or not is_its:
                raise Fault(f"{leg.leg_id} is a number that is called for nobody", world)
        if leg.agent_id and leg.want is not leg.want.GONE:
            is_offered = any(offer.leg_id == leg.leg_id for offer in ledger.open_offers())
            if not is_offered and customer.want_leg_id != leg.leg_id and call.held_by != leg.agent_id:
                raise Fault(f"{leg.leg_id} belongs to nobody", world)


def check_rest(world: World) -> None:
    """All is quiet: the customer talks, or waits or is on hold with music, or is gone and nobody is left over."""
    ledger = world.ledger
    customer, agent = world.channel(CUSTOMER), ledger.agents["ann"]
    call = ledger.call
    if call is None:
        return
    live = {leg.leg_id for leg in ledger.legs.values() if leg.is_live}
    if live != {leg_id for leg_id, _ in world.channels}:
        raise Fault("what is known to live is not what lives", world)
    if customer is None:
        if call.phase is not Phase.ENDED or world.channels:
            raise Fault("the customer is gone and the call has not ended", world)
    elif customer.place == "with":
        partner = world.channel(customer.other or "")
        state = Activity.HOLDING if partner is not None and partner.is_holding else Activity.TALKING
        if ledger.legs[customer.other or ""].role is Role.TARGET:
            state = Activity.IDLE  # no agent is bound by a number
        if call.phase is not Phase.TALKING or agent.activity is not state:
            raise Fault("they talk and it is not known", world)
    elif customer.place != "parked" or not customer.hears_music:
        raise Fault("the customer is alive and waits without music", world)
    elif call.held_by is not None:
        legs = [channel for leg_id, channel in world.channels if leg_id != CUSTOMER]
        if agent.activity is not Activity.HOLDING or [leg.place for leg in legs] != ["parked"]:
            raise Fault("the customer is on hold, and nobody holds him", world)
    elif call.phase is not Phase.QUEUED:
        raise Fault("the customer waits and is not queued", world)
    is_in_talk = customer is not None and (customer.place == "with" or call.held_by is not None)
    if not is_in_talk and agent.activity is not Activity.IDLE:
        raise Fault("the agent is stuck", world)
    if agent.presence is not Presence.AVAILABLE:
        raise Fault("the agent did nothing and is not available any more", world)
    if any(True for _ in ledger.open_offers()):
        raise Fault("an offer is left open", world)
    open_visits = sum(visit.outcome is None for visit in ledger.visits.values())
    if open_visits != (call.phase is Phase.QUEUED):
        raise Fault("a visit is open while the call waits, and only then", world)
