"""A handset's hold, when its leg is parked or bridged anew: what the switch tells of it, and what not.

The engine cannot know more: docs/measured.md.
"""

import json

from tests.contract.probe import Switch


def is_held(switch: Switch, leg: str) -> bool:
    """What the engine reads when it looks (freeswitch_cc/esl/sight.py)."""
    return bool(json.loads(switch.api(f"uuid_dump {leg} json"))["Channel-Call-State"] == "HELD")


def held_by_handset(switch: Switch, leg: str) -> str:
    """Its phone, whose hold was heard of."""
    phone = switch.phones.phone_of(leg)
    since = switch.mark()
    switch.phones.hold(phone)
    switch.need("CHANNEL_HOLD", leg, since=since)
    assert is_held(switch, leg)
    return phone


def says_nothing_of_taking_back(switch: Switch, leg: str, phone: str) -> None:
    """And of the next hold it does."""
    since = switch.mark()
    switch.phones.unhold(phone)
    assert switch.seen("CHANNEL_UNHOLD", leg, since=since, within_s=0.5) is None
    held_by_handset(switch, leg)
    switch.phones.unhold(phone)
    switch.need("CHANNEL_UNHOLD", leg, since=since)


def test_the_switch_ends_a_hold_of_the_handset_when_it_parks_its_leg(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    since = switch.mark()
    phone = held_by_handset(switch, agent)
    switch.need("PLAYBACK_START", customer, since=since)  # a hold that has just begun is another story (E2)
    since = switch.mark()
    switch.park(agent)
    switch.need("CHANNEL_PARK", customer, since=since)
    told = [name for name in switch.story(since, [agent]) if name in ("CHANNEL_UNHOLD", "CHANNEL_PARK")]
    assert told == ["CHANNEL_UNHOLD", "CHANNEL_PARK"]
    switch.bridge(customer, agent)
    assert not is_held(switch, agent)
    says_nothing_of_taking_back(switch, agent, phone)


def test_a_bridge_ends_a_hold_of_a_parked_leg_and_nothing_is_told(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    since = switch.mark()
    switch.park(agent)
    switch.need("CHANNEL_PARK", customer, since=since)
    phone = held_by_handset(switch, agent)
    since = switch.bridge(customer, agent)
    assert not is_held(switch, agent)
    assert switch.seen("CHANNEL_UNHOLD", agent, since=since, within_s=0.5) is None
    says_nothing_of_taking_back(switch, agent, phone)


def test_a_parked_leg_whose_handset_takes_back_is_told_of(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    since = switch.mark()
    switch.park(agent)
    switch.need("CHANNEL_PARK", customer, since=since)
    phone = held_by_handset(switch, agent)
    switch.phones.unhold(phone)
    switch.need("CHANNEL_UNHOLD", agent, since=since)
    assert not is_held(switch, agent)
