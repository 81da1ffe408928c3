"""Who has ended a leg: what its CHANNEL_HANGUP says of that, in any moment of a bridge.

What the engine takes for a wish of his: a leg whose phone has hung up. The cause alone does not tell.
"""

import pytest

from tests.contract.holding import on_hold
from tests.contract.probe import Event, Switch

# Ms after the +OK of uuid_bridge; the bridge is carried out after 20 to 60.
MOMENTS = (0, 8, 16, 20, 24, 30, 36, 42, 50, 80)


def _ends(switch: Switch, leg: str, since: int) -> tuple[Event, Event]:
    """Its CHANNEL_HANGUP and its CHANNEL_HANGUP_COMPLETE."""
    hangup = switch.need("CHANNEL_HANGUP", leg, since=since)
    return hangup, switch.need("CHANNEL_HANGUP_COMPLETE", leg, since=since)


def _said(hangup: Event, complete: Event) -> tuple[object, ...]:
    """The cause, whether the far end has ended it, and what is known of that a moment later."""
    return (
        hangup["Hangup-Cause"],
        hangup.get("variable_sip_term_status"),
        hangup.get("variable_sip_hangup_disposition"),
        complete["variable_sip_hangup_disposition"],
    )


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        ("BYE", ("NORMAL_CLEARING", "200", None, "recv_bye")),
        ("uuid_kill", ("NORMAL_CLEARING", None, None, "send_bye")),
    ],
)
def test_an_end_says_whether_the_phone_has_hung_up_in_any_moment_of_a_bridge(
    switch: Switch, kind: str, end: tuple[object, ...]
) -> None:
    said = []
    for ms in MOMENTS:
        customer, _ = switch.customer()
        agent = switch.agent()
        phone = switch.phones.phone_of(agent)
        since = switch.mark()
        assert switch.api(f"uuid_bridge {customer} {agent}").startswith("+OK")
        switch.pause(ms)
        if kind == "BYE":
            switch.phones.hang_up(phone)
        else:
            switch.api(f"uuid_kill {agent} NORMAL_CLEARING")
        said.append(_said(*_ends(switch, agent, since)))
        switch.clear()
    assert said == [end] * len(MOMENTS)


@pytest.mark.parametrize("is_talking", [False, True])
def test_an_end_says_so_of_a_leg_that_is_parked_and_of_one_that_talks(switch: Switch, is_talking: bool) -> None:
    customer, phone = switch.customer()
    agent = switch.agent()
    since = switch.bridge(customer, agent) if is_talking else switch.mark()
    switch.phones.hang_up(phone)
    switch.api(f"uuid_kill {agent}")
    assert _said(*_ends(switch, customer, since)) == ("NORMAL_CLEARING", "200", None, "recv_bye")
    assert _said(*_ends(switch, agent, since)) == ("NORMAL_CLEARING", None, None, "send_bye")


def test_a_leg_that_the_switch_ends_with_its_partner_says_the_same_cause_and_that_nobody_hung_up(
    switch: Switch,
) -> None:
    customer, phone = switch.customer()
    agent = switch.agent(variables="media_timeout=0")  # nothing tells the switch to park it
    since = switch.bridge(customer, agent)
    switch.phones.hang_up(phone)
    assert _said(*_ends(switch, agent, since)) == ("NORMAL_CLEARING", None, None, "send_bye")


def test_a_ringing_leg_says_whether_its_phone_has_refused(switch: Switch) -> None:
    since = switch.mark()
    leg, job = switch.ring("decline")
    assert switch.result(job, since) == "-ERR CALL_REJECTED"
    assert _said(*_ends(switch, leg, since)) == ("CALL_REJECTED", "603", "recv_refuse", "recv_refuse")
    since = switch.mark()
    leg, job = switch.ring("ring")
    switch.need("CHANNEL_PROGRESS", leg, since=since)
    switch.api(f"uuid_kill {leg} NORMAL_CLEARING")
    assert _said(*_ends(switch, leg, since)) == ("NORMAL_CLEARING", None, None, "send_cancel")
    switch.result(job, since)


@pytest.mark.parametrize(("is_taken_back", "call_state"), [(False, "UNHELD"), (True, "ACTIVE")])
def test_an_end_says_whether_the_handset_held_until_then(switch: Switch, is_taken_back: bool, call_state: str) -> None:
    customer, agent, phone = on_hold(switch)
    since = switch.mark()
    if is_taken_back:
        switch.phones.unhold(phone)
        switch.need("CHANNEL_UNHOLD", agent, since=since)
        switch.pause(100)  # the next frame makes it active again
    switch.phones.hang_up(phone)
    hangup, _ = _ends(switch, agent, since)
    assert hangup["Channel-Call-State"] == call_state
    switch.need("CHANNEL_PARK", customer, since=since)


def test_an_end_does_not_say_so_of_a_handset_that_held_before_it_was_parked(switch: Switch) -> None:
    """Its leg holds no more, though it sends no sound (E12); an old hold is not one that lasts."""
    customer, agent, phone = on_hold(switch)
    switch.park(agent)
    switch.bridge(customer, agent)
    switch.pause(100)
    since = switch.mark()
    switch.phones.hang_up(phone)
    hangup, _ = _ends(switch, agent, since)
    assert hangup["Channel-Call-State"] == "ACTIVE"
