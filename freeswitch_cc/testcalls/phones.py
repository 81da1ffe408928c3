"""Robot phones: SIP endpoints that a test makes call, answer, hold, refer and hang up, over the Event Socket.

They live in the same FreeSWITCH, on a profile of their own, and speak real SIP to it over loopback; so each
call has a leg (the switch's side) and a phone (the robot's side), two channels with one SIP Call-ID. Phones
carry no fcc_call: an engine never sees them. What a robot does when it is rung is in fs-config's dialplan.
"""

import json
import time
import uuid

from freeswitch_cc.errors import CommandFailed, SwitchFailed
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.testcalls.address import SwitchAddress

# Text that would end or change the dial string it stands in. A test that wants such a name says it another way.
_UNSAFE = set("'\"\\,={}[]<>|^$%()\r\n")


def is_plain(text: str) -> bool:
    """May this stand in a robot's dial string as it is?"""
    # A command of ours that holds the name of that module may unload it (mod_event_socket.c:1737).
    return not _UNSAFE & set(text) and "mod_event_socket" not in text.lower()


class Phones:
    """All robots of one switch. close() ends the connection, not the calls."""

    def __init__(self, address: SwitchAddress, connection: Connection | None = None) -> None:
        self._address = address
        self._connection = connection or address.connect()
        self._calling: list[str] = []

    def contact(self, behaviour: str) -> str:
        """The dial string that rings a robot: `answer`, `answer-after-500`, `busy`, `decline`, `ring`, ..."""
        return f"sofia/internal/{behaviour}@127.0.0.1:{self._address.robots_port}"

    def call(
        self,
        number: str,
        *,
        name: str = "Robot",
        number_from: str = "0612345678",
        answer_s: int = 10,
        sends: str = "talk",
    ) -> str:
        """A robot dials number at the switch, as a customer through a trunk; returns the phone once answered.

        sends: what the robot does then, `talk` or `silent` (no audio at all). Raises CommandFailed with the cause.
        """
        if not is_plain(name + number + number_from):
            raise ValueError("a robot's name and numbers stand in a dial string: plain text only")
        phone = str(uuid.uuid4())
        options = (
            f"origination_uuid={phone},origination_caller_id_number={number_from},"
            f"origination_caller_id_name='{name}',originate_timeout={answer_s},"
            # A parked customer hears silence at times, and that is no packet at all: a robot does not mind.
            "ignore_early_media=true,media_timeout=0"
        )
        target = f"sofia/robots/{number}@{self._address.host}:{self._address.sip_port}"
        self._connection.api(f"originate {{{options}}}{target} {sends} XML robots")
        self._calling.append(phone)
        return phone

    def call_as(self, name: bytes, number: str, number_from: str) -> str:
        """On a simulated switch: a robot dials with this very name, byte for byte. As call()."""
        asked = {"number": number, "name_hex": name.hex(), "number_from": number_from, "sends": "talk"}
        phone = self._connection.api(f"fcc_simulator dial {json.dumps(asked)}").split()[-1]
        self._calling.append(phone)
        return phone

    def dial_as(self, user: str, password: str, number: str) -> str:
        """A robot dials at the agents' port, and proves to be this user; what its phone shows is another name."""
        phone = str(uuid.uuid4())
        options = (
            f"origination_uuid={phone},sip_auth_username={user},sip_auth_password={password},originate_timeout=10,"
            "origination_caller_id_number=999,media_timeout=0"
        )
        target = f"sofia/robots/{number}@{self._address.host}:{self._address.agents_sip_port}"
        self._connection.api(f"originate {{{options}}}{target} talk XML robots")
        self._calling.append(phone)
        return phone

    def ask(self, text: str) -> str:
        """Any api command, for what is no key of a phone."""
        return self._connection.api(text)

    def hang_up(self, phone: str) -> None:
        """BYE. A phone that has hung up already is left alone."""
        try:
            self._connection.api(f"uuid_kill {phone}")
        except CommandFailed as error:
            if "No such channel" not in error.reply:
                raise

    def hang_up_all(self) -> None:
        """Every phone that call() made."""
        phones, self._calling = self._calling, []
        for phone in phones:
            self.hang_up(phone)

    def hold(self, phone: str) -> None:
        """The hold key: a re-INVITE with sendonly."""
        self._connection.api(f"uuid_hold {phone}")

    def unhold(self, phone: str) -> None:
        self._connection.api(f"uuid_hold off {phone}")

    def refer(self, phone: str, to: str) -> None:
        """The transfer key: REFER to a number, or to a whole `sip:` address (with Replaces: attended)."""
        address = to if to.startswith("sip:") else f"sip:{to}@{self._address.host}:{self._address.sip_port}"
        self._connection.api(f"uuid_deflect {phone} {address}")

    def press(self, phone: str, keys: str) -> None:
        """Keys, as RFC 2833 events."""
        self._connection.api(f"uuid_send_dtmf {phone} {keys}")

    def variable(self, phone: str, name: str) -> str:
        """A variable of the phone's channel; empty when it has none."""
        value = self._connection.api(f"uuid_getvar {phone} {name}").strip()
        return "" if value == "_undef_" else value

    def phone_of(self, leg_id: str, *, within_s: float = 3.0) -> str:
        """The phone at the other end of a leg. Raises SwitchFailed when there is none within_s."""
        call_id = self.variable(leg_id, "sip_call_id")
        deadline = time.monotonic() + within_s
        while call_id and time.monotonic() < deadline:
            for row in self._rows():
                try:
                    if row != leg_id and self.variable(row, "sip_call_id") == call_id:
                        return row
                except CommandFailed:
                    continue  # it hung up between the two questions
        raise SwitchFailed(f"leg {leg_id} has no robot phone at its other end")

    def _rows(self) -> list[str]:
        """The channels of the robots, the youngest first."""
        # The list of channels lags behind the channels; the question itself is what takes the time.
        listed = json.loads(self._connection.api("show channels like sofia/robots/ as json")).get("rows", [])
        return [row["uuid"] for row in reversed(listed)]

    def close(self) -> None:
        self._connection.close()
