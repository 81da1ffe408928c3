"""A test's plain window on PostgreSQL: psycopg2, autocommit, rows as dicts. Knows nothing of the store."""

from threading import RLock
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import psycopg2.extras
from psycopg2 import sql

SEEDED = ("center", "dialling", "not_ready_reason")
"""The migrations fill these: a test finds them as they were made."""


class Database:
    """Statements take named parameters: `db.one("SELECT * FROM agent WHERE login = %(login)s", login="alice")`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg2.connect(url, cursor_factory=psycopg2.extras.RealDictCursor)
        self._connection.autocommit = True
        self._lock = RLock()  # several greenlets may look through one window
        self._seeds: dict[str, Any] = {}

    def run(self, statement: str | sql.Composable, **params: Any) -> int:
        """Carry out one statement; how many rows it touched."""
        with self._lock, self._connection.cursor() as cursor:
            cursor.execute(statement, params or None)
            return int(cursor.rowcount)

    def rows(self, statement: str | sql.Composable, **params: Any) -> list[dict[str, Any]]:
        with self._lock, self._connection.cursor() as cursor:
            cursor.execute(statement, params or None)
            return [dict(row) for row in cursor.fetchall()]

    def one(self, statement: str | sql.Composable, **params: Any) -> dict[str, Any]:
        """The only row; a test that meets none, or two, fails here."""
        rows = self.rows(statement, **params)
        assert len(rows) == 1, f"{len(rows)} rows, not one: {statement} {params}"
        return rows[0]

    def value(self, statement: str | sql.Composable, **params: Any) -> Any:
        """The only column of the only row."""
        (value,) = self.one(statement, **params).values()
        return value

    def fileno(self) -> int:
        """To wait for a notification, after a LISTEN."""
        return int(self._connection.fileno())

    def empty(self) -> None:
        """Empty every table that holds a row, but for what the migrations put there.

        A TRUNCATE costs a file each, so it is done only where needed.
        """
        tables = self.rows(
            "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'alembic_version'"
            " AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
        )
        if not tables:
            return
        probes = " UNION ALL ".join(
            f"SELECT '{row['name']}' AS name WHERE EXISTS (SELECT 1 FROM {row['name']})" for row in tables
        )
        full = [row["name"] for row in self.rows(probes)]
        full = [name for name in full if name not in SEEDED]
        if full:
            # A lock that a forgotten connection holds must be a failure that names the table, not a hang.
            self.run("SET lock_timeout = '10s'")
            self.run(f"TRUNCATE {', '.join(full)} RESTART IDENTITY CASCADE")
        for name in {row["name"] for row in tables}.intersection(SEEDED):
            self._seed(name)

    def _seed(self, table: str) -> None:
        """The rows that it held when it was first looked at."""
        now = self.value(f"SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t), '[]') FROM {table} t")
        if now != self._seeds.setdefault(table, now):
            self.run(f"DELETE FROM {table}")
            self.run(
                f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %(rows)s)",
                rows=psycopg2.extras.Json(self._seeds[table]),
            )

    def close(self) -> None:
        self._connection.close()


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
