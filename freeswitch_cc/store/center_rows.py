"""The rows of a center as they are in the tables, under the names of the center file; and whether history needs them.

Only reads. Which table and column each part and key of the file is, stands here; store.center writes.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    case,
    exists,
    false,
    literal,
    select,
    text,
    true,
)

from freeswitch_cc import center_settings as settings
from freeswitch_cc.store import tables
from freeswitch_cc.store.difference import Row, There
from freeswitch_cc.store.wanted import CENTER, DIALLING, KEYS, Place, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """key: by what people know its rows. keys: what the file says of it."""

    table: Table
    key: ColumnElement[Any]
    keys: tuple[str, ...]

    @property
    def id(self) -> Column[Any]:
        (found,) = self.table.primary_key.columns
        return found

    @property
    def is_switched_off(self) -> bool:
        """Is there a column that says so? Else a row that nobody needs is removed, and all the others too."""
        return "is_active" in self.table.c


def _kind(what: str, table: Table, of: type[Any]) -> Kind:
    return Kind(table=table, key=table.c[KEYS[what]], keys=tuple(item.name for item in fields(of)))


KINDS: Mapping[str, Kind] = {
    "center": Kind(table=tables.center, key=literal(CENTER), keys=("timezone", "feature_codes")),
    "switch": _kind("switch", tables.switch, settings.SwitchSettings),
    "skill": Kind(table=tables.skill, key=tables.skill.c.name, keys=("name",)),
    "group": Kind(table=tables.agent_group, key=tables.agent_group.c.name, keys=("name",)),
    "reason": _kind("reason", tables.not_ready_reason, settings.ReasonSettings),
    "disposition": _kind("disposition", tables.disposition, settings.DispositionSettings),
    "agent": _kind("agent", tables.agent, settings.AgentSettings),
    "queue": _kind("queue", tables.queue, settings.QueueSettings),
    "entry_point": _kind("entry_point", tables.entry_point, settings.EntryPointSettings),
    "known_caller": _kind("known_caller", tables.known_caller, settings.CallerSettings),
    "voicemail_box": _kind("voicemail_box", tables.voicemail_box, settings.VoicemailBoxSettings),
    "dialling": Kind(
        table=tables.dialling,
        key=literal(DIALLING),
        keys=tuple(item.name for item in fields(settings.DiallingSettings)),
    ),
}

# Where a key of the file and its column have different names.
_COLUMNS = {"auto_answer": "is_auto_answer", "last_agent_first": "is_last_agent_first"}
# Keys that name a row of another table, which the column names by its id.
_REFERENCES = {"queue": "queue_id", "agent": "agent_id"}


def read(connection: Connection, wanted: Mapping[str, Iterable[str]]) -> There:
    """wanted: by table, the names that the file has."""
    return There(
        rows={what: _rows(connection, what, wanted[what]) for what in KINDS},
        eligible=_eligible(connection),
        qualified=_qualified(connection),
    )


def columns_of(what: str, values: Values, ids: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Values as the table of this kind wants them; what stands in other tables is left out.

    ids: by key, the ids of the rows that it may name.
    """
    columns: dict[str, Any] = {}
    for key, value in values.items():
        if key in _REFERENCES and key in ids:
            columns[_REFERENCES[key]] = None if value is None else ids[key][value]
        elif (column := _COLUMNS.get(key, key)) in KINDS[what].table.c:
            columns[column] = value
    return columns


def ids_of(connection: Connection, what: str) -> dict[str, str]:
    """The id of each row by its name."""
    kind = KINDS[what]
    return {row[0]: row[1] for row in connection.execute(select(kind.key, kind.id))}


