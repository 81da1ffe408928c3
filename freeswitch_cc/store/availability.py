"""What people ask of routing: how many could take a call now, and why a call waits. Reads views and fcc_why; no rules.

The words that are said of a call are core.why's.
"""

import re
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.core.why_facts import Facts
from freeswitch_cc.errors import NotAllowed
from freeswitch_cc.store.opening import hours_by_queue

KINDS = ("queue", "group", "skill")

_COLUMNS = """
    SELECT kind, name, eligible, ready, in_reserve, busy, wrap_up, not_ready, offline, longest_idle_ms, waiting,
           oldest_wait_ms, estimated_wait_ms
      FROM availability
"""
_ALL = text(f"{_COLUMNS} ORDER BY array_position(ARRAY['all', 'queue', 'group', 'skill'], kind), name")
# The kind as a constant: then the view counts no other. The words are those of KINDS, and nobody else's.
_OF_KIND = {kind: text(f"{_COLUMNS} WHERE kind = '{kind}' ORDER BY name") for kind in ("all", *KINDS)}

_WHY = text("SELECT fcc_why(CAST(:call_id AS uuid))::text")
# A call that goes on is meant rather than one that ended; two of them are one too many to guess.
_CALLS = text("""
    SELECT c.call_id::text AS call_id, c.ended_at IS NULL AS goes_on
      FROM call c WHERE c.call_id BETWEEN CAST(:first AS uuid) AND CAST(:last AS uuid)
     ORDER BY c.ended_at IS NOT NULL, c.started_at DESC LIMIT 5
""")
_DIGITS = 32

_facts = msgspec.json.Decoder(Facts)

Row = dict[str, Any]


def availability(connection: Connection, of: str | None = None) -> list[Row]:
    """One row for the whole center, every queue, group and skill, in this order; or the one that is named.

    hours: of a queue that has some, `open` or `closed, opens in 2 h`.
    of: `queue:NAME`, `group:NAME`, `skill:NAME` or `all`. Raises NotAllowed for what there is not.
    """
    kind, name = _kind_and_name(of) if of is not None else (None, None)
    hours = hours_by_queue(connection)
    rows = [
        {**row, "hours": hours.get(row["name"]) if row["kind"] == "queue" else None}
        for row in connection.execute(_ALL if kind is None else _OF_KIND[kind]).mappings()
    ]
    if kind is None:
        return rows
    found = [row for row in rows if row["kind"] == kind and row["name"] == name]
    if not found:
        names = [row["name"] for row in rows if row["kind"] == kind]
        raise NotAllowed(f"unknown_{kind}", f"there is no {kind} {name!r}: {nearest(name or '', names)}")
    return found


def why(connection: Connection, call: str) -> Facts:
    """What is known of a call. call: its id, or the beginning of one that no other has.

    Raises NotAllowed: unknown_call, or ambiguous_call when several begin so.
    """
    said = connection.execute(_WHY, {"call_id": call_id_of(connection, call)}).scalar_one()
    if said is None:
        raise NotAllowed("unknown_call", _no_such_call(call))
    return _facts.decode(said)


def _kind_and_name(of: str) -> tuple[str, str]:
    kind, _, name = of.partition(":")
    if of == "all":
        return "all", "all"
    if kind not in KINDS or not name:
        raise NotAllowed(
            "unknown_kind", f"{of!r} is nothing that is counted: write queue:NAME, group:NAME or skill:NAME"
        )
    return kind, name


def call_id_of(connection: Connection, call: str) -> str:
    """The id of a call. call: the id, or the beginning of one that no other has. Raises NotAllowed, as why()."""
    digits = call.replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{1,32}", digits):
        raise NotAllowed("unknown_call", f"{call!r} is no call's id, nor the beginning of one: {_WHERE}")
    bounds = {"first": digits.ljust(_DIGITS, "0"), "last": digits.ljust(_DIGITS, "f")}
    found = list(connection.execute(_CALLS, bounds))
    if not found:
        raise NotAllowed("unknown_call", _no_such_call(call))
    if len(found) > 1 and (not found[0].goes_on or found[1].goes_on):
        ids = ", ".join(row.call_id for row in found[:3])
        raise NotAllowed("ambiguous_call", f"several calls begin with {call!r} ({ids} ...): give more of the id")
    return str(found[0].call_id)


_WHERE = "`freeswitch-cc calls` lists those that go on, `calls --last 20` the last ones"


def _no_such_call(call: str) -> str:
    return f"there is no call {call!r}: {_WHERE}"
