"""`freeswitch-cc voicemail list`: messages that callers have left. The files are on the switch's machine."""

import argparse

from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import show_rows
from freeswitch_cc.core.why import spoken
from freeswitch_cc.store import voicemails

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


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--box", metavar="BOX", help="of this voicemail box only")
