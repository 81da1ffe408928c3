"""A queue that may hold so many calls: exact however many come at once, and nobody waits for who does not enter it."""

import gevent

from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.floor import Floor
from tests.store.test_overflow import limit

WAITS = "SELECT count(*) FROM queue_visit v JOIN queue q USING (queue_id) WHERE outcome IS NULL AND q.name = %(name)s"
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"


def come(floor: Floor, sessions: int, each: int, number: str = "100") -> None:
    """So many callers, as many at once as there are sessions."""
    those = [Session(floor.db.url) for _ in range(sessions)]

    def some(session: Session) -> None:
        for _ in range(each):
            floor.happen(floor.arrival(number), session=session)

    try:
        gevent.joinall([gevent.spawn(some, session) for session in those], raise_error=True)
    finally:
        for session in those:
            session.close()


def test_a_queue_never_holds_more_than_it_may_however_many_come_at_once(floor: Floor, db: Database) -> None:
    limit(floor, max_length=3)
    floor.add_agent("ann", presence="not_ready", reason="meal")
    come(floor, 8, 3)
    assert db.value("SELECT count(*) FROM queue_visit WHERE outcome IS NULL") == 3
    assert db.value("SELECT count(*) FROM queue_visit WHERE left_reason = 'full'") == 21


def test_nor_one_that_others_overflow_to(floor: Floor, db: Database) -> None:
    floor.add_agent("eve", floor.add_queue("reserve"), presence="not_ready", reason="meal")
    limit(floor, "reserve", max_length=3)
    limit(floor, overflow={"nobody": "queue:reserve"})
    come(floor, 8, 3)
    assert (db.value(WAITS, name="reserve"), db.value(WAITS, name="sales")) == (3, 21)
    assert db.value("SELECT count(*) FROM queue_visit WHERE spent = '[]' AND overflow_at IS NOT NULL") == 21


def test_who_only_might_go_there_holds_nobody_up(floor: Floor, db: Database) -> None:
    """A reserve that many queues share must not put all their arrivals in one line."""
    floor.add_agent("ann", presence="not_ready", reason="meal")
    floor.add_agent("eve", floor.add_queue("reserve"))
    limit(floor, "reserve", max_length=3)
    limit(floor, max_length=100, overflow={"nobody": "queue:reserve", "full": "queue:reserve"})
    call_id = floor.arrive()
    db.run("UPDATE queue_visit SET overflow_at = now()")
    floor.session.view_call(call_id)
    try:
        assert db.value(LOCKS) == 0
    finally:
        floor.session.rollback()


def test_who_comes_back_finds_his_place_however_full_it_is(floor: Floor, db: Database) -> None:
    limit(floor, max_length=1)
    floor.add_agent("ann")
    first = floor.arrive()
    floor.match()
    leg_id = floor.answer(first)
    floor.bridge(first)
    floor.arrive()
    assert db.value(WAITS, name="sales") == 1
    floor.happen(floor.hangup(first, leg_id, cause="MEDIA_TIMEOUT"))
    assert db.value(WAITS, name="sales") == 2
    assert (
        db.value("SELECT entry_reason FROM queue_visit WHERE outcome IS NULL AND call_id = %(c)s", c=first)
        == "returned"
    )
