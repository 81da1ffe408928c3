"""originate: a leg is made, rung, and sent on once it answers. switch_ivr_originate.c."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.gateways import PROFILE
from freeswitch_cc.simulator.limits import REFUSED
from freeswitch_cc.simulator.records import Profile
from freeswitch_cc.simulator.sip import Dialog, End
from freeswitch_cc.simulator.threads import FRAME_MS, IDLE, Body, Thread
from freeswitch_cc.simulator.transfer import split, transfer

if TYPE_CHECKING:
    from freeswitch_cc.simulator.switch import Switch

USAGE = (
    "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] "
    "[<timeout_sec>]"
)
_TARGET = re.compile(r"sofia/([^/]+)/(.+)")
_TO_ITS_END = re.compile(r"(?:[^'}]++|'[^']*')*+}")
_PAIR = re.compile(r"(?:'[^']*'|[^,']++)++")
_APPLICATION = re.compile(r"&([a-z_]+)(?:\((.*)\))?")
_DEFAULT_TIMEOUT_S = 60


@dataclass(slots=True)
class Request:
    """One originate, read. application or extension: what the leg does when it has answered."""

    url: str
    variables: dict[str, str] = field(default_factory=dict)
    application: tuple[str, str] | None = None
    extension: str = ""
    dialplan: str = ""
    context: str = ""


def read(text: str) -> Request | None:
    """The arguments of an originate; None when they are none."""
    variables: dict[str, str] = {}
    rest = text.strip()
    if rest.startswith("{"):
        end = _closing(rest)
        if end < 0:
            return None
        variables = dict(_pairs(rest[1:end]))
        rest = rest[end + 1 :]
    url, _, after = rest.partition(" ")
    words = split(after.strip())
    if not url or not words or not words[0]:
        return None
    found = _APPLICATION.fullmatch(words[0])
    if found is not None:
        return Request(url, variables, application=(found[1], found[2] or ""))
    return Request(url, variables, extension=words[0], dialplan=(words[1:] or [""])[0], context=(words[2:] or [""])[0])


def _closing(text: str) -> int:
    """Where the first `{` is closed, quotes apart; -1 nowhere."""
    found = _TO_ITS_END.match(text)
    return found.end() - 1 if found is not None else -1


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in _PAIR.findall(text):
        name, _, value = part.partition("=")
        yield name.strip(), value.replace("'", "").strip()


def originate(switch: "Switch", request: Request, reply: Callable[[str], None]) -> None:
    """Ring it. reply: `+OK uuid` once it has answered, `-ERR CAUSE` when it has not."""
    found = _TARGET.fullmatch(_dial_string(switch, request))
    if found is None:
        reply(f"-ERR {_cause_of_url(switch, request.url)}")
        return
    uuid = request.variables.get("origination_uuid") or switch.draw_uuid()
    if switch.find(uuid) is not None:
        reply("-ERR DESTINATION_OUT_OF_ORDER" if switch.traps.originate_twice else f"+OK {uuid}")
        return
    if not switch.limits.may_begin(len(switch.channels), switch.epoch_s()):
        reply(REFUSED)
        return
    profile, target, name = found[1], found[2].removeprefix("sip:"), f"sofia/{found[1]}/{found[2].removeprefix('sip:')}"
    if profile == "gateway":
        gateway, _, number = target.partition("/")
        if gateway not in switch.gateways or not number:
            reply("-ERR INVALID_GATEWAY")
            return
        profile, target, name = PROFILE, f"{number}@{switch.gateways[gateway]}", f"sofia/{PROFILE}/{number}"
    channel = _make(switch, request, uuid, profile, target, name)
    thread = Thread(switch.timing, _wait(channel, request, reply), lambda: None)
    channel.watchers.add(thread)
    thread.start()


def _dial_string(switch: "Switch", request: Request) -> str:
    """A user who is registered is rung where he is (fs-config/directory/domain.xml)."""
    user = request.url.removeprefix("user/")
    found = switch.book.at.get(user) if user != request.url else None
    if found is None:
        return request.url
    request.variables |= {"dialed_user": found.user, "dialed_domain": found.domain}
    return found.url


def _cause_of_url(switch: "Switch", url: str) -> str:
    """Of other users of the directory none has a dial string here."""
    if url.startswith("user/"):
        if url.removeprefix("user/") in switch.book.users:
            return "USER_NOT_REGISTERED"
        return "MANDATORY_IE_MISSING" if url.removeprefix("user/") in switch.users else "SUBSCRIBER_ABSENT"
    return "CHAN_NOT_IMPLEMENTED"


def _make(switch: "Switch", request: Request, uuid: str, profile_name: str, target: str, name: str) -> Channel:
    variables = request.variables
    number = variables.get("origination_caller_id_number", "0000000000")
    caller_name = variables.get("origination_caller_id_name", "")
    user = target.partition("@")[0]
    channel = Channel(
        switch,
        uuid,
        name,
        Profile(
            direction="outbound",
            caller_name=caller_name,
            caller_number=number,
            orig_caller_name=caller_name,
            orig_caller_number=number,
            callee_name="Outbound Call",
            callee_number=user,
            ani=number,
            destination=user,
            context="default",
            source="src/switch_ivr_originate.c",
            unique_id=uuid,
            channel_name=name,
        ),
    )
    channel.running = "CS_NONE"
    switch.add(channel)
    channel.set("is_outbound", "true")
    channel.set("sip_profile_name", profile_name)
    channel.set("sip_destination_url", f"sip:{target}")
    for variable, value in variables.items():
        channel.set(variable, value)
    channel.set("originate_early_media", "false" if variables.get("ignore_early_media") == "true" else "true")
    channel.private["sip_target"] = target
    channel.flags.add("ORIGINATING")
    End(Dialog(switch.world), channel, is_caller=True)
    channel.emit("CHANNEL_OUTGOING")
    channel.state = "CS_INIT"
    assert channel.thread is not None
    channel.thread.start()
    return channel


def _wait(channel: Channel, request: Request, reply: Callable[[str], None]) -> Body:
    """Until it answers, ends, or has rung too long: whole seconds of the clock are compared, as the real one does."""
    switch = channel.switch
    seconds = request.variables.get("originate_timeout", "")
    limit_s = int(seconds) if seconds.isdigit() else _DEFAULT_TIMEOUT_S
    due_ms = switch.ms_of_second(switch.epoch_s() + limit_s)
    timer = switch.clock.at(due_ms, channel.touch)
    takes_early = request.variables.get("ignore_early_media") != "true"
    while not channel.is_down and not channel.is_answered and not (takes_early and channel.has_media):
        if switch.clock.now >= due_ms:
            channel.hang_up("NO_ANSWER")
            break
        yield IDLE
    timer.cancel()
    if channel.is_answered:
        # Its loop looks every 20 ms: whoever is killed in between has not answered (t10, t25).
        yield switch.random.uniform(0.0, FRAME_MS)
    if channel.is_down:
        while channel.uuid in switch.channels and channel.running != "CS_REPORTING":
            yield 1.0
        reply(f"-ERR {channel.cause}")
        return
    channel.unflag("ORIGINATING")
    if request.application is not None:
        channel.sort_caller_id()
        channel.extension = iter([request.application])
        channel.set_state("CS_EXECUTE")
    else:
        transfer(channel, request.extension, request.dialplan, request.context)
    yield switch.timing.breath()
    reply(f"+OK {channel.uuid}")
