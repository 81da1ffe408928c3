"""A Link on a scripted switch, with what it tells recorded."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gevent

from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.link import Link, SwitchRow
from freeswitch_cc.store.db import Session
from tests.engine.fakes import Recorder, ScriptedSwitch
from tests.floor import LIMIT_S, TIMEOUTS, Floor, until

QUICK = {"reply_ms": 500, "look_around_ms": 50, "look_again_ms": 20}


class Line:
    """A Link on a scripted switch, with what it tells recorded."""

    def __init__(self, floor: Floor, switch: ScriptedSwitch, **timeouts: int) -> None:
        self.recorder = Recorder()
        self.ready = 0
        self.on_event: Callable[[Work], object] = lambda event: None
        row = SwitchRow(
            switch_id=floor.switch_id,
            name="one",
            host="127.0.0.1",
            port=switch.port,
            password=switch.PASSWORD,
            epoch=1,
        )
        self.session = Session(floor.db.url)
        self.phones_session = Session(floor.db.url)
        self.link = Link(
            row,
            replace(TIMEOUTS, **{**QUICK, **timeouts}),
            self.session,
            self.phones_session,
            connections=1,
            deliver=self._deliver,
            verify=self.recorder.looks.append,
            on_ready=self._on_ready,
        )
        self._chores = [gevent.spawn(self.link.run_chores), gevent.spawn(self.link.run_phones)]

    def _deliver(self, event: Work) -> None:
        self.recorder.events.append(event)
        self.on_event(event)

    def _on_ready(self) -> None:
        self.ready += 1

    def start(self) -> None:
        self.link.start()
        until(lambda: self.link.is_ready, "the switch is ready")

    def stop(self) -> None:
        self.link.stop_reading()
        self.link.stop()
        for chores in self._chores:
            chores.get(timeout=LIMIT_S)

    def heard(self, kind: type) -> list[Any]:
        return [event for event in self.recorder.events if isinstance(event, kind)]


def looked_around(switch: ScriptedSwitch, times: int) -> Callable[[], bool]:
    """So many more times from now on."""
    before = len(switch.asked("api show channels"))
    return lambda: len(switch.asked("api show channels")) >= before + times
