"""One switch that this engine owns: its event line, its command lines, its epoch, and coming back to it.

On every (re)connect: subscribe first, then every live leg is looked up, and legs that nobody wrote down are parked
anew, so that their PARK comes along the one path. No rules about calls.
"""

import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import gevent
from gevent.pool import Group
from gevent.queue import Empty, SimpleQueue

from freeswitch_cc.core import events, switch_events
from freeswitch_cc.core.commands import Command, ForgetRefer, Mark, Mute, Unmute
from freeswitch_cc.core.phone_events import FeatureDialled, PhoneRegistered, PhoneUnregistered
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.codes import take_code
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.look_around import NOTE_SIGN, LookAround
from freeswitch_cc.engine.phones import Phones
from freeswitch_cc.errors import CommandFailed, StoreFailed, SwitchFailed
from freeswitch_cc.esl.pool import Pool
from freeswitch_cc.esl.reader import Reader
from freeswitch_cc.esl.render_settings import RenderSettings
from freeswitch_cc.esl.wire import ReplyLost, failure_of
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

KEPT_COMMANDS = 20_000
FLUSH_S = 2.0
PROMPT_S = 1.0
UNPROVED = (Mark, ForgetRefer, Mute, Unmute)
"""No fact tells that they were carried out, and none is due. A look at the leg does, or has them said again
(core.arrival, core.attending, core.control)."""


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

    session, phones_session: for what needs the database here, and for what is looked up about phones, which may take
    long and nothing waits for. deliver(event): into the one path. verify(call_id): look up its legs. on_ready():
    deadlines and matching may begin.
    """

    def __init__(
        self,
        row: SwitchRow,
        timeouts: Timeouts,
        session: Session,
        phones_session: Session,
        *,
        connections: int,
        deliver: Callable[[Work], None],
        verify: Callable[[str], None],
        on_ready: Callable[[], None],
    ) -> None:
        self.row = row
        self.is_ready = False
        self._is_stopping = False
        self._lost_at = time.monotonic()
        self._session = session
        self._chores: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._deliver = deliver
        self._on_ready = on_ready
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
            line_s=longest_in_line_ms(timeouts) / 1000,
            settings=RenderSettings(media_timeout_ms=timeouts.media_timeout_ms),
        )
        self._verify = verify
        self._look_after_s = timeouts.settle_ms / 1000
        self._around = LookAround(row.switch_id, session, self.pool, timeouts, deliver=deliver, verify=verify)
        self._phones = Phones(row.switch_id, phones_session, self.pool, timeouts, deliver=deliver)
        self.run_phones = self._phones.run
        self._sending = Group()
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
        self._is_stopping = True
        self._reader.stop()
        self._chores.put(None)
        self._phones.stop()

    def stop(self, *, flush: bool = True) -> None:
        """flush: give what is being sent a moment to leave."""
        self.is_ready = False
        self._reader.stop()
        if flush:
            self._sending.join(timeout=FLUSH_S)
        self._sending.kill(block=False)
        self.pool.close()

    def run_chores(self) -> None:
        """What needs the database, one after the other, apart from the reading greenlet."""
        next_look_at = time.monotonic() + self._around.rest_s
        try:
            while True:
                chore = self._next_chore(next_look_at)
                if chore is None:
                    return
                if chore == self._look:
                    next_look_at = math.inf
                try:
                    chore()
                except (StoreFailed, SwitchFailed) as error:
                    log.error("switch %s: %s", self.row.name, error)
                # Whatever was done may want a look sooner; nothing puts one off.
                next_look_at = min(next_look_at, time.monotonic() + self._around.rest_s)
        finally:
            self._session.close()

    def _next_chore(self, next_look_at: float) -> Callable[[], None] | None:
        """What is asked for, or a look once it is due, however much is asked for; None at the end."""
        rest_s = next_look_at - time.monotonic()
        if rest_s > 0 or self._is_stopping:
            with suppress(Empty):
                return self._chores.get(timeout=max(0.0, rest_s))
        return self._look

    def _look(self) -> None:
        if self.is_ready:
            self._around.look()
            self._phones.look_if_due()
        else:
            self._come_back()

    # -- sending ---------------------------------------------------------------------------------

    def send(self, command: Command) -> None:
        """Have a committed command sent, once, and return at once: a switch that is slow holds up nobody's events.

        Commands of one call are sent in the order of asking. What becomes of one is told by facts, a refusal, or its
        due time.
        """
        self._sent[command.command_id] = command
        while len(self._sent) > KEPT_COMMANDS:
            self._sent.popitem(last=False)
        self._sending.spawn(self._send, command)

    def _send(self, command: Command) -> None:
        name = type(command).__name__
        try:
            self.pool.send(command.call_id, command)
            return
        except CommandFailed as error:
            self._refuse(command, failure_of(error.reply) or error.reply)
        except ReplyLost as error:
            # Sent or not, nobody will send it again: its due time looks what became of it.
            log.warning("call=%s %s: %s", command.call_id, name, error)
        except ValueError as error:
            log.error("call=%s %s may not be sent: %s", command.call_id, name, error)
            self._refuse(command, events.NOT_RENDERED, str(error))
            return  # another try would end like this one
        except SwitchFailed as error:
            log.warning("call=%s %s was not sent: %s", command.call_id, name, error)
            self._refuse(command, events.NOT_SENT)
        except Exception:
            log.exception("call=%s %s failed", command.call_id, name)
            self._refuse(command, events.NOT_SENT)
        if isinstance(command, UNPROVED):
            # A pause, so that a switch that always says no is not asked without end.
            gevent.spawn_later(self._look_after_s, self._verify, command.call_id)

    def _refuse(self, command: Command, reason: str, details: str = "") -> None:
        leg_id = getattr(command, "leg_id", None)
        self._deliver(
            events.CommandRefused(
                call_id=command.call_id,
                command_id=command.command_id,
                kind=type(command).__name__.lower(),
                leg_ids=command.leg_ids or ((leg_id,) if leg_id else ()),
                reason=reason,
                details=details,
            )
        )

    # -- hearing ---------------------------------------------------------------------------------

    def _take(self, event: events.CallEvent | switch_events.SwitchFact) -> None:
        """In the reading greenlet: never blocks, never touches the database."""
        match event:
            case events.CallEvent():
                self._deliver(event)
            case PhoneRegistered() | PhoneUnregistered():
                self._phones.hear(event)
            case FeatureDialled():
                fact, heard_at = event, time.monotonic()
                self._chores.put(lambda: take_code(self._session, self.row.switch_id, fact, heard_at, self._deliver))
            case switch_events.JobFailed():
                command = self._sent.get(event.job_id)
                if command is not None:
                    self._refuse(command, event.reason)
            case switch_events.LegUnreadable():
                log.warning("switch %s: an event cannot be read: %s", self.row.name, event.why)
                if event.leg_id is not None:
                    leg_id = event.leg_id
                    self._chores.put(lambda: self._around.look_at(leg_id))
            case switch_events.SwitchStopping():
                log.warning("switch %s is stopping", self.row.name)
            case switch_events.Heartbeat() if self.is_ready:
                # Before that the last core_id is still needed, to see that the switch was restarted.
                core_id, at, beat_at = event.core_id, event.at, time.monotonic()
                self._chores.put(lambda: self._note_heartbeat(core_id, at, beat_at))

    def _note_heartbeat(self, core_id: str, at: datetime, heard_at: float) -> None:
        """One that waited here says nothing of the switch's clock: it would look as if that were behind."""
        if time.monotonic() - heard_at > PROMPT_S:
            self._session.run(NOTE_SIGN, self.row.switch_id, core_id)
        else:
            self._session.run(NOTE_HEARTBEAT, self.row.switch_id, core_id, at)

    # -- coming back -----------------------------------------------------------------------------

    @property
    def lost_for_s(self) -> float:
        """How long the switch could not be asked; 0 while it can."""
        return 0.0 if self.is_ready else time.monotonic() - self._lost_at

    def _lose(self, reason: str) -> None:
        if self.is_ready:
            self._lost_at = time.monotonic()
        self.is_ready = False
        self._core_id = ""
        log.warning("switch %s is lost: %s", self.row.name, reason)

    def _find_again(self, core_id: str) -> None:
        """In the reading greenlet: the subscription stands."""
        self._core_id = core_id
        self._chores.put(self._come_back)

    def _come_back(self) -> None:
        """Tried again until it succeeds."""
        core_id = self._core_id
        if not core_id:
            return
        self._around.come_back(core_id)
        self._phones.come_back()
        # Lost again meanwhile: the next subscription brings us here again.
        if self._reader.is_connected and self._core_id == core_id:
            self.is_ready = True
            self._on_ready()


def longest_in_line_ms(timeouts: Timeouts) -> float:
    """How long a command may wait to be sent: long over when the first of those that move a leg is due.

    Half of that time is left for the switch to take it and to carry it out.
    """
    due_ms = min(timeouts.bridge_ms, timeouts.join_ms, timeouts.park_ms, timeouts.kill_ms)
    return min(timeouts.reply_ms, due_ms / 2)


NOTE_HEARTBEAT = """
    INSERT INTO switch_heartbeat (switch_id, core_id, heartbeat_at) VALUES (%s, %s, %s)
    ON CONFLICT (switch_id) DO UPDATE SET core_id = excluded.core_id, heartbeat_at = excluded.heartbeat_at
"""
