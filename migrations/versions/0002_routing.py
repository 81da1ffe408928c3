"""Skills, groups and tiers of agents, known callers, reasons and dispositions, and the log of matching.

The tables as they were at this revision; freeswitch_cc/store/tables.py is what they are now.

Revision ID: 0002
Revises: 0001
"""

import re
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
# In sql/, with the prefix 0002_.
FILES = (
    "ready_agent",
    "estimate",
    "day",
    "count_day",
    "skew",
    "staffed",
    "overflow",
    "due",
    "view_calls",
    "save",
    "best_agent",
    "nearest",
    "match",
    "next_tier",
    "view_agent",
    "view_dial",
    "log_agent",
    "request",
    "availability",
    "why",
    "rules",
)
# What is told of open offers: by name, its column, and whether it is unique.
OPEN_OFFERS = (
    ("offer_due", "expires_at", False),
    ("one_open_offer_per_agent", "agent_id", True),
    ("one_open_offer_per_visit", "visit_id", True),
)
# Tables that every call writes many times: their CHECKs are gathered when all are there.
RULED = ("agent", "call", "leg", "offer", "queue_visit")
# Functions of 0001 that a file of the same name (without fcc_) in FILES makes anew.
REPLACED = ("fcc_save", "fcc_match", "fcc_view_agent", "fcc_log_agent", "fcc_due")
# And one that is not needed any more.
DROPPED = ("fcc_view_call",)
# Functions and views that were not there before, each after those that it uses.
MADE = (
    ("VIEW", "ready_agent"),
    ("FUNCTION", "fcc_estimate"),
    ("FUNCTION", "fcc_estimated_wait"),
    ("FUNCTION", "fcc_foretold"),
    ("VIEW", "queue_visit_wait"),
    ("FUNCTION", "fcc_day"),
    ("FUNCTION", "fcc_count_day"),
    ("FUNCTION", "fcc_note_skew"),
    ("FUNCTION", "fcc_is_staffed"),
    ("FUNCTION", "fcc_note_deserted"),
    ("FUNCTION", "fcc_home"),
    ("FUNCTION", "fcc_forwarded"),
    ("FUNCTION", "fcc_overflow"),
    ("FUNCTION", "fcc_keep_length"),
    ("FUNCTION", "fcc_keep_forwarded"),
    ("FUNCTION", "fcc_best_agent"),
    ("FUNCTION", "fcc_nearest"),
    ("FUNCTION", "fcc_next_tier_ms"),
    ("FUNCTION", "fcc_view_calls"),
    ("FUNCTION", "fcc_view_dial"),
    ("FUNCTION", "fcc_name_call"),
    ("FUNCTION", "fcc_forget_keys"),
    ("VIEW", "agent_standing"),
    ("VIEW", "availability"),
    ("FUNCTION", "fcc_why"),
    ("FUNCTION", "fcc_spread_rules"),
    ("FUNCTION", "fcc_gather_rules"),
)

