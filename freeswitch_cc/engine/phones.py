"""Agents' phones at one switch: which are registered, in a line of its own.

It asks, writes down what is true, and tells the agents whom that may concern; what becomes of them core decides. A
phone that says again that it is there costs nothing: that is dropped in the reading greenlet, before any transaction.
What a thousand phones say at once, as after a power cut, is one look; nothing else waits for it.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import gevent
from gevent.event import Event
from gevent.queue import SimpleQueue

from freeswitch_cc.core.phone_events import PhoneChanged, PhoneRegistered, PhoneUnregistered
from freeswitch_cc.core.phones import ON_ITS_WAY
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.errors import StoreFailed, SwitchFailed
from freeswitch_cc.esl import registrations
from freeswitch_cc.esl.pool import Pool
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

WRITTEN = "SELECT contact, call_ids FROM registration WHERE switch_id = %s AND is_registered"
# Only of phones that the switch has told of: one that never registers anywhere has no row, and is never gone. One that
# was started anew has a Call-ID that it had not before; of whom none is known here, it stays what it was.
NOTE = """
    INSERT INTO registration AS r (switch_id, contact, is_registered, changed_at, call_ids)
    SELECT %s, f.contact, f.is_registered, clock_timestamp(), string_to_array(f.call_ids, ' ')
      FROM unnest(%s::text[], %s::boolean[], %s::text[]) AS f(contact, is_registered, call_ids) ORDER BY f.contact
    ON CONFLICT (switch_id, contact) DO UPDATE
       SET is_registered = excluded.is_registered,
           call_ids = CASE WHEN excluded.call_ids = '{}' THEN r.call_ids ELSE excluded.call_ids END,
           changed_at = CASE WHEN r.is_registered = excluded.is_registered AND excluded.call_ids <@ r.call_ids
                             THEN r.changed_at ELSE excluded.changed_at END
     WHERE r.is_registered <> excluded.is_registered
        OR (excluded.call_ids <> '{}' AND excluded.call_ids <> r.call_ids)
"""
# Whom the phones that he has, as written down, do not fit: each decision looks again under his lock (core.phones).
CONCERNED = """
    SELECT a.agent_id::text FROM agent a
      JOIN (SELECT r.contact, bool_or(r.is_registered) AS is_registered,
                   max(r.changed_at) FILTER (WHERE r.is_registered) AS since
              FROM registration r JOIN switch s USING (switch_id)
             WHERE s.is_active AND (%s::text[] IS NULL OR r.contact = ANY (%s)) GROUP BY r.contact) p
        ON p.contact = a.contact
     CROSS JOIN LATERAL (
            SELECT coalesce(a.pending_presence, a.presence) AS presence,
                   CASE WHEN a.pending_presence IS NULL THEN a.reason ELSE a.pending_reason END AS reason) becomes
     WHERE a.presence <> 'offline'
       AND CASE WHEN p.is_registered
                THEN a.is_back_with_phone
                     OR (becomes.reason = 'device_down' AND p.since > a.failed_at - %s * interval '1 second')
                ELSE becomes.presence = 'available'
                     OR (becomes.reason = 'device_down' AND NOT a.is_back_with_phone) END
