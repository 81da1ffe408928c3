"""What a handset can do by itself: hold, keys, REFER: docs/measured.md E17; traces t15 to t17, t27, t28."""

from urllib.parse import quote

import pytest

from tests.contract.holding import on_hold
from tests.contract.probe import OURS, Switch


def test_a_blind_refer_parks_the_customer_in_our_context(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    phone = switch.phones.phone_of(agent)
    since = switch.mark()
    switch.phones.refer(phone, "0033123456789")
    parked = switch.need("CHANNEL_PARK", customer, since=since)
    switch.need("CHANNEL_HANGUP", agent, since=since)
    assert "0033123456789@" in parked["variable_sip_refer_to"]
    assert parked["Caller-Context"] == "fcc"
    assert switch.hears_music(customer)


def test_a_blind_refer_is_known_by_the_disposition_of_the_agent_s_hangup(switch: Switch) -> None:
    """The order of his HANGUP and the customer's PARK is the switch's mood (t15, t28), his cause is that of any BYE."""
    customer, _, agent = switch.talk()
    phone = switch.phones.phone_of(agent)
    since = switch.mark()
    switch.phones.refer(phone, "7002")
    gone = switch.need("CHANNEL_HANGUP", agent, since=since)
    assert gone["Hangup-Cause"] == "NORMAL_CLEARING"
    assert gone["variable_endpoint_disposition"] == "BLIND_TRANSFER"
    parked = switch.need("CHANNEL_PARK", customer, since=since)
    assert parked["variable_sip_refer_to"]


def test_what_was_referred_once_is_told_at_every_later_park_until_it_is_unset(switch: Switch) -> None:
    """The engine unsets it, or a talk that is torn later would look like one more REFER."""
    customer, _, agent = switch.talk()
    since = switch.mark()
    switch.phones.refer(switch.phones.phone_of(agent), "7002")
    switch.need("CHANNEL_PARK", customer, since=since)
    for told in ("<sip:7002@", None):
        agent = switch.agent()
        switch.bridge(customer, agent)
        since = switch.mark()
        switch.api(f"uuid_kill {agent}")
        parked = switch.need("CHANNEL_PARK", customer, since=since)
        if told is None:
            assert "variable_sip_refer_to" not in parked
        else:
            assert parked["variable_sip_refer_to"].startswith(told)
        assert switch.api(f"uuid_setvar {customer} sip_refer_to").startswith("+OK")


def test_a_refer_to_text_from_outside_is_parked_like_any_other(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    phone = switch.phones.phone_of(agent)
    since = switch.mark()
    switch.phones.refer(phone, "sip:$%7Bsystem%20id%7D@127.0.0.1")
    parked = switch.need("CHANNEL_PARK", customer, since=since)
    assert parked["Caller-Context"] == "fcc"


@pytest.mark.parametrize("name", ["fcc_orphan", "goodbye", "park", "fcc_orphan%20XML%20fcc_deadman"])
def test_a_refer_to_a_name_of_the_switch_s_own_rescue_is_parked_like_any_other(switch: Switch, name: str) -> None:
    """No phone can name a context, and the dead-man and the fallback have their own."""
    customer, _, agent = switch.talk()
    phone = switch.phones.phone_of(agent)
    since = switch.mark()
    switch.phones.refer(phone, f"sip:{name}@127.0.0.1")
    parked = switch.need("CHANNEL_PARK", customer, since=since)
    assert parked["Caller-Context"] == "fcc"
    assert switch.get(customer, "fcc_orphan_rounds") == "", "the dead-man has not had him"
    assert switch.seen("PLAYBACK_START", customer, since=since) is None
    assert switch.hears_music(customer)


def _two_calls_of_an_agent(switch: Switch, deny: str) -> tuple[str, str, str, str, str]:
    """Customer and agent talk; on a second line the agent's phone talks to a target: customer, agent, the second
    line, target, and the address for a REFER with Replaces.
    """
    variables = f"{OURS},deny_refer_requests={deny}"
    customer, _ = switch.customer()
    switch.put(customer, deny_refer_requests=deny)
    agent, line, target = (switch.agent(variables=variables) for _ in range(3))
    switch.bridge(agent, customer)
    switch.bridge(target, line)
    phone = switch.phones.phone_of(line)
    # The switch has called the phone: its own tag stands in From.
    call_id, ours, theirs = (switch.phones.variable(phone, f"sip_{name}") for name in ("call_id", "from_tag", "to_tag"))
    replaces = quote(f"{call_id};to-tag={ours};from-tag={theirs}", safe="")
    return customer, agent, line, target, f"sip:7100@127.0.0.1:{switch.address.sip_port}?Replaces={replaces}"


def test_an_attended_refer_is_refused_by_default_and_nobody_is_moved(switch: Switch) -> None:
    customer, agent, line, target, address = _two_calls_of_an_agent(switch, deny="true")
    since = switch.mark()
    switch.phones.refer(switch.phones.phone_of(agent), address)
    switch.need("CHANNEL_PARK", customer, since=since)  # our robot hangs up after its REFER, whatever the answer
    assert switch.bridged(customer, target, since, within_s=0.5) is None
    assert switch.get(line, "bridge_to") == target, "the other call goes on"
    assert switch.hears_music(customer)


def test_where_it_is_allowed_an_attended_refer_bridges_before_anybody_can_judge_it(switch: Switch) -> None:
    customer, agent, line, target, address = _two_calls_of_an_agent(switch, deny="false")
    since = switch.mark()
    switch.phones.refer(switch.phones.phone_of(agent), address)
    assert switch.bridged(customer, target, since) is not None, "nobody was asked, and nobody was parked to wait"
    switch.need("CHANNEL_HANGUP", agent, since=since)
    switch.need("CHANNEL_HANGUP", line, since=since)


def test_a_refer_with_replaces_of_a_call_that_is_not_ours_rings_nobody(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    phone = switch.phones.phone_of(agent)
    since = switch.mark()
    address = f"sip:answer@127.0.0.1:{switch.address.robots_port}?Replaces=" + quote("x@y;to-tag=1;from-tag=2", safe="")
    switch.phones.refer(phone, address)
    switch.need("CHANNEL_PARK", customer, since=since)
    new = switch.socket.wait(lambda e: e["Event-Name"] == "CHANNEL_CREATE", since, 1.0)
    assert new is None, new
    assert switch.hears_music(customer)


def test_a_refer_of_a_parked_leg_moves_nobody(switch: Switch) -> None:
    customer, phone = switch.customer()
    since = switch.mark()
    switch.phones.refer(phone, "0900123456")
    switch.need("CHANNEL_HANGUP", customer, since=since)
    assert switch.seen("CHANNEL_CREATE", since=since) is None


def test_a_handset_hold_is_told_on_the_leg_of_the_agent(switch: Switch) -> None:
    customer, agent, phone = on_hold(switch)
    since = switch.mark()
    switch.phones.unhold(phone)
    switch.need("CHANNEL_UNHOLD", agent, since=since)
    switch.need("PLAYBACK_STOP", customer, since=since)


def test_a_customer_on_hold_is_parked_by_the_engine_and_hears_its_music(switch: Switch) -> None:
    customer, agent, _ = on_hold(switch)
    since = switch.mark()
    switch.park(customer)
    switch.need("CHANNEL_PARK", agent, since=since)
    assert switch.hears_music(customer)


def test_keys_are_one_event_each_from_a_parked_leg_and_from_a_bridged_one(switch: Switch) -> None:
    customer, customer_phone, agent = switch.talk()
    since = switch.mark()
    switch.phones.press(switch.phones.phone_of(agent), "*2")
    for digit in "*2":
        switch.need("DTMF", agent, since=since, digit=digit)
    switch.park(customer)
    switch.music(customer)
    switch.phones.press(customer_phone, "1")
    switch.need("DTMF", customer, since=since, digit="1")
