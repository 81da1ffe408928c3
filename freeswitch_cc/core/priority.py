"""How soon a call is served: the priority that it comes with, and a sentence that says where that is from.

Pure sums of what configuration says. Who goes before whom by it is match()'s business (migrations/sql/0002_match.sql).
"""

from collections.abc import Mapping
from typing import Any

from freeswitch_cc.core.entry import Entry, PriorityRule

# A sum beyond it says no more, and a number that the database cannot hold would cost the caller his call.
LIMIT = 1_000_000_000


def of(entry: Entry, attached: Mapping[str, Any]) -> tuple[int, str]:
    """The priority of a new call, and why: `priority 15: queue 5, known caller 10; last agent first`.

    attached: the data that the call brings along. What adds nothing is not told; no sentence when there is no more
    to say than that it comes as it comes.
    """
    parts = [
        ("queue", entry.queue_priority),
        ("entry point", entry.entry_priority),
        ("known caller", entry.importance),
        *((f"{rule.key} {_text(rule.value)}", rule.add) for rule in entry.priority_by if _says(attached, rule)),
    ]
    value = max(-LIMIT, min(LIMIT, sum(add for _, add in parts)))
    told = ", ".join(f"{name} {add}" for name, add in parts if add)
    first = {"known_caller": "the agent of this caller first", "last_agent": "last agent first"}.get(entry.preferred_by)
    return value, "; ".join(filter(None, (f"priority {value}: {told}" if told else "", first)))


def _says(attached: Mapping[str, Any], rule: PriorityRule) -> bool:
    """Data from outside are text, what a file says may be a number: they are the same if they read the same."""
    value = attached.get(rule.key)
    return isinstance(value, str | int | float) and _text(value) == _text(rule.value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
