"""Agents' phones at one switch: which are registered, and what is dialled on them without a call.

It asks, writes down what is true, and tells the agents whom that may concern; what becomes of them core decides. A
phone that says again that it is there costs nothing: that is dropped in the reading greenlet, before any transaction.
"""

import logging
import time
from collections.abc import Callable, Mapping

import gevent

from freeswitch_cc.core.phone_events import (
    NOBODY,
    CodeDialled,
    FeatureDialled,
    PhoneChanged,
    PhoneRegistered,
    PhoneUnregistered,
)
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.roots import new_root
from freeswitch_cc.errors import CommandFailed
from freeswitch_cc.esl import registrations
from freeswitch_cc.esl.pool import Pool
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

WRITTEN = "SELECT contact FROM registration WHERE switch_id = %s AND is_registered"
# Only of phones that the switch has told of: one that never registers anywhere has no row, and is never gone.
NOTE = """
    INSERT INTO registration (switch_id, contact, is_registered, changed_at)
    SELECT %s, f.contact, f.is_registered, clock_timestamp()
      FROM unnest(%s::text[], %s::boolean[]) AS f(contact, is_registered) ORDER BY f.contact
    ON CONFLICT (switch_id, contact) DO UPDATE
       SET is_registered = excluded.is_registered, changed_at = excluded.changed_at
     WHERE registration.is_registered <> excluded.is_registered
"""
# Whom the phones that he has, as written down, do not fit: each decision looks again under his lock (core.phones).
CONCERNED = """
    SELECT a.agent_id::text FROM agent a
      JOIN (SELECT r.contact, bool_or(r.is_registered) AS is_registered
              FROM registration r JOIN switch s USING (switch_id)
             WHERE s.is_active AND (%s::text[] IS NULL OR r.contact = ANY (%s)) GROUP BY r.contact) p
        ON p.contact = a.contact
     WHERE a.presence <> 'offline'
       AND CASE WHEN p.is_registered THEN a.is_back_with_phone
                ELSE coalesce(a.pending_presence, a.presence) = 'available' END
"""
WHOSE = "SELECT agent_id::text FROM agent WHERE contact = %s AND is_active"

FRESH_S = 5.0
"""A code that could not be looked at for so long is dropped: who dialled it has heard nothing, and has hung up."""


class Phones:
    """hear() in the reading greenlet; everything else as a chore of the link, one after the other.

    do(chore): put one in line.
    """

    def __init__(
        self,
        switch_id: str,
        session: Session,
        pool: Pool,
        timeouts: Timeouts,
        *,
        deliver: Callable[[Work], None],
        do: Callable[[Callable[[], None]], None],
    ) -> None:
        self._switch_id = switch_id
        self._session = session
        self._pool = pool
        self._deliver = deliver
        self._do = do
        self._settle_s = timeouts.settle_ms / 1000
        self._rest_s = timeouts.look_around_ms / 1000
        self._look_at = 0.0
        self._registered: set[str] = set()

    # -- hearing ---------------------------------------------------------------------------------

    def hear(self, fact: PhoneRegistered | PhoneUnregistered | FeatureDialled) -> None:
        """Never blocks. A phone that is there already and says so again is dropped here."""
        if isinstance(fact, FeatureDialled):
            heard_at = time.monotonic()
            self._do(lambda: self.take_code(fact, heard_at))
            return
        is_registered, contact = isinstance(fact, PhoneRegistered), fact.contact
        if is_registered and contact in self._registered:
            return
        # Not what is true, only what has been told: the chore asks, and sets it right.
        self._mark(contact, is_registered)
        self._do(lambda: self.ask(contact, is_registered))

    # -- chores ----------------------------------------------------------------------------------

    def come_back(self) -> None:
        """After every (re)connect: what is true now counts, whatever happened meanwhile.

        Once more soon: of who went a moment before us the list does not know yet, and we have heard no event.
        """
        self._registered.clear()
        self.look()
        gevent.spawn_later(self._settle_s, self._do, self.look)

    def look_if_due(self) -> None:
        """A net under events that were lost, as often as the legs are looked around for."""
        if time.monotonic() >= self._look_at:
            self.look()

    def look(self) -> None:
        """All phones: the switch's list tells who may differ, and about each of those it is asked."""
        self._look_at = time.monotonic() + self._rest_s
        written = {contact for (contact,) in self._session.rows(WRITTEN, self._switch_id)}
        try:
            listed = registrations.contacts_in(self._pool.api(registrations.LIST))
            # The list is a moment behind: only the answer about one phone is what a call to it would meet.
            found = {contact: self._is_there(contact) for contact in sorted(listed ^ written)}
        except (CommandFailed, ValueError) as error:
            log.warning("nobody knows which phones are registered: %s", error)
            return
        self._registered = {contact for contact in listed | written if found.get(contact, True)}
        if found:
            self._write(found)
        self._tell(None)

    def ask(self, contact: str, told: bool, *, is_again: bool = False) -> None:
        """One phone, of which something was told. An expiry is told before it is true: then it is asked again soon."""
        is_registered = self._is_there(contact)
        self._mark(contact, is_registered)
        self._write({contact: is_registered})
        self._tell([contact])
        if is_registered != told and not is_again:
            gevent.spawn_later(self._settle_s, self._do, lambda: self.ask(contact, told, is_again=True))

    def take_code(self, fact: FeatureDialled, heard_at: float) -> None:
        """A feature code, to the agent whose phone it is; to nobody when it is no agent's, or more than one's."""
        if time.monotonic() - heard_at > FRESH_S:
            log.warning("leg=%s %s of %s came too late", fact.leg_id, fact.dialled, fact.phone)
            return
        agents = [agent_id for (agent_id,) in self._session.rows(WHOSE, fact.phone)]
        self._deliver(
            CodeDialled(
                agent_id=agents[0] if len(agents) == 1 else NOBODY,
                switch_id=self._switch_id,
                leg_id=fact.leg_id,
                dialled=fact.dialled,
                phone=fact.phone,
                command_id=str(new_root()),
            )
        )

    def _mark(self, contact: str, is_registered: bool) -> None:
        (self._registered.add if is_registered else self._registered.discard)(contact)

    def _is_there(self, contact: str) -> bool:
        return registrations.is_there(self._pool.api(registrations.question(contact)))

    def _write(self, found: Mapping[str, bool]) -> None:
        self._session.run(NOTE, self._switch_id, list(found), list(found.values()))

    def _tell(self, contacts: list[str] | None) -> None:
        """Everybody whom it concerns, also what an engine that died has written down and not told."""
        for (agent_id,) in self._session.rows(CONCERNED, contacts, contacts):
            self._deliver(PhoneChanged(agent_id=agent_id))
