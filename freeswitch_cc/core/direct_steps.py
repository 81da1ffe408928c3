"""The steps of a call that an agent has placed: what each cell of the table in core.direct does.

No table here: which step is taken when stands there.
"""

from freeswitch_cc.core import calling_back, release
from freeswitch_cc.core.activity import Fact
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.causes import SWITCH_LOST
from freeswitch_cc.core.events import HUNG_UP_HOLDING
from freeswitch_cc.core.placed_legs import BY_HAND, agent_leg, be_due, is_his, rang, the_placed
from freeswitch_cc.core.places import place
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.told import tell
from freeswitch_cc.core.words import CallOutcome, Phase, Role, Seen, Want

# The switch's causes of a failed originate, of whom was called; any other says that he is not to be had.
OUTCOMES: dict[str, CallOutcome] = {
    "NO_ANSWER": CallOutcome.NO_ANSWER,
    "NO_USER_RESPONSE": CallOutcome.NO_ANSWER,
    "ALLOTTED_TIMEOUT": CallOutcome.NO_ANSWER,
    "USER_BUSY": CallOutcome.BUSY,
    "CALL_REJECTED": CallOutcome.REJECTED,
    "NORMAL_CLEARING": CallOutcome.ABANDONED,  # a BYE: it had been answered, its PARK was overtaken
    HUNG_UP_HOLDING: CallOutcome.ABANDONED,
}
# The same of the phone of who placed the call.
OWN_OUTCOMES: dict[str, CallOutcome] = {
    "NO_ANSWER": CallOutcome.AGENT_NO_ANSWER,
    "NO_USER_RESPONSE": CallOutcome.AGENT_NO_ANSWER,
    "ALLOTTED_TIMEOUT": CallOutcome.AGENT_NO_ANSWER,
    "CALL_REJECTED": CallOutcome.CANCELLED,
    "NORMAL_CLEARING": CallOutcome.CANCELLED,
    HUNG_UP_HOLDING: CallOutcome.CANCELLED,
}


def ignore(scene: Scene, leg: Leg | None) -> None:
    """Nothing to do."""


def own_rings(scene: Scene, leg: Leg | None) -> None:
    if is_his(scene, leg):
        tell(scene, the_placed(scene).agent_id, Fact.RANG)
        scene.because("the phone of who placed the call rings")


def own_failed(scene: Scene, leg: Leg | None) -> None:
    if leg is not None and is_his(scene, leg):
        outcome = OWN_OUTCOMES.get(leg.hangup_cause or "", CallOutcome.AGENT_UNREACHABLE)
        if outcome is CallOutcome.AGENT_NO_ANSWER and not rang(scene, leg):
            outcome = CallOutcome.AGENT_UNREACHABLE
        scene.because(f"his own phone did not answer ({leg.hangup_cause})")
        release.end(scene, outcome)


def call_target(scene: Scene, leg: Leg | None) -> None:
    """His phone has answered. The leg of a number has the call's id, as a caller's has."""
    if not is_his(scene, leg):
        return
    call, placed = scene.the_call, the_placed(scene)
    # A phone may answer without having told that it rings.
    tell(scene, placed.agent_id, Fact.RANG)
    leg_id = call.call_id if placed.to_agent_id is None else scene.ids.draw()
    scene.legs[leg_id] = Leg(
        leg_id=leg_id,
        call_id=call.call_id,
        switch_id=call.switch_id,
        role=Role.CUSTOMER if placed.to_agent_id is None else Role.TARGET,
        agent_id=placed.to_agent_id,
        contact=placed.to_contact,
        ring_ms=placed.to_ring_ms,
        segment_at=scene.now,
    )
    be_due(scene, scene.after(placed.to_ring_ms + 2 * scene.timeouts.offer_grace_ms))
    scene.because(f"answered, {call.dialled} is called")


def target_rings(scene: Scene, leg: Leg | None) -> None:
    target = the_placed(scene).to_agent_id
    if target is not None:
        tell(scene, target, Fact.RANG)
    scene.because("it rings there")


def connect(scene: Scene, leg: Leg | None) -> None:
    """Both have answered. Wherever they are at this moment: moves waits until they can be brought together."""
    own, party = agent_leg(scene), scene.customer
    if own is None or party is None or not party.is_live or party.want is Want.GONE:
        return
    scene.want_together(party, own)
    be_due(scene, scene.after(2 * scene.timeouts.bridge_ms))
    scene.because("both have answered, bridging")


def talk(scene: Scene, leg: Leg | None) -> None:
    """CHANNEL_BRIDGE of the pair is the only proof that they talk."""
    party, placed = scene.customer, the_placed(scene)
    if leg is None or party is None or not is_his(scene, leg):
        return
    scene.want_together(party, leg)
    for agent_id in filter(None, (placed.agent_id, placed.to_agent_id)):
        tell(scene, agent_id, Fact.CONNECTED)
    tell(scene, placed.agent_id, Fact.HELD if leg.is_holding else Fact.RETRIEVED)
    be_due(scene, None)
    scene.change_call(phase=Phase.TALKING, bridged_at=scene.at, called_back_at=None)
    scene.because("they talk")


