"""What the tests of the engine share: a small center, and engines that are stopped at the end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from freeswitch_cc.config import Settings
from freeswitch_cc.engine import switches
from freeswitch_cc.engine.app import Engine
from tests.database import Database
from tests.engine.fakes import RecordingLink, ScriptedSwitch
from tests.engine.lines import Line
from tests.floor import Floor, until

StartEngine = Callable[..., Engine]
MakeLine = Callable[..., Line]


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    yield floor
    floor.close()


@pytest.fixture
def start_engine(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartEngine]:
    """`start_engine(sweep_ms=100)`: a whole engine, whose line to the switch is a recording."""
    monkeypatch.setattr(switches, "Link", RecordingLink)
    monkeypatch.setattr(switches, "KEEP_S", 0.05)
    engines: list[Engine] = []

    def start(*, owns: bool = True, **timeouts: Any) -> Engine:
        settings = Settings(database_url=db.url, workers=4)
        settings = replace(settings, timeouts=replace(settings.timeouts, **timeouts))
        engine = Engine(settings, {"PASSWORD": "secret"})
        engines.append(engine)
        engine.start()
        if owns:
            until(engine.ready_switches, "the engine has the switch")
        return engine

    yield start
    for engine in engines:
        engine.stop()


@pytest.fixture
def switch() -> Iterator[ScriptedSwitch]:
    switch = ScriptedSwitch()
    yield switch
    switch.stop()


@pytest.fixture
def make_line(floor: Floor, switch: ScriptedSwitch) -> Iterator[MakeLine]:
    """`make_line(park_ms=200)`: one more line to the switch."""
    lines: list[Line] = []

    def make(**timeouts: int) -> Line:
        lines.append(Line(floor, switch, **timeouts))
        return lines[-1]

    yield make
    for line in lines:
        line.stop()


@pytest.fixture
def line(make_line: MakeLine) -> Line:
    return make_line()
