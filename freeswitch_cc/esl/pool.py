"""The worker connections of one switch: commands of one call in their order, and nothing ever twice.

One greenlet per connection writes its jobs from a queue, so order is the order of asking. No rules about
which command may follow which (core.moves), no events (esl.reader), no second attempt at anything.
"""

import logging
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

import gevent
import msgspec
from gevent.event import AsyncResult, Event
from gevent.queue import SimpleQueue

from freeswitch_cc.core.commands import Command
from freeswitch_cc.core.events import Sight
from freeswitch_cc.errors import CommandFailed, SwitchFailed, SwitchUnreachable
from freeswitch_cc.esl.begun import Begun
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.fields import uuid_or_none
from freeswitch_cc.esl.render import render
from freeswitch_cc.esl.render_settings import RenderSettings
from freeswitch_cc.esl.sight import sight_of
from freeswitch_cc.esl.wire import ReplyLost, Wire, failure_of

log = logging.getLogger(__name__)

MOST_BEGUN = 8
PROMPT_S = 0.2
"""A line is prompt for so long after an answer that came within so long. One that is slower may be in trouble."""

_LINE_BREAK = re.compile(r"[\r\n\0]")


class _Channel(msgspec.Struct, gc=False):
    uuid: str = ""


class _Channels(msgspec.Struct, gc=False):
    rows: list[_Channel] = msgspec.field(default_factory=list)


_decode_channels = msgspec.json.Decoder(_Channels).decode


@dataclass(slots=True)
class _Job:
    wire: Wire
    expires: float
    result: "AsyncResult[list[str]]" = field(default_factory=AsyncResult)
    is_abandoned: bool = False
    is_begun: bool = False


class Pool:
    """Sends to one switch over `size` connections, each made when it is first needed.

    timeout_s: for connecting, and for each reply.
    line_s: for waiting behind other commands; timeout_s when it is not given. What could not be begun in that time is
    not sent any more. It must be shorter than a command takes to be due: then somebody looks and decides anew, and
    the same bridge twice hangs a customer up (docs/measured.md E8).
    """

    def __init__(
        self,
        switch_id: str,
        host: str,
        port: int,
        password: str,
        *,
        size: int = 4,
        timeout_s: float = 5.0,
        line_s: float | None = None,
        settings: RenderSettings | None = None,
    ) -> None:
        if size < 1:
            raise ValueError("a pool needs at least one connection")
        self._switch_id = switch_id
        self._settings = settings or RenderSettings()
        self._timeout_s = timeout_s
        self._line_s = timeout_s if line_s is None else line_s
        self._workers = [_Worker(lambda: Connection(host, port, password, timeout_s=timeout_s)) for _ in range(size)]

    def send(self, key: int | str, command: Command) -> None:
        """Send one command; returns when the switch has taken it (which proves nothing yet).

        key: commands of one key (the call's id) go over one connection, in the order of asking.
        Raises CommandFailed (the switch refused), SwitchUnreachable (certainly not sent), ReplyLost (perhaps
        sent: verify), ValueError (not a command that may be sent). Never sends again.
        """
        if command.switch_id != self._switch_id:
            raise ValueError(f"a command for switch {command.switch_id} came to switch {self._switch_id}")
        wire = render(command, self._settings)
        for reply in self._ask(self._worker_of(key), wire):
            if failure_of(reply) is not None:
                raise CommandFailed(wire.describe, reply.strip())

    def api(self, text: str) -> str:
        """Ask the switch something; goes to the connection with the shortest queue. Raises as send()."""
        reply = self._query(text)
        if failure_of(reply) is not None:
            raise CommandFailed(text, reply.strip())
        return reply

    def dump(self, leg_id: str) -> Sight:
        """Look where a leg is (uuid_dump). A leg that the switch does not know is `gone`.

        Raises SwitchUnreachable when nobody could be asked, CommandFailed when the answer cannot be read.
        """
        if uuid_or_none(leg_id) != leg_id:
            raise ValueError("leg_id must be a UUID in lower case")
        text = f"uuid_dump {leg_id} json"
        reply = self._query(text)
        sight = sight_of(reply, leg_id)
        if sight is None:
            raise CommandFailed(text, reply[:200].strip())
        return sight

    def list_legs(self) -> list[str]:
        """Ids of all channels of the switch that can be ours. Raises CommandFailed when the list is unreadable.

        No channels: the reply has no `rows` at all. The list comes from the switch's own database, a moment
        behind its channels: absence is no proof, dump() is.
        """
        text = "show channels as json"
        reply = self.api(text)
        try:
            rows = _decode_channels(reply.encode("utf-8", "replace")).rows
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise CommandFailed(text, reply[:200]) from None
        return [row.uuid for row in rows if uuid_or_none(row.uuid) == row.uuid]

    def close(self) -> None:
        """End all connections. What waits to be sent fails as not sent, what waits for a reply as ReplyLost."""
        for worker in self._workers:
            worker.close()

    def _worker_of(self, key: int | str) -> "_Worker":
        number = key if isinstance(key, int) else crc32(key.encode("utf-8", "replace"))
        return self._workers[number % len(self._workers)]

    def _query(self, text: str) -> str:
        if _LINE_BREAK.search(text):
            raise ValueError("an api command must be one line")
        wire = Wire(f"api {text}\n\n".encode("utf-8", "replace"), 1, f"api {text[:60]}")
        [reply] = self._ask(min(self._workers, key=lambda worker: worker.load), wire)
        return reply

    def _ask(self, worker: "_Worker", wire: Wire) -> list[str]:
        job = _Job(wire, time.monotonic() + self._line_s)
        worker.take(job)
        # Waiting in line, connecting and the reply have deadlines of their own; this one is for our mistakes.
        timer = gevent.Timeout(4 * self._timeout_s)
        timer.start()
        try:
            replies = job.result.get()
        except gevent.Timeout as late:
            if late is not timer:
                raise
            if job.is_begun:
                raise ReplyLost(f"switch {self._switch_id}: no end of {wire.describe}") from None
            raise SwitchUnreachable(f"switch {self._switch_id}: {wire.describe} could not be begun") from None
        finally:
            timer.close()
            job.is_abandoned = True  # whoever stopped waiting must not see it sent later
        return replies or []


