"""What differs between a center file and the tables: rows in, changes out. No SQL: store.center reads and writes.

The file is the whole truth: what it does not name any more is removed, or only switched off when calls or agents'
hours refer to it (docs/decisions/0003).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from freeswitch_cc.center import Center

# Each table of the center, and the column by which people know its rows. Each refers only to those before it.
KEYS = {"switch": "name", "agent": "login", "queue": "name", "entry_point": "number"}
ELIGIBILITY = "eligibility"

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that is there. values: of the columns that the file speaks of; an entry point's queue is its name.

    has_history: does a row of what happened refer to it? Only asked of what the file does not name.
    """

    values: Values
    is_active: bool = True
    has_history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One value that differs; None: it is not set."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """kind: added, changed, removed, switched_off or switched_on. what: a table. name: what people call the row.

    fields: what becomes of which value, when the row was there before.
    """

    kind: str
    what: str
    name: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """changes: in the order of the file, what goes at the end. unchanged: by table, how many rows stay as they are."""

    changes: tuple[Change, ...]
    unchanged: Mapping[str, int]


def compare(center: Center, there: Mapping[str, Mapping[str, Row]], eligible: Iterable[tuple[str, str]]) -> Difference:
    """there: by table and name. eligible: who may take whose calls now, as (queue, login)."""
    changes: list[Change] = []
    unchanged: dict[str, int] = {}
    wanted = values_of(center)
    for what in KEYS:
        before = len(changes)
        for name, values in wanted[what].items():
            if change := _compare_row(what, name, values, there[what].get(name)):
                changes.append(change)
        unchanged[what] = len(wanted[what]) - (len(changes) - before)

    before_it, after_it = set(eligible), eligibility_of(center)
    kept = [pair for pair in after_it if pair in before_it]
    changes += [_of_eligibility("added", pair) for pair in after_it if pair not in before_it]
    # A queue that goes is none of the file's: those who still wait in it keep its agents.
    gone = sorted(pair for pair in before_it.difference(after_it) if pair[0] in wanted["queue"])
    changes += [_of_eligibility("removed", pair) for pair in gone]
    unchanged[ELIGIBILITY] = len(kept)

    changes += _compare_the_rest(wanted, there)
    return Difference(changes=tuple(changes), unchanged=unchanged)


def values_of(center: Center) -> dict[str, dict[str, Values]]:
    """By table and name, what the file says of each row."""
    return {
        "switch": {switch.name: asdict(switch) for switch in center.switches},
        "agent": {agent.login: asdict(agent) for agent in center.agents},
        "queue": {
            queue.name: {key: value for key, value in asdict(queue).items() if key != "agents"}
            for queue in center.queues
        },
        "entry_point": {point.number: asdict(point) for point in center.entry_points},
    }


def eligibility_of(center: Center) -> list[tuple[str, str]]:
    return [(queue.name, login) for queue in center.queues for login in sorted(queue.agents)]


def _compare_row(what: str, name: str, values: Values, row: Row | None) -> Change | None:
    if row is None:
        return Change(kind="added", what=what, name=name)
    different = tuple(
        FieldChange(field=field, old=row.values[field], new=value)
        for field, value in values.items()
        if not _is_same(row.values[field], value)
    )
    if not row.is_active:
        return Change(kind="switched_on", what=what, name=name, fields=different)
    return Change(kind="changed", what=what, name=name, fields=different) if different else None


def _compare_the_rest(
    wanted: Mapping[str, Mapping[str, Values]], there: Mapping[str, Mapping[str, Row]]
) -> list[Change]:
    """What the file does not name. Backwards, because each refers to those before it."""
    changes: list[Change] = []
    referred_to: set[str] = set()
    for what in reversed(KEYS):
        for name, row in there[what].items():
            if name in wanted[what]:
                continue
            if not (row.has_history or (what == "queue" and name in referred_to)):
                changes.append(Change(kind="removed", what=what, name=name))
                continue
            if row.is_active:
                changes.append(Change(kind="switched_off", what=what, name=name))
            if what == "entry_point":
                referred_to.add(row.values["queue"])
    return changes


def _of_eligibility(kind: str, pair: tuple[str, str]) -> Change:
    queue, login = pair
    return Change(kind=kind, what=ELIGIBILITY, name=f"{login} in {queue}")


def _is_same(old: Any, new: Any) -> bool:
    """As JSON says it: to Python `1` and `true` are equal."""
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
