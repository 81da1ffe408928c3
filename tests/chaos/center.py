"""The center of a plan in the database, what its agents ask for, and what the database says in the end. Plain SQL."""

import uuid
from typing import Any

import gevent

from freeswitch_cc.center import AgentSettings, Center, EntryPointSettings, QueueSettings, SwitchSettings, TierSettings
from freeswitch_cc.center_settings import DiallingSettings, NumberClassSettings, VoicemailBoxSettings
from freeswitch_cc.core.hours import Hours
from freeswitch_cc.store import center as center_store
from freeswitch_cc.store.connect import connected
from tests.chaos import plan_dials
from tests.chaos.plan import Agent, Plan
from tests.chaos.plan_queues import BOXES, MUSIC, NUMBERS, Queue
from tests.chaos.record import Row
from tests.chaos.stand import PASSWORD_ENV, Stand
from tests.database import Database

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
_DIAL = """
    INSERT INTO request (request_id, kind, agent_id, arguments, asked_by, idempotency_key)
    SELECT CAST(%(call)s AS uuid), 'dial', agent_id,
           jsonb_strip_nulls(jsonb_build_object('to', CAST(%(to)s AS text), 'caller_id', nullif(%(caller_id)s, ''))),
           'chaos', %(key)s
      FROM agent WHERE login = %(login)s
"""
_HISTORY = {
    "calls": """
        SELECT call_id::text, phase, outcome, started_at, bridged_at, ended_at, dialled, origin, called_back_at, step
          FROM call""",
    "visits": """
        SELECT v.call_id::text, q.name AS queue, v.entered_at, v.left_at, v.outcome, v.left_reason, v.entry_reason
          FROM queue_visit v JOIN queue q USING (queue_id) ORDER BY v.entered_at""",
    "messages": "SELECT call_id::text, box, path, ms, at FROM voicemail ORDER BY at",
    "requests": "SELECT kind, state, reason, asked_by, asked_at FROM request ORDER BY asked_at",
    "offers": """
        SELECT a.login, o.offer_id::text, o.call_id::text, o.leg_id::text, o.made_at, o.ended_at, o.outcome, o.cause
          FROM offer o JOIN agent a USING (agent_id) ORDER BY o.made_at""",
    "agent_log": """
        SELECT a.login, g.presence, g.reason, g.activity, g.call_id::text, g.started_at, g.ended_at
          FROM agent_state_log g JOIN agent a USING (agent_id) ORDER BY g.log_id""",
    "call_log": "SELECT call_id::text, at, event, because, commands FROM call_log ORDER BY log_id",
    "alarms": "SELECT at, kind, call_id::text, leg_id::text, details FROM alarm ORDER BY alarm_id",
}
_AGENTS = """
    SELECT login, presence, activity, reason, state_at, due_at, call_id::text, misses FROM agent ORDER BY login
"""
_WAITING = """
    SELECT v.call_id::text, q.name AS queue, v.entered_at, o.offer_id IS NOT NULL AS is_offered,
           fcc_is_staffed(v.queue_id, NULL) AS is_staffed
      FROM queue_visit v JOIN queue q USING (queue_id)
      LEFT JOIN offer o ON o.visit_id = v.visit_id AND o.outcome IS NULL
     WHERE v.outcome IS NULL
"""
_STAFFED = "SELECT name FROM queue WHERE fcc_is_staffed(queue_id, NULL)"
_REGISTERED = """
    SELECT a.login FROM agent a JOIN registration r USING (contact) WHERE r.is_registered
"""
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
            agents=tuple(_agent(agent, stand) for agent in plan.agents),
            queues=tuple(_queue(queue, number, plan) for number, queue in enumerate(plan.queues)),
            entry_points=tuple(
                EntryPointSettings(number=number, queue=queue.name)
                for number, queue in zip(NUMBERS, plan.queues, strict=True)
            ),
            voicemail_boxes=tuple(
                VoicemailBoxSettings(
                    name=box.name,
                    directory=box.directory,
                    greeting=box.greeting,
                    longest_ms=box.longest_ms,
                )
                for box in BOXES
            ),
            dialling=DiallingSettings(
                trunk=plan_dials.TRUNK,
                classes=(NumberClassSettings(name=plan_dials.CLASS, like=(plan_dials.BEGINNING,)),),
                ring_ms=plan_dials.RING_MS,
                agent_ring_ms=plan_dials.AGENT_RING_MS,
                max_call_ms=plan_dials.MAX_CALL_MS,
                hold_music=MUSIC,
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

    def dial(self, call_id: str, login: str, to: str, caller_id: str) -> None:
        """As an agent asks for a call, which has the id of his request."""
        self._run(_DIAL, login=login, call=call_id, to=to, caller_id=caller_id)

    def _run(self, statement: str, **values: str) -> None:
        gevent.spawn(self._db.run, statement, key=str(uuid.uuid4()), **values).get()

    def ping(self) -> None:
        self._db.value("SELECT 1")

    def counts(self) -> dict[str, Any]:
        return self._db.one(_COUNTS)

    def agents(self) -> tuple[Row, ...]:
        return tuple(self._db.rows(_AGENTS))

    def waiting(self) -> tuple[Row, ...]:
        """Who waits in a queue now."""
        return tuple(self._db.rows(_WAITING))

    def staffed(self) -> frozenset[str]:
        """The queues of which somebody is logged in."""
        return frozenset(row["name"] for row in self._db.rows(_STAFFED))

    def registered(self) -> frozenset[str]:
        """The agents whose phone is written down as registered."""
        return frozenset(row["login"] for row in self._db.rows(_REGISTERED))

    def open_legs(self) -> frozenset[str]:
        return frozenset(row["id"] for row in self._db.rows("SELECT leg_id::text AS id FROM leg WHERE seen <> 'gone'"))

    def history(self) -> dict[str, list[Row]]:
        """Everything that the verdict reads."""
        return {name: self._db.rows(sql) for name, sql in _HISTORY.items()}


def _agent(agent: Agent, stand: Stand) -> AgentSettings:
    return AgentSettings(
        login=agent.login,
        name=agent.login,
        contact=stand.user(agent.login) if agent.phone else stand.contact(agent.login, agent.behaviour),
        wrap_up=agent.wrap_up,
        wrap_up_ms=agent.wrap_up_ms,
        max_misses=agent.max_misses,
        skills={"french": agent.french} if agent.french else {},
        may_dial=(plan_dials.CLASS,),
        caller_ids=(plan_dials.CALLER_ID,),
    )


def _queue(queue: Queue, number: int, plan: Plan) -> QueueSettings:
    return QueueSettings(
        name=queue.name,
        agents=() if queue.asks_french else tuple(a.login for a in plan.agents if number in a.queues),
        requires=f"french >= {queue.asks_french}" if queue.asks_french else None,
        tiers=(TierSettings(after_ms=queue.open_ms, requires="french >= 0"),) if queue.open_ms else (),
        strategy=queue.strategy,
        last_agent_first=queue.is_last_agent_first,
        ring_ms=queue.ring_ms,
        music=MUSIC,
        priority=queue.priority,
        wrap_up=queue.wrap_up,
        wrap_up_ms=queue.wrap_up_ms,
        hours=Hours() if queue.is_closed else None,
        max_wait_ms=queue.max_wait_ms,
        max_length=queue.max_length,
        overflow=dict(queue.overflow),
        agent_wait_ms=queue.agent_wait_ms,
        agent_tries=queue.agent_tries,
        max_forwarded=0,
        max_forwarded_per_caller=0,
        may_dial=(plan_dials.CLASS,),
        caller_ids=(plan_dials.CALLER_ID,),
    )
