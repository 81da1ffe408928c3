"""What the simulator makes of phones that register, beyond what the contract checks ask of every switch."""

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from freeswitch_cc.errors import CommandFailed
from freeswitch_cc.simulator.registrations import read_users
from freeswitch_cc.simulator.server import Simulator
from freeswitch_cc.testcalls.phones import Phones
from tests.simulator.test_server import address

CONFIG = Path(__file__).parents[2] / "fs-config"
PHONE = '{"user": "phone-1@127.0.0.1", "rung_at": "answer@127.0.0.1:5080"}'
URL = "sofia/internal/sip:answer@127.0.0.1:5080"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(CONFIG, seed=7) as running, gevent.Timeout(30, AssertionError("the test took too long")):
        yield running
        assert running.faults == []


def test_who_is_registered_outlives_a_power_cut(simulator: Simulator) -> None:
    phones = Phones(address(simulator))
    phones.ask(f"fcc_simulator register {PHONE}")
    phones.close()
    simulator.restart()
    phones = Phones(address(simulator))
    assert phones.ask("sofia_contact */phone-1@127.0.0.1") == URL
    phones.close()


def test_only_who_stands_in_the_directory_registers(simulator: Simulator) -> None:
    phones = Phones(address(simulator))
    with pytest.raises(CommandFailed, match=r"boss@127\.0\.0\.1 may not register here: phone-1@"):
        phones.ask(f"fcc_simulator register {PHONE.replace('phone-1', 'boss')}")
    phones.close()


def test_a_directory_without_phones_has_none(tmp_path: Path) -> None:
    assert read_users(tmp_path / "users.xml", "d", "secret") == {}
    found = read_users(CONFIG / "directory" / "users.robots.1.xml", "d", "secret")
    assert found["phone-1@d"] == "secret"
    assert len(found) == 6
