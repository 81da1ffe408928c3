"""The instant of a fact by our clock: the switch's, put right by what is known of it; but nothing has happened yet.
And of which decision a look at the switch would tell all again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freeswitch_cc.core.call import View
from freeswitch_cc.core.commands import Kill, Play
from freeswitch_cc.core.ids import Ids
from freeswitch_cc.core.said_to_people import Alarm, Answer
from freeswitch_cc.core.scene import Decision, Scene
from freeswitch_cc.core.words import Phase, Seen, VisitOutcome
from tests.core.records import make_call, make_leg, make_visit
from tests.core.world import CALL, CUSTOMER, NOW, SWITCH, TIMEOUTS, make_agent, make_offer

ROOT = "0190f0c0-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("at_ms", "skew_ms", "our_ms"),
    [
        (-100, 0, -100),
        (-300_100, 300_000, -100),
        (299_900, -300_000, -100),
        # A heartbeat that was late makes the switch look as if it were behind; and one of its own may be ahead.
        (-100, 4_000, 0),
        (300_000, 0, 0),
    ],
)
def test_a_fact_of_the_switch_is_of_our_clock_and_never_of_the_future(at_ms: int, skew_ms: int, our_ms: int) -> None:
    at = NOW + timedelta(milliseconds=at_ms)
    scene = Scene.of(View(skew_ms=skew_ms), NOW, at, Ids(ROOT), TIMEOUTS)
    assert scene.our_at == NOW + timedelta(milliseconds=our_ms)
    assert scene.at == at


def test_what_is_no_fact_of_the_switch_is_of_now() -> None:
    assert Scene.of(View(skew_ms=4_000), NOW, None, Ids(ROOT), TIMEOUTS).our_at == NOW


ABOUT = {"command_id": "command", "switch_id": SWITCH, "call_id": CALL, "leg_id": CUSTOMER}
ARRIVED = Decision(
    call=make_call(),
    legs=(make_leg(),),
    visits=(make_visit(),),
    commands=(Play(**ABOUT, sound="local_stream://sales"),),
    new=frozenset({CALL, CUSTOMER, "visit"}),
)


def test_of_a_caller_who_has_just_come_a_look_at_the_switch_tells_all_again() -> None:
    assert ARRIVED.is_found_again


@pytest.mark.parametrize(
    "change",
    [
        {"new": frozenset()},
        {"call": None},
        {"call": make_call(phase=Phase.ENDED)},
        {"legs": (make_leg(), make_leg("ann-1", seen=Seen.GONE))},
        {"visits": (make_visit(outcome=VisitOutcome.ABANDONED),)},
        {"commands": (Kill(**ABOUT),)},
        {"offers": (make_offer(),)},
        {"agents": (make_agent(),)},
        {"alarms": (Alarm(kind="odd"),)},
        {"answer": Answer(request_id="request", state="done")},
    ],
)
def test_whatever_else_is_decided_is_told_once(change: dict[str, Any]) -> None:
    """An end, a kill, an offer, an answer: forgotten with a server that crashed, they would never come again."""
    assert not replace(ARRIVED, **change).is_found_again
