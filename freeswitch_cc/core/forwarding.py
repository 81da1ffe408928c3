"""A caller whose queue overflows to an outside number: it is called while he hears music, until the bridge is proved.

One table: how far it is x what happened. The number's leg (role target, without an agent) stands where an agent's does
and once they talk it is a talk like any other (core.talking). A number that is not reached ends nothing: the call has
no visit then, and goes on from there (core.overflow, go_on). No agent is bound, and match() sees no call that waits.
Every state is due at the call's step_due_at: first the switch is looked at, then it is decided.
"""

from collections.abc import Callable
from enum import StrEnum

from freeswitch_cc.core import release
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.called_leg import called_leg, is_called_now
from freeswitch_cc.core.dialling import Dialler, Dialling
from freeswitch_cc.core.lines import Forward, Home, Line, Overflow
from freeswitch_cc.core.policy import caller_id_of, check_number
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.triggers import Trigger
from freeswitch_cc.core.words import CallOutcome, Phase, Role, Seen, Want


class State(StrEnum):
    """How far a number is that is called for a caller."""

    CALLING = "calling"  # it is to ring, or rings
    CONNECTING = "connecting"  # it has answered; the bridge is wanted


def state_of(scene: Scene) -> State:
    """Told by what we want, which no fact of the switch changes but for a leg that is gone."""
    customer = scene.customer
    return State.CONNECTING if customer is not None and customer.want is Want.WITH else State.CALLING


# -- how it begins -------------------------------------------------------------------------------


def dialler_of(name: str, may_dial: tuple[str, ...], caller_ids: tuple[str, ...]) -> Dialler:
    """A queue, as the dial policy knows who calls."""
    return Dialler(login=f"queue {name}", may_dial=may_dial, caller_ids=caller_ids)


def check(dialling: Dialling | None, dialler: Dialler, number: str) -> None:
    """May this queue call this number? Raises Refusal, as for a call that an agent asks for."""
    check_number(dialling or Dialling(), dialler, number)
    caller_id_of(dialler, "")


def agreed(known: Overflow, line: Line, number: str, left: tuple[str, Home], spent: tuple[str, ...]) -> Forward:
    """What is agreed on when this queue calls this number, which it may. left: the visit that is left for it, and its
    home."""
    dialling = known.dialling or Dialling()
    dialler = dialler_of(line.name, line.may_dial, line.caller_ids)
    return Forward(
        number=number,
        contact=check_number(dialling, dialler, number),
        ring_ms=dialling.ring_ms,
        queue_id=line.queue_id,
        left_visit_id=left[0],
        home=left[1],
        caller_number=caller_id_of(dialler, ""),
        limit_ms=dialling.max_call_ms,
        spent=spent,
    )


def begin(scene: Scene, forward: Forward) -> None:
    """His visit is closed. The number's leg is born by moves."""
    call, leg_id = scene.the_call, scene.ids.draw()
    scene.legs[leg_id] = Leg(
        leg_id=leg_id,
        call_id=call.call_id,
        switch_id=call.switch_id,
        role=Role.TARGET,
        contact=forward.contact,
        ring_ms=forward.ring_ms,
        segment_at=scene.now,
    )
    due_at = scene.after(forward.ring_ms + 2 * scene.timeouts.offer_grace_ms)
    scene.change_call(phase=Phase.FORWARDING, forward=forward, step_due_at=due_at)
    scene.want_parked(scene.customer)


# -- the cells of the table ----------------------------------------------------------------------


def _ignore(scene: Scene, leg: Leg | None) -> None:
    """Nothing to do."""


def _abandon(scene: Scene, leg: Leg | None) -> None:
    scene.because("the caller gave up while the number was called")
    release.end(scene, CallOutcome.ABANDONED)


def _rings(scene: Scene, leg: Leg | None) -> None:
    scene.because("the number rings")


def _connect(scene: Scene, leg: Leg | None) -> None:
    customer = scene.customer
    if not _is_of_now(scene, leg) or leg is None or customer is None or not customer.is_live:
        return
    scene.want_together(customer, leg)
    scene.change_call(step_due_at=scene.after(2 * scene.timeouts.bridge_ms))
    scene.because("the number answered, bridging")


def _talk(scene: Scene, leg: Leg | None) -> None:
    """CHANNEL_BRIDGE of the pair is the only proof that they talk."""
    customer = scene.customer
    if not _is_of_now(scene, leg) or leg is None or customer is None:
        return
    scene.want_together(customer, leg)
    scene.change_call(phase=Phase.TALKING, bridged_at=scene.at, step_due_at=None)
    scene.because("customer and number talk")


