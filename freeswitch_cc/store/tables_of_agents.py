"""The tables of people who take calls: what the center file says of them, what they do, why they pause.

`apply` writes the first part of an agent's row, the path the second one. Skills and groups: tables_of_routing.
"""

from sqlalchemy import (
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from freeswitch_cc.core import words
from freeswitch_cc.store.schema import BUSY, NOW, Id, Instant, metadata, one_of

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
    Column(
        "wrap_up_limit_ms",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="how long a wrap-up may become when he extends it; 0: it may not be extended",
    ),
    Column(
        "is_auto_answer", Boolean, nullable=False, server_default=text("false"), comment="his phone picks up at once"
    ),
    Column("max_misses", Integer, nullable=False, server_default=text("3")),
    Column("presence", Text, nullable=False, server_default=text("'offline'"), comment="chosen by the agent"),
    Column("reason", Text, comment="why he is not ready"),
    Column("pending_presence", Text, comment="asked for during a call, taken after wrap-up"),
    Column("pending_reason", Text),
    Column("pending_by", Text, comment="who asked for it, if not he himself: a supervisor, the system"),
    Column("activity", Text, nullable=False, server_default=text("'idle'"), comment="seen by the system"),
    Column("activity_at", Instant, nullable=False, server_default=NOW),
    Column("state_at", Instant, nullable=False, server_default=NOW, comment="last change of presence or activity"),
    Column("presence_at", Instant, nullable=False, server_default=NOW, comment="last change of presence or reason"),
    Column("due_at", Instant, comment="when a passing activity is looked at if nothing ended it"),
    Column("call_id", Id, comment="the call that keeps him busy, or whose wrap-up he is in"),
    Column("last_call_id", Id, comment="the call that he was in last, the present one while he talks"),
    Column("idle_since", Instant, comment="the longest idle is offered first"),
    Column("talking_since", Instant, comment="when the talk that he is in began. Kept by a trigger"),
    Column("released_at", Instant, comment="when his last leg ended"),
    Column("wrap_up_limit_at", Instant, comment="until when the wrap-up that he is in may be extended"),
    Column("changed_by", Text, comment="who made it so, if not the agent and no call: a supervisor, the system"),
    Column(
        "failures",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="offers in a row that never rang",
    ),
    Column("misses", Integer, nullable=False, server_default=text("0"), comment="offers in a row that he let ring"),
    Column("failed_at", Instant, comment="when the last of the failures was counted"),
    Column(
        "is_back_with_phone",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="not ready, or pending so, only because his phone is not registered: available again with it",
    ),
    Column("may_dial", JSONB, nullable=False, server_default=text("'[]'"), comment="classes of numbers he may call"),
    Column("caller_ids", JSONB, nullable=False, server_default=text("'[]'"), comment="which he may show"),
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
Index("agent_by_contact", agent.c.contact)

registration = Table(
    "registration",
    metadata,
    Column("switch_id", Id, ForeignKey("switch.switch_id", ondelete="CASCADE"), nullable=False),
    Column("contact", Text, nullable=False, comment="user/<id>@<domain>, as an agent's"),
    Column("is_registered", Boolean, nullable=False, comment="false: it was, and is not any more"),
    Column("changed_at", Instant, nullable=False, server_default=NOW),
    Column(
        "call_ids",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="of its registrations; changed_at is that of a new one, too: the phone was started anew",
    ),
    PrimaryKeyConstraint("switch_id", "contact"),
    comment="A phone that was ever seen registered at a switch; of any other nothing is known",
)
Index("registration_by_contact", registration.c.contact)

not_ready_reason = Table(
    "not_ready_reason",
    metadata,
    Column("name", Text, primary_key=True),
    Column("is_productive", Boolean, nullable=False, server_default=text("false"), comment="does he work meanwhile?"),
    Column("is_paid", Boolean, nullable=False, server_default=text("true")),
    Column("longest_ms", Integer, comment="how long it may last; NULL: as long as he likes"),
    Column("is_system", Boolean, nullable=False, server_default=text("false"), comment="given by the engine"),
    Column("is_active", Boolean, nullable=False, server_default=text("true"), comment="may an agent give it?"),
    Column("number", Integer, comment="dialled behind the feature code of not_ready: *43*2"),
    CheckConstraint("longest_ms > 0", name="longest_ms_is_sane"),
    CheckConstraint("number BETWEEN 1 AND 99", name="number_is_sane"),
    comment="Why an agent may be not ready",
)

disposition = Table(
    "disposition",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    comment="What an agent may say that came of a call",
)

call_disposition = Table(
    "call_disposition",
    metadata,
    Column("call_id", Id, ForeignKey("call.call_id"), nullable=False),
    Column("agent_id", Id, ForeignKey("agent.agent_id"), nullable=False),
    Column("code", Text, ForeignKey("disposition.code"), nullable=False),
    Column("subject", Text, nullable=False, server_default=text("''"), comment="one line"),
    Column("noted_at", Instant, nullable=False),
    PrimaryKeyConstraint("call_id", "agent_id"),
    comment="What came of a call, as the agent says; the last word counts",
)
Index("call_disposition_by_code", call_disposition.c.code)
