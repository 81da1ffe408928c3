"""decide(): from what is known of a call and one event to what is changed and commanded. Pure.

The only file that knows all features of calls; what belongs to an agent and to no call is core.decide_agent's.
Order: what an agent asks for, or facts into legs; then the feature that owns the call's phase, then the rules of every
call (orphans, released agents, the end), then how legs are moved.
"""

from datetime import datetime
from uuid import UUID

from freeswitch_cc.core import (
    arrival,
    attending,
    control,
    direct,
    events,
    facts,
    farewell,
    forwarding,
    messages,
    moves,
    overflow,
    placing,
    queueing,
    release,
    segments,
    strangers,
    talking,
)
from freeswitch_cc.core.call import Leg, View
from freeswitch_cc.core.ids import Ids
from freeswitch_cc.core.placed_legs import agent_leg
from freeswitch_cc.core.scene import Decision, Scene
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.core.told import release_agents
from freeswitch_cc.core.triggers import Trigger, triggers_of
from freeswitch_cc.core.words import CallOutcome, OfferOutcome, Phase, Role


def is_caller(event: events.LegParked) -> bool:
    """May it be the first fact of a call? Where that leads, its dialled number says."""
    return event.is_inbound and event.role in ("", Role.CUSTOMER)


def decide(view: View, event: events.CallEvent, now: datetime, root: UUID, timeouts: Timeouts) -> Decision:
    """The decision on one event of one call.

    view: what is known, locked. now: the database's clock. root: random, drawn once for the event.
    Facts cannot be refused: what does not fit changes nothing.
    """
    scene = Scene.of(view, now, getattr(event, "at", None), Ids(root), timeouts)
    if isinstance(event, events.ControlAsked) and not control.carry_out(scene, event):
        return scene.decision()
    if isinstance(event, events.DialAsked) and not placing.place(scene, event):
        return scene.decision()
    if isinstance(event, events.LegFound):
        strangers.find_again(scene, event)
        return scene.decision()
    if scene.call is None:
        if not isinstance(event, events.LegParked) or not is_caller(event):
            return Decision(because="a call that nobody knows")
        arrival.arrived(scene, event)
    else:
        if isinstance(event, events.SwitchRestarted):
            messages.keep(scene)
            release.end(scene, CallOutcome.SWITCH_RESTARTED)  # before its facts: nobody hung up
        facts.apply(scene, event)
        if isinstance(event, events.CallVerified):
            control.mute_again(scene)
        if isinstance(event, events.LegParked | events.LegRinging):
            strangers.turn_away(scene, event)
        for trigger, leg in triggers_of(scene, event):
            _tell_owner(scene, trigger, leg)
        attending.forget_refer(scene, event)
    arrival.mark(scene, event)
    if scene.the_call.phase is Phase.TALKING:
        talking.keep_company(scene)
    if scene.the_call.phase is Phase.DIALING:
        direct.keep_company(scene)
    if scene.the_call.phase is Phase.FORWARDING:
        forwarding.keep_company(scene)
    if scene.the_call.phase is Phase.QUEUED and scene.open_visit is None and scene.the_call.forward is not None:
        overflow.go_on(scene)
    elif scene.the_call.phase is Phase.QUEUED and scene.open_visit is None:
        arrival.entered(scene)
    else:
        overflow.judge(scene)
    farewell.keep(scene)
    _keep_rules(scene, event)
    moves.plan(scene)
    segments.note(scene)
    release_agents(scene)
    release.finish(scene)
    return scene.decision()


def _tell_owner(scene: Scene, trigger: Trigger, leg: Leg | None) -> None:
    match scene.the_call.phase:
        case Phase.QUEUED:
            queueing.on(scene, trigger, leg)
        case Phase.TALKING:
            talking.on(scene, trigger, leg)
        case Phase.LEAVING:
            farewell.on(scene, trigger, leg)
        case Phase.DIALING:
            direct.on(scene, trigger, leg)
        case Phase.FORWARDING:
            forwarding.on(scene, trigger, leg)
        case Phase.ENDING | Phase.ENDED:
            pass  # every leg is to go already


def _keep_rules(scene: Scene, event: events.CallEvent) -> None:
    """What holds for every call, whatever its phase."""
    if isinstance(event, events.CallDeadlinePassed):
        if event.kind == "sound":
            attending.play_again(scene, event.row_id)
        elif event.kind == "deadman":
            attending.push_deadman(scene, event.row_id)
    customer = scene.customer
    if scene.the_call.phase in (Phase.QUEUED, Phase.TALKING, Phase.LEAVING, Phase.FORWARDING) and (
        customer is None or not customer.is_live
    ):
        release.end(scene, CallOutcome.COMPLETED)
    if scene.the_call.phase in (Phase.ENDING, Phase.ENDED):
        for leg in scene.live_legs():
            scene.want_gone(leg)
        is_ours = isinstance(event, events.SwitchRestarted)
        for offer in list(scene.offers.values()):
            if offer.outcome is None:
                outcome = OfferOutcome.WITHDRAWN if is_ours else OfferOutcome.CALLER_LEFT
                queueing.close_offer(scene, offer, outcome, None)
        return
    # The leg of an agent, or of a number, belongs to an open offer, to the talk or to what is being called; any other
    # is nobody's.
    match scene.the_call.phase:
        case Phase.DIALING:
            in_talk = agent_leg(scene)
        case Phase.FORWARDING:
            in_talk = forwarding.number_leg(scene)
        case _:
            in_talk = talking.partner_of(scene)
    offered = {offer.leg_id for offer in scene.offers.values() if offer.outcome is None}
    for leg in scene.live_legs():
        is_in_talk = in_talk is not None and in_talk.leg_id == leg.leg_id
        is_customer = customer is not None and customer.leg_id == leg.leg_id
        if leg.role not in (Role.AGENT, Role.TARGET) or is_customer:
            continue
        if leg.leg_id not in offered and not is_in_talk:
            scene.want_gone(leg)
