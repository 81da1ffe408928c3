"""Queues that overflow to a number, and stories of calls for which it is called. No test stands here."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from freeswitch_cc.core import events, forwarding
from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.lines import Line
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Role
from tests.core.overflowing import MAX_WAIT_MS, NEVER, entry_of, known, line, waits_too_long
from tests.core.placed import CALLER_ID, NUMBER, dialling
from tests.core.world import CUSTOMER, Story, make_agent

TARGET = f"number:{NUMBER}"
OTHER = "+358405555555"
PREMIUM = "+358600123456"
# How a call comes to leave its queue for a number, at once or later.
WAYS = ("closed", "full", "nobody", "too_long")


def sales(reason: str = "too_long", **settings: Any) -> Line:
    """A queue that overflows to a number, for one reason, and may."""
    because: dict[str, dict[str, Any]] = {
        "closed": {"hours": NEVER},
        "full": {"max_length": 3, "waiting": 3},
        "nobody": {"is_staffed": False},
        "too_long": {"max_wait_ms": MAX_WAIT_MS},
    }
    more = settings.pop("overflow", {})
    said = {**because[reason], "may_dial": ("national",), "caller_ids": (CALLER_ID,), **settings}
    return line(overflow={reason: TARGET, **more}, **said)


def begun(reason: str = "too_long", *others: Line, may: dict[str, Any] | None = None, **settings: Any) -> Story:
    """The number is to be called. may: what the center says of dialling."""
    lines = (sales(reason, **settings), *others)
    story = Story.unheard(make_agent(), make_agent("boss"), entry=entry_of(lines[0]))
    story.ledger = replace(story.ledger, overflow=replace(known(*lines), dialling=dialling(**(may or {}))))
    story.arrives()
    if reason == "too_long":
        story.music_plays()
        waits_too_long(story)
    return story


def number(story: Story) -> Leg:
    """The leg of the number: the last one."""
    return [leg for leg in story.ledger.legs.values() if leg.role is Role.TARGET][-1]


def calling(reason: str = "too_long", *others: Line, **settings: Any) -> Story:
    """It rings there, and he hears music."""
    story = begun(reason, *others, **settings)
    if reason != "too_long":
        story.music_plays()
    story.rings(number(story).leg_id)
    return story


def connecting(reason: str = "too_long", *others: Line, **settings: Any) -> Story:
    """It has answered, the bridge is in flight."""
    story = calling(reason, *others, **settings)
    story.parks(number(story).leg_id)
    return story


def talking(reason: str = "too_long", *others: Line, **settings: Any) -> Story:
    """They have talked for a minute."""
    story = connecting(reason, *others, **settings)
    story.bridges(number(story).leg_id)
    story.pass_time(60_000)
    return story


def busy(story: Story, cause: str = "USER_BUSY") -> Decision:
    """It is not reached."""
    return story.hangs_up(number(story).leg_id, cause, is_answered=False)


def looked(story: Story, seen: str) -> Decision:
    """The engine looks at both: the customer is parked."""
    at = {"at": story.now, "seq": story.told + 1}
    other: dict[str, Any] = {} if seen in ("gone", "lost") else at
    sights = (
        events.Sight(leg_id=CUSTOMER, seen="parked", **at),
        events.Sight(leg_id=number(story).leg_id, seen=seen, **other),
    )
    return story.happen(events.CallVerified(call_id=story.call.call_id, sights=sights))


STATES: dict[forwarding.State, Callable[..., Story]] = {
    forwarding.State.CALLING: calling,
    forwarding.State.CONNECTING: connecting,
}
WAITS = ("nobody", "too_long")
COMES = ("closed", "full")
