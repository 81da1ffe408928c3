"""The tables, as SQLAlchemy Core sees them; migrations/ makes them and a test proves the two equal.

The rules that the database guards by itself stand here as constraints and partial indexes; triggers
and functions stand in migrations/sql/. No queries.
"""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID

from freeswitch_cc.core import call as records

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)

Id = UUID(as_uuid=False)
Instant = TIMESTAMP(timezone=True)
NOW = text("now()")


def one_of(column: str, words: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    """CHECK that a column holds one of the words; NULL passes."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")


# -- configuration: what `apply` writes ----------------------------------------------------------

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
    one_of("wrap_up", records.WrapUp),
    one_of("presence", records.Presence),
    one_of("pending_presence", records.Presence),
    one_of("activity", records.Activity),
    CheckConstraint("wrap_up <> 'timed' OR wrap_up_ms > 0", name="timed_wrap_up_has_a_time"),
    CheckConstraint("(presence = 'not_ready') = (reason IS NOT NULL)", name="not_ready_has_a_reason"),
    CheckConstraint("activity NOT IN ('reserved', 'ringing') OR due_at IS NOT NULL", name="passing_has_an_end"),
    CheckConstraint("activity = 'idle' OR call_id IS NOT NULL", name="busy_has_a_call"),
    CheckConstraint("activity <> 'idle' OR call_id IS NULL", name="idle_has_no_call"),
    CheckConstraint("presence <> 'offline' OR activity = 'idle'", name="offline_is_idle"),
    comment="Somebody who takes calls, and what he is doing now",
    postgresql_with={"fillfactor": "50"},
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
    one_of("wrap_up", records.WrapUp),
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

# -- live state and facts: what the engine writes ------------------------------------------------

call = Table(
    "call",
    metadata,
    Column("call_id", Id, primary_key=True),
    Column("switch_id", Id, ForeignKey("switch.switch_id"), nullable=False),
    Column("origin", Text, nullable=False, server_default=text("'inbound'")),
    Column("phase", Text, nullable=False),
    Column("caller_number", Text, nullable=False, server_default=text("''")),
    Column("caller_name", Text, nullable=False, server_default=text("''")),
    Column("dialled", Text, nullable=False, server_default=text("''")),
    Column("entry_point_id", Id, ForeignKey("entry_point.entry_point_id")),
    Column("attached", JSONB, nullable=False, server_default=text("'{}'")),
    Column("started_at", Instant, nullable=False),
    Column("bridged_at", Instant, comment="when customer and agent met"),
    Column("ended_at", Instant),
    Column("outcome", Text),
    one_of("origin", ("inbound", "outbound", "internal", "consult")),
    one_of("phase", records.Phase),
    one_of("outcome", records.CallOutcome),
    CheckConstraint("(phase = 'ended') = (ended_at IS NOT NULL)", name="ended_has_an_end"),
    CheckConstraint("phase <> 'ended' OR outcome IS NOT NULL", name="ended_has_an_outcome"),
    comment="A journey, from its start to its end",
    postgresql_with={"fillfactor": "70"},
)
Index("call_live", call.c.switch_id, postgresql_where=text("ended_at IS NULL"))
Index("call_by_start", call.c.started_at)

leg = Table(
    "leg",
    metadata,
    Column("leg_id", Id, primary_key=True, comment="the channel's uuid; a leg belongs to one call for ever"),
    Column("call_id", Id, ForeignKey("call.call_id"), nullable=False),
    Column("switch_id", Id, ForeignKey("switch.switch_id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("agent_id", Id, ForeignKey("agent.agent_id")),
    Column("contact", Text),
    Column("ring_ms", Integer, nullable=False, server_default=text("0")),
    Column("want", Text, nullable=False, comment="where we want it"),
    Column("want_leg_id", Id),
    Column("want_conference", Text),
    Column("seen", Text, nullable=False, comment="where it was last seen"),
    Column("seen_leg_id", Id),
    Column("seen_conference", Text),
    Column("seen_at", Instant, comment="the switch's clock"),
    Column("seen_seq", BigInteger, nullable=False, server_default=text("0")),
    Column("is_holding", Boolean, nullable=False, server_default=text("false"), comment="its handset holds its partner"),
    Column("command", Text, comment="the command in flight"),
    Column("command_id", Id, comment="also the Job-UUID"),
    Column("command_leg_id", Id, comment="the other leg that the command moves"),
    Column("command_due_at", Instant, comment="when it is looked up if nothing proved it"),
    Column("last_command_id", Id, comment="the last command that ended"),
    Column("sound", Text, nullable=False, server_default=text("'silent'")),
    Column("sound_tries", Integer, nullable=False, server_default=text("0")),
    Column("sound_due_at", Instant),
    Column("deadman_due_at", Instant, comment="when the switch's own rescue is put off again"),
    Column("segment", Text, comment="what it is doing now"),
    Column("segment_at", Instant),
    Column("hangup_cause", Text),
    Column("ended_at", Instant),
    one_of("role", records.Role),
    one_of("want", records.Want),
    one_of("seen", records.Seen),
    one_of("command", records.CommandKind),
    one_of("sound", records.Sound),
    one_of("segment", records.Segment),
    CheckConstraint("(want = 'with') = (want_leg_id IS NOT NULL)", name="with_names_a_leg"),
    CheckConstraint("(want = 'in_conference') = (want_conference IS NOT NULL)", name="in_names_a_conference"),
    CheckConstraint("(seen = 'with') = (seen_leg_id IS NOT NULL)", name="seen_with_names_a_leg"),
    CheckConstraint("(seen = 'in_conference') = (seen_conference IS NOT NULL)", name="seen_in_names_a_conference"),
    CheckConstraint("(seen = 'gone') = (ended_at IS NOT NULL)", name="gone_has_an_end"),
    CheckConstraint(
        "(command IS NULL) = (command_id IS NULL) AND (command IS NULL) = (command_due_at IS NULL)",
        name="command_is_whole",
    ),
    CheckConstraint("seen <> 'gone' OR command IS NULL", name="gone_is_not_commanded"),
    CheckConstraint("seen NOT IN ('moving', 'dialing', 'lost') OR command IS NOT NULL", name="passing_has_an_end"),
    CheckConstraint("sound <> 'asked' OR sound_due_at IS NOT NULL", name="asked_sound_has_an_end"),
    comment="One channel: what we want of it, what we saw of it, and at most one command in flight",
    postgresql_with={"fillfactor": "50"},
)
Index("leg_of_call", leg.c.call_id)
Index("leg_command_due", leg.c.command_due_at, postgresql_where=text("command_due_at IS NOT NULL"))
Index("leg_sound_due", leg.c.sound_due_at, postgresql_where=text("sound_due_at IS NOT NULL"))
Index("leg_deadman_due", leg.c.deadman_due_at, postgresql_where=text("deadman_due_at IS NOT NULL"))
Index(
    "one_live_customer_per_call",
    leg.c.call_id,
    unique=True,
    postgresql_where=text("role = 'customer' AND seen <> 'gone'"),
)

segment = Table(
    "segment",
    metadata,
    Column("segment_id", BigInteger, Identity(always=True), primary_key=True),
    Column("leg_id", Id, ForeignKey("leg.leg_id"), nullable=False),
    Column("call_id", Id, nullable=False),
    Column("agent_id", Id),
    Column("kind", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    one_of("kind", records.Segment),
    CheckConstraint("ended_at >= started_at", name="goes_forward"),
    comment="A closed interval of a leg; the open one stands in leg.segment. Written by a trigger",
)
Index("segment_of_leg", segment.c.leg_id, segment.c.started_at)
Index("segment_of_call", segment.c.call_id)

queue_visit = Table(
    "queue_visit",
    metadata,
    Column("visit_id", Id, primary_key=True),
    Column("call_id", Id, ForeignKey("call.call_id"), nullable=False),
    Column("queue_id", Id, ForeignKey("queue.queue_id"), nullable=False),
    Column("entry_reason", Text, nullable=False, server_default=text("'inbound'")),
    Column("is_returned", Boolean, nullable=False, server_default=text("false"), comment="goes before all others"),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Column("entered_at", Instant, nullable=False),
    Column("waiting_since", Instant, nullable=False, comment="entered_at less all earlier waiting of the call"),
    Column("left_at", Instant),
    Column("outcome", Text),
    Column("agent_id", Id, ForeignKey("agent.agent_id"), comment="who answered"),
    one_of("entry_reason", ("inbound", "returned")),
    one_of("outcome", records.VisitOutcome),
    CheckConstraint("(outcome IS NULL) = (left_at IS NULL)", name="outcome_has_an_end"),
    comment="One stay of one call in one queue",
    postgresql_with={"fillfactor": "70"},
)
Index(
    "one_open_visit_per_call", queue_visit.c.call_id, unique=True, postgresql_where=text("outcome IS NULL")
)
Index(
    "queue_visit_waiting",
    queue_visit.c.is_returned.desc(),
    queue_visit.c.priority.desc(),
    queue_visit.c.waiting_since,
    postgresql_where=text("outcome IS NULL"),
)
Index("queue_visit_of_call", queue_visit.c.call_id, queue_visit.c.entered_at)
Index("queue_visit_of_queue", queue_visit.c.queue_id, queue_visit.c.entered_at)

offer = Table(
    "offer",
    metadata,
    Column("offer_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("call_id", Id, ForeignKey("call.call_id"), nullable=False),
    Column("visit_id", Id, ForeignKey("queue_visit.visit_id"), nullable=False),
    Column("agent_id", Id, ForeignKey("agent.agent_id"), nullable=False),
    Column("leg_id", Id, nullable=False, comment="the leg that rings the agent; drawn with the offer"),
    Column("contact", Text, nullable=False),
    Column("ring_ms", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ringing_at", Instant),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Text),
    Column("cause", Text, comment="the switch's word for it"),
    Column("retry_at", Instant, comment="this agent is not offered this visit again before"),
    one_of("outcome", records.OfferOutcome),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="outcome_has_an_end"),
    comment="One attempt to ring one agent for one call",
    postgresql_with={"fillfactor": "70"},
)
Index("one_open_offer_per_agent", offer.c.agent_id, unique=True, postgresql_where=text("outcome IS NULL"))
Index("one_open_offer_per_visit", offer.c.visit_id, unique=True, postgresql_where=text("outcome IS NULL"))
Index("offer_due", offer.c.expires_at, postgresql_where=text("outcome IS NULL"))
Index("offer_of_visit", offer.c.visit_id, offer.c.agent_id)
Index("offer_of_call", offer.c.call_id, offer.c.made_at)

agent_state_log = Table(
    "agent_state_log",
    metadata,
    Column("log_id", BigInteger, Identity(always=True), primary_key=True),
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="CASCADE"), nullable=False),
    Column("presence", Text, nullable=False),
    Column("reason", Text),
    Column("activity", Text, nullable=False),
    Column("call_id", Id),
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
