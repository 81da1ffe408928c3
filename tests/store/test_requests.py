"""What people ask for: asked once, waited for, answered by an engine, or taken back."""

from uuid import uuid4

import gevent
import pytest
from psycopg2.extensions import connection

from freeswitch_cc.errors import NotAllowed, StoreFailed
from freeswitch_cc.store import requests
from freeswitch_cc.store.requests import Answer, ask_and_wait
from tests.database import Database
from tests.floor import until

LONG_MS = 20_000


@pytest.fixture(autouse=True)
def _alice(db: Database) -> None:
    db.run("INSERT INTO agent (login, name, contact) VALUES ('alice', 'Alice', 'user/alice')")


def asked(
    url: str,
    *,
    key: str = "k1",
    kind: str = "login",
    wait_ms: int = LONG_MS,
    login: str = "alice",
    call_id: str | None = None,
    **arguments: str,
) -> Answer:
    return ask_and_wait(
        url,
        kind=kind,
        login=login,
        arguments=arguments,
        asked_by="test",
        idempotency_key=key,
        wait_ms=wait_ms,
        call_id=call_id,
    )


def asking(url: str, db: Database, **how: object) -> gevent.Greenlet:
    """Ask in the background; returns when the request is in the table."""
    greenlet = gevent.spawn(asked, url, **how)
    until(lambda: db.rows("SELECT 1 FROM request"), "it is asked")
    return greenlet


def answer(db: Database, state: str, reason: str | None = None, message: str | None = None) -> None:
    """What the engine does."""
    db.run(
        "UPDATE request SET state = %(state)s, reason = %(reason)s, message = %(message)s, answered_at = now()",
        state=state,
        reason=reason,
        message=message,
    )
    db.run("SELECT pg_notify('fcc_request_answered', request_id::text) FROM request")


def test_who_asked_gets_the_answer_of_the_engine(database_url: str, db: Database) -> None:
    greenlet = asking(database_url, db)
    answer(db, "done", message="alice is not ready")
    got = greenlet.get(timeout=10)
    assert (got.state, got.message) == ("done", "alice is not ready")


