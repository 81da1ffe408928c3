"""What the tests of the command share: a center file, an environment, and a stand-in for the engine."""

from collections.abc import Iterator
from pathlib import Path

import gevent
import gevent.socket
import psycopg2
import pytest

from tests.database import Database

CENTER = """\
switches:
  - {name: main, host: 127.0.0.1, port: 1, password_env: FREESWITCH_CC_ESL_PASSWORD}
agents:
  - {login: alice, name: Alice Martin, contact: user/alice@example.test}
queues:
  - {name: sales, agents: [alice]}
entry_points:
  - {number: "7001", queue: sales}
"""


@pytest.fixture
def center_file(tmp_path: Path) -> str:
    path = tmp_path / "center.yaml"
    path.write_text(CENTER, encoding="utf-8")
    return str(path)


@pytest.fixture
def env(database_url: str) -> dict[str, str]:
    return {"FREESWITCH_CC_DATABASE_URL": database_url, "FREESWITCH_CC_REQUEST_MS": "20000"}


@pytest.fixture
def engine_answers(db: Database, database_url: str) -> Iterator[dict[str, str]]:
    """A stand-in for the engine: answers each request with what the test puts here, and adds what was asked for."""
    answer = {"state": "done", "reason": "", "message": "as you wish"}
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("LISTEN fcc_request")

    def serve() -> None:
        while True:
            gevent.socket.wait_read(connection.fileno())
            connection.poll()
            while connection.notifies:
                request_id = connection.notifies.pop().payload
                cursor.execute("SELECT arguments::text FROM request WHERE request_id = %s", (request_id,))
                (answer["arguments"],) = cursor.fetchone() or ("",)
                cursor.execute(
                    "UPDATE request SET state = %s, reason = nullif(%s, ''), message = %s, answered_at = now()"
                    " WHERE request_id = %s",
                    (answer["state"], answer["reason"], answer["message"], request_id),
                )
                cursor.execute("SELECT pg_notify('fcc_request_answered', %s)", (request_id,))

    greenlet = gevent.spawn(serve)
    yield answer
    greenlet.kill()
    connection.close()
