"""Parts of a story that are drawn anew each time: both tellings are freed of them before they are compared.

Part of the written list of differences (differences.py), with the reasons.
"""

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from tests.contract.trace import Headers, Story


@dataclass(frozen=True)
class Drawn:
    """A part of a value that is drawn anew each time: on both sides it is replaced before they are compared."""

    header: str
    pattern: re.Pattern[str]
    becomes: str
    why: str


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

DRAWN = (
    Drawn("Core-UUID", re.compile(_UUID), "<uuid>", "each start of a switch draws one"),
    Drawn("Conference-Unique-ID", re.compile(_UUID), "<uuid>", "each conference draws one"),
    Drawn(
        "variable_transfer_*",
        re.compile(rf"^\d{{10}}:{_UUID}:"),
        "<second>:<uuid>:",
        "when it was, and the uuid of the caller profile, which is drawn (switch_ivr.c, transfer_source)",
    ),
)

IGNORED_HEADERS = {
    "Event-Sequence": "counts the events of the whole switch; the order of a leg's events is compared instead",
}


def normalised(story: Story) -> Story:
    """The story without what is drawn and without what is not compared; members of conferences count from 1."""
    members = list(dict.fromkeys(event.of("Member-ID") for event in story.events if event.of("Member-ID")))
    return replace(
        story,
        events=tuple(replace(event, headers=_normalised(event.headers, members)) for event in story.events),
    )


def _normalised(headers: Headers, members: list[str]) -> Headers:
    kept: Headers = {}
    for name, value in headers.items():
        if name in IGNORED_HEADERS:
            continue
        for drawn in DRAWN:
            if fnmatchcase(name, drawn.header):
                value = (
                    drawn.pattern.sub(drawn.becomes, value)
                    if isinstance(value, str)
                    else [drawn.pattern.sub(drawn.becomes, one) for one in value]
                )
        kept[name] = value
    if "Member-ID" in kept:
        kept["Member-ID"] = str(members.index(str(kept["Member-ID"])) + 1)
    return kept
