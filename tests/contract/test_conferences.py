"""Into a conference and out of it again: docs/measured.md E14; traces t13, t43."""

import uuid

from tests.contract.probe import Switch


def _name() -> str:
    return f"fcc-{uuid.uuid4()}"


def _join_both(switch: Switch, leg: str, name: str, tail: str = ",park") -> int:
    since = switch.mark()
    assert switch.api(f"uuid_transfer {leg} -both 'conference:{name}@fcc{tail}' inline").startswith("+OK")
    return since


def _joined(switch: Switch, leg: str, since: int) -> None:
    switch.need("CUSTOM", leg, since=since, action="add-member")


def test_both_sides_of_a_bridge_go_into_a_conference_together(switch: Switch) -> None:
    for _ in range(3):
        customer, _, agent = switch.talk()
        name = _name()
        since = _join_both(switch, agent, name)
        _joined(switch, customer, since)
        _joined(switch, agent, since)
        assert switch.members(name) == {customer, agent}
        switch.clear()


def test_of_a_consult_the_customer_needs_a_transfer_of_his_own(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    switch.park(customer)
    target = switch.agent()
    switch.bridge(target, agent)
    switch.music(customer)
    name = _name()
    since = _join_both(switch, agent, name)
    _joined(switch, agent, since)
    _joined(switch, target, since)
    assert switch.members(name) == {agent, target}, "-both moves only the two that are bridged"
    switch.api(f"uuid_transfer {customer} 'conference:{name}@fcc,park' inline")
    _joined(switch, customer, since)
    assert switch.members(name) == {agent, target, customer}


def test_a_kicked_member_is_parked_by_the_park_tail(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    name = _name()
    since = _join_both(switch, agent, name)
    _joined(switch, customer, since)
    _joined(switch, agent, since)
    since = switch.mark()
    assert switch.api(f"conference {name} kick uuid={customer}").startswith("+OK")
    switch.need("CHANNEL_PARK", customer, since=since)
    assert switch.hears_music(customer)


def test_the_last_member_of_a_conference_is_parked_by_a_transfer(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    name = _name()
    since = _join_both(switch, agent, name)
    _joined(switch, customer, since)
    _joined(switch, agent, since)
    switch.api(f"uuid_kill {agent}")
    switch.need("CUSTOM", agent, since=since, action="del-member")
    switch.park(customer)
    switch.need("CUSTOM", since=since, action="conference-destroy")
    assert switch.hears_music(customer)


def test_without_the_park_tail_a_kicked_member_is_hung_up(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    name = _name()
    since = _join_both(switch, agent, name, tail="")
    _joined(switch, customer, since)
    _joined(switch, agent, since)
    since = switch.mark()
    switch.api(f"conference {name} kick uuid={customer}")
    switch.need("CHANNEL_HANGUP", customer, since=since)


def test_uuid_bridge_takes_both_out_of_a_conference_and_the_empty_one_ends(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    since = _join_both(switch, agent, _name())
    _joined(switch, customer, since)
    _joined(switch, agent, since)
    since = switch.bridge(agent, customer)
    for leg in (customer, agent):
        switch.need("CUSTOM", leg, since=since, action="del-member")
    switch.need("CUSTOM", since=since, action="conference-destroy")
    assert not switch.every("CHANNEL_HANGUP", customer, since)


def test_conference_events_carry_the_variables_of_the_leg(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    since = _join_both(switch, agent, _name())
    added = switch.need("CUSTOM", customer, since=since, action="add-member")
    assert added["variable_fcc_call"] == customer
