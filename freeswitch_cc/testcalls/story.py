"""The story of one scenario, line by line with ms: what was done, and what the engine decided and why.

The engine's part is read from call_log. Nothing is judged here.
"""

import time
from collections.abc import Callable

from freeswitch_cc.store.db import Session

_DECISIONS = """
    SELECT log_id, call_id::text, event, because, commands, extract(epoch FROM clock_timestamp() - at) * 1000
      FROM call_log WHERE log_id > %s ORDER BY log_id
"""


HEADLINE, DECISION = "* ", "    "
"""How the text of a line begins that is a sentence of the scenario, or something that the engine decided."""


class Story:
    """tell: prints a line at once. lines: all of them, for a report."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._session: Session | None = None
        self._started = time.monotonic()
        self._last_id = 0
        self._callers: dict[str, str] = {}
        self.lines: list[str] = []

    @property
    def ms(self) -> int:
        return int((time.monotonic() - self._started) * 1000)

    def follow(self, session: Session) -> None:
        """From now on tell what the engine decides in this database."""
        self._session = session

    def name_call(self, call_id: str, caller: str) -> None:
        self._callers[call_id] = caller

    def step(self, sentence: str) -> None:
        self.catch_up()
        self._line(self.ms, sentence)

    def tell(self, sentence: str) -> None:
        """What the scenario itself says of what comes now."""
        self.catch_up()
        self._line(self.ms, f"{HEADLINE}{sentence}")

    def catch_up(self) -> None:
        """What the engine has decided since the last line."""
        if self._session is None:
            return
        for log_id, call_id, event, because, commands, ago_ms in self._session.rows(_DECISIONS, self._last_id):
            self._last_id = log_id
            sends = f" -> {commands}" if commands else ""
            caller = self._callers.get(call_id, "somebody")
            self._line(self.ms - int(ago_ms), f"{DECISION}{caller}'s call, {event}: {because or 'noted'}{sends}")

    def _line(self, ms: int, text: str) -> None:
        line = f"{ms:6d} ms  {text}"
        self.lines.append(line)
        self._tell(line)
