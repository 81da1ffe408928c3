"""The switch that the contract checks run on: one for all of them. Nothing is asserted here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from freeswitch_cc.testcalls.phones import Phones
from freeswitch_cc.testcalls.switch_process import SwitchAddress, running_switch
from tests.contract.probe import Switch

# No engine is here to take customers on: the switch's own rescue must not meet the checks.
NO_ENGINE = {"FREESWITCH_CC_FIRST_DEADMAN_S": "90"}
CONFIG = Path(__file__).parents[2] / "fs-config"


@pytest.fixture(scope="session")
def switch_address() -> Iterator[SwitchAddress]:
    """FREESWITCH_CC_TEST_SWITCH names a running one; else one is started on fs-config."""
    with running_switch(CONFIG, NO_ENGINE) as address:
        yield address


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
    """The switch, and whatever a check leaves on it is hung up."""
    try:
        yield _probe
    finally:
        _probe.clear()
