"""Anything in any order: whatever the engine is told, nothing is raised and no rule of the database is broken."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freeswitch_cc.core import events
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.commands import Bridge, DropDeadman, ForgetRefer, Kill, Mark
from freeswitch_cc.core.farewell_sounds import BEEP, TURNED_AWAY
from freeswitch_cc.core.words import Seen
from tests.core import forwarded
from tests.core.overflowing import BOSS, BOX, NEVER, RESERVE, TONES, entry_of, known, line
from tests.core.world import CALL, CUSTOMER, NOW, Story, make_agent

LEGS = st.sampled_from([CUSTOMER, "ann-1", "ann-2", "bea-1", "bea-2", "foreign", "number"])
AT = st.integers(0, 40_000).map(lambda n: NOW + timedelta(milliseconds=n))
CAUSES = st.sampled_from(["NORMAL_CLEARING", "NO_ANSWER", "USER_BUSY", "ORIGINATOR_CANCEL", "MEDIA_TIMEOUT", ""])


def fact(kind: type[events.LegFact], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, call_id=st.just(CALL), leg_id=LEGS, at=AT, seq=st.integers(0, 50), **more)


@st.composite
def sights(draw: st.DrawFn) -> events.Sight:
    words = [Seen.DIALING, Seen.RINGING, Seen.PARKED, Seen.WITH, Seen.IN_CONFERENCE, Seen.LOST, Seen.GONE]
    seen = draw(st.sampled_from(words))
    return events.Sight(
        leg_id=draw(LEGS),
        seen=seen,
        at=draw(st.none() | AT),
        seq=draw(st.integers(0, 50)),
        other_leg_id=draw(LEGS) if seen is Seen.WITH else None,
        conference="room" if seen is Seen.IN_CONFERENCE else None,
        is_holding=draw(st.booleans()),
        refer_to=draw(st.sampled_from(["", "", "sip:9@x"])),
        unmarked=draw(st.sampled_from([(), (), ("rdnis", "api_before_bridge")])),
        has_played=draw(st.booleans()),
        recorded_ms=draw(st.none() | st.just(1_000)),
    )


ROOM = st.just("room")
MESSAGE = st.just(f"{BOX.directory}/{CALL}.wav")
REFUSED = st.sampled_from(["originate", "bridge", "park", "kill", "play", "join", "announce", "record"])
EVENTS = st.one_of(
    fact(
        events.LegParked,
        switch_id=st.just("switch"),
        is_inbound=st.booleans(),
        refer_to=st.sampled_from(["", "", "sip:9@x"]),
    ),
    fact(events.LegRinging),
    fact(events.LegsBridged, other_leg_id=LEGS),
    fact(events.LegsUnbridged, other_leg_id=LEGS),
    fact(events.LegHeld),
    fact(events.LegUnheld),
    fact(events.SoundStarted),
    fact(events.SoundStopped, sound=st.sampled_from([TONES, BEEP, TURNED_AWAY])),
    fact(events.RecordingStarted, path=MESSAGE),
    fact(events.RecordingStopped, path=MESSAGE, ms=st.just(1_000)),
    fact(events.ConferenceJoined, conference=ROOM),
    fact(events.ConferenceLeft, conference=ROOM),
    fact(events.LegHungUp, cause=CAUSES, is_answered=st.booleans(), is_by_phone=st.booleans()),
    st.builds(events.CallVerified, call_id=st.just(CALL), sights=st.lists(sights(), max_size=3).map(tuple)),
    st.builds(
        events.CommandRefused,
        call_id=st.just(CALL),
        command_id=st.just("?"),
        kind=REFUSED,
        leg_ids=st.lists(LEGS, max_size=2).map(tuple),
        reason=CAUSES,
    ),
    st.builds(events.OfferMade, call_id=st.just(CALL), offer_id=st.just("offer-1")),
    st.builds(
        events.CallDeadlinePassed,
        call_id=st.just(CALL),
        kind=st.sampled_from(["command", "sound", "deadman", "offer", "visit", "step"]),
        row_id=LEGS,
    ),
    st.builds(events.SwitchRestarted, call_id=st.just(CALL), at=AT),
)
STEPS = st.one_of(
    EVENTS,
    EVENTS,
    EVENTS,
    st.just("match"),
    st.sampled_from(["login", "available", "not_ready", "logout"]),
    st.integers(1, 30_000),
)


def limited(target: str, **shut: Any) -> Callable[..., Story]:
    """A call comes to a queue with limits, all of which lead to one target."""

    def begin(*agents: Agent) -> Story:
        reasons = dict.fromkeys(("closed", "full", "nobody", "too_long"), target)
        sales = line(overflow=reasons, max_wait_ms=5_000, agent_tries=1, **shut)
        story = Story.unheard(*agents, entry=entry_of(sales))
        story.ledger = story.ledger.with_rows(overflow=known(sales, line(RESERVE, is_staffed=False), line(BOSS)))
        story.arrives()
        return story

    return begin


def numbered(reason: str, state: Callable[..., Story], **more: str) -> Callable[..., Story]:
    """A number is called for a call, or talks to it."""

    def begin(*agents: Agent) -> Story:
        story = state(reason, overflow=more)
        # Its leg by a name that the events know.
        leg = replace(forwarded.number(story), leg_id="number")
        legs = {one.leg_id: one for one in story.ledger.legs.values() if one.leg_id == CUSTOMER} | {"number": leg}
        if legs[CUSTOMER].want_leg_id is not None:
            legs[CUSTOMER] = replace(legs[CUSTOMER], want_leg_id="number")
        for place in ("seen_leg_id", "command_leg_id"):
            if getattr(legs[CUSTOMER], place) is not None:
                legs[CUSTOMER] = replace(legs[CUSTOMER], **{place: "number"})
        story.ledger = story.ledger.with_rows(legs=legs, agents={agent.agent_id: agent for agent in agents})
        return story

    return begin


BEGINNINGS = st.sampled_from(
    [
        *(Story.unheard, Story.waiting, Story.offered, Story.connecting, Story.talking),
        *(limited("queue:reserve"), limited("agent:boss"), limited("agent:boss", hours=NEVER)),
        *(limited(f"announcement:{TONES}", hours=NEVER), limited("voicemail:sales", hours=NEVER)),
        *(numbered("too_long", forwarded.calling), numbered("closed", forwarded.connecting)),
        *(numbered("nobody", forwarded.talking), numbered("full", forwarded.begun, not_reached="voicemail:sales")),
        *(limited("voicemail:sales"), limited("queue:gone", is_staffed=False), limited("queue:gone", hours=NEVER)),
    ]
)


def take(story: Story, step: Any) -> None:
    if isinstance(step, int):
        story.pass_time(step)
        for agent_id in story.ledger.agents:
            story.agent_is_due(agent_id)
    elif step == "match":
        visit = story.ledger.view().visit
        ready = [agent.agent_id for agent in story.ledger.agents.values() if agent.is_ready]
        is_waiting = visit is not None and visit.outcome is None and not list(story.ledger.open_offers())
        if is_waiting and ready and len(story.ledger.offers) < 2:
            story.offer(ready[0])
    elif isinstance(step, str):
        story.ask("ann", step, "lunch")
    else:
        before = story.ledger
        story.happen(step)
        for command in story.new_commands:
            if isinstance(command, Bridge):
                assert command.survivor_leg_id == CUSTOMER
            for leg_id in command.leg_ids:
                known = before.legs.get(leg_id)
                assert isinstance(command, Kill) or known is None or known.is_live


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(begin=BEGINNINGS, steps=st.lists(STEPS, max_size=25))
def test_no_order_of_events_breaks_a_rule(begin: Any, steps: list[Any]) -> None:
    """Story saves every decision as the database would, which refuses what breaks its rules."""
    story = begin(make_agent("ann", max_misses=2), make_agent("bea", wrap_up="timed", wrap_up_ms=5_000))
    for step in steps:
        take(story, step)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(begin=BEGINNINGS, steps=st.lists(EVENTS, min_size=1, max_size=8))
def test_no_fact_told_twice_is_two_facts(begin: Any, steps: list[Any]) -> None:
    """But for a kill, which may be sent again, what a look still finds wrong on a leg, and a fact without its number in
    the switch's order."""
    story = begin()
    for step in steps:
        story.happen(step)
        if isinstance(step, events.LegFact) and step.seq == 0:
            continue
        again = story.happen(step)
        changed = (again.call, again.legs, again.visits, again.offers, again.agents)
        assert not any(changed), step
        looked = (Mark, ForgetRefer, DropDeadman) if isinstance(step, events.CallVerified) else ()
        assert all(isinstance(command, (Kill, *looked)) for command in again.commands), step
