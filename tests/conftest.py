"""What every test may ask for: a PostgreSQL, a database of its module, and a window on it.

gevent patches before anything else, as in freeswitch_cc.__main__: tests run as the product does.
Databases are cloned from a template that the migrations made once per run; names are drawn, so that
several runs may share a server.
"""

from gevent import monkey

monkey.patch_all()

from psycogreen.gevent import patch_psycopg

patch_psycopg()

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from freeswitch_cc.store import embedded
from freeswitch_cc.store.migrate import migrate
from tests.database import Database, with_database


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a real FreeSWITCH its checks are skipped, and counted."""
    if os.environ.get("FREESWITCH_CC_TEST_SWITCH") or os.environ.get("FREESWITCH_BIN") or shutil.which("freeswitch"):
        return
    no_switch = pytest.mark.skip(reason="no real FreeSWITCH: see `make test-freeswitch`")
    for item in items:
        if item.get_closest_marker("freeswitch") or item.get_closest_marker("races"):
            item.add_marker(no_switch)


@contextmanager
def _new_database(server_url: str, template: str) -> Iterator[str]:
    name = f"fcc_test_{uuid.uuid4().hex[:12]}"
    server = Database(server_url)
    try:
        # FILE_COPY: for a small template on a server without fsync it is the quicker one.
        server.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield with_database(server_url, name)
        finally:
            server.run(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        server.close()


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """The URL of a PostgreSQL where databases may be made: FREESWITCH_CC_DATABASE_URL, or an embedded one."""
    url = os.environ.get("FREESWITCH_CC_DATABASE_URL")
    if url:
        yield url
        return
    # Not pytest's tmp_path: the server's socket needs a short path.
    directory = Path(tempfile.mkdtemp(prefix="fcc-test-"))
    try:
        with embedded.running(directory / "pg", is_durable=False) as url:
            yield url
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def database_template(database_server: str) -> Iterator[str]:
    """The name of a migrated database that nobody is connected to."""
    with _new_database(database_server, "template1") as url:
        migrate(url)
        yield urlsplit(url).path.lstrip("/")


@pytest.fixture(scope="module")
def empty_database_url(database_server: str) -> Iterator[str]:
    """A database without any of our tables, for the tests of the migrations."""
    with _new_database(database_server, "template1") as url:
        yield url


@pytest.fixture(scope="module")
def database_url(database_server: str, database_template: str) -> Iterator[str]:
    """The database of this module, emptied before each of its tests."""
    with _new_database(database_server, database_template) as url:
        yield url


@pytest.fixture(scope="module")
def _window(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(autouse=True)
def _each_test_starts_empty(request: pytest.FixtureRequest) -> None:
    if "database_url" in request.fixturenames:
        request.getfixturevalue("_window").empty()


@pytest.fixture
def db(_window: Database) -> Database:
    """Plain SQL on the database of this module."""
    return _window
