"""The switches that the contract checks run on: a simulated one and a real one. Nothing is asserted here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from freeswitch_cc.testcalls.address import SwitchAddress
from freeswitch_cc.testcalls.phones import Phones
from freeswitch_cc.testcalls.simulated_switch import SimulatedSwitch
from freeswitch_cc.testcalls.switch_process import running_switch
from tests.contract.probe import Switch

# No engine is here to take customers on: the switch's own rescue must not meet the checks.
NO_ENGINE = {"FREESWITCH_CC_FIRST_DEADMAN_S": "90"}
CONFIG = Path(__file__).parents[2] / "fs-config"


@pytest.fixture(scope="session", params=["simulator", pytest.param("freeswitch", marks=pytest.mark.freeswitch)])
def switch_address(request: pytest.FixtureRequest) -> Iterator[SwitchAddress]:
    """The simulator, and a real one: FREESWITCH_CC_TEST_SWITCH names a running one, else one is started."""
    if request.param == "simulator":
        with SimulatedSwitch(CONFIG, settings=NO_ENGINE) as own:
            yield own.address
    else:
        with running_switch(CONFIG, NO_ENGINE) as address:
            yield address


@pytest.fixture
def is_simulated(request: pytest.FixtureRequest, switch_address: SwitchAddress) -> bool:
    """Is it the simulator? What a real switch does once in forty, because two threads met, it never does."""
    return bool(request.node.callspec.params["switch_address"] == "simulator")


@pytest.fixture(scope="session")
def _probe(switch_address: SwitchAddress) -> Iterator[Switch]:
    phones = Phones(switch_address)
    switch = Switch(switch_address, phones)
    try:
        yield switch
    finally:
        switch.close()
        phones.close()


@pytest.fixture
def switch(_probe: Switch) -> Iterator[Switch]:
    """The switch, and whatever a check leaves on it is hung up, and forgotten."""
    try:
        yield _probe
    finally:
        _probe.clear()
        _probe.socket.forget()
