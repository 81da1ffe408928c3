"""`why` is asked of a call by its id or the beginning of it: which call is meant, and what locks that takes."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg2
import pytest

from freeswitch_cc.core.why import sentences
from freeswitch_cc.core.why_facts import Facts
from freeswitch_cc.engine.ownership import Ownership
from freeswitch_cc.errors import NotAllowed
from freeswitch_cc.store.availability import why
from freeswitch_cc.store.connect import connected
from tests.database import Database
from tests.floor import Floor

ONE, TWO, THREE = (f"aaaa{number}b2f-6a52-4a3b-9f0e-5a3c1f6d7e80" for number in (1, 2, 3))


@pytest.fixture(autouse=True)
def owned(floor: Floor) -> Iterator[None]:
    """An engine commands the switch, as long as the test runs."""
    ownership = Ownership(floor.db.url)
    ownership.take(floor.switch_id)
    floor.db.run("UPDATE switch SET epoch = 0")  # the epoch of the floor's own transactions
    yield
    ownership.close()


def facts(db: Database, call: str) -> Facts:
    with connected(db.url) as connection:
        return why(connection, call)


def some_calls(floor: Floor) -> None:
    """One that goes on and two that ended, whose ids begin alike."""
    for call_id, phase in ((ONE, "queued"), (TWO, "ended"), (THREE, "ended")):
        ended = {"ended_at": "now", "outcome": "completed"} if phase == "ended" else {}
        floor.insert("call", call_id=call_id, switch_id=floor.switch_id, phase=phase, started_at="now", **ended)


@pytest.mark.parametrize(
    ("given", "meant"),
    [(ONE, ONE), ("aaaa2", TWO), ("AAAA3B2F", THREE), ("aaaa3b2f-6a", THREE), ("aaaa", ONE), ("a", ONE)],
)
def test_a_call_is_named_by_the_beginning_of_its_id_and_one_that_goes_on_is_meant_first(
    floor: Floor, db: Database, given: str, meant: str
) -> None:
    some_calls(floor)
    assert facts(db, given).call_id == meant


def test_a_beginning_that_several_have_is_refused_with_their_ids(floor: Floor, db: Database) -> None:
    some_calls(floor)
    db.run("UPDATE call SET phase = 'queued', ended_at = NULL, outcome = NULL WHERE call_id = %(id)s", id=TWO)
    with pytest.raises(NotAllowed, match="several calls begin with 'aaaa'") as refused:
        facts(db, "aaaa")
    assert refused.value.reason == "ambiguous_call"
    assert ONE in str(refused.value)
    assert TWO in str(refused.value)
    db.run("UPDATE call SET phase = 'ended', ended_at = now(), outcome = 'completed'")
    with pytest.raises(NotAllowed, match="several calls"):
        facts(db, "aaaa")


@pytest.mark.parametrize("given", ["b", str(uuid4()), "", "xyz", "0" * 33, "'; DROP TABLE call", "%", "aaaa1-"])
def test_a_call_that_there_is_not_is_refused_with_where_to_look(floor: Floor, db: Database, given: str) -> None:
    with pytest.raises(NotAllowed, match="freeswitch-cc calls") as refused:
        facts(db, given)
    assert refused.value.reason == "unknown_call"


def test_a_call_of_no_visit_and_one_of_no_database_row(floor: Floor, db: Database) -> None:
    some_calls(floor)
    assert sentences(facts(db, ONE)) == ["Has come and is in no queue at this moment."]
    assert db.value("SELECT fcc_why(gen_random_uuid()) AS facts") is None


def test_asking_locks_nothing(floor: Floor, db: Database, database_url: str) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    with psycopg2.connect(database_url) as asking, asking.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1ms'")
        db.run("BEGIN")
        db.run("SELECT 1 FROM call, agent, queue_visit FOR UPDATE")
        cursor.execute("SELECT fcc_why(%s)", (call_id,))
        cursor.execute("SELECT * FROM availability")
        db.run("COMMIT")
    asking.close()
