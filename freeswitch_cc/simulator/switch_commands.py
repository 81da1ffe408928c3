"""The api commands that ask the switch itself: what there is, conferences, the scheduler. mod_commands.c.

Those that ask one leg stand in api_commands.py, which is where a command line is read.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from freeswitch_cc.simulator import conference, registrations, wire
from freeswitch_cc.simulator.states import cause_named

if TYPE_CHECKING:
    from freeswitch_cc.simulator.switch import Switch

Ask = Callable[["Switch", str], str]


def _show(switch: "Switch", arguments: str) -> str:
    """`show channels|calls|registrations [like TEXT] [count] [as json]`"""
    words = arguments.split()
    like = words[words.index("like") + 1] if "like" in words[:-1] else ""
    if words[:1] == ["registrations"]:
        rows = registrations.rows(switch)
    else:
        rows = switch.listed.calls() if words[:1] == ["calls"] else switch.listed.channels(like)
    if "count" in words:
        return f"\n{len(rows)} total.\n"
    if words[-2:] == ["as", "json"]:
        listed: dict[str, Any] = {"row_count": len(rows)}
        if rows:
            listed["rows"] = rows
        return wire.json_text(listed)
    lines = [",".join(rows[0])] if rows else []
    lines += [",".join(str(value) for value in row.values()) for row in rows]
    return "\n".join([*lines, "", f"{len(rows)} total.", ""])


def _status(switch: "Switch", _: str) -> str:
    return (
        "UP 0 years, 0 days, 0 hours, 0 minutes, 1 second\n"
        "FreeSWITCH (simulated) is ready\n"
        f"{switch.sessions_so_far} session(s) since startup\n{len(switch.channels)} session(s) - peak 0, last 5min 0\n"
    )


def _sofia(switch: "Switch", arguments: str) -> str:
    words = arguments.split()
    if words[:1] == ["profile"] and words[2:3] == ["flush_inbound_reg"] and len(words) == 4:
        registrations.expire(switch, words[3])
        return "+OK flushing all registrations matching specified call_id\n"
    if arguments.split()[:1] != ["status"]:
        return "-USAGE: sofia status\n"
    lines = [f"{p.name}\tprofile\tsip:mod_sofia@127.0.0.1:{p.port}\tRUNNING (0)" for p in switch.profiles]
    return "\n".join(["Name\tType\tData\tState", *lines, f"{len(lines)} profiles 0 aliases", ""])


def _global_getvar(switch: "Switch", name: str) -> str:
    return switch.core_uuid if name == "core_uuid" else switch.variables.get(name, "")


def _sched_del(switch: "Switch", group: str) -> str:
    return f"+OK Deleted: {switch.scheduler.unschedule(group)}\n"


def _sched_transfer(switch: "Switch", arguments: str) -> str:
    words = arguments.split()
    if len(words) < 3:
        return "-USAGE: [+]<time> <uuid> <extension> [<dialplan>] [<context>]\n"
    switch.scheduler.schedule_transfer(words[1], words[0], words[2:])
    return "+OK\n"


def _sched_hangup(switch: "Switch", arguments: str) -> str:
    words = arguments.split()
    if len(words) < 2:
        return "-USAGE: [+]<time> <uuid> [<cause>]\n"
    if switch.find(words[1]) is not None:
        cause = cause_named(words[2]) if len(words) > 2 else "NORMAL_CLEARING"
        switch.scheduler.schedule_hangup(words[1], words[0], cause)
    return "+OK\n"


def _sched_api(switch: "Switch", arguments: str) -> str:
    """`+N group command`: the command is run then, and nobody hears its reply."""
    when, _, rest = arguments.partition(" ")
    group, _, command = rest.strip().partition(" ")
    if not command:
        return "-ERR Invalid syntax. USAGE: [+@]<time> <group_name> <command_string>[&]\n"
    switch.scheduler.schedule(group, when, lambda: switch.api(command, lambda _: None))
    return "+OK Added: 1\n"


def _conference(switch: "Switch", arguments: str) -> str:
    return conference.command(switch, arguments.split()) + "\n"


def _hupall(switch: "Switch", cause: str) -> str:
    for channel in list(switch.channels.values()):
        channel.hang_up(cause_named(cause.split()[0]) if cause else "MANAGER_REQUEST")
    return "+OK hangup all channels with cause MANAGER_REQUEST\n"


def _fsctl(switch: "Switch", arguments: str) -> str:
    return switch.limits.tell(arguments) or "-ERR fsctl Command not found!\n"


COMMANDS: dict[str, Ask] = {
    "conference": _conference,
    "fsctl": _fsctl,
    "global_getvar": _global_getvar,
    "hupall": _hupall,
    "sched_api": _sched_api,
    "sched_del": _sched_del,
    "sched_hangup": _sched_hangup,
    "sched_transfer": _sched_transfer,
    "show": _show,
    "sofia": _sofia,
    "sofia_contact": registrations.sofia_contact,
    "status": _status,
    "version": lambda _switch, _: "FreeSWITCH Version 1.11.2-simulated\n",
}