"""

GATHER_S = 0.1
"""What is told of phones in this time is looked at together."""
MANY = 20
"""More phones than that are looked up in the switch's list of all: 10 ms for 1,000, where to ask about each takes
1.7 s."""
PORTION = 20
PAUSE_S = 0.02
"""So many agents are told at a time, and then a pause: what happens to calls, and what is asked for, waits in the same
lines."""


class Phones:
    """hear() in the reading greenlet; run() is the greenlet of everything else, one after the other."""

    def __init__(
        self, switch_id: str, session: Session, pool: Pool, timeouts: Timeouts, *, deliver: Callable[[Work], None]
    ) -> None:
        self._switch_id = switch_id
        self._session = session
        self._pool = pool
        self._deliver = deliver
        self._chores: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._settle_s = timeouts.settle_ms / 1000
        self._rest_s = timeouts.look_around_ms / 1000
        self._look_at = 0.0
        self._again_s = self._settle_s
        self._is_ask_due = self._is_again_due = False
        self._known: dict[str, set[str]] = {}
        """Who is there, as far as has been told, and the Call-IDs of his registrations."""
        self._told: dict[str, bool] = {}
        """What was told last of whom, and not looked at yet."""

    # -- hearing ---------------------------------------------------------------------------------

    def hear(self, fact: PhoneRegistered | PhoneUnregistered) -> None:
        """Never blocks. A phone that is there already and says so again is dropped here."""
        contact, is_registered = fact.contact, isinstance(fact, PhoneRegistered)
        if isinstance(fact, PhoneRegistered):
            if fact.call_id in self._known.get(contact, ()):
                return
            self._known.setdefault(contact, set()).add(fact.call_id)
        else:
            self._known.pop(contact, None)
        # Not what is true, only what has been told: the chore asks, and sets it right.
        if not self._is_ask_due:
            self._is_ask_due = True
            gevent.spawn_later(GATHER_S, self._chores.put, self._ask_told)
        self._told[contact] = is_registered

    def come_back(self) -> None:
        """After every (re)connect: what is true now counts, whatever happened meanwhile. Waits for it, but not long.

        Once more soon: of who went a moment before us the list does not know yet, and we have heard no event.
        """
        self._known.clear()
        is_over = Event()

        def look() -> None:
            try:
                self.look()
            finally:
                is_over.set()

        self._chores.put(look)
        gevent.spawn_later(self._settle_s, self._chores.put, self.look)
        is_over.wait(timeout=self._settle_s)

    def look_if_due(self) -> None:
        """A net under events that were lost, as often as the legs are looked around for."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + self._rest_s
            self._chores.put(self.look)

    # -- chores ----------------------------------------------------------------------------------

    def run(self) -> None:
        try:
            while (chore := self._chores.get()) is not None:
                try:
                    chore()
                except (StoreFailed, SwitchFailed, ValueError) as error:
                    log.warning("phones of switch %s: nobody knows which are registered: %s", self._switch_id, error)
                    self._fail()
        finally:
            self._session.close()

    def stop(self) -> None:
        self._chores.put(None)

    @property
    def is_idle(self) -> bool:
        """Nothing was told that is not looked at, or about to be."""
        return not self._told and self._chores.empty()

    def look(self) -> None:
        """All phones: the switch's list tells who may differ, and about each of those it is asked.

        But for those who have just registered, and are listed. Of who is gone the list may be wrong for minutes.
        """
        self._look_at = time.monotonic() + self._rest_s
        with self._taking() as told:
            self._look(told)
        self._again_s = self._settle_s

    def _look(self, told: Mapping[str, bool]) -> None:
        written = {contact: set(call_ids) for contact, call_ids in self._session.rows(WRITTEN, self._switch_id)}
        listed = registrations.phones_in(self._pool.api(registrations.LIST))
        differ = (listed.keys() ^ written.keys()) | {c for c in told if told[c] is not (c in listed)}
        # Only the answer about one phone is what a call to it would meet.
        has_come = {contact for contact in listed if told.get(contact)}
        found = {contact: contact in has_come or self._is_there(contact) for contact in sorted(differ)}
        there = {contact for contact in listed.keys() | written.keys() if found.get(contact, True)}
        heard = {c: self._known.get(c, set()) for c in there if c in told or c not in listed}
        self._known = {contact: listed.get(contact, set()) | heard.get(contact, set()) for contact in there}
        # Who is where he was and has another Call-ID was started anew.
        found |= {c: True for c in there & written.keys() if not self._known[c] <= written[c]}
        if found:
            self._write(found)
        self._tell(None)
        self._doubt({contact: what for contact, what in told.items() if found.get(contact, what) is not what})

    def _ask_told(self) -> None:
        self._is_ask_due = False
        if len(self._told) > MANY:
            self.look()
        elif self._told:
            with self._taking() as told:
                self._ask(told)

    def _ask(self, told: Mapping[str, bool], *, is_again: bool = False) -> None:
        """Of a few something was told."""
        found = {contact: self._is_there(contact) for contact in sorted(told)}
        for contact, is_registered in found.items():
            if is_registered:
                self._known.setdefault(contact, set())
            else:
                self._known.pop(contact, None)
        self._write(found)
        self._tell(list(found))
        if not is_again:
            self._doubt({contact: what for contact, what in told.items() if found[contact] is not what})

    @contextmanager
    def _taking(self) -> Iterator[Mapping[str, bool]]:
        """What was told. When nobody can look at it now, it is as if it had just been told."""
        told, self._told = self._told, {}
        try:
            yield told
        except BaseException:
            self._told = told | self._told
            raise

    def _fail(self) -> None:
        """Once more, soon; less and less often."""
        if not self._is_again_due:
            self._is_again_due = True
            gevent.spawn_later(self._again_s, self._chores.put, self._try_again)
            self._again_s = min(2 * self._again_s, self._rest_s)

    def _try_again(self) -> None:
        """Of a few it can be asked whatever the list says."""
        self._is_again_due = False
        if len(self._told) <= MANY:
            self._ask_told()
        self.look()

    def _doubt(self, told: Mapping[str, bool]) -> None:
        """An expiry is told before it is true: what is not so is looked at once more soon."""
        if told:
            again = self.look if len(told) > MANY else lambda: self._ask_again(told)
            gevent.spawn_later(self._settle_s, self._chores.put, again)

    def _ask_again(self, doubtful: Mapping[str, bool]) -> None:
        try:
            self._ask(doubtful, is_again=True)
        except BaseException:
            self._told = {**doubtful, **self._told}
            raise

    def _is_there(self, contact: str) -> bool:
        return registrations.is_there(self._pool.api(registrations.question(contact)))

    def _write(self, found: Mapping[str, bool]) -> None:
        call_ids = [" ".join(sorted(self._known.get(contact, ()))) for contact in found]
        self._session.run(NOTE, self._switch_id, list(found), list(found.values()), call_ids)

    def _tell(self, contacts: list[str] | None) -> None:
        """Everybody whom it concerns, also what an engine that died has written down and not told."""
        rows = self._session.rows(CONCERNED, contacts, contacts, ON_ITS_WAY.total_seconds())
        for number, (agent_id,) in enumerate(rows, start=1):
            self._deliver(PhoneChanged(agent_id=agent_id))
            if number % PORTION == 0:
                gevent.sleep(PAUSE_S)
