"""The switch's scheduler: what is to be done at a whole second of its clock, in groups that can be taken back.

switch_scheduler.c; a group is what sched_del takes: the id of a leg, mostly.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from freeswitch_cc.simulator.clock import Timer
from freeswitch_cc.simulator.transfer import transfer

if TYPE_CHECKING:
    from freeswitch_cc.simulator.switch import Switch


class Scheduler:
    """The tasks of one switch."""

    def __init__(self, switch: "Switch") -> None:
        self._switch = switch
        self._scheduled: dict[str, list[Timer]] = {}

    def schedule(self, group: str, when: str, do: Callable[[], None]) -> None:
        """`+N`: at the N-th whole second of the clock from now; its thread looks twice a second."""
        seconds = int(when.lstrip("+")) if when.lstrip("+").isdigit() else 0
        due_s = self._switch.epoch_s() + seconds if when.startswith("+") else seconds
        due_ms = self._switch.ms_of_second(due_s) + self._switch.random.uniform(0.0, 500.0)
        self._scheduled.setdefault(group, []).append(self._switch.clock.at(due_ms, do))

    def schedule_transfer(self, uuid: str, when: str, where: list[str]) -> None:
        """Send a leg elsewhere then, if it is there still."""

        def go() -> None:
            channel = self._switch.find(uuid)
            if channel is not None:
                transfer(channel, *where[:3])

        self.schedule(uuid, when, go)

    def schedule_hangup(self, uuid: str, when: str, cause: str) -> None:
        """Hang a leg up then, if it is there still."""

        def end() -> None:
            channel = self._switch.find(uuid)
            if channel is not None:
                channel.hang_up(cause)

        self.schedule(uuid, when, end)

    def unschedule(self, group: str) -> int:
        """Every task of that group; how many."""
        tasks = self._scheduled.pop(group, [])
        live = [task for task in tasks if task.do is not None]
        for task in live:
            task.cancel()
        return len(live)
