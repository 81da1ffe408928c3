"""The first schema: configuration, live state, facts, and the functions of the hot path.

The tables as they were at this revision; freeswitch_cc/store/tables.py is what they are now.

Revision ID: 0001
Revises: none
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
FILES = ("guards", "view_call", "view_agent", "save", "match", "due")
FUNCTIONS = (
    "fcc_guard_leg",
    "fcc_log_segment",
    "fcc_log_agent",
    "fcc_announce_request",
    "fcc_view_call",
    "fcc_view_agent",
    "fcc_save",
    "fcc_match",
    "fcc_due",
)
TABLES = (
    "segment",
    "offer",
    "queue_visit",
    "leg",
    "call",
    "switch_heartbeat",
    "request",
    "entry_point",
    "eligibility",
    "agent_state_log",
    "switch",
    "queue",
    "call_log",
    "alarm",
    "agent",
)


def upgrade() -> None:
    op.create_table(
        "agent",
        sa.Column("agent_id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False, comment="the dial string of the agent's phone"),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("wrap_up", sa.Text(), server_default=sa.text("'none'"), nullable=False),
        sa.Column("wrap_up_ms", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_misses", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column(
            "presence", sa.Text(), server_default=sa.text("'offline'"), nullable=False, comment="chosen by the agent"
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="why he is not ready"),
        sa.Column("pending_presence", sa.Text(), nullable=True, comment="asked for during a call, taken after wrap-up"),
        sa.Column("pending_reason", sa.Text(), nullable=True),
        sa.Column(
            "activity", sa.Text(), server_default=sa.text("'idle'"), nullable=False, comment="seen by the system"
        ),
        sa.Column("activity_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "state_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="last change of presence or activity",
        ),
        sa.Column(
            "due_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when a passing activity is looked at if nothing ended it",
        ),
        sa.Column(
            "call_id",
            sa.UUID(as_uuid=False),
            nullable=True,
            comment="the call that keeps him busy, or whose wrap-up he is in",
        ),
        sa.Column(
            "idle_since",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="the longest idle is offered first",
        ),
        sa.Column("released_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="when his last leg ended"),
        sa.Column(
            "misses",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="offers in a row that he let ring",
        ),
        sa.CheckConstraint(
            "(presence = 'not_ready') = (reason IS NOT NULL)", name=op.f("agent_not_ready_has_a_reason")
        ),
        sa.CheckConstraint("activity <> 'idle' OR call_id IS NULL", name=op.f("agent_idle_has_no_call")),
        sa.CheckConstraint("activity = 'idle' OR call_id IS NOT NULL", name=op.f("agent_busy_has_a_call")),
        sa.CheckConstraint(
            "activity IN ('idle', 'reserved', 'ringing', 'talking', 'holding', 'wrap_up')",
            name=op.f("agent_activity_is_known"),
        ),
        sa.CheckConstraint(
            "activity NOT IN ('reserved', 'ringing') OR due_at IS NOT NULL", name=op.f("agent_passing_has_an_end")
        ),
        sa.CheckConstraint(
            "pending_presence IN ('offline', 'available', 'not_ready')", name=op.f("agent_pending_presence_is_known")
        ),
        sa.CheckConstraint("presence <> 'offline' OR activity = 'idle'", name=op.f("agent_offline_is_idle")),
        sa.CheckConstraint("presence IN ('offline', 'available', 'not_ready')", name=op.f("agent_presence_is_known")),
        sa.CheckConstraint("wrap_up <> 'timed' OR wrap_up_ms > 0", name=op.f("agent_timed_wrap_up_has_a_time")),
        sa.CheckConstraint("wrap_up IN ('none', 'timed', 'manual')", name=op.f("agent_wrap_up_is_known")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("agent_pkey")),
        sa.UniqueConstraint("login", name=op.f("agent_login_key")),
        comment="Somebody who takes calls, and what he is doing now",
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_threshold": "200"},
    )
    op.create_index("agent_due", "agent", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index(
        "agent_of_call", "agent", ["call_id"], unique=False, postgresql_where=sa.text("call_id IS NOT NULL")
    )
    op.create_index(
        "agent_ready",
        "agent",
        ["idle_since"],
        unique=False,
        postgresql_where=sa.text("presence = 'available' AND activity = 'idle' AND is_active"),
    )
    op.create_table(
        "alarm",
        sa.Column("alarm_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="dropped_by_switch, deaf, unknown_contact ..."),
        sa.Column("switch_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("leg_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("details", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("alarm_id", name=op.f("alarm_pkey")),
        comment="What somebody should look at",
    )
    op.create_index("alarm_by_time", "alarm", ["at"], unique=False)
    op.create_table(
        "call_log",
        sa.Column("log_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False, comment="what was decided and why, in words"),
        sa.Column("commands", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("log_id", name=op.f("call_log_pkey")),
        comment="For people: what happened to a call. No rule reads it",
    )
    op.create_index("call_log_of_call", "call_log", ["call_id", "log_id"], unique=False)
    op.create_table(
        "queue",
        sa.Column("queue_id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("ring_ms", sa.Integer(), server_default=sa.text("15000"), nullable=False),
        sa.Column("music", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="higher goes first"),
        sa.Column("wrap_up", sa.Text(), nullable=True, comment="overrides the agent's own"),
        sa.Column("wrap_up_ms", sa.Integer(), nullable=True),
        sa.CheckConstraint("wrap_up IN ('none', 'timed', 'manual')", name=op.f("queue_wrap_up_is_known")),
        sa.CheckConstraint(
            "wrap_up IS DISTINCT FROM 'timed' OR coalesce(wrap_up_ms, 0) > 0",
            name=op.f("queue_timed_wrap_up_has_a_time"),
        ),
        sa.CheckConstraint("ring_ms BETWEEN 1000 AND 600000", name=op.f("queue_ring_ms_is_sane")),
        sa.PrimaryKeyConstraint("queue_id", name=op.f("queue_pkey")),
        sa.UniqueConstraint("name", name=op.f("queue_name_key")),
        comment="Where calls wait",
    )
    op.create_table(
        "switch",
        sa.Column("switch_id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column(
            "password_env",
            sa.Text(),
            nullable=False,
            comment="name of the environment variable that holds the password",
        ),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "epoch",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="raised by every engine that takes over",
        ),
        sa.PrimaryKeyConstraint("switch_id", name=op.f("switch_pkey")),
        sa.UniqueConstraint("name", name=op.f("switch_name_key")),
        comment="A FreeSWITCH that an engine commands",
    )
    op.create_table(
        "agent_state_log",
        sa.Column("log_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("presence", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.agent_id"], name=op.f("agent_state_log_agent_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("log_id", name=op.f("agent_state_log_pkey")),
        comment="A closed interval of an agent; the open one stands in agent. Written by a trigger",
    )
    op.create_index("agent_state_log_of_agent", "agent_state_log", ["agent_id", "started_at"], unique=False)
    op.create_table(
        "eligibility",
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("queue_id", sa.UUID(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.agent_id"], name=op.f("eligibility_agent_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queue.queue_id"], name=op.f("eligibility_queue_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", "queue_id", name=op.f("eligibility_pkey")),
        comment="Who may take calls of which queue; rewritten when configuration changes",
    )
    op.create_index("eligibility_by_queue", "eligibility", ["queue_id"], unique=False)
    op.create_table(
        "entry_point",
        sa.Column(
            "entry_point_id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.Column("number", sa.Text(), nullable=False, comment="as dialled"),
        sa.Column("queue_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column(
            "attached",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="data that every call brings along",
        ),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.queue_id"], name=op.f("entry_point_queue_id_fkey")),
        sa.PrimaryKeyConstraint("entry_point_id", name=op.f("entry_point_pkey")),
        sa.UniqueConstraint("number", name=op.f("entry_point_number_key")),
        comment="What a dialled number leads to",
    )
    op.create_table(
        "request",
        sa.Column("request_id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("arguments", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True, comment="a stable word: why it was refused"),
        sa.Column("message", sa.Text(), nullable=True, comment="the answer in words"),
        sa.Column("asked_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('done', 'refused', 'withdrawn')) = (answered_at IS NOT NULL)",
            name=op.f("request_answer_has_a_time"),
        ),
        sa.CheckConstraint(
            "state IN ('new', 'taken', 'done', 'refused', 'withdrawn')", name=op.f("request_state_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.agent_id"], name=op.f("request_agent_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("request_pkey")),
        sa.UniqueConstraint("idempotency_key", name=op.f("request_idempotency_key_key")),
        comment="What people ask for; the engine answers in the row",
    )
    op.create_index(
        "request_open", "request", ["asked_at"], unique=False, postgresql_where=sa.text("state IN ('new', 'taken')")
    )
    op.create_table(
        "switch_heartbeat",
        sa.Column("switch_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("core_id", sa.UUID(as_uuid=False), nullable=False, comment="changes when the switch restarts"),
        sa.Column(
            "heartbeat_at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="the switch's own clock"
        ),
        sa.ForeignKeyConstraint(
            ["switch_id"], ["switch.switch_id"], name=op.f("switch_heartbeat_switch_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("switch_id", name=op.f("switch_heartbeat_pkey")),
        comment="The last sign of life of each switch",
    )
    op.create_table(
        "call",
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("switch_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("origin", sa.Text(), server_default=sa.text("'inbound'"), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("caller_number", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("caller_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("dialled", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("entry_point_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("attached", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "bridged_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="when customer and agent met"
        ),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint("(phase = 'ended') = (ended_at IS NOT NULL)", name=op.f("call_ended_has_an_end")),
        sa.CheckConstraint(
            "origin IN ('inbound', 'outbound', 'internal', 'consult')", name=op.f("call_origin_is_known")
        ),
        sa.CheckConstraint(
            "outcome IN ('completed', 'abandoned', 'no_entry_point', 'dropped_by_switch', 'switch_restarted')",
            name=op.f("call_outcome_is_known"),
        ),
        sa.CheckConstraint("phase <> 'ended' OR outcome IS NOT NULL", name=op.f("call_ended_has_an_outcome")),
        sa.CheckConstraint("phase IN ('queued', 'talking', 'ending', 'ended')", name=op.f("call_phase_is_known")),
        sa.ForeignKeyConstraint(
            ["entry_point_id"], ["entry_point.entry_point_id"], name=op.f("call_entry_point_id_fkey")
        ),
        sa.ForeignKeyConstraint(["switch_id"], ["switch.switch_id"], name=op.f("call_switch_id_fkey")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("call_pkey")),
        comment="A journey, from its start to its end",
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_threshold": "200"},
    )
    op.create_index("call_by_start", "call", ["started_at"], unique=False)
    op.create_index("call_live", "call", ["switch_id"], unique=False, postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "leg",
        sa.Column(
            "leg_id",
            sa.UUID(as_uuid=False),
            nullable=False,
            comment="the channel's uuid; a leg belongs to one call for ever",
        ),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("switch_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("ring_ms", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("want", sa.Text(), nullable=False, comment="where we want it"),
        sa.Column("want_leg_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("want_conference", sa.Text(), nullable=True),
        sa.Column("seen", sa.Text(), nullable=False, comment="where it was last seen"),
        sa.Column("seen_leg_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("seen_conference", sa.Text(), nullable=True),
        sa.Column("seen_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="the switch's clock"),
        sa.Column("seen_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "is_holding",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="its handset holds the partner",
        ),
        sa.Column("command", sa.Text(), nullable=True, comment="the command in flight"),
        sa.Column("command_id", sa.UUID(as_uuid=False), nullable=True, comment="also the Job-UUID"),
        sa.Column(
            "command_leg_id", sa.UUID(as_uuid=False), nullable=True, comment="the other leg that the command moves"
        ),
        sa.Column(
            "command_due_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when it is looked up if nothing proved it",
        ),
        sa.Column("last_command_id", sa.UUID(as_uuid=False), nullable=True, comment="the last command that ended"),
        sa.Column("sound", sa.Text(), server_default=sa.text("'silent'"), nullable=False),
        sa.Column("sound_tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sound_due_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "deadman_due_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when the switch's own rescue is put off again",
        ),
        sa.Column("segment", sa.Text(), nullable=True, comment="what it is doing now"),
        sa.Column("segment_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("hangup_cause", sa.Text(), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(seen = 'gone') = (ended_at IS NOT NULL)", name=op.f("leg_gone_has_an_end")),
        sa.CheckConstraint(
            "(seen = 'in_conference') = (seen_conference IS NOT NULL)", name=op.f("leg_seen_in_names_a_conference")
        ),
        sa.CheckConstraint("(seen = 'with') = (seen_leg_id IS NOT NULL)", name=op.f("leg_seen_with_names_a_leg")),
        sa.CheckConstraint(
            "(want = 'in_conference') = (want_conference IS NOT NULL)", name=op.f("leg_in_names_a_conference")
        ),
        sa.CheckConstraint("(want = 'with') = (want_leg_id IS NOT NULL)", name=op.f("leg_with_names_a_leg")),
        sa.CheckConstraint(
            "command IN ('originate', 'bridge', 'park', 'join', 'kill', 'settle')", name=op.f("leg_command_is_known")
        ),
        sa.CheckConstraint(
            "role IN ('customer', 'agent', 'target', 'participant', 'supervisor')", name=op.f("leg_role_is_known")
        ),
        sa.CheckConstraint("seen <> 'gone' OR command IS NULL", name=op.f("leg_gone_is_not_commanded")),
        sa.CheckConstraint(
            "seen IN ('unborn', 'dialing', 'ringing', 'parked', 'with', 'in_conference', 'moving', 'lost', 'gone')",
            name=op.f("leg_seen_is_known"),
        ),
        sa.CheckConstraint(
            "seen NOT IN ('moving', 'dialing', 'lost') OR command IS NOT NULL", name=op.f("leg_passing_has_an_end")
        ),
        sa.CheckConstraint("segment IN ('queued', 'ringing', 'talking', 'held')", name=op.f("leg_segment_is_known")),
        sa.CheckConstraint("sound <> 'asked' OR sound_due_at IS NOT NULL", name=op.f("leg_asked_sound_has_an_end")),
        sa.CheckConstraint("sound IN ('silent', 'asked', 'playing')", name=op.f("leg_sound_is_known")),
        sa.CheckConstraint("want IN ('parked', 'with', 'in_conference', 'gone')", name=op.f("leg_want_is_known")),
        sa.CheckConstraint(
            "(command IS NULL) = (command_id IS NULL) AND (command IS NULL) = (command_due_at IS NULL)",
            name=op.f("leg_command_is_whole"),
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.agent_id"], name=op.f("leg_agent_id_fkey")),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name=op.f("leg_call_id_fkey")),
        sa.ForeignKeyConstraint(["switch_id"], ["switch.switch_id"], name=op.f("leg_switch_id_fkey")),
        sa.PrimaryKeyConstraint("leg_id", name=op.f("leg_pkey")),
        comment="One channel: what we want of it, what we saw of it, and at most one command in flight",
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_threshold": "200"},
    )
    op.create_index(
        "leg_command_due",
        "leg",
        ["command_due_at"],
        unique=False,
        postgresql_where=sa.text("command_due_at IS NOT NULL"),
    )
    op.create_index(
        "leg_deadman_due",
        "leg",
        ["deadman_due_at"],
        unique=False,
        postgresql_where=sa.text("deadman_due_at IS NOT NULL"),
    )
    op.create_index("leg_of_call", "leg", ["call_id"], unique=False)
    op.create_index(
        "leg_sound_due", "leg", ["sound_due_at"], unique=False, postgresql_where=sa.text("sound_due_at IS NOT NULL")
    )
    op.create_index(
        "one_live_customer_per_call",
        "leg",
        ["call_id"],
        unique=True,
        postgresql_where=sa.text("role = 'customer' AND seen <> 'gone'"),
    )
    op.create_table(
        "queue_visit",
        sa.Column("visit_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("queue_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("entry_reason", sa.Text(), server_default=sa.text("'inbound'"), nullable=False),
        sa.Column(
            "is_returned",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="goes before all others",
        ),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("entered_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "waiting_since",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="entered_at less all earlier waiting of the call",
        ),
        sa.Column("left_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=True, comment="who answered"),
        sa.CheckConstraint("entry_reason IN ('inbound', 'returned')", name=op.f("queue_visit_entry_reason_is_known")),
        sa.CheckConstraint(
            "outcome IN ('answered', 'abandoned', 'left_otherwise')", name=op.f("queue_visit_outcome_is_known")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (left_at IS NULL)", name=op.f("queue_visit_outcome_has_an_end")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.agent_id"], name=op.f("queue_visit_agent_id_fkey")),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name=op.f("queue_visit_call_id_fkey")),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.queue_id"], name=op.f("queue_visit_queue_id_fkey")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("queue_visit_pkey")),
        comment="One stay of one call in one queue",
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_threshold": "200"},
    )
    op.create_index(
        "one_open_visit_per_call", "queue_visit", ["call_id"], unique=True, postgresql_where=sa.text("outcome IS NULL")
    )
    op.create_index("queue_visit_of_call", "queue_visit", ["call_id", "entered_at"], unique=False)
    op.create_index("queue_visit_of_queue", "queue_visit", ["queue_id", "entered_at"], unique=False)
    op.create_index(
        "queue_visit_waiting",
        "queue_visit",
        [sa.literal_column("is_returned DESC"), sa.literal_column("priority DESC"), "waiting_since"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "offer",
        sa.Column("offer_id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("visit_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column(
            "leg_id",
            sa.UUID(as_uuid=False),
            nullable=False,
            comment="the leg that rings the agent; drawn with the offer",
        ),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("ring_ms", sa.Integer(), nullable=False),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ringing_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True, comment="the switch's word for it"),
        sa.Column(
            "retry_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="this agent is not offered this call again before",
        ),
        sa.CheckConstraint(
            "outcome IN ('answered', 'no_answer', 'rejected', 'busy', 'unreachable', 'caller_left', 'agent_left', 'withdrawn')",
            name=op.f("offer_outcome_is_known"),
        ),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name=op.f("offer_outcome_has_an_end")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.agent_id"], name=op.f("offer_agent_id_fkey")),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name=op.f("offer_call_id_fkey")),
        sa.ForeignKeyConstraint(["visit_id"], ["queue_visit.visit_id"], name=op.f("offer_visit_id_fkey")),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("offer_pkey")),
        comment="One attempt to ring one agent for one call",
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_threshold": "200"},
    )
    op.create_index("offer_due", "offer", ["expires_at"], unique=False, postgresql_where=sa.text("outcome IS NULL"))
    op.create_index("offer_of_call", "offer", ["call_id", "agent_id"], unique=False)
    op.create_index("offer_of_visit", "offer", ["visit_id"], unique=False)
    op.create_index(
        "one_open_offer_per_agent", "offer", ["agent_id"], unique=True, postgresql_where=sa.text("outcome IS NULL")
    )
    op.create_index(
        "one_open_offer_per_visit", "offer", ["visit_id"], unique=True, postgresql_where=sa.text("outcome IS NULL")
    )
    op.create_table(
        "segment",
        sa.Column("segment_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("leg_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('queued', 'ringing', 'talking', 'held')", name=op.f("segment_kind_is_known")),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("segment_goes_forward")),
        sa.ForeignKeyConstraint(["leg_id"], ["leg.leg_id"], name=op.f("segment_leg_id_fkey")),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("segment_pkey")),
        comment="A closed interval of a leg; the open one stands in leg.segment. Written by a trigger",
    )
    op.create_index("segment_of_call", "segment", ["call_id"], unique=False)
    op.create_index("segment_of_leg", "segment", ["leg_id", "started_at"], unique=False)

    for name in FILES:
        # exec_driver_sql: the text is sent as it stands, a colon or a percent sign in it means nothing
        op.get_bind().exec_driver_sql((SQL / f"0001_{name}.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
    for name in FUNCTIONS:
        op.execute(sa.text(f"DROP FUNCTION IF EXISTS {name} CASCADE"))
