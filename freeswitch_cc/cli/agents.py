"""Commands about agents: see them, and ask the engine for something in their name, or force it as a supervisor."""

import argparse
from typing import Any

from freeswitch_cc.cli.asking import ask_engine
from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import show_rows
from freeswitch_cc.core import durations
from freeswitch_cc.core.asked import DISPOSITION
from freeswitch_cc.core.presence import Ask
from freeswitch_cc.core.wrap_up import WrapUpAsk
from freeswitch_cc.store import board

_AGENTS = (
    *("login", "name", "presence", "reason", "pending_presence", "activity", "is_ready", "state_at", "over"),
    *("changed_by", "queues", "call_origin", "call_with"),
)
_REASONS = ("name", "is_productive", "is_paid", "longest", "is_system")
_DISPOSITIONS = ("code", "name", "is_active")


# -- what there is -------------------------------------------------------------------------------


def show(context: Context) -> int:
    """Every agent and what he is doing now."""
    with context.transaction() as connection:
        rows = board.agents(connection)
    shown = rows if context.as_json else _with_durations(rows, over="over_ms")
    show_rows(shown, _AGENTS, as_json=context.as_json, empty="there are no agents: see `freeswitch-cc apply`")
    return 0


def show_reasons(context: Context) -> int:
    """Why an agent may be not ready."""
    with context.transaction() as connection:
        rows = board.not_ready_reasons(connection)
    shown = rows if context.as_json else _with_durations(rows, longest="longest_ms")
    show_rows(shown, _REASONS, as_json=context.as_json, empty="there are no reasons: see `freeswitch-cc apply`")
    return 0


def show_dispositions(context: Context) -> int:
    """What may be said that came of a call."""
    with context.transaction() as connection:
        rows = board.dispositions(connection)
    empty = "there are no dispositions: name them in the center file"
    show_rows(rows, _DISPOSITIONS, as_json=context.as_json, empty=empty)
    return 0


def _with_durations(rows: list[board.Row], **columns: str) -> list[board.Row]:
    """For people: so many milliseconds as they would say it, nothing where there is nothing to say."""
    return [
        {**row, **{name: durations.spell(row[source]) if row[source] else None for name, source in columns.items()}}
        for row in rows
    ]


# -- what is asked for ---------------------------------------------------------------------------


def duration(text: str) -> int:
    """An option's value in milliseconds: 30s, 1.5m, 1500ms."""
    try:
        return durations.parse(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from wrong


def ask(context: Context) -> int:
    """Ask for something in an agent's name, or force it, and wait for what the engine answers."""
    given = context.arguments
    return ask_engine(context, _arguments(given), getattr(given, "call_id", None))


def _arguments(given: argparse.Namespace) -> dict[str, Any]:
    """What goes into the row besides its kind: only what was said."""
    said: dict[str, Any] = {}
    for name in ("reason", "by_ms", "code", "subject"):
        value = getattr(given, name, None)
        if value is not None:
            said[name] = value
    supervisor = getattr(given, "supervisor", None)
    if supervisor is not None:
        said |= {"forced": True, "by": supervisor}
    return said


# -- options -------------------------------------------------------------------------------------

OWN = (
    ("login", Ask.LOGIN, "log an agent in; he is not ready at first"),
    ("available", Ask.AVAILABLE, "let an agent be offered calls; in wrap-up it ends the wrap-up"),
    ("not-ready", Ask.NOT_READY, "let an agent be offered no calls, at once or after the call that he is in"),
    ("logout", Ask.LOGOUT, "log an agent out, at once or after the call that he is in"),
    ("end-wrap-up", WrapUpAsk.END, "end the wrap-up that an agent is in"),
    ("extend-wrap-up", WrapUpAsk.EXTEND, "let the wrap-up that an agent is in last longer"),
    ("disposition", DISPOSITION, "say what came of a call"),
)
"""The command, the kind of request that it asks for, and its help."""

FORCED = (
    ("available", Ask.AVAILABLE, "make him available, though he be logged out"),
    ("not-ready", Ask.NOT_READY, "make him not ready, at once or after the call that he is in"),
    ("logout", Ask.LOGOUT, "log him out, at once or after the call that he is in"),
    ("end-wrap-up", WrapUpAsk.END, "end the wrap-up that he is in"),
)
"""As OWN, of a supervisor in an agent's place."""


def add_request_options(parser: argparse.ArgumentParser, kind: str, *, is_forced: bool) -> None:
    """The options of one of the commands above."""
    parser.set_defaults(kind=str(kind))
    parser.add_argument("login", metavar="LOGIN")
    if is_forced:
        parser.add_argument(
            "--as-supervisor", dest="supervisor", metavar="NAME", required=True, help="who forces it, for the log"
        )
    else:
        parser.add_argument("--as", dest="asked_by", metavar="WHO", help="who asks (default: cli and your user name)")
    parser.add_argument("--key", metavar="KEY", help="idempotency key: the same key is carried out once")
    if kind == Ask.NOT_READY:
        parser.add_argument("--reason", metavar="WORD", help="why, one of `freeswitch-cc agent reasons`")
    elif kind == WrapUpAsk.EXTEND:
        parser.add_argument(
            "--by", dest="by_ms", metavar="TIME", required=True, type=duration, help="how much longer: 30s, 1.5m"
        )
    elif kind == DISPOSITION:
        parser.add_argument("code", metavar="CODE", help="one of `freeswitch-cc agent dispositions`")
        parser.add_argument("--subject", metavar="TEXT", help="one line about it")
        parser.add_argument(
            "--call", dest="call_id", metavar="CALL", help="an earlier call of his (default: the one he was in last)"
        )