def test_an_answer_that_comes_with_another_answer_of_the_server_is_not_waited_for(
    database_url: str, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine answers while the asker is looking at his row: nothing is left on the wire to wake him."""
    look, late = requests.read, iter([True])

    def look_and_be_late(connection: connection, request_id: str) -> Answer:
        seen = look(connection, request_id)
        if next(late, False):
            answer(db, "done")
            look(connection, request_id)
        return seen

    monkeypatch.setattr(requests, "read", look_and_be_late)
    with gevent.Timeout(LONG_MS / 2000):
        assert asked(database_url).state == "done"


def test_a_refusal_carries_its_reason(database_url: str, db: Database) -> None:
    greenlet = asking(database_url, db)
    answer(db, "refused", "offline", "alice must log in first")
    got = greenlet.get(timeout=10)
    assert (got.state, got.reason) == ("refused", "offline")


def test_the_same_key_asks_once_and_hears_the_same_answer(database_url: str, db: Database) -> None:
    greenlet = asking(database_url, db)
    answer(db, "done")
    first = greenlet.get(timeout=10)
    assert asked(database_url) == first
    assert db.value("SELECT count(*) FROM request") == 1


def test_a_key_that_was_used_for_something_else_is_refused(database_url: str, db: Database) -> None:
    greenlet = asking(database_url, db)
    answer(db, "done")
    greenlet.get(timeout=10)
    with pytest.raises(NotAllowed) as caught:
        asked(database_url, kind="logout")
    assert caught.value.reason == "key_used_before"


def test_the_same_wish_about_a_call_is_the_same_after_that_call_too(database_url: str, db: Database) -> None:
    """The row names the call that he was in; who asks again under the same key names none."""
    first, second = str(uuid4()), str(uuid4())
    db.run("UPDATE agent SET call_id = %(id)s, presence = 'available', activity = 'talking'", id=first)
    greenlet = asking(database_url, db, kind="hold")
    answer(db, "done")
    greenlet.get(timeout=10)
    db.run("UPDATE agent SET call_id = %(id)s", id=second)
    assert asked(database_url, kind="hold").state == "done"
    assert asked(database_url, kind="hold", call_id=first).state == "done"
    with pytest.raises(NotAllowed, match="used before"):
        asked(database_url, kind="hold", call_id=second)


@pytest.mark.parametrize("digits", ["4111111111111111", "4111x"])
def test_keys_are_forgotten_with_the_answer(database_url: str, db: Database, digits: str) -> None:
    """They may be the number of a card; the same wish under the same key is the same all the same."""
    greenlet = asking(database_url, db, kind="send_dtmf", digits=digits)
    assert db.value("SELECT arguments FROM request") == {"digits": digits}
    answer(db, "done")
    greenlet.get(timeout=10)
    assert db.value("SELECT arguments FROM request") == {}
    assert asked(database_url, kind="send_dtmf", digits=digits).state == "done"
    assert asked(database_url, key="k2", wait_ms=1, kind="send_dtmf", digits=digits).state == "withdrawn"
    assert db.value("SELECT count(*) FROM request WHERE arguments <> '{}'") == 0


def test_a_request_that_no_engine_took_is_taken_back(database_url: str, db: Database) -> None:
    got = asked(database_url, wait_ms=1)
    assert (got.state, got.reason) == ("withdrawn", "no_engine")
    assert db.value("SELECT state FROM request") == "withdrawn"


def test_a_request_that_an_engine_has_taken_is_not_taken_back(database_url: str, db: Database) -> None:
    db.run(
        "INSERT INTO request (kind, agent_id, asked_by, idempotency_key, state)"
        " SELECT 'login', agent_id, 'test', 'k1', 'taken' FROM agent"
    )
    assert asked(database_url, wait_ms=1).state == "taken"


def test_an_agent_who_is_not_there_is_refused_before_anything_is_asked(database_url: str, db: Database) -> None:
    with pytest.raises(NotAllowed, match="there is no agent with the login 'bob'"):
        asked(database_url, login="bob")
    assert db.value("SELECT count(*) FROM request") == 0


def test_an_agent_who_is_switched_off_is_refused(database_url: str, db: Database) -> None:
    db.run("UPDATE agent SET is_active = false")
    with pytest.raises(NotAllowed) as caught:
        asked(database_url)
    assert caught.value.reason == "agent_switched_off"


@pytest.mark.parametrize("kind", ["logout", "end_wrap_up", "disposition"])
def test_an_agent_who_is_switched_off_may_still_end_what_he_was_at(database_url: str, db: Database, kind: str) -> None:
    db.run("UPDATE agent SET is_active = false")
    assert asked(database_url, kind=kind, wait_ms=1).state == "withdrawn"


def test_a_database_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(StoreFailed, match="the database") as caught:
        asked("postgresql://nobody@127.0.0.1:1/center")
    assert "\n" not in str(caught.value)


def test_the_call_that_it_is_about_is_part_of_what_is_asked_for(database_url: str, db: Database) -> None:
    call_id = "0b7c7c1e-62c8-4b2e-9d3e-0a4bb9d1f001"
    how = {"kind": "hold", "login": "alice", "arguments": {}, "asked_by": "test", "idempotency_key": "k", "wait_ms": 1}
    assert ask_and_wait(database_url, call_id=call_id, **how).state == "withdrawn"  # type: ignore[arg-type]
    assert db.value("SELECT call_id FROM request") == call_id
    assert ask_and_wait(database_url, call_id=call_id, **how).state == "withdrawn"  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match="was used before, for something else"):
        ask_and_wait(database_url, call_id=str(uuid4()), **how)  # type: ignore[arg-type]
