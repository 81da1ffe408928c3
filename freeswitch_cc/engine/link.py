"""One switch that this engine owns: its event line, its command lines, its epoch, and coming back to it.

On every (re)connect: subscribe first, then every live leg is looked up, and legs that nobody wrote down are parked
anew, so that their PARK comes along the one path. No rules about calls.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from gevent.queue import Empty, SimpleQueue

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Command
from freeswitch_cc.core.moves import find_again
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.errors import CommandFailed, StoreFailed, SwitchFailed, SwitchUnreachable
from freeswitch_cc.esl.pool import Pool
from freeswitch_cc.esl.reader import Reader
from freeswitch_cc.esl.render import RenderSettings
from freeswitch_cc.esl.wire import failure_of
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

KEPT_COMMANDS = 20_000
LOOK_AROUND_S = 20.0
SUSPECT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRow:
    """A switch as configured, with its password."""

    switch_id: str
    name: str
    host: str
    port: int
    password: str
    epoch: int


class Link:
    """Owns a switch for one engine.

    deliver(event): into the one path. verify(call_id): look up its legs. on_ready(): deadlines and matching may begin.
    """

    def __init__(
        self,
        row: SwitchRow,
        timeouts: Timeouts,
        session: Session,
        *,
        connections: int,
        deliver: Callable[[Work], None],
        verify: Callable[[str], None],
        on_ready: Callable[[], None],
    ) -> None:
        self.row = row
        self.is_ready = False
        self._session = session
        self._chores: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._deliver = deliver
        self._verify = verify
        self._on_ready = on_ready
        self._suspects: set[str] = set()
        self._foreign: set[str] = set()
        self._rest_s = LOOK_AROUND_S
        self._core_id = ""
        self._sent: OrderedDict[str, Command] = OrderedDict()
        timeout_s = timeouts.connect_ms / 1000
        self.pool = Pool(
            row.switch_id,
            row.host,
            row.port,
            row.password,
            size=connections,
            timeout_s=timeouts.reply_ms / 1000,
            settings=RenderSettings(media_timeout_ms=timeouts.media_timeout_ms),
        )
        self._reader = Reader(
            row.switch_id,
            row.host,
            row.port,
            row.password,
            deliver=self._take,
            on_connected=self._find_again,
            on_lost=self._lose,
            timeout_s=timeout_s,
            heartbeat_limit_s=timeouts.heartbeat_ms / 1000,
        )

    def start(self) -> None:
        self._reader.start()

    def stop_reading(self) -> None:
        self._reader.stop()
        self._chores.put(None)

    def stop(self) -> None:
        self.is_ready = False
        self._reader.stop()
        self.pool.close()

    def run_chores(self) -> None:
        """What needs the database, one after the other, apart from the reading greenlet."""
        try:
            while True:
                try:
                    chore = self._chores.get(timeout=self._rest_s)
                except Empty:
                    chore = self._look_around if self.is_ready else self._come_back
                if chore is None:
                    return
                try:
                    chore()
                except (StoreFailed, SwitchFailed) as error:
                    log.error("switch %s: %s", self.row.name, error)
        finally:
            self._session.close()

    # -- sending ---------------------------------------------------------------------------------

    def send(self, command: Command) -> None:
        """Send a committed command, once. What becomes of it is told by facts, a refusal, or its due time."""
        self._sent[command.command_id] = command
        while len(self._sent) > KEPT_COMMANDS:
            self._sent.popitem(last=False)
        try:
            self.pool.send(command.call_id, command)
        except CommandFailed as error:
            self._refuse(command, failure_of(error.reply) or error.reply)
        except SwitchFailed as error:
            # Sent or not, nobody will send it again: its due time looks what became of it.
            log.warning("call=%s %s: %s", command.call_id, type(command).__name__, error)
        except ValueError as error:
            log.error("call=%s %s cannot be sent: %s", command.call_id, type(command).__name__, error)
            self._refuse(command, f"not sendable: {error}")

    def _refuse(self, command: Command, reason: str) -> None:
        leg_id = getattr(command, "leg_id", None)
        self._deliver(
            events.CommandRefused(
                call_id=command.call_id,
                command_id=command.command_id,
                kind=type(command).__name__.lower(),
                leg_ids=command.leg_ids or ((leg_id,) if leg_id else ()),
                reason=reason,
            )
        )

    # -- hearing ---------------------------------------------------------------------------------

    def _take(self, event: events.CallEvent | events.SwitchFact) -> None:
        """In the reading greenlet: never blocks, never touches the database."""
        match event:
            case events.CallEvent():
                self._deliver(event)
            case events.JobFailed():
                command = self._sent.get(event.job_id)
                if command is not None:
                    self._refuse(command, event.reason)
            case events.LegUnreadable():
                log.warning("switch %s: an event cannot be read: %s", self.row.name, event.why)
                if event.leg_id is not None:
                    leg_id = event.leg_id
                    self._chores.put(lambda: self._look_at(leg_id))
            case events.SwitchStopping():
                log.warning("switch %s is stopping", self.row.name)
            case events.Heartbeat() if self.is_ready:
                # Before that the last core_id is still needed, to see that the switch was restarted.
                core_id, at = event.core_id, event.at
                self._chores.put(lambda: self._session.run(NOTE_HEARTBEAT, self.row.switch_id, core_id, at))

    def _look_at(self, leg_id: str) -> None:
        """A leg whose event could not be read: read it again from the switch."""
        rows = self._session.rows("SELECT call_id::text FROM leg WHERE leg_id = %s", leg_id)
        if rows:
            self._verify(rows[0][0])
        else:
            self._find(leg_id)

    # -- coming back -----------------------------------------------------------------------------

    def _lose(self, reason: str) -> None:
        self.is_ready = False
        self._core_id = ""
        log.warning("switch %s is lost: %s", self.row.name, reason)

    def _find_again(self, core_id: str) -> None:
        """In the reading greenlet: the subscription stands."""
        self._core_id = core_id
        self._chores.put(self._come_back)

    def _come_back(self) -> None:
        """What we hear since the subscription is newer than what we look up now. Tried again until it succeeds."""
        if not self._core_id:
            return
        self._rest_s = SUSPECT_S
        switch_id, core_id = self.row.switch_id, self._core_id
        known = self._session.rows(
            "SELECT core_id::text, heartbeat_at FROM switch_heartbeat WHERE switch_id = %s", switch_id
        )
        calls = [
            row[0]
            for row in self._session.rows(
                "SELECT call_id::text FROM call WHERE switch_id = %s AND ended_at IS NULL", switch_id
            )
        ]
        if known and known[0][0] != core_id:
            self._end_all(calls, known[0][1])
        else:
            for call_id in calls:
                self._verify(call_id)
        self._session.run(NOTE_FIRST_SIGN, switch_id, core_id)
        self._look_around()
        # Lost again meanwhile: the next subscription brings us here again.
        if self._reader.is_connected and self._core_id == core_id:
            self.is_ready = True
            self._on_ready()

    def _look_around(self) -> None:
        """What the switch has against what is written down: a net under events that were lost, or came before us.

        Only what differs twice is acted on: the switch's list is a moment behind its channels, and an event that is on
        its way must not meet a command of ours (two commands on one leg hang a customer up, E9).
        """
        # The switch is asked first: a leg that we have just asked for was written down before it was born.
        found = set(self.pool.list_legs())
        written: dict[str, str] = dict(self._session.rows(LIVE_LEGS, self.row.switch_id))
        self._foreign &= found
        unwritten, absent = found - written.keys() - self._foreign, written.keys() - found
        for leg_id in unwritten & self._suspects:
            self._find(leg_id)
        for call_id in {written[leg_id] for leg_id in absent & self._suspects}:
            self._verify(call_id)
        self._suspects = (unwritten - self._foreign) | absent
        self._rest_s = SUSPECT_S if self._suspects else LOOK_AROUND_S

    def _end_all(self, calls: list[str], at: datetime) -> None:
        log.warning("switch %s restarted: %d calls are over", self.row.name, len(calls))
        for call_id in calls:
            self._deliver(events.SwitchRestarted(call_id=call_id, at=at))

    def _find(self, leg_id: str) -> None:
        """A leg that nobody wrote down. If it is ours it is parked anew: its PARK then goes the one path."""
        try:
            call_id = self.pool.api(f"uuid_getvar {leg_id} fcc_call").strip().lower()
            if is_uuid(call_id):
                log.info("call=%s leg=%s found on the switch", call_id, leg_id)
                self.pool.send(call_id, find_again(str(uuid4()), leg_id, self.row.switch_id, call_id))
            else:
                self._foreign.add(leg_id)
        except CommandFailed:
            pass  # it is gone, or not ours
        except SwitchUnreachable as error:
            log.warning("leg=%s could not be looked up: %s", leg_id, error)


NOTE_HEARTBEAT = """
    INSERT INTO switch_heartbeat (switch_id, core_id, heartbeat_at) VALUES (%s, %s, %s)
    ON CONFLICT (switch_id) DO UPDATE SET core_id = excluded.core_id, heartbeat_at = excluded.heartbeat_at
"""

NOTE_FIRST_SIGN = """
    INSERT INTO switch_heartbeat (switch_id, core_id, heartbeat_at) VALUES (%s, %s, now())
    ON CONFLICT (switch_id) DO UPDATE SET core_id = excluded.core_id, heartbeat_at = excluded.heartbeat_at
"""

LIVE_LEGS = "SELECT leg_id::text, call_id::text FROM leg WHERE switch_id = %s AND seen NOT IN ('gone', 'unborn')"


def is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
