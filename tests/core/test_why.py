"""What is said of a call: every sentence word by word, from facts that are made up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from freeswitch_cc.core.why import sentences
from freeswitch_cc.core.why_facts import Facts, OpenOffer, Switch, Tier, Tried, VisitFacts
from freeswitch_cc.core.words import CallOutcome, OfferOutcome, Phase, VisitOutcome

NOW = datetime(2025, 11, 22, 12, 0, tzinfo=UTC)
SWITCH = Switch(name="one", is_active=True, is_owned=True, heard_at=NOW)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


VISIT = VisitFacts(
    queue="billing", is_queue_active=True, strategy="longest_idle", entered_at=ago(42.9), waiting_since=ago(42.9)
)
TALKING = Tier(number=1, after_ms=0, eligible=1, does={"talking": 1})
WAITS = Facts(
    now=NOW, call_id="c", phase=Phase.QUEUED, started_at=ago(50), switch=SWITCH, visit=VISIT, position=3,
    tiers=(TALKING,),
)  # fmt: skip


def said(**changes: Any) -> list[str]:
    """Of a call that waits."""
    return sentences(replace(WAITS, **changes))


def visit(**changes: Any) -> VisitFacts:
    return replace(VISIT, **changes)


# -- it waits ------------------------------------------------------------------------------------


def test_it_waits_for_agents_who_talk_and_for_a_tier_that_opens() -> None:
    tiers = (
        Tier(
            number=1, after_ms=0, requires="french >= 5", eligible=4, does={"not_ready": 1, "talking": 3},
            reasons={"break": 1},
        ),
        Tier(number=2, after_ms=60_000, requires="billing", eligible=2, does={"ready": 2}),
    )  # fmt: skip
    assert said(tiers=tiers) == [
        "Waits 42 s in billing, 3rd.",
        "Tier 1 (french >= 5) has 4 agents: 3 talk, 1 not ready (break).",
        "Tier 2 (billing) opens in 18 s: 2 are ready.",
    ]


def test_who_does_what_is_told_the_most_hopeful_first() -> None:
    does = {
        "offline": 1, "not_ready": 3, "holding": 1, "talking": 1, "wrap_up": 2, "ringing": 1, "reserved": 1, "idle": 1,
    }  # fmt: skip
    tier = Tier(number=1, after_ms=0, eligible=11, does=does, reasons={"meal": 2, "no_answer": 1})
    assert said(tiers=(tier,))[1] == (
        "Its queue has 11 agents: 1 is about to be rung, 1 is being rung, 2 are in wrap-up, 1 talks, 1 holds a caller,"
        " 1 is not free of an old offer yet, 3 not ready (2 meal, 1 no answer), 1 logged out."
    )


@pytest.mark.parametrize(
    ("tier", "told"),
    [
        (Tier(number=1, after_ms=0, eligible=1, does={"talking": 1}), "Its queue has 1 agent: 1 talks."),
        (
            Tier(number=1, after_ms=0, eligible=2, agents=("ann", "bob"), does={"talking": 2}),
            "Its queue (ann, bob) has 2 agents: 2 talk.",
        ),
        (
            Tier(number=1, after_ms=0, eligible=2, agents=("ann",), requires="german", does={"wrap_up": 2}),
            "Its queue (ann or german) has 2 agents: 2 are in wrap-up.",
        ),
        (
            Tier(number=1, after_ms=0, eligible=4, agents=("ann", "bob", "cid", "dan"), does={"talking": 4}),
            "Its queue (ann, bob, cid, dan) has 4 agents: 4 talk.",
        ),
        (
            Tier(number=1, after_ms=0, eligible=6, agents=("ann", "bob", "cid", "dan", "eva"), does={"talking": 6}),
            "Its queue (ann, bob, cid and 2 more) has 6 agents: 6 talk.",
        ),
        (
            Tier(number=1, after_ms=0, eligible=3, does={"offline": 3}),
            "Its queue has 3 agents: all 3 are logged out.",
        ),
        (Tier(number=1, after_ms=0, eligible=1, does={"offline": 1}), "Its queue has 1 agent: logged out."),
        (
            Tier(number=1, after_ms=0, eligible=0, requires="german"),
            "Its queue (german) has no agents: nobody meets it.",
        ),
        (Tier(number=1, after_ms=0, eligible=0), "Its queue has no agents."),
        (Tier(number=1, after_ms=43_000, eligible=0), "Its queue opens in 1 s: nobody is in it."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_tier_is_named_by_who_is_in_it(tier: Tier, told: str) -> None:
    assert said(tiers=(tier,))[1] == told


def test_a_tier_that_opens_this_very_moment_is_open() -> None:
    at_once = (TALKING, Tier(number=2, after_ms=42_900, eligible=1, does={"talking": 1}))
    assert said(tiers=at_once)[2] == "Tier 2 has 1 agent: 1 talks."


def test_who_came_back_goes_first_and_it_says_why() -> None:
    told = said(visit=visit(is_returned=True), position=1)
    assert told[0] == "Waits 42 s in billing, 1st, because it came back: before all others."


@pytest.mark.parametrize(
    ("position", "told"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st"),
     (112, "112th"), (123, "123rd")],
)  # fmt: skip
def test_places_are_said_as_people_say_them(position: int, told: str) -> None:
    assert said(position=position)[0] == f"Waits 42 s in billing, {told}."


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-3, "0 s"), (0.4, "0 s"), (119.9, "119 s"), (120, "2 min"), (3599, "59 min"), (3600, "1 h"), (7500, "2 h 5 min")],
)
def test_times_are_said_as_exactly_as_people_want_them(seconds: float, told: str) -> None:
    assert said(visit=visit(waiting_since=ago(seconds)))[0] == f"Waits {told} in billing, 3rd."


def test_where_nobody_can_take_it_no_wait_is_told() -> None:
    nobody = (Tier(number=1, after_ms=0, eligible=1, does={"offline": 1}),)
    told = said(tiers=nobody, expected_ms=90_400)
    assert told[-1] == "Everybody who could take it is logged out."


def test_what_is_expected_is_said_and_nothing_where_there_is_nothing_to_go_by() -> None:
    told = "As calls were answered of late, it will be answered in about 90 s."
    assert told in said(expected_ms=90_400)
    by_handling = "By how long calls took within a day, it will be answered in about 90 s."
    assert by_handling in said(expected_ms=90_400, expected_by="handling")
    assert len(said(expected_ms=None)) == len(said(expected_ms=0)) == len(said(expected_ms=90_400)) - 1


# -- it asks for more than its queue -------------------------------------------------------------


def test_what_the_call_itself_asks_is_said_and_who_meets_it() -> None:
    tier = Tier(number=1, after_ms=0, eligible=5, does={"talking": 1})
    assert said(visit=visit(requires="german >= 3"), tiers=(tier,)) == [
        "Waits 42 s in billing, 3rd.",
        "Besides what its queue asks, its agent must meet german >= 3.",
        "Its queue has 5 agents: 1 of them meets german >= 3: 1 talks.",
    ]
    two = replace(tier, does={"talking": 2})
    told = "Its queue has 5 agents: 2 of them meet german >= 3: 2 talk."
    assert said(visit=visit(requires="german >= 3"), tiers=(two,))[-1] == told


def test_when_nobody_meets_what_the_call_asks_it_says_so() -> None:
    tiers = (Tier(number=1, after_ms=0, eligible=5), Tier(number=2, after_ms=60_000, eligible=1))
    assert said(visit=visit(requires="german >= 3"), tiers=tiers)[2:] == [
        "Tier 1 has 5 agents: nobody meets german >= 3.",
        "Tier 2 opens in 18 s: nobody meets german >= 3.",
        "Nobody who is eligible for billing meets german >= 3: nobody can take it.",
    ]


# -- nobody could take it ------------------------------------------------------------------------


def test_when_nobody_is_eligible_at_all_it_says_so() -> None:
    tiers = (Tier(number=1, after_ms=0, eligible=0, requires="french >= 9"),)
    assert said(tiers=tiers)[1:] == [
        "Its queue (french >= 9) has no agents: nobody meets it.",
        "Nobody is eligible for billing: until the center file names somebody, nobody can take it.",
    ]
    assert said(tiers=())[1:] == said(tiers=tiers)[2:]


def test_when_everybody_is_logged_out_it_says_so() -> None:
    tiers = tuple(Tier(number=n, after_ms=n * 30_000 - 30_000, eligible=n, does={"offline": n}) for n in (1, 2))
    assert said(tiers=tiers)[1:] == [
        "Tier 1 has 1 agent: logged out.",
        "Tier 2 has 2 agents: all 2 are logged out.",
        "Everybody who could take it is logged out.",
    ]


def test_a_queue_that_is_switched_off_is_told() -> None:
    assert said(visit=visit(is_queue_active=False))[1] == "billing is switched off: no other call comes into it."


def test_a_switch_that_nobody_commands_and_one_that_is_silent_are_told() -> None:
    assert said(switch=replace(SWITCH, is_owned=False))[-1] == (
        "No engine commands its switch one: nothing happens to it until one does."
    )
    assert said(switch=replace(SWITCH, heard_at=ago(61)))[-1] == "Its switch one was last heard of 61 s ago."
    assert "switch" not in " ".join(said(switch=replace(SWITCH, heard_at=ago(59))))


# -- it is being offered -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "not ringing yet"),
        ({"ringing_at": ago(1)}, "ringing"),
        ({"ringing_at": ago(1), "is_answered": True}, "answered, being connected"),
    ],
    ids=str,
)
def test_a_call_that_is_being_offered_says_to_whom_and_not_what_it_would_wait_for(
    changes: dict[str, Any], told: str
) -> None:
    offer = replace(OpenOffer(login="anna", made_at=ago(3.5)), **changes)
    assert said(offer=offer) == ["Waits 42 s in billing, 3rd.", f"Is being offered to anna since 3 s ({told})."]


# -- it does not wait ----------------------------------------------------------------------------


def test_a_call_that_talks_says_to_whom_and_since_when() -> None:
    talks = {"phase": Phase.TALKING, "bridged_at": ago(150), "talks_to": ("bob",)}
    assert said(**talks) == ["Talks to bob since 2 min."]
    assert said(**talks, held_at=ago(20)) == ["Talks to bob since 2 min, on hold since 20 s."]
    assert said(**{**talks, "talks_to": ()}, visit=visit(agent="eva")) == ["Talks to eva since 2 min."]
    assert said(**{**talks, "talks_to": ("ann", "bob", "eva")}) == ["Talks to ann, bob and eva since 2 min."]


def test_a_call_whose_legs_are_going_says_so() -> None:
    assert said(phase=Phase.ENDING) == ["Is ending: its legs are being hung up."]


def test_a_call_between_two_queues_says_so() -> None:
    told = "Has come and is in no queue at this moment."
    assert said(visit=None) == said(visit=visit(outcome=VisitOutcome.ANSWERED, left_at=NOW)) == [told]


def ended(outcome: CallOutcome, **changes: Any) -> list[str]:
    ended_at = ago(300)
    facts = {"phase": Phase.ENDED, "started_at": ago(340), "ended_at": ended_at, "outcome": outcome, "visit": None}
    return said(**{**facts, **changes})


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (CallOutcome.ABANDONED, "Ended: abandoned after 40 s."),
        (CallOutcome.COMPLETED, "Ended: completed after 40 s."),
        (CallOutcome.NO_ENTRY_POINT, "Ended: its number leads to no queue after 40 s."),
        (CallOutcome.DROPPED_BY_SWITCH, "Ended: dropped by the switch after 40 s."),
        (CallOutcome.SWITCH_RESTARTED, "Ended: lost when the switch restarted after 40 s."),
    ],
)
def test_a_call_that_ended_says_how(outcome: CallOutcome, told: str) -> None:
    assert ended(outcome) == [told, "That was 5 min ago."]


def test_every_outcome_has_words() -> None:
    for outcome in CallOutcome:
        assert ended(outcome)


def test_a_call_that_ended_says_how_long_it_waited_and_who_did_not_take_it() -> None:
    left = visit(waiting_since=ago(338), left_at=ago(300), outcome=VisitOutcome.ABANDONED)
    assert ended(CallOutcome.ABANDONED, visit=left)[1] == "Waited 38 s in billing; nobody was offered it."
    tried = tuple(
        Tried(login=login, tries=tries, outcome=OfferOutcome.BUSY, ended_at=ago(310))
        for login, tries in (("anna", 2), ("bob", 1))
    )
    assert ended(CallOutcome.ABANDONED, visit=left, tried=tried)[1:3] == [
        "Waited 38 s in billing.",
        "Not taken by anna (busy, 2 times) and bob (busy).",
    ]
    answered = replace(left, outcome=VisitOutcome.ANSWERED, agent="eva")
    assert ended(CallOutcome.COMPLETED, visit=answered)[1] == "Waited 38 s in billing, answered by eva."
