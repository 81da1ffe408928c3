"""A center of many slots for the races: slot i has its own number, queue and agent, so that races do not meet.

Sets up rows and an engine, and asks as people do; what a race does and counts stands in test_races.py.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import gevent
from gevent.event import Event as Signal

from freeswitch_cc.config import Settings
from freeswitch_cc.core.commands import Command
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.testcalls.address import SwitchAddress
from tests.database import Database

MUSIC = "tone_stream://%(400,1600,350);loops=-1"
# Whoever did not take a call is not rung for it again while we look: each race is one attempt.
TIMEOUTS = replace(Timeouts(), refused_retry_ms=600_000)


@dataclass(frozen=True, slots=True)
class Slot:
    number: str
    login: str
    agent_id: str


class Center:
    """slots agents, each alone in his queue. on_sent is told of every command after it was sent."""

    def __init__(self, db: Database, address: SwitchAddress, slots: int) -> None:
        self.db = db
        self.on_sent: list[Callable[[Command], None]] = []
        db.run(
            "INSERT INTO switch (name, host, port, password_env) VALUES ('races', %(host)s, %(port)s, 'PASSWORD')",
            host=address.host,
            port=address.esl_port,
        )
        self.slots = [self._add_slot(index) for index in range(slots)]
        self.engine = Engine(
            Settings(database_url=db.url, workers=8, timeouts=TIMEOUTS), {"PASSWORD": address.password}
        )
        self.engine.start()
        self.until(lambda: bool(self.engine.ready_switches()), "the engine has the switch")
        (link,) = self.engine.links.values()
        send = link.send

        def send_and_tell(command: Command) -> None:
            send(command)
            for told in list(self.on_sent):
                told(command)

        link.send = send_and_tell  # type: ignore[method-assign]

    def _add_slot(self, index: int) -> Slot:
        number, login = f"{7100 + index}", f"agent{index:03}"
        agent_id = str(uuid.uuid4())
        self.db.run(
            "INSERT INTO agent (agent_id, login, name, contact)"
            " VALUES (%(id)s, %(login)s, %(login)s, 'user/none@none')",
            id=agent_id,
            login=login,
        )
        self.db.run(
            "WITH q AS (INSERT INTO queue (name, ring_ms, music) VALUES (%(login)s, 10000, %(music)s)"
            " RETURNING queue_id),"
            " e AS (INSERT INTO eligibility (agent_id, queue_id) SELECT %(id)s, queue_id FROM q)"
            " INSERT INTO entry_point (number, queue_id) SELECT %(number)s, queue_id FROM q",
            login=login,
            music=MUSIC,
            id=agent_id,
            number=number,
        )
        return Slot(number, login, agent_id)

    def give_phone(self, slot: Slot, contact: str) -> None:
        self.db.run("UPDATE agent SET contact = %(contact)s WHERE agent_id = %(id)s", contact=contact, id=slot.agent_id)

    def ask(self, slot: Slot, kind: str) -> None:
        self.db.run(
            "INSERT INTO request (kind, agent_id, asked_by, idempotency_key)"
            " VALUES (%(kind)s, %(id)s, 'races', %(key)s)",
            kind=kind,
            id=slot.agent_id,
            key=str(uuid.uuid4()),
        )

    def agent(self, slot: Slot) -> dict[str, Any]:
        return self.db.one("SELECT * FROM agent WHERE agent_id = %(id)s", id=slot.agent_id)

    def leg(self, leg_id: str) -> dict[str, Any] | None:
        rows = self.db.rows("SELECT * FROM leg WHERE leg_id = %(id)s", id=leg_id)
        return rows[0] if rows else None

    def tell(self, slot: Slot, call_id: str) -> str:
        """What is known of a slot and its call, for a failure that explains itself."""
        agent = self.agent(slot)
        requests = self.db.rows(
            "SELECT kind, state, reason FROM request WHERE agent_id = %(id)s ORDER BY asked_at DESC LIMIT 2",
            id=slot.agent_id,
        )
        logged = self.db.rows(
            "SELECT event, because, commands FROM call_log WHERE call_id = %(id)s ORDER BY log_id", id=call_id
        )
        words = [f"{agent[name]}" for name in ("login", "presence", "pending_presence", "reason", "activity")]
        return " ".join([*words, *map(str, requests), *(str(tuple(row.values())) for row in logged)])

    def until(
        self, holds: Callable[[], bool], what: str | Callable[[], str], within_s: float = 10.0, *, must: bool = True
    ) -> bool:
        """Wait until something holds. False, or a failure that names it, when it does not."""
        never = Signal()
        with gevent.Timeout(within_s, False):  # type: ignore[arg-type]
            while not holds():
                never.wait(timeout=0.02)
            return True
        assert not must, f"not within {within_s} s: {what if isinstance(what, str) else what()}"
        return False

    def stop(self) -> None:
        self.engine.stop()


@contextmanager
def running_center(db: Database, address: SwitchAddress, slots: int) -> Iterator[Center]:
    center = Center(db, address, slots)
    try:
        yield center
    finally:
        center.stop()