class _Worker:
    """One connection, the greenlet that writes to it and the one that takes its replies.

    A line that answers promptly is given up to MOST_BEGUN commands before the first of them is answered, of those that
    move no leg (Wire.may_follow): else the time of the replies, one after the other, would be all that a busy center
    has. Anything else is written when all before it is answered, and nothing behind it until it is: what nobody can
    take back must not pile up in a line.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._make = connect
        self._queue: SimpleQueue[_Job] = SimpleQueue()
        self._begun: deque[tuple[_Job, Begun, float]] = deque()
        self._news = Event()
        self._answered = Event()
        self._prompt_until = 0.0
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._connection: Connection | None = None
        self._is_closed = False
        self._busy = 0

    @property
    def load(self) -> int:
        """Jobs in line, those at work included."""
        return int(self._queue.qsize()) + self._busy + len(self._begun)

    def take(self, job: _Job) -> None:
        if self._is_closed:
            raise SwitchUnreachable("the pool is closed")
        if not self._greenlets:
            self._greenlets = [gevent.spawn(self._write_all), gevent.spawn(self._take_replies)]
        self._queue.put(job)

    def close(self) -> None:
        self._is_closed = True
        if self._connection is not None:
            self._connection.close()
        for greenlet in self._greenlets:
            greenlet.kill(block=False)
        self._refuse_all("the pool is closed")
        for job, _, _ in self._begun:
            if not job.result.ready():
                job.result.set_exception(ReplyLost("the pool was closed"))

    def _write_all(self) -> None:
        while True:
            job = self._queue.get()
            self._busy = 1
            try:
                self._wait_for_replies(job.wire)
                self._work(job)
            finally:
                self._busy = 0
                if not (job.result.ready() or any(job is begun for begun, _, _ in self._begun)):  # killed in mid-work
                    failure = ReplyLost if job.is_begun else SwitchUnreachable
                    job.result.set_exception(failure("the pool was closed"))

    def _wait_for_replies(self, wire: Wire) -> None:
        """Until the line may be given this command."""
        while self._begun and not self._may_follow(wire):
            self._answered.clear()
            self._answered.wait()

    def _may_follow(self, wire: Wire) -> bool:
        is_prompt = len(self._begun) < MOST_BEGUN and time.monotonic() < self._prompt_until
        return is_prompt and wire.may_follow and all(job.wire.may_follow for job, _, _ in self._begun)

    def _work(self, job: _Job) -> None:
        if job.is_abandoned:
            return
        if time.monotonic() >= job.expires:
            job.result.set_exception(SwitchUnreachable(f"{job.wire.describe} waited too long in line, not sent"))
            return
        try:
            connection = self._open()
        except Exception as error:
            failure = error if isinstance(error, SwitchFailed) else SwitchUnreachable(f"cannot connect: {error}")
            job.result.set_exception(failure)
            self._refuse_all(str(failure))  # one deadline for the whole line, not one for each
            return
        # Connecting takes its time, too: by now somebody may have looked, and decided anew.
        if job.is_abandoned or time.monotonic() >= job.expires:
            job.result.set_exception(SwitchUnreachable(f"{job.wire.describe} waited too long for a line, not sent"))
            return
        try:
            job.is_begun = True
            self._begun.append((job, connection.begin(job.wire), time.monotonic()))
            self._news.set()
        except SwitchFailed as error:
            job.result.set_exception(error)
        except Exception as error:
            log.exception("sending %s failed", job.wire.describe)
            job.result.set_exception(ReplyLost(f"{type(error).__name__} in sending {job.wire.describe}"))

    def _take_replies(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            while self._begun:
                job, begun, began = self._begun[0]
                try:
                    job.result.set(begun.replies())
                    now = time.monotonic()
                    if now - began < PROMPT_S:
                        self._prompt_until = now + PROMPT_S
                except SwitchFailed as error:
                    job.result.set_exception(error)
                except Exception as error:
                    log.exception("the replies to %s failed", job.wire.describe)
                    job.result.set_exception(ReplyLost(f"{type(error).__name__} in sending {job.wire.describe}"))
                self._begun.popleft()
                self._answered.set()

    def _open(self) -> Connection:
        if self._connection is None or not self._connection.is_open:
            connection = self._make()
            self._connection = connection
            connection.connect()
        return self._connection

    def _refuse_all(self, reason: str) -> None:
        while not self._queue.empty():
            self._queue.get_nowait().result.set_exception(SwitchUnreachable(reason))
