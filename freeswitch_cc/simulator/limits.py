"""What a switch may not do just now: it is paused, or busier than it may be (`fsctl`; switch_core_session.c).

Only calls that it is to place are refused; whoever calls it is taken, as if nobody had paused that.
"""

from dataclasses import dataclass

REFUSED = "-ERR DESTINATION_OUT_OF_ORDER"
"""Of every limit the same: no session was made."""


@dataclass(slots=True)
class Limits:
    """most: how many sessions there may be; a_second: how many may begin in one second of the clock."""

    is_paused: bool = False
    most: int = 4_000
    a_second: int = 500
    _second: int = 0
    _begun: int = 0

    def may_begin(self, sessions: int, second: int) -> bool:
        """May one more call be placed, with so many sessions there? It is counted if it may."""
        if second != self._second:
            self._second, self._begun = second, 0
        if self.is_paused or sessions >= self.most or self._begun >= self.a_second:
            return False
        self._begun += 1
        return True

    def tell(self, arguments: str) -> str | None:
        """`fsctl ARGUMENTS`, and the reply; None for what is not simulated."""
        match arguments.split():
            case ["pause" | "resume" as what, "outbound"]:
                self.is_paused = what == "pause"
                return "+OK\n"
            case ["max_sessions", *rest]:
                self.most = int(rest[0]) if rest else self.most
                return f"+OK max sessions: {self.most}\n"
            case ["sps", *rest]:
                self.a_second = int(rest[0]) if rest else self.a_second
                return f"+OK sessions per second: {self.a_second}\n"
        return None
