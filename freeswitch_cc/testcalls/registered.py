"""Agents' phones that register: each is a user of the directory for tests, and is rung at a robot's address.

On a real switch they speak SIP (raw_phone.py); a simulated one is told. They dial as the user that they are.
"""

import json

from freeswitch_cc.errors import SwitchFailed
from freeswitch_cc.testcalls.address import SwitchAddress
from freeswitch_cc.testcalls.phones import Phones
from freeswitch_cc.testcalls.raw_phone import RawPhone, new_call_id

# fs-config/directory/users.robots.1.xml. The last one is never given to an agent.
_USERS = tuple(f"phone-{number}" for number in range(1, 7))
STRANGER = _USERS[-1]


class RegisteredPhones:
    """All of them at one switch. A phone is known by its contact, `user/NAME@DOMAIN`."""

    def __init__(self, address: SwitchAddress, phones: Phones, *, is_simulated: bool) -> None:
        self._address = address
        self._phones = phones
        self._is_simulated = is_simulated
        self._domain = phones.ask("global_getvar fcc_domain").strip()
        self._rung_at: dict[str, str] = {}
        self._raw: dict[str, RawPhone] = {}
        self._call_ids: dict[str, str] = {}

    def make(self, behaviour: str) -> str:
        """A phone that behaves so, registered; its contact. Raises SwitchFailed when all are taken."""
        name = next((name for name in _USERS[:-1] if self._contact(name) not in self._rung_at), None)
        if name is None:
            raise SwitchFailed(f"there are only {len(_USERS) - 1} phones that can register")
        contact = self._contact(name)
        self._rung_at[contact] = f"{behaviour}@127.0.0.1:{self._address.robots_port}"
        self.register(contact)
        return contact

    def restart(self, contact: str) -> None:
        """It was without power: nothing is said of its old registration, and the new one has another Call-ID."""
        self._call_ids[contact] = new_call_id()
        if contact in self._raw:
            self._raw.pop(contact).close()
        self.register(contact)

    def register(self, contact: str) -> None:
        user, rung_at = _user_of(contact), self._rung_at[contact]
        self._call_ids.setdefault(contact, new_call_id())
        if self._is_simulated:
            said = {"user": user, "rung_at": rung_at, "call_id": self._call_ids[contact]}
            self._phones.ask(f"fcc_simulator register {json.dumps(said)}")
            return
        if contact not in self._raw:
            self._raw[contact] = RawPhone(
                self._address.host,
                self._address.agents_sip_port,
                user=user.partition("@")[0],
                domain=self._domain,
                password=self._address.password,
                rung_at=rung_at,
                call_id=self._call_ids[contact],
            )
        self._raw[contact].register()

    def unregister(self, contact: str) -> None:
        if self._is_simulated:
            self._phones.ask(f"fcc_simulator unregister {_user_of(contact)}")
        elif contact in self._raw:
            self._raw[contact].unregister()

    def expire(self, contact: str) -> None:
        """The switch has heard nothing of it for too long."""
        self._phones.ask(f"sofia profile internal flush_inbound_reg {_user_of(contact)}")

    def dial(self, contact: str | None, number: str) -> str:
        """The phone dials; None: a phone that is no agent's. What it is in this call."""
        user = _user_of(contact or self._contact(STRANGER)).partition("@")[0]
        return self._phones.dial_as(user, self._address.password, number)

    def clear(self) -> None:
        for contact in self._rung_at:
            self.unregister(contact)
        for raw in self._raw.values():
            raw.close()
        self._rung_at.clear()
        self._call_ids.clear()
        self._raw.clear()

    def move(self, phones: Phones) -> None:
        """The switch was started anew: it is asked over another line. Who is registered stays so."""
        self._phones = phones

    def _contact(self, name: str) -> str:
        return f"user/{name}@{self._domain}"


def _user_of(contact: str) -> str:
    return contact.removeprefix("user/")
