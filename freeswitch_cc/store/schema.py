"""What all tables share: the metadata with its naming rules, the column types, and `one_of`. No tables."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, MetaData, text
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID

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


# Small tables whose rows change with every event: dead rows are swept before they outnumber the living.
# Their indexed due columns change each time, so no update of theirs is heap-only and room in the page buys nothing.
BUSY = {"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_threshold": "200"}
