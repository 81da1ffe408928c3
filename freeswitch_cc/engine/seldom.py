"""Alarms that say the same of every call are written once an hour: a bad dialplan at 50 calls a second fills no table.

In memory, for all workers of one engine; a new engine tells them again. Which alarms are the same, core says
(core.said_to_people.Alarm.once). What was decided may come to nothing, and its alarms with it: they count as told for
an hour only when they are saved.
"""

import time
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from freeswitch_cc.core.said_to_people import Alarm
from freeswitch_cc.core.scene import Decision

AGAIN_S = 3600.0
UNSAVED_S = 60.0
"""How long an alarm counts as told that nobody has said to be saved: longer than a transaction is tried."""
MOST = 1_000
"""What is remembered at most: of more different ones some are told again sooner."""

_Key = tuple[str | None, str, str]


class Seldom:
    """Used by greenlets of one thread; never blocks."""

    def __init__(self, again_s: float = AGAIN_S) -> None:
        self._again_s = again_s
        self._told: dict[_Key, tuple[UUID, float]] = {}

    def sift(self, decision: Decision, root: UUID) -> Decision:
        """The decision without what was told before. root: of its event, which may be decided again (a lost race)."""
        alarms = tuple(alarm for alarm in decision.alarms if not alarm.once or self.is_new(alarm, root))
        return decision if len(alarms) == len(decision.alarms) else replace(decision, alarms=alarms)

    def is_new(self, alarm: Alarm, root: UUID) -> bool:
        """Is it to be told? To be asked again with the same root tells it again."""
        key, now = _key_of(alarm), time.monotonic()
        teller, until = self._told.get(key, (root, now))
        if until > now:
            return teller == root
        self._keep(key, root, now + UNSAVED_S)
        return True

    def note_saved(self, alarms: Iterable[Alarm]) -> None:
        """These are told: after the commit."""
        for alarm in alarms:
            key = _key_of(alarm)
            if alarm.once and key in self._told:
                self._keep(key, self._told[key][0], time.monotonic() + self._again_s)

    def _keep(self, key: _Key, root: UUID, until: float) -> None:
        self._told.pop(key, None)
        if len(self._told) >= MOST:
            del self._told[next(iter(self._told))]
        self._told[key] = (root, until)


def _key_of(alarm: Alarm) -> _Key:
    return alarm.switch_id, alarm.kind, alarm.once
