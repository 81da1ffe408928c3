"""The log of an agent says who made him what he was: nobody but himself and his calls, a supervisor, the system."""

from typing import Any
from uuid import uuid4

from freeswitch_cc.core import agent_events
from tests.database import Database
from tests.floor import Floor


def ask(floor: Floor, agent_id: str, kind: str, reason: str | None = None, by: str | None = None) -> None:
    request_id = str(uuid4())
    floor.insert("request", request_id=request_id, agent_id=agent_id, kind=kind, asked_by="test",
                 idempotency_key=request_id)  # fmt: skip
    asked = agent_events.PresenceAsked(agent_id=agent_id, request_id=request_id, kind=kind, reason=reason, forced_by=by)
    decision = floor.happen(asked)
    assert decision.answer is not None
    assert decision.answer.state == "done", decision.answer


def log(db: Database) -> list[tuple[Any, ...]]:
    rows = db.rows("SELECT presence, reason, activity, changed_by FROM agent_state_log ORDER BY log_id")
    return [tuple(row.values()) for row in rows]


def test_each_state_is_logged_with_who_made_it_so(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann")
    ask(floor, agent_id, "not_ready", "meal")
    ask(floor, agent_id, "not_ready", "meeting", by="boss")
    ask(floor, agent_id, "available", by="chief")
    ask(floor, agent_id, "logout")
    assert log(db) == [
        ("available", None, "idle", None),
        ("not_ready", "meal", "idle", None),
        ("not_ready", "meeting", "idle", "boss"),
        ("available", None, "idle", "chief"),
    ]
    assert floor.agent(agent_id)["changed_by"] is None


def test_what_is_asked_for_again_is_no_new_row(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann")
    ask(floor, agent_id, "available")
    ask(floor, agent_id, "available", by="boss")
    assert log(db) == []


def test_a_call_that_comes_to_a_forced_agent_is_nobody_s_doing(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann", presence="not_ready", reason="meal")
    ask(floor, agent_id, "available", by="boss")
    call_id = floor.arrive()
    floor.match()
    floor.refuse(call_id)
    assert log(db) == [
        ("not_ready", "meal", "idle", None),
        ("available", None, "idle", "boss"),
        ("available", None, "reserved", None),
    ]
    assert floor.agent(agent_id)["changed_by"] is None


def test_what_the_system_makes_of_him_is_its_doing(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann", max_misses=1)
    call_id = floor.arrive()
    floor.match()
    floor.refuse(call_id, "USER_NOT_REGISTERED")
    agent = floor.agent(agent_id)
    assert (agent["presence"], agent["reason"], agent["changed_by"]) == ("not_ready", "device_down", "system")
    ask(floor, agent_id, "available")
    assert log(db)[-1] == ("not_ready", "device_down", "idle", "system")


def test_what_was_forced_in_a_talk_is_logged_when_it_comes(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.bridge(call_id)
    ask(floor, agent_id, "logout", by="boss")
    floor.happen(floor.hangup(call_id, leg_id))
    agent = floor.agent(agent_id)
    assert (agent["presence"], agent["changed_by"], agent["pending_by"]) == ("offline", "boss", None)
    assert log(db)[-1] == ("available", None, "talking", None)


def test_since_when_he_is_not_ready_is_not_forgotten_when_his_activity_changes(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann", wrap_up="manual")
    was = floor.agent(agent_id)["presence_at"]
    call_id = floor.arrive()
    floor.match()
    floor.happen(floor.hangup(call_id, floor.bridge(call_id)))
    agent = floor.agent(agent_id)
    assert (agent["activity"], agent["presence_at"]) == ("wrap_up", was)
    assert agent["state_at"] > was
    ask(floor, agent_id, "logout")
    agent = floor.agent(agent_id)
    assert agent["presence_at"] == agent["state_at"] > was
