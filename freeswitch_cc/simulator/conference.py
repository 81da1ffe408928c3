"""Conferences: who is in them, what they say of it, and what becomes of who is kicked. mod_conference."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from freeswitch_cc.simulator import endpoint, events, session
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.conference_profiles import ConferenceProfile
from freeswitch_cc.simulator.states import is_true
from freeswitch_cc.simulator.threads import FRAME, Body

if TYPE_CHECKING:
    from freeswitch_cc.simulator.switch import Switch

SUBCLASS = "conference::maintenance"
_TALKS_AFTER_MS = 40.0
_DESTROYED_AFTER_MS = 20.0


@dataclass(slots=True, eq=False)
class Member:
    number: int
    channel: Channel
    room: "Conference"
    is_kicked: bool = False
    is_talking: bool = False


@dataclass(slots=True, eq=False)
class Conference:
    name: str
    profile: str
    uuid: str
    began_ms: float
    members: list[Member] = field(default_factory=list)
    floor: Member | None = None

    def headers(self, action: str) -> dict[str, str]:
        return {
            "Event-Subclass": SUBCLASS,
            "Conference-Name": self.name,
            "Conference-Domain": "127.0.0.1",
            "Conference-Size": str(len(self.members)),
            "Conference-Ghosts": "0",
            "Conference-Profile-Name": self.profile,
            "Conference-Unique-ID": self.uuid,
            "Action": action,
        }


def conference(channel: Channel, data: str) -> Body:
    """The application: `name@profile`. Ends when the leg is kicked or wanted elsewhere."""
    name, _, profile = data.partition("@")
    switch = channel.switch
    if not channel.is_answered:
        endpoint.answer(channel)
    room = switch.conferences.get(name)
    if room is None:
        room = Conference(name, profile or "default", switch.draw_uuid(), switch.clock.now)
        switch.conferences[name] = room
        _tell(switch, room, "conference-create")
    switch.members_so_far += 1
    member = Member(switch.members_so_far, channel, room)
    room.members.append(member)
    channel.member = member
    channel.set("conference_name", name)
    channel.set("conference_uuid", room.uuid)
    channel.set("conference_member_id", str(member.number))
    _tell_of(member, "add-member")
    switch.clock.after(_TALKS_AFTER_MS, lambda: _talk(member))
    while channel.is_ready() and not member.is_kicked:
        yield FRAME
        yield from session.parse_all(channel)
        channel.digits.clear()
    _leave(switch, room, member)
    channel.member = None
    if member.is_kicked and not switch.traps.conference_kick_ends:
        channel.flag("TRANSFER")
        channel.set_state("CS_PARK")
    elif member.is_kicked and is_true(channel.get("hangup_after_conference") or "true"):
        channel.private["ends"] = True  # when the application has told its end


def _talk(member: Member) -> None:
    if member in member.room.members and not member.is_talking:
        member.is_talking = True
        _tell_of(member, "start-talking")
        if member.room.floor is None:
            member.room.floor = member
            _tell_of(member, "floor-change")


def _leave(switch: "Switch", room: Conference, member: Member) -> None:
    room.members.remove(member)
    if room.floor is member:
        room.floor = None
        _tell(switch, room, "floor-change", size=len(room.members) + 1)
    _tell_of(member, "del-member")
    if not room.members:
        switch.clock.after(_DESTROYED_AFTER_MS, lambda: _destroy(switch, room))


def _destroy(switch: "Switch", room: Conference) -> None:
    if not room.members and switch.conferences.get(room.name) is room:
        del switch.conferences[room.name]
        _tell(switch, room, "conference-destroy")


def _tell(switch: "Switch", room: Conference, action: str, *, size: int | None = None) -> None:
    if action in switch.conference_profiles.get(room.profile, ConferenceProfile()).suppressed:
        return
    headers = room.headers(action)
    if size is not None:
        headers["Conference-Size"] = str(size)
    switch.emit("CUSTOM", headers)


def _tell_of(member: Member, action: str) -> None:
    profile = member.channel.switch.conference_profiles.get(member.room.profile, ConferenceProfile())
    if action in profile.suppressed:
        return
    variables = events.variables_of(member.channel) if profile.is_verbose else {}
    is_floor = member.room.floor is member
    member.channel.emit(
        "CUSTOM",
        {"Event-Subclass": SUBCLASS},
        {
            **member.room.headers(action),
            "Hear": "true",
            "See": "false",
            "Speak": "true",
            "Hold": "false",
            "Mute-Detect": "false",
            "Talking": str(member.is_talking).lower(),
            "Floor": str(is_floor).lower(),
            "Member-ID": str(member.number),
            "Member-Type": "member",
            **variables,
        },
    )


def command(switch: "Switch", words: list[str]) -> str:
    """`conference list`, `conference NAME list [count]|json_list|kick WHOM`."""
    if not words:
        return "-USAGE: conference NAME COMMAND"
    if words[0] == "list":
        if not switch.conferences:
            return "+OK No active conferences."
        return "\n".join(f"{_title(room)}\n{_list(room, [])}" for room in switch.conferences.values())
    room = switch.conferences.get(words[0])
    if room is None:
        return f"-ERR Conference {words[0]} not found"
    commands: dict[str, Callable[[], str]] = {
        "list": lambda: _list(room, words[2:]),
        "json_list": lambda: _json_list(switch, room),
        "kick": lambda: _kick(room, words[2:]),
    }
    ask = commands.get(words[1] if len(words) > 1 else "")
    return ask() if ask is not None else f"-ERR Conference command {' '.join(words[1:2])!r} not found"


def _title(room: Conference) -> str:
    flags = "running|answered|enforce_min|dynamic|exit_sound|enter_sound|json_status"
    members = f"{len(room.members)} member{'' if len(room.members) == 1 else 's'}"
    return f"+OK Conference {room.name} ({members} rate: 8000 flags: {flags})"


def _list(room: Conference, rest: list[str]) -> str:
    if rest[:1] == ["count"]:
        return str(len(room.members))
    return "\n".join(
        f"{m.number};{m.channel.name};{m.channel.uuid};{m.channel.profile.caller_name};"
        f"{m.channel.profile.caller_number};hear|speak{'|talking' if m.is_talking else ''}"
        f"{'|floor' if room.floor is m else ''};0;0;100"
        for m in reversed(room.members)
    )


def _json_list(switch: "Switch", room: Conference) -> str:
    members = [
        {
            "type": "caller",
            "id": member.number,
            "flags": {"can_hear": True, "can_speak": True, "talking": member.is_talking, "hold": False},
            "uuid": member.channel.uuid,
            "caller_id_name": member.channel.profile.caller_name,
            "caller_id_number": member.channel.profile.caller_number,
        }
        for member in room.members
    ]
    age = int((switch.clock.now - room.began_ms) / 1000)
    return json.dumps(
        [
            {
                "conference_name": room.name,
                "member_count": len(members),
                "ghost_count": 0,
                "rate": 8000,
                "run_time": age,
                "conference_uuid": room.uuid,
                "members": members,
            }
        ]
    )


def _kick(room: Conference, whom: list[str]) -> str:
    if not whom:
        return "-ERR No member"
    key, _, value = whom[0].partition("=")
    for member in room.members:
        if (key == "uuid" and member.channel.uuid == value) or whom[0] in ("all", str(member.number)):
            _tell_of(member, "kick-member")
            member.is_kicked = True
            member.channel.touch()
            if whom[0] != "all":
                return f"+OK kicked {member.number}"
    return "+OK kicked all" if whom[0] == "all" else f"-ERR Member {whom[0]} not found"
