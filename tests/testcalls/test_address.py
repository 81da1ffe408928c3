"""How a running switch is named: with its password, or better without it."""

import pytest

from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.testcalls.address import SwitchAddress, config_directory, names_password
from freeswitch_cc.testcalls.main import open_stage
from freeswitch_cc.testcalls.simulated_switch import SimulatedSwitch
from freeswitch_cc.testcalls.stage import Caller
from freeswitch_cc.testcalls.switch_process import running_switch

WHOLE = SwitchAddress(
    host="switch.test", esl_port=8021, password="secret", sip_port=5060, agents_sip_port=5070, robots_port=5080
)


@pytest.mark.parametrize(
    ("text", "env"),
    [
        ("switch.test:8021:secret:5060:5070:5080", {}),
        ("switch.test:8021:secret:5060:5070:5080", {"FREESWITCH_CC_ESL_PASSWORD": "another"}),
        ("switch.test:8021:5060:5070:5080", {"FREESWITCH_CC_ESL_PASSWORD": "secret"}),
        ("switch.test:8021::5060:5070:5080", {"FREESWITCH_CC_ESL_PASSWORD": "secret"}),
    ],
)
def test_a_password_that_is_not_named_is_that_of_the_environment(text: str, env: dict[str, str]) -> None:
    assert SwitchAddress.parse(text, env) == WHOLE


def test_the_environment_of_the_process_is_the_one_that_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREESWITCH_CC_ESL_PASSWORD", "a:b")
    assert SwitchAddress.parse("switch.test:8021:5060:5070:5080").password == "a:b"


@pytest.mark.parametrize("text", ["switch.test:8021:5060:5070:5080", "switch.test:8021::5060:5070:5080"])
@pytest.mark.parametrize("env", [{}, {"FREESWITCH_CC_ESL_PASSWORD": ""}])
def test_a_password_that_is_nowhere_is_asked_for_by_the_name_of_its_variable(text: str, env: dict[str, str]) -> None:
    with pytest.raises(
        ConfigInvalid, match=r"switch\.test:8021 needs a password: FREESWITCH_CC_ESL_PASSWORD is not set"
    ):
        SwitchAddress.parse(text, env)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "switch.test",
        "switch.test:8021",
        "switch.test:8021:secret:5060:5070",
        "switch.test:8021:secret:5060:5070:5080:5090",
        ":8021:secret:5060:5070:5080",
        "switch.test:0:secret:5060:5070:5080",
        "switch.test:8021:secret:5060:5070:65536",
        "switch.test:8021:secret:5060:5070:٥",
        "switch.test:8021:secret:5060:5070:-1",
        "switch.test::secret:5060:5070:5080",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigInvalid, match="is named host:esl-port:password:sip-port") as caught:
        SwitchAddress.parse(text, {"FREESWITCH_CC_ESL_PASSWORD": "x"})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("switch.test:8021:secret:5060:5070:5080", True),
        ("switch.test:8021:5060:5070:5080", False),
        ("switch.test:8021::5060:5070:5080", False),
    ],
)
def test_it_is_known_whether_a_name_holds_a_password(text: str, is_named: bool) -> None:
    assert names_password(text) is is_named


def test_a_running_switch_that_is_the_simulator_is_known_as_one_and_its_robots_have_any_name() -> None:
    with SimulatedSwitch(config_directory()) as own:
        at = own.address
        ports = f"{at.sip_port}:{at.agents_sip_port}:{at.robots_port}"
        with open_stage(f"{at.host}:{at.esl_port}:{at.password}:{ports}") as stage:
            assert stage.name.startswith("the simulator at 127.0.0.1:")
            assert not stage.can_be_killed, "it is somebody else's"
            phone = stage.dial(Caller(number="7001", name="Zoë".encode(), number_from="0612345678"))
            assert stage.is_up(phone)
            stage.hang_up(phone)


@pytest.mark.freeswitch
def test_a_real_switch_is_no_simulator() -> None:
    with running_switch(config_directory()) as address:
        assert not address.is_simulator()
