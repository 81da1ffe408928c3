"""Who survives a uuid_bridge whose other leg dies, by the switch as it is (docs/measured.md E1 to E6, E11). What the
engine builds on (the survivor first, marked so that he is parked) is held in test_survivor_first.py.

Races: each check makes many tries with the death at different moments. Where a rule says "never", no try may fail;
where a trap says "sometimes", one try is enough to show it; "hardly ever" leaves room for one in forty (E6), and
only for the ways in which a switch is known to do it; on a busy machine the simulator's threads come late as well.
"""

import pytest

from tests.contract.probe import Switch

# Ms between the +OK of uuid_bridge and the death of the first leg; CHANNEL_BRIDGE comes after 40 to 60.
WINDOW = (0, 4, 8, 12, 16, 20, 22, 24, 26, 28, 30, 33, 36, 39)


def _fate(switch: Switch, leg: str, since: int) -> str:
    """gone, parked, or limbo: alive, but nothing was heard of it."""
    ended = switch.socket.wait(
        lambda e: e.get("Unique-ID") == leg and e["Event-Name"] in ("CHANNEL_HANGUP", "CHANNEL_PARK"), since, 0.4
    )
    if ended is None:
        return "limbo"
    return "gone" if ended["Event-Name"] == "CHANNEL_HANGUP" else "parked"


# With which the first one dies, where it is seen who takes it over.
DEATH = "CALL_REJECTED"
SPARED = {"limbo", "parked"}
# How a real switch hangs the second up (E6): with the first one's cause only while it carries the bridge out, a 20 ms
# tick; with its own in that tick, too, or when the second's thread was late and has not even left its park.
DROPPED = {
    f"{DEATH}, carried out",
    f"{DEATH}, carried out, bridged",
    "DESTINATION_OUT_OF_ORDER, carried out, bridged",
    "DESTINATION_OUT_OF_ORDER",
}


def _fate_of_second(switch: Switch, second: str, first: str, since: int) -> str:
    """limbo or parked; else with what cause he was hung up, and how far the switch had come with the bridge."""
    fate = _fate(switch, second, since)
    # A PARK may be told of one who is hung up already.
    if fate == "limbo" or (fate == "parked" and not switch.seen("CHANNEL_HANGUP", second, since=since, within_s=0.1)):
        return fate
    words = [switch.cause(second, since)]
    if switch.seen("CHANNEL_EXECUTE", second, since=since):
        words.append("carried out")
    if switch.bridged(first, second, since, within_s=0.1):
        words.append("bridged")
    return ", ".join(words)


def _must_hardly_ever_be_dropped(fates: list[str], at_most: int) -> None:
    dropped = [fate for fate in fates if fate not in SPARED]
    assert set(dropped) <= DROPPED, f"a way that is not known: {dropped}"
    assert len(dropped) <= at_most, dropped


def _die_in_the_window(switch: Switch, first: str, second: str, ms: float) -> int:
    since = switch.mark()
    assert switch.api(f"uuid_bridge {first} {second}").startswith("+OK")
    switch.pause(ms)
    return since


def test_a_customer_who_is_the_second_argument_is_hardly_ever_hung_up_when_the_first_dies(switch: Switch) -> None:
    fates = []
    for ms in WINDOW:
        customer, _ = switch.customer()
        agent = switch.agent()
        since = _die_in_the_window(switch, agent, customer, ms)
        switch.api(f"uuid_kill {agent} {DEATH}")
        fates.append(_fate_of_second(switch, customer, agent, since))
        switch.clear()
    _must_hardly_ever_be_dropped(fates, 3)


def _bare(switch: Switch, *legs: str) -> None:
    """Without what has the switch park the first one: what it does by itself."""
    for leg in legs:
        switch.put(leg, uuid_bridge_park_on_cancel="", rdnis="")


@pytest.mark.parametrize("variable", ["none", "continue_on_fail=true", "transfer_after_bridge=7001:XML:public"])
def test_a_customer_who_is_the_first_argument_unmarked_is_hung_up_when_the_second_dies(
    switch: Switch, variable: str
) -> None:
    fates, causes = [], set()
    for ms in WINDOW[3::2] * 4:
        if "gone" in fates and ms == WINDOW[3]:
            break  # a busy machine kills too late: then the window is gone through again
        customer, _ = switch.customer()
        name, _, value = variable.partition("=")
        if value:
            switch.put(customer, **{name: value})
        agent = switch.agent()
        _bare(switch, customer, agent)
        since = _die_in_the_window(switch, customer, agent, ms)
        switch.api(f"uuid_kill {agent}")
        fates.append(_fate(switch, customer, since))
        causes.add(switch.cause(customer, since))
        switch.clear()
    assert "gone" in fates, fates
    assert causes - {""} <= {"ORIGINATOR_CANCEL", "DESTINATION_OUT_OF_ORDER"}


