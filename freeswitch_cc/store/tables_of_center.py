"""The tables of what calls come in by and wait in: switches, queues, entry points. `apply` writes them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from freeswitch_cc.core import words
from freeswitch_cc.store.schema import Id, Instant, metadata, one_of

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
    Column("lag_ms", Integer, comment="our clock less heartbeat_at, when it was noted. Kept by a trigger"),
    Column("skew_ms", Integer, comment="by how much the switch's clock is behind ours. Kept by a trigger"),
    comment="The last sign of life of each switch",
)

queue = Table(
    "queue",
    metadata,
    Column("queue_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("name", Text, nullable=False, unique=True),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("ring_ms", Integer, nullable=False, server_default=text("15000")),
    Column("music", Text, nullable=False),
    Column("hold_music", Text, nullable=False, server_default=text("''"), comment="for who is on hold; empty: music"),
    Column("priority", Integer, nullable=False, server_default=text("0"), comment="higher goes first"),
    Column(
        "priority_by",
        JSONB,
        nullable=False,
        server_default=text("'[]'"),
        comment="what attached data add to the priority: [{key, value, add}]",
    ),
    Column("strategy", Text, nullable=False, server_default=text("'longest_idle'"), comment="who of the ready is best"),
    Column(
        "tiers",
        JSONB,
        nullable=False,
        server_default=text("'[]'"),
        comment="tiers that open as the wait grows: [{after_ms, requires, agents}], the first at once",
    ),
    Column(
        "is_last_agent_first",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="who talked to this caller last is asked first",
    ),
    Column("wrap_up", Text, comment="overrides the agent's own"),
    Column("wrap_up_ms", Integer),
    Column("wrap_up_limit_ms", Integer, comment="overrides the agent's own"),
    Column(
        "hours",
        JSONB(none_as_null=True),
        comment="{weekly: {mon: [08:00-18:00]}, closed_on: [dates]}; NULL: always open",
    ),
    Column("max_wait_ms", Integer, comment="a call that has waited here so long overflows"),
    Column("max_length", Integer, comment="a call that finds so many in it overflows"),
    Column(
        "overflow", JSONB, nullable=False, server_default=text("'{}'"), comment="where to, by reason: {full: target}"
    ),
    Column(
        "agent_wait_ms", Integer, nullable=False, server_default=text("60000"), comment="for who overflows to an agent"
    ),
    Column(
        "agent_tries", Integer, nullable=False, server_default=text("2"), comment="rings, before such a one comes back"
    ),
    Column(
        "may_dial",
        JSONB,
        nullable=False,
        server_default=text("'[]'"),
        comment="classes of numbers it may overflow to",
    ),
    Column("caller_ids", JSONB, nullable=False, server_default=text("'[]'"), comment="which such a number is shown"),
    Column(
        "max_forwarded",
        Integer,
        nullable=False,
        server_default=text("10"),
        comment="so many of its calls may be at numbers at once; 0: no limit",
    ),
    Column(
        "max_forwarded_per_caller",
        Integer,
        nullable=False,
        server_default=text("10"),
        comment="for one number in a day; 0: no limit",
    ),
    one_of("wrap_up", words.WrapUp),
    one_of("strategy", words.Strategy),
    CheckConstraint("ring_ms BETWEEN 1000 AND 600000", name="ring_ms_is_sane"),
    CheckConstraint("wrap_up IS DISTINCT FROM 'timed' OR coalesce(wrap_up_ms, 0) > 0", name="timed_wrap_up_has_a_time"),
    comment="Where calls wait",
)

voicemail_box = Table(
    "voicemail_box",
    metadata,
    Column("name", Text, primary_key=True),
    Column("directory", Text, nullable=False, comment="on the switch's machine"),
    Column("greeting", Text, nullable=False, server_default=text("''"), comment="played before the beep; empty: none"),
    Column("longest_ms", Integer, nullable=False, server_default=text("180000")),
    Column("silence_ms", Integer, nullable=False, server_default=text("5000"), comment="so much of it ends a message"),
    Column(
        "max_messages", Integer, nullable=False, server_default=text("1000"), comment="it takes no more; 0: no limit"
    ),
    Column(
        "max_per_caller",
        Integer,
        nullable=False,
        server_default=text("10"),
        comment="of one number in a day; 0: no limit",
    ),
    Column(
        "keep_days",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="older ones are removed by `voicemail remove`; 0: none",
    ),
    comment="Where messages are left",
)

entry_point = Table(
    "entry_point",
    metadata,
    Column("entry_point_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("number", Text, nullable=False, unique=True, comment="as dialled"),
    Column("queue_id", Id, ForeignKey("queue.queue_id"), nullable=False),
    Column("priority", Integer, nullable=False, server_default=text("0"), comment="added to the queue's"),
    Column("requires", Text, comment="what its calls ask of an agent, besides what the queue asks"),
    Column("attached", JSONB, nullable=False, server_default=text("'{}'"), comment="data that every call brings along"),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    comment="What a dialled number leads to",
)
