"""Walks over every order of facts that two people, a switch and time can make of one call (tests/core/walk.py).

Each walk gives other freedoms; a budget that were large in everything would never end. They are breadth first,
so what a limit leaves out is the longest stories, which the walks that begin in mid-call tell.
"""

from typing import Any

import pytest

from tests.core import forwarded
from tests.core.overflowing import BOSS, MAX_WAIT_MS, NEVER, RESERVE, TONES, entry_of, known, line
from tests.core.overflowing import waiting as waiting_in
from tests.core.switch import Budget, Channel, World, begin, begin_anew
from tests.core.walk import walk
from tests.core.world import Story, make_agent

ANN = make_agent(max_misses=99)  # or she would be made not ready, and the walk would end there


def arriving(budget: Budget) -> World:
    return begin_anew(Story.unheard(ANN), budget)


def waiting(budget: Budget) -> World:
    return begin(Story.waiting(ANN), budget, customer=Channel("parked", hears_music=True))


def connecting(budget: Budget) -> World:
    story = Story.connecting(ANN)
    world = begin(story, budget, customer=Channel("parked", hears_music=True), ann_1=Channel("parked"))
    return World(**{name: getattr(world, name) for name in world.__slots__} | {"pending": story.new_commands})


def talking(budget: Budget) -> World:
    return begin(Story.talking(ANN), budget, customer=Channel("with", "ann-1"), ann_1=Channel("with", "customer"))


def ringing(budget: Budget) -> World:
    story = Story.offered(ANN)
    story.rings()
    return begin(story, budget, customer=Channel("parked", hears_music=True), ann_1=Channel("ringing"))


LIMIT = 3_000


def overflowing(budget: Budget, target: str, **settings: Any) -> World:
    """A customer waits in a queue that he may leave."""
    sales = line(max_wait_ms=MAX_WAIT_MS, overflow={"too_long": target}, agent_tries=1, **settings)
    story = waiting_in(sales, line(RESERVE), line(BOSS))
    story.ledger = story.ledger.with_rows(agents={"ann": ANN})
    return begin(story, budget, customer=Channel("parked", hears_music=True))


def told_at_once(budget: Budget, target: str) -> World:
    """A customer comes to a queue that is closed."""
    sales = line(hours=NEVER, overflow={"closed": target})
    story = Story.unheard(ANN, entry=entry_of(sales))
    story.ledger = story.ledger.with_rows(overflow=known(sales))
    return begin_anew(story, budget)


def _of(story: Story, budget: Budget, **channels: Channel) -> World:
    """Where the story of a number has come to, with what was just sent."""
    story.ledger = story.ledger.with_rows(agents={"ann": ANN})
    world = begin(story, budget, customer=channels.pop("customer"))
    for channel in channels.values():
        world = world.put(forwarded.number(story).leg_id, channel)
    return World(**{name: getattr(world, name) for name in world.__slots__} | {"pending": story.new_commands})


HEARS = Channel("parked", hears_music=True)


def to_a_number(budget: Budget, reason: str = "too_long", **more: str) -> World:
    """A number is about to be called for him."""
    story = forwarded.begun(reason, overflow=more)
    return _of(story, budget, customer=HEARS if reason == "too_long" else Channel("parked"))


def bridged_to_a_number(budget: Budget) -> World:
    """It has answered, the bridge is in flight."""
    return _of(forwarded.connecting(), budget, customer=HEARS, number=Channel("parked"))


def talking_to_a_number(budget: Budget, reason: str = "too_long") -> World:
    story = forwarded.talking(reason)
    number, story.new_commands = forwarded.number(story).leg_id, ()
    return _of(story, budget, customer=Channel("with", number), number=Channel("with", "customer"))


