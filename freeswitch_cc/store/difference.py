"""What differs between a center file and the tables: rows in, changes out. No SQL: store.center reads and writes.

The file is the whole truth: what it does not name any more is removed, or only switched off when calls or agents'
hours refer to it (docs/decisions/0003).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from freeswitch_cc.store.wanted import KEYS, Place, Values, Wanted

ELIGIBILITY = "eligibility"
QUALIFICATION = "qualification"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that is there. values: under the keys of the file; an entry point's queue is its name.

    has_history: does a row of what happened refer to it? Only asked of what the file does not name.
    """

    values: Values
    is_active: bool = True
    has_history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """What the tables hold. rows: by table and name. eligible: by (queue, login). qualified: by expression."""

    rows: Mapping[str, Mapping[str, Row]]
    eligible: Mapping[tuple[str, str], Place]
    qualified: Mapping[str, frozenset[str]]


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
    """changes: in the order of the file, what goes at the end. unchanged: by table, how many rows stay as they are.

    What the file does not name (the center's own row, the reasons that come with the product) is not counted.
    """

    changes: tuple[Change, ...]
    unchanged: Mapping[str, int]


def compare(wanted: Wanted, there: There) -> Difference:
    changes: list[Change] = []
    unchanged: dict[str, int] = {}
    for what, rows in wanted.rows.items():
        before = len(changes)
        for name, values in rows.items():
            if change := _compare_row(what, name, values, there.rows[what].get(name)):
                changes.append(change)
        unchanged[what] = 0 if what in wanted.unnamed else len(rows) - (len(changes) - before)

    for what, found in (
        (ELIGIBILITY, list(_compare_eligibility(wanted, there.eligible))),
        (QUALIFICATION, list(_compare_qualifications(wanted.qualified, there.qualified))),
    ):
        changes += [change for change in found if isinstance(change, Change)]
        unchanged[what] = sum(change is None for change in found)

    changes += _compare_the_rest(wanted.rows, there.rows)
    return Difference(changes=tuple(changes), unchanged=unchanged)


def _compare_row(what: str, name: str, values: Values, row: Row | None) -> Change | None:
    if row is None:
        return Change(kind="added", what=what, name=name)
    different = _different(row.values, values)
    if not row.is_active:
        return Change(kind="switched_on", what=what, name=name, fields=different)
    return Change(kind="changed", what=what, name=name, fields=different) if different else None


def _compare_eligibility(wanted: Wanted, there: Mapping[tuple[str, str], Place]) -> Iterator[Change | None]:
    """A change, or None for what stays as it is. A queue that goes is none of the file's: those who still wait in it
    keep its agents."""
    gone = sorted(pair for pair in there.keys() - wanted.eligible.keys() if pair[0] in wanted.rows["queue"])
    for (queue, login), place in wanted.eligible.items():
        yield _compare_place(f"{login} in {queue}", there.get((queue, login)), place)
    for queue, login in gone:
        yield Change(kind="removed", what=ELIGIBILITY, name=f"{login} in {queue}")


def _compare_place(name: str, old: Place | None, new: Place) -> Change | None:
    if old is None:
        return Change(kind="added", what=ELIGIBILITY, name=name)
    if old == new:
        return None
    return Change(kind="changed", what=ELIGIBILITY, name=name, fields=_different(asdict(old), asdict(new)))


def _compare_qualifications(
    wanted: Mapping[str, list[str]], there: Mapping[str, frozenset[str]]
) -> Iterator[Change | None]:
    """A change, or None for what stays as it is. Of what nobody asks for any more nothing is told."""
    for expression, logins in wanted.items():
        before = there.get(expression, frozenset())
        for login in logins:
            is_new = login not in before
            yield Change(kind="added", what=QUALIFICATION, name=f"{login} for {expression}") if is_new else None
        for login in sorted(before.difference(logins)):
            yield Change(kind="removed", what=QUALIFICATION, name=f"{login} for {expression}")


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


def _different(old: Values, new: Values) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(field=field, old=old[field], new=value)
        for field, value in new.items()
        if not _is_same(old[field], value)
    )


def _is_same(old: Any, new: Any) -> bool:
    """As JSON says it: to Python `1` and `true` are equal."""
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
