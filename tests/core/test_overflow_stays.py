"""How long a call was in a queue that it left by its overflow, as the record has it."""

from freeswitch_cc.core import events
from freeswitch_cc.core.words import LeftReason
from tests.core.overflowing import MAX_WAIT_MS, RESERVE, line, waiting
from tests.core.world import CALL, CUSTOMER, ms


def test_who_waited_too_long_has_waited_for_as_long_as_he_may_whatever_event_showed_it() -> None:
    """What happened before it was due may be told after it."""
    story = waiting(line(max_wait_ms=MAX_WAIT_MS, overflow={"too_long": f"queue:{RESERVE}"}), line(RESERVE))
    visit = story.visit
    before_ms = 200
    story.pass_time(MAX_WAIT_MS - before_ms)
    early = events.SoundStarted(call_id=CALL, leg_id=CUSTOMER, at=story.now, seq=story.told + 1)
    story.pass_time(before_ms + 100)
    story.happen(early)
    left = story.ledger.visits[visit.visit_id]
    assert left.left_reason is LeftReason.TOO_LONG
    assert left.left_at is not None
    assert left.left_at - left.entered_at >= ms(MAX_WAIT_MS)
