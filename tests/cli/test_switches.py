"""--switch of the demo and of scripted calls: no password in the list of processes, and what is said of one."""

from typing import Any

import pytest

from freeswitch_cc.cli.main import main

BARE = "switch.test:8021:5060:5070:5080"
WITH = "switch.test:8021:secret:5060:5070:5080"
PASSWORD = {"FREESWITCH_CC_ESL_PASSWORD": "secret"}
DEMO, CALLS = ["demo", "--switch"], ["testcalls", "run", "nothing.yaml", "--switch"]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """On which switch the demo and scripted calls were played; nothing is."""
    named: list[str | None] = []

    def play(*_: Any, switch: str | None, **__: Any) -> int:
        named.append(switch)
        return 0

    monkeypatch.setattr("freeswitch_cc.demo.main.run", play)
    monkeypatch.setattr("freeswitch_cc.testcalls.main.run", lambda files, switch, *_, **__: play(switch=switch))
    return named


@pytest.mark.parametrize("argv", [DEMO, CALLS])
def test_an_address_without_a_password_is_taken_and_nothing_is_said(
    argv: list[str], played: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*argv, BARE], PASSWORD) == 0
    assert played == [BARE]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("argv", [DEMO, CALLS])
def test_a_password_in_argv_is_complained_of_and_not_repeated(
    argv: list[str], played: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*argv, WITH], {}) == 0
    assert played == [WITH]
    told = capsys.readouterr().err
    assert told.startswith("freeswitch-cc: the password in --switch can be read by everybody")
    for said in ("FREESWITCH_CC_ESL_PASSWORD", "FREESWITCH_CC_TEST_SWITCH"):
        assert said in told
    assert "secret" not in told


@pytest.mark.parametrize("address", [BARE, WITH])
def test_the_demo_is_told_of_a_switch_by_the_environment_only_when_asked_to(
    address: str, played: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    env = PASSWORD | {"FREESWITCH_CC_TEST_SWITCH": address}
    assert main(["demo", "--switch"], env) == 0
    assert main(["demo"], env) == 0
    assert played == [address, None]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("argv", "env", "says"),
    [
        (["demo", "--switch"], {}, "FREESWITCH_CC_TEST_SWITCH is not set: write --switch HOST:PORT"),
        (["demo", "--switch"], {"FREESWITCH_CC_TEST_SWITCH": "x:1"}, "a switch for tests is named host:"),
        ([*DEMO, "x:1"], {}, "a switch for tests is named host:"),
        ([*DEMO, BARE], {}, "needs a password: FREESWITCH_CC_ESL_PASSWORD is not set"),
        ([*CALLS, BARE], {}, "needs a password: FREESWITCH_CC_ESL_PASSWORD is not set"),
        ([*CALLS, ""], {}, "FREESWITCH_CC_TEST_SWITCH is not set"),
    ],
)
def test_an_address_that_is_none_is_told_before_anything_starts(
    argv: list[str], env: dict[str, str], says: str, played: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv, env) == 2
    assert says in capsys.readouterr().err
    assert played == []


def test_what_stands_behind_the_switch_of_scripted_calls_is_its_address_and_no_file(played: list[str | None]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["testcalls", "run", "--switch", "one.yaml"], PASSWORD)
    assert caught.value.code == 2
    assert played == []
