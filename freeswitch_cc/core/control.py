"""What an agent may ask for about a call that he is in: one complete table, where he is in it x what he asks for.

The one place that says what is allowed: a request is refused by it, and `call show` lists by it what could be asked
for now. How it is done to the call stands in core.talking and core.queueing, how legs are moved in core.moves.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from freeswitch_cc.core import direct, queueing, talking
from freeswitch_cc.core.agent_place import Place, leg_of, place_of
from freeswitch_cc.core.agent_state import Refusal, check_in_time
from freeswitch_cc.core.call import Leg, View
from freeswitch_cc.core.commands import Mute, PickUp, SendDtmf, Unmute
from freeswitch_cc.core.events import ControlAsked
from freeswitch_cc.core.said_to_people import Answer
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import OfferOutcome, Phase, Role, Seen, Want

_DIGITS = re.compile(r"[0-9A-D*#]{1,32}")


class Control(StrEnum):
    """What an agent asks for."""

    ANSWER = "answer"
    REJECT = "reject"
    HANG_UP = "hang_up"
    HOLD = "hold"
    RETRIEVE = "retrieve"
    MUTE = "mute"
    UNMUTE = "unmute"
    SEND_DTMF = "send_dtmf"


@dataclass(frozen=True, slots=True)
class No:
    """Not now. reason: a stable word. because: what is so, and what would be right."""

    reason: str
    because: str


def check_digits(digits: str) -> None:
    """Raises Refusal: the switch says +OK to anything, so it is known here what a key is."""
    if not _DIGITS.fullmatch(digits):
        # Which they were is nobody's business but the customer's, even if one is wrong: refusals are written down.
        raise Refusal("bad_digits", "these are no keys: 1 to 32 of 0 to 9, A to D, * and #")


# -- the cells of the table ----------------------------------------------------------------------


def _answer(scene: Scene, leg: Leg, asked: ControlAsked) -> str:
    scene.commands.append(PickUp(**scene.about(leg)))
    return "the phone is asked to answer: one that does not know how rings on"


def _reject(scene: Scene, leg: Leg, asked: ControlAsked) -> str:
    if scene.the_call.phase is Phase.DIALING:
        direct.reject(scene, leg)
        return "rejected"
    offer = scene.open_offer
    if offer is not None:
        queueing.close_offer(scene, offer, OfferOutcome.REJECTED, "CALL_REJECTED")
    return "rejected: the next agent is rung"


def _hang_up(scene: Scene, leg: Leg, asked: ControlAsked) -> str:
    if scene.the_call.phase is Phase.DIALING:
        direct.hang_up(scene, leg)
    else:
        talking.hang_up(scene)
    return "hung up"


def _hold(scene: Scene, leg: Leg, asked: ControlAsked) -> str:
    talking.hold(scene, leg)
    return "the customer is on hold"


def _retrieve(scene: Scene, leg: Leg, asked: ControlAsked) -> str:
    talking.retrieve(scene, leg)
    return "the customer is taken back"


def _mute(scene: Scene, leg: Leg, asked: ControlAsked) -> str:
    scene.change_leg(leg.leg_id, is_muted=True)
    scene.commands.append(Mute(**scene.about(leg)))
    return "the customer does not hear him any more"


def _unmute(scene: Scene, leg: Leg, asked: ControlAsked) -> str:
    scene.change_leg(leg.leg_id, is_muted=False)
    scene.commands.append(Unmute(**scene.about(leg)))
    return "the customer hears him again"


def _send_dtmf(scene: Scene, leg: Leg, asked: ControlAsked) -> str:
    check_digits(asked.digits)
    other = scene.customer if leg.role is Role.AGENT else talking.partner_of(scene)
    assert other is not None, "who talks to nobody is at another place"
    scene.commands.append(SendDtmf(digits=asked.digits, **scene.about(other)))
    count = len(asked.digits)  # a card's number or a PIN stands in no log
    return f"{count} {'key' if count == 1 else 'keys'} sent to the customer"


_Cell = Callable[[Scene, Leg, ControlAsked], str]

_NOT_YOURS = No("not_your_call", "he is not in this call")
_OVER = No("no_call", "the call is over for him")
_NOT_YET = No("not_ringing", "his phone does not ring yet")
_ANSWERED = No("not_ringing", "his phone does not ring any more: he has answered")
_NOT_TALKING = No("not_talking", "he does not talk yet")
_ON_HOLD = No("not_talking", "the customer is on hold: he would hear nothing of it")
_WAITS = No("not_talking", "he is on hold himself")
_HELD_ALREADY = No("already_held", "the customer is on hold already")
_NOT_HELD = No("not_held", "the customer is not on hold")
_BY_HANDSET = No(
    "held_by_handset",
    "his handset holds the customer: it is taken back there (if it was: the switch is asked now, ask again)",
)

TABLE: dict[tuple[Place, Control], _Cell | No] = {
    (Place.ABSENT, Control.ANSWER): _NOT_YOURS,
    (Place.ABSENT, Control.REJECT): _NOT_YOURS,
    (Place.ABSENT, Control.HANG_UP): _NOT_YOURS,
    (Place.ABSENT, Control.HOLD): _NOT_YOURS,
    (Place.ABSENT, Control.RETRIEVE): _NOT_YOURS,
    (Place.ABSENT, Control.MUTE): _NOT_YOURS,
    (Place.ABSENT, Control.UNMUTE): _NOT_YOURS,
    (Place.ABSENT, Control.SEND_DTMF): _NOT_YOURS,
    (Place.RESERVED, Control.ANSWER): _NOT_YET,
    (Place.RESERVED, Control.REJECT): _NOT_YET,
    (Place.RESERVED, Control.HANG_UP): _NOT_TALKING,
    (Place.RESERVED, Control.HOLD): _NOT_TALKING,
    (Place.RESERVED, Control.RETRIEVE): _NOT_TALKING,
    (Place.RESERVED, Control.MUTE): _NOT_TALKING,
    (Place.RESERVED, Control.UNMUTE): _NOT_TALKING,
    (Place.RESERVED, Control.SEND_DTMF): _NOT_TALKING,
    (Place.RINGING, Control.ANSWER): _answer,
    (Place.RINGING, Control.REJECT): _reject,
    (Place.RINGING, Control.HANG_UP): _NOT_TALKING,
    (Place.RINGING, Control.HOLD): _NOT_TALKING,
    (Place.RINGING, Control.RETRIEVE): _NOT_TALKING,
    (Place.RINGING, Control.MUTE): _NOT_TALKING,
    (Place.RINGING, Control.UNMUTE): _NOT_TALKING,
    (Place.RINGING, Control.SEND_DTMF): _NOT_TALKING,
    (Place.CONNECTING, Control.ANSWER): _ANSWERED,
    (Place.CONNECTING, Control.REJECT): _ANSWERED,
    (Place.CONNECTING, Control.HANG_UP): _NOT_TALKING,
    (Place.CONNECTING, Control.HOLD): _NOT_TALKING,
    (Place.CONNECTING, Control.RETRIEVE): _NOT_TALKING,
    (Place.CONNECTING, Control.MUTE): _NOT_TALKING,
    (Place.CONNECTING, Control.UNMUTE): _NOT_TALKING,
    (Place.CONNECTING, Control.SEND_DTMF): _NOT_TALKING,
    (Place.DIALING, Control.ANSWER): _ANSWERED,
    (Place.DIALING, Control.REJECT): _ANSWERED,
    (Place.DIALING, Control.HANG_UP): _hang_up,
    (Place.DIALING, Control.HOLD): _NOT_TALKING,
    (Place.DIALING, Control.RETRIEVE): _NOT_TALKING,
    (Place.DIALING, Control.MUTE): _NOT_TALKING,
    (Place.DIALING, Control.UNMUTE): _NOT_TALKING,
    (Place.DIALING, Control.SEND_DTMF): _NOT_TALKING,
    (Place.TALKING, Control.ANSWER): _ANSWERED,
    (Place.TALKING, Control.REJECT): _ANSWERED,
    (Place.TALKING, Control.HANG_UP): _hang_up,
    (Place.TALKING, Control.HOLD): _hold,
    (Place.TALKING, Control.RETRIEVE): _NOT_HELD,
    (Place.TALKING, Control.MUTE): _mute,
    (Place.TALKING, Control.UNMUTE): _unmute,
    (Place.TALKING, Control.SEND_DTMF): _send_dtmf,
    (Place.HELD, Control.ANSWER): _ANSWERED,
    (Place.HELD, Control.REJECT): _ANSWERED,
    (Place.HELD, Control.HANG_UP): _hang_up,
    (Place.HELD, Control.HOLD): _HELD_ALREADY,
    (Place.HELD, Control.RETRIEVE): _BY_HANDSET,
    (Place.HELD, Control.MUTE): _mute,
    (Place.HELD, Control.UNMUTE): _unmute,
    (Place.HELD, Control.SEND_DTMF): _ON_HOLD,
    (Place.ON_HOLD, Control.ANSWER): _ANSWERED,
    (Place.ON_HOLD, Control.REJECT): _ANSWERED,
    (Place.ON_HOLD, Control.HANG_UP): _hang_up,
    (Place.ON_HOLD, Control.HOLD): _HELD_ALREADY,
    (Place.ON_HOLD, Control.RETRIEVE): _retrieve,
    (Place.ON_HOLD, Control.MUTE): _mute,
    (Place.ON_HOLD, Control.UNMUTE): _unmute,
    (Place.ON_HOLD, Control.SEND_DTMF): _ON_HOLD,
    (Place.WAITING, Control.ANSWER): _ANSWERED,
    (Place.WAITING, Control.REJECT): _ANSWERED,
    (Place.WAITING, Control.HANG_UP): _hang_up,
    (Place.WAITING, Control.HOLD): _WAITS,
    (Place.WAITING, Control.RETRIEVE): _WAITS,
    (Place.WAITING, Control.MUTE): _mute,
    (Place.WAITING, Control.UNMUTE): _unmute,
    (Place.WAITING, Control.SEND_DTMF): _WAITS,
    (Place.LEAVING, Control.ANSWER): _OVER,
    (Place.LEAVING, Control.REJECT): _OVER,
    (Place.LEAVING, Control.HANG_UP): _OVER,
    (Place.LEAVING, Control.HOLD): _OVER,
    (Place.LEAVING, Control.RETRIEVE): _OVER,
    (Place.LEAVING, Control.MUTE): _OVER,
    (Place.LEAVING, Control.UNMUTE): _OVER,
    (Place.LEAVING, Control.SEND_DTMF): _OVER,
}


# -- what he may ask for --------------------------------------------------------------------------


def _cell_of(view: View, agent_id: str, kind: Control) -> _Cell | No:
    return TABLE[place_of(view, agent_id), kind]


def capabilities(view: View, agent_id: str) -> frozenset[Control]:
    """What the agent could ask for now, and would not be refused."""
    return frozenset(kind for kind in Control if not isinstance(_cell_of(view, agent_id, kind), No))


# -- on the path ---------------------------------------------------------------------------------


def carry_out(scene: Scene, asked: ControlAsked) -> bool:
    """Do what is asked for, or refuse it; the answer is the scene's. Was anything done?"""
    try:
        check_in_time(asked.asked_at, scene.now, scene.timeouts.request_ms)
        if scene.call is None:
            raise Refusal("no_such_call", f"there is no call {asked.call_id}")
        cell, leg = _cell_of(scene.view, asked.agent_id, Control(asked.kind)), leg_of(scene.view, asked.agent_id)
        agent = scene.agents.get(asked.agent_id)
        if cell is _BY_HANDSET and leg is not None and leg.command is None:
            # Perhaps it has taken him back, and nobody heard of it.
            scene.settle(leg.leg_id)
            scene.change_leg(leg.leg_id, command_due_at=scene.now)
        if isinstance(cell, No):
            raise Refusal(cell.reason, f"{agent.login}: {cell.because}" if agent is not None else cell.because)
        assert leg is not None, "what may be asked for is asked of a leg"
        message = cell(scene, leg, asked)
    except Refusal as refusal:
        scene.answer = Answer(
            request_id=asked.request_id, state="refused", reason=refusal.reason, message=refusal.message
        )
        scene.because(refusal.message)
        return False
    scene.answer = Answer(request_id=asked.request_id, state="done", message=message)
    scene.because(f"asked for {asked.kind}: {message}")
    return True


def mute_again(scene: Scene) -> None:
    """The switch was looked at: perhaps an engine died before it could mute a leg, or let it be heard again, or the
    command was lost. The switch tells nothing of that: what is wanted is said again, which is harmless."""
    for leg in scene.live_legs():
        if leg.is_muted is not None and leg.want is not Want.GONE and leg.seen in (Seen.PARKED, Seen.WITH):
            scene.commands.append((Mute if leg.is_muted else Unmute)(**scene.about(leg)))
