"""How soon a call is served, and what of it an arriving call takes along and a returning one keeps."""

from dataclasses import replace
from typing import Any

import pytest

from freeswitch_cc.core import priority
from freeswitch_cc.core.entry import Entry, PriorityRule
from tests.core.world import ENTRY, Story


def entry(*rules: tuple[str, Any, int], **changes: Any) -> Entry:
    named = tuple(PriorityRule(key=key, value=value, add=add) for key, value, add in rules)
    return replace(ENTRY, priority_by=named, **changes)


def test_a_priority_is_the_sum_of_queue_entry_point_caller_and_every_rule_that_its_data_meet() -> None:
    all_of_it = entry(
        ("plan", "gold", 3), ("country", "FI", 2), ("plan", "silver", 1),
        queue_priority=5, entry_priority=20, importance=10,
    )  # fmt: skip
    value, why = priority.of(all_of_it, {"plan": "gold", "country": "FI"})
    assert (value, why) == (40, "priority 40: queue 5, entry point 20, known caller 10, plan gold 3, country FI 2")


def test_what_adds_nothing_is_not_told() -> None:
    assert priority.of(ENTRY, {}) == (0, "")
    assert priority.of(entry(queue_priority=5, importance=10), {}) == (15, "priority 15: queue 5, known caller 10")


def test_parts_that_cancel_each_other_out_are_told() -> None:
    assert priority.of(entry(queue_priority=5, importance=-5), {}) == (0, "priority 0: queue 5, known caller -5")


@pytest.mark.parametrize(
    ("attached", "value", "is_met"),
    [
        ("gold", "gold", True),
        ("gold", "Gold", False),
        (5, 5, True),
        ("5", 5, True),
        (5, "5", True),
        (True, True, True),
        ("true", True, True),
        (True, 1, False),
        (1, True, False),
        (None, "None", False),
        (["gold"], "gold", False),
    ],
)
def test_data_meet_a_rule_when_they_read_the_same(attached: Any, value: Any, is_met: bool) -> None:
    assert priority.of(entry(("plan", value, 3)), {"plan": attached})[0] == (3 if is_met else 0)


def test_data_that_are_not_there_meet_no_rule() -> None:
    assert priority.of(entry(("plan", "", 3)), {"other": ""}) == (0, "")


def test_a_sum_that_the_database_cannot_hold_costs_nobody_his_call() -> None:
    assert priority.of(entry(queue_priority=2_000_000_000, importance=2_000_000_000), {})[0] == priority.LIMIT
    assert priority.of(entry(queue_priority=-2_000_000_000), {})[0] == -priority.LIMIT


@pytest.mark.parametrize(
    ("by", "sentence"),
    [("known_caller", "the agent of this caller first"), ("last_agent", "last agent first")],
)
def test_it_is_told_why_somebody_is_asked_first(by: str, sentence: str) -> None:
    preferred = entry(preferred_agent_id="ann", preferred_by=by)
    assert priority.of(preferred, {}) == (0, sentence)
    assert priority.of(replace(preferred, importance=3), {}) == (3, f"priority 3: known caller 3; {sentence}")


# -- on the way of a call ------------------------------------------------------------------------

KNOWN = entry(
    ("plan", "gold", 3),
    queue_priority=5,
    attached={"plan": "gold"},
    requirement_id="french",
    caller_name="Éloïse",
    importance=10,
    preferred_agent_id="bob",
    preferred_by="known_caller",
)


def test_a_call_takes_along_what_its_number_and_its_caller_are_worth() -> None:
    story = Story.unheard(entry=KNOWN)
    story.arrives()
    visit = story.visit
    assert (visit.priority, visit.requirement_id, visit.preferred_agent_id) == (18, "french", "bob")
    assert story.call.attached == {"plan": "gold"}
    assert "priority 18: queue 5, known caller 10, plan gold 3; the agent of this caller first" in story.reasons[0]


def test_a_call_that_comes_back_keeps_its_priority_what_it_asks_and_its_preferred_agent() -> None:
    story = Story.talking(entry=KNOWN)
    story.hangs_up("ann-1", "MEDIA_TIMEOUT")
    visit = story.visit
    assert (visit.is_returned, visit.entry_reason) == (True, "returned")
    assert (visit.priority, visit.requirement_id, visit.preferred_agent_id) == (18, "french", "bob")


@pytest.mark.parametrize(
    ("shown", "name"),
    [("", "Éloïse"), ("+15550100", "Éloïse"), ("Bob", "Bob")],
)
def test_a_known_caller_who_shows_no_name_has_the_one_that_we_know(shown: str, name: str) -> None:
    story = Story.unheard(entry=KNOWN)
    story.arrives(caller_number="+15550100", caller_name=shown)
    assert story.call.caller_name == name


def test_a_caller_whom_nobody_knows_keeps_the_name_that_he_shows() -> None:
    story = Story.unheard()
    story.arrives(caller_number="+15550100", caller_name="+15550100")
    assert story.call.caller_name == "+15550100"


def test_a_number_that_leads_nowhere_brings_no_data_along() -> None:
    story = Story.unheard(entry=None)
    story.arrives()
    assert story.call.attached == {}
