"""`freeswitch-cc voicemail list|remove`: messages that callers have left. The files are on the switch's machine."""

import argparse
import sys
from uuid import UUID

from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import show_json, show_rows, show_text
from freeswitch_cc.core.why import spoken
from freeswitch_cc.store import voicemails

_MOST_DAYS = 100 * 366
_COLUMNS = ("at", "box", "queue", "caller", "length", "path", "call_id")


def show(context: Context) -> int:
    """The last messages, the youngest first. With --json: `[{"at", "box", "queue", "caller_number", ...}]`."""
    with context.transaction() as connection:
        rows = voicemails.last(connection, context.arguments.last, context.arguments.box)
    if not context.as_json:
        rows = [
            row
            | {
                "caller": row["caller_name"] or row["caller_number"] or "unknown",
                "length": None if row["ms"] is None else spoken(row["ms"]),
            }
            for row in rows
        ]
    show_rows(rows, _COLUMNS, as_json=context.as_json, empty="no messages")
    return 0


def remove(context: Context) -> int:
    """Remove rows; each file that is nobody's now is told in a line of its own, and nothing else is printed: made to be
    piped. With --json: `[{"at", "box", "ms", "path", "call_id"}]`."""
    said = context.arguments
    with context.transaction() as connection:
        rows = voicemails.remove(connection, call_ids=said.calls, older_than_days=said.older_than, box=said.box)
        # Before the commit: whoever cannot be told of a file must not find its row gone.
        if context.as_json:
            show_json(rows)
        else:
            show_text("".join(f"{row['path']}\n" for row in rows))
        sys.stdout.flush()
    return 0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--box", metavar="BOX", help="of this voicemail box only")


def add_remove_options(parser: argparse.ArgumentParser) -> None:
    add_options(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("calls", metavar="CALL", nargs="*", default=[], type=_uuid, help="the ids of their calls")
    which.add_argument("--older-than", metavar="DAYS", type=_days, help="instead of what each box says in keep_days")


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no id of a call: see freeswitch-cc voicemail list") from None


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST_DAYS):
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of days, from 0 to {_MOST_DAYS}")
    return int(text)
