"""Carries a center file into the tables, all of it or nothing, and says what that changed or would change.

What the tables should hold is store.wanted's, what differs store.difference's, what is there store.center_rows'.
Applying the same file again changes nothing. Live columns (presence, activity, epoch, offered_at) are never written.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, Table, bindparam, exists, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from freeswitch_cc.center_settings import Center
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.store import tables
from freeswitch_cc.store.center_rows import KINDS, columns_of, has_history, ids_of, read
from freeswitch_cc.store.difference import Change, Difference, There, compare
from freeswitch_cc.store.schema import Id
from freeswitch_cc.store.wanted import CENTER, KEYS, Values, Wanted, wanted_of

# Two people who apply at once do so one after the other, and who only looks sees no half. The engine never takes it.
# Any fixed number that nobody else uses.
_LOCK = 7_204_118_002
# One statement for thousands of rows. What is there is changed and not made anew: offered_at stays.
_PUT_ELIGIBILITY = text("""
    INSERT INTO eligibility (agent_id, queue_id, tier, after_ms, position)
    SELECT * FROM unnest(CAST(:agents AS uuid[]), CAST(:queues AS uuid[]), CAST(:tiers AS integer[]),
                         CAST(:afters AS integer[]), CAST(:positions AS integer[]))
    ON CONFLICT (agent_id, queue_id) DO UPDATE
       SET tier = excluded.tier, after_ms = excluded.after_ms, position = excluded.position
""")

# Of every call that is not over: one that talks may come back, and asks what it asked.
_MOVE_VISITS = text("""
    UPDATE queue_visit v SET requirement_id = CAST(:new AS uuid)
      FROM call c JOIN entry_point e USING (entry_point_id)
     WHERE c.ended_at IS NULL AND e.number = :number AND v.call_id = c.call_id
       AND v.requirement_id = CAST(:old AS uuid)
""")
# Who waits goes by what is said now; the engine looks within a sweep. Not who waits for one agent: he came from there.
_MOVE_LIMITS = text(r"""
    UPDATE queue_visit v
       SET overflow_at = CASE WHEN q.overflow ? 'too_long' AND NOT v.spent ? (q.queue_id || '\:too_long')
                              THEN v.entered_at + make_interval(secs => q.max_wait_ms / 1000.0) END
      FROM queue q
     WHERE q.name = ANY (CAST(:queues AS text[])) AND v.queue_id = q.queue_id AND v.outcome IS NULL
       AND v.came_from IS NULL
""")
_DELETE_REQUIREMENTS = text("""
    DELETE FROM requirement
     WHERE expression <> ALL (CAST(:wanted AS text[]))
       AND requirement_id NOT IN (SELECT v.requirement_id FROM call c JOIN queue_visit v USING (call_id)
                                   WHERE c.ended_at IS NULL AND v.requirement_id IS NOT NULL)
""")


def difference(connection: Connection, center: Center) -> Difference:
    """What `apply` would change. Only reads, and locks no row; the caller's transaction may write no more after it."""
    connection.execute(text("SET TRANSACTION READ ONLY"))
    connection.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))
    found, _ = _compared(connection, wanted_of(center))
    return found


