"""A matcher on a real database, with what it tells recorded; and the fixtures of its tests."""

from collections.abc import Iterator

import pytest

from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine.deciding import Deciding
from freeswitch_cc.engine.matcher import Matcher
from freeswitch_cc.engine.offers import Offers
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session
from tests.engine.fakes import Recorder
from tests.floor import TIMEOUTS, Floor


def matcher_of(floor: Floor, recorder: Recorder, *, sweep_ms: int = 3_600_000, owns: bool = True) -> Matcher:
    session = Session(floor.db.url)
    offers = Offers(
        switch_ids=lambda: [floor.switch_id] if owns else [],
        deliver=recorder.events.append,
        tell=recorder.decisions.append,
        hurry=recorder.hurried.append,
        offer_grace_ms=3000,
    )
    deciding = Deciding(session, TIMEOUTS, epoch_of=lambda switch_id: 0, seldom=Seldom())
    return Matcher(session, deciding=deciding, offers=offers, sweep_ms=sweep_ms)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def run() -> Iterator[list[Matcher]]:
    """Put a matcher in, and it runs until the end of the test."""
    running: list[Matcher] = []
    yield running
    for matcher in running:
        matcher.stop()


def fail(*_: object) -> Decision:
    raise StoreFailed("not now")
