"""The tables that are written for people: histories, logs, requests, alarms. No rule of routing reads them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from freeswitch_cc.store.schema import NOW, Id, Instant, metadata, one_of

agent_state_log = Table(
    "agent_state_log",
    metadata,
    Column("log_id", BigInteger, Identity(always=True), primary_key=True),
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="CASCADE"), nullable=False),
    Column("presence", Text, nullable=False),
    Column("reason", Text),
    Column("activity", Text, nullable=False),
    Column("call_id", Id),
    Column("changed_by", Text, comment="who made it so, if not the agent and no call: a supervisor, the system"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    comment="A closed interval of an agent; the open one stands in agent. Written by a trigger",
)
Index("agent_state_log_of_agent", agent_state_log.c.agent_id, agent_state_log.c.started_at)

call_log = Table(
    "call_log",
    metadata,
    Column("log_id", BigInteger, Identity(always=True), primary_key=True),
    Column("call_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", Text, nullable=False),
    Column("because", Text, nullable=False, comment="what was decided and why, in words"),
    Column("commands", Text, nullable=False, server_default=text("''")),
    comment="For people: what happened to a call. No rule reads it",
)
Index("call_log_of_call", call_log.c.call_id, call_log.c.log_id)

request = Table(
    "request",
    metadata,
    Column("request_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("kind", Text, nullable=False),
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="CASCADE")),
    Column(
        "call_id", Id, comment="the call that it is about; if it is to be about one, and none is named: the agent's"
    ),
    Column("arguments", JSONB, nullable=False, server_default=text("'{}'")),
    Column("asked_by", Text, nullable=False),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, server_default=text("'new'")),
    Column("reason", Text, comment="a stable word: why it was refused"),
    Column("message", Text, comment="the answer in words"),
    Column("asked_at", Instant, nullable=False, server_default=NOW),
    Column("answered_at", Instant),
    one_of("state", ("new", "taken", "done", "refused", "withdrawn")),
    CheckConstraint(
        "(state IN ('done', 'refused', 'withdrawn')) = (answered_at IS NOT NULL)", name="answer_has_a_time"
    ),
    comment="What people ask for; the engine answers in the row",
)
Index("request_open", request.c.asked_at, postgresql_where=text("state IN ('new', 'taken')"))

voicemail = Table(
    "voicemail",
    metadata,
    Column("call_id", Id, ForeignKey("call.call_id"), primary_key=True),
    Column("queue_id", Id, ForeignKey("queue.queue_id"), comment="that it was left instead of an answer of"),
    Column("box", Text, nullable=False),
    Column("path", Text, nullable=False, comment="of the file, on the switch's machine"),
    Column("ms", BigInteger, comment="its length; NULL: not told (yet)"),
    Column("at", Instant, nullable=False, comment="when the switch began to record"),
    comment="Messages that callers have left",
)
Index("voicemail_by_time", voicemail.c.at)
Index("voicemail_of_box", voicemail.c.box, voicemail.c.at)

alarm = Table(
    "alarm",
    metadata,
    Column("alarm_id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Instant, nullable=False, server_default=NOW),
    Column("kind", Text, nullable=False, comment="dropped_by_switch, deaf, unknown_contact ..."),
    Column("switch_id", Id),
    Column("call_id", Id),
    Column("leg_id", Id),
    Column("details", Text, nullable=False, server_default=text("''")),
    comment="What somebody should look at",
)
Index("alarm_by_time", alarm.c.at)
