"""A switch that stays away: the engine frees the agents whom it keeps, in whichever phase their calls are."""

from uuid import uuid4

import gevent

from freeswitch_cc.core import events
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.engine.dispatcher import Work
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.engines import link_of
from tests.engine.fakes import no_more
from tests.floor import Floor, until
from tests.store.test_forwarding import TARGET, may_dial, number_leg
from tests.store.test_overflow import limit

CLASSES = '[{"name": "all", "like": ["+"]}]'


def request(floor: Floor, kind: str, agent_id: str) -> str:
    request_id = str(uuid4())
    row = {"kind": kind, "agent_id": agent_id, "asked_by": "test", "idempotency_key": request_id, "state": "taken"}
    floor.insert("request", request_id=request_id, **row)
    return request_id


def control(floor: Floor, kind: str, agent_id: str, call_id: str) -> None:
    request_id = request(floor, kind, agent_id)
    floor.happen(events.ControlAsked(call_id=call_id, agent_id=agent_id, request_id=request_id, kind=kind))


def dials(floor: Floor, db: Database, agent_id: str) -> str:
    """He has answered and the number rings; the id of the call."""
    db.run("UPDATE dialling SET trunk = 'carrier', classes = %(classes)s", classes=CLASSES)
    db.run("UPDATE agent SET may_dial = '[\"all\"]', caller_ids = '[\"+358401112222\"]'")
    call_id, to = request(floor, "dial", agent_id), "number:+358401234567"
    who = {"call_id": call_id, "request_id": call_id, "agent_id": agent_id}
    floor.happen(events.DialAsked(to=to, switch_id=floor.switch_id, **who))
    own = str(db.value("SELECT leg_id FROM leg WHERE call_id = %(id)s AND role = 'agent'", id=call_id))
    floor.happen(events.LegParked(call_id=call_id, leg_id=own, role="agent", **floor.at()))
    floor.happen(events.LegRinging(call_id=call_id, leg_id=call_id, **floor.at()))
    return call_id


def is_away(engine: Engine, floor: Floor) -> None:
    link = link_of(engine, floor)
    link.is_ready, link.is_reachable, link.lost_for_s = False, False, 3600.0
    gevent.sleep(0)


def test_who_gave_a_call_up_that_nobody_can_end_is_free(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    ann = floor.add_agent("ann")
    call_id = dials(floor, db, ann)
    control(floor, "hang_up", ann, call_id)
    assert floor.agent(ann)["activity"] != "idle", "his leg is there still"
    engine = start_engine()
    is_away(engine, floor)
    until(lambda: floor.agent(ann)["activity"] == "idle", "he is free")
    assert db.value("SELECT outcome FROM call") == "cancelled"


def test_who_rejected_an_offer_that_nobody_can_end_is_free(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    floor.happen(events.LegRinging(call_id=call_id, leg_id=floor.agent_leg(call_id), **floor.at()))
    control(floor, "reject", ann, call_id)
    assert floor.agent(ann)["activity"] != "idle", "his leg is there still"
    engine = start_engine()
    is_away(engine, floor)
    until(lambda: floor.agent(ann)["activity"] == "idle", "he is free")
    assert db.value("SELECT phase FROM call") == "queued"


def test_who_talks_is_not_even_asked_about(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    floor.bridge(call_id)
    engine = start_engine()
    put: list[str] = []
    engine.dispatcher.put = lambda event: put.append(type(event).__name__)  # type: ignore[method-assign]
    is_away(engine, floor)
    until(lambda: db.rows("SELECT 1 FROM alarm WHERE kind = 'switch_lost'"), "it is given up")
    assert no_more(lambda: "SwitchLost" in put)
    assert floor.agent(ann)["activity"] == "talking"


def test_a_number_that_is_called_for_a_caller_keeps_nobody_and_is_looked_at_when_the_switch_is_back(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    """Nobody knows whether they talk by now: what would be made of it meanwhile is a guess, and could not be done."""
    ann = floor.add_agent("ann", presence="offline")
    may_dial(floor)
    limit(floor, overflow={"nobody": TARGET})
    call_id = floor.arrive()
    floor.happen(events.LegRinging(call_id=call_id, leg_id=number_leg(floor, call_id), **floor.at()))
    db.run("UPDATE agent SET presence = 'available', idle_since = now()")
    engine = start_engine(sweep_ms=50)
    heard, put = [], engine.dispatcher.put

    def listened(event: Work) -> None:
        heard.append(type(event).__name__)
        put(event)

    engine.dispatcher.put = listened  # type: ignore[method-assign]
    is_away(engine, floor)
    db.run("UPDATE call SET step_due_at = now()")
    until(lambda: db.rows("SELECT 1 FROM alarm WHERE kind = 'switch_lost'"), "it is given up")
    assert no_more(lambda: "SwitchLost" in heard or db.value("SELECT phase FROM call") != "forwarding")
    assert floor.agent(ann)["activity"] == "idle", "nobody is offered it"
    link = link_of(engine, floor)
    link.sights = {floor.customer(call_id): "parked", number_leg(floor, call_id): "parked"}
    link.is_ready, link.is_reachable, link.lost_for_s = True, True, 0.0
    until(lambda: "Bridge" in link.kinds(), "it has answered: the two are bridged")
