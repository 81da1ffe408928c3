"""One short-lived connection in one transaction, for people's commands; its failures are told in one sentence.

Not for the engine: its pool, and running a lost transaction again, are store.db's.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from freeswitch_cc.errors import StoreFailed


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Committed at the end of the block, rolled back when it fails."""
    try:
        # SQLAlchemy's own choice of driver for postgresql:// is not the one that we install.
        engine = create_engine(make_url(url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    except ArgumentError as wrong:
        raise StoreFailed("the database URL cannot be read") from wrong
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as failure:
        raise StoreFailed(f"the database said: {first_line(failure)}") from failure
    finally:
        engine.dispose()


def first_line(failure: Exception) -> str:
    """What PostgreSQL said, without the statement and the link that SQLAlchemy adds."""
    said = str(getattr(failure, "orig", None) or failure).strip()
    return said.splitlines()[0] if said else type(failure).__name__
