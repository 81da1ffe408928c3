"""The comparison of two stories finds what was changed: a proof that cannot fail would prove nothing."""

from dataclasses import replace

import pytest

from tests.contract.compare import Finding, compare
from tests.contract.differences import unexplained
from tests.contract.drawn import normalised
from tests.contract.trace import Seen, Story, names, recorded

STORY = recorded("t03")


def findings(changed: Story) -> list[Finding]:
    return unexplained("t03", compare(normalised(STORY), normalised(changed)))


def with_events(events: list[Seen]) -> Story:
    return replace(STORY, events=tuple(replace(event, seq=seq) for seq, event in enumerate(events)))


def place(lane: str, what: str) -> int:
    return next(at for at, event in enumerate(STORY.events) if (event.lane, event.what) == (lane, what))


@pytest.mark.parametrize("name", names())
def test_a_story_does_not_differ_from_itself(name: str) -> None:
    story = normalised(recorded(name))
    assert unexplained(name, compare(story, story)) == []


def test_an_event_that_is_not_there_is_found() -> None:
    events = list(STORY.events)
    del events[place("CALLER", "CHANNEL_UNBRIDGE")]
    [found] = findings(with_events(events))
    assert (found.kind, found.lane, found.what) == ("missing", "CALLER", "CHANNEL_UNBRIDGE")


def test_an_event_too_many_is_found() -> None:
    at = place("CALLER", "CHANNEL_UNBRIDGE")
    [found] = findings(with_events([*STORY.events[:at], STORY.events[at], *STORY.events[at:]]))
    assert (found.kind, found.lane, found.what) == ("extra", "CALLER", "CHANNEL_UNBRIDGE")


def test_two_events_of_a_leg_in_another_order_are_found() -> None:
    events = list(STORY.events)
    at = place("AGENT", "CHANNEL_HANGUP")
    events[at], events[at + 1] = events[at + 1], events[at]
    [found] = findings(with_events(events))
    assert found.kind == "moved"
    assert found.lane == "AGENT"


def test_a_header_with_another_value_is_found() -> None:
    events = list(STORY.events)
    at = place("AGENT", "CHANNEL_HANGUP")
    events[at] = replace(events[at], headers={**events[at].headers, "Hangup-Cause": "USER_BUSY"})
    [found] = findings(with_events(events))
    assert (found.kind, found.name, found.recorded, found.simulated) == (
        "header",
        "Hangup-Cause",
        "NORMAL_CLEARING",
        "USER_BUSY",
    )


def test_a_header_that_one_side_does_not_have_is_found() -> None:
    events = list(STORY.events)
    at = place("CALLER", "CHANNEL_PARK")
    events[at] = replace(events[at], headers={**events[at].headers, "variable_bridge_hangup_cause": "NORMAL_CLEARING"})
    [found] = findings(with_events(events))
    assert (found.kind, found.name, found.recorded) == ("header", "variable_bridge_hangup_cause", "(none)")


@pytest.mark.parametrize("late_ms", [-60.0, 60.0])
def test_an_event_at_another_time_is_found(late_ms: float) -> None:
    events = list(STORY.events)
    at = place("CALLER", "CHANNEL_BRIDGE")
    events[at] = replace(events[at], at_ms=events[at].at_ms + late_ms)
    [found] = findings(with_events(events))
    assert (found.kind, found.lane, found.what) == ("time", "CALLER", "CHANNEL_BRIDGE")


def test_events_of_two_legs_in_another_order_are_found_when_they_were_well_apart() -> None:
    found = findings(with_events(sorted(STORY.events, key=lambda event: event.lane)))
    assert {one.kind for one in found} == {"order", "cause"}
    assert all(float(one.name) > 25 for one in found if one.kind == "order")


def test_an_event_before_the_one_of_another_leg_that_brought_it_about_is_found() -> None:
    events = list(STORY.events)
    left = events.pop(place("CALLER", "CHANNEL_UNBRIDGE"))
    events.insert(place("AGENT", "CHANNEL_HANGUP"), left)
    [found] = findings(with_events(events))
    assert (found.kind, found.lane, found.recorded) == ("cause", "CALLER", "AGENT CHANNEL_HANGUP")


def test_which_leg_of_a_bridge_is_called_a_does_not_count_but_who_was_bridged_does() -> None:
    events = list(STORY.events)
    at = place("CALLER", "CHANNEL_BRIDGE")
    headers = events[at].headers
    turned = {"Bridge-A-Unique-ID": headers["Bridge-B-Unique-ID"], "Bridge-B-Unique-ID": headers["Bridge-A-Unique-ID"]}
    events[at] = replace(events[at], headers={**headers, **turned})
    assert findings(with_events(events)) == []
    events[at] = replace(events[at], headers={**headers, "Bridge-B-Unique-ID": "SOMEBODY"})
    assert [found.name for found in findings(with_events(events))] == ["Bridge"]


def test_another_reply_is_found() -> None:
    steps = list(STORY.steps)
    steps[-1] = replace(steps[-1], reply="_undef_")
    [found] = findings(replace(STORY, steps=tuple(steps)))
    assert (found.kind, found.recorded, found.simulated) == ("reply", "NORMAL_CLEARING", "_undef_")


def test_a_reply_in_json_is_compared_place_by_place() -> None:
    story = recorded("t10")
    at = next(at for at, step in enumerate(story.steps) if step.text == "show channels as json")
    reply = story.steps[at].reply
    assert reply is not None
    steps = list(story.steps)
    steps[at] = replace(steps[at], reply=reply.replace("CS_PARK", "CS_EXECUTE"))
    [found] = unexplained("t10", compare(story, replace(story, steps=tuple(steps))))
    assert (found.name, found.recorded, found.simulated) == ("rows[AGENT].state", "CS_PARK", "CS_EXECUTE")
