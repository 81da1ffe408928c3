"""Calls and requests to begin with, of tests of what is decided about an agent's wishes."""

from typing import Any
from uuid import uuid4

from freeswitch_cc.core import agent_events
from freeswitch_cc.core.said_to_people import Answer
from tests.floor import Floor


def add_ann(floor: Floor) -> str:
    """An agent, in a center that has dispositions."""
    floor.insert("disposition", code="sold", name="Sold")
    floor.insert("disposition", code="complaint", name="Complaint")
    floor.insert("disposition", code="old", name="Not used any more", is_active=False)
    return floor.add_agent("ann", wrap_up="manual")


def talk(floor: Floor) -> tuple[str, str]:
    """A call and the leg of the agent who talks in it."""
    call_id = floor.arrive()
    assert floor.match()
    return call_id, floor.bridge(call_id)


def end(floor: Floor, call_id: str, leg_id: str) -> None:
    """The customer goes, then the agent's leg."""
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    floor.happen(floor.hangup(call_id, leg_id))


def request(floor: Floor, kind: str) -> str:
    request_id = str(uuid4())
    floor.insert("request", request_id=request_id, kind=kind, asked_by="test", idempotency_key=request_id)
    return request_id


def dispose(floor: Floor, agent_id: str, code: str = "sold", **more: Any) -> Answer:
    asked = agent_events.DispositionAsked(
        agent_id=agent_id, request_id=request(floor, "disposition"), code=code, **more
    )
    answer = floor.happen(asked).answer
    assert answer is not None
    return answer


def ask(floor: Floor, agent_id: str, kind: str, **more: Any) -> Answer:
    event = (agent_events.WrapUpAsked if kind.endswith("wrap_up") else agent_events.PresenceAsked)(
        agent_id=agent_id, request_id=request(floor, kind), kind=kind, **more
    )
    answer = floor.happen(event).answer
    assert answer is not None
    return answer
