"""The api commands, and how they answer: also where the answer lies. mod_commands.c, mod_sofia.c, mod_conference.c.

Each is a function of the switch and its arguments that returns the reply. Whatever is not here is no command.
"""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from freeswitch_cc.simulator import bridge, endpoint, events, hearing, originate, recording, switch_commands, transfer
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.states import cause_named
from freeswitch_cc.simulator.switch_commands import Ask

if TYPE_CHECKING:
    from freeswitch_cc.simulator.switch import Switch

NO_CHANNEL = "-ERR No such channel!\n"


def run(switch: "Switch", text: str, reply: Callable[[str], None]) -> None:
    """One command line, as it stands behind `api `."""
    name, _, arguments = text.strip().partition(" ")
    arguments = arguments.strip()
    if name == "originate":
        request = originate.read(arguments)
        if request is None:
            reply(originate.USAGE + "\n")
        else:
            originate.originate(switch, request, lambda result: reply(result + "\n"))
        return
    if name == "uuid_deflect":
        _deflect(switch, arguments, reply)
        return
    command = COMMANDS.get(name)
    reply(command(switch, arguments) if command is not None else f"-ERR {name} Command not found!\n")


def inline_actions(text: str) -> list[tuple[str, str]]:
    """The inline dialplan: `app:data,app:data`; a comma behind a backslash is one of the data. `m:^:` parts at ^."""
    if re.match(r"m:.:", text):
        parts = text[4:].replace(",", "\0").split(text[2])
    else:
        parts = text.replace("\\,", "\0").split(",")
    pairs = (part.partition(":") for part in parts if part)
    return [(name, data.replace("\0", ",")) for name, _, data in pairs]


def _of_leg(usage: str, *, gone: str = NO_CHANNEL, words: int = 1) -> Callable[[Callable[[Channel, str], str]], Ask]:
    """A command whose first word is a leg: usage without words, `gone` for one that is not there."""

    def wrap(do: Callable[[Channel, str], str]) -> Ask:
        def ask(switch: "Switch", arguments: str) -> str:
            if len(arguments.split()) < words:
                return f"-USAGE: {usage}\n"
            uuid, _, rest = arguments.partition(" ")
            channel = switch.find(uuid)
            return do(channel, rest.strip()) if channel is not None else gone

        return ask

    return wrap


@_of_leg("<uuid> [cause]")
def _kill(channel: Channel, cause: str) -> str:
    channel.hang_up(cause_named(cause) if cause else "NORMAL_CLEARING")
    return "+OK\n"


@_of_leg("<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]", words=2)
def _transfer(channel: Channel, arguments: str) -> str:
    words = transfer.split(arguments)
    who = ""
    if words and words[0].startswith("-"):
        who, *words = words
    extension, dialplan, context = [*words, "", "", ""][:3]
    partner = channel.switch.find(channel.get("bridge_to"))
    if who == "-bleg" and partner is not None:
        channel = partner
    elif who == "-both" and partner is not None:
        partner.flag("REDIRECT")
        channel.flag("REDIRECT")
        transfer.transfer(partner, extension, dialplan, context)
    return "+OK\n" if transfer.transfer(channel, extension, dialplan, context) else "-ERR\n"


@_of_leg("<uuid>")
def _park(channel: Channel, _: str) -> str:
    transfer.park_session(channel)
    return "+OK\n"


@_of_leg("<uuid> <var> [value]", words=2)
def _setvar(channel: Channel, arguments: str) -> str:
    name, _, value = arguments.partition(" ")
    channel.set(name, value)
    return "+OK\n"


@_of_leg("<uuid> <var>=<value>;<var>=<value>...", words=2)
def _setvar_multi(channel: Channel, arguments: str) -> str:
    for pair in arguments.split(";"):
        name, _, value = pair.partition("=")
        channel.set(name, value)
    return "+OK\n"


@_of_leg("<uuid> <var>", words=2)
def _getvar(channel: Channel, name: str) -> str:
    return channel.get(name) or "_undef_"


@_of_leg("<uuid> [format]")
def _dump(channel: Channel, form: str) -> str:
    event = events.head(channel.switch, "CHANNEL_DATA")
    events.add_channel(event, channel)
    return json.dumps(event, ensure_ascii=False) if form == "json" else events.plain(event)


@_of_leg("<uuid> [all|both]")
def _break(channel: Channel, which: str) -> str:
    legs = [channel, channel.switch.partner_of(channel) if "both" in which else None]
    for leg in legs:
        if leg is None:
            continue
        if "all" in which:
            leg.private_events.clear()
            leg.urgent_events.clear()
        if "BROADCAST" in leg.flags:
            leg.stop_broadcast()
        else:
            leg.flag("BREAK")
    return "+OK\n"


@_of_leg("<uuid> <path> [aleg|bleg|holdb|both]", gone="-ERR invalid uuid\n", words=2)
def _broadcast(channel: Channel, arguments: str) -> str:
    path, _, which = arguments.rpartition(" ")
    if which not in ("aleg", "bleg", "both", "holdb"):
        path, which = arguments, "aleg"
    partner = channel.switch.partner_of(channel)
    if which in ("bleg", "both") and partner is not None:
        hearing.broadcast(partner, path)
    if which != "bleg":
        hearing.broadcast(channel, path)
    return "+OK Message sent\n"


