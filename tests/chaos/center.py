"""The center of a plan in the database, what its agents ask for, and what the database says in the end. Plain SQL."""

import uuid
from typing import Any

import gevent

from freeswitch_cc.center import AgentSettings, Center, EntryPointSettings, QueueSettings, SwitchSettings, TierSettings
from freeswitch_cc.store import center as center_store
from freeswitch_cc.store.connect import connected
from tests.chaos.plan import NUMBERS, Plan
from tests.chaos.record import Row
from tests.chaos.stand import PASSWORD_ENV, Stand
from tests.database import Database

MUSIC = "tone_stream://%(400,1600,350);loops=-1"
_ASK = """
    INSERT INTO request (kind, agent_id, arguments, asked_by, idempotency_key)
    SELECT %(kind)s, agent_id, jsonb_strip_nulls(jsonb_build_object('reason', nullif(%(reason)s, ''))), 'chaos', %(key)s
      FROM agent WHERE login = %(login)s
"""
_ASK_ABOUT = """
    INSERT INTO request (kind, agent_id, call_id, asked_by, idempotency_key)
    SELECT %(kind)s, a.agent_id, c.call_id, 'chaos', %(key)s
      FROM agent a, call c WHERE a.login = %(login)s AND c.call_id = CAST(%(call)s AS uuid)
"""
_HISTORY = {
    "calls": "SELECT call_id::text, phase, outcome, started_at, bridged_at, ended_at, dialled FROM call",
    "offers": """
        SELECT a.login, o.offer_id::text, o.call_id::text, o.leg_id::text, o.made_at, o.ended_at, o.outcome, o.cause
          FROM offer o JOIN agent a USING (agent_id) ORDER BY o.made_at""",
    "agent_log": """
        SELECT a.login, g.presence, g.activity, g.call_id::text, g.started_at, g.ended_at
          FROM agent_state_log g JOIN agent a USING (agent_id) ORDER BY g.log_id""",
    "call_log": "SELECT call_id::text, at, event, because, commands FROM call_log ORDER BY log_id",
    "alarms": "SELECT at, kind, call_id::text, leg_id::text, details FROM alarm ORDER BY alarm_id",
}
_AGENTS = "SELECT login, presence, activity, state_at, due_at, call_id::text, misses FROM agent ORDER BY login"
_COUNTS = """
    SELECT (SELECT count(*) FROM call) AS calls,
           (SELECT count(*) FROM call WHERE ended_at IS NULL AND phase = 'queued') AS waiting,
           (SELECT count(*) FROM call WHERE ended_at IS NULL AND phase = 'talking') AS talking,
           (SELECT count(*) FROM agent WHERE presence = 'available' AND activity = 'idle') AS ready
"""


class Books:
    """One window on the database of a run."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._db = Database(url)

    def close(self) -> None:
        self._db.close()

    def apply(self, plan: Plan, stand: Stand) -> None:
        """The plan's center on this stand."""
        center = Center(
            skills=("french",),
            switches=(SwitchSettings(name="chaos", host=stand.host, port=stand.port, password_env=PASSWORD_ENV),),
            agents=tuple(
                AgentSettings(
                    login=agent.login,
                    name=agent.login,
                    contact=stand.contact(agent.login, agent.behaviour),
                    wrap_up=agent.wrap_up,
                    wrap_up_ms=agent.wrap_up_ms,
                    max_misses=agent.max_misses,
                    skills={"french": agent.french} if agent.french else {},
                )
                for agent in plan.agents
            ),
            queues=tuple(
                QueueSettings(
                    name=queue.name,
                    agents=() if queue.asks_french else tuple(a.login for a in plan.agents if number in a.queues),
                    requires=f"french >= {queue.asks_french}" if queue.asks_french else None,
                    tiers=(TierSettings(after_ms=queue.open_ms, requires="french >= 0"),),
                    strategy=queue.strategy,
                    last_agent_first=queue.is_last_agent_first,
                    ring_ms=queue.ring_ms,
                    music=MUSIC,
                    priority=queue.priority,
                    wrap_up=queue.wrap_up,
                    wrap_up_ms=queue.wrap_up_ms,
                )
                for number, queue in enumerate(plan.queues)
            ),
            entry_points=tuple(
                EntryPointSettings(number=number, queue=queue.name)
                for number, queue in zip(NUMBERS, plan.queues, strict=True)
            ),
        )
        with connected(self.url) as connection:
            center_store.apply(connection, center)

    def ask(self, login: str, kind: str, reason: str = "") -> None:
        """As a person asks, and does not wait for the answer.

        In a greenlet of its own: people are stopped wherever they are, and who is stopped in the middle of a statement
        takes the connection with him.
        """
        self._run(_ASK, login=login, kind=kind, reason=reason)

    def ask_about(self, call_id: str, login: str, kind: str) -> None:
        """The same, about a call; nothing when no engine has written the call down yet."""
        self._run(_ASK_ABOUT, login=login, kind=kind, call=call_id)

    def _run(self, statement: str, **values: str) -> None:
        gevent.spawn(self._db.run, statement, key=str(uuid.uuid4()), **values).get()

    def ping(self) -> None:
        self._db.value("SELECT 1")

    def counts(self) -> dict[str, Any]:
        return self._db.one(_COUNTS)

    def agents(self) -> tuple[Row, ...]:
        return tuple(self._db.rows(_AGENTS))

    def open_legs(self) -> frozenset[str]:
        return frozenset(row["id"] for row in self._db.rows("SELECT leg_id::text AS id FROM leg WHERE seen <> 'gone'"))

    def history(self) -> dict[str, list[Row]]:
        """Everything that the verdict reads."""
        return {name: self._db.rows(sql) for name, sql in _HISTORY.items()}