def not_reached(scene: Scene, leg: Leg | None) -> None:
    if leg is None:
        return
    if leg.hangup_cause == SWITCH_LOST:  # a colleague's, and his own is lost with it: who was called has done nothing
        scene.because("nobody can ask what has become of the two")
        release.end(scene, CallOutcome.AGENT_LOST)
        return
    outcome = OUTCOMES.get(leg.hangup_cause or "", CallOutcome.UNREACHABLE)
    if outcome is CallOutcome.NO_ANSWER and not rang(scene, leg):
        outcome = CallOutcome.UNREACHABLE
    tell_tone(scene, outcome, f"{scene.the_call.dialled} is not reached ({leg.hangup_cause})")


def rung_too_long(scene: Scene, leg: Leg | None) -> None:
    """Unless he has answered, and it is told nowhere but by this look: then the switch's rescue may have him."""
    party = scene.customer
    if party is not None and party.seen not in (Seen.UNBORN, Seen.DIALING, Seen.RINGING, Seen.GONE):
        connect(scene, party)
        return
    scene.want_gone(party)
    outcome = CallOutcome.NO_ANSWER if party is None or rang(scene, party) else CallOutcome.UNREACHABLE
    tell_tone(scene, outcome, f"{scene.the_call.dialled} was called for too long")


def target_left(scene: Scene, leg: Leg | None) -> None:
    """Answered, and gone before the bridge was proved. Who had talked before has hung up."""
    if scene.the_call.called_back_at is not None:
        customer_left(scene, leg)
    else:
        tell_tone(scene, CallOutcome.ABANDONED, "answered, and gone before they talked")


def customer_left(scene: Scene, leg: Leg | None) -> None:
    scene.because("the customer hung up")
    release.end(scene, CallOutcome.COMPLETED)


def gave_up(scene: Scene, leg: Leg | None) -> None:
    """He left while it rang there; or it has answered, which is seen in the same look as his end."""
    party = scene.customer
    if leg is None or not is_his(scene, leg):
        return
    if party is not None and party.seen is Seen.PARKED and party.want is not Want.GONE:
        left_connecting(scene, leg)
        return
    is_by_hand = leg.hangup_cause in BY_HAND or leg.hangup_cause == HUNG_UP_HOLDING
    scene.because(f"who placed the call left while it rang ({leg.hangup_cause})")
    release.end(scene, CallOutcome.CANCELLED if is_by_hand else CallOutcome.AGENT_LOST)


def left_connecting(scene: Scene, leg: Leg | None) -> None:
    """Somebody has answered: unless he hung up himself he is called back, and a customer waits for him."""
    if leg is None or not is_his(scene, leg):
        return
    if leg.hangup_cause in BY_HAND:
        calling_back.he_is_lost(scene, "he hung up before they talked")
    elif leg.hangup_cause == HUNG_UP_HOLDING:
        calling_back.call_back(scene, "he hung up with the customer on hold, of which only his end has told")
    else:
        calling_back.call_back(scene, f"his phone died before they talked ({leg.hangup_cause})")


def not_connected(scene: Scene, leg: Leg | None) -> None:
    """The bridge is overdue, the switch was looked at: something is wrong with one of the two, most likely with his."""
    calling_back.call_back(scene, "the two could not be bridged")


def told(scene: Scene, leg: Leg | None) -> None:
    """He has heard it, or was gone before."""
    release.end(scene, CallOutcome.UNREACHABLE)


def late(scene: Scene, leg: Leg | None) -> None:
    """Given up, and answered all the same."""
    scene.want_gone(leg)


def own_overdue(scene: Scene, leg: Leg | None) -> None:
    own = agent_leg(scene)
    scene.because("his own phone was called for too long")
    is_silent = own is not None and not rang(scene, own)
    release.end(scene, CallOutcome.AGENT_UNREACHABLE if is_silent else CallOutcome.AGENT_NO_ANSWER)


# -- what the cells share ------------------------------------------------------------------------


def tell_tone(scene: Scene, outcome: CallOutcome, why: str) -> None:
    """He hears for a while that nobody is reached, and is let go then. The outcome is known already."""
    own = agent_leg(scene)
    scene.because(why)
    if own is None or own.seen is not Seen.PARKED or own.command is not None:
        release.end(scene, outcome)
        return
    for leg in scene.live_legs():
        if leg is not own:
            scene.want_gone(leg)
    scene.want_parked(own)
    # Parked anew: a second playback would be heard after the first, which never ends.
    place(scene, scene.legs[own.leg_id], Seen.LOST)
    scene.change_call(outcome=outcome)
    be_due(scene, scene.after(scene.timeouts.not_reached_ms))