WALKS = {
    "anybody may die at any moment": arriving(Budget(deaths=2, long_times=1)),
    "the engine looks at any moment": arriving(Budget(deaths=1, long_times=1, looks=1)),
    "a fact is lost": waiting(Budget(deaths=1, long_times=1, lost=1)),
    "facts overtake each other": waiting(Budget(deaths=1, long_times=1, overtakes=1)),
    "the bridge is in flight": connecting(Budget(offers=2, deaths=2, long_times=1)),
    "the bridge is in flight and the engine looks": connecting(Budget(offers=1, deaths=1, long_times=2, looks=1)),
    "the bridge is in flight and a fact is lost": connecting(Budget(offers=1, deaths=1, long_times=1, lost=1)),
    "the bridge is in flight and the switch forgets the first": connecting(
        Budget(offers=1, deaths=2, long_times=2, limbos=1, looks=1)
    ),
    "the agent holds and phones die": talking(
        Budget(offers=1, deaths=2, holds=2, overtakes=1, causes=("NORMAL_CLEARING", "MEDIA_TIMEOUT"))
    ),
    "the agent refers": talking(Budget(offers=1, deaths=2, holds=1, refers=1, lost=1)),
    "the agent holds and retrieves by request": talking(
        Budget(offers=1, deaths=1, controls=3, long_times=1, causes=("NORMAL_CLEARING", "MEDIA_TIMEOUT"))
    ),
    "the agent holds by request and from the handset": talking(Budget(offers=1, deaths=1, controls=2, holds=1)),
    "the agent rejects by request": ringing(Budget(offers=1, deaths=1, controls=2, long_times=1, looks=1)),
    "a hold is looked at, and a fact is lost": talking(Budget(offers=0, deaths=1, controls=2, looks=1, lost=1)),
    "the agent holds and refers": talking(Budget(offers=1, deaths=0, controls=2, refers=1, overtakes=1)),
    "who waits too long goes to another queue": overflowing(
        Budget(offers=2, deaths=2, long_times=2, looks=1), "queue:reserve"
    ),
    "who waits too long goes to an agent, and back": overflowing(
        Budget(offers=2, deaths=1, long_times=3, lost=1), "agent:boss"
    ),
    "who waits too long hears an announcement": overflowing(
        Budget(offers=1, deaths=2, long_times=2, looks=1), f"announcement:{TONES}"
    ),
    "who waits too long leaves a message": overflowing(
        Budget(offers=1, deaths=1, long_times=2, looks=1), "voicemail:sales"
    ),
    "who is told at once, and a fact is lost": told_at_once(
        Budget(offers=0, deaths=1, long_times=1, lost=1, looks=1), f"announcement:{TONES}"
    ),
    "who leaves a message at once, and facts are lost": told_at_once(
        Budget(offers=0, deaths=1, long_times=1, lost=2, overtakes=1), "voicemail:sales"
    ),
    "who waits too long goes to a number": to_a_number(Budget(offers=1, deaths=2, long_times=2)),
    "a number is called, and the engine looks at any moment": to_a_number(
        Budget(offers=1, deaths=1, long_times=2, looks=1), "nobody"
    ),
    "a number is called, and a fact is lost": to_a_number(Budget(offers=1, deaths=1, long_times=2, lost=1), "nobody"),
    "a number is called, and facts overtake each other": to_a_number(
        Budget(offers=1, deaths=1, long_times=1, overtakes=1)
    ),
    "a number is called at once, and then another one": to_a_number(
        Budget(offers=0, deaths=1, long_times=2, looks=1), "closed", not_reached=f"number:{forwarded.OTHER}"
    ),
    "a number is called at once, and then something is announced": to_a_number(
        Budget(offers=0, deaths=1, long_times=2, lost=1), "full", not_reached=f"announcement:{TONES}"
    ),
    "a number is being bridged": bridged_to_a_number(Budget(offers=1, deaths=2, long_times=2, looks=1)),
    "a number is being bridged, and a fact is lost": bridged_to_a_number(
        Budget(offers=1, deaths=1, long_times=1, lost=1, overtakes=1)
    ),
    "a number is being bridged, and the switch forgets the first": bridged_to_a_number(
        Budget(offers=1, deaths=2, long_times=2, limbos=1, looks=1)
    ),
    "a number holds, and dies": talking_to_a_number(
        Budget(offers=1, deaths=2, holds=2, overtakes=1, causes=("NORMAL_CLEARING", "MEDIA_TIMEOUT"))
    ),
    "a number refers": talking_to_a_number(Budget(offers=1, deaths=2, holds=1, refers=1, lost=1), "closed"),
    "a talk with a number is looked at": talking_to_a_number(Budget(offers=1, deaths=2, holds=1, looks=2, lost=1)),
    "a talk is looked at": talking(Budget(offers=1, deaths=1, holds=1, looks=2, lost=1)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WALKS)
def test_whatever_the_order_nobody_is_lost_and_nobody_is_stuck(name: str) -> None:
    assert walk(WALKS[name], LIMIT) > 300


def test_the_quiet_call_is_walked_to_its_end() -> None:
    """One agent, no accidents: small enough for every order."""
    states = walk(waiting(Budget(deaths=1, long_times=0)), 10**6)
    assert 100 < states < 10_000