def test_the_second_is_alive_in_limbo_and_deaf_until_a_transfer_to_park_brings_him_back(switch: Switch) -> None:
    limbo = 0
    for ms in (0, 2, 4, 6, 8, 10):
        customer, _ = switch.customer()
        agent = switch.agent()
        since = _die_in_the_window(switch, agent, customer, ms)
        switch.api(f"uuid_kill {agent}")
        if _fate(switch, customer, since) == "limbo":
            limbo += 1
            assert switch.is_known(customer), "limbo: uuid_exists knows him"
            assert not switch.hears_music(customer, within_s=0.4), "limbo: and he hears nothing"
            switch.park(customer)
            assert switch.hears_music(customer)
        switch.clear()
    assert limbo > 0


def test_the_rescue_at_the_hangup_of_the_first_brings_every_second_back_to_park_and_music(switch: Switch) -> None:
    rescued = 0
    for ms in (*WINDOW[::2], 45, 60, 80):
        customer, _ = switch.customer()
        agent = switch.agent()
        switch.music(customer)
        since = _die_in_the_window(switch, agent, customer, ms)
        switch.api(f"uuid_kill {agent}")
        switch.need("CHANNEL_HANGUP", agent, since=since)
        if switch.bridged(agent, customer, since, within_s=0) is None:
            switch.api(f"uuid_transfer {customer} park inline")
        if _fate(switch, customer, since) == "parked" and switch.hears_music(customer):
            rescued += 1
        switch.clear()
    # One in forty is hung up by the switch itself, whatever we do (E6): two of ten are bad luck, three are not.
    assert rescued >= 8


def test_music_by_sendmsg_lets_the_second_survive_and_does_not_slow_the_bridge(switch: Switch) -> None:
    fates, waits = [], []
    for gap, ms in ((20, 0), (20, 20), (60, 10), (60, 30), (60, 40), (100, 0), (100, 20), (100, 40), (150, 30)):
        customer, _ = switch.customer()
        agent = switch.agent()
        switch.music(customer)
        switch.pause(gap)
        since = _die_in_the_window(switch, agent, customer, ms)
        switch.api(f"uuid_kill {agent}")
        fates.append(_fate(switch, customer, since))
        switch.clear()
    for gap in (20, 60, 100, 150):
        customer, _ = switch.customer()
        agent = switch.agent()
        switch.music(customer)
        switch.pause(gap)
        since = _die_in_the_window(switch, agent, customer, 0)
        waits.append(switch.bridged(agent, customer, since, within_s=0.2))
        switch.clear()
    assert fates.count("gone") <= 1, fates  # the one in forty of E6
    assert all(waits), "CHANNEL_BRIDGE within 200 ms"


def test_music_by_uuid_broadcast_lets_second_customers_be_hung_up(switch: Switch) -> None:
    fates = []
    for gap in (20, 60, 100):
        for ms in (0, 20, 40, 60, 80, 100, 120):
            customer, _ = switch.customer()
            agent = switch.agent()
            switch.api(f"uuid_broadcast {customer} tone_stream://%(500,2000,350);loops=-1 aleg")
            switch.pause(gap)
            since = _die_in_the_window(switch, agent, customer, ms)
            switch.api(f"uuid_kill {agent}")
            fates.append(_fate(switch, customer, since))
            switch.clear()
    # Two of five on the real one; of the others one in thirty (E6).
    assert fates.count("gone") >= 3, fates


def _consult(switch: Switch) -> tuple[str, str]:
    """Agent and target, both parked, the customer on hold beside them."""
    customer, _, agent = switch.talk()
    switch.pause(100)  # in the moment of the bridge his park might hang the agent up, who is its second (E6)
    switch.park(customer)
    return agent, switch.agent()


def test_in_a_consult_an_agent_who_is_the_second_argument_outlives_the_target(switch: Switch) -> None:
    fates = []
    for ms in WINDOW[::2]:
        agent, target = _consult(switch)
        since = _die_in_the_window(switch, target, agent, ms)
        switch.api(f"uuid_kill {target} {DEATH}")
        fates.append(_fate_of_second(switch, agent, target, since))
        switch.clear()
    _must_hardly_ever_be_dropped(fates, 2)


def test_in_a_consult_an_agent_who_is_the_first_argument_unmarked_is_hung_up_with_the_target(switch: Switch) -> None:
    fates, causes = [], set()
    for ms in (16, 20, 22, 24, 26, 28, 30, 34):
        agent, target = _consult(switch)
        _bare(switch, agent, target)
        since = _die_in_the_window(switch, agent, target, ms)
        switch.api(f"uuid_kill {target}")
        fates.append(_fate(switch, agent, since))
        causes.add(switch.cause(agent, since))
        switch.clear()
    assert "gone" in fates, fates
    assert "ORIGINATOR_CANCEL" in causes
