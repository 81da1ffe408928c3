"""Carries a center file into the tables, all of it or nothing, and says what that changed.

The file is the whole truth: what it does not name any more is removed, or only switched off when calls
or agents' hours refer to it. Applying the same file again changes nothing. Live columns (presence,
activity, epoch) are never written here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, exists, func, select

from freeswitch_cc.center import Center
from freeswitch_cc.store import tables

# Two people who apply at once do so one after the other. Any fixed number that nobody else uses.
_LOCK = 7_204_118_002


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """kind: added, changed, removed, switched_off or switched_on. details: what became of which value."""

    kind: str
    what: str
    name: str
    details: str = ""


def apply(connection: Connection, center: Center) -> list[Change]:
    """Make the tables say what the file says. Commits nothing: the caller's transaction does, or does not."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    changes: list[Change] = []
    switch, agent, queue = tables.switch, tables.agent, tables.queue
    _write(connection, switch, switch.c.name, [asdict(settings) for settings in center.switches], changes)
    _write(connection, agent, agent.c.login, [asdict(settings) for settings in center.agents], changes)
    queues = [{key: value for key, value in asdict(q).items() if key != "agents"} for q in center.queues]
    _write(connection, queue, queue.c.name, queues, changes)
    agent_ids = _ids(connection, agent, agent.c.login)
    queue_ids = _ids(connection, queue, queue.c.name)
    points = [
        {"number": point.number, "queue_id": queue_ids[point.queue], "attached": point.attached}
        for point in center.entry_points
    ]
    names = {queue_id: name for name, queue_id in queue_ids.items()}
    _write(connection, tables.entry_point, tables.entry_point.c.number, points, changes, shown={"queue_id": names})
    _write_eligibility(connection, center, agent_ids, queue_ids, changes)

    # Backwards, because each refers to the ones before it.
    _drop(connection, tables.entry_point, tables.entry_point.c.number, (p.number for p in center.entry_points), changes)
    _drop(connection, queue, queue.c.name, (q.name for q in center.queues), changes)
    _drop(connection, agent, agent.c.login, (a.login for a in center.agents), changes)
    _drop(connection, switch, switch.c.name, (s.name for s in center.switches), changes)
    return changes


def _write(
    connection: Connection,
    table: Table,
    key: Column[Any],
    wanted: list[dict[str, Any]],
    changes: list[Change],
    shown: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Insert what is new, update what differs. shown: for a column of ids, what people call each."""
    (id_column,) = table.primary_key.columns
    there = {row[key.name]: row for row in connection.execute(select(table)).mappings()}
    new = [values for values in wanted if values[key.name] not in there]
    old = [values for values in wanted if values[key.name] in there]
    for values in new:
        connection.execute(table.insert().values(**values))
        changes.append(Change(kind="added", what=_what(table), name=values[key.name]))
    # In the order of their ids, as every transaction of the engine locks agents.
    for values in sorted(old, key=lambda values: str(there[values[key.name]][id_column.name])):
        row = there[values[key.name]]
        different = {name: value for name, value in values.items() if row[name] != value}
        if not different and row["is_active"]:
            continue
        connection.execute(table.update().where(id_column == row[id_column.name]).values(**different, is_active=True))
        details = ", ".join(
            f"{name.removesuffix('_id')}: {_show(name, row[name], shown)} -> {_show(name, value, shown)}"
            for name, value in different.items()
        )
        kind = "changed" if row["is_active"] else "switched_on"
        changes.append(Change(kind=kind, what=_what(table), name=values[key.name], details=details))


def _write_eligibility(
    connection: Connection,
    center: Center,
    agent_ids: Mapping[str, str],
    queue_ids: Mapping[str, str],
    changes: list[Change],
) -> None:
    """Who may take whose calls. A queue that is being switched off keeps its agents for those who still wait in it."""
    table = tables.eligibility
    rows = connection.execute(select(table.c.queue_id, table.c.agent_id))
    there = {(row.queue_id, row.agent_id) for row in rows}
    logins = {agent_id: login for login, agent_id in agent_ids.items()}
    for queue in center.queues:
        queue_id = queue_ids[queue.name]
        wanted = {agent_ids[login] for login in queue.agents}
        found = {agent_id for in_queue, agent_id in there if in_queue == queue_id}
        for agent_id in sorted(wanted - found, key=lambda one: logins[one]):
            connection.execute(table.insert().values(queue_id=queue_id, agent_id=agent_id))
            changes.append(Change(kind="added", what="eligibility", name=f"{logins[agent_id]} in {queue.name}"))
        for agent_id in sorted(found - wanted, key=lambda one: logins[one]):
            connection.execute(table.delete().where(and_(table.c.queue_id == queue_id, table.c.agent_id == agent_id)))
            changes.append(Change(kind="removed", what="eligibility", name=f"{logins[agent_id]} in {queue.name}"))


def _drop(connection: Connection, table: Table, key: Column[Any], kept: Iterable[str], changes: list[Change]) -> None:
    """Remove what the file does not name; what has a history is only switched off."""
    (id_column,) = table.primary_key.columns
    keep = set(kept)
    rows = connection.execute(
        select(id_column, key, table.c.is_active, _has_history(table).label("has_history")).order_by(id_column)
    )
    for row in rows.mappings().all():
        if row[key.name] in keep:
            continue
        this_row = id_column == row[id_column.name]
        if not row["has_history"]:
            connection.execute(table.delete().where(this_row))
            changes.append(Change(kind="removed", what=_what(table), name=row[key.name]))
        elif row["is_active"]:
            connection.execute(table.update().where(this_row).values(is_active=False))
            changes.append(Change(kind="switched_off", what=_what(table), name=row[key.name]))


def _has_history(table: Table) -> ColumnElement[bool]:
    """Does a row of what happened refer to it? An agent who is logged in has one that is not written yet."""
    leg, call, visit, offer = tables.leg, tables.call, tables.queue_visit, tables.offer
    found: ColumnElement[bool]
    if table is tables.agent:
        agent_id = table.c.agent_id
        log = tables.agent_state_log
        found = (
            exists().where(log.c.agent_id == agent_id)
            | exists().where(leg.c.agent_id == agent_id)
            | exists().where(offer.c.agent_id == agent_id)
            | exists().where(visit.c.agent_id == agent_id)
            | (table.c.presence != "offline")
        )
    elif table is tables.queue:
        # Entry points are dropped before queues: one that is still there has a history of its own.
        point = tables.entry_point
        found = exists().where(visit.c.queue_id == table.c.queue_id) | exists().where(
            point.c.queue_id == table.c.queue_id
        )
    elif table is tables.entry_point:
        found = exists().where(call.c.entry_point_id == table.c.entry_point_id)
    else:
        found = exists().where(call.c.switch_id == table.c.switch_id)
    return found


def _ids(connection: Connection, table: Table, key: Column[Any]) -> dict[str, str]:
    (id_column,) = table.primary_key.columns
    return {row[0]: row[1] for row in connection.execute(select(key, id_column))}


def _what(table: Table) -> str:
    return table.name.replace("_", " ")


def _show(name: str, value: Any, shown: Mapping[str, Mapping[str, str]] | None) -> str:
    if value is None:
        return "none"
    return str((shown or {}).get(name, {}).get(value, value))
