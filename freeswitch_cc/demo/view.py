"""What is seen while the minute is played: tables that live on a terminal, or the story line by line elsewhere.

Draws only; what is drawn is read by floor.py, and told by the play.
"""

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
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
_WHY_LINES = 3
_ROOMY = 32
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
        if _text_of(line).startswith(HEADLINE):
            say("")
        say(line)
        sys.stdout.flush()  # who reads it from a pipe waits for it


class LiveView:
    """draw() makes the picture of this moment: agents, calls, the bar, and the last lines of the story."""

    def __init__(self, console: Console, pace: Pace, stage_name: str) -> None:
        self._console = console
        self._pace = pace
        self._stage_name = stage_name
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._headline = ""
        self._began = time.monotonic()

    def tell(self, line: str) -> None:
        if _text_of(line).startswith(HEADLINE):
            self._headline = _text_of(line).removeprefix(HEADLINE)
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
                    rows = floor.agents(session), floor.calls(session), floor.why(session)
                    live.update(self.draw(*rows), refresh=True)

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

    def draw(self, agents: list[floor.AgentRow], calls: list[floor.CallRow], why: floor.WhyRow | None = None) -> Group:
        """Never higher than the terminal: the story gets what is left, then the calls. why: of the call that waits."""
        height = self._console.size.height
        gap = [Text("")] if height >= _ROOMY else []
        left = height - len(agents) - _WHY_LINES - 6 - 4 * len(gap)
        room = min(max(left - _LEAST_STORY, 1), _MOST_CALLS)
        shown = _most_telling(calls, room)
        table = _calls(shown)
        for _ in range(room - len(shown)):
            table.add_row("")  # the story below stays where it is
        headline = Text(clean(self._headline), "bold yellow", no_wrap=True, overflow="ellipsis")
        more = f"   and {len(calls) - len(shown)} more calls" if len(calls) > len(shown) else ""
        story = self._story(max(left - room, 1))
        head = (self._head(more), self._bar())
        return Group(*head, *gap, headline, *gap, _agents(agents), *gap, table, *_why(why), *gap, *story)

    def _head(self, more: str) -> Text:
        head = Text("freeswitch-cc on ", style="bold", no_wrap=True, overflow="ellipsis")
        head.append(clean(self._stage_name))
        if self._pace.engine_runs:
            head.append("   the engine runs", style="green")
        else:
            head.append("   ")
            head.append(" THE ENGINE IS DEAD ", style="bold white on red")
            head.append("  below is what it had written down", style="dim")
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
            text = _text_of(line)
            style = "bold yellow" if text.startswith(HEADLINE) else "dim" if text.startswith(DECISION) else ""
            yield Text(clean(line), style, no_wrap=True, overflow="ellipsis")


def _text_of(line: str) -> str:
    """A line of the story without its time."""
    return line.partition(" ms  ")[2]


def _agents(rows: list[floor.AgentRow]) -> Table:
    table = _table(("agent", "state", "reason", "since", "with", "then"), (14, 9, 13, 6, 15, 11))
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


def _most_telling(calls: list[floor.CallRow], room: int) -> list[floor.CallRow]:
    """As many as there is room for, in their order. Who talks stands beside his agent too: he goes first."""
    first = sorted(range(len(calls)), key=lambda place: (calls[place].state == "talking", place))
    return [calls[place] for place in sorted(first[:room])]


def _calls(rows: list[floor.CallRow]) -> Table:
    table = _table(("caller", "queue", "state", "waited", "agent", "hears"), (14, 9, 13, 6, 15, 11))
    for row in rows:
        state = Text(row.state, _COLOURS.get(row.state, ""))
        if row.is_returned:
            state.append(" first", "bold")
        hears = "music" if row.hears_music else row.agent if row.state == "talking" else ""
        table.add_row(Text(clean(row.caller), "bold"), row.queue, state, f"{row.waited_s:.0f} s", row.agent, hears)
    return table


def _why(row: floor.WhyRow | None) -> Iterable[Text]:
    """Always as many lines: why the next call waits. Where it waits, and how long, stands in its row already."""
    says = row.says[1:] if row is not None else ()
    if len(says) > _WHY_LINES:
        says = (*says[: _WHY_LINES - 1], says[-1])  # the last one tells of trouble, if there is any
    for number in range(_WHY_LINES):
        line = Text(no_wrap=True, overflow="ellipsis")
        if row is not None and number < len(says):
            line.append(f"why {clean(row.caller)} waits: " if number == 0 else "  ", "yellow")
            line.append(clean(says[number]))
        yield line


def _table(columns: Sequence[str], widths: Sequence[int]) -> Table:
    """Columns of the same width in every picture: nothing jumps."""
    table = Table(box=None, pad_edge=False, header_style="underline", padding=(0, 2, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column, width=width, no_wrap=True, overflow="ellipsis")
    return table
