"""Brings a database to a revision of the schema, up or down, and says where it is.

Drives alembic from Python: there is no ini file. The revisions themselves stand in migrations/.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

import freeswitch_cc
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.connect import connected

# Two engines that start at once must not both migrate. Any fixed number that nobody else uses.
_LOCK = 7_204_118_001


def migrate(url: str, revision: str = "head") -> None:
    """Up to a revision; does nothing when the database is there already."""
    with _locked(url) as connection:
        command.upgrade(_config(connection), revision)


def unmigrate(url: str, revision: str = "base") -> None:
    """Down to a revision, the data of what is above it is lost; `base` leaves nothing of ours."""
    with _locked(url) as connection:
        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """The revision that the database is at; None: it holds nothing of ours."""
    with connected(url) as connection:
        return _current(connection)


def require_newest(connection: Connection) -> None:
    """Refuse to work on another schema than ours, and say what to do."""
    there, needed = _current(connection), newest()
    if there is None:
        raise StoreFailed("the database holds no schema of ours yet: run `freeswitch-cc migrate`")
    if there != needed:
        raise StoreFailed(
            f"the database is at revision {there}, this version needs {needed}: run `freeswitch-cc migrate`"
        )


def newest() -> str | None:
    """The revision that this version of the package needs."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def migrations_directory() -> Path:
    """Inside the package when installed from a wheel, beside it in the source tree."""
    package = Path(freeswitch_cc.__file__).parent
    for candidate in (package / "migrations", package.parent / "migrations"):
        if (candidate / "env.py").is_file():
            return candidate
    raise StoreFailed(f"the migrations are missing: neither in {package} nor beside it")


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None) -> Config:
    config = Config()
    # ConfigParser reads % as the start of a name: a path may hold one.
    config.set_main_option("script_location", str(migrations_directory()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _locked(url: str) -> Iterator[Connection]:
    with connected(url) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        try:
            yield connection
        except CommandError as wrong:
            raise StoreFailed(f"the schema cannot be brought there: {wrong}") from wrong
