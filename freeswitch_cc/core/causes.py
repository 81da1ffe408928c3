"""What the switch's cause says of a leg that was called and never answered: whose doing it was, and did a phone ring?

Shared by all who call a phone (core.queueing, core.direct_steps). Pure words in and out; what the switch says when, the
contract tests hold (test_replies.py, test_pauses.py).
"""

from freeswitch_cc.core.events import HUNG_UP_HOLDING, NOT_RENDERED, NOT_SENT
from freeswitch_cc.core.words import OfferOutcome

SWITCH_LOST = "SWITCH_LOST"
"""Ours: its switch stays away, and nobody can ask what has become of it (core.switch_gone)."""

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
    SWITCH_LOST: OfferOutcome.WITHDRAWN,
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


def outcome_of(cause: str, is_ringing_seen: bool, contact: str, *, was_born: bool = True) -> OfferOutcome:
    """How an offer ended whose leg was never answered. It is a miss only if the phone did ring.

    was_born: the switch made a leg, and asked somebody.
    """
    if cause in OF_HIS_PHONE or (was_born and cause in OF_HIS_LEG):
        return OfferOutcome.UNREACHABLE
    outcome = OUTCOMES.get(cause, OfferOutcome.WITHDRAWN)
    if outcome is OfferOutcome.NO_ANSWER and not did_ring(cause, is_ringing_seen, contact):
        return OfferOutcome.UNREACHABLE
    return outcome


def did_ring(cause: str, is_ringing_seen: bool, contact: str) -> bool:
    """Did it ring where nobody has answered?

    Of a phone without power the switch says NO_ANSWER, too, when the ring time is over (test_replies.py). What stands
    behind a gateway or another exchange may ring without telling us; NO_USER_RESPONSE says that nobody was there.
    """
    return is_ringing_seen or (cause != "NO_USER_RESPONSE" and not contact.startswith("user/"))
