"""What every command is handed: its arguments, the settings, and where the database is. No command lives here."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from freeswitch_cc.config import Settings
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.store import embedded
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.migrate import require_newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    arguments: argparse.Namespace
    env: Mapping[str, str]
    settings: Settings

    @property
    def as_json(self) -> bool:
        return bool(getattr(self.arguments, "json", False))

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of the database; an embedded server runs as long as the block."""
        if self.settings.database_url:
            yield self.settings.database_url
        elif self.settings.data_dir:
            with embedded.running(Path(self.settings.data_dir) / "postgres") as url:
                yield url
        else:
            raise ConfigInvalid(
                [
                    "no database: set FREESWITCH_CC_DATABASE_URL, or FREESWITCH_CC_DATA_DIR "
                    "for an embedded PostgreSQL that keeps its data there"
                ]
            )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction on a database that has our schema."""
        with self.database() as url, connected(url) as connection:
            require_newest(connection)
            yield connection


def read_context(arguments: argparse.Namespace, env: Mapping[str, str]) -> Context:
    """Arguments override the environment; everything that is wrong in either is told at once."""
    given = getattr(arguments, "database_url", None)
    if given is not None:
        env = {**env, "FREESWITCH_CC_DATABASE_URL": given}
    settings = Settings.from_env(env)
    return Context(arguments=arguments, env=env, settings=settings)
