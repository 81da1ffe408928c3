"""What was told a moment ago is not told again: rows stay due until the event that they caused has changed them."""

import time
from collections.abc import Hashable


class Once:
    """Of one greenlet. Remembers a key for again_s seconds, and nothing for longer."""

    def __init__(self, again_s: float) -> None:
        self._again_s = again_s
        self._told: dict[Hashable, float] = {}

    def prune(self) -> None:
        """Forget what may be told again: once a round."""
        now = time.monotonic()
        self._told = {key: until for key, until in self._told.items() if until > now}

    def is_new(self, key: Hashable, for_s: float | None = None) -> bool:
        """True, and it counts as told from now on; False while it was told a moment ago. for_s: another moment."""
        if key in self._told:
            return False
        self._told[key] = time.monotonic() + (self._again_s if for_s is None else for_s)
        return True

    def until(self, key: Hashable) -> float:
        """Monotonic clock (s) from which on it may be told again."""
        return self._told.get(key, 0.0)
