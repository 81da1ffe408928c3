"""Configuration that the tests of matching write with plain SQL: tiers, requirements, waits. No tests."""

from typing import Any
from uuid import uuid4

from psycopg2.extras import Json

from tests.database import Database
from tests.floor import Floor


def have_tiers(floor: Floor, *after_ms: int) -> None:
    """Every queue has tiers that open after so long; the first is open at once."""
    tiers = [{"after_ms": after} for after in (0, *after_ms)]
    floor.db.run("UPDATE queue SET tiers = %(tiers)s", tiers=Json(tiers))


def add_to_tier(floor: Floor, login: str, tier: int, after_ms: int, **values: Any) -> str:
    """A ready agent of `sales` who is in this tier."""
    agent_id = floor.add_agent(login, **values)
    place(floor.db, agent_id, tier=tier, after_ms=after_ms)
    return agent_id


def place(db: Database, agent_id: str, **values: Any) -> None:
    """Change his rows of eligibility: tier, after_ms, position, offered_at."""
    setting = ", ".join(f"{name} = %({name})s" for name in values)
    db.run(f"UPDATE eligibility SET {setting} WHERE agent_id = %(agent)s", agent=agent_id, **values)


def require(floor: Floor, call_id: str, *agent_ids: str) -> str:
    """The call asks for something that these agents meet; the id of the requirement."""
    requirement_id = str(uuid4())
    floor.insert("requirement", requirement_id=requirement_id, expression=f"r{requirement_id[:8]} >= 1")
    for agent_id in agent_ids:
        floor.insert("qualification", requirement_id=requirement_id, agent_id=agent_id)
    floor.db.run(
        "UPDATE queue_visit SET requirement_id = %(requirement)s WHERE call_id = %(id)s",
        requirement=requirement_id,
        id=call_id,
    )
    return requirement_id


def prefer(db: Database, call_id: str, agent_id: str) -> None:
    db.run("UPDATE queue_visit SET preferred_agent_id = %(agent)s WHERE call_id = %(id)s", agent=agent_id, id=call_id)


def has_waited(db: Database, call_id: str, seconds: float) -> None:
    db.run(
        "UPDATE queue_visit SET waiting_since = clock_timestamp() - make_interval(secs => %(s)s)"
        " WHERE call_id = %(id)s",
        s=seconds,
        id=call_id,
    )


def log_of(db: Database, call_id: str) -> dict[str, Any]:
    """The only row of match_log of this call."""
    return db.one("SELECT * FROM match_log WHERE call_id = %(id)s", id=call_id)
