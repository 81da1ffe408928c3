"""The instant of a fact by our clock: the switch's, put right by what is known of it; but nothing has happened yet."""

from datetime import timedelta

import pytest

from freeswitch_cc.core.call import View
from freeswitch_cc.core.ids import Ids
from freeswitch_cc.core.scene import Scene
from tests.core.world import NOW, TIMEOUTS

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
