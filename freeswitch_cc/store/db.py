"""A connection to PostgreSQL for the hot path: prepared statements, few round trips, runs again after a lost race.

One Session belongs to one greenlet. No rules and no SQL of its own but the calls of the functions in
migrations/sql/. Configuration and reports go through SQLAlchemy elsewhere.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
import psycopg2
from psycopg2.extensions import connection as PsycopgConnection

from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.call import View
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.found import Due, agent_found, call_found, calls_found
from freeswitch_cc.store.matched import Found, Matched, matched
from freeswitch_cc.store.payload import Written, payload_of
from freeswitch_cc.store.postgres import ANSWER_S, ConnectionLost, LostRace, connect, in_time, translate
from freeswitch_cc.store.statements import MATCH_AND_VIEW, MATCH_IN_HASTE, PREPARED, SAVED, SAVED_LAST
from freeswitch_cc.store.views import Arrived, agent_views_of, views_of

T = TypeVar("T")

ATTEMPTS = 10

log = logging.getLogger(__name__)

NEVER = datetime.min.replace(tzinfo=UTC)


class Session:
    """One connection, kept, of one greenlet. Every method is one or two round trips.

    Counters statements and round_trips serve the benches.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: PsycopgConnection | None = None
        self._saves = 0
        self.has_matched = False
        """Since it is connected: what next_tier_ms() tells is told from then on."""
        self.statements = 0
        self.round_trips = 0

    # -- the path --------------------------------------------------------------------------------

    def view_calls(
        self,
        call_ids: Sequence[str],
        agent_ids: Sequence[str] = (),
        arrived: Sequence[Arrived] = (),
        lock_ms: int | None = None,
    ) -> tuple[datetime, dict[str, View], dict[str, AgentView]]:
        """Begin, lock calls and their agents, and other agents, read them. Ends with save_all() or rollback().

        arrived: of those calls that may be new, how they came. lock_ms: how long is waited for a lock until the race is
        lost; None: as long as for any (SETTINGS). Returns views by id, one for each that was asked for.
        """
        asked = (list(call_ids), list(agent_ids), msgspec.json.encode(arrived).decode() if arrived else None)
        begin = "BEGIN; " if lock_ms is None else f"BEGIN; SET LOCAL lock_timeout = {lock_ms:d}; "
        text = self._ask(begin + "EXECUTE view_calls(%s::uuid[], %s::uuid[], %s)", asked, statements=2)[0][0]
        found = calls_found.decode(text)
        return found.now, views_of(found, call_ids, arrived), agent_views_of(found, agent_ids)

    def view_call(
        self, call_id: str, dialled: str = "", caller_number: str = "", switch_id: str | None = None
    ) -> tuple[datetime, View]:
        """The same of one call. dialled, caller_number, switch_id: how it came, if it may be new."""
        arrived = Arrived(call_id=call_id, dialled=dialled, caller_number=caller_number, switch_id=switch_id)
        now, views, _ = self.view_calls((call_id,), arrived=(arrived,))
        return now, views[call_id]

    def view_dial(self, call_id: str, agent_id: str, login: str = "") -> tuple[datetime, View]:
        """Begin, lock the agent who asks for a call, and whom he wants, read them. Ends with save() or rollback().

        login: of whom he wants, if it is an agent.
        """
        text = self._ask("BEGIN; EXECUTE view_dial(%s, %s, %s)", (call_id, agent_id, login), statements=2)[0][0]
        found = call_found.decode(text)
        return found.now, found.view

    def look_at_call(self, call_id: str) -> View:
        """What a decision on this call would look at, outside a transaction: who stops then holds no lock of a call."""
        rows = self._ask("EXECUTE view_calls(%s::uuid[], '{}', NULL)", ([call_id],), statements=1)
        return views_of(calls_found.decode(rows[0][0]), (call_id,), ())[call_id]

    def view_agent(self, agent_id: str, looks_at: str = "", call_id: str | None = None) -> tuple[datetime, AgentView]:
        """Begin, lock the agent, read him. Ends with save() or rollback().

        looks_at: what else is read: reasons, phone, codes, or dispositions; these with the call in question, call_id or
        his last one.
        """
        text = self._ask("BEGIN; EXECUTE view_agent(%s, %s, %s)", (agent_id, looks_at, call_id), statements=2)[0][0]
        found = agent_found.decode(text)
        return found.now, found.view

    def save(
        self,
        decision: Decision,
        *,
        event: str,
        call_id: str | None,
        now: datetime,
        epoch: int | None,
    ) -> None:
        """Write what one decision changed and commit: see save_all."""
        self.save_all([Written(decision, ((event, decision),), call_id, now, epoch)])

    def save_all(self, written: Sequence[Written]) -> None:
        """Write what changed and commit, all of it or nothing.

        The disk is waited for, unless all of it would be found again: then a server that crashes forgets some callers
        who have just come, and the next look at the switch finds them. No later commit is kept without this
        one, so who is offered to an agent is written.
        Raises EpochLost when we may not command one of their switches any more, AnsweredBefore when nothing was written
        because the request was answered or withdrawn meanwhile, and so nothing may be sent.
        """
        self._run(_waiting(written) + "EXECUTE save(%s); COMMIT", (payload_of(written),), statements=2)

    def save_and_match(self, written: Sequence[Written], switch_ids: list[str], offer_grace_ms: int) -> Found:
        """save_all(), and at once what match_and_view() does, without waiting for anybody: one round trip.

        Raises what save_all() raises; then nothing was written. A match that fails counts as one that was cut off: what
        was saved stays.
        """
        self._saves += 1
        sql = _waiting(written) + "EXECUTE save(%s); " + SAVED + MATCH_IN_HASTE
        arguments = (payload_of(written), str(self._saves), switch_ids, offer_grace_ms, True)
        try:
            return self._found(self._ask(sql, arguments, statements=7))
        except ConnectionLost:
            raise
        except Exception as error:
            self.rollback()
            if self._connection is None:
                raise ConnectionLost(f"saved, or not: {error}") from error
            if self.rows(SAVED_LAST)[0][0] != str(self._saves):
                raise
            log.info("saved, and matched by nobody: %s: %s", type(error).__name__, error)
            return Found(Matched([], is_cut_off=True, is_waiting=True), NEVER, {})

    def commit(self) -> None:
        self._run("COMMIT", (), statements=1)

    def rollback(self) -> None:
        """Leave the transaction without a trace. A connection that is broken is dropped."""
        try:
            self._run("ROLLBACK", (), statements=1)
        except StoreFailed:
            self.close()

    # -- matching, deadlines ---------------------------------------------------------------------

    def match(self, switch_ids: list[str], offer_grace_ms: int) -> Matched:
        """Put calls and agents together, committed: every offer is to be told."""
        rows = self._ask("EXECUTE match(%s::uuid[], %s)", (switch_ids, offer_grace_ms), statements=1)
        self.has_matched = True
        return matched([(row[0], row[1]) for row in rows])

    def match_and_view(self, switch_ids: list[str], offer_grace_ms: int) -> Found:
        """Begin, put calls and agents together, read the calls as they are then. Ends with save_all() or commit().

        Nobody else can match meanwhile: an engine that stops in the middle of it is not waited for.
        """
        return self._found(self._ask(MATCH_AND_VIEW, (switch_ids, offer_grace_ms, False), statements=3))

    def _found(self, rows: list[tuple[Any, ...]]) -> Found:
        self.has_matched = True
        offer_ids, call_ids, text = rows[0]
        made = matched(list(zip(offer_ids or (), call_ids or (), strict=True)))
        if text is None:
            return Found(made, NEVER, {})
        found = calls_found.decode(text)
        return Found(made, found.now, views_of(found, {call_id for _, call_id in made.offers}, ()))

    def next_tier_ms(self) -> float | None:
        """In how many ms the next tier opens for a call that waits; None: for none, or nobody is ready.

        Less than nothing when it has opened since this session matched: there is something to match.
        """
        rows = self._ask("EXECUTE next_tier", (), statements=1)
        return None if rows[0][0] is None else float(rows[0][0])

    def due(self, switch_ids: list[str], horizon_ms: int) -> list[Due]:
        """What is due, and what comes due within the horizon, soonest first."""
        rows = self._ask("EXECUTE due(%s::uuid[], %s)", (switch_ids, horizon_ms), statements=1)
        return [Due(*row) for row in rows]

    def note_deserted(self, again_ms: int) -> int:
        """Who waits in a queue where nobody is logged in any more becomes due, if that matters to it. How many."""
        return int(self._ask("EXECUTE note_deserted(%s)", (again_ms,), statements=1)[0][0])

    # -- anything else ---------------------------------------------------------------------------

    def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """One statement in a transaction of its own."""
        return self._ask(sql, arguments, statements=1)

    def run(self, sql: str, *arguments: Any) -> None:
        self._run(sql, arguments, statements=1)

    def listen(self, channel: str) -> PsycopgConnection:
        """LISTEN, and the connection to wait on. Asking twice is harmless."""
        self._run(f"LISTEN {channel}", (), statements=1)
        assert self._connection is not None
        return self._connection

    def drain_notifications(self) -> bool:
        """Take what has come, and with the answer of a statement it may have: was there any?

        Who listens looks at the table, not at the text.
        """
        if self._connection is None:
            return False
        try:
            self._connection.poll()
            there_was_one = bool(self._connection.notifies)
            self._connection.notifies.clear()
            return there_was_one
        except psycopg2.Error as error:
            self.close()
            raise translate(error) from error

    def transaction(self, body: Callable[[], T], *, attempts: int = ATTEMPTS) -> T:
        """Run a body that begins with a view and ends with save() or rollback(); again when it lost a race.

        Raises StoreFailed when it lost too often or the database is not there, EpochLost at once.
        """
        for attempt in range(1, attempts + 1):
            try:
                return body()
            except LostRace:
                self.rollback()
            except ConnectionLost:
                self.close()
                if attempt > 1:
                    raise
            except BaseException:
                self.rollback()
                raise
        raise StoreFailed(f"a transaction lost its race {attempts} times")

    def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(psycopg2.Error):  # it was broken: that is why it is closed
                connection.close()

    def _cursor(self) -> Any:
        if self._connection is None or self._connection.closed:
            connection = connect(self._url)
            try:
                with connection.cursor() as cursor:
                    cursor.execute("; ".join(PREPARED))
            except BaseException:
                connection.close()  # one that is not prepared would fail for ever
                raise
            self._connection, self.has_matched = connection, False
        return self._connection.cursor()

    def _run(self, sql: str, arguments: tuple[Any, ...], *, statements: int) -> None:
        self._ask(sql, arguments, statements=statements, fetch=False)

    def _ask(
        self, sql: str, arguments: tuple[Any, ...], *, statements: int, fetch: bool = True
    ) -> list[tuple[Any, ...]]:
        self.statements += statements
        self.round_trips += 1
        try:
            with in_time(ANSWER_S), self._cursor() as cursor:
                cursor.execute(sql, arguments)
                return cursor.fetchall() if fetch else []
        except psycopg2.Error as error:
            failure = translate(error)
            if self._connection is not None and self._connection.closed and not isinstance(failure, ConnectionLost):
                failure = ConnectionLost(str(failure))  # psycopg2 has no one error for it
            raise failure from error


def _waiting(written: Sequence[Written]) -> str:
    """Whether a commit waits for the disk."""
    waits = not written or not all(one.decision.is_found_again for one in written)
    return "" if waits else "SET LOCAL synchronous_commit = off; "
