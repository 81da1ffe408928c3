"""The composition root: builds every greenlet of an engine, starts them, watches them, stops them.

The only place that knows all rooms. No rules, no SQL but the taking of a switch.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import gevent
from gevent.event import Event

from freeswitch_cc.config import Settings, switch_password
from freeswitch_cc.core.events import CallEvent, CallVerified, Sight, SwitchLost
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Phase
from freeswitch_cc.engine.deadlines import Deadlines
from freeswitch_cc.engine.deciding import Deciding, name_of
from freeswitch_cc.engine.dispatcher import Dispatcher, Work
from freeswitch_cc.engine.failures import Failures
from freeswitch_cc.engine.link import Link, SwitchRow
from freeswitch_cc.engine.matcher import Matcher
from freeswitch_cc.engine.offers import Offers
from freeswitch_cc.engine.ownership import KEEP_S, Ownership
from freeswitch_cc.engine.refusals import Refusals
from freeswitch_cc.engine.requests import Requests
from freeswitch_cc.engine.retention import Retention
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.engine.verify import Verifier
from freeswitch_cc.engine.worker import Worker
from freeswitch_cc.errors import ConfigInvalid, StoreFailed, SwitchUnreachable
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import ConnectionLost, LostRace

log = logging.getLogger(__name__)

VERIFIERS = 2

LOST_ALARM = "INSERT INTO alarm (kind, switch_id, details) VALUES ('switch_lost', %s, %s)"
# In which an agent is offered, called, or busy otherwise than by talking; also by a leg that could not be told to go.
KEEPING_CALLS = """
    SELECT DISTINCT o.call_id::text FROM offer o JOIN call c USING (call_id)
     WHERE o.outcome IS NULL AND c.switch_id = %s
     UNION SELECT c.call_id::text FROM agent a JOIN call c USING (call_id)
     WHERE c.switch_id = %s AND a.activity NOT IN ('idle', 'wrap_up')
       AND NOT (c.phase = 'talking' AND a.activity IN ('talking', 'holding'))
