"""Where a switch is reached by tests, and what it is to own one: real or simulated. No process, no phones."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import freeswitch_cc
from freeswitch_cc.errors import CommandFailed, ConfigInvalid, SwitchFailed
from freeswitch_cc.esl.connection import Connection

SWITCH_ENV = "FREESWITCH_CC_TEST_SWITCH"
PASSWORD_ENV = "FREESWITCH_CC_ESL_PASSWORD"

_WITH_PASSWORD = 6


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
    def parse(cls, text: str, env: Mapping[str, str] | None = None) -> "SwitchAddress":
        """Read the name of a running switch: `host:esl-port:password:sip-port:agents-sip-port:robots-sip-port`.

        Without a password (`host:esl-port:sip-port:...`) it is that of FREESWITCH_CC_ESL_PASSWORD in env, which is the
        environment of this process when it is not given. A password in the text may hold no colon. Raises
        ConfigInvalid, which never repeats the text.
        """
        parts = text.split(":")
        given = parts.pop(2) if len(parts) == _WITH_PASSWORD else ""
        host, ports = parts[0], [_port(part) for part in parts[1:]]
        if not host or len(ports) != 4 or None in ports:
            raise ConfigInvalid(
                [
                    "a switch for tests is named host:esl-port:password:sip-port:agents-sip-port:robots-sip-port; "
                    f"the password may be left out and be given in {PASSWORD_ENV}"
                ]
            )
        password = given or (os.environ if env is None else env).get(PASSWORD_ENV, "")
        if not password:
            raise ConfigInvalid([f"the Event Socket of {host}:{ports[0]} needs a password: {PASSWORD_ENV} is not set"])
        esl_port, sip_port, agents_sip_port, robots_port = (port for port in ports if port is not None)
        return cls(
            host=host,
            esl_port=esl_port,
            password=password,
            sip_port=sip_port,
            agents_sip_port=agents_sip_port,
            robots_port=robots_port,
        )

    def connect(self, timeout_s: float = 15.0) -> Connection:
        """An open connection to the Event Socket; the caller closes it."""
        connection = Connection(self.host, self.esl_port, self.password, timeout_s=timeout_s)
        connection.connect()
        return connection

    def is_simulator(self) -> bool:
        """Is it one? Its robots can do what needs real SIP elsewhere. Raises as connect() does."""
        connection = self.connect()
        try:
            connection.api("fcc_simulator statistics")
        except CommandFailed:
            return False
        finally:
            connection.close()
        return True


def names_password(address: str) -> bool:
    """Does the name of a running switch hold a password? Who gives it in argv shows it to everybody on the machine."""
    parts = address.split(":")
    return len(parts) == _WITH_PASSWORD and parts[2] != ""


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


def _port(text: str) -> int | None:
    is_port = text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536
    return int(text) if is_port else None
