"""Sending a leg elsewhere in the dialplan: uuid_transfer, the transfer application, a REFER. switch_ivr.c."""

import shlex

from freeswitch_cc.simulator.channel import Channel


def split(text: str) -> list[str]:
    """Words parted by blanks; single quotes keep a word together (switch_separate_string)."""
    if "'" not in text:
        return [word for word in text.split(" ") if word]
    try:
        lexer = shlex.shlex(text, posix=True)
        lexer.whitespace, lexer.quotes, lexer.escape, lexer.commenters = " ", "'", "", ""
        lexer.whitespace_split = True
        return list(lexer)
    except ValueError:
        return text.split(" ")


def transfer(channel: Channel, extension: str, dialplan: str = "", context: str = "") -> bool:
    """switch_ivr_session_transfer. False when the leg has been transferred too often: it is hung up then."""
    limit_name = "max_session_transfers" if channel.get("max_session_transfers") else "max_forwards"
    limit = channel.get(limit_name)
    left = int(limit) - 1 if limit else 70
    if left <= 0:
        channel.hang_up("EXCHANGE_ROUTING_ERROR")
        return False
    channel.set(limit_name, str(left))
    channel.digits.clear()
    channel.flags -= {"ORIGINATING", "BREAK"}
    channel.handlers.clear()
    before = channel.profile
    dialplan = dialplan or channel.get("force_transfer_dialplan")
    context = context or channel.get("force_transfer_context")
    if not dialplan:
        dialplan = before.dialplan if before.dialplan.lower() != "inline" else ""
    profile = before.clone()
    profile.dialplan = dialplan or "XML"
    profile.context = context or before.context or "default"
    profile.destination = extension or "service"
    profile.rdnis = before.destination
    channel.set("signal_bond", None)
    channel.flag("TRANSFER")
    partner = channel.switch.find(channel.get("bridge_to"))
    if partner is not None:
        partner.set("signal_bond", None)
    channel.set_profile(profile)
    channel.set_state("CS_ROUTING")
    note(channel, f"bl_xfer:{extension}/{profile.context}/{profile.dialplan}")
    return True


def after_bridge(channel: Channel, where: str) -> None:
    """transfer_after_bridge, which is used up by it: `extension[:dialplan[:context]]`."""
    channel.set("transfer_after_bridge", None)
    extension, _, rest = where.partition(":")
    dialplan, _, context = rest.partition(":")
    transfer(channel, extension, dialplan, context)


def park_session(channel: Channel) -> None:
    """switch_ivr_park_session. Of a leg in CS_PARK it changes nothing, but the flag makes it deaf (E7)."""
    if channel.state == "CS_PARK" and not channel.switch.traps.deaf_after_second_park:
        return
    channel.flag("TRANSFER")
    channel.set_state("CS_PARK")


def note(channel: Channel, what: str) -> None:
    """Write a transfer into the leg's history: `seconds:uuid:what`."""
    profile = channel.profile
    profile.transfer_source = f"{channel.switch.epoch_s()}:{profile.uuid}:{what}"
    channel.push("transfer_history", profile.transfer_source)
    channel.set("transfer_source", profile.transfer_source)
