"""Queues with limits, and stories of calls that come to them. No test stands here."""

from dataclasses import replace
from typing import Any

from freeswitch_cc.core import events
from freeswitch_cc.core.entry import Entry
from freeswitch_cc.core.hours import Hours
from freeswitch_cc.core.lines import Box, Line, Overflow
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import LeftReason
from tests.core.world import CALL, CUSTOMER, ENTRY, Story, make_agent

TONES = "tone_stream://%(300,100,500);loops=2"
NEVER = Hours()
SALES, RESERVE, NIGHT, BOSS = "sales", "reserve", "night", "agent:boss"
BOX = Box(name="sales", directory="/var/voicemail", greeting=TONES, longest_ms=60_000, silence_ms=4_000)
MAX_WAIT_MS = 30_000
SHUT: dict[LeftReason, dict[str, Any]] = {
    LeftReason.CLOSED: {"hours": NEVER},
    LeftReason.FULL: {"max_length": 3, "waiting": 3},
    LeftReason.NOBODY: {"is_staffed": False},
}
"""How a queue is shut, and the reason of it."""
OPEN: dict[str, Any] = {"hours": None, "waiting": 0, "is_staffed": True}
SLOW: dict[str, Any] = {"max_wait_ms": MAX_WAIT_MS, "overflow": {"too_long": "queue:reserve"}}


def line(name: str = SALES, **settings: Any) -> Line:
    return Line(**{"queue_id": name, "name": name, "music": f"local_stream://{name}", **settings})


def sales(reason: LeftReason, target: str) -> dict[str, Any]:
    """Shut for this reason, and where its calls go."""
    return {**SHUT[reason], "overflow": {str(reason): target}}


def known(*lines: Line, timezone: str = "UTC", boxes: tuple[Box, ...] = (BOX,)) -> Overflow:
    return Overflow(timezone=timezone, lines=lines, boxes=boxes)


def entry_of(sales: Line) -> Entry:
    return replace(ENTRY, queue_priority=3, max_wait_ms=sales.due_after_ms, requirement_id="french")


def arrived(*lines: Line, timezone: str = "UTC", boxes: tuple[Box, ...] = (BOX,)) -> Story:
    """A call has just come into the first of these queues."""
    story = Story.unheard(make_agent(), make_agent("boss"), entry=entry_of(lines[0]))
    story.ledger = replace(story.ledger, overflow=known(*lines, timezone=timezone, boxes=boxes))
    story.arrives()
    return story


def waiting(*lines: Line) -> Story:
    """It waits there, and hears music."""
    story = arrived(*lines)
    story.music_plays()
    return story


def change(story: Story, name: str, **settings: Any) -> None:
    """From now on a queue is otherwise."""
    overflow = story.ledger.overflow
    assert overflow is not None
    lines = tuple(replace(one, **settings) if one.name == name else one for one in overflow.lines)
    story.ledger = replace(story.ledger, overflow=replace(overflow, lines=lines))


def due(story: Story, kind: str = "visit") -> Decision:
    row = story.visit.visit_id if kind == "visit" else CALL
    return story.happen(events.CallDeadlinePassed(call_id=CALL, kind=kind, row_id=row))


def deserted(story: Story, name: str = SALES) -> Decision:
    """The last agent has logged out: fcc_note_deserted makes the visit due."""
    change(story, name, is_staffed=False)
    visit = replace(story.visit, overflow_at=story.now, home=None)
    story.ledger = story.ledger.with_rows(visits={**story.ledger.visits, visit.visit_id: visit})
    return due(story)


def waits_too_long(story: Story) -> Decision:
    story.pass_time(MAX_WAIT_MS)
    return due(story)


def parks_and_plays(story: Story) -> None:
    """His music is cut off, what he is to hear begins."""
    story.parks(CUSTOMER)
    story.music_plays()


def sound_ends(story: Story, sound: str = TONES, **fields: Any) -> Decision:
    return story.fact(events.SoundStopped, CUSTOMER, sound=sound, **fields)


def recording_starts(story: Story) -> Decision:
    return story.fact(events.RecordingStarted, CUSTOMER, path=f"/var/voicemail/{CALL}.wav")


def recording_stops(story: Story, length_ms: int = 7_000) -> Decision:
    return story.fact(events.RecordingStopped, CUSTOMER, path=f"/var/voicemail/{CALL}.wav", ms=length_ms)


def last_visits(story: Story) -> list[tuple[str, str, str | None]]:
    """Queue, why it came, why it left; in the order of coming."""
    return [(visit.queue_id, visit.entry_reason, visit.left_reason) for visit in story.ledger.visits.values()]