def apply(connection: Connection, center: Center) -> Difference:
    """Make the tables say what the file says. Commits nothing: the caller's transaction does, or does not."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    wanted = wanted_of(center)
    found, there = _compared(connection, wanted)
    if found.changes:
        # Matching writes eligibilities too, while it holds agents: the two must not wait for each other.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("freeswitch_cc.match"))))
    # In the order of their ids, as every transaction of the engine locks agents; all of them before any is written.
    _lock(connection, "agent", _names(found, "agent", "changed", "switched_on", "switched_off", "removed"))
    for what in KEYS:
        _write_rows(connection, what, wanted.rows[what], found)
        if what == "agent":
            _write_skills_and_groups(connection, wanted.rows[what], found)
    _write_eligibility(connection, wanted, there)
    _write_qualifications(connection, wanted.qualified, there.qualified, found)
    if slower := _with_other_limits(found):
        connection.execute(_MOVE_LIMITS, {"queues": slower})
    done = [_drop(connection, change) for change in found.changes]
    return replace(found, changes=tuple(done))


def _with_other_limits(found: Difference) -> list[str]:
    """Queues of which is said anew how long one may wait in them, or where to after that."""
    return [
        change.name
        for change in found.changes
        if change.what == "queue" and {item.field for item in change.fields} & {"max_wait_ms", "overflow"}
    ]


def _compared(connection: Connection, wanted: Wanted) -> tuple[Difference, There]:
    there = read(connection, wanted.rows)
    zone = wanted.rows["center"][CENTER]["timezone"]
    row = there.rows["center"].get(CENTER)
    if row is None or row.values["timezone"] != zone:
        # The matcher and the counting of days ask PostgreSQL, which has a list of its own.
        known = text("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = :zone)")
        if not connection.execute(known, {"zone": zone}).scalar_one():
            raise ConfigInvalid(
                [
                    f"timezone of the center is {zone!r}, which this PostgreSQL does not know:"
                    " SELECT name FROM pg_timezone_names lists all that it does"
                ]
            )
    return compare(wanted, there), there


def _write_rows(connection: Connection, what: str, wanted: Mapping[str, Values], found: Difference) -> None:
    kind = KINDS[what]
    named = {"entry_point": "queue", "known_caller": "agent"}.get(what)
    ids = {named: ids_of(connection, named)} if named else {}
    if new := [columns_of(what, wanted[name], ids) for name in _names(found, what, "added")]:
        connection.execute(kind.table.insert(), new)
    for change in found.changes:
        if change.what == what and change.kind in ("changed", "switched_on"):
            values = columns_of(what, {item.field: item.new for item in change.fields}, ids)
            if kind.is_switched_off:
                values["is_active"] = True
            connection.execute(kind.table.update().where(kind.key == change.name).values(**values))


def _write_skills_and_groups(connection: Connection, agents: Mapping[str, Values], found: Difference) -> None:
    """Anew for every agent of whom they differ."""
    agent_ids = ids_of(connection, "agent")
    for field, table, what in (("skills", tables.agent_skill, "skill"), ("groups", tables.group_member, "group")):
        logins = _names(found, "agent", "added") + [
            change.name
            for change in found.changes
            if change.what == "agent" and any(item.field == field for item in change.fields)
        ]
        connection.execute(table.delete().where(table.c.agent_id.in_([agent_ids[login] for login in logins])))
        ids, id_name = ids_of(connection, what), KINDS[what].id.name
        new = [
            {"agent_id": agent_ids[login], id_name: ids[name]}
            | ({"level": agents[login][field][name]} if field == "skills" else {})
            for login in logins
            for name in agents[login][field]
        ]
        if new:
            connection.execute(table.insert(), new)


def _write_eligibility(connection: Connection, wanted: Wanted, there: There) -> None:
    agent_ids, queue_ids = ids_of(connection, "agent"), ids_of(connection, "queue")
    new = [
        (queue, login, p) for (queue, login), p in wanted.eligible.items() if there.eligible.get((queue, login)) != p
    ]
    if new:
        columns = {
            "agents": [agent_ids[login] for _, login, _ in new],
            "queues": [queue_ids[queue] for queue, _, _ in new],
            "tiers": [place.tier for _, _, place in new],
            "afters": [place.after_ms for _, _, place in new],
            "positions": [place.position for _, _, place in new],
        }
        connection.execute(_PUT_ELIGIBILITY, columns)
    # A queue that goes is none of the file's: those who still wait in it keep its agents.
    gone = [pair for pair in there.eligible.keys() - wanted.eligible.keys() if pair[0] in wanted.rows["queue"]]
    pairs = {"queue_id": [queue_ids[queue] for queue, _ in gone], "agent_id": [agent_ids[login] for _, login in gone]}
    _delete_pairs(connection, tables.eligibility, pairs)


def _write_qualifications(
    connection: Connection, wanted: Mapping[str, list[str]], there: Mapping[str, frozenset[str]], found: Difference
) -> None:
    """A call that came by an entry point asks from now on what that asks. A requirement that no entry point of the file
    names is deleted, unless somebody who is still here came by a number that is gone."""
    requirement, table = tables.requirement, tables.qualification
    if new := [{"expression": expression} for expression in wanted if expression not in there]:
        connection.execute(requirement.insert(), new)
    ids = {row[0]: row[1] for row in connection.execute(select(requirement.c.expression, requirement.c.requirement_id))}
    for change in found.changes:
        for field in change.fields:
            if change.what == "entry_point" and field.field == "requires" and field.old is not None:
                asked = {"number": change.name, "old": ids.get(field.old), "new": ids.get(field.new)}
                connection.execute(_MOVE_VISITS, asked)
    connection.execute(_DELETE_REQUIREMENTS, {"wanted": list(wanted)})
    agent_ids = ids_of(connection, "agent")
    before = {(expression, login) for expression in wanted for login in there.get(expression, ())}
    after = {(expression, login) for expression, logins in wanted.items() for login in logins}
    if added := [{"requirement_id": ids[asked], "agent_id": agent_ids[login]} for asked, login in after - before]:
        connection.execute(table.insert(), added)
    gone = list(before - after)
    pairs = {"requirement_id": [ids[asked] for asked, _ in gone], "agent_id": [agent_ids[login] for _, login in gone]}
    _delete_pairs(connection, table, pairs)


def _delete_pairs(connection: Connection, table: Table, pairs: Mapping[str, list[str]]) -> None:
    """pairs: two columns, and their values side by side."""
    (one, ones), (other, others) = pairs.items()
    if ones:
        unnested = func.unnest(bindparam("ones", ones, ARRAY(Id)), bindparam("others", others, ARRAY(Id)))
        gone = unnested.table_valued("one", "other").render_derived()
        connection.execute(table.delete().where(table.c[one] == gone.c.one, table.c[other] == gone.c.other))


def _drop(connection: Connection, change: Change) -> Change:
    """Remove or switch off one row; what became of it. Every other change is left as it is."""
    if change.what not in KINDS or change.kind not in ("removed", "switched_off"):
        return change
    kind = KINDS[change.what]
    table, this_row = kind.table, kind.key == change.name
    if change.kind == "removed":
        # A call may have come since we looked: nobody refers to a row that is locked, so now it is certain.
        _lock(connection, change.what, [change.name])
        is_free = ~has_history(table)
        if table is tables.queue:
            is_free &= ~exists().where(tables.entry_point.c.queue_id == table.c.queue_id)
        if connection.execute(table.delete().where(this_row, is_free)).rowcount or not kind.is_switched_off:
            return change
    connection.execute(table.update().where(this_row).values(is_active=False))
    return replace(change, kind="switched_off")


def _lock(connection: Connection, what: str, names: list[str]) -> None:
    kind = KINDS[what]
    connection.execute(select(kind.id).where(kind.key.in_(names)).order_by(kind.id).with_for_update())


def _names(found: Difference, what: str, *kinds: str) -> list[str]:
    return [change.name for change in found.changes if change.what == what and change.kind in kinds]
