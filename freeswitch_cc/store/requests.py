"""What people ask the engine for, as rows: the asker's side (ask, wait, withdraw).

A request is inserted once per idempotency key, a trigger announces it, and whoever asked waits for the
row to be answered. The side that takes and answers is the engine's. Nothing here decides anything.
"""

import json
import select
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extensions import connection as PgConnection

from freeswitch_cc.errors import NotAllowed, StoreFailed
from freeswitch_cc.store.postgres import connect, translate

CHANNEL = "fcc_request_answered"
LEAVING = frozenset({"logout", "end_wrap_up", "disposition"})
"""What an agent who is switched off may still ask for: to be done with what he was at."""
KEYS = "digits"
"""What is taken out of the arguments once a request is answered (0002_request.sql)."""
_FINAL = ("done", "refused", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """state: done, refused or withdrawn (nobody took it in time); new or taken while it is open.

    reason: a stable word for programs. message: the answer in words.
    """

    request_id: str
    state: str
    reason: str | None = None
    message: str | None = None

    @property
    def is_final(self) -> bool:
        return self.state in _FINAL


def ask_and_wait(
    url: str,
    *,
    kind: str,
    login: str,
    arguments: Mapping[str, Any],
    asked_by: str,
    idempotency_key: str,
    wait_ms: int,
    call_id: str | None = None,
) -> Answer:
    """Ask for something about one agent and wait for the engine's answer; withdrawn when no engine took it in time.

    An answer that is still `taken` at the end: an engine has it, and will carry it out or refuse it.
    """
    with _connected(url) as connection:
        # Before the row is there: an answer that comes at once must not be missed.
        _execute(connection, f"LISTEN {CHANNEL}")
        request_id = ask(connection, kind, login, arguments, asked_by, idempotency_key, call_id)
        answer = wait_answer(connection, request_id, wait_ms)
        if not answer.is_final:
            withdraw(connection, request_id)
            answer = read(connection, request_id)
        return answer


def ask(
    connection: PgConnection,
    kind: str,
    login: str,
    arguments: Mapping[str, Any],
    asked_by: str,
    idempotency_key: str,
    call_id: str | None = None,
) -> str:
    """Insert the request, or find the one that was asked with this key before; its id.

    call_id: the call that it is about, when that is not the one that the agent is in.
    """
    agents = _execute(connection, "SELECT agent_id, is_active FROM agent WHERE login = %s", login)
    if not agents:
        raise NotAllowed("unknown_agent", f"there is no agent with the login {login!r}")
    agent_id, is_active = agents[0]
    if not is_active and kind not in LEAVING:
        raise NotAllowed("agent_switched_off", f"{login} is switched off: the center file does not name him any more")
    _execute(
        connection,
        "INSERT INTO request (kind, agent_id, call_id, arguments, asked_by, idempotency_key)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (idempotency_key) DO NOTHING",
        *(kind, agent_id, call_id, json.dumps(dict(arguments)), asked_by, idempotency_key),
    )
    ((request_id, about, *asked),) = _execute(
        connection,
        "SELECT request_id::text, call_id::text, kind, agent_id, arguments FROM request WHERE idempotency_key = %s",
        idempotency_key,
    )
    # Who names no call means the one that was found for him then. Of an answered one the keys are not known any more.
    kept = {name: value for name, value in arguments.items() if name != KEYS or name in asked[-1]}
    if asked != [kind, agent_id, kept] or call_id not in (None, about):
        raise NotAllowed(
            "key_used_before", f"the idempotency key {idempotency_key!r} was used before, for something else"
        )
    return str(request_id)


def wait_answer(connection: PgConnection, request_id: str, wait_ms: int) -> Answer:
    """The answer, or the open request when the time is over. The connection must be listening on CHANNEL."""
    deadline = time.monotonic() + wait_ms / 1000
    while True:
        connection.notifies.clear()
        answer = read(connection, request_id)
        left = deadline - time.monotonic()
        if answer.is_final or left <= 0:
            return answer
        if connection.notifies:
            continue  # it came with the answer to our look: nothing is left on the wire to wake us
        select.select([connection], [], [], left)
        try:
            connection.poll()
        except psycopg2.Error as failure:
            raise translate(failure) from failure


def withdraw(connection: PgConnection, request_id: str) -> bool:
    """Take a request back that nobody took; False when somebody was quicker."""
    withdrawn = _execute(
        connection,
        "UPDATE request SET state = 'withdrawn', answered_at = now(), reason = 'no_engine',"
        " message = 'no engine took it in time' WHERE request_id = %s AND state = 'new' RETURNING request_id",
        request_id,
    )
    return bool(withdrawn)


def read(connection: PgConnection, request_id: str) -> Answer:
    """What has become of a request."""
    rows = _execute(connection, "SELECT state, reason, message FROM request WHERE request_id = %s", request_id)
    if not rows:
        raise StoreFailed("the request is not there any more")
    state, reason, message = rows[0]
    return Answer(request_id=request_id, state=state, reason=reason, message=message)


@contextmanager
def _connected(url: str) -> Iterator[PgConnection]:
    """A connection of its own, without transactions: a listener must see notifications as they come."""
    connection = connect(url)
    try:
        yield connection
    finally:
        connection.close()


def _execute(connection: PgConnection, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []
    except psycopg2.Error as failure:
        raise translate(failure) from failure
