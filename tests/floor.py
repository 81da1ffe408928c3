"""A small center in a real database, and calls that are brought to where a test needs them.

Calls are made as the engine makes them: real events, core.decide, the store's Session. Only configuration
and agents are written with plain SQL. Knows nothing of the Event Socket.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import gevent
from gevent.event import Event

from freeswitch_cc.core import agent_events, events
from freeswitch_cc.core.decide import decide
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.store.db import Session
from tests.database import Database

LIMIT_S = 20.0
TIMEOUTS = Timeouts()


class Floor:
    """One switch, one queue `sales` reached by 100; add agents and calls as needed."""

    def __init__(self, db: Database, timeouts: Timeouts = TIMEOUTS) -> None:
        self.db = db
        self.timeouts = timeouts
        self.session = Session(db.url)
        self.switch_id = self.add_switch("one")
        self.queue_id = self.add_queue("sales", music="local_stream://sales")
        self.entry_point_id = self.add_entry("100", self.queue_id)
        self.told = 0

    def close(self) -> None:
        self.session.close()

    # -- configuration ---------------------------------------------------------------------------

    def insert(self, table: str, **values: Any) -> None:
        names = ", ".join(values)
        places = ", ".join(f"%({name})s" for name in values)
        self.db.run(f"INSERT INTO {table} ({names}) VALUES ({places})", **values)

    def add_switch(self, name: str, port: int = 1, **values: Any) -> str:
        switch_id = str(uuid4())
        self.insert(
            "switch", switch_id=switch_id, name=name, host="127.0.0.1", port=port, password_env="PASSWORD", **values
        )
        return switch_id

    def add_queue(self, name: str, **values: Any) -> str:
        queue_id = str(uuid4())
        self.insert("queue", **{"queue_id": queue_id, "name": name, "music": "", **values})
        return queue_id

    def add_entry(self, number: str, queue_id: str, **values: Any) -> str:
        entry_point_id = str(uuid4())
        self.insert("entry_point", entry_point_id=entry_point_id, number=number, queue_id=queue_id, **values)
        return entry_point_id

    def add_agent(self, login: str, *queue_ids: str, idle_s: float = 60, **values: Any) -> str:
        """Ready for an hour of calls unless told otherwise; of queue `sales` when no queue is named."""
        agent_id = str(uuid4())
        values.setdefault("presence", "available")
        values.setdefault("idle_since", datetime.now(UTC) - timedelta(seconds=idle_s))
        self.insert("agent", agent_id=agent_id, login=login, name=login, contact=f"user/{login}@center", **values)
        for queue_id in queue_ids or (self.queue_id,):
            self.insert("eligibility", agent_id=agent_id, queue_id=queue_id)
        return agent_id

    def agent(self, agent_id: str) -> dict[str, Any]:
        return self.db.one("SELECT * FROM agent WHERE agent_id = %(id)s", id=agent_id)

    # -- calls -----------------------------------------------------------------------------------

    def happen(
        self,
        event: events.CallEvent | agent_events.AgentEvent,
        *,
        session: Session | None = None,
        epoch: int | None = 0,
    ) -> Decision:
        """Carry one event through view, decide and save; nothing is sent."""
        root, with_session = uuid4(), session or self.session
        return with_session.transaction(lambda: take(with_session, event, root, epoch, self.timeouts))

    def at(self) -> dict[str, Any]:
        """The switch's clock and sequence of the next fact."""
        self.told += 1
        return {"at": datetime.now(UTC), "seq": self.told}

    def arrival(self, number: str = "100", *, switch_id: str = "", **changes: Any) -> events.LegParked:
        """A new inbound call parks."""
        fields = {"call_id": str(uuid4()), "leg_id": str(uuid4()), "switch_id": switch_id or self.switch_id}
        fields |= {"is_inbound": True, "dialled": number, "caller_number": "+15550100", **self.at()}
        return events.LegParked(**{**fields, **changes})

    def arrive(self, number: str = "100", *, switch_id: str = "") -> str:
        """A customer waits; the id of his call."""
        event = self.arrival(number, switch_id=switch_id)
        self.happen(event)
        return event.call_id

    def customer(self, call_id: str) -> str:
        return str(self.db.value("SELECT leg_id FROM leg WHERE call_id = %(id)s AND role = 'customer'", id=call_id))

    def match(self, *switch_ids: str, tell: bool = True) -> list[tuple[str, str]]:
        """match(); (agent, call) of every new offer, after the calls were told."""
        made = self.session.match(list(switch_ids) or [self.switch_id], self.timeouts.offer_grace_ms).offers
        pairs = []
        for offer_id, call_id in made:
            if tell:
                self.happen(events.OfferMade(call_id=call_id, offer_id=offer_id))
            pairs.append((self.offer(offer_id)["agent_id"], call_id))
        return pairs

    def offer(self, offer_id: str) -> dict[str, Any]:
        return self.db.one("SELECT * FROM offer WHERE offer_id = %(id)s", id=offer_id)

    def agent_leg(self, call_id: str) -> str:
        """The leg of the call's last offer."""
        return str(
            self.db.value("SELECT leg_id FROM offer WHERE call_id = %(id)s ORDER BY made_at DESC LIMIT 1", id=call_id)
        )

    def answer(self, call_id: str) -> str:
        """The offered agent's phone rings and is answered; a bridge is commanded."""
        leg_id = self.agent_leg(call_id)
        self.happen(events.LegRinging(call_id=call_id, leg_id=leg_id, **self.at()))
        self.happen(events.LegParked(call_id=call_id, leg_id=leg_id, role="agent", **self.at()))
        return leg_id

    def bridge(self, call_id: str) -> str:
        leg_id = self.answer(call_id)
        self.happen(self.bridged(call_id, leg_id))
        return leg_id

    def bridged(self, call_id: str, leg_id: str) -> events.LegsBridged:
        return events.LegsBridged(call_id=call_id, leg_id=leg_id, other_leg_id=self.customer(call_id), **self.at())

    def refuse(self, call_id: str, cause: str = "USER_BUSY") -> None:
        """The offered agent's phone says no."""
        leg_id = self.agent_leg(call_id)
        self.happen(self.hangup(call_id, leg_id, cause, is_answered=False))

    def hangup(
        self, call_id: str, leg_id: str, cause: str = "NORMAL_CLEARING", *, is_answered: bool = True
    ) -> events.LegHungUp:
        return events.LegHungUp(call_id=call_id, leg_id=leg_id, cause=cause, is_answered=is_answered, **self.at())


