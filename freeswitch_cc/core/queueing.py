"""A call that waits: offered to one agent after the other, until a bridge is proved or the caller leaves.

One table: what the offer is doing x what happened. It changes facts (visit, offer) and wants; who is offered
is match()'s business (migrations/sql/0002_match.sql), how legs are moved is core.moves'.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from freeswitch_cc.core import release
from freeswitch_cc.core.activity import Fact
from freeswitch_cc.core.call import Agent, Leg, Offer
from freeswitch_cc.core.events import HUNG_UP_HOLDING, NOT_RENDERED, NOT_SENT
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.told import tell
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import CallOutcome, OfferOutcome, Phase, Role, VisitOutcome, Want


class State(StrEnum):
    """What the open offer of a waiting call is doing."""

    WAITING = "waiting"  # no offer
    OFFERING = "offering"  # an agent's phone is asked to ring, or rings
    CONNECTING = "connecting"  # he answered; the bridge is wanted


def state_of(scene: Scene) -> State:
    """Told by what we want, which no fact of the switch changes."""
    customer = scene.customer
    if scene.open_offer is None:
        return State.WAITING
    return State.CONNECTING if customer is not None and customer.want is Want.WITH else State.OFFERING


# The switch's causes of a failed originate: the phone's fault, the agent's wish, or nobody's (test_replies.py).
OUTCOMES: dict[str, OfferOutcome] = {
    "NO_ANSWER": OfferOutcome.NO_ANSWER,
    "NO_USER_RESPONSE": OfferOutcome.NO_ANSWER,
    "ALLOTTED_TIMEOUT": OfferOutcome.NO_ANSWER,
    "CALL_REJECTED": OfferOutcome.REJECTED,
    "NORMAL_CLEARING": OfferOutcome.AGENT_LEFT,  # a BYE: it had been answered, its PARK was overtaken
    HUNG_UP_HOLDING: OfferOutcome.AGENT_LEFT,
    "USER_BUSY": OfferOutcome.BUSY,
    "ORIGINATOR_CANCEL": OfferOutcome.WITHDRAWN,
    "SWITCH_RESTARTED": OfferOutcome.WITHDRAWN,
    "NOT_FOUND": OfferOutcome.WITHDRAWN,
    NOT_SENT: OfferOutcome.WITHDRAWN,
    NOT_RENDERED: OfferOutcome.WITHDRAWN,
    "SWITCH_LOST": OfferOutcome.WITHDRAWN,
}

# What is said of his phone, or of the way to it, whoever says so. What is in neither table is nobody's doing: a switch
# that is paused, full or busier than it may be says DESTINATION_OUT_OF_ORDER to everybody (test_pauses.py).
OF_HIS_PHONE = frozenset(
    {
        *("USER_NOT_REGISTERED", "SUBSCRIBER_ABSENT", "MANDATORY_IE_MISSING", "UNALLOCATED_NUMBER"),
        *("INVALID_NUMBER_FORMAT", "NO_ROUTE_DESTINATION", "REQUESTED_CHAN_UNAVAIL", "RECOVERY_ON_TIMER_EXPIRE"),
    }
)
# Said of a leg that there was: nobody listens at his address. Without a leg the switch says it of itself.
OF_HIS_LEG = frozenset({"NORMAL_TEMPORARY_FAILURE", "NETWORK_OUT_OF_ORDER"})


# What such an end says of the agent and his phone; any other says nothing.
TOLD: dict[OfferOutcome, Fact] = {
    OfferOutcome.NO_ANSWER: Fact.MISSED,
    OfferOutcome.UNREACHABLE: Fact.UNREACHABLE,
    OfferOutcome.BUSY: Fact.REACHED,
    OfferOutcome.REJECTED: Fact.REACHED,
    OfferOutcome.AGENT_LEFT: Fact.REACHED,
}


def outcome_of(cause: str, is_ringing_seen: bool, contact: str, *, was_born: bool = True) -> OfferOutcome:
    """How an offer ended whose leg was never answered. It is a miss only if the phone did ring.

    Of a phone without power the switch says NO_ANSWER, too, when the ring time is over (test_replies.py). What stands
    behind a gateway or another exchange may ring without telling us, and nothing would bring it back: that is a miss.
    was_born: the switch made a leg, and asked somebody.
    """
    if cause in OF_HIS_PHONE or (was_born and cause in OF_HIS_LEG):
        return OfferOutcome.UNREACHABLE
    outcome = OUTCOMES.get(cause, OfferOutcome.WITHDRAWN)
    may_ring_unseen = cause != "NO_USER_RESPONSE" and not contact.startswith("user/")
    if outcome is OfferOutcome.NO_ANSWER and not is_ringing_seen and not may_ring_unseen:
        return OfferOutcome.UNREACHABLE
    return outcome


# -- the cells of the table ----------------------------------------------------------------------


def _ignore(scene: Scene, leg: Leg | None) -> None:
    """Nothing to do."""


def _abandon(scene: Scene, leg: Leg | None) -> None:
    offer = scene.open_offer
    if offer is not None:
        close_offer(scene, offer, OfferOutcome.CALLER_LEFT, None)
    visit = scene.open_visit
    if visit is not None:
        outcome = VisitOutcome.LEFT_OTHERWISE if release.is_dropped(scene) else VisitOutcome.ABANDONED
        scene.change_visit(visit, outcome=outcome, left_at=max(scene.our_at, visit.entered_at))
    scene.because("the switch dropped the caller" if release.is_dropped(scene) else "the caller gave up")
    release.end(scene, CallOutcome.ABANDONED)


def _ring(scene: Scene, leg: Leg | None) -> None:
    """match() reserved an agent: his leg is wanted with the customer, it is born by moves."""
    offer = next((offer for offer in scene.offers.values() if offer.outcome is None), None)
    if offer is None or offer.leg_id is None or offer.leg_id in scene.legs:
        return
    call = scene.the_call
    scene.legs[offer.leg_id] = Leg(
        leg_id=offer.leg_id,
        call_id=call.call_id,
        switch_id=call.switch_id,
        role=Role.AGENT,
        agent_id=offer.agent_id,
        contact=offer.contact,
        ring_ms=offer.ring_ms,
        segment_at=scene.now,
    )
    agent = scene.agents.get(offer.agent_id)
    scene.because(f"offered to {agent.login if agent else offer.agent_id}")


def _rings(scene: Scene, leg: Leg | None) -> None:
    offer = scene.open_offer
    if offer is None or leg is None or offer.leg_id != leg.leg_id:
        return
    scene.change_offer(offer, ringing_at=max(scene.our_at, offer.made_at))
    tell(scene, offer.agent_id, Fact.RANG)
    scene.because("the agent's phone rings")


def _connect(scene: Scene, leg: Leg | None) -> None:
    offer, customer = scene.open_offer, scene.customer
    if offer is None or leg is None or offer.leg_id != leg.leg_id or customer is None:
        return
    scene.change_offer(offer, expires_at=scene.now + timedelta(milliseconds=2 * scene.timeouts.bridge_ms))
    scene.want_together(customer, leg)
    scene.because("the agent answered, bridging")


def _answered(scene: Scene, leg: Leg | None) -> None:
    """CHANNEL_BRIDGE of the pair is the only proof that a call was answered."""
    offer, visit, customer = scene.open_offer, scene.open_visit, scene.customer
    if offer is None or leg is None or offer.leg_id != leg.leg_id or customer is None:
        return
    scene.want_together(customer, leg)
    scene.change_offer(
        offer,
        outcome=OfferOutcome.ANSWERED,
        ended_at=max(scene.our_at, offer.made_at),
        cause="BRIDGED",
        pause_ms=scene.timeouts.refused_retry_ms,
    )
    if visit is not None:
        scene.change_visit(
            visit,
            outcome=VisitOutcome.ANSWERED,
            left_at=max(scene.our_at, visit.entered_at),
            agent_id=offer.agent_id,
        )
    tell(scene, offer.agent_id, Fact.CONNECTED)
    if leg.is_holding:
        tell(scene, offer.agent_id, Fact.HELD)
    scene.change_call(phase=Phase.TALKING, bridged_at=scene.at)
    scene.because("customer and agent talk")


def _refused(scene: Scene, leg: Leg | None) -> None:
    """The agent's leg ended before it was answered: the cause says whose doing that was."""
    offer = scene.open_offer
    if offer is None or leg is None or offer.leg_id != leg.leg_id:
        return
    cause, was_born = leg.hangup_cause or "", leg.leg_id not in scene.never_born
    outcome = outcome_of(cause, offer.ringing_at is not None, offer.contact, was_born=was_born)
    close_offer(scene, offer, outcome, leg.hangup_cause)
    if outcome is OfferOutcome.WITHDRAWN and not was_born:
        scene.refused_by = leg.switch_id
        scene.alarm("cannot_originate", leg, f"the switch places no call to an agent: {cause}", once=cause)
    scene.because(f"not taken: {outcome} ({leg.hangup_cause})")