# Of tables that were there before.
CHECKS = (
    ("call", "call_held_since_when", "(held_by IS NULL) = (held_at IS NULL)"),
    ("call", "call_held_in_a_talk", "held_by IS NULL OR phase = 'talking'"),
    ("call", "call_step_is_known", "step IN ('announcing', 'greeting', 'beeping', 'recording')"),
    ("call", "call_leaving_in_steps", "(phase = 'leaving') = (step IS NOT NULL)"),
    ("call", "call_step_has_an_end", "(phase IN ('leaving', 'forwarding')) = (step_due_at IS NOT NULL)"),
    ("call", "call_forwarding_to_a_number", "phase <> 'forwarding' OR forward IS NOT NULL"),
    (
        "queue_visit",
        "queue_visit_left_reason_is_known",
        "left_reason IN ('closed', 'full', 'nobody', 'too_long', 'not_taken', 'not_reached')",
    ),
    (
        "queue_visit",
        "queue_visit_left_for_a_reason",
        "left_reason IS NULL OR outcome IS NOT DISTINCT FROM 'left_otherwise'",
    ),
    (
        "call",
        "call_placed_by_somebody",
        "placed IS NOT NULL OR (origin NOT IN ('outbound', 'internal') AND phase <> 'dialing')",
    ),
    ("eligibility", "eligibility_tier_is_sane", "tier >= 0 AND after_ms >= 0"),
    (
        "queue",
        "queue_strategy_is_known",
        "strategy IN ('longest_idle', 'least_talk', 'fewest_calls', 'top_down', 'round_robin', 'random')",
    ),
)
# Columns of words that have more words now, and those that they had.
WIDENED = (
    ("call", "phase", ("queued", "talking", "ending", "ended"), ("dialing", "leaving", "forwarding")),
    (
        "call",
        "outcome",
        ("completed", "abandoned", "no_entry_point", "dropped_by_switch", "switch_restarted"),
        (
            *("announced", "voicemail", "turned_away"),
            *("no_answer", "busy", "rejected", "unreachable"),
            *("cancelled", "agent_no_answer", "agent_unreachable", "agent_lost"),
        ),
    ),
    ("leg", "sound", ("silent", "asked", "playing"), ("over",)),
    ("leg", "segment", ("queued", "ringing", "talking", "held"), ("leaving",)),
    ("segment", "kind", ("queued", "ringing", "talking", "held"), ("leaving",)),
    ("queue_visit", "entry_reason", ("inbound", "returned"), ("overflow", "passed")),
)
# What a new word becomes when this is taken back, the nearest that there was: what it told more is lost then.
TAKEN_BACK = {
    "phase": "'ending'",
    "outcome": "CASE outcome WHEN 'turned_away' THEN 'abandoned' ELSE 'completed' END",
    "sound": "'silent'",
    "segment": "'queued'",
    "kind": "'queued'",
    "entry_reason": "'inbound'",
}
# What an agent may say, and what only the engine says: docs/glossary.md. A center file may bring its own.
REASONS = (
    # name, is_productive, is_paid, longest_ms, is_system, number
    ("break", False, True, 900_000, False, 1),
    ("meal", False, False, 3_600_000, False, 2),
    ("meeting", True, True, None, False, 3),
    ("training", True, True, None, False, 4),
    ("coaching", True, True, None, False, 5),
    ("admin_work", True, True, None, False, 6),
    ("technical", False, True, None, False, 7),
    ("other", False, True, None, False, 8),
    ("unspecified", False, True, None, True, None),
    ("logged_in", False, True, None, True, None),
    ("no_answer", False, True, None, True, None),
    ("device_down", False, True, None, True, None),
    ("forced", False, True, None, True, None),
)


def _run(statements: str) -> None:
    # exec_driver_sql: the text is sent as it stands, a colon or a percent sign in it means nothing
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))