def take(
    session: Session,
    event: events.CallEvent | agent_events.AgentEvent,
    root: UUID,
    epoch: int | None,
    timeouts: Timeouts = TIMEOUTS,
) -> Decision:
    """The worker's transaction, without the worker."""
    call_id = event.call_id if isinstance(event, events.CallEvent) else None
    if isinstance(event, events.DialAsked):
        now, view = session.view_dial(event.call_id, event.agent_id, event.called_login)
        decision = decide(view, event, now, root, timeouts)
    elif isinstance(event, events.CallEvent):
        is_parked = isinstance(event, events.LegParked)
        by = (event.dialled, event.caller_number, event.switch_id or None) if is_parked else ()
        now, view = session.view_call(event.call_id, *by)
        decision = decide(view, event, now, root, timeouts)
    else:
        now, found = session.view_agent(event.agent_id, event.looks_at, getattr(event, "call_id", None))
        decision = decide_agent(found, event, now)
    if decision.changes_nothing:
        session.rollback()
    else:
        session.save(decision, event=type(event).__name__, call_id=call_id, now=now, epoch=epoch)
    return decision


def until(holds: Callable[[], object], what: str) -> None:
    """Let the other greenlets run until something holds; the test fails when it never does."""
    never = Event()
    with gevent.Timeout(LIMIT_S, AssertionError(f"it never came that {what}")):
        while not holds():
            gevent.idle()
            never.wait(timeout=0.002)