def _left_before_bridge(scene: Scene, leg: Leg | None) -> None:
    offer = scene.open_offer
    if offer is None or leg is None or offer.leg_id != leg.leg_id:
        return
    close_offer(scene, offer, OfferOutcome.AGENT_LEFT, leg.hangup_cause)
    scene.want_parked(scene.customer)
    scene.because("the agent answered and was gone before the bridge: the customer waits on")


def _give_up_offer(scene: Scene, leg: Leg | None) -> None:
    """Nobody can say what the agent's phone does: it is told to stop, the customer waits on."""
    offer = scene.open_offer
    if offer is None or offer.expires_at > scene.now:
        return  # the same look has found him answered: the offer has a new deadline
    outcome = OfferOutcome.NO_ANSWER if offer.ringing_at is not None else OfferOutcome.WITHDRAWN
    if state_of(scene) is State.CONNECTING:
        outcome = OfferOutcome.WITHDRAWN
    close_offer(scene, offer, outcome, "EXPIRED")
    scene.want_gone(scene.legs.get(offer.leg_id or ""))
    scene.want_parked(scene.customer)
    scene.because("the offer lasted too long")


_Cell = Callable[[Scene, Leg | None], None]
W, O, C = State.WAITING, State.OFFERING, State.CONNECTING  # noqa: E741

