"""Where a switch is reached by tests, and what it is to own one: real or simulated. No process, no phones."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import freeswitch_cc
from freeswitch_cc.errors import ConfigInvalid, SwitchFailed
from freeswitch_cc.esl.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchAddress:
    """Where a switch is reached: its Event Socket, and its SIP ports for customers, agents' phones and robots."""

    host: str
    esl_port: int
    password: str
    sip_port: int
    agents_sip_port: int
    robots_port: int

    @classmethod
    def parse(cls, text: str) -> "SwitchAddress":
        """Read the name of a running switch: `host:esl-port:password:sip-port:agents-sip-port:robots-sip-port`.

        The password may hold no colon. Raises ConfigInvalid.
        """
        parts = text.split(":")
        numbers = parts[1:2] + parts[3:]
        if len(parts) != 6 or not all(number.isdecimal() for number in numbers):
            raise ConfigInvalid(
                ["a switch for tests is named host:esl-port:password:sip-port:agents-sip-port:robots-sip-port"]
            )
        return cls(
            host=parts[0],
            esl_port=int(parts[1]),
            password=parts[2],
            sip_port=int(parts[3]),
            agents_sip_port=int(parts[4]),
            robots_port=int(parts[5]),
        )

    def connect(self, timeout_s: float = 15.0) -> Connection:
        """An open connection to the Event Socket; the caller closes it."""
        connection = Connection(self.host, self.esl_port, self.password, timeout_s=timeout_s)
        connection.connect()
        return connection


class OwnSwitch(Protocol):
    """A switch that is ours to kill. address holds from the first start() on, and stays."""

    address: SwitchAddress

    def start(self) -> None: ...

    def kill(self) -> None:
        """As a power cut would: no BYE to anybody. start() brings it back at the same address."""

    def stop(self) -> None: ...


def config_directory() -> Path:
    """fs-config: inside the package when it is installed, beside it in the source tree."""
    package = Path(freeswitch_cc.__file__).parent
    for found in (package / "fs_config", package.parent / "fs-config"):
        if (found / "freeswitch.xml").is_file():
            return found
    raise SwitchFailed(f"there is no fs-config beside {package}, nor in it: name a running switch with --switch")
