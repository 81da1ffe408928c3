"""A call that an agent has placed: his own phone is called, then whom he wants, until the bridge of the two is proved.

One table: how far it is x what happened. Once they talk it is a call like any other (core.talking); an agent whose
phone died in the talk is called back from here, while the customer hears music. Every state is due: the agent who
placed the call carries its due time (Agent.due_at), and is reserved, rings or holds until then. Nobody is rung twice
by one try, and nobody whose phone does not answer has missed anything.
"""

from collections.abc import Callable
from enum import StrEnum

from freeswitch_cc.core import calling_back, release
from freeswitch_cc.core import direct_steps as steps
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.placed_legs import agent_leg, the_placed
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import CallOutcome, Role, Seen, Want


class State(StrEnum):
    """How far a call that is being placed is."""

    CALLING_AGENT = "calling_agent"  # the phone of who placed it
    CALLING_TARGET = "calling_target"  # he has answered, and hears that it rings
    CONNECTING = "connecting"  # both have; the bridge is wanted
    TELLING = "telling"  # nobody is reached: he hears a tone, and is let go
    CALLING_BACK = "calling_back"  # they have talked, his phone died: he is called anew, the customer hears music


def state_of(scene: Scene) -> State:
    """Told by what we want, which no fact of the switch changes but for a leg that is gone."""
    call, party = scene.the_call, scene.customer
    if call.outcome is not None:
        return State.TELLING
    if party is not None and (party.want is Want.WITH or any(leg.want is Want.WITH for leg in scene.live_legs())):
        return State.CONNECTING
    if call.called_back_at is not None:
        return State.CALLING_BACK
    return State.CALLING_AGENT if party is None else State.CALLING_TARGET


_Cell = Callable[[Scene, Leg | None], None]
A, T, C, N, B = State.CALLING_AGENT, State.CALLING_TARGET, State.CONNECTING, State.TELLING, State.CALLING_BACK

# Customer: whom the agent talks to or wants to; in a call between agents who is called.
TABLE: dict[tuple[State, Trigger], _Cell] = {
    (A, Trigger.CUSTOMER_GONE): steps.ignore,
    (A, Trigger.CUSTOMER_REFERRED): steps.ignore,
    (A, Trigger.CUSTOMER_RINGING): steps.ignore,
    (A, Trigger.CUSTOMER_PARKED): steps.ignore,
    (A, Trigger.BRIDGED): steps.ignore,
    (A, Trigger.AGENT_RINGING): steps.own_rings,
    (A, Trigger.AGENT_PARKED): steps.call_target,
    (A, Trigger.AGENT_GONE): steps.own_failed,
    (A, Trigger.HELD): steps.ignore,
    (A, Trigger.RETRIEVED): steps.ignore,
    (A, Trigger.OFFER_MADE): steps.ignore,
    (A, Trigger.OFFER_DUE): steps.ignore,
    (A, Trigger.SOUND_OVER): steps.ignore,
    (A, Trigger.STEP_DUE): steps.ignore,
    (A, Trigger.DIAL_DUE): steps.own_overdue,
    (T, Trigger.CUSTOMER_GONE): steps.not_reached,
    (T, Trigger.CUSTOMER_REFERRED): steps.connect,
    (T, Trigger.CUSTOMER_RINGING): steps.target_rings,
    (T, Trigger.CUSTOMER_PARKED): steps.connect,
    (T, Trigger.BRIDGED): steps.talk,
    (T, Trigger.AGENT_RINGING): steps.ignore,
    (T, Trigger.AGENT_PARKED): steps.ignore,  # parked anew, for he heard nothing
    (T, Trigger.AGENT_GONE): steps.gave_up,
    (T, Trigger.HELD): steps.ignore,
    (T, Trigger.RETRIEVED): steps.ignore,
    (T, Trigger.OFFER_MADE): steps.ignore,
    (T, Trigger.OFFER_DUE): steps.ignore,
    (T, Trigger.SOUND_OVER): steps.ignore,
    (T, Trigger.STEP_DUE): steps.ignore,
    (T, Trigger.DIAL_DUE): steps.rung_too_long,
    (C, Trigger.CUSTOMER_GONE): steps.target_left,
    (C, Trigger.CUSTOMER_REFERRED): steps.ignore,
    (C, Trigger.CUSTOMER_RINGING): steps.ignore,
    (C, Trigger.CUSTOMER_PARKED): steps.ignore,
    (C, Trigger.BRIDGED): steps.talk,
    (C, Trigger.AGENT_RINGING): steps.ignore,
    (C, Trigger.AGENT_PARKED): steps.ignore,
    (C, Trigger.AGENT_GONE): steps.left_connecting,
    (C, Trigger.HELD): steps.ignore,
    (C, Trigger.RETRIEVED): steps.ignore,
    (C, Trigger.OFFER_MADE): steps.ignore,
    (C, Trigger.OFFER_DUE): steps.ignore,
    (C, Trigger.SOUND_OVER): steps.ignore,
    (C, Trigger.STEP_DUE): steps.ignore,
    (C, Trigger.DIAL_DUE): steps.not_connected,
    (N, Trigger.CUSTOMER_GONE): steps.ignore,
    (N, Trigger.CUSTOMER_REFERRED): steps.late,
    (N, Trigger.CUSTOMER_RINGING): steps.ignore,
    (N, Trigger.CUSTOMER_PARKED): steps.late,
    (N, Trigger.BRIDGED): steps.ignore,
    (N, Trigger.AGENT_RINGING): steps.ignore,
    (N, Trigger.AGENT_PARKED): steps.ignore,
    (N, Trigger.AGENT_GONE): steps.told,
    (N, Trigger.HELD): steps.ignore,
    (N, Trigger.RETRIEVED): steps.ignore,
    (N, Trigger.OFFER_MADE): steps.ignore,
    (N, Trigger.OFFER_DUE): steps.ignore,
    (N, Trigger.SOUND_OVER): steps.ignore,
    (N, Trigger.STEP_DUE): steps.ignore,
    (N, Trigger.DIAL_DUE): steps.told,
    (B, Trigger.CUSTOMER_GONE): steps.customer_left,
    (B, Trigger.CUSTOMER_REFERRED): steps.ignore,
    (B, Trigger.CUSTOMER_RINGING): steps.ignore,
    (B, Trigger.CUSTOMER_PARKED): steps.ignore,
    (B, Trigger.BRIDGED): steps.talk,
    (B, Trigger.AGENT_RINGING): steps.ignore,
    (B, Trigger.AGENT_PARKED): steps.connect,
    (B, Trigger.AGENT_GONE): calling_back.not_called_back,
    (B, Trigger.HELD): steps.ignore,
    (B, Trigger.RETRIEVED): steps.ignore,
    (B, Trigger.OFFER_MADE): steps.ignore,
    (B, Trigger.OFFER_DUE): steps.ignore,
    (B, Trigger.SOUND_OVER): steps.ignore,
    (B, Trigger.STEP_DUE): steps.ignore,
    (B, Trigger.DIAL_DUE): calling_back.call_back_again,
}


