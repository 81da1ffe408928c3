"""What is seen while the minute is played: tables that live on a terminal, or the story line by line elsewhere.

Draws only; what is drawn is read by floor.py, and told by the play.
"""

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import gevent
from gevent.event import Event
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from freeswitch_cc.cli.output import clean, say
from freeswitch_cc.demo import floor
from freeswitch_cc.demo.pace import Pace
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.testcalls.story import DECISION, HEADLINE

_DRAW_AGAIN_S = 0.2
_MOST_LINES = 60
_LEAST_STORY, _MOST_CALLS = 5, 10
_COLOURS = {
    "ready": "green",
    "talking": "bold cyan",
    "held": "cyan",
    "holding": "cyan",
    "ringing": "bold yellow",
    "reserved": "yellow",
    "waiting": "yellow",
    "wrap-up": "magenta",
    "not ready": "red",
    "offline": "dim",
    "ending": "dim",
}


class LineView:
    """The story, one line at a time: for pipes, and for who keeps it."""

    def tell(self, line: str) -> None:
        say(line)
        sys.stdout.flush()  # who reads it from a pipe waits for it


class LiveView:
    """draw() makes the picture of this moment: agents, calls, the bar, and the last lines of the story."""

    def __init__(self, console: Console, pace: Pace, stage_name: str) -> None:
        self._console = console
        self._pace = pace
        self._stage_name = stage_name
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._began = time.monotonic()

    def tell(self, line: str) -> None:
        self._lines.append(line)

    @contextmanager
    def shown(self, database_url: str) -> Iterator[None]:
        """Drawn again and again while the block runs, and once more at its end."""
        over = Event()
        session = Session(database_url)
        with Live(console=self._console, auto_refresh=False, vertical_overflow="crop") as live:

            def draw() -> None:
                # The last picture stays where the database does not answer.
                with suppress(StoreFailed):
                    live.update(self.draw(floor.agents(session), floor.calls(session)), refresh=True)

            def keep_drawing() -> None:
                while not over.wait(timeout=_DRAW_AGAIN_S):
                    draw()

            artist = gevent.spawn(keep_drawing)
            try:
                yield
                over.set()
                artist.join()
                draw()
            finally:
                artist.kill()
                session.close()

    def draw(self, agents: list[floor.AgentRow], calls: list[floor.CallRow]) -> Group:
        """Never higher than the terminal: the story gets what is left, then the calls."""
        left = self._console.size.height - len(agents) - 6
        shown = min(max(left - _LEAST_STORY - 1, 1), _MOST_CALLS)
        lines = max(left - shown - 1, 1)
        more = f"  and {len(calls) - shown} more" if len(calls) > shown else ""
        table = _calls(calls[:shown])
        for _ in range(shown - len(calls)):
            table.add_row("")  # the story below stays where it is
        return Group(
            self._head(more), self._bar(), Text(""), _agents(agents), Text(""), table, Text(""), *self._story(lines)
        )

    def _head(self, more: str) -> Text:
        head = Text("freeswitch-cc on ", style="bold", no_wrap=True, overflow="ellipsis")
        head.append(clean(self._stage_name))
        if self._pace.engine_runs:
            head.append("   the engine runs", style="green")
        else:
            head.append("   ")
            head.append(" THE ENGINE IS DEAD ", style="bold white on red")
        head.append(more, style="dim")
        return head

    def _bar(self) -> Table:
        seconds = int(time.monotonic() - self._began)
        bar = Table.grid(padding=(0, 1), expand=True)
        bar.add_column(ratio=1)
        bar.add_column(no_wrap=True)
        bar.add_row(ProgressBar(total=1.0, completed=self._pace.done), f"{seconds // 60}:{seconds % 60:02d}")
        return bar

    def _story(self, count: int) -> Iterable[Text]:
        for line in list(self._lines)[-count:]:
            at, _, text = line.partition(" ms  ")
            style = "bold yellow" if text.startswith(HEADLINE) else "dim" if text.startswith(DECISION) else ""
            told = Text(f"{int(at) / 1000:6.1f} s  " if at.strip().isdigit() else "", "dim", no_wrap=True)
            told.append(clean(text or line), style)
            told.overflow = "ellipsis"
            yield told


def _agents(rows: list[floor.AgentRow]) -> Table:
    table = _table("agent", "state", "reason", "since", "with", "then")
    for row in rows:
        table.add_row(
            Text(row.login, "bold"),
            Text(row.state, _COLOURS.get(row.state, "")),
            clean(row.reason.replace("_", " ")),
            f"{row.since_s:.0f} s",
            Text(clean(row.caller), "dim" if row.state == "wrap-up" else ""),
            Text(clean(row.then.replace("_", " ")), "dim"),
        )
    return table


def _calls(rows: list[floor.CallRow]) -> Table:
    table = _table("caller", "queue", "state", "hears", "waited", "agent")
    for row in rows:
        state = Text(row.state, _COLOURS.get(row.state, ""))
        if row.is_returned:
            state.append(", goes first", "bold")
        hears = "music" if row.hears_music else row.agent if row.state == "talking" else ""
        table.add_row(Text(clean(row.caller), "bold"), row.queue, state, hears, f"{row.waited_s:.1f} s", row.agent)
    return table


def _table(*columns: str) -> Table:
    """Columns of the same widths in every picture: nothing jumps."""
    table = Table(box=None, pad_edge=False, header_style="underline", padding=(0, 2, 0, 0))
    for column, width in zip(columns, (16, 20, 12, 8, 16, 12), strict=True):
        table.add_column(column, width=width, no_wrap=True, overflow="ellipsis")
    return table
