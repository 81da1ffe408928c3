"""The stopwatch of `make bench-dispatch`: when what was sent and what came, and how the times in between spread."""

import re
import time
from dataclasses import dataclass

from dispatch_center import WRAP_UP_MS

LOGIN = re.compile(r"sofia/internal/answer-after-\d+@(a\d+):")
CALL = re.compile(r"\bfcc_call=([0-9a-f-]{36})")
LEG = re.compile(r"\borigination_uuid=([0-9a-f-]{36})")


class Stopwatch:
    """What was sent and what came, of one run. Times in seconds of time.perf_counter()."""

    def __init__(self) -> None:
        self.is_open = False
        self.parked: dict[str, float] = {}
        self.freed: dict[str, float] = {}
        self.login_of: dict[str, str] = {}
        self.dispatched: list[float] = []
        self.taken_after_free: list[float] = []
        self.calls = 0

    def parks(self, call_id: str) -> None:
        if self.is_open and call_id not in self.parked:
            self.parked[call_id] = time.perf_counter()
            self.calls += 1

    def frees(self, leg_id: str) -> None:
        """An agent's leg is gone: after his wrap-up he waits for the next call."""
        login = self.login_of.pop(leg_id, None)
        if login is not None and self.is_open:
            self.freed[login] = time.perf_counter() + WRAP_UP_MS / 1000

    def rings(self, text: str) -> None:
        """An originate has come."""
        now = time.perf_counter()
        call, leg, login = CALL.search(text), LEG.search(text), LOGIN.search(text)
        if call is None or leg is None or login is None:
            return
        self.login_of[leg[1]] = login[1]
        at = self.parked.get(call[1], 0.0)
        if at > 0:
            self.parked[call[1]] = -1.0  # a second offer of a call is not measured
            self.dispatched.append(now - at)
        freed = self.freed.pop(login[1], None)
        if freed is not None:
            self.taken_after_free.append(now - freed)


@dataclass(frozen=True)
class Spread:
    """Milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Spread":
        found = sorted(seconds)
        return cls(len(found), *(share_of(found, share) for share in (0.5, 0.95, 0.99, 1.0)))


def share_of(found: list[float], share: float) -> float:
    """Of sorted seconds, in ms."""
    return found[int(share * (len(found) - 1))] * 1000 if found else float("nan")
