"""Who is registered at a switch, and what is told of it. mod_sofia's sofia_reg.c, with one registration a user.

A switch keeps them in a file: they outlive a power cut. The list that `show registrations` reads is told of by a thread
of its own; sofia itself, and so a call to the user, knows at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from freeswitch_cc.errors import ConfigInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from freeswitch_cc.simulator.switch import Switch

PROFILE: Final = "internal"
EXPIRES_S: Final = 60
LATE_S: Final = 60
"""How much longer than it was asked for a registration is kept (sip_expires_late_margin)."""


@dataclass(frozen=True, slots=True)
class Registration:
    """rung_at: `user@host:port`."""

    user: str
    domain: str
    rung_at: str
    call_id: str
    expires_epoch: int

    @property
    def url(self) -> str:
        return f"sofia/{PROFILE}/sip:{self.rung_at}"


class Book:
    """The registrations of one switch, by `user@domain`; a switch that starts anew goes on with it.

    users: who may register, and each one's password.
    """

    def __init__(self, users: Mapping[str, str] | None = None) -> None:
        self.users = dict(users or {})
        self.at: dict[str, Registration] = {}
        self.listed: dict[str, Registration] = {}


def read_users(file: "Path", domain: str, password: str) -> dict[str, str]:
    """The users of a directory file, `user@domain`, all with one password; none when there is no such file."""
    if not file.is_file():
        return {}
    return {f"{user.get('id')}@{domain}": password for user in ElementTree.parse(file).getroot().iter("user")}


def register(switch: "Switch", user: str, rung_at: str, call_id: str = "") -> None:
    """A REGISTER, the first or one more; whatever the user had before is forgotten without a word.

    call_id: what the phone says; empty draws one for each address.
    """
    book = switch.book
    if user not in book.users:
        raise ConfigInvalid([f"{user} may not register here: {', '.join(book.users) or 'nobody'} may"])
    before = book.at.get(user)
    is_same = before is not None and before.rung_at == rung_at
    drawn = before.call_id if before is not None and is_same else f"{switch.world.draw_word(16)}@phone"
    call_id = call_id or drawn
    name, _, domain = user.partition("@")
    book.at[user] = now = Registration(name, domain, rung_at, call_id, switch.epoch_s() + EXPIRES_S + LATE_S)
    _list_later(switch, user, now)
    switch.emit(
        "CUSTOM",
        {
            "Event-Subclass": "sofia::register",
            "profile-name": PROFILE,
            "from-user": name,
            "from-host": domain,
            "presence-hosts": "n/a",
            "contact": f'"" <sip:{rung_at}>',
            "call-id": call_id,
            "rpid": "unknown",
            "status": "Registered(UDP)",
            "expires": str(EXPIRES_S),
            "to-user": name,
            "to-host": domain,
            "network-ip": "127.0.0.1",
            "network-port": "5060",
            "username": name,
            "realm": domain,
            "user-agent": "unknown",
            **_authenticated(name, domain),
        },
    )


def unregister(switch: "Switch", user: str) -> None:
    """A REGISTER with `Expires: 0`: told of whether there was one or not, when it is true."""
    gone = switch.book.at.pop(user, None)
    _list_later(switch, user, None)
    name, _, domain = user.partition("@")
    switch.emit(
        "CUSTOM",
        {
            "Event-Subclass": "sofia::unregister",
            "profile-name": PROFILE,
            "username": name,
            "from-user": name,
            "from-host": domain,
            "contact": f'"" <sip:{gone.rung_at if gone else "nobody"}>',
            "call-id": gone.call_id if gone else switch.world.draw_word(16),
            "rpid": "unknown",
            "realm": domain,
            "network-ip": "127.0.0.1",
            "network-port": "5060",
            "user-agent": "unknown",
            "expires": "0",
            **_authenticated(name, domain),
        },
    )


def expire(switch: "Switch", user: str) -> None:
    """Not heard of for too long, or `flush_inbound_reg`: told of a moment before it is true (sofia_reg.c:790)."""
    gone = switch.book.at.get(user)
    if gone is None:
        return
    switch.emit(
        "CUSTOM",
        {
            "Event-Subclass": "sofia::expire",
            "profile-name": PROFILE,
            "call-id": gone.call_id,
            "user": gone.user,
            "username": gone.user,
            "host": gone.domain,
            "contact": f'"" <sip:{gone.rung_at}>',
            "expires": str(gone.expires_epoch),
            "user-agent": "unknown",
            "realm": gone.domain,
            "network-ip": "127.0.0.1",
            "network-port": "5060",
        },
    )

    def forget() -> None:
        if switch.book.at.get(user) is gone:
            del switch.book.at[user]

    switch.clock.after(5.0, forget)
    switch.clock.after(1000.0 * (gone.expires_epoch - switch.epoch_s()), lambda: _strike(switch, user, gone))


def _strike(switch: "Switch", user: str, gone: Registration) -> None:
    """The list goes by the time that a registration was made for, whatever sofia makes of it (switch_core_sqldb.c)."""
    if switch.book.listed.get(user) is gone:
        del switch.book.listed[user]


def sofia_contact(switch: "Switch", arguments: str) -> str:
    """`sofia_contact [PROFILE|*/]USER@DOMAIN`: where it can be rung."""
    if not arguments:
        return ""
    found = switch.book.at.get(arguments.rpartition("/")[2])
    return found.url if found is not None else "error/user_not_registered"


def rows(switch: "Switch") -> list[dict[str, str]]:
    """What `show registrations` lists."""
    return [
        {
            "reg_user": one.user,
            "realm": one.domain,
            "token": one.call_id,
            "url": one.url,
            "expires": str(one.expires_epoch),
            "network_ip": "127.0.0.1",
            "network_port": "5060",
            "network_proto": "udp",
            "hostname": "simulator",
            "metadata": "",
        }
        for one in switch.book.listed.values()
    ]


def proof_of(switch: "Switch", variables: Mapping[str, object]) -> dict[str, str] | None:
    """What a caller who has proved to be a user carries; None when he has not."""
    name, password = variables.get("sip_auth_username"), variables.get("sip_auth_password")
    domain = switch.variables.get("fcc_domain", "")
    if not password or switch.book.users.get(f"{name}@{domain}") != password:
        return None
    said = _authenticated(str(name), domain)
    return {"sip_authorized": "true", **said, "requested_user_name": str(name), "requested_domain_name": domain}


def _authenticated(name: str, domain: str) -> dict[str, str]:
    return {
        "sip_number_alias": name,
        "sip_auth_username": name,
        "sip_auth_realm": domain,
        "number_alias": name,
        "user_name": name,
        "domain_name": domain,
    }


def _list_later(switch: "Switch", user: str, now: Registration | None) -> None:
    def write() -> None:
        if now is None:
            switch.book.listed.pop(user, None)
        else:
            switch.book.listed[user] = now

    switch.clock.after(switch.listed.lag_ms, write)
