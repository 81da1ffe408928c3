"""The dialplan applications that fs-config, the lab and the engine use. mod_dptools, mod_conference.

An application is a generator; execute() tells its beginning and its end, and fills in variables.
"""

import re
from collections.abc import Callable

from freeswitch_cc.simulator import conference, endpoint, park, transfer
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.states import cause_named
from freeswitch_cc.simulator.threads import Asking, Body

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def expand(channel: Channel, text: str) -> str:
    """`${name}` becomes the leg's variable of that name."""
    return _VARIABLE.sub(lambda found: channel.get(found[1]), text) if "${" in text else text


def execute(channel: Channel, name: str, data: str, app_uuid: str = "") -> Asking:
    """switch_core_session_exec: tell that it begins, run it, tell that it is over. False: there is no such one."""
    application = APPLICATIONS.get(name)
    if application is None:
        # It does not exist: the call ends (switch_core_session_execute_application_get_flags).
        channel.hang_up("DESTINATION_OUT_OF_ORDER")
        return False
    data = expand(channel, data)
    app_uuid = app_uuid or channel.switch.draw_uuid()
    channel.set("current_application", name)
    channel.private["last_application"] = (name, data)
    channel.set("current_application_data", data)
    channel.set("current_application_response", None)
    said = {"Application": name, **({"Application-Data": data} if data else {})}
    channel.emit("CHANNEL_EXECUTE", last={**said, "Application-UUID": app_uuid})
    channel.flags.discard("BREAK")
    yield from application(channel, data)
    response = channel.get("current_application_response") or "_none_"
    channel.emit(
        "CHANNEL_EXECUTE_COMPLETE", last={**said, "Application-Response": response, "Application-UUID": app_uuid}
    )
    return True


def _quick(do: Callable[[Channel, str], None]) -> Callable[[Channel, str], Body]:
    """An application that waits for nothing."""

    def application(channel: Channel, data: str) -> Body:
        do(channel, data)
        yield from ()

    return application


def _set(channel: Channel, data: str) -> None:
    name, _, value = data.partition("=")
    channel.set(name.strip(), value.strip())


def _multiset(channel: Channel, data: str) -> None:
    """`^^;a=1;b=2`: the sign behind ^^ parts."""
    separator, pairs = (data[2], data[3:]) if data.startswith("^^") and len(data) > 3 else (" ", data)
    for pair in pairs.split(separator):
        _set(channel, pair)


def _answer(channel: Channel, _data: str) -> None:
    endpoint.answer(channel)


def _pre_answer(channel: Channel, _data: str) -> None:
    endpoint.pre_answer(channel)


def _ring_ready(channel: Channel, _data: str) -> None:
    endpoint.ring_ready(channel)


def _hang_up(channel: Channel, data: str) -> None:
    channel.hang_up(cause_named(data) if data else "NORMAL_CLEARING")


def _respond(channel: Channel, data: str) -> None:
    if channel.end is not None:
        channel.end.refuse(int(data.split()[0]))


def _redirect(channel: Channel, data: str) -> None:
    if channel.end is not None:
        channel.end.redirect(data)


def _log(_channel: Channel, _data: str) -> None:
    """The log is nobody's business here."""


def _sched_transfer(channel: Channel, data: str) -> None:
    when, *where = data.split(" ")
    channel.switch.scheduler.schedule_transfer(channel.uuid, when, where)


def _sched_hangup(channel: Channel, data: str) -> None:
    when, _, cause = data.partition(" ")
    channel.switch.scheduler.schedule_hangup(channel.uuid, when, cause_named(cause) if cause else "NORMAL_CLEARING")


def _transfer(channel: Channel, data: str) -> None:
    transfer.transfer(channel, *transfer.split(data)[:3])


def _unset(channel: Channel, data: str) -> None:
    channel.set(data.strip(), None)


def _park(channel: Channel, _data: str) -> Body:
    yield from park.park(channel)


def _playback(channel: Channel, data: str) -> Body:
    yield from park.play(channel, data)


def _endless_playback(channel: Channel, data: str) -> Body:
    while channel.is_ready():
        has_played = yield from park.play(channel, data)
        if not has_played:
            return


def _sleep(channel: Channel, data: str) -> Body:
    yield from park.sleep(channel, float(data or 0))


def _conference(channel: Channel, data: str) -> Body:
    yield from conference.conference(channel, data)


APPLICATIONS: dict[str, Callable[[Channel, str], Body]] = {
    "answer": _quick(_answer),
    "conference": _conference,
    "endless_playback": _endless_playback,
    "hangup": _quick(_hang_up),
    "log": _quick(_log),
    "multiset": _quick(_multiset),
    "park": _park,
    "playback": _playback,
    "pre_answer": _quick(_pre_answer),
    "redirect": _quick(_redirect),
    "respond": _quick(_respond),
    "ring_ready": _quick(_ring_ready),
    "sched_hangup": _quick(_sched_hangup),
    "sched_transfer": _quick(_sched_transfer),
    "set": _quick(_set),
    "sleep": _sleep,
    "transfer": _quick(_transfer),
    "unset": _quick(_unset),
}
