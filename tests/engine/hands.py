"""A dispatcher, workers that match, and a matcher that never sweeps, on a real database; what they send is recorded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import gevent
import gevent.event
import pytest

from freeswitch_cc.core.agent_events import PresenceAsked
from freeswitch_cc.core.commands import Command
from freeswitch_cc.core.events import CommandRefused
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine.deciding import Deciding
from freeswitch_cc.engine.dispatcher import Dispatcher, Work
from freeswitch_cc.engine.matcher import Matcher
from freeswitch_cc.engine.offers import Offers
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.engine.worker import Worker
from freeswitch_cc.store.db import Session
from tests.floor import LIMIT_S, TIMEOUTS, Floor


class Hands:
    """A dispatcher, workers and a matcher that never sweeps; what they send is recorded."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.sent: list[Command] = []
        self.failed: list[Work] = []
        self.on_tell: Callable[[Decision], None] = lambda decision: None
        self.dispatcher = Dispatcher()
        self.offers = Offers(
            switch_ids=lambda: [floor.switch_id],
            deliver=self.dispatcher.put,
            tell=self._tell,
            hurry=self.dispatcher.hurry,
            offer_grace_ms=3000,
        )
        matching = Session(floor.db.url)
        self.deciding = Deciding(matching, TIMEOUTS, epoch_of=lambda switch_id: 0, seldom=Seldom())
        self.matcher = Matcher(matching, deciding=self.deciding, offers=self.offers, sweep_ms=3_600_000)
        self.sessions = [Session(floor.db.url) for _ in range(2)]
        self.workers = [self._worker(session) for session in self.sessions]
        self.session = self.sessions[0]
        self._greenlets: list[Any] = []

    def _worker(self, session: Session) -> Worker:
        return Worker(
            session,
            self.dispatcher,
            TIMEOUTS,
            tell=self._tell_in_turn,
            epoch_of=lambda switch_id: 0,
            on_failed=lambda event, error: self.failed.append(event),
            stopping=gevent.event.Event(),
            offers=self.offers,
        )

    def _tell_in_turn(self, decision: Decision) -> None:
        self.offers.wait_until_told(decision)
        self._tell(decision)

    def _tell(self, decision: Decision) -> None:
        self.on_tell(decision)
        self.sent += decision.commands

    def refused(self, call_id: str, reason: str) -> CommandRefused:
        """What the switch says to the originate of the call's last offer."""
        leg_id = self.floor.agent_leg(call_id)
        command_id = self.floor.db.value("SELECT command_id FROM leg WHERE leg_id = %(id)s", id=leg_id)
        return CommandRefused(
            call_id=call_id, command_id=str(command_id), kind="originate", leg_ids=(leg_id,), reason=reason
        )

    @property
    def names(self) -> list[str]:
        return [type(command).__name__ for command in self.sent]

    def nobody_waits(self) -> None:
        """As after a match that found it so."""
        self.matcher.match()
        assert not self.offers.is_waiting

    def carry(self, *events: Work) -> None:
        for event in events:
            self.dispatcher.put(event)
        while self.dispatcher.depth:
            self.workers[0].carry_all(dict(self.dispatcher.next(16)))

    def run(self) -> None:
        self._greenlets += [gevent.spawn(worker.run) for worker in self.workers]
        self._greenlets.append(gevent.spawn(self.matcher.run))

    def close(self) -> None:
        self.matcher.stop()
        self.dispatcher.stop()
        gevent.joinall(self._greenlets, timeout=LIMIT_S, raise_error=True)
        for session in self.sessions:
            session.close()


@pytest.fixture
def hands(floor: Floor) -> Iterator[Hands]:
    hands = Hands(floor)
    yield hands
    hands.close()
    hands.matcher._session.close()


def asks(floor: Floor, agent_id: str, kind: str) -> PresenceAsked:
    request_id = str(uuid4())
    floor.insert(
        "request", request_id=request_id, kind=kind, agent_id=agent_id, asked_by="test", idempotency_key=request_id
    )
    return PresenceAsked(agent_id=agent_id, request_id=request_id, kind=kind, reason="break")


@contextmanager
def held(floor: Floor, sql: str, **arguments: Any) -> Iterator[None]:
    """Somebody else's transaction, open meanwhile."""
    other = Session(floor.db.url)
    other.run("BEGIN")
    other.rows(sql, *arguments.values())
    try:
        yield
    finally:
        other.rollback()
        other.close()
