"""Databases for scenarios: each has a fresh one, cloned from a migrated template, and it is dropped afterwards.

On the server of FREESWITCH_CC_DATABASE_URL, whose own database is only connected to, or on an embedded server.
"""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from gevent.lock import RLock

from freeswitch_cc.store import embedded
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.migrate import migrate
from freeswitch_cc.store.postgres import connect, translate


class Window(Session):
    """A plain look at a scenario's database, for several greenlets in turn."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._turn = RLock()

    def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        with self._turn:
            return super().rows(sql, *arguments)


class Databases:
    """fresh() as often as one likes. Needs the right to create databases."""

    def __init__(self, server_url: str, template: str) -> None:
        self._server_url = server_url
        self._template = template

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of a migrated database that holds nothing."""
        with _database(self._server_url, self._template) as url:
            yield url


@contextmanager
def open_databases(server_url: str | None) -> Iterator[Databases]:
    with _server(server_url) as server, _database(server, "template1") as template_url:
        migrate(template_url)
        yield Databases(server, urlsplit(template_url).path.lstrip("/"))


@contextmanager
def _server(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    # Its socket needs a short path.
    with (
        tempfile.TemporaryDirectory(prefix="fcc-testcalls-", ignore_cleanup_errors=True) as directory,
        embedded.running(Path(directory) / "pg", is_durable=False) as own,
    ):
        yield own


@contextmanager
def _database(server_url: str, template: str) -> Iterator[str]:
    name = f"fcc_testcalls_{uuid.uuid4().hex[:12]}"
    server = connect(server_url)
    try:
        with server.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            try:
                yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
            finally:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    except psycopg2.Error as failure:
        raise translate(failure) from failure
    finally:
        server.close()
