"""Which switches are ours: one that nobody owns is taken, one that somebody owns is stood by for, and one of ours that
stays away is given up.

Of those that are ours: the line (engine.link), the epoch, and whether it may be used. The locks are engine.ownership's,
and what goes over a line is engine.link's; no rules about calls are here.
"""

import logging
from collections.abc import Callable, Mapping

from gevent.event import Event

from freeswitch_cc.config import Settings, switch_password
from freeswitch_cc.core.commands import Command
from freeswitch_cc.core.events import Sight, SwitchLost
from freeswitch_cc.engine.dispatcher import Dispatcher
from freeswitch_cc.engine.link import Link, SwitchRow
from freeswitch_cc.engine.ownership import KEEP_S, Ownership
from freeswitch_cc.errors import ConfigInvalid, StoreFailed, SwitchUnreachable
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import ConnectionLost, LostRace

log = logging.getLogger(__name__)

SWITCHES = "SELECT switch_id::text, name, host, port, password_env FROM switch WHERE is_active ORDER BY name"
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


class Switches:
    """Run by one greenlet, asked by all; only run() blocks on the database.

    env: where the passwords stand. new_session(): one of its own, whose owner closes it. spawn(work): a greenlet that
    the engine watches. dispatcher: the one path. verify(call_id): look up its legs. is_pausing(switch_id): it places no
    calls just now. on_taken(): one more is ours. on_ready(): one that is ours is connected and looked through.
    """

    def __init__(
        self,
        settings: Settings,
        env: Mapping[str, str],
        ownership: Ownership,
        *,
        new_session: Callable[[], Session],
        spawn: Callable[[Callable[[], object]], None],
        dispatcher: Dispatcher,
        verify: Callable[[str], None],
        is_pausing: Callable[[str], bool],
        on_taken: Callable[[], None],
        on_ready: Callable[[], None],
        stopping: Event,
    ) -> None:
        self._settings = settings
        self._timeouts = settings.timeouts
        self._env = env
        self._ownership = ownership
        self._new_session = new_session
        self._spawn = spawn
        self._dispatcher = dispatcher
        self._verify = verify
        self._is_pausing = is_pausing
        self._on_taken = on_taken
        self._on_ready = on_ready
        self._stopping = stopping
        self.links: dict[str, Link] = {}
        """By switch_id, those that are ours."""
        self._told: set[str] = set()
        self._lost: set[str] = set()

    # -- taking and keeping ----------------------------------------------------------------------

    def run(self) -> None:
        """Take every switch that nobody owns, stand by for the others. A database that is away is waited for."""
        session = self._new_session()
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

    def stop_reading(self) -> None:
        """Nothing more is heard, and nothing new begins on any of them."""
        for link in self.links.values():
            link.is_ready = False
            link.stop_reading()

    def stop(self, *, flush: bool = True) -> None:
        """Close every line. flush: what is being sent gets a moment to leave."""
        for link in self.links.values():
            link.stop(flush=flush)

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

    def _take_switch(self, row: SwitchRow) -> None:
        link = Link(
            row,
            self._timeouts,
            self._new_session(),
            self._new_session(),
            connections=self._settings.switch_connections,
            deliver=self._dispatcher.put,
            verify=self._verify,
            on_ready=self._on_ready,
        )
        self.links[row.switch_id] = link
        self._on_taken()
        self._spawn(link.run_chores)
        self._spawn(link.run_phones)
        link.start()

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
                    self._dispatcher.put(SwitchLost(call_id=call_id))

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            log.warning("%s", sentence)

    # -- those that are ours ---------------------------------------------------------------------

    def ready(self) -> list[str]:
        """Ours, connected, and looked through: deadlines and matching are allowed there."""
        return [switch_id for switch_id, link in self.links.items() if link.is_ready]

    def offering(self) -> list[str]:
        """Of these the ones that place calls."""
        return [switch_id for switch_id in self.ready() if not self._is_pausing(switch_id)]

    def epoch_of(self, switch_id: str) -> int | None:
        """Under which we own it; None: it is not ours."""
        link = self.links.get(switch_id)
        return link.row.epoch if link is not None else None

    def send(self, command: Command) -> None:
        """To the switch of the command; nowhere when that is not ours."""
        link = self.links.get(command.switch_id)
        if link is not None:
            link.send(command)

    def dump(self, switch_id: str, leg_id: str) -> Sight:
        """Ask where a leg is. Raises SwitchUnreachable when the switch is not ours, or does not answer."""
        link = self.links.get(switch_id)
        if link is None:
            raise SwitchUnreachable(f"switch {switch_id} is not ours")
        return link.pool.dump(leg_id)
