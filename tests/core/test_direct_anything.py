"""Anything in any order in a call that an agent has placed: no rule of the database is broken, and nobody is stuck."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freeswitch_cc.core import events
from freeswitch_cc.core.call import SURVIVES
from freeswitch_cc.core.commands import Bridge, Kill, Mute, Originate
from freeswitch_cc.core.words import Activity, Phase, Seen
from tests.core import placed
from tests.core.placed import NUMBER
from tests.core.world import CALL, NOW, TIMEOUTS, Story

# own, before: the last and the first leg of who placed the call. other: of who is called.
LEGS = st.sampled_from(["own", "own", "before", "other", "other", "foreign"])
CAUSES = st.sampled_from(["NORMAL_CLEARING", "NO_ANSWER", "USER_BUSY", "ORIGINATOR_CANCEL", "MEDIA_TIMEOUT", ""])
FACTS = st.sampled_from(
    [
        events.LegParked,
        events.LegParked,
        events.LegRinging,
        events.LegsBridged,
        events.LegsBridged,
        events.LegsUnbridged,
        events.LegHeld,
        events.LegUnheld,
        events.SoundStarted,
        events.LegHungUp,
    ]
)
SIGHTS = st.sampled_from([Seen.RINGING, Seen.PARKED, Seen.WITH, Seen.LOST, Seen.GONE])
STEPS = st.one_of(
    st.tuples(st.just("fact"), FACTS, LEGS, CAUSES, st.integers(0, 3)),
    st.tuples(st.just("fact"), FACTS, LEGS, CAUSES, st.integers(0, 3)),
    st.tuples(st.just("look"), SIGHTS, SIGHTS),
    st.tuples(st.just("refuse"), st.sampled_from(["originate", "bridge", "park", "kill", "play"]), LEGS, CAUSES),
    st.tuples(
        st.just("control"),
        st.sampled_from(["ann", "bea"]),
        st.sampled_from(["answer", "reject", "hang_up", "hold", "retrieve", "mute", "unmute", "send_dtmf"]),
    ),
    st.tuples(st.just("due"), st.sampled_from(["sound", "deadman"]), LEGS),
    st.tuples(st.just("time"), st.integers(1, 60_000)),
    st.tuples(st.just("switch"), st.sampled_from([events.SwitchLost, events.SwitchRestarted])),
)
BEGINNINGS = st.sampled_from(
    [
        lambda: placed.begun(),
        lambda: placed.begun("agent:bea"),
        lambda: placed.calling(f"number:{NUMBER}"),
        lambda: placed.calling("agent:bea"),
        lambda: placed.connecting(),
        lambda: placed.connecting("agent:bea"),
        lambda: placed.telling(),
        lambda: placed.talking(),
        lambda: placed.talking("agent:bea"),
        lambda: placed.calling_back(),
        lambda: placed.colleague_holds(),
    ]
)


def leg_of(story: Story, word: str) -> str:
    mine = [leg.leg_id for leg in story.ledger.legs.values() if leg.role == "agent"]
    others = [leg.leg_id for leg in story.ledger.legs.values() if leg.role != "agent"]
    found = {"own": mine[-1:], "before": mine[:1], "other": others}.get(word, [])
    return found[0] if found else "foreign"


def look(story: Story, own: str, other: str) -> None:
    partner = {leg_of(story, "own"): leg_of(story, "other"), leg_of(story, "other"): leg_of(story, "own")}
    sights = []
    for leg in story.ledger.legs.values():
        if leg.is_live:
            seen = own if leg.role == "agent" else other
            sights.append(
                events.Sight(
                    leg_id=leg.leg_id,
                    seen=seen,
                    at=None if seen == Seen.GONE else story.now,
                    seq=0 if seen == Seen.GONE else story.told + 1,
                    other_leg_id=partner.get(leg.leg_id) if seen == Seen.WITH else None,
                )
            )
    story.happen(events.CallVerified(call_id=CALL, sights=tuple(sights)))


def take(story: Story, step: Any) -> None:
    story.new_commands = ()
    match step:
        case ("fact", kind, word, cause, late):
            leg_id = leg_of(story, word)
            other = leg_of(story, "other" if word != "other" else "own")
            more: dict[str, Any] = {}
            if kind in (events.LegsBridged, events.LegsUnbridged):
                more["other_leg_id"] = other
            if kind is events.LegHungUp:
                more |= {"cause": cause, "is_answered": bool(late)}
            story.now += timedelta(milliseconds=1)
            at = max(NOW, story.now - timedelta(milliseconds=10 * late))
            story.happen(kind(call_id=CALL, leg_id=leg_id, at=at, seq=max(1, story.told + 1 - late), **more))
        case ("look", own, other):
            look(story, own, other)
        case ("refuse", kind, word, reason):
            leg_id = leg_of(story, word)
            if leg_id in story.ledger.legs:
                story.refuse(kind, leg_id, reason)
        case ("control", who, kind):
            story.control(who, kind)
        case ("due", kind, word):
            story.happen(events.CallDeadlinePassed(call_id=CALL, kind=kind, row_id=leg_of(story, word)))
        case ("time", ms):
            story.pass_time(ms)
        case ("switch", events.SwitchLost):
            story.happen(events.SwitchLost(call_id=CALL))
        case ("switch", _):
            story.happen(events.SwitchRestarted(call_id=CALL, at=story.now))


def check(story: Story, before: Any) -> None:
    call, agents = story.call, story.ledger.agents
    if call.phase is Phase.DIALING:
        assert agents["ann"].call_id == CALL, "who placed the call is kept for it"
        assert agents["ann"].due_at is not None, "and it is due"
    for command in story.new_commands:
        if isinstance(command, Bridge):
            pair = [story.leg(leg_id) for leg_id in command.leg_ids]
            assert SURVIVES.index(pair[0].role) < SURVIVES.index(pair[1].role)
        if isinstance(command, Originate):
            assert command.leg_id not in before.legs or before.legs[command.leg_id].seen is Seen.UNBORN, "rung once"
        for leg_id in command.leg_ids:
            known = before.legs.get(leg_id)
            assert isinstance(command, (Kill, Mute)) or known is None or known.is_live


def is_at_rest(story: Story) -> bool:
    free = (Activity.IDLE, Activity.WRAP_UP)
    return story.call.phase is Phase.ENDED and all(a.activity in free for a in story.ledger.agents.values())


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(begin=BEGINNINGS, steps=st.lists(STEPS, max_size=25), rest=SIGHTS)
def test_no_order_of_events_breaks_a_rule_or_leaves_anybody_stuck(begin: Any, steps: list[Any], rest: Seen) -> None:
    """Then whatever the switch says of the legs from now on, it comes to a talk or to an end; and when all are gone, to
    an end with everybody free."""
    story = begin()
    for step in steps:
        before = story.ledger
        take(story, step)
        check(story, before)
    for _ in range(40):
        story.pass_time(TIMEOUTS.call_back_ms)
        before = story.ledger
        look(story, rest, rest)
        check(story, before)
    assert story.call.phase is not Phase.DIALING, "no state passes by itself for ever"
    for _ in range(3):
        story.pass_time(TIMEOUTS.call_back_ms)
        look(story, Seen.GONE, Seen.GONE)
    for _ in range(3):
        if not is_at_rest(story):  # an agent was called back meanwhile
            story.pass_time(TIMEOUTS.call_back_ms)
            look(story, Seen.GONE, Seen.GONE)
    assert is_at_rest(story)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(begin=BEGINNINGS, kinds=st.lists(st.tuples(FACTS, LEGS, CAUSES), min_size=1, max_size=8))
def test_no_fact_told_twice_is_two_facts(begin: Any, kinds: list[Any]) -> None:
    story = begin()
    for kind, word, cause in kinds:
        leg_id, other = leg_of(story, word), leg_of(story, "other" if word != "other" else "own")
        more: dict[str, Any] = {"other_leg_id": other} if kind in (events.LegsBridged, events.LegsUnbridged) else {}
        if kind is events.LegHungUp:
            more = {"cause": cause}
        story.now += timedelta(milliseconds=1)
        event = kind(call_id=CALL, leg_id=leg_id, at=story.now, seq=story.told + 1, **more)
        story.happen(event)
        again = story.happen(event)
        assert not any((again.call, again.legs, again.agents)), (kind, word)
        assert all(isinstance(command, Kill) for command in again.commands), (kind, word)
