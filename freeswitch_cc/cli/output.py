"""How results are shown: tables for people, JSON for programs. Knows no command.

What callers and switches wrote is shown as text: control characters are replaced, markup means nothing.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

# Where no terminal says how wide it is, a line must not be cut.
_WIDE = 200


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """One table, or one JSON array with every column. `empty` is said when there is nothing to show."""
    if as_json:
        show_json([dict(row) for row in rows])
        return
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.removesuffix("_at").replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row[column])) for column in columns))
    _console().print(table)


def show_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_text(text: str) -> None:
    """A file of our own, as it is."""
    sys.stdout.write(text)


def say(sentence: str) -> None:
    sys.stdout.write(clean(sentence) + "\n")


def complain(sentence: str) -> None:
    """To the other stream, so that a program that reads our output meets only output."""
    sys.stderr.write(f"freeswitch-cc: {clean(sentence)}\n")


def clean(text: str) -> str:
    """A caller's name may carry an escape sequence: no terminal of ours obeys it."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, list | tuple):
        return ", ".join(clean(str(item)) for item in value) or "-"
    return clean(str(value))


def _console() -> Console:
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return Console()
    return Console(width=_WIDE)
