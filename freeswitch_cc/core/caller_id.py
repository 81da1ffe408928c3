"""Who is shown to a phone that is called. Pure; what of it may be said to the switch is esl.render's."""

from freeswitch_cc.core.call import Call, Leg
from freeswitch_cc.core.words import Role


def shown_on(call: Call, leg: Leg) -> tuple[str, str]:
    """Number and name. An agent who places a call sees on his own phone whom it will be with."""
    placed = call.placed
    if call.forward is not None and leg.role is Role.TARGET:
        return call.forward.caller_number, call.forward.caller_number
    if placed is None:
        return call.caller_number, call.caller_name
    if leg.role is Role.AGENT:
        number = call.dialled.removeprefix("number:")
        return ("", call.dialled.removeprefix("agent:")) if placed.to_agent_id else (number, number)
    return placed.caller_number, placed.caller_name or placed.caller_number
