"""The survivor is the first argument of uuid_bridge, marked so that the switch parks him when the second dies.

What the engine builds on (docs/decisions/0010): no try may fail. Nobody rescues anybody here but where a check says so.
What the switch does to legs that are not marked, and to the second one, stands in test_survivors.py.
"""

from collections.abc import Callable

import pytest

from tests.contract.probe import Switch

TRIES = 30
# Ms after the +OK of uuid_bridge: CHANNEL_BRIDGE comes after 20 to 60, and is not the end of the danger.
MOMENTS = [number * 62 / TRIES for number in range(TRIES)]
KILLS = pytest.mark.parametrize("kind", ["uuid_kill", "BYE"])


def _killer(switch: Switch, leg: str, kind: str) -> Callable[[], object]:
    """How a leg will die: its phone is looked up before the clock runs."""
    if kind == "BYE":
        phone = switch.phones.phone_of(leg)
        return lambda: switch.phones.hang_up(phone)
    return lambda: switch.api(f"uuid_kill {leg}")


def _fate(switch: Switch, leg: str, since: int) -> str:
    """parked and hears music, once and for all; or what else became of him."""
    if switch.seen("CHANNEL_PARK", leg, since=since, within_s=1.0) is None:
        return "limbo" if switch.is_known(leg) else switch.cause(leg, since)
    if not switch.hears_music(leg):
        return "deaf"
    parks = len(switch.every("CHANNEL_PARK", leg, since))
    return switch.cause(leg, since) or ("survives" if parks == 1 else f"{parks} parks")


def _bridge_and_die(switch: Switch, first: str, second: str, kind: str, ms: float) -> int:
    die = _killer(switch, second, kind)
    since = switch.mark()
    assert switch.api(f"uuid_bridge {first} {second}").startswith("+OK")
    switch.pause(ms)
    die()
    switch.need("CHANNEL_HANGUP", second, since=since)
    return since


@KILLS
@pytest.mark.parametrize("is_playing", [True, False])
def test_a_customer_is_parked_and_hears_music_whenever_his_agent_dies(
    switch: Switch, kind: str, is_playing: bool
) -> None:
    fates = []
    for ms in MOMENTS:
        customer, _ = switch.customer()
        agent = switch.agent()
        if is_playing:
            switch.music(customer)
        since = _bridge_and_die(switch, customer, agent, kind, ms)
        fates.append(_fate(switch, customer, since))
        switch.clear()
    assert fates == ["survives"] * TRIES


@KILLS
def test_in_a_consult_the_agent_is_parked_whenever_his_target_dies(switch: Switch, kind: str) -> None:
    fates = []
    for ms in MOMENTS[::2]:
        customer, _, agent = switch.talk()
        switch.park(customer)
        since = _bridge_and_die(switch, agent, switch.agent(), kind, ms)
        fates.append(_fate(switch, agent, since))
        switch.clear()
    assert fates == ["survives"] * len(fates)


def test_a_survivor_who_talks_to_a_third_is_taken_from_him_and_the_third_is_parked(switch: Switch) -> None:
    """E18, the survivor first: one command, and nobody is left behind."""
    customer, _, third = switch.talk()
    agent = switch.agent()
    since = switch.bridge(customer, agent)
    switch.need("CHANNEL_PARK", third, since=since)
    assert switch.hears_music(third)
    assert switch.get(customer, "bridge_to") == agent
    assert not switch.every("CHANNEL_HANGUP", None, since)


@KILLS
def test_a_survivor_and_his_third_are_both_parked_when_the_new_one_dies(switch: Switch, kind: str) -> None:
    fates = []
    for ms in MOMENTS[::3]:
        customer, _, third = switch.talk()
        since = _bridge_and_die(switch, customer, switch.agent(), kind, ms)
        fates += [_fate(switch, leg, since) for leg in (customer, third)]
        switch.clear()
    assert fates == ["survives"] * len(fates)


def test_a_bridge_that_is_refused_moves_nobody(switch: Switch) -> None:
    """The second was gone before the command: no park will come, for the first has never left his."""
    customer, _ = switch.customer()
    agent = switch.agent()
    switch.music(customer)
    since = switch.mark()
    switch.api(f"uuid_kill {agent}")
    switch.need("CHANNEL_DESTROY", agent, since=since)
    assert switch.api(f"uuid_bridge {customer} {agent}") == "-ERR Invalid uuid"
    assert switch.seen("CHANNEL_UNPARK", customer, since=since, within_s=0.5) is None
    assert switch.seen("PLAYBACK_STOP", customer, since=since) is None