def has_history(table: Table) -> ColumnElement[bool]:
    """Does a row of what happened refer to it? An agent who is logged in has one that is not written yet."""
    agent, call, log = tables.agent, tables.call, tables.agent_state_log
    found: ColumnElement[bool] = false()
    if table is agent:
        of_agents = (log, tables.leg, tables.offer, tables.queue_visit, tables.call_disposition)
        found = agent.c.presence != "offline"
        for other in of_agents:
            found |= exists().where(other.c.agent_id == agent.c.agent_id)
    elif table is tables.queue:
        found = exists().where(tables.queue_visit.c.queue_id == table.c.queue_id)
    elif table is tables.entry_point:
        found = exists().where(call.c.entry_point_id == table.c.entry_point_id)
    elif table is tables.switch:
        found = exists().where(call.c.switch_id == table.c.switch_id)
    elif table is tables.disposition:
        found = exists().where(tables.call_disposition.c.code == table.c.code)
    elif table is tables.not_ready_reason:
        of_now = (agent.c.reason == table.c.name) | (agent.c.pending_reason == table.c.name)
        found = exists().where(of_now) | exists().where(log.c.reason == table.c.name)
    return found


def _rows(connection: Connection, what: str, named: Iterable[str]) -> dict[str, Row]:
    """What is there, by name. History is only asked of what the file does not name: it costs a search each."""
    kind = KINDS[what]
    table = kind.table
    # CASE asks for nothing that it does not need.
    history = case((kind.key.not_in(list(named)), has_history(table)), else_=false())
    query: Select[Any] = select(
        kind.key.label("row_name"),
        (table.c.is_active if kind.is_switched_off else true()).label("row_is_active"),
        history.label("row_has_history"),
        *(table.c[column].label(key) for key in kind.keys if (column := _COLUMNS.get(key, key)) in table.c),
    ).order_by(text("row_name"))
    if what == "entry_point":
        query = query.add_columns(tables.queue.c.name.label("queue")).join(tables.queue)
    elif what == "known_caller":
        query = query.add_columns(tables.agent.c.login.label("agent")).outerjoin(tables.agent)
    elif what == "reason":
        query = query.where(~table.c.is_system)
    more = _skills_and_groups(connection) if what == "agent" else {}
    return {
        row["row_name"]: Row(
            values={key: row[key] for key in kind.keys if key in row} | more.get(row["row_name"], {}),
            is_active=row["row_is_active"],
            has_history=row["row_has_history"],
        )
        for row in connection.execute(query).mappings()
    }


def _skills_and_groups(connection: Connection) -> dict[str, dict[str, Any]]:
    """By login, for every agent."""
    agent, skill, group = tables.agent, tables.skill, tables.agent_group
    skills: dict[str, dict[str, int]] = defaultdict(dict)
    groups: dict[str, list[str]] = defaultdict(list)
    level = tables.agent_skill.c.level
    for login, name, value in connection.execute(
        select(agent.c.login, skill.c.name, level).select_from(tables.agent_skill.join(agent).join(skill))
    ):
        skills[login][name] = value
    for login, name in connection.execute(
        select(agent.c.login, group.c.name).select_from(tables.group_member.join(agent).join(group))
    ):
        groups[login].append(name)
    logins = connection.execute(select(agent.c.login)).scalars()
    return {login: {"skills": skills.get(login, {}), "groups": sorted(groups.get(login, ()))} for login in logins}


def _eligible(connection: Connection) -> dict[tuple[str, str], Place]:
    table, agent, queue = tables.eligibility, tables.agent, tables.queue
    query = select(queue.c.name, agent.c.login, table.c.tier, table.c.after_ms, table.c.position)
    return {
        (row.name, row.login): Place(tier=row.tier, after_ms=row.after_ms, position=row.position)
        for row in connection.execute(query.select_from(table.join(agent).join(queue)))
    }


def _qualified(connection: Connection) -> dict[str, frozenset[str]]:
    """Also of requirements that nobody meets."""
    requirement, table, agent = tables.requirement, tables.qualification, tables.agent
    query = select(requirement.c.expression, agent.c.login).select_from(
        requirement.outerjoin(table).outerjoin(agent, agent.c.agent_id == table.c.agent_id)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for expression, login in connection.execute(query):
        found[expression].update([] if login is None else [login])
    return {expression: frozenset(logins) for expression, logins in found.items()}
