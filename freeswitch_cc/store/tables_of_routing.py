"""The tables by which a call finds its agent: skills, groups, requirements, who is eligible, callers who are known.

`apply` writes them all but agent_day, which a trigger counts, and match_log, which fcc_match writes.
"""

import json

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from freeswitch_cc.core import feature_codes
from freeswitch_cc.store.schema import BUSY, NOW, Id, Instant, metadata

center = Table(
    "center",
    metadata,
    Column("only_one", Integer, primary_key=True, server_default=text("1"), autoincrement=False),
    Column("timezone", Text, nullable=False, server_default=text("'UTC'"), comment="whose midnight ends a day"),
    Column(
        "feature_codes",
        JSONB,
        nullable=False,
        server_default=text(f"'{json.dumps(feature_codes.KINDS)}'"),
        comment="what agents' phones dial, by kind of request; an empty one is switched off",
    ),
    CheckConstraint("only_one = 1", name="is_one_row"),
    comment="What holds for the whole center",
)

skill = Table(
    "skill",
    metadata,
    Column("skill_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("name", Text, nullable=False, unique=True),
    comment="What an agent may be good at",
)

agent_skill = Table(
    "agent_skill",
    metadata,
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="CASCADE"), nullable=False),
    Column("skill_id", Id, ForeignKey("skill.skill_id", ondelete="CASCADE"), nullable=False),
    Column("level", Integer, nullable=False, comment="1 to 10"),
    PrimaryKeyConstraint("agent_id", "skill_id"),
    CheckConstraint("level BETWEEN 1 AND 10", name="level_is_in_range"),
    comment="Who is good at what, and how good",
)
Index("agent_skill_by_skill", agent_skill.c.skill_id)

agent_group = Table(
    "agent_group",
    metadata,
    Column("group_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("name", Text, nullable=False, unique=True),
    comment="A team of agents",
)

group_member = Table(
    "group_member",
    metadata,
    Column("group_id", Id, ForeignKey("agent_group.group_id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("group_id", "agent_id"),
    comment="Who belongs to which group",
)
Index("group_member_by_agent", group_member.c.agent_id)

requirement = Table(
    "requirement",
    metadata,
    Column("requirement_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("expression", Text, nullable=False, unique=True, comment="as core.requirement writes it"),
    comment="What a call asks of its agent, besides what its queue asks",
)

qualification = Table(
    "qualification",
    metadata,
    Column("requirement_id", Id, ForeignKey("requirement.requirement_id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("requirement_id", "agent_id"),
    comment="Who meets which requirement; rewritten when configuration changes",
)

eligibility = Table(
    "eligibility",
    metadata,
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="CASCADE"), nullable=False),
    Column("queue_id", Id, ForeignKey("queue.queue_id", ondelete="CASCADE"), nullable=False),
    Column("tier", Integer, nullable=False, server_default=text("0"), comment="the first tier that he is in"),
    Column(
        "after_ms", Integer, nullable=False, server_default=text("0"), comment="how long a call waits for this tier"
    ),
    Column("position", Integer, nullable=False, server_default=text("0"), comment="in the file, for top_down"),
    Column("offered_at", Instant, comment="when he was last offered a call of this queue, for round_robin"),
    PrimaryKeyConstraint("agent_id", "queue_id"),
    CheckConstraint("tier >= 0 AND after_ms >= 0", name="tier_is_sane"),
    comment="Who may take calls of which queue; rewritten when configuration changes",
)
Index("eligibility_by_queue", eligibility.c.queue_id, eligibility.c.after_ms)

known_caller = Table(
    "known_caller",
    metadata,
    Column("number", Text, primary_key=True, comment="as the switch shows it"),
    Column("name", Text, nullable=False, server_default=text("''")),
    Column("importance", Integer, nullable=False, server_default=text("0"), comment="added to the priority"),
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="SET NULL"), comment="who is asked first"),
    comment="Callers whom we know by their number",
)
Index("known_caller_of_agent", known_caller.c.agent_id, postgresql_where=text("agent_id IS NOT NULL"))

agent_day = Table(
    "agent_day",
    metadata,
    Column("agent_id", Id, ForeignKey("agent.agent_id", ondelete="CASCADE"), nullable=False),
    Column("day", Date, nullable=False, comment="in the center's time zone"),
    Column("calls", Integer, nullable=False, server_default=text("0"), comment="talks that began on this day"),
    Column("talk_ms", BigInteger, nullable=False, server_default=text("0"), comment="of talks, when they ended"),
    PrimaryKeyConstraint("agent_id", "day"),
    comment="What each agent did on each day, for fewest_calls and least_talk. Counted by a trigger",
    postgresql_with=BUSY,
)

match_log = Table(
    "match_log",
    metadata,
    Column("log_id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Instant, nullable=False, server_default=NOW),
    Column("offer_id", Id, nullable=False),
    Column("call_id", Id, nullable=False),
    Column("queue_id", Id, nullable=False),
    Column("agent_id", Id, nullable=False),
    Column("waited_ms", BigInteger, nullable=False, comment="of all visits of the call"),
    Column("tier", Integer, nullable=False, comment="the tier that the agent is in; 1 is the first"),
    Column("eligible", Integer, nullable=False, comment="how many agents were in the tiers open to this call"),
    Column("ready", Integer, nullable=False, comment="how many of them could take it at once"),
    Column("because", Text, nullable=False, comment="why this one, in words"),
    Column("details", JSONB, nullable=False, server_default=text("'{}'"), comment="the figures behind the words"),
    comment="For people: why each call was offered to whom. Deleted after KEEP_DAYS; no rule reads it",
)
Index("match_log_of_call", match_log.c.call_id, match_log.c.log_id)
Index("match_log_by_time", match_log.c.at)
