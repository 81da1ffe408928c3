"""Commands about one call: what it is and what may be asked for now, and asking for it in an agent's name."""

import argparse
from typing import Any

from freeswitch_cc.cli.asking import ask_engine
from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import say, show_json, show_rows
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.asked import DIAL
from freeswitch_cc.core.call import View
from freeswitch_cc.core.control import Control, capabilities, check_digits
from freeswitch_cc.store import board
from freeswitch_cc.store.availability import call_id_of
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.migrate import require_newest

_LEGS = ("role", "agent", "seen", "segment", "is_muted", "is_holding", "leg_id")
_AGENTS = ("agent", "presence", "activity", "may")


def show(context: Context) -> int:
    """One call: where it is, its legs, and what each of its agents could ask for now.

    With --json: `{..., "held_by", "held_at", "legs": [...], "agents": [{..., "may": [...]}]}`.
    """
    with context.database() as url:
        with connected(url) as connection:
            require_newest(connection)
            call_id = call_id_of(connection, context.arguments.call)
            row = board.one_call(connection, call_id)
        view = _view(url, call_id)
    told = _told(row, view)
    if context.as_json:
        show_json(told)
        return 0
    say(f"call {call_id} of {row['caller_name'] or row['caller_number'] or 'unknown'} to {row['dialled'] or 'nobody'}")
    waits = f", in {row['queue']}" if row["queue"] else f", {row['origin']}" if row["origin"] != "inbound" else ""
    held = f", by {told['held_by']}" if told["held_by"] else ""
    held += f", to {row['forwarded_to']}" if row["forwarded_to"] else ""
    say(f"{row['state']}{waits}{held}" + (f" ({row['outcome']})" if row["outcome"] else ""))
    say("")
    show_rows(told["legs"], _LEGS, as_json=False, empty="no legs")
    if told["agents"]:
        say("")
        show_rows(told["agents"], _AGENTS, as_json=False, empty="")
    return 0


def _view(url: str, call_id: str) -> View:
    """What a decision on this call would look at."""
    session = Session(url)
    try:
        return session.look_at_call(call_id)
    finally:
        session.close()


def _told(row: board.Row, view: View) -> dict[str, Any]:
    logins = {agent.agent_id: agent.login for agent in view.agents}
    held_by = view.call.held_by if view.call is not None else None
    return {
        **row,
        "held_by": logins.get(held_by or ""),
        "held_at": view.call.held_at if view.call is not None else None,
        "legs": [
            {
                "leg_id": leg.leg_id,
                "role": leg.role,
                "agent": logins.get(leg.agent_id or ""),
                "seen": leg.seen,
                "segment": leg.segment,
                "is_muted": bool(leg.is_muted),
                "is_holding": leg.is_holding,
            }
            for leg in view.legs
            if leg.is_live
        ],
        "agents": [
            {
                "agent": agent.login,
                "presence": agent.presence,
                "activity": agent.activity,
                "may": sorted(capabilities(view, agent.agent_id)),
            }
            for agent in view.agents
        ],
    }


def ask(context: Context) -> int:
    """Ask for something about a call in an agent's name, and wait for what the engine answers."""
    given = context.arguments
    digits = getattr(given, "digits", None)
    return ask_engine(context, {"digits": digits} if digits is not None else {}, given.call_id)


def dial(context: Context) -> int:
    """Ask for a call in an agent's name: his own phone is called first."""
    given = context.arguments
    arguments = {"to": given.to} | ({"caller_id": given.caller_id} if given.caller_id else {})
    return ask_engine(context, arguments)


# -- options -------------------------------------------------------------------------------------

VERBS = (
    ("answer", Control.ANSWER, "let his phone answer that rings, if it knows how"),
    ("reject", Control.REJECT, "do not take the call that rings: the next agent is rung"),
    ("hang-up", Control.HANG_UP, "end the call that he is in"),
    ("hold", Control.HOLD, "put the customer on hold, with music"),
    ("retrieve", Control.RETRIEVE, "take the customer back from hold"),
    ("mute", Control.MUTE, "let the customer not hear him"),
    ("unmute", Control.UNMUTE, "let the customer hear him again"),
    ("dtmf", Control.SEND_DTMF, "send keys to the customer"),
)
"""The command, the kind of request that it asks for, and its help."""


def digits(text: str) -> str:
    """An option's value: keys of a phone."""
    try:
        check_digits(text)
    except Refusal as wrong:
        raise argparse.ArgumentTypeError(wrong.message) from wrong
    return text


def add_dial_options(parser: argparse.ArgumentParser) -> None:
    """The options of `call dial`."""
    parser.set_defaults(kind=DIAL)
    parser.add_argument("to", metavar="TO", help="number:+358401234567, or agent:LOGIN")
    parser.add_argument("--agent", dest="login", metavar="LOGIN", required=True, help="who calls")
    parser.add_argument(
        "--caller-id", metavar="N", help="which of his caller IDs the number is shown (default: his first)"
    )
    parser.add_argument("--as", dest="asked_by", metavar="WHO", help="who asks (default: cli and your user name)")
    parser.add_argument("--key", metavar="KEY", help="idempotency key: the same key is carried out once")


def add_request_options(parser: argparse.ArgumentParser, kind: Control) -> None:
    """The options of one of the commands above."""
    parser.set_defaults(kind=str(kind))
    if kind is Control.SEND_DTMF:
        parser.add_argument("digits", metavar="DIGITS", type=digits, help="1 to 32 of 0 to 9, A to D, * and #")
    parser.add_argument("--agent", dest="login", metavar="LOGIN", required=True, help="in whose name")
    parser.add_argument(
        "--call", dest="call_id", metavar="CALL", help="its id, or the beginning of it (default: the one that he is in)"
    )
    parser.add_argument("--as", dest="asked_by", metavar="WHO", help="who asks (default: cli and your user name)")
    parser.add_argument("--key", metavar="KEY", help="idempotency key: the same key is carried out once")
