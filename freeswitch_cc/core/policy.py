"""The dial policy: who may call which numbers and which agents, by which caller ID. One policy, at every door: of
agents, of queues that overflow to a number, and of the center file that says so.

What nobody has allowed is refused. Numbers are E.164 and nothing else: only digits that were checked here come near a
command. Pure; whoever asks catches the Refusal.
"""

import re
from dataclasses import dataclass

from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.contact import check_contact
from freeswitch_cc.core.country_code import split_number
from freeswitch_cc.core.dialling import Dialler, Dialling, NumberClass, Party
from freeswitch_cc.core.words import Activity, Presence

E164 = re.compile(r"[+][1-9][0-9]{6,14}")
MEANS_E164 = "a number in full, +358401234567: a plus and 7 to 15 digits"
PREFIX = re.compile(r"[+][1-9][0-9]{0,13}|[+]")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Target:
    """kind: `number` or `agent`. value: E.164, or a login."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def parse_target(text: str) -> Target:
    """`number:+358401234567` or `agent:bob`. Raises Refusal: bad_target."""
    kind, _, value = text.partition(":")
    if kind == "number" and E164.fullmatch(value):
        return Target(kind, value)
    if kind == "agent" and _LOGIN.fullmatch(value):
        return Target(kind, value)
    if kind == "number":
        raise Refusal("bad_target", f"{value[:40]!r} is no number that can be called: it must be {MEANS_E164}")
    raise Refusal("bad_target", f"{text[:80]!r} cannot be called: write number:+358401234567 or agent:LOGIN")


def check_caller_id(text: str) -> None:
    """Raises Refusal: bad_caller_id, for what no agent can have."""
    if not E164.fullmatch(text):
        raise Refusal("bad_caller_id", f"{text[:40]!r} is no caller ID: it must be {MEANS_E164}")


def class_of(classes: tuple[NumberClass, ...], number: str) -> str | None:
    """The class of a number: that of the longest beginning; None when there is none."""
    fits = [(len(like), one.name) for one in classes for like in one.like if number.startswith(like)]
    return max(fits)[1] if fits else None


def readings_of(number: str) -> tuple[str, ...]:
    """The number, and what a carrier may make of it who drops the zero that is dialled inside a country: +358 0600...
    is +358 600... there. In some countries it is a part of the number (+39 06...). Raises Refusal: bad_target."""
    country, national = split_number(number)
    if national.startswith("00"):
        raise Refusal("bad_target", f"{number} is no number that can be called: two zeros stand behind {country}")
    return (number, country + national[1:]) if national.startswith("0") else (number,)


def check_number(dialling: Dialling, caller: Dialler, number: str) -> str:
    """The contact by which this agent or queue may call this number, however it is read.

    Raises Refusal: bad_target, no_trunk, number_not_allowed.
    """
    if not E164.fullmatch(number):
        raise Refusal("bad_target", f"{number[:40]!r} is no number that can be called: it must be {MEANS_E164}")
    for reading in readings_of(number):
        found = class_of(dialling.classes, reading)
        if found is None or found not in caller.may_dial:
            of = f"is {found}" if found is not None else "is in no class of numbers"
            read = "" if reading == number else f", read as {reading} without its zero,"
            may = f"may dial {', '.join(caller.may_dial)}" if caller.may_dial else "may dial no number"
            raise Refusal("number_not_allowed", f"{number}{read} {of}: {caller.login} {may}")
    if not dialling.trunk:
        raise Refusal("no_trunk", "the center file names no trunk: dialling.trunk is the gateway for calls to numbers")
    contact = f"sofia/gateway/{dialling.trunk}/{dialling.prefix}{number.removeprefix('+')}"
    wrong = check_contact(contact)
    if wrong is not None:
        raise Refusal("no_trunk", wrong)
    return contact


def caller_id_of(caller: Dialler, asked: str) -> str:
    """The caller ID of a call to a number: the one that was asked for, else his first.

    Raises Refusal: caller_id_not_his, no_caller_id.
    """
    if asked and asked not in caller.caller_ids:
        has = f"he has {', '.join(caller.caller_ids)}" if caller.caller_ids else "he has none"
        raise Refusal("caller_id_not_his", f"{asked[:40]} is no caller ID of {caller.login}: {has}")
    if not caller.caller_ids:
        raise Refusal("no_caller_id", f"{caller.login} has no caller ID, which a call to a number needs: caller_ids")
    return asked or caller.caller_ids[0]


def check_caller(agent: Agent | None, party: Party | None) -> Party:
    """May he place a call now? He must be logged in and free. Raises Refusal."""
    if agent is None or party is None:
        raise Refusal("no_such_agent", "there is no such agent")
    if not party.is_active:
        raise Refusal(
            "agent_switched_off", f"{party.login} is switched off: the center file does not name him any more"
        )
    if agent.presence is Presence.OFFLINE:
        raise Refusal("not_logged_in", f"{party.login} is not logged in: log in first")
    if agent.activity is not Activity.IDLE or party.has_open_offer:
        raise Refusal("busy", f"{party.login} is {_does(agent)}: he may call when that is over")
    return party


def check_called(agent: Agent | None, party: Party | None, caller: Party, login: str) -> Party:
    """May this agent be called by that one now? He must be logged in and free, ready or not. Raises Refusal."""
    if login == caller.login:
        raise Refusal("himself", f"{login} cannot call himself")
    if agent is None or party is None or not party.is_active:
        raise Refusal("unknown_target", f"there is no agent with the login {login!r}")
    if agent.presence is Presence.OFFLINE:
        raise Refusal("target_not_logged_in", f"{login} is not logged in")
    if agent.activity is not Activity.IDLE or party.has_open_offer:
        raise Refusal("target_busy", f"{login} is {_does(agent)}")
    return party


def _does(agent: Agent) -> str:
    return "being offered a call" if agent.activity is Activity.IDLE else agent.activity.replace("_", " ")