TABLE: dict[tuple[State, Trigger], _Cell] = {
    (W, Trigger.CUSTOMER_GONE): _abandon,
    (W, Trigger.CUSTOMER_REFERRED): _ignore,
    (W, Trigger.CUSTOMER_RINGING): _ignore,
    (W, Trigger.CUSTOMER_PARKED): _ignore,
    (W, Trigger.BRIDGED): _ignore,
    (W, Trigger.AGENT_RINGING): _ignore,
    (W, Trigger.AGENT_PARKED): _ignore,
    (W, Trigger.AGENT_GONE): _ignore,
    (W, Trigger.HELD): _ignore,
    (W, Trigger.RETRIEVED): _ignore,
    (W, Trigger.OFFER_MADE): _ignore,
    (W, Trigger.OFFER_DUE): _ignore,
    (W, Trigger.SOUND_OVER): _ignore,
    (W, Trigger.STEP_DUE): _ignore,
    (W, Trigger.DIAL_DUE): _ignore,
    (O, Trigger.CUSTOMER_GONE): _abandon,
    (O, Trigger.CUSTOMER_REFERRED): _ignore,
    (O, Trigger.CUSTOMER_RINGING): _ignore,
    (O, Trigger.CUSTOMER_PARKED): _ignore,
    (O, Trigger.BRIDGED): _answered,
    (O, Trigger.AGENT_RINGING): _rings,
    (O, Trigger.AGENT_PARKED): _connect,
    (O, Trigger.AGENT_GONE): _refused,
    (O, Trigger.HELD): _ignore,
    (O, Trigger.RETRIEVED): _ignore,
    (O, Trigger.OFFER_MADE): _ring,
    (O, Trigger.OFFER_DUE): _give_up_offer,
    (O, Trigger.SOUND_OVER): _ignore,
    (O, Trigger.STEP_DUE): _ignore,
    (O, Trigger.DIAL_DUE): _ignore,
    (C, Trigger.CUSTOMER_GONE): _abandon,
    (C, Trigger.CUSTOMER_REFERRED): _ignore,
    (C, Trigger.CUSTOMER_RINGING): _ignore,
    (C, Trigger.CUSTOMER_PARKED): _ignore,
    (C, Trigger.BRIDGED): _answered,
    (C, Trigger.AGENT_RINGING): _ignore,
    (C, Trigger.AGENT_PARKED): _ignore,
    (C, Trigger.AGENT_GONE): _left_before_bridge,
    (C, Trigger.HELD): _ignore,
    (C, Trigger.RETRIEVED): _ignore,
    (C, Trigger.OFFER_MADE): _ignore,
    (C, Trigger.OFFER_DUE): _give_up_offer,
    (C, Trigger.SOUND_OVER): _ignore,
    (C, Trigger.STEP_DUE): _ignore,
    (C, Trigger.DIAL_DUE): _ignore,
}


def on(scene: Scene, trigger: Trigger, leg: Leg | None) -> None:
    TABLE[state_of(scene), trigger](scene, leg)


# -- what the cells share ------------------------------------------------------------------------


def close_offer(scene: Scene, offer: Offer, outcome: OfferOutcome, cause: str | None) -> None:
    """End an offer. Only an unanswered ring counts as a miss, and only a phone that was not reached as a failure.

    A phone that is away for a moment has failed once, however many calls it was to ring for. The agent is freed when
    his leg is gone.
    """
    retry_ms = scene.timeouts.refused_retry_ms
    agent = scene.agents.get(offer.agent_id)
    if outcome is OfferOutcome.BUSY and agent is not None and agent.released_at is not None:
        just_released = scene.now - agent.released_at < timedelta(milliseconds=scene.timeouts.busy_retry_ms)
        retry_ms = scene.timeouts.busy_retry_ms if just_released else retry_ms
    scene.change_offer(
        offer,
        outcome=outcome,
        ended_at=max(scene.our_at, offer.made_at),
        cause=cause,
        retry_at=None if outcome is OfferOutcome.CALLER_LEFT else scene.after(retry_ms),
        pause_ms=None if outcome is OfferOutcome.CALLER_LEFT else retry_ms,
    )
    leg = scene.legs.get(offer.leg_id or "")
    scene.want_gone(leg)
    visit = scene.open_visit
    if visit is not None and visit.max_tries is not None and outcome in TOLD:
        scene.change_visit(visit, tries=visit.tries + 1)
    if outcome in TOLD and not (TOLD[outcome] is Fact.UNREACHABLE and _failed_just_now(scene, agent)):
        tell(scene, offer.agent_id, TOLD[outcome])
    scene.wakes_matcher = True


def _failed_just_now(scene: Scene, agent: Agent | None) -> bool:
    if agent is None or agent.failed_at is None:
        return False
    return scene.now - agent.failed_at < timedelta(milliseconds=scene.timeouts.refused_retry_ms)