def _one_of(column: str, words: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({listed})"


def _made_before(name: str) -> str:
    """What 0001 made a function with: a file of its own, or its part of guards, with its trigger."""
    path = SQL / f"0001_{name.removeprefix('fcc_')}.sql"
    if path.exists():
        return path.read_text(encoding="utf-8")
    parts = re.split(r"^(?=CREATE )", (SQL / "0001_guards.sql").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "".join(part for part in parts if f"{name}()" in part)


def upgrade() -> None:
    op.create_table(
        "agent_group",
        sa.Column("group_id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name=op.f("agent_group_pkey")),
        sa.UniqueConstraint("name", name=op.f("agent_group_name_key")),
        comment="A team of agents",
    )
    op.create_table(
        "center",
        sa.Column("only_one", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column(
            "timezone", sa.Text(), server_default=sa.text("'UTC'"), nullable=False, comment="whose midnight ends a day"
        ),
        sa.Column(
            "feature_codes",
            postgresql.JSONB(),
            server_default=sa.text(
                '\'{"logout": "*40", "login": "*41", "available": "*42", "not_ready": "*43", "end_wrap_up": "*44"}\''
            ),
            nullable=False,
            comment="what agents' phones dial, by kind of request; an empty one is switched off",
        ),
        sa.CheckConstraint("only_one = 1", name=op.f("center_is_one_row")),
        sa.PrimaryKeyConstraint("only_one", name=op.f("center_pkey")),
        comment="What holds for the whole center",
    )
    op.create_table(
        "dialling",
        sa.Column("only_one", sa.Integer(), server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column(
            "trunk",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="a gateway of the switch; empty: none",
        ),
        sa.Column(
            "prefix", sa.Text(), server_default=sa.text("''"), nullable=False, comment="before the digits of a number"
        ),
        sa.Column(
            "classes",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="classes of numbers: [{name, like}]",
        ),
        sa.Column(
            "ring_ms", sa.Integer(), server_default=sa.text("30000"), nullable=False, comment="how long a number rings"
        ),
        sa.Column(
            "agent_ring_ms",
            sa.Integer(),
            server_default=sa.text("15000"),
            nullable=False,
            comment="and an agent's phone",
        ),
        sa.Column(
            "max_call_ms",
            sa.Integer(),
            server_default=sa.text("7200000"),
            nullable=False,
            comment="after which the switch ends the leg of a number",
        ),
        sa.Column(
            "hold_music",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="for who waits or is on hold; empty: chords",
        ),
        sa.CheckConstraint("only_one = 1", name=op.f("dialling_is_one_row")),
        sa.CheckConstraint(
            "ring_ms > 0 AND agent_ring_ms > 0 AND max_call_ms > 0", name=op.f("dialling_times_are_sane")
        ),
        sa.PrimaryKeyConstraint("only_one", name=op.f("dialling_pkey")),
        comment="How agents call numbers, and each other",
    )
    op.create_table(
        "disposition",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("disposition_pkey")),
        comment="What an agent may say that came of a call",
    )
    op.create_table(
        "match_log",
        sa.Column("log_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("offer_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("queue_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("waited_ms", sa.BigInteger(), nullable=False, comment="of all visits of the call"),
        sa.Column("tier", sa.Integer(), nullable=False, comment="the tier that the agent is in; 1 is the first"),
        sa.Column(
            "eligible", sa.Integer(), nullable=False, comment="how many agents were in the tiers open to this call"
        ),
        sa.Column("ready", sa.Integer(), nullable=False, comment="how many of them could take it at once"),
        sa.Column("because", sa.Text(), nullable=False, comment="why this one, in words"),
        sa.Column(
            "details",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="the figures behind the words",
        ),
        sa.PrimaryKeyConstraint("log_id", name=op.f("match_log_pkey")),
        comment="For people: why each call was offered to whom. Deleted after KEEP_DAYS; no rule reads it",
    )
    op.create_index("match_log_by_time", "match_log", ["at"], unique=False)
    op.create_index("match_log_of_call", "match_log", ["call_id", "log_id"], unique=False)
    op.create_table(
        "not_ready_reason",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "is_productive",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="does he work meanwhile?",
        ),
        sa.Column("is_paid", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("longest_ms", sa.Integer(), nullable=True, comment="how long it may last; NULL: as long as he likes"),
        sa.Column(
            "is_system", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="given by the engine"
        ),
        sa.Column(
            "is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False, comment="may an agent give it?"
        ),
        sa.Column("number", sa.Integer(), nullable=True, comment="dialled behind the feature code of not_ready: *43*2"),
        sa.CheckConstraint("longest_ms > 0", name=op.f("not_ready_reason_longest_ms_is_sane")),
        sa.CheckConstraint("number BETWEEN 1 AND 99", name=op.f("not_ready_reason_number_is_sane")),
        sa.PrimaryKeyConstraint("name", name=op.f("not_ready_reason_pkey")),
        comment="Why an agent may be not ready",
    )
    op.create_table(
        "requirement",
        sa.Column(
            "requirement_id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.Column("expression", sa.Text(), nullable=False, comment="as core.requirement writes it"),
        sa.PrimaryKeyConstraint("requirement_id", name=op.f("requirement_pkey")),
        sa.UniqueConstraint("expression", name=op.f("requirement_expression_key")),
        comment="What a call asks of its agent, besides what its queue asks",
    )
    op.create_table(
        "skill",
        sa.Column("skill_id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("skill_id", name=op.f("skill_pkey")),
        sa.UniqueConstraint("name", name=op.f("skill_name_key")),
        comment="What an agent may be good at",
    )
    op.create_table(
        "voicemail_box",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("directory", sa.Text(), nullable=False, comment="on the switch's machine"),
        sa.Column(
            "greeting",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="played before the beep; empty: none",
        ),
        sa.Column("longest_ms", sa.Integer(), server_default=sa.text("180000"), nullable=False),
        sa.Column(
            "silence_ms",
            sa.Integer(),
            server_default=sa.text("5000"),
            nullable=False,
            comment="so much of it ends a message",
        ),
        sa.Column(
            "max_messages",
            sa.Integer(),
            server_default=sa.text("1000"),
            nullable=False,
            comment="it takes no more; 0: no limit",
        ),
        sa.Column(
            "max_per_caller",
            sa.Integer(),
            server_default=sa.text("10"),
            nullable=False,
            comment="of one number in a day; 0: no limit",
        ),
        sa.Column(
            "keep_days",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="older ones are removed by `voicemail remove`; 0: none",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("voicemail_box_pkey")),
        comment="Where messages are left",
    )
    op.create_table(
        "agent_day",
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="in the center's time zone"),
        sa.Column(
            "calls", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="talks that began on this day"
        ),
        sa.Column(
            "talk_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="of talks, when they ended"
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.agent_id"], name=op.f("agent_day_agent_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", "day", name=op.f("agent_day_pkey")),
        comment="What each agent did on each day, for fewest_calls and least_talk. Counted by a trigger",
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_threshold": "200"},
    )
    op.create_table(
        "agent_skill",
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("skill_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False, comment="1 to 10"),
        sa.CheckConstraint("level BETWEEN 1 AND 10", name=op.f("agent_skill_level_is_in_range")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.agent_id"], name=op.f("agent_skill_agent_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["skill_id"], ["skill.skill_id"], name=op.f("agent_skill_skill_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", "skill_id", name=op.f("agent_skill_pkey")),
        comment="Who is good at what, and how good",
    )
    op.create_index("agent_skill_by_skill", "agent_skill", ["skill_id"], unique=False)
    op.create_table(
        "group_member",
        sa.Column("group_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.agent_id"], name=op.f("group_member_agent_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["agent_group.group_id"], name=op.f("group_member_group_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "agent_id", name=op.f("group_member_pkey")),
        comment="Who belongs to which group",
    )
    op.create_index("group_member_by_agent", "group_member", ["agent_id"], unique=False)
    op.create_table(
        "known_caller",
        sa.Column("number", sa.Text(), nullable=False, comment="as the switch shows it"),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "importance", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="added to the priority"
        ),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=True, comment="who is asked first"),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.agent_id"], name=op.f("known_caller_agent_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("known_caller_pkey")),
        comment="Callers whom we know by their number",
    )
    op.create_index(
        "known_caller_of_agent",
        "known_caller",
        ["agent_id"],
        unique=False,
        postgresql_where=sa.text("agent_id IS NOT NULL"),
    )
    op.create_table(
        "qualification",
        sa.Column("requirement_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agent.agent_id"], name=op.f("qualification_agent_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["requirement_id"],
            ["requirement.requirement_id"],
            name=op.f("qualification_requirement_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("requirement_id", "agent_id", name=op.f("qualification_pkey")),
        comment="Who meets which requirement; rewritten when configuration changes",
    )
    op.create_table(
        "registration",
        sa.Column("switch_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False, comment="user/<id>@<domain>, as an agent's"),
        sa.Column("is_registered", sa.Boolean(), nullable=False, comment="false: it was, and is not any more"),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "call_ids",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="of its registrations; changed_at is that of a new one, too: the phone was started anew",
        ),
        sa.ForeignKeyConstraint(
            ["switch_id"], ["switch.switch_id"], name=op.f("registration_switch_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("switch_id", "contact", name=op.f("registration_pkey")),
        comment="A phone that was ever seen registered at a switch; of any other nothing is known",
    )
    op.create_index("registration_by_contact", "registration", ["contact"], unique=False)
    op.create_table(
        "call_disposition",
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("agent_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False, comment="one line"),
        sa.Column("noted_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.agent_id"], name=op.f("call_disposition_agent_id_fkey")),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name=op.f("call_disposition_call_id_fkey")),
        sa.ForeignKeyConstraint(["code"], ["disposition.code"], name=op.f("call_disposition_code_fkey")),
        sa.PrimaryKeyConstraint("call_id", "agent_id", name=op.f("call_disposition_pkey")),
        comment="What came of a call, as the agent says; the last word counts",
    )
    op.create_index("call_disposition_by_code", "call_disposition", ["code"], unique=False)
    op.create_table(
        "voicemail",
        sa.Column("call_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column(
            "queue_id", sa.UUID(as_uuid=False), nullable=True, comment="that it was left instead of an answer of"
        ),
        sa.Column("box", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False, comment="of the file, on the switch's machine"),
        sa.Column("ms", sa.BigInteger(), nullable=True, comment="its length; NULL: not told (yet)"),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="when the switch began to record"),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name=op.f("voicemail_call_id_fkey")),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.queue_id"], name=op.f("voicemail_queue_id_fkey")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("voicemail_pkey")),
        comment="Messages that callers have left",
    )
    op.create_index("voicemail_by_time", "voicemail", ["at"], unique=False)
    op.create_index("voicemail_of_box", "voicemail", ["box", "at"], unique=False)
    op.add_column(
        "agent",
        sa.Column(
            "wrap_up_limit_ms",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="how long a wrap-up may become when he extends it; 0: it may not be extended",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "is_auto_answer",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="his phone picks up at once",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "pending_by",
            sa.Text(),
            nullable=True,
            comment="who asked for it, if not he himself: a supervisor, the system",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "presence_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="last change of presence or reason",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "last_call_id",
            sa.UUID(as_uuid=False),
            nullable=True,
            comment="the call that he was in last, the present one while he talks",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "talking_since",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when the talk that he is in began. Kept by a trigger",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "wrap_up_limit_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="until when the wrap-up that he is in may be extended",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "changed_by",
            sa.Text(),
            nullable=True,
            comment="who made it so, if not the agent and no call: a supervisor, the system",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "failures",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="offers in a row that never rang",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "failed_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when the last of the failures was counted",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "is_back_with_phone",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="not ready, or pending so, only because his phone is not registered: available again with it",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "may_dial",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="classes of numbers he may call",
        ),
    )
    op.add_column(
        "agent",
        sa.Column(
            "caller_ids",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="which he may show",
        ),
    )
    op.create_index("agent_by_contact", "agent", ["contact"], unique=False)
    op.add_column(
        "agent_state_log",
        sa.Column(
            "changed_by",
            sa.Text(),
            nullable=True,
            comment="who made it so, if not the agent and no call: a supervisor, the system",
        ),
    )
    op.add_column(
        "call",
        sa.Column(
            "held_by",
            sa.UUID(as_uuid=False),
            nullable=True,
            comment="the agent who has asked to put the customer on hold",
        ),
    )
    op.add_column(
        "call", sa.Column("held_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="since when")
    )
    op.add_column(
        "call",
        sa.Column(
            "farewell",
            postgresql.JSONB(
                none_as_null=True,
            ),
            nullable=True,
            comment="what is played to the caller, or recorded, before it ends",
        ),
    )
    op.add_column("call", sa.Column("step", sa.Text(), nullable=True, comment="what he hears of it now"))
    op.add_column(
        "call",
        sa.Column(
            "step_due_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when that is over, though nobody told",
        ),
    )
    op.add_column(
        "call",
        sa.Column(
            "placed",
            postgresql.JSONB(),
            nullable=True,
            comment="of a call that an agent has placed: who, whom, and what was agreed on",
        ),
    )
    op.add_column(
        "call",
        sa.Column(
            "called_back_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="since when the agent is called back, his customer waiting",
        ),
    )
    op.add_column(
        "call",
        sa.Column(
            "forward",
            postgresql.JSONB(
                none_as_null=True,
            ),
            nullable=True,
            comment="the number to which its queue overflowed, and what was agreed on, until it was not reached",
        ),
    )
    op.create_index(
        "call_of_caller",
        "call",
        ["caller_number", "started_at"],
        unique=False,
        postgresql_where=sa.text("caller_number <> ''"),
    )
    op.create_index(
        "call_at_number",
        "call",
        ["call_id"],
        unique=False,
        postgresql_where=sa.text("forward IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "call_step_due", "call", ["step_due_at"], unique=False, postgresql_where=sa.text("step_due_at IS NOT NULL")
    )
    op.create_foreign_key(op.f("call_held_by_fkey"), "call", "agent", ["held_by"], ["agent_id"])
    op.add_column(
        "eligibility",
        sa.Column(
            "tier", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="the first tier that he is in"
        ),
    )
    op.add_column(
        "eligibility",
        sa.Column(
            "after_ms",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="how long a call waits for this tier",
        ),
    )
    op.add_column(
        "eligibility",
        sa.Column(
            "position", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="in the file, for top_down"
        ),
    )
    op.add_column(
        "eligibility",
        sa.Column(
            "offered_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when he was last offered a call of this queue, for round_robin",
        ),
    )
    op.drop_index(op.f("eligibility_by_queue"), table_name="eligibility")
    op.create_index("eligibility_by_queue", "eligibility", ["queue_id", "after_ms"], unique=False)
    op.add_column(
        "entry_point",
        sa.Column(
            "priority", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="added to the queue's"
        ),
    )
    op.add_column(
        "entry_point",
        sa.Column(
            "requires", sa.Text(), nullable=True, comment="what its calls ask of an agent, besides what the queue asks"
        ),
    )
    op.add_column(
        "leg",
        sa.Column(
            "is_muted",
            sa.Boolean(),
            nullable=True,
            comment="by request: nobody is to hear this leg; NULL: it was never asked for",
        ),
    )
    op.add_column(
        "offer",
        sa.Column(
            "pause_ms",
            sa.Integer(),
            nullable=True,
            comment="so much longer he is left alone with each try of this call",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "hold_music",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="for who is on hold; empty: music",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "priority_by",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="what attached data add to the priority: [{key, value, add}]",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "strategy",
            sa.Text(),
            server_default=sa.text("'longest_idle'"),
            nullable=False,
            comment="who of the ready is best",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "tiers",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="tiers that open as the wait grows: [{after_ms, requires, agents}], the first at once",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "is_last_agent_first",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="who talked to this caller last is asked first",
        ),
    )
    op.add_column(
        "queue", sa.Column("wrap_up_limit_ms", sa.Integer(), nullable=True, comment="overrides the agent's own")
    )
    op.add_column(
        "queue",
        sa.Column(
            "hours",
            postgresql.JSONB(
                none_as_null=True,
            ),
            nullable=True,
            comment="{weekly: {mon: [08:00-18:00]}, closed_on: [dates]}; NULL: always open",
        ),
    )
    op.add_column(
        "queue",
        sa.Column("max_wait_ms", sa.Integer(), nullable=True, comment="a call that has waited here so long overflows"),
    )
    op.add_column(
        "queue",
        sa.Column("max_length", sa.Integer(), nullable=True, comment="a call that finds so many in it overflows"),
    )
    op.add_column(
        "queue",
        sa.Column(
            "overflow",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="where to, by reason: {full: target}",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "agent_wait_ms",
            sa.Integer(),
            server_default=sa.text("60000"),
            nullable=False,
            comment="for who overflows to an agent",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "agent_tries",
            sa.Integer(),
            server_default=sa.text("2"),
            nullable=False,
            comment="rings, before such a one comes back",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "may_dial",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="classes of numbers it may overflow to",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "caller_ids",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="which such a number is shown",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "max_forwarded",
            sa.Integer(),
            server_default=sa.text("10"),
            nullable=False,
            comment="so many of its calls may be at numbers at once; 0: no limit",
        ),
    )
    op.add_column(
        "queue",
        sa.Column(
            "max_forwarded_per_caller",
            sa.Integer(),
            server_default=sa.text("10"),
            nullable=False,
            comment="for one number in a day; 0: no limit",
        ),
    )
    op.add_column(
        "queue_visit",
        sa.Column(
            "requirement_id",
            sa.UUID(as_uuid=False),
            nullable=True,
            comment="what this call asks of an agent, besides what the queue asks",
        ),
    )
    op.add_column(
        "queue_visit",
        sa.Column(
            "preferred_agent_id", sa.UUID(as_uuid=False), nullable=True, comment="who is asked first, if he is ready"
        ),
    )
    op.add_column(
        "queue_visit", sa.Column("position", sa.Integer(), nullable=True, comment="its place in the queue when it came")
    )
    op.add_column(
        "queue_visit",
        sa.Column(
            "estimated_wait_ms", sa.BigInteger(), nullable=True, comment="foretold when it came; NULL: nothing to go by"
        ),
    )
    op.alter_column(
        "queue_visit",
        "waiting_since",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        comment="entered_at less all earlier waiting, by our clock",
        existing_comment="entered_at less all earlier waiting of the call",
        existing_nullable=False,
    )
    op.add_column(
        "queue_visit",
        sa.Column("left_reason", sa.Text(), nullable=True, comment="of who left otherwise: why it overflowed"),
    )
    op.add_column(
        "queue_visit",
        sa.Column(
            "overflow_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when is looked whether it overflows",
        ),
    )
    op.add_column(
        "queue_visit",
        sa.Column(
            "spent",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="overflows that are over for this call",
        ),
    )
    op.add_column(
        "queue_visit",
        sa.Column(
            "came_from",
            sa.UUID(as_uuid=False),
            nullable=True,
            comment="in the line of one agent: the visit that it left, where it goes back to",
        ),
    )
    op.add_column(
        "queue_visit",
        sa.Column(
            "tries", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="so often he did not take it"
        ),
    )
    op.add_column(
        "queue_visit", sa.Column("max_tries", sa.Integer(), nullable=True, comment="after so many it goes back")
    )
    # Each of use to one question only: while no offer is open all look alike to the planner, and the plan is kept.
    for name, column, is_unique in OPEN_OFFERS:
        op.drop_index(name, table_name="offer")
        which = sa.text(f"outcome IS NULL AND {column} IS NOT NULL")
        op.create_index(name, "offer", [column], unique=is_unique, postgresql_where=which)
    op.create_index(
        "queue_visit_answered",
        "queue_visit",
        ["queue_id", "left_at"],
        unique=False,
        postgresql_where=sa.text("outcome = 'answered'"),
    )
    op.create_index(
        "queue_visit_overflow_due",
        "queue_visit",
        ["overflow_at"],
        unique=False,
        postgresql_where=sa.text("overflow_at IS NOT NULL AND outcome IS NULL"),
    )
    op.add_column(
        "request",
        sa.Column(
            "call_id",
            sa.UUID(as_uuid=False),
            nullable=True,
            comment="the call that it is about; if it is to be about one, and none is named: the agent's",
        ),
    )
    op.add_column(
        "switch_heartbeat",
        sa.Column(
            "lag_ms",
            sa.Integer(),
            nullable=True,
            comment="our clock less heartbeat_at, when it was noted. Kept by a trigger",
        ),
    )
    op.add_column(
        "switch_heartbeat",
        sa.Column(
            "skew_ms",
            sa.Integer(),
            nullable=True,
            comment="by how much the switch's clock is behind ours. Kept by a trigger",
        ),
    )
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(name), table, condition)
    for table, column, before, new in WIDENED:
        op.drop_constraint(op.f(f"{table}_{column}_is_known"), table, type_="check")
        op.create_check_constraint(op.f(f"{table}_{column}_is_known"), table, _one_of(column, before + new))
    op.execute(sa.text("INSERT INTO center DEFAULT VALUES"))
    op.execute(sa.text("INSERT INTO dialling DEFAULT VALUES"))
    columns = ("name", "is_productive", "is_paid", "longest_ms", "is_system", "number")
    reasons = sa.table("not_ready_reason", *(sa.column(name) for name in columns))
    op.bulk_insert(reasons, [dict(zip(columns, reason, strict=True)) for reason in REASONS])
    for name in (*REPLACED, *DROPPED):
        op.execute(sa.text(f"DROP FUNCTION {name} CASCADE"))
    for name in FILES:
        _run((SQL / f"0002_{name}.sql").read_text(encoding="utf-8"))
    for table in RULED:
        _run(f"SELECT fcc_gather_rules('{table}')")


def downgrade() -> None:
    for table in RULED:
        _run(f"SELECT fcc_spread_rules('{table}')")
    for kind, name in reversed(MADE):
        op.execute(sa.text(f"DROP {kind} {name} CASCADE"))
    for name in REPLACED:
        op.execute(sa.text(f"DROP FUNCTION {name} CASCADE"))
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(name), table, type_="check")
    for table, column, before, new in WIDENED:
        op.drop_constraint(op.f(f"{table}_{column}_is_known"), table, type_="check")
        # Not as something that happens: no history is to be written of it.
        op.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        op.execute(sa.text(f"UPDATE {table} SET {column} = {TAKEN_BACK[column]} WHERE {_one_of(column, new)}"))
        op.execute(sa.text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        op.create_check_constraint(op.f(f"{table}_{column}_is_known"), table, _one_of(column, before))

    op.drop_column("switch_heartbeat", "skew_ms")
    op.drop_column("switch_heartbeat", "lag_ms")
    op.drop_column("request", "call_id")
    op.drop_index(
        "queue_visit_overflow_due",
        table_name="queue_visit",
        postgresql_where=sa.text("overflow_at IS NOT NULL AND outcome IS NULL"),
    )
    op.drop_index("queue_visit_answered", table_name="queue_visit", postgresql_where=sa.text("outcome = 'answered'"))
    for name, column, is_unique in OPEN_OFFERS:
        op.drop_index(name, table_name="offer")
        op.create_index(name, "offer", [column], unique=is_unique, postgresql_where=sa.text("outcome IS NULL"))
    op.alter_column(
        "queue_visit",
        "waiting_since",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        comment="entered_at less all earlier waiting of the call",
        existing_comment="entered_at less all earlier waiting, by our clock",
        existing_nullable=False,
    )
    op.drop_column("queue_visit", "max_tries")
    op.drop_column("queue_visit", "tries")
    op.drop_column("queue_visit", "came_from")
    op.drop_column("queue_visit", "spent")
    op.drop_column("queue_visit", "overflow_at")
    op.drop_column("queue_visit", "left_reason")
    op.drop_column("queue_visit", "estimated_wait_ms")
    op.drop_column("queue_visit", "position")
    op.drop_column("queue_visit", "preferred_agent_id")
    op.drop_column("queue_visit", "requirement_id")
    op.drop_column("queue", "max_forwarded_per_caller")
    op.drop_column("queue", "max_forwarded")
    op.drop_column("queue", "caller_ids")
    op.drop_column("queue", "may_dial")
    op.drop_column("queue", "agent_tries")
    op.drop_column("queue", "agent_wait_ms")
    op.drop_column("queue", "overflow")
    op.drop_column("queue", "max_length")
    op.drop_column("queue", "max_wait_ms")
    op.drop_column("queue", "hours")
    op.drop_column("queue", "wrap_up_limit_ms")
    op.drop_column("queue", "is_last_agent_first")
    op.drop_column("queue", "tiers")
    op.drop_column("queue", "strategy")
    op.drop_column("queue", "priority_by")
    op.drop_column("queue", "hold_music")
    op.drop_column("offer", "pause_ms")
    op.drop_column("leg", "is_muted")
    op.drop_column("entry_point", "requires")
    op.drop_column("entry_point", "priority")
    op.drop_index("eligibility_by_queue", table_name="eligibility")
    op.create_index(op.f("eligibility_by_queue"), "eligibility", ["queue_id"], unique=False)
    op.drop_column("eligibility", "offered_at")
    op.drop_column("eligibility", "position")
    op.drop_column("eligibility", "after_ms")
    op.drop_column("eligibility", "tier")
    op.drop_constraint(op.f("call_held_by_fkey"), "call", type_="foreignkey")
    op.drop_index("call_step_due", table_name="call", postgresql_where=sa.text("step_due_at IS NOT NULL"))
    op.drop_index("call_of_caller", table_name="call", postgresql_where=sa.text("caller_number <> ''"))
    op.drop_index(
        "call_at_number", table_name="call", postgresql_where=sa.text("forward IS NOT NULL AND ended_at IS NULL")
    )
    op.drop_column("call", "forward")
    op.drop_column("call", "called_back_at")
    op.drop_column("call", "placed")
    op.drop_column("call", "step_due_at")
    op.drop_column("call", "step")
    op.drop_column("call", "farewell")
    op.drop_column("call", "held_at")
    op.drop_column("call", "held_by")
    op.drop_column("agent_state_log", "changed_by")
    op.drop_index("agent_by_contact", table_name="agent")
    op.drop_column("agent", "caller_ids")
    op.drop_column("agent", "may_dial")
    op.drop_column("agent", "is_back_with_phone")
    op.drop_column("agent", "failed_at")
    op.drop_column("agent", "failures")
    op.drop_column("agent", "changed_by")
    op.drop_column("agent", "wrap_up_limit_at")
    op.drop_column("agent", "talking_since")
    op.drop_column("agent", "last_call_id")
    op.drop_column("agent", "presence_at")
    op.drop_column("agent", "pending_by")
    op.drop_column("agent", "is_auto_answer")
    op.drop_column("agent", "wrap_up_limit_ms")
    op.drop_index("voicemail_of_box", table_name="voicemail")
    op.drop_index("voicemail_by_time", table_name="voicemail")
    op.drop_table("voicemail")
    op.drop_index("call_disposition_by_code", table_name="call_disposition")
    op.drop_table("call_disposition")
    op.drop_index("registration_by_contact", table_name="registration")
    op.drop_table("registration")
    op.drop_table("qualification")
    op.drop_index("known_caller_of_agent", table_name="known_caller", postgresql_where=sa.text("agent_id IS NOT NULL"))
    op.drop_table("known_caller")
    op.drop_index("group_member_by_agent", table_name="group_member")
    op.drop_table("group_member")
    op.drop_index("agent_skill_by_skill", table_name="agent_skill")
    op.drop_table("agent_skill")
    op.drop_table("agent_day")
    op.drop_table("voicemail_box")
    op.drop_table("skill")
    op.drop_table("requirement")
    op.drop_table("not_ready_reason")
    op.drop_index("match_log_of_call", table_name="match_log")
    op.drop_index("match_log_by_time", table_name="match_log")
    op.drop_table("match_log")
    op.drop_table("disposition")
    op.drop_table("dialling")
    op.drop_table("center")
    op.drop_table("agent_group")
    for name in (*REPLACED, *DROPPED):
        _run(_made_before(name))
