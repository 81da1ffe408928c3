"""What is said of a call that waits though somebody is ready: who is about to be offered it, and who is not yet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freeswitch_cc.core.why_facts import Preferred, Tier, Tried
from freeswitch_cc.core.words import OfferOutcome
from tests.core.test_why import NOW, SWITCH, ago, said

READY = Tier(number=1, after_ms=0, eligible=2, does={"ready": 1, "talking": 1})


def test_who_did_not_take_it_is_asked_again_in_a_while() -> None:
    tried = Tried(
        login="anna", tries=1, outcome=OfferOutcome.NO_ANSWER, ended_at=ago(12), is_ready=True,
        retry_at=NOW + timedelta(seconds=7.2),
    )  # fmt: skip
    told = "anna is ready and did not take this call 12 s ago (no answer): to be asked again in 8 s."
    assert said(tiers=(READY,), tried=(tried,))[-1] == told
    thrice = replace(tried, tries=3, outcome=OfferOutcome.BUSY, retry_at=None)
    told = "anna is ready and did not take this call 12 s ago (busy, 3 times): may be asked again now."
    assert told in said(tiers=(READY,), tried=(thrice,))
    assert "anna" not in " ".join(said(tiers=(READY,), tried=(replace(tried, is_ready=False),)))


def test_who_is_ready_is_about_to_be_offered_it_unless_others_go_before() -> None:
    assert said(tiers=(READY,), position=1)[-1] == "It is about to be offered."
    assert said(tiers=(READY,), position=2)[-1] == "1 call goes before it."
    assert said(tiers=(READY,), position=3)[-1] == "2 calls go before it."
    closed = replace(READY, after_ms=60_000)
    assert said(tiers=(closed,), position=1)[-1] == "Its queue opens in 18 s: 1 is ready, 1 talks."
    orphan = replace(SWITCH, is_owned=False)
    assert "about to be offered" not in " ".join(said(tiers=(READY,), position=1, switch=orphan)), "nobody offers it"


@pytest.mark.parametrize(("retry_s", "is_offered"), [(7.2, False), (0, True), (-1, True)])
def test_who_may_not_be_asked_again_yet_is_not_about_to_be_offered_it(retry_s: float, is_offered: bool) -> None:
    tried = Tried(
        login="anna", tries=1, outcome=OfferOutcome.NO_ANSWER, ended_at=ago(12), is_ready=True, retry_at=ago(-retry_s)
    )
    told = said(tiers=(READY,), tried=(tried,), position=1)
    assert ("It is about to be offered." in told) is is_offered


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "carl is asked first: talks since 4 min."),
        ({"does": "ready"}, "carl is asked first: is ready."),
        ({"does": "not_ready", "reason": "meal"}, "carl is asked first: not ready (meal) since 4 min."),
        ({"is_eligible": False}, "carl would be asked first, but is not eligible for it."),
        ({"is_active": False, "does": None}, "carl would be asked first, but is switched off."),
    ],
    ids=str,
)
def test_who_is_asked_first_is_told_and_what_he_does(changes: dict[str, Any], told: str) -> None:
    carl = Preferred(login="carl", is_active=True, is_eligible=True, does="talking", since=ago(240))
    assert said(preferred=replace(carl, **changes))[1] == told
