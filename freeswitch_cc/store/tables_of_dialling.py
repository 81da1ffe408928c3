"""The table of calls that agents place: who may call what stands in agent, how it is called here. `apply` writes it."""

from sqlalchemy import CheckConstraint, Column, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from freeswitch_cc.store.schema import metadata

dialling = Table(
    "dialling",
    metadata,
    Column("only_one", Integer, primary_key=True, server_default=text("1"), autoincrement=False),
    Column("trunk", Text, nullable=False, server_default=text("''"), comment="a gateway of the switch; empty: none"),
    Column("prefix", Text, nullable=False, server_default=text("''"), comment="before the digits of a number"),
    Column("classes", JSONB, nullable=False, server_default=text("'[]'"), comment="classes of numbers: [{name, like}]"),
    Column("ring_ms", Integer, nullable=False, server_default=text("30000"), comment="how long a number rings"),
    Column("agent_ring_ms", Integer, nullable=False, server_default=text("15000"), comment="and an agent's phone"),
    Column(
        "max_call_ms",
        Integer,
        nullable=False,
        server_default=text("7200000"),
        comment="after which the switch ends the leg of a number",
    ),
    Column(
        "hold_music",
        Text,
        nullable=False,
        server_default=text("''"),
        comment="for who waits or is on hold; empty: chords",
    ),
    CheckConstraint("only_one = 1", name="is_one_row"),
    CheckConstraint("ring_ms > 0 AND agent_ring_ms > 0 AND max_call_ms > 0", name="times_are_sane"),
    comment="How agents call numbers, and each other",
)
