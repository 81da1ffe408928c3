"""A simulated FreeSWITCH on fs-config behind a real Event Socket on loopback: everything put together.

What the switch does is the model's (world.py, switch.py); sockets and time are event_socket.py's.
"""

import ipaddress
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.simulator.clock import Clock
from freeswitch_cc.simulator.conference_profiles import read_conference_profiles
from freeswitch_cc.simulator.dialplan import read_dialplan
from freeswitch_cc.simulator.event_socket import EventSocket
from freeswitch_cc.simulator.gateways import read_gateways
from freeswitch_cc.simulator.lies import Lies
from freeswitch_cc.simulator.registrations import Book, read_users
from freeswitch_cc.simulator.switch import Switch
from freeswitch_cc.simulator.traps import Traps
from freeswitch_cc.simulator.variables import read_variables
from freeswitch_cc.simulator.world import SipProfile, World

# Their contexts as in fs-config/sip_profiles.
_PROFILES = (
    ("external", "fcc_sip_port", "public", False),
    ("internal", "fcc_agents_sip_port", "agents", True),
    ("robots", "fcc_robots_sip_port", "robots", False),
)
# Whose password is that of the Event Socket, there and here.
_PHONES = "users.robots.1.xml"


class Simulator(EventSocket):
    """`with Simulator(Path("fs-config")) as simulator:`, or start() and stop(). One world with one switch.

    config_directory: like fs-config. settings: FREESWITCH_CC_* of the switch, as its environment would give them.
    esl_port: 0 takes a free one at the first start, and keeps it; None is that of the settings. password: of the Event
    Socket; None draws one.
    seed: of everything that is drawn. traps: those of the model.
    Raises ConfigInvalid for wrong settings or a host that is not loopback; start() raises SwitchFailed when the port
    is taken.
    """

    def __init__(
        self,
        config_directory: Path,
        settings: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        esl_port: int | None = 0,
        password: str | None = None,
        seed: int = 0,
        lies: Lies | None = None,
        traps: Traps | None = None,
    ) -> None:
        if not _is_loopback(host):
            raise ConfigInvalid([f"a simulator listens on loopback only, such as 127.0.0.1, not on {host!r}"])
        self._variables = read_variables(config_directory, {"FREESWITCH_CC_ROBOTS": "1"} | dict(settings or {}))
        self._ports = {name: _port(self._variables, name) for _, name, _, _ in _PROFILES}
        self._dialplan = read_dialplan(config_directory / "dialplan", self._variables)
        self._conference_profiles = read_conference_profiles(config_directory)
        self._gateways = read_gateways(config_directory, self._variables)
        self._traps = traps or Traps()
        password = password if password is not None else secrets.token_hex(16)
        phones = read_users(config_directory / "directory" / _PHONES, self._variables.get("fcc_domain", ""), password)
        self._book = Book(phones)
        super().__init__(
            lambda start: self._build(seed, start),
            host=host,
            port=_port(self._variables, "fcc_esl_port") if esl_port is None else esl_port,
            password=password,
            seed=seed,
            lies=lies,
        )

    @property
    def sip_port(self) -> int:
        return self._ports["fcc_sip_port"]

    @property
    def agents_sip_port(self) -> int:
        return self._ports["fcc_agents_sip_port"]

    @property
    def robots_port(self) -> int:
        return self._ports["fcc_robots_sip_port"]

    def _build(self, seed: int, start: int) -> tuple[Clock, Switch]:
        # Another seed for each start: a switch that comes back draws other ids. Its clock is the machine's.
        world = World(seed=seed + 1_000_003 * (start - 1), epoch_us=time.time_ns() // 1000, traps=self._traps)
        profiles = [
            SipProfile(name=name, port=self._ports[port], context=context, needs_password=needs_password)
            for name, port, context, needs_password in _PROFILES
        ]
        return world.clock, world.switch(
            self._dialplan,
            profiles,
            variables=self._variables,
            conference_profiles=self._conference_profiles,
            gateways=self._gateways,
            book=self._book,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port(variables: Mapping[str, str], name: str) -> int:
    text = variables.get(name, "")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise ConfigInvalid([f"{name} must be a port from 1 to 65535, not {text!r}"])
    return int(text)
