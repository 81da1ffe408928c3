"""`freeswitch-cc board`: queues, calls and agents as they are now, drawn again every second on a terminal.

Draws only: the rows are store.board's. What does not fit the terminal is counted, the least telling first.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gevent.event import Event
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import clean, say, show_json, show_rows
from freeswitch_cc.cli.queues import in_words
from freeswitch_cc.core.why import spoken
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store import board
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.migrate import require_newest

_AGAIN_S = 1.0
_COLOURS = {
    "ready": "green",
    "talking": "bold cyan",
    "dialing": "bold yellow",
    "called back": "bold yellow",
    "holding": "cyan",
    "held": "cyan",
    "ringing": "bold yellow",
    "reserved": "yellow",
    "offered": "yellow",
    "waiting": "yellow",
    "wrap up": "magenta",
    "not ready": "red",
    "offline": "dim",
    "ending": "dim",
}
_QUEUES = ("queue", "waiting", "oldest", "expected", "ready", "reserve", "busy", "wrap up", "not ready", "strategy")
_CALLS = ("caller", "queue", "state", "waited", "agent", "next", "call")
_AGENTS = ("agent", "state", "since", "reason", "then", "with", "queues")
_HEADS = 7
"""Lines that hold no row: the first, three headings of tables, and an empty line before each."""


def show(context: Context) -> int:
    """The board until Ctrl-C; one picture as plain text where nobody looks at a terminal, or with --once."""
    with context.database() as url:
        if context.as_json:
            show_json(_read(url))
        elif context.arguments.once or not sys.stdout.isatty():
            _print_once(_read(url))
        else:
            _keep_drawing(url, Console())
    return 0


def _read(url: str) -> board.Row:
    with connected(url) as connection:
        require_newest(connection)
        return board.snapshot(connection)


def _print_once(snapshot: board.Row) -> None:
    for title, columns, rows in (
        ("queues", _QUEUES, [_queue(row) for row in snapshot["queues"]]),
        ("calls", _columns_of(snapshot), [_call(row) for row in snapshot["calls"]]),
        ("agents", _AGENTS, [_agent(row, snapshot) for row in _in_order(snapshot["agents"])]),
    ):
        show_rows(rows, columns, as_json=False, empty=f"no {title}")
        say("")


def _keep_drawing(url: str, console: Console) -> None:
    """A database that is away for a while is told of; the last picture stays."""
    never = Event()
    try:
        snapshot = _read(url)
        with Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop") as live:
            trouble = ""
            while True:
                live.update(picture(snapshot, console.size.height, trouble), refresh=True)
                never.wait(timeout=_AGAIN_S)
                try:
                    snapshot, trouble = _read(url), ""
                except StoreFailed as failure:
                    trouble = str(failure)
    except KeyboardInterrupt:
        return


def picture(snapshot: board.Row, height: int, trouble: str = "") -> Group:
    """What fits this many lines. trouble: why the picture is old, if it is."""
    calls = sorted(snapshot["calls"], key=lambda row: row["state"] == "talking")  # his agent tells of him too
    agents = _in_order(snapshot["agents"])
    room = _shares([len(snapshot["queues"]), len(calls), len(agents)], max(3, height - 1 - _HEADS))
    return Group(
        _head(snapshot, trouble),
        Text(""),
        _table(_QUEUES, [_queue(row) for row in snapshot["queues"][: room[0]]], len(snapshot["queues"])),
        Text(""),
        _table(_columns_of(snapshot), [_call(row) for row in calls[: room[1]]], len(calls)),
        Text(""),
        _table(_AGENTS, [_agent(row, snapshot) for row in agents[: room[2]]], len(agents)),
    )


def _head(snapshot: board.Row, trouble: str) -> Text:
    waiting = sum(row["waiting"] for row in snapshot["queues"])
    ready = sum(row["is_ready"] for row in snapshot["agents"])
    head = Text("freeswitch-cc", style="bold", no_wrap=True, overflow="ellipsis")
    head.append(f"   {snapshot['at'].astimezone():%H:%M:%S}   {waiting} waiting   {ready} ready   ", "not bold")
    head.append(clean(trouble) if trouble else "Ctrl-C ends this", "bold white on red" if trouble else "dim")
    return head


def _queue(row: board.Row) -> dict[str, Any]:
    (said,) = in_words([row])
    return {
        "queue": row["name"] + _opening(row),
        "oldest": said["oldest_wait"] or "",
        "expected": said["estimated_wait"] or "",
        "reserve": row["in_reserve"],
        "wrap up": row["wrap_up"],
        "not ready": row["not_ready"],
        "strategy": row["strategy"].replace("_", " "),
        **{name: row[name] for name in ("waiting", "ready", "busy")},
    }


def _columns_of(snapshot: board.Row) -> Sequence[str]:
    """Where calls go next only where one goes somewhere."""
    has_next = any(row["next"] for row in snapshot["calls"])
    return [name for name in _CALLS if name != "next" or has_next]


def _opening(row: board.Row) -> str:
    if not row["is_active"]:
        return " (off)"
    return f" ({row['hours']})" if row["hours"] not in (None, "open") else ""


def _call(row: board.Row) -> dict[str, Any]:
    is_placed = row["origin"] in ("outbound", "internal")
    return {
        # Whom an agent has called, with an arrow: he is no caller.
        "caller": f"→ {_called(row)}" if is_placed else row["caller_name"] or row["caller_number"] or "unknown",
        "queue": row["queue"] or (row["origin"] if is_placed else ""),
        "state": row["state"] + (", first" if row["is_returned"] and row["phase"] == "queued" else ""),
        "waited": "" if row["waited_ms"] is None else spoken(row["waited_ms"]),
        "agent": row["agent"] or row["forwarded_to"] or "",
        "next": row["next"] or "",
        "call": str(row["call_id"])[:8],
    }


def _called(row: board.Row) -> str:
    return str(row["dialled"]).partition(":")[2]


def _with(call: board.Row, login: str) -> str:
    """Whom this agent has in this call: its caller, or whom he has called himself."""
    is_called = call["origin"] == "internal" and call["agent"] != login
    return str(call["caller_name"] if is_called else _call(call)["caller"])


def _agent(row: board.Row, snapshot: board.Row) -> dict[str, Any]:
    with_whom = next((call for call in snapshot["calls"] if call["call_id"] == row["call_id"]), None)
    over = f", {spoken(row['over_ms'])} too long" if row["over_ms"] else ""
    return {
        "agent": row["login"],
        "state": _state(row),
        "since": _since(row["state_at"], snapshot["at"]),
        "reason": (row["reason"] or "").replace("_", " ") + over,
        "then": (row["pending_reason"] or row["pending_presence"] or "").replace("_", " "),
        "with": _with(with_whom, row["login"]) if with_whom else "",
        "queues": ", ".join(row["queues"]),
    }


def _state(row: board.Row) -> str:
    """What he does, or else what he has chosen. Idle and available, and yet not ready: an old offer is not over."""
    if row["activity"] != "idle":
        return str(row["activity"]).replace("_", " ")
    if row["presence"] == "available":
        return "ready" if row["is_ready"] else "offered"
    return str(row["presence"]).replace("_", " ")


def _in_order(agents: Sequence[board.Row]) -> list[board.Row]:
    """Who is logged out comes last: he is left out first."""
    return sorted(agents, key=lambda row: (row["presence"] == "offline", row["login"]))


def _since(then: datetime, now: datetime) -> str:
    return spoken(max(0, int((now - then).total_seconds() * 1000)))


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """How many rows each table gets: who wants little gets it all, the others share what is left; one at least."""
    given = [0] * len(wanted)
    left = room
    for place, index in enumerate(sorted(range(len(wanted)), key=lambda index: wanted[index])):
        given[index] = min(wanted[index], max(1, left // (len(wanted) - place)))
        left -= given[index]
    return given


def _table(columns: Sequence[str], rows: Sequence[dict[str, Any]], count: int) -> Table:
    """One line a row. How many there are that are not shown stands in the heading."""
    table = Table(box=None, pad_edge=False, header_style="underline", padding=(0, 2, 0, 0))
    more = f" (and {count - len(rows)} more)" if count > len(rows) else ""
    for number, column in enumerate(columns):
        title = column + (more if number == 0 else "")
        table.add_column(title, no_wrap=True, overflow="ellipsis", min_width=len(title) if more else None)
    for row in rows:
        cells = (clean(str(row[column])) for column in columns)
        state = str(row.get("state", "")).partition(",")[0]
        styles = ["bold", *(_COLOURS.get(state, "") if column == "state" else "" for column in columns[1:])]
        table.add_row(*(Text(cell, style) for cell, style in zip(cells, styles, strict=True)))
    return table
