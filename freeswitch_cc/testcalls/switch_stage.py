"""The stage that is a switch with fs-config, robots and a witness, real or simulated. Its particulars end here.

No scenario, no engine, no database.
"""

import json

from freeswitch_cc.errors import CommandFailed, SwitchFailed
from freeswitch_cc.testcalls.address import OwnSwitch, SwitchAddress
from freeswitch_cc.testcalls.phones import Phones, is_plain
from freeswitch_cc.testcalls.raw_caller import RawCaller
from freeswitch_cc.testcalls.registered import RegisteredPhones
from freeswitch_cc.testcalls.stage import Caller
from freeswitch_cc.testcalls.until import until
from freeswitch_cc.testcalls.witness import ROBOTS, Witness

_QUIET_MS = 5_000
_LEG_MS = 2_000
# Discard, where nobody answers SIP: what an agent's phone that is unplugged looks like.
_NOBODY = "sofia/internal/nobody@127.0.0.1:9"


class SwitchStage:
    """See stage.Stage. own: the switch, when it is ours to kill; a running one of somebody else's is not.

    is_simulated: its robots dial with any name, so that nobody has to speak SIP.
    """

    def __init__(self, address: SwitchAddress, own: OwnSwitch | None = None, *, is_simulated: bool = False) -> None:
        self._address = address
        self._own_switch = own
        self._is_simulated = is_simulated
        self._raw: dict[str, RawCaller] = {}
        self._phones = Phones(address)
        self._witness = Witness(address)
        self._registered = RegisteredPhones(address, self._phones, is_simulated=is_simulated)
        self._is_paused = False

    @property
    def name(self) -> str:
        kind = "the simulator" if self._is_simulated else "FreeSWITCH"
        return f"{kind} at {self._address.host}:{self._address.esl_port}"

    @property
    def host(self) -> str:
        return self._address.host

    @property
    def port(self) -> int:
        return self._address.esl_port

    @property
    def password(self) -> str:
        return self._address.password

    @property
    def can_be_killed(self) -> bool:
        return self._own_switch is not None

    def contact(self, behaviour: str) -> str:
        return _NOBODY if behaviour == "nobody" else self._phones.contact(behaviour)

    # -- phones that register --------------------------------------------------------------------

    def registered_contact(self, behaviour: str) -> str:
        return self._registered.make(behaviour)

    def register(self, contact: str) -> None:
        self._registered.register(contact)

    def restart_phone(self, contact: str) -> None:
        self._registered.restart(contact)

    def unregister(self, contact: str) -> None:
        self._registered.unregister(contact)

    def expire(self, contact: str) -> None:
        self._registered.expire(contact)

    def dial_code(self, contact: str | None, code: str) -> str:
        return self._registered.dial(contact, code)

    def last_sound(self, phone: str) -> str:
        return self._witness.last_sound(self.leg_of(phone, _LEG_MS))

    # -- phones ----------------------------------------------------------------------------------

    def dial(self, caller: Caller) -> str:
        name = caller.name.decode("latin-1") if not caller.name.isascii() else caller.name.decode("ascii")
        if caller.name.isascii() and is_plain(name):
            sends = "silent" if caller.is_silent else "talk"
            return self._phones.call(caller.number, name=name, number_from=caller.number_from, sends=sends)
        if self._is_simulated:
            return self._phones.call_as(caller.name, caller.number, caller.number_from)
        raw = RawCaller(self._address.host, self._address.sip_port)
        phone = raw.sip_call_id
        self._raw[phone] = raw
        raw.call(caller.number, caller.name, caller.number_from)
        return phone

    def leg_of(self, phone: str, within_ms: int) -> str:
        if phone in self._raw:
            return self._witness.leg_of(phone, within_ms)
        until(lambda: bool(self._witness.sip_call_id_of(phone)), within_ms)
        return self._witness.leg_of(self._witness.sip_call_id_of(phone), within_ms)

    def phone_at(self, leg_id: str, within_ms: int) -> str:
        return self._witness.phone_at(leg_id, within_ms)

    def is_up(self, phone: str) -> bool:
        return self._raw[phone].is_up if phone in self._raw else self._witness.is_up(phone)

    def hang_up(self, phone: str) -> None:
        if phone in self._raw:
            self._raw[phone].hang_up()
        else:
            self._phones.hang_up(phone)

    def hold(self, phone: str) -> None:
        self._phones.hold(self._keyed(phone))

    def unhold(self, phone: str) -> None:
        self._phones.unhold(self._keyed(phone))

    def press(self, phone: str, keys: str) -> None:
        self._phones.press(self._keyed(phone), keys)

    def refer(self, phone: str, to: str) -> None:
        self._phones.refer(self._keyed(phone), to)

    def _keyed(self, phone: str) -> str:
        if phone in self._raw:
            raise SwitchFailed("the phone of a caller with such a name has no keys on a real switch")
        return phone

    # -- legs ------------------------------------------------------------------------------------

    def heard(self, leg_id: str) -> str:
        return self._witness.heard(leg_id)

    def keys_heard(self, phone: str) -> str:
        return self._witness.keys_heard(phone)

    def live_legs(self) -> set[str]:
        try:
            rows = json.loads(self._phones.ask("show channels as json")).get("rows", [])
        except CommandFailed as error:
            raise SwitchFailed(f"the switch does not list its channels: {error.reply}") from error
        # What an agent's phone dials is no call: a feature code, which ends by itself.
        rows = [row for row in rows if row.get("initial_context") != "agents"]
        return {str(row["uuid"]) for row in rows if not str(row["name"]).startswith(ROBOTS)}

    # -- the switch ------------------------------------------------------------------------------

    def kill_switch(self) -> None:
        self._own().kill()
        self._phones.close()
        self._witness.close()

    def start_switch(self) -> None:
        self._own().start()
        self._phones = Phones(self._address)
        self._witness = Witness(self._address)
        self._registered.move(self._phones)

    def pause_switch(self) -> None:
        self._is_paused = True
        self._phones.ask("fsctl pause outbound")

    def resume_switch(self) -> None:
        self._phones.ask("fsctl resume outbound")
        self._is_paused = False

    def _own(self) -> OwnSwitch:
        if self._own_switch is None:
            raise SwitchFailed("this switch is not ours to kill")
        return self._own_switch

    def clear(self) -> None:
        self._registered.clear()
        if self._is_paused:
            self.resume_switch()
        self._phones.hang_up_all()
        for raw in self._raw.values():
            raw.hang_up()
            raw.close()
        self._raw.clear()
        if not until(lambda: not self.live_legs(), _QUIET_MS):
            for leg_id in self.live_legs():
                self._phones.hang_up(leg_id)
        self._witness.forget()

    def close(self) -> None:
        self._phones.close()
        self._witness.close()