"""
TIMEZONE = "SELECT now() AT TIME ZONE timezone FROM center"
TIMEZONE_ALARM = "INSERT INTO alarm (kind, details) VALUES ('timezone_unknown', %s)"
SWITCHES = "SELECT switch_id::text, name, host, port, password_env FROM switch WHERE is_active ORDER BY name"


class Engine:
    """One engine process. start() returns at once; failed is set when a greenlet crashed.

    url: the database. env: where the switches' passwords stand.
    """

    def __init__(self, settings: Settings, env: Mapping[str, str]) -> None:
        if settings.database_url is None:
            raise StoreFailed("the engine needs a database")
        self._settings = settings
        self._url = settings.database_url
        self._env = env
        self._timeouts = settings.timeouts
        self.failed = Event()
        self.failure: BaseException | None = None
        self._stopping = Event()
        self._greenlets: list[gevent.Greenlet[..., object]] = []
        self.links: dict[str, Link] = {}
        self._sessions: list[Session] = []
        self._ownership = Ownership(self._url)
        self._told: set[str] = set()
        self._lost: set[str] = set()
        self.dispatcher = Dispatcher()
        self.failures = Failures(self._session(), stopping=self._stopping)
        self.retention = Retention(self._session(), keep_days=settings.keep_days, stopping=self._stopping)
        self.verifier = Verifier(dump=self._dump, deliver=self.dispatcher.put)
        self.refusals = Refusals(self._timeouts.refused_retry_ms)
        seldom = Seldom()
        matching = self._session()
        self.offers = Offers(
            switch_ids=self.offering_switches,
            deliver=self.dispatcher.put,
            tell=self._tell,
            hurry=self.dispatcher.hurry,
            offer_grace_ms=self._timeouts.offer_grace_ms,
        )
        self.matcher = Matcher(
            matching,
            deciding=Deciding(matching, self._timeouts, epoch_of=self._epoch_of, seldom=seldom),
            offers=self.offers,
            sweep_ms=self._timeouts.sweep_ms,
        )
        self.deadlines = Deadlines(
            self._session(),
            switch_ids=self.ready_switches,
            verify=self.verifier.verify,
            deliver=self.dispatcher.put,
            horizon_ms=self._timeouts.sweep_ms,
            again_ms=self._timeouts.overflow_again_ms,
        )
        self.requests = Requests(
            self._session(),
            switch_ids=lambda: list(self.links),
            ready_ids=self.ready_switches,
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
                epoch_of=self._epoch_of,
                on_failed=self._on_failed,
                stopping=self._stopping,
                seldom=seldom,
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
        self._spawn(self._own_switches)

    def stop(self) -> None:
        """Readers first, then what is in the queues, then the lines to the switches. Talking calls go on."""
        self._stopping.set()
        for link in self.links.values():
            link.is_ready = False
            link.stop_reading()
        self.requests.stop()
        self.matcher.stop()
        self.deadlines.stop()
        self.verifier.stop(VERIFIERS)
        self.dispatcher.stop()
        self.failures.stop()
        gevent.joinall([g for g in self._greenlets if g is not gevent.getcurrent()], timeout=5)
        for link in self.links.values():
            link.stop()
        self.drop()

    def drop(self) -> None:
        """End as a kill would: nothing that waits is finished, nobody is told. For trials of coming back."""
        gevent.killall(self._greenlets, timeout=2)
        for link in self.links.values():
            link.stop(flush=False)
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

    def _own_switches(self) -> None:
        """Take every switch that nobody owns, stand by for the others. A database that is away is waited for."""
        session = self._session()
        is_first = True
        while not self._stopping.is_set():
            try:
                self._ownership.keep()
                if is_first:
                    self._check_timezone(session)
                for row in session.rows(SWITCHES):
                    if row[0] not in self.links:
                        self._try_switch(*row, must=is_first)
                is_first = False
                self._give_up_lost(session)
            except (ConnectionLost, LostRace) as error:
                log.error("switches cannot be looked after: %s", error)
            self._stopping.wait(timeout=KEEP_S)

    def _check_timezone(self, session: Session) -> None:
        """`apply` refuses one that this PostgreSQL does not know; but a server may be another than it was."""
        try:
            session.rows(TIMEZONE)
        except (ConnectionLost, LostRace):
            raise
        except StoreFailed as error:
            log.error("the days of the center are counted in UTC: %s", error)
            session.run(TIMEZONE_ALARM, f"days are counted in UTC: {error}")

    def _try_switch(self, switch_id: str, name: str, host: str, port: int, password_env: str, *, must: bool) -> None:
        """must: at the start a switch whose password is missing stops the engine; later it is only told."""
        try:
            password = switch_password(self._env, name, password_env)
        except ConfigInvalid as error:
            if must:
                raise
            self._tell_once(f"switch {name} is not taken: {error}")
            return
        epoch = self._ownership.take(switch_id)
        if epoch is None:
            self._tell_once(f"switch {name} belongs to another engine: standing by")
            return
        log.info("switch %s is ours, epoch %d", name, epoch)
        self._take_switch(
            SwitchRow(switch_id=switch_id, name=name, host=host, port=port, password=password, epoch=epoch)
        )

    def _give_up_lost(self, session: Session) -> None:
        """A switch that stays away keeps no agent waiting for a phone that nobody can ask about."""
        for switch_id, link in self.links.items():
            is_lost = link.lost_for_s * 1000 >= self._timeouts.lost_ms
            if is_lost and switch_id not in self._lost:
                session.run(LOST_ALARM, switch_id, f"not reached for {link.lost_for_s:.0f} s: see the engine's log")
                self._lost.add(switch_id)
            elif not is_lost:
                self._lost.discard(switch_id)
            if is_lost:
                for (call_id,) in session.rows(KEEPING_CALLS, switch_id, switch_id):
                    self.dispatcher.put(SwitchLost(call_id=call_id))

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            log.warning("%s", sentence)

    def _take_switch(self, row: SwitchRow) -> None:
        link = Link(
            row,
            self._timeouts,
            self._session(),
            self._session(),
            connections=self._settings.switch_connections,
            deliver=self.dispatcher.put,
            verify=self.verifier.verify,
            on_ready=self._on_ready,
        )
        self.links[row.switch_id] = link
        self.requests.take_over()
        self._spawn(link.run_chores)
        self._spawn(link.run_phones)
        link.start()

    def _on_ready(self) -> None:
        self.requests.take_over()
        self.matcher.wake()
        self.deadlines.expect(0)

    def ready_switches(self) -> list[str]:
        """Ours, connected, and looked through: deadlines and matching are allowed there."""
        return [switch_id for switch_id, link in self.links.items() if link.is_ready]

    def offering_switches(self) -> list[str]:
        """Of these the ones that place calls."""
        return [switch_id for switch_id in self.ready_switches() if not self.refusals.is_pausing(switch_id)]

    # -- what the workers are handed -------------------------------------------------------------

    def _epoch_of(self, switch_id: str) -> int | None:
        link = self.links.get(switch_id)
        return link.row.epoch if link is not None else None

    def _tell_in_turn(self, decision: Decision) -> None:
        """The same, of workers: the commands of one call are sent in the order in which they were committed."""
        self.offers.wait_until_told(decision)
        self._tell(decision)

    def _tell(self, decision: Decision) -> None:
        """What was decided is committed: who looks at it is told, then the owner of its switch sends the commands."""
        if decision.call is not None:
            self.dispatcher.note_ending(decision.call.call_id, decision.call.phase is Phase.ENDING)
        self._on_decided(decision)
        for command in decision.commands:
            link = self.links.get(command.switch_id)
            if link is not None:
                link.send(command)

    def _dump(self, switch_id: str, leg_id: str) -> Sight:
        link = self.links.get(switch_id)
        if link is None:
            raise SwitchUnreachable(f"switch {switch_id} is not ours")
        return link.pool.dump(leg_id)

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