def _not_reached(scene: Scene, leg: Leg | None) -> None:
    if leg is not None and _is_of_now(scene, leg):
        _give_up(scene, f"is not reached ({leg.hangup_cause})")


def _left_before_bridge(scene: Scene, leg: Leg | None) -> None:
    if _is_of_now(scene, leg):
        _give_up(scene, "answered, and was gone before the bridge")


def _rung_too_long(scene: Scene, leg: Leg | None) -> None:
    _give_up(scene, "was called for too long")


def _not_connected(scene: Scene, leg: Leg | None) -> None:
    _give_up(scene, "could not be bridged")


_Cell = Callable[[Scene, Leg | None], None]
R, C = State.CALLING, State.CONNECTING

TABLE: dict[tuple[State, Trigger], _Cell] = {
    (R, Trigger.CUSTOMER_GONE): _abandon,
    (R, Trigger.CUSTOMER_REFERRED): _ignore,
    (R, Trigger.CUSTOMER_RINGING): _ignore,
    (R, Trigger.CUSTOMER_PARKED): _ignore,  # parked anew, for he heard nothing
    (R, Trigger.BRIDGED): _talk,
    (R, Trigger.AGENT_RINGING): _rings,
    (R, Trigger.AGENT_PARKED): _connect,
    (R, Trigger.AGENT_GONE): _not_reached,
    (R, Trigger.HELD): _ignore,
    (R, Trigger.RETRIEVED): _ignore,
    (R, Trigger.OFFER_MADE): _ignore,
    (R, Trigger.OFFER_DUE): _ignore,
    (R, Trigger.SOUND_OVER): _ignore,
    (R, Trigger.STEP_DUE): _ignore,  # only when the switch was looked at
    (R, Trigger.DIAL_DUE): _rung_too_long,
    (C, Trigger.CUSTOMER_GONE): _abandon,
    (C, Trigger.CUSTOMER_REFERRED): _ignore,
    (C, Trigger.CUSTOMER_RINGING): _ignore,
    (C, Trigger.CUSTOMER_PARKED): _ignore,
    (C, Trigger.BRIDGED): _talk,
    (C, Trigger.AGENT_RINGING): _ignore,
    (C, Trigger.AGENT_PARKED): _ignore,
    (C, Trigger.AGENT_GONE): _left_before_bridge,
    (C, Trigger.HELD): _ignore,
    (C, Trigger.RETRIEVED): _ignore,
    (C, Trigger.OFFER_MADE): _ignore,
    (C, Trigger.OFFER_DUE): _ignore,
    (C, Trigger.SOUND_OVER): _ignore,
    (C, Trigger.STEP_DUE): _ignore,
    (C, Trigger.DIAL_DUE): _not_connected,
}


def on(scene: Scene, trigger: Trigger, leg: Leg | None) -> None:
    due_at = scene.the_call.step_due_at
    if trigger is Trigger.DIAL_DUE and (due_at is None or due_at > scene.now):
        return  # the same look has found it further: it has a new due time
    TABLE[state_of(scene), trigger](scene, leg)


def keep_company(scene: Scene) -> None:
    """Rules about what is, whatever event was lost: nobody is called any more, or the number has answered and nobody
    brings the two together."""
    customer, number = scene.customer, number_leg(scene)
    if customer is None or not customer.is_live:
        return
    if number is None:
        _give_up(scene, "is called no more")
    elif number.seen is Seen.PARKED and state_of(scene) is State.CALLING:
        _connect(scene, number)


def number_leg(scene: Scene) -> Leg | None:
    """The number's leg; none that is to go."""
    return called_leg(scene, Role.TARGET)


# -- what the cells share ------------------------------------------------------------------------


def _is_of_now(scene: Scene, leg: Leg | None) -> bool:
    """Is this the leg that is called now? One that was told to go is not any more."""
    return is_called_now(scene, leg, Role.TARGET)


def _give_up(scene: Scene, why: str) -> None:
    """He goes on from there: where to, core.overflow knows."""
    forward = scene.the_call.forward
    scene.because(f"{forward.number if forward is not None else 'the number'} {why}")
    scene.want_gone(number_leg(scene))
    scene.want_parked(scene.customer)
    scene.change_call(phase=Phase.QUEUED, step_due_at=None)
