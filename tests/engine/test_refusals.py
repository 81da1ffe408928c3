"""A switch that places no calls is left alone for a moment, and one agent's contact says nothing of a switch."""

from dataclasses import replace

import pytest

from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine import refusals
from freeswitch_cc.engine.refusals import Refusals
from tests.core.records import make_leg
from tests.core.world import NOW, SWITCH, make_offer

PAUSE_MS = 5_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(refusals.time, "monotonic", lambda: now[0])
    return now


def refused(agent_id: str) -> Decision:
    return Decision(offers=(make_offer(agent_id=agent_id),), legs=(make_leg(f"{agent_id}-1"),), refused_by=SWITCH)


def rings(agent_id: str) -> Decision:
    return Decision(offers=(replace(make_offer(agent_id=agent_id), ringing_at=NOW),), legs=(make_leg(f"{agent_id}-1"),))


def test_a_switch_that_refuses_to_ring_two_agents_is_left_alone_until_the_pause_is_over(clock: list[float]) -> None:
    told = Refusals(PAUSE_MS)
    told.note(refused("ann"))
    assert not told.is_pausing(SWITCH)
    told.note(refused("bob"))
    assert told.is_pausing(SWITCH)
    assert not told.is_pausing("another switch")
    clock[0] += PAUSE_MS / 1000
    assert not told.is_pausing(SWITCH)


def test_who_is_tried_after_the_pause_and_refused_makes_another_pause(clock: list[float]) -> None:
    told = Refusals(PAUSE_MS)
    told.note(refused("ann"))
    told.note(refused("bob"))
    clock[0] += PAUSE_MS / 1000
    told.note(refused("ann"))
    assert told.is_pausing(SWITCH)


def test_one_agent_who_is_refused_again_and_again_pauses_nobody(clock: list[float]) -> None:
    told = Refusals(PAUSE_MS)
    for _ in range(15):
        told.note(refused("ann"))
    assert not told.is_pausing(SWITCH)


def test_a_phone_that_rings_shows_that_the_switch_places_calls(clock: list[float]) -> None:
    told = Refusals(PAUSE_MS)
    told.note(refused("ann"))
    told.note(rings("carol"))
    told.note(refused("bob"))
    assert not told.is_pausing(SWITCH)
