"""Alarms that say the same of every call are told seldom."""

from types import SimpleNamespace
from uuid import UUID

import pytest

from freeswitch_cc.core.said_to_people import Alarm
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine import seldom as module
from freeswitch_cc.engine.seldom import AGAIN_S, MOST, UNSAVED_S, Seldom

ONE, TWO = UUID(int=1), UUID(int=2)


def alarm(switch_id: str = "one", kind: str = "leg_without_marks", once: str = "rdnis") -> Alarm:
    return Alarm(kind=kind, switch_id=switch_id, once=once)


def kept(seldom: Seldom, root: UUID, *alarms: Alarm) -> list[Alarm]:
    return list(seldom.sift(Decision(alarms=alarms), root).alarms)


def test_an_alarm_is_told_once_for_each_switch_and_for_each_thing() -> None:
    seldom = Seldom()
    different = [alarm(), alarm(switch_id="two"), alarm(kind="not_rendered"), alarm(once="media_timeout")]
    assert kept(seldom, ONE, *different) == different
    assert kept(seldom, TWO, *different) == []


def test_an_event_that_is_decided_again_after_a_lost_race_tells_its_alarm_again() -> None:
    seldom = Seldom()
    assert kept(seldom, ONE, alarm()) == kept(seldom, ONE, alarm()) == [alarm()]
    assert kept(seldom, TWO, alarm()) == []


def test_it_is_told_again_after_a_while() -> None:
    seldom = Seldom(again_s=0)
    for root in (ONE, TWO):
        assert kept(seldom, root, alarm()) == [alarm()]
        seldom.note_saved([alarm()])


def test_what_came_to_nothing_is_told_by_somebody_else_before_long(monkeypatch: pytest.MonkeyPatch) -> None:
    seldom, now = Seldom(), [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert kept(seldom, ONE, alarm()) == [alarm()]
    assert kept(seldom, TWO, alarm()) == [], "it may be saved yet"
    now[0] += UNSAVED_S
    assert kept(seldom, TWO, alarm()) == [alarm()]
    seldom.note_saved([alarm(), alarm(once=""), alarm(kind="never_told")])
    now[0] += UNSAVED_S
    assert kept(seldom, ONE, alarm()) == []
    now[0] += AGAIN_S
    assert kept(seldom, ONE, alarm()) == [alarm()]


def test_what_belongs_to_one_call_is_told_always() -> None:
    seldom = Seldom()
    assert kept(seldom, ONE, alarm(once="")) == kept(seldom, TWO, alarm(once="")) == [alarm(once="")]


def test_it_does_not_grow_without_end_and_forgets_the_oldest_first() -> None:
    seldom = Seldom()
    for number in range(MOST + 1):
        kept(seldom, ONE, alarm(once=str(number)))
    assert kept(seldom, TWO, alarm(once=str(MOST))) == []
    assert kept(seldom, TWO, alarm(once="0")) == [alarm(once="0")]
