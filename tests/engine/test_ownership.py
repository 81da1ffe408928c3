"""Who owns a switch: taken, kept, taken again, forgotten. Two owners on one real database."""

from collections.abc import Iterator

import gevent
import pytest

from freeswitch_cc.engine import ownership as module
from freeswitch_cc.engine.ownership import Ownership
from freeswitch_cc.errors import EpochLost
from freeswitch_cc.store.postgres import ConnectionLost
from tests.database import Database
from tests.floor import LIMIT_S, Floor


@pytest.fixture
def owner(database_url: str) -> Iterator[Ownership]:
    owner = Ownership(database_url)
    yield owner
    owner.close()


@pytest.fixture
def other(database_url: str) -> Iterator[Ownership]:
    other = Ownership(database_url)
    yield other
    other.close()


def cut(db: Database, owner: Ownership) -> None:
    db.run("SELECT pg_terminate_backend(%(pid)s, 5000)", pid=owner.backend_pid)


def test_an_owner_who_was_away_while_another_took_his_switch_is_told(
    floor: Floor, owner: Ownership, other: Ownership, db: Database
) -> None:
    assert owner.take(floor.switch_id) == 1
    assert other.take(floor.switch_id) is None
    cut(db, owner)
    assert other.take(floor.switch_id) == 2
    with pytest.raises(EpochLost):
        owner.keep()
    assert owner.backend_pid is None, "nothing half-taken is left behind"


def test_a_switch_that_was_removed_while_its_owner_was_away_is_forgotten_and_nobody_is_blamed(
    floor: Floor, owner: Ownership, db: Database
) -> None:
    second = floor.add_switch("two")
    assert (owner.take(floor.switch_id), owner.take(second)) == (1, 1)
    cut(db, owner)
    db.run("DELETE FROM switch WHERE switch_id = %(id)s", id=second)
    owner.keep()
    cut(db, owner)
    owner.keep()


def test_a_switch_that_is_not_there_cannot_be_taken(floor: Floor, owner: Ownership, db: Database) -> None:
    db.run("DELETE FROM switch")
    assert owner.take(floor.switch_id) is None
    owner.keep()


def test_a_lock_that_is_not_free_yet_leaves_no_connection_that_looks_whole(
    floor: Floor, owner: Ownership, other: Ownership, db: Database
) -> None:
    assert owner.take(floor.switch_id) == 1
    cut(db, owner)
    other.keep()
    assert other._ask(module.LOCK, floor.switch_id)
    for _ in range(2):
        with pytest.raises(ConnectionLost, match="not free yet"):
            owner.keep()
        assert owner.backend_pid is None
    other.close()
    owner.keep()
    assert owner.backend_pid is not None


def test_an_owner_who_says_nothing_for_a_while_is_let_go_by_the_server(floor: Floor, owner: Ownership) -> None:
    owner.take(floor.switch_id)
    assert owner._connection is not None
    with owner._connection.cursor() as cursor:
        cursor.execute("SHOW idle_session_timeout")
        assert cursor.fetchone() == ("15s",)


def test_an_owner_speaks_several_times_in_the_time_that_the_server_allows(floor: Floor, owner: Ownership) -> None:
    owner.take(floor.switch_id)
    assert owner._connection is not None
    with owner._connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM current_setting('idle_session_timeout')::interval)")
        (allowed_s,) = cursor.fetchone() or (0,)
    assert allowed_s > 5 * module.KEEP_S


def test_an_owner_whom_the_server_does_not_answer_does_not_wait_for_ever(
    floor: Floor, owner: Ownership, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.take(floor.switch_id)
    monkeypatch.setattr(module, "ANSWER_S", 0.05)
    with gevent.Timeout(LIMIT_S), pytest.raises(ConnectionLost, match="did not answer"):
        owner._ask("SELECT pg_sleep(60)::text = ''")
