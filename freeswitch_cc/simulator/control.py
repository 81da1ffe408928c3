"""`api fcc_simulator ...`: what a test or a chaos run in another process asks of the simulator itself.

No switch has this command; it is taken before the model sees it.

    fcc_simulator lies [LIE ...|none]   the lies from now on; without a word: what they are
    fcc_simulator dial JSON             a robot dials: {"number", "name" or "name_hex", "number_from", "sends"}
    fcc_simulator register JSON         a phone registers, or once more: {"user", "rung_at"}; a "call_id" is its own
    fcc_simulator unregister USER       it says that it goes: USER is user@domain
    fcc_simulator expire USER           nothing was heard of it for too long
    fcc_simulator statistics            counts, as JSON
    fcc_simulator restart               as a power cut and a start: another Core-UUID, everything forgotten
"""

import json
from collections.abc import Callable
from typing import Any, Protocol

from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.simulator.lies import Lies

USAGE = (
    "-USAGE: fcc_simulator lies [LIE ...|none] | dial JSON | register JSON | unregister USER | expire USER"
    " | statistics | restart\n"
)
_DIALS = ("number", "name", "name_hex", "number_from", "sends")

Reply = Callable[[str], None]


class Simulator(Protocol):
    """What is asked of the simulator."""

    lies: Lies

    def dial(self, *, number: str, name: str, number_from: str, sends: str, reply: Reply) -> None: ...
    def register(self, user: str, rung_at: str, call_id: str = "") -> None: ...
    def unregister(self, user: str) -> None: ...
    def expire(self, user: str) -> None: ...
    def statistics(self) -> dict[str, Any]: ...
    def restart_soon(self) -> None: ...


def control(simulator: Simulator, text: str, reply: Reply) -> None:
    """Carry out the text behind `fcc_simulator`. Only the reply to `dial` comes later, when the phone has an answer."""
    word, _, rest = text.strip().partition(" ")
    try:
        if word == "lies":
            reply(_lies(simulator, rest.split()))
        elif word == "dial":
            simulator.dial(**_dialled(rest), reply=reply)
        elif word == "register":
            simulator.register(**_registered(rest))
            reply("+OK\n")
        elif word in ("unregister", "expire") and rest:
            (simulator.unregister if word == "unregister" else simulator.expire)(rest)
            reply("+OK\n")
        elif word == "statistics" and not rest:
            reply(json.dumps(simulator.statistics()))
        elif word == "restart" and not rest:
            simulator.restart_soon()
            reply("+OK\n")
        else:
            reply(USAGE)
    except ConfigInvalid as wrong:
        reply(f"-ERR {wrong}\n")


def _registered(text: str) -> dict[str, str]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ConfigInvalid([f"register wants JSON: {error}"]) from None
    is_whole = isinstance(given, dict) and set(given) - {"call_id"} == {"user", "rung_at"}
    if not is_whole or not all(isinstance(value, str) and value for value in given.values()):
        raise ConfigInvalid(["register wants an object of text with user and rung_at"])
    return dict(given)


def _lies(simulator: Simulator, texts: list[str]) -> str:
    if texts:
        simulator.lies = Lies() if texts == ["none"] else Lies.parse(texts)
    return f"+OK {' '.join(simulator.lies.texts) or 'none'}\n"


def _dialled(text: str) -> dict[str, str]:
    """What is dialled; the name's bytes are those of name_hex, or those of name in Latin-1."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ConfigInvalid([f"dial wants JSON: {error}"]) from None
    if not isinstance(given, dict) or not all(key in _DIALS and isinstance(given[key], str) for key in given):
        raise ConfigInvalid([f"dial wants an object of text with {', '.join(_DIALS)}"])
    if not given.get("number"):
        raise ConfigInvalid(["dial wants a number"])
    try:
        if "name_hex" in given:
            raw = bytes.fromhex(given["name_hex"])
        else:
            raw = given.get("name", "Robot").encode("latin-1")
    except ValueError as error:
        raise ConfigInvalid([f"the name is neither hex nor Latin-1: {error}"]) from None
    return {
        "number": given["number"],
        "name": raw.decode("utf-8", "surrogateescape"),
        "number_from": given.get("number_from", "0612345678"),
        "sends": given.get("sends", "talk"),
    }
