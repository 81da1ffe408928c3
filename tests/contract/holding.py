"""A customer whom an agent has put on hold from his handset."""

from tests.contract.probe import Switch


def on_hold(switch: Switch) -> tuple[str, str, str]:
    """Customer, agent, and the agent's phone, which holds; the customer hears the hold music of the switch."""
    customer, _, agent = switch.talk()
    phone = switch.phones.phone_of(agent)
    since = switch.mark()
    switch.phones.hold(phone)
    switch.need("CHANNEL_HOLD", agent, since=since)
    switch.need("PLAYBACK_START", customer, since=since)
    return customer, agent, phone
