"""A call that an agent asks for, in the database: what it looks at, who is locked, and that nobody is given twice."""

from typing import Any
from uuid import uuid4

import gevent
import pytest

from freeswitch_cc.core.dialling import NumberClass
from freeswitch_cc.core.events import DialAsked
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.postgres import AnsweredBefore
from tests.database import Database
from tests.floor import Floor

NUMBER = "+358401234567"


def dialler(floor: Floor, login: str, **values: Any) -> str:
    """An agent who may call national numbers."""
    floor.db.run('UPDATE dialling SET trunk = \'carrier\', classes = \'[{"name": "national", "like": ["+358"]}]\'')
    return floor.add_agent(login, may_dial='["national"]', caller_ids='["+358401112222"]', **values)


def asked(floor: Floor, agent_id: str, to: str = f"number:{NUMBER}") -> DialAsked:
    """A row of the table, and its event."""
    request_id = str(uuid4())
    floor.insert(
        "request", request_id=request_id, kind="dial", agent_id=agent_id, asked_by="test", idempotency_key=request_id
    )
    return DialAsked(call_id=request_id, agent_id=agent_id, request_id=request_id, to=to, switch_id=floor.switch_id)


def answer(db: Database, request_id: str) -> tuple[str, str | None]:
    row = db.one("SELECT state, reason FROM request WHERE request_id = %(id)s", id=request_id)
    return row["state"], row["reason"]


def test_all_that_is_said_of_dialling_is_read(floor: Floor) -> None:
    ann, bob = dialler(floor, "ann"), floor.add_agent("bob", presence="not_ready", reason="meal")
    _, view = floor.session.view_dial(str(uuid4()), ann, "bob")
    floor.session.rollback()
    dialling = view.dialling
    assert dialling is not None
    assert (dialling.trunk, dialling.classes) == ("carrier", (NumberClass(name="national", like=("+358",)),))
    assert (dialling.ring_ms, dialling.agent_ring_ms, dialling.max_call_ms) == (30_000, 15_000, 7_200_000)
    assert dialling.agent is not None
    assert (dialling.agent.login, dialling.agent.contact) == ("ann", "user/ann@center")
    assert (dialling.agent.may_dial, dialling.agent.caller_ids) == (("national",), ("+358401112222",))
    assert dialling.target is not None
    assert (dialling.target.login, dialling.target.may_dial) == ("bob", ())
    assert {agent.agent_id for agent in view.agents} == {ann, bob}
    assert [agent.agent_id for agent in view.agents] == sorted((ann, bob))


def test_an_open_offer_is_told(floor: Floor) -> None:
    ann = dialler(floor, "ann")
    floor.arrive()
    floor.match()
    _, view = floor.session.view_dial(str(uuid4()), ann, "")
    floor.session.rollback()
    assert view.dialling is not None
    assert view.dialling.agent is not None
    assert view.dialling.agent.has_open_offer
    assert view.dialling.target is None


def test_the_call_its_leg_and_who_is_reserved_are_written_with_the_answer(floor: Floor, db: Database) -> None:
    ann = dialler(floor, "ann")
    event = asked(floor, ann)
    floor.happen(event)
    assert answer(db, event.request_id) == ("done", None)
    call = db.one(
        "SELECT origin, phase, dialled, placed->>'agent_id' AS by FROM call WHERE call_id = %(id)s", id=event.call_id
    )
    assert call == {"origin": "outbound", "phase": "dialing", "dialled": f"number:{NUMBER}", "by": ann}
    agent = floor.agent(ann)
    assert (agent["activity"], agent["call_id"]) == ("reserved", event.call_id)
    assert agent["due_at"] is not None
    assert db.one("SELECT role, seen, command FROM leg") == {"role": "agent", "seen": "dialing", "command": "originate"}


def test_the_same_request_is_carried_out_once(floor: Floor, db: Database) -> None:
    event = asked(floor, dialler(floor, "ann"))
    floor.happen(event)
    before = db.rows("SELECT * FROM leg")
    assert floor.happen(event).changes_nothing
    assert db.rows("SELECT * FROM leg") == before


def test_a_request_that_was_answered_meanwhile_places_no_call(floor: Floor, db: Database) -> None:
    ann = dialler(floor, "ann")
    event = asked(floor, ann)
    db.run("UPDATE request SET state = 'withdrawn', answered_at = now()")
    with pytest.raises(AnsweredBefore):
        floor.happen(event)
    assert (db.value("SELECT count(*) FROM call"), floor.agent(ann)["activity"]) == (0, "idle")


def test_who_dials_is_not_offered_a_call_and_who_is_offered_one_does_not_dial(floor: Floor, db: Database) -> None:
    ann, bob = dialler(floor, "ann"), dialler(floor, "bob")
    floor.happen(asked(floor, ann))
    floor.arrive()
    assert [agent for agent, _ in floor.match()] == [bob]
    event = asked(floor, bob)
    floor.happen(event)
    assert answer(db, event.request_id) == ("refused", "busy")


@pytest.mark.parametrize("both_ways", [False, True])
def test_of_two_who_ask_at_once_one_is_refused(floor: Floor, other: Session, db: Database, both_ways: bool) -> None:
    """The same agent twice; or two who call each other, which locks both in one order."""
    ann, bob = dialler(floor, "ann"), dialler(floor, "bob")
    first = asked(floor, ann, "agent:bob" if both_ways else f"number:{NUMBER}")
    second = asked(floor, bob if both_ways else ann, "agent:ann" if both_ways else f"number:{NUMBER}")

    def take(event: DialAsked, session: Session) -> Decision:
        return floor.happen(event, session=session)

    tasks = [gevent.spawn(take, first, floor.session), gevent.spawn(take, second, other)]
    gevent.joinall(tasks, timeout=20, raise_error=True)
    states = sorted(answer(db, event.request_id)[0] for event in (first, second))
    assert states == ["done", "refused"]
    assert db.value("SELECT count(*) FROM call") == 1


def test_matching_and_dialling_at_once_never_give_one_agent_to_both(floor: Floor, other: Session, db: Database) -> None:
    for number in range(20):
        ann = dialler(floor, f"ann{number}")
        floor.arrive()
        event = asked(floor, ann)
        tasks = [
            gevent.spawn(floor.happen, event, session=other),
            gevent.spawn(floor.match, tell=False),
        ]
        gevent.joinall(tasks, timeout=20, raise_error=True)
        offers = db.value("SELECT count(*) FROM offer WHERE agent_id = %(id)s AND outcome IS NULL", id=ann)
        placed = db.value("SELECT count(*) FROM call WHERE placed->>'agent_id' = %(id)s", id=ann)
        assert offers + placed == 1, "one of the two has him, and he is not left idle beside a call that waits"
        db.run("UPDATE queue_visit SET outcome = 'abandoned', left_at = now() WHERE outcome IS NULL")
