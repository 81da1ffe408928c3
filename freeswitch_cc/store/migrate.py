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


# As engine.ownership takes them. The table switch is there as soon as anything is.
_OWNED = text("""
    SELECT s.name
      FROM switch s JOIN pg_locks k
        ON k.locktype = 'advisory' AND k.granted AND k.objsubid = 1
           AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
           AND (k.classid::bigint << 32 | k.objid::bigint)
               = hashtextextended('freeswitch_cc.switch.' || s.switch_id, 0)
     ORDER BY s.name
""")


def migrate(url: str, revision: str = "head", *, beside_engines: bool = False) -> None:
    """Up to a revision; does nothing when the database is there already.

    An engine that runs would lose events on a schema that it does not know: while one does, StoreFailed, and nothing
    is changed. beside_engines: do it all the same.
    """
    with _locked(url) as connection:
        before = _current(connection)
        if before is not None and before != (newest() if revision == "head" else revision) and not beside_engines:
            _refuse_beside_engines(connection)
        command.upgrade(_config(connection), revision)


def unmigrate(url: str, revision: str = "base") -> None:
    """Down to a revision, the data of what is above it is lost; `base` leaves nothing of ours. Beside no engine."""
    with _locked(url) as connection:
        if _current(connection) is not None:
            _refuse_beside_engines(connection)
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


def _refuse_beside_engines(connection: Connection) -> None:
    owned = list(connection.execute(_OWNED).scalars())
    if owned:
        switches = f"switch{'es' if len(owned) > 1 else ''} {', '.join(owned)}"
        raise StoreFailed(
            f"the schema is not changed: an engine runs on it and owns the {switches}: stop it first"
            " (calls go on without it), migrate, start the new one"
        )


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
