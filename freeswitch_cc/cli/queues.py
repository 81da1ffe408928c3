"""Commands about routing: what queues there are, how many could take a call now, and why a call waits."""

from collections.abc import Sequence
from dataclasses import asdict

from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import say, show_json, show_rows
from freeswitch_cc.core.why import sentences, spoken
from freeswitch_cc.store import availability, board

_COUNTS = ("ready", "in_reserve", "busy", "wrap_up", "not_ready", "offline")
_WAITS = ("waiting", "oldest_wait", "estimated_wait")
_QUEUES = ("name", "is_active", "hours", "strategy", "tiers", "priority", *_WAITS, "at_numbers", *_COUNTS)
_AVAILABILITY = ("kind", "name", "hours", "eligible", *_COUNTS, "longest_idle", *_WAITS)


def show(context: Context) -> int:
    """Every queue: how it serves, who waits in it, and who could take a call."""
    with context.transaction() as connection:
        rows = board.queues(connection)
    shown = rows if context.as_json else [row | {"at_numbers": _at_numbers(row)} for row in in_words(rows)]
    show_rows(
        shown, _columns(_QUEUES, shown), as_json=context.as_json, empty="there are no queues: see `freeswitch-cc apply`"
    )
    return 0


def show_availability(context: Context) -> int:
    """How many could take a call now: of the center, every queue, group and skill, or of one of them."""
    with context.transaction() as connection:
        rows = availability.availability(connection, context.arguments.of)
    show_rows(
        rows if context.as_json else in_words(rows), _columns(_AVAILABILITY, rows), as_json=context.as_json, empty=""
    )
    return 0


def _columns(columns: Sequence[str], rows: Sequence[board.Row]) -> list[str]:
    """Hours, and calls at numbers, only where a queue has some, or may have."""
    return [name for name in columns if name not in ("hours", "at_numbers") or any(row.get(name) for row in rows)]


def _at_numbers(row: board.Row) -> str | None:
    """`3 of 10`, of a queue that overflows to a number."""
    if row["forwarded"] is None:
        return None
    return f"{row['forwarded']} of {row['max_forwarded']}" if row["max_forwarded"] else str(row["forwarded"])


def why(context: Context) -> int:
    """Where a call is, what it waits for, and when the next tier opens.

    With --json: `{"sentences": [...], "facts": {...}}`, the facts as in core.why.
    """
    with context.transaction() as connection:
        facts = availability.why(connection, context.arguments.call)
    told = sentences(facts)
    if context.as_json:
        show_json({"sentences": told, "facts": asdict(facts)})
        return 0
    for sentence in told:
        say(sentence)
    return 0


def in_words(rows: Sequence[board.Row]) -> list[board.Row]:
    """For people: every `..._ms` once more without its ending, as they would say it."""
    return [
        row
        | {
            name.removesuffix("_ms"): None if value is None else spoken(value)
            for name, value in row.items()
            if name.endswith("_ms")
        }
        for row in rows
    ]
