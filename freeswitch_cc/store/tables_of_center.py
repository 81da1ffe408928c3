"""The tables that `apply` writes: switches, agents, queues, entry points. An agent's row also says what he does."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from freeswitch_cc.core import words
from freeswitch_cc.store.schema import BUSY, NOW, Id, Instant, metadata, one_of

switch = Table(
    "switch",
    metadata,
    Column("switch_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("name", Text, nullable=False, unique=True),
    Column("host", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("password_env", Text, nullable=False, comment="name of the environment variable that holds the password"),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column(
        "epoch", BigInteger, nullable=False, server_default=text("0"), comment="raised by every engine that takes over"
    ),
    comment="A FreeSWITCH that an engine commands",
)

switch_heartbeat = Table(
    "switch_heartbeat",
    metadata,
    Column("switch_id", Id, ForeignKey("switch.switch_id", ondelete="CASCADE"), primary_key=True),
    Column("core_id", Id, nullable=False, comment="changes when the switch restarts"),
    Column("heartbeat_at", Instant, nullable=False, comment="the switch's own clock"),
    comment="The last sign of life of each switch",
)

agent = Table(
    "agent",
    metadata,
    Column("agent_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("contact", Text, nullable=False, comment="the dial string of the agent's phone"),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("wrap_up", Text, nullable=False, server_default=text("'none'")),
    Column("wrap_up_ms", Integer, nullable=False, server_default=text("0")),
    Column("max_misses", Integer, nullable=False, server_default=text("3")),
    Column("presence", Text, nullable=False, server_default=text("'offline'"), comment="chosen by the agent"),
    Column("reason", Text, comment="why he is not ready"),
    Column("pending_presence", Text, comment="asked for during a call, taken after wrap-up"),
    Column("pending_reason", Text),
    Column("activity", Text, nullable=False, server_default=text("'idle'"), comment="seen by the system"),
    Column("activity_at", Instant, nullable=False, server_default=NOW),
    Column("state_at", Instant, nullable=False, server_default=NOW, comment="last change of presence or activity"),
    Column("due_at", Instant, comment="when a passing activity is looked at if nothing ended it"),
    Column("call_id", Id, comment="the call that keeps him busy, or whose wrap-up he is in"),
    Column("idle_since", Instant, comment="the longest idle is offered first"),
    Column("released_at", Instant, comment="when his last leg ended"),
    Column("misses", Integer, nullable=False, server_default=text("0"), comment="offers in a row that he let ring"),
    one_of("wrap_up", words.WrapUp),
    one_of("presence", words.Presence),
    one_of("pending_presence", words.Presence),
    one_of("activity", words.Activity),
    CheckConstraint("wrap_up <> 'timed' OR wrap_up_ms > 0", name="timed_wrap_up_has_a_time"),
    CheckConstraint("(presence = 'not_ready') = (reason IS NOT NULL)", name="not_ready_has_a_reason"),
    CheckConstraint("activity NOT IN ('reserved', 'ringing') OR due_at IS NOT NULL", name="passing_has_an_end"),
    CheckConstraint("activity = 'idle' OR call_id IS NOT NULL", name="busy_has_a_call"),
    CheckConstraint("activity <> 'idle' OR call_id IS NULL", name="idle_has_no_call"),
    CheckConstraint("presence <> 'offline' OR activity = 'idle'", name="offline_is_idle"),
    comment="Somebody who takes calls, and what he is doing now",
    postgresql_with=BUSY,
)
Index(
    "agent_ready",
    agent.c.idle_since,
    postgresql_where=text("presence = 'available' AND activity = 'idle' AND is_active"),
)
Index("agent_due", agent.c.due_at, postgresql_where=text("due_at IS NOT NULL"))
Index("agent_of_call", agent.c.call_id, postgresql_where=text("call_id IS NOT NULL"))

queue = Table(
    "queue",
    metadata,
    Column("queue_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("name", Text, nullable=False, unique=True),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("ring_ms", Integer, nullable=False, server_default=text("15000")),
    Column("music", Text, nullable=False),
    Column("priority", Integer, nullable=False, server_default=text("0"), comment="higher goes first"),
    Column("wrap_up", Text, comment="overrides the agent's own"),
    Column("wrap_up_ms", Integer),
    one_of("wrap_up", words.WrapUp),
    CheckConstraint("ring_ms BETWEEN 1000 AND 600000", name="ring_ms_is_sane"),
    CheckConstraint("wrap_up IS DISTINCT FROM 'timed' OR coalesce(wrap_up_ms, 0) > 0", name="timed_wrap_up_has_a_time"),
    comment="Where calls wait",
)

eligibility = Table(
    "eligibility",
    metadata,
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="CASCADE"), nullable=False),
    Column("queue_id", Id, ForeignKey("queue.queue_id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("agent_id", "queue_id"),
    comment="Who may take calls of which queue; rewritten when configuration changes",
)
Index("eligibility_by_queue", eligibility.c.queue_id)

entry_point = Table(
    "entry_point",
    metadata,
    Column("entry_point_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("number", Text, nullable=False, unique=True, comment="as dialled"),
    Column("queue_id", Id, ForeignKey("queue.queue_id"), nullable=False),
    Column("attached", JSONB, nullable=False, server_default=text("'{}'"), comment="data that every call brings along"),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    comment="What a dialled number leads to",
)
