"""Parking, holding and moving a leg on: docs/measured.md E7, E12, E13, E18."""

import pytest

from tests.contract.holding import on_hold
from tests.contract.probe import OURS, Switch


def test_the_customer_is_parked_when_the_agent_hangs_up(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    since = switch.mark()
    switch.phones.hang_up(switch.phones.phone_of(agent))
    switch.need("CHANNEL_PARK", customer, since=since)
    assert switch.hears_music(customer)


def test_without_park_after_bridge_the_customer_is_hung_up_with_the_agent(switch: Switch) -> None:
    customer, _, agent = switch.talk(park_after_bridge="")
    since = switch.mark()
    switch.phones.hang_up(switch.phones.phone_of(agent))
    switch.need("CHANNEL_HANGUP", customer, since=since)


def test_an_agent_is_parked_when_the_customer_hangs_up(switch: Switch) -> None:
    _, phone, agent = switch.talk()
    since = switch.mark()
    switch.phones.hang_up(phone)
    switch.need("CHANNEL_PARK", agent, since=since)


def test_uuid_park_of_a_parked_leg_makes_it_deaf_and_says_nothing(switch: Switch) -> None:
    for _ in range(3):
        customer, _, agent = switch.talk()
        since = switch.mark()
        switch.api(f"uuid_kill {agent}")
        switch.need("CHANNEL_PARK", customer, since=since)
        since = switch.mark()
        assert switch.api(f"uuid_park {customer}") == "+OK"
        assert switch.seen("CHANNEL_PARK", customer, since=since, within_s=0.4) is None
        assert not switch.hears_music(customer, within_s=0.4)
        switch.park(customer)
        assert switch.hears_music(customer)
        switch.clear()


def test_a_transfer_to_park_works_from_parked_and_twice(switch: Switch) -> None:
    for gap in (0, 5, 20, 50, 200):
        customer, _ = switch.customer()
        since = switch.mark()
        switch.api(f"uuid_transfer {customer} park inline")
        switch.pause(gap)
        switch.api(f"uuid_transfer {customer} park inline")
        switch.need("CHANNEL_PARK", customer, since=since)
        # Close together they make one PARK, apart two; and a tone that the second one cuts off proves nothing.
        switch.counted("CHANNEL_PARK", customer, 2, since=since, within_s=0.4)
        assert switch.hears_music(customer), f"{gap} ms apart"
        switch.clear()


def test_a_transfer_to_park_works_from_a_bridge_and_parks_both(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    since = switch.mark()
    switch.api(f"uuid_transfer {customer} park inline")
    switch.need("CHANNEL_PARK", customer, since=since)
    switch.need("CHANNEL_PARK", agent, since=since)
    assert switch.hears_music(customer)


def test_an_agent_who_holds_and_hangs_up_leaves_the_customer_parked(switch: Switch) -> None:
    customer, _, phone = on_hold(switch)  # he who hears the music can be left safely
    since = switch.mark()
    switch.phones.hang_up(phone)
    switch.need("CHANNEL_PARK", customer, since=since)
    assert switch.hears_music(customer)


def test_who_is_left_when_his_hold_music_has_just_started_may_stick_and_a_transfer_to_park_rescues_him(
    switch: Switch,
) -> None:
    # The music of a hold is a broadcast, with the lead frames of E2.
    stuck = 0
    for _ in range(8):
        customer, _, agent = switch.talk()
        phone = switch.phones.phone_of(agent)
        since = switch.mark()
        switch.phones.hold(phone)
        switch.need("CHANNEL_HOLD", agent, since=since)
        switch.phones.hang_up(phone)
        switch.need("CHANNEL_HANGUP", agent, since=since)
        if switch.seen("CHANNEL_PARK", customer, since=since, within_s=0.6) is None:
            stuck += 1
            assert not switch.cause(customer, since)
            switch.park(customer)
        assert switch.hears_music(customer)
        switch.clear()
    assert stuck > 0


def test_without_hold_hangup_xfer_exten_an_agent_who_holds_and_hangs_up_drops_the_customer(switch: Switch) -> None:
    customer, _ = switch.customer()
    agent = switch.agent(variables=OURS.replace("hold_hangup_xfer_exten=park:inline,", ""))
    switch.bridge(agent, customer)
    phone = switch.phones.phone_of(agent)
    since = switch.mark()
    switch.phones.hold(phone)
    switch.need("CHANNEL_HOLD", agent, since=since)
    switch.phones.hang_up(phone)
    switch.need("CHANNEL_HANGUP", customer, since=since)


@pytest.mark.parametrize("end", ["park", "bye"])
def test_an_agent_outlives_a_customer_who_holds_from_his_own_phone(switch: Switch, end: str) -> None:
    for _ in range(3):
        customer, phone, agent = switch.talk()
        since = switch.mark()
        switch.phones.hold(phone)
        switch.need("CHANNEL_HOLD", customer, since=since)
        if end == "park":
            switch.api(f"uuid_transfer {customer} park inline")
            switch.need("CHANNEL_PARK", customer, since=since)
        else:
            switch.phones.hang_up(phone)
        switch.need("CHANNEL_PARK", agent, since=since)
        switch.clear()


def test_without_hold_hangup_xfer_exten_on_the_customer_his_hold_drops_the_agent(switch: Switch) -> None:
    dropped = 0
    for _ in range(3):
        customer, phone, agent = switch.talk(hold_hangup_xfer_exten="")
        since = switch.mark()
        switch.phones.hold(phone)
        switch.need("CHANNEL_HOLD", customer, since=since)
        switch.phones.hang_up(phone)
        dropped += switch.seen("CHANNEL_HANGUP", agent, since=since, within_s=1.5) is not None
        switch.clear()
    assert dropped > 0


def test_a_bridged_leg_can_be_bridged_to_a_third_and_the_second_is_parked(switch: Switch) -> None:
    for _ in range(3):
        customer, _, agent = switch.talk()
        target = switch.agent()
        since = switch.bridge(target, customer)
        switch.need("CHANNEL_PARK", agent, since=since)
        assert not switch.cause(customer, since)
        switch.clear()


def test_a_target_left_by_the_agent_is_bridged_to_the_customer_at_once(switch: Switch) -> None:
    for gap in (0, 5, 10, 20, 30):
        customer, _, agent = switch.talk()
        switch.park(customer)
        target = switch.agent()
        switch.bridge(target, agent)
        switch.music(customer)
        switch.pause(300)  # they have been talking; the moments around a bridge are test_survivors' business
        since = switch.mark()
        switch.api(f"uuid_kill {agent}")
        switch.need("CHANNEL_HANGUP", agent, since=since)
        switch.pause(gap)
        switch.bridge(target, customer)
        switch.clear()