@_of_leg("<uuid> <dtmf>", gone="-ERR Cannot locate session!\n", words=2)
def _send_dtmf(channel: Channel, digits: str) -> str:
    if channel.end is not None:
        channel.end.send_digits(digits)
    return f"+OK {channel.uuid} sent DTMF {digits}.\n"


@_of_leg("<uuid>", gone="-ERR Operation failed\n")
def _phone_event(channel: Channel, event: str) -> str:
    """Anything that is not `hold` is `talk`; of a leg that calls us, and was not answered, it is not said."""
    is_ours_to_answer = channel.direction == "inbound" and not channel.is_answered
    if channel.end is not None and event != "hold" and not is_ours_to_answer:
        channel.end.send_talk()
    return "+OK Success\n"


_AUDIO = "<uuid> [start [read|write] [mute|level <level>]|stop]"


@_of_leg(_AUDIO, words=2)
def _audio(_channel: Channel, arguments: str) -> str:
    """No sound is simulated, and the switch tells no event of it: what can be seen is the reply."""
    words = arguments.split()
    is_start = len(words) >= 4 and words[0] == "start" and words[1] in ("read", "write")
    if words[0] == "stop" or (is_start and words[2] in ("mute", "level")):
        return "+OK\n"
    return f"-USAGE: {_AUDIO}\n"


@_of_leg("<uuid> [start|stop|mask|unmask] <path>", gone="-ERR Cannot locate session!\n", words=3)
def _record(channel: Channel, arguments: str) -> str:
    return recording.record(channel, arguments)


@_of_leg("<uuid>", gone="-ERROR\n")
def _answer(channel: Channel, _: str) -> str:
    endpoint.answer(channel)
    return "+OK\n"


def _bridge(switch: "Switch", arguments: str) -> str:
    words = arguments.split()
    if len(words) != 2:
        return "-USAGE: <uuid> <other_uuid>\n"
    first, second = switch.find(words[0]), switch.find(words[1])
    if first is None or second is None or not bridge.uuid_bridge(first, second):
        return "-ERR Invalid uuid\n"
    return f"+OK {second.uuid}\n"


def _xml_locate(switch: "Switch", arguments: str) -> str:
    """`xml_locate dialplan context name NAME`: of all the configuration only whether a context is there."""
    words = arguments.split()
    if not words:
        return "-ERR bad args\n"
    name = " ".join(words[3:])
    if words[:3] != ["dialplan", "context", "name"] or name not in switch.dialplan.contexts:
        return "can't find anything\n"
    return f'<context name="{name}">\n</context>\n'


def _exists(switch: "Switch", arguments: str) -> str:
    return "true" if switch.find(arguments) is not None else "false"


def _hold(switch: "Switch", arguments: str) -> str:
    """`uuid_hold [off|toggle] uuid`. It says that it went well, also of a leg that is gone."""
    words = arguments.split()
    if not words:
        return "-USAGE: [off|toggle] <uuid> [<display>]\n"
    is_off = words[0] == "off"
    channel = switch.find(words[-1] if is_off else words[0])
    if channel is None:
        return "+OK Success\n" if switch.traps.replies_lie else NO_CHANNEL
    if is_off and "LEG_HOLDING" in channel.flags:
        channel.mark_hold(False)
        channel.set_call_state("ACTIVE")
    elif not is_off and "LEG_HOLDING" not in channel.flags:
        channel.mark_hold(True)
        partner = switch.partner_of(channel)
        if partner is not None and channel.get("hold_music") not in ("", "silence"):
            hearing.broadcast(partner, channel.get("hold_music"), loops=-1)
    else:
        return "+OK Success\n"
    if channel.end is not None:
        channel.end.send_hold(not is_off)
    return "+OK Success\n"


def _deflect(switch: "Switch", arguments: str, reply: Callable[[str], None]) -> None:
    uuid, _, address = arguments.partition(" ")
    if not address:
        reply("-USAGE: <uuid> <uri>\n")
        return
    channel = switch.find(uuid)
    if channel is None or channel.end is None:
        reply(f"-ERR No such channel {uuid}!\n")
    else:
        channel.end.send_refer(address.strip(), lambda result: reply(result + "\n"))


COMMANDS: dict[str, Ask] = {
    **switch_commands.COMMANDS,
    "uuid_answer": _answer,
    "uuid_audio": _audio,
    "uuid_break": _break,
    "uuid_bridge": _bridge,
    "uuid_broadcast": _broadcast,
    "uuid_dump": _dump,
    "uuid_exists": _exists,
    "uuid_getvar": _getvar,
    "uuid_hold": _hold,
    "uuid_kill": _kill,
    "uuid_park": _park,
    "uuid_phone_event": _phone_event,
    "uuid_record": _record,
    "uuid_send_dtmf": _send_dtmf,
    "uuid_setvar": _setvar,
    "uuid_setvar_multi": _setvar_multi,
    "uuid_transfer": _transfer,
    "xml_locate": _xml_locate,
}
