"""Carries the storms of a plan out: lies, engines that are killed and started, a switch that restarts. No people."""

import time
from collections.abc import Callable

import gevent
from gevent.lock import RLock
from gevent.pool import Group

from freeswitch_cc.config import Settings
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.testcalls.until import until
from tests.chaos.stand import PASSWORD_ENV, Stand
from tests.chaos.weather import Storm
from tests.chaos.witness import Witness

_LOOK_S = 0.1
_READY_MS = 20_000


class Hazards:
    """Owns the engines: two at most. make: how one is built, for trials with another one."""

    def __init__(
        self, settings: Settings, stand: Stand, witness: Witness, make: Callable[[Settings, dict[str, str]], Engine]
    ) -> None:
        self._settings = settings
        self._stand = stand
        self._witness = witness
        self._make = make
        self._engines: list[Engine] = []
        self._turn = RLock()
        self._group = Group()
        self.kills_us: list[int] = []
        self.restarts_us: list[int] = []
        self.crashes: list[str] = []
        self.calm_us = 0
        self._watcher = gevent.spawn(self._watch)

    def start(self, storms: tuple[Storm, ...]) -> None:
        for storm in storms:
            self._group.add(gevent.spawn_later(storm.at_ms / 1000, self._break, storm))

    def calm(self) -> None:
        """Nothing happens any more: no lies, and an engine that is ready."""
        self._group.join(timeout=60)
        self._group.kill()
        self._stand.lie(())
        self.calm_us = _now_us()
        if not self._engines:
            self.start_engine()
        if not until(self.is_ready, _READY_MS):
            self.crashes.append(f"no engine was ready after {_READY_MS} ms")

    def stop(self) -> None:
        self._group.kill()
        self._watcher.kill()
        for engine in self._engines:
            engine.stop()
        self._engines.clear()

    # -- engines ---------------------------------------------------------------------------------

    def is_ready(self) -> bool:
        return any(engine.ready_switches() for engine in self._engines)

    def start_engine(self) -> None:
        with self._turn:
            if len(self._engines) < 2:
                engine = self._make(self._settings, {PASSWORD_ENV: self._stand.password})
                self._engines.append(engine)
                engine.start()

    def _kill(self, engine: Engine) -> None:
        self._engines.remove(engine)
        self.kills_us.append(_now_us())
        engine.drop()

    def _owner(self) -> Engine | None:
        return next((engine for engine in self._engines if engine.links), None)

    def _break(self, storm: Storm) -> None:
        try:
            self._carry_out(storm)
        except Exception as error:  # a storm that could not be carried out must not pass for one that was survived
            self.crashes.append(f"the storm {storm.kind} at {storm.at_ms} ms failed: {error!r}")
            raise

    def _carry_out(self, storm: Storm) -> None:
        match storm.kind:
            case "lies":
                self._stand.is_up.wait()
                self._stand.lie(storm.lies)
            case "engine":
                self._kill_owner(storm.down_ms)
            case "standby":
                self._change_standby()
            case "switch":
                self._restart_switch()

    def _kill_owner(self, down_ms: int) -> None:
        with self._turn:
            owner = self._owner() or next(iter(self._engines), None)
            if owner is not None:
                self._kill(owner)
            has_other = bool(self._engines)
        if not has_other:
            gevent.sleep(down_ms / 1000)
            self.start_engine()

    def _change_standby(self) -> None:
        with self._turn:
            if len(self._engines) < 2:
                self.start_engine()
                return
            idle = next((engine for engine in self._engines if not engine.links), None)
            if idle is not None:
                self._kill(idle)

    def _restart_switch(self) -> None:
        self._stand.restart(self._note_restart)

    def _note_restart(self) -> None:
        at_us = _now_us()
        self.restarts_us.append(at_us)
        self._witness.note_restart(at_us)

    def _watch(self) -> None:
        """An engine that ends by itself is started again, as whoever looks after it would."""
        while True:
            for engine in [engine for engine in self._engines if engine.failed.is_set()]:
                self.crashes.append(f"an engine ended by itself: {engine.failure!r}")
                self._engines.remove(engine)
                engine.drop()
                self.start_engine()
            gevent.sleep(_LOOK_S)


def _now_us() -> int:
    return time.time_ns() // 1000
