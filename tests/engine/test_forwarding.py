"""A number is called for a caller, and the engine that asked for it dies: what the next one makes of it."""

from freeswitch_cc.core.commands import Originate
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.engines import link_of, originates
from tests.floor import Floor, until
from tests.store.test_forwarding import TARGET, may_dial, number_leg
from tests.store.test_overflow import NEVER, limit


def called(floor: Floor, **queue: object) -> str:
    """By an engine that died after the commit: the id of the call."""
    may_dial(floor)
    limit(floor, **{"overflow": {"nobody": TARGET}, **queue})
    return floor.arrive()


def overdue(db: Database) -> None:
    db.run("UPDATE leg SET command_due_at = now() WHERE role = 'target'")
    db.run("UPDATE call SET step_due_at = now()")


def test_one_that_was_never_asked_for_is_given_up_when_due_and_not_asked_for_again(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    call_id = called(floor)
    engine = start_engine(sweep_ms=50)
    link = link_of(engine, floor)
    link.sights[floor.customer(call_id)] = "parked"
    overdue(db)
    until(lambda: db.rows("SELECT 1 FROM queue_visit WHERE entry_reason = 'returned'"), "he is back in his queue")
    assert originates(link) == []
    assert db.one("SELECT phase, forward FROM call") == {"phase": "queued", "forward": None}


def test_one_that_has_answered_meanwhile_is_bridged_however_late(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    call_id = called(floor)
    engine = start_engine(sweep_ms=50)
    link = link_of(engine, floor)
    link.sights = {floor.customer(call_id): "parked", number_leg(floor, call_id): "parked"}
    overdue(db)
    until(lambda: "Bridge" in link.kinds(), "the two are bridged")
    assert db.value("SELECT phase FROM call") == "forwarding"
    assert db.value("SELECT step_due_at > now() FROM call") is True
    assert "Kill" not in link.kinds()


def test_one_that_rings_for_too_long_is_looked_at_and_let_go(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    call_id = called(floor, hours=NEVER, overflow={"closed": TARGET})
    engine = start_engine(sweep_ms=50)
    link = link_of(engine, floor)
    link.sights = {floor.customer(call_id): "parked", number_leg(floor, call_id): "ringing"}
    overdue(db)
    until(lambda: "Kill" in link.kinds(), "it is let go")
    until(lambda: db.value("SELECT phase FROM call") == "leaving", "he hears that it is closed")


def test_an_arrival_is_told_to_the_switch_once(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    may_dial(floor)
    limit(floor, overflow={"nobody": TARGET})
    engine = start_engine(sweep_ms=50)
    link = link_of(engine, floor)
    engine.dispatcher.put(floor.arrival())
    until(lambda: originates(link), "the number is called")
    (command,) = [one for one in link.sent if isinstance(one, Originate)]
    assert (command.contact, command.role) == ("sofia/gateway/carrier/358401234567", "target")
    assert db.value("SELECT count(*) FROM offer") == 0
