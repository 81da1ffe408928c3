"""Carries a center file into the tables, all of it or nothing, and says what that changed or would change.

What differs is found in store.difference. Applying the same file again changes nothing. Live columns (presence,
activity, epoch) are never written here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    select,
    text,
)

from freeswitch_cc.center import Center
from freeswitch_cc.store import tables
from freeswitch_cc.store.difference import (
    ELIGIBILITY,
    KEYS,
    Change,
    Difference,
    Row,
    Values,
    compare,
    eligibility_of,
    values_of,
)

# Two people who apply at once do so one after the other, and who only looks sees no half. The engine never takes it.
# Any fixed number that nobody else uses.
_LOCK = 7_204_118_002
_TABLES: Mapping[str, Table] = {
    "switch": tables.switch,
    "agent": tables.agent,
    "queue": tables.queue,
    "entry_point": tables.entry_point,
}


def difference(connection: Connection, center: Center) -> Difference:
    """What `apply` would change. Only reads, and locks no row; the caller's transaction may write no more after it."""
    connection.execute(text("SET TRANSACTION READ ONLY"))
    connection.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))
    return _difference(connection, center)


def apply(connection: Connection, center: Center) -> Difference:
    """Make the tables say what the file says. Commits nothing: the caller's transaction does, or does not."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    found = _difference(connection, center)
    wanted = values_of(center)
    # In the order of their ids, as every transaction of the engine locks agents; all of them before any is written.
    _lock(connection, "agent", _names(found, "agent", "changed", "switched_on", "switched_off", "removed"))
    for what in KEYS:
        queue_ids = _ids(connection, "queue") if what == "entry_point" else {}
        if new := [_columns(wanted[what][name], queue_ids) for name in _names(found, what, "added")]:
            connection.execute(_TABLES[what].insert(), new)
        for change in found.changes:
            if change.what == what and change.kind in ("changed", "switched_on"):
                values = _columns({item.field: item.new for item in change.fields}, queue_ids)
                this_row = _key(what) == change.name
                connection.execute(_TABLES[what].update().where(this_row).values(**values, is_active=True))
    _write_eligibility(connection, center)
    done = [_drop(connection, change) for change in found.changes]
    return replace(found, changes=tuple(done))


def _difference(connection: Connection, center: Center) -> Difference:
    wanted = values_of(center)
    there = {what: _rows(connection, what, wanted[what]) for what in KEYS}
    eligible = [(row.queue, row.login) for row in connection.execute(_eligible())]
    return compare(center, there, eligible)


def _rows(connection: Connection, what: str, named: Iterable[str]) -> dict[str, Row]:
    """What is there, by name. History is only asked of what the file does not name: it costs a search each."""
    table, key = _TABLES[what], _key(what)
    # CASE asks for nothing that it does not need.
    history = case((key.not_in(list(named)), _has_history(table)), else_=false()).label("has_history")
    columns = [column for column in table.columns if column.name not in ("is_active", "queue_id")]
    query: Select[Any] = select(*columns, table.c.is_active, history).order_by(key)
    if what == "entry_point":
        query = query.add_columns(tables.queue.c.name.label("queue")).join(tables.queue)
    return {
        row[key.name]: Row(values=dict(row), is_active=row["is_active"], has_history=row["has_history"])
        for row in connection.execute(query).mappings()
    }


def _write_eligibility(connection: Connection, center: Center) -> None:
    table = tables.eligibility
    agent_ids, queue_ids = _ids(connection, "agent"), _ids(connection, "queue")
    there = {(row.queue, row.login) for row in connection.execute(_eligible())}
    wanted = eligibility_of(center)
    named = {queue.name for queue in center.queues}
    new = [
        {"queue_id": queue_ids[queue], "agent_id": agent_ids[login]}
        for queue, login in wanted
        if (queue, login) not in there
    ]
    if new:
        connection.execute(table.insert(), new)
    for queue, login in there.difference(wanted):
        if queue in named:
            this_row = and_(table.c.queue_id == queue_ids[queue], table.c.agent_id == agent_ids[login])
            connection.execute(table.delete().where(this_row))


def _drop(connection: Connection, change: Change) -> Change:
    """Remove or switch off one row; what became of it. Every other change is left as it is."""
    if change.what == ELIGIBILITY or change.kind not in ("removed", "switched_off"):
        return change
    table, this_row = _TABLES[change.what], _key(change.what) == change.name
    if change.kind == "removed":
        # A call may have come since we looked: nobody refers to a row that is locked, so now it is certain.
        _lock(connection, change.what, [change.name])
        is_free = ~_has_history(table)
        if table is tables.queue:
            is_free &= ~exists().where(tables.entry_point.c.queue_id == table.c.queue_id)
        if connection.execute(table.delete().where(this_row, is_free)).rowcount:
            return change
    connection.execute(table.update().where(this_row).values(is_active=False))
    return replace(change, kind="switched_off")


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
        found = exists().where(visit.c.queue_id == table.c.queue_id)
    elif table is tables.entry_point:
        found = exists().where(call.c.entry_point_id == table.c.entry_point_id)
    else:
        found = exists().where(call.c.switch_id == table.c.switch_id)
    return found


def _lock(connection: Connection, what: str, names: list[str]) -> None:
    (id_column,) = _TABLES[what].primary_key.columns
    connection.execute(select(id_column).where(_key(what).in_(names)).order_by(id_column).with_for_update())


def _names(found: Difference, what: str, *kinds: str) -> list[str]:
    return [change.name for change in found.changes if change.what == what and change.kind in kinds]


def _key(what: str) -> Column[Any]:
    return _TABLES[what].c[KEYS[what]]


def _ids(connection: Connection, what: str) -> dict[str, str]:
    (id_column,) = _TABLES[what].primary_key.columns
    return {row[0]: row[1] for row in connection.execute(select(_key(what), id_column))}


def _eligible() -> Select[Any]:
    table, agent, queue = tables.eligibility, tables.agent, tables.queue
    return select(queue.c.name.label("queue"), agent.c.login).select_from(table.join(agent).join(queue))


def _columns(values: Values, queue_ids: Mapping[str, str]) -> dict[str, Any]:
    """As the table wants them: it names a queue by its id."""
    return {
        ("queue_id" if field == "queue" else field): (queue_ids[value] if field == "queue" else value)
        for field, value in values.items()
    }
