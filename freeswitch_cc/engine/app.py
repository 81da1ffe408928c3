"""The composition root: builds every greenlet of an engine, starts them, watches them, stops them.

The only place that knows all rooms. No rules, no SQL, and nothing about how a switch is taken or kept: that is
engine.switches.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import gevent
from gevent.event import Event

from freeswitch_cc.config import Settings
from freeswitch_cc.core.events import CallEvent, CallVerified, Sight
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Phase
from freeswitch_cc.engine.deadlines import Deadlines
from freeswitch_cc.engine.deciding import Deciding, name_of
from freeswitch_cc.engine.dispatcher import Dispatcher, Work
from freeswitch_cc.engine.failures import Failures
from freeswitch_cc.engine.link import Link
from freeswitch_cc.engine.matcher import Matcher
from freeswitch_cc.engine.offers import Offers
from freeswitch_cc.engine.ownership import Ownership
from freeswitch_cc.engine.refusals import Refusals
from freeswitch_cc.engine.requests import Requests
from freeswitch_cc.engine.retention import Retention
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.engine.switches import Switches
from freeswitch_cc.engine.verify import Verifier
from freeswitch_cc.engine.worker import Worker
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

VERIFIERS = 2


class Engine:
    """One engine process. start() returns at once; failed is set when a greenlet crashed.

    url: the database. env: where the switches' passwords stand.
    """

    def __init__(self, settings: Settings, env: Mapping[str, str]) -> None:
        if settings.database_url is None:
            raise StoreFailed("the engine needs a database")
        self._url = settings.database_url
        self._timeouts = settings.timeouts
        self.failed = Event()
        self.failure: BaseException | None = None
        self._stopping = Event()
        self._greenlets: list[gevent.Greenlet[..., object]] = []
        self._sessions: list[Session] = []
        self._ownership = Ownership(self._url)
        self.dispatcher = Dispatcher()
        self.failures = Failures(self._session(), stopping=self._stopping)
        self.retention = Retention(self._session(), keep_days=settings.keep_days, stopping=self._stopping)
        self.verifier = Verifier(dump=self._dump, deliver=self.dispatcher.put)
        self.refusals = Refusals(self._timeouts.refused_retry_ms)
        self._switches = Switches(
            settings,
            env,
            self._ownership,
            new_session=self._session,
            spawn=self._spawn,
            dispatcher=self.dispatcher,
            verify=self.verifier.verify,
            is_pausing=self.refusals.is_pausing,
            on_taken=self._on_taken,
            on_ready=self._on_ready,
            stopping=self._stopping,
        )
        self._seldom = Seldom()
        matching = self._session()
        self.offers = Offers(
            switch_ids=self._switches.offering,
            deliver=self.dispatcher.put,
            tell=self._tell,
            hurry=self.dispatcher.hurry,
            offer_grace_ms=self._timeouts.offer_grace_ms,
        )
        self.matcher = Matcher(
            matching,
            deciding=Deciding(matching, self._timeouts, epoch_of=self._switches.epoch_of, seldom=self._seldom),
            offers=self.offers,
            sweep_ms=self._timeouts.sweep_ms,
        )
        self.deadlines = Deadlines(
            self._session(),
            switch_ids=self._switches.ready,
            verify=self.verifier.verify,
            deliver=self.dispatcher.put,
            horizon_ms=self._timeouts.sweep_ms,
            again_ms=self._timeouts.overflow_again_ms,
        )
        self.requests = Requests(
            self._session(),
            switch_ids=lambda: list(self.links),
            ready_ids=self._switches.ready,
            deliver=self.dispatcher.put,
            sweep_ms=self._timeouts.sweep_ms,
            late_ms=self._timeouts.request_ms,
        )
        self.workers = [
            Worker(
                self._session(),
                self.dispatcher,
                self._timeouts,
                tell=self._tell_in_turn,
                epoch_of=self._switches.epoch_of,
                on_failed=self._on_failed,
                stopping=self._stopping,
                seldom=self._seldom,
                offers=self.offers,
            )
            for _ in range(settings.workers)
        ]

    # -- life ------------------------------------------------------------------------------------

    def start(self) -> None:
        for worker in self.workers:
            self._spawn(worker.run)
        for _ in range(VERIFIERS):
            self._spawn(self.verifier.run, self._session())
        self._spawn(self.matcher.run)
        self._spawn(self.deadlines.run)
        self._spawn(self.requests.run)
        self._spawn(self.failures.run)
        self._spawn(self.retention.run)
        self._spawn(self._switches.run)

    def stop(self) -> None:
        """Readers first, then what is in the queues, then the lines to the switches. Talking calls go on."""
        self._stopping.set()
        self._switches.stop_reading()
        self.requests.stop()
        self.matcher.stop()
        self.deadlines.stop()
        self.verifier.stop(VERIFIERS)
        self.dispatcher.stop()
        self.failures.stop()
        gevent.joinall([g for g in self._greenlets if g is not gevent.getcurrent()], timeout=5)
        self._switches.stop()
        self.drop()

    def drop(self) -> None:
        """End as a kill would: nothing that waits is finished, nobody is told. For trials of coming back."""
        gevent.killall(self._greenlets, timeout=2)
        self._switches.stop(flush=False)
        for session in self._sessions:
            session.close()  # also what a greenlet that crashed has left open
        self._ownership.close()

    def _spawn(self, work: Callable[..., object], *arguments: object) -> None:
        greenlet = gevent.spawn(work, *arguments)
        greenlet.link_exception(self._crash)
        self._greenlets.append(greenlet)

    def _crash(self, greenlet: "gevent.Greenlet[..., object]") -> None:
        """An engine that lost one of its greenlets is no engine: whoever watches it starts another."""
        self.failure = greenlet.exception
        log.critical("the engine stops: %s: %s", type(greenlet.exception).__name__, greenlet.exception)
        self.failed.set()

    def _session(self) -> Session:
        self._sessions.append(Session(self._url))
        return self._sessions[-1]

    # -- switches --------------------------------------------------------------------------------

    @property
    def links(self) -> dict[str, Link]:
        """By switch_id, the lines to the switches that are ours."""
        return self._switches.links

    def ready_switches(self) -> list[str]:
        """Ours, connected, and looked through."""
        return self._switches.ready()

    def _on_taken(self) -> None:
        self.requests.take_over()

    def _on_ready(self) -> None:
        self.requests.take_over()
        self.matcher.wake()
        self.deadlines.expect(0)

    # -- what the workers are handed -------------------------------------------------------------

    def _tell_in_turn(self, decision: Decision) -> None:
        """The same, of workers: the commands of one call are sent in the order in which they were committed."""
        self.offers.wait_until_told(decision)
        self._tell(decision)

    def _tell(self, decision: Decision) -> None:
        """What was decided is committed: who looks at it is told, then the owner of its switch sends the commands."""
        self._seldom.note_saved(decision.alarms)
        if decision.call is not None:
            self.dispatcher.note_ending(decision.call.call_id, decision.call.phase is Phase.ENDING)
        self._on_decided(decision)
        for command in decision.commands:
            self._switches.send(command)

    def _dump(self, switch_id: str, leg_id: str) -> Sight:
        return self._switches.dump(switch_id, leg_id)

    def _on_failed(self, event: Work, error: Exception) -> None:
        """One event could not be decided: what is true is looked up, and somebody is told."""
        self.failures.put(event, f"{name_of(event)}: {type(error).__name__}: {error}")
        # A look that fails in the same way must not cause the next one: what is due comes again by itself.
        if isinstance(event, CallEvent) and not isinstance(event, CallVerified):
            self.verifier.verify(event.call_id)

    def _on_decided(self, decision: Decision) -> None:
        self.refusals.note(decision)
        due = [leg.command_due_at for leg in decision.legs if leg.command_due_at is not None]
        due += [leg.sound_due_at for leg in decision.legs if leg.sound_due_at is not None]
        due += [agent.due_at for agent in decision.agents if agent.due_at is not None]
        due += [offer.expires_at for offer in decision.offers if offer.outcome is None]
        due += [visit.overflow_at for visit in decision.visits if visit.overflow_at and visit.outcome is None]
        if decision.call is not None and decision.call.step_due_at is not None:
            due.append(decision.call.step_due_at)
        if due:
            # Our clock against the database's: only how soon we look depends on it, not what is due.
            self.deadlines.expect(max(0.0, (min(due) - datetime.now(UTC)).total_seconds()))