def on(scene: Scene, trigger: Trigger, leg: Leg | None) -> None:
    agent = scene.agents.get(the_placed(scene).agent_id)
    if trigger is Trigger.DIAL_DUE and (agent is None or agent.due_at is None or agent.due_at > scene.now):
        return  # the same look has found it further: it has a new due time
    TABLE[state_of(scene), trigger](scene, leg)


def keep_company(scene: Scene) -> None:
    """Rules about what is, whatever event was lost: a customer in talk has lost his agent (core.talking), and nobody is
    called for him yet; both have answered, and nobody brings them together; or there is no time left to call an agent
    back, and no phone of his that rings: while the switch is away nobody looks whether he is due."""
    state, own, party = state_of(scene), agent_leg(scene), scene.customer
    agent = scene.agents.get(the_placed(scene).agent_id)
    if state is State.CALLING_BACK and agent is not None and agent.due_at is None:
        calling_back.call_back(scene, "he is called back")
    elif state is State.CALLING_BACK and own is None and scene.now >= calling_back.limit(scene):
        calling_back.he_is_lost(scene, "he could not be called back in time")
    elif state in (State.CALLING_TARGET, State.CALLING_BACK) and own is not None and party is not None:
        last = party if state is State.CALLING_TARGET else own
        if last.seen is Seen.PARKED:
            steps.connect(scene, last)


# -- what an agent asks for ----------------------------------------------------------------------


def reject(scene: Scene, leg: Leg) -> None:
    """The phone that rings is not to be picked up."""
    if leg.role is not Role.AGENT:
        scene.want_gone(leg)
        steps.tell_tone(scene, CallOutcome.REJECTED, "who is called has rejected it")
    elif scene.the_call.called_back_at is not None:
        calling_back.he_is_lost(scene, "he does not want to be called back")
    else:
        hang_up(scene, leg)


def hang_up(scene: Scene, leg: Leg) -> None:
    """Who placed the call gives it up."""
    scene.because("the call was given up")
    release.end(scene, CallOutcome.CANCELLED)
