"""Switches that place no calls just now: paused by their operator, full, busier than they may be.

They say so by refusing to ring one agent after the other. For a moment nobody is offered anything on such a switch:
it is not hammered, and what waits is not tried on every agent of the center. In memory; a new engine finds out anew.
"""

import time

from freeswitch_cc.core.scene import Decision

AGENTS = 2
"""Refused one alone, it may be his contact."""


class Refusals:
    """Used by greenlets of one thread; never blocks. pause_ms: between two trials of such a switch."""

    def __init__(self, pause_ms: int) -> None:
        self._pause_s = pause_ms / 1000
        self._refused: dict[str, set[str]] = {}
        self._until: dict[str, float] = {}

    def note(self, decision: Decision) -> None:
        """What this decision tells of a switch: it did not even try to ring somebody, or a phone of its rings."""
        if decision.refused_by:
            agents = self._refused.setdefault(decision.refused_by, set())
            agents.update(offer.agent_id for offer in decision.offers)
            if len(agents) >= AGENTS:
                self._until[decision.refused_by] = time.monotonic() + self._pause_s
        elif any(offer.ringing_at is not None for offer in decision.offers):
            for leg in decision.legs:
                self._refused.pop(leg.switch_id, None)

    def is_pausing(self, switch_id: str) -> bool:
        return time.monotonic() < self._until.get(switch_id, 0.0)
