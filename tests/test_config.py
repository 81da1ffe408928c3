"""Settings from the environment: what is read, and what a wrong value is told."""

from dataclasses import fields

import pytest

from freeswitch_cc.config import Settings, switch_password, variable_names
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.errors import ConfigInvalid


def problems_of(env: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        Settings.from_env(env)
    return caught.value.problems


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_env({})
    assert settings == Settings()
    assert settings.database_url is None
    assert settings.workers == 8
    assert settings.timeouts == Timeouts()


def test_every_value_can_be_set() -> None:
    env = {name: "77" for name in variable_names() if name.endswith("_MS")}
    env |= {
        "FREESWITCH_CC_DATABASE_URL": "postgresql://me:secret@db.example.test:5433/center",
        "FREESWITCH_CC_DATA_DIR": "/var/lib/freeswitch-cc",
        "FREESWITCH_CC_WORKERS": "3",
        "FREESWITCH_CC_KEEP_DAYS": "0",
        "FREESWITCH_CC_SWITCH_CONNECTIONS": "2",
        "FREESWITCH_CC_LOG_LEVEL": "debug",
    }
    assert set(env) == set(variable_names())
    settings = Settings.from_env(env)
    assert settings.database_url == env["FREESWITCH_CC_DATABASE_URL"]
    assert (settings.workers, settings.keep_days, settings.switch_connections) == (3, 0, 2)
    assert settings.data_dir == "/var/lib/freeswitch-cc"
    assert settings.log_level == "DEBUG"
    assert {getattr(settings.timeouts, item.name) for item in fields(Timeouts)} == {77}


def test_every_bad_value_is_reported_at_once_by_name() -> None:
    problems = problems_of(
        {
            "FREESWITCH_CC_DATABASE_URL": "mysql://host/center",
            "FREESWITCH_CC_DATA_DIR": "here",
            "FREESWITCH_CC_WORKERS": "many",
            "FREESWITCH_CC_KEEP_DAYS": "-1",
            "FREESWITCH_CC_LOG_LEVEL": "loud",
            "FREESWITCH_CC_BRIDGE_MS": "-5",
            "FREESWITCH_CC_PARK_MS": "0",
            "FREESWITCH_CC_SOUND_MS": "1e9",
            "FREESWITCH_CC_DEADMAN_MS": "99999999999",
        }
    )
    assert [problem.split()[0] for problem in problems] == [
        "FREESWITCH_CC_DATABASE_URL",
        "FREESWITCH_CC_DATA_DIR",
        "FREESWITCH_CC_WORKERS",
        "FREESWITCH_CC_KEEP_DAYS",
        "FREESWITCH_CC_LOG_LEVEL",
        "FREESWITCH_CC_BRIDGE_MS",
        "FREESWITCH_CC_PARK_MS",
        "FREESWITCH_CC_SOUND_MS",
        "FREESWITCH_CC_DEADMAN_MS",
    ]


def test_a_look_again_that_is_rarer_than_the_look_is_refused_by_both_names() -> None:
    assert problems_of({"FREESWITCH_CC_LOOK_AGAIN_MS": "20001"}) == [
        "FREESWITCH_CC_LOOK_AGAIN_MS must not be more than FREESWITCH_CC_LOOK_AROUND_MS, which is 20000: it is 20001"
    ]
    assert Settings.from_env({"FREESWITCH_CC_LOOK_AGAIN_MS": "20000"}).timeouts.look_again_ms == 20_000


def test_two_looks_are_not_compared_when_one_cannot_be_read() -> None:
    (problem,) = problems_of({"FREESWITCH_CC_LOOK_AROUND_MS": "a minute", "FREESWITCH_CC_LOOK_AGAIN_MS": "30000"})
    assert problem.startswith("FREESWITCH_CC_LOOK_AROUND_MS must be a whole number")


@pytest.mark.parametrize("text", ["1_000", "٣", "5.0", "0x10", "+5", "5 ms"])
def test_only_plain_digits_are_a_number(text: str) -> None:
    assert problems_of({"FREESWITCH_CC_WORKERS": text}) == [
        f"FREESWITCH_CC_WORKERS must be a whole number from 1 to 64, not {text!r}"
    ]


@pytest.mark.parametrize(
    "url",
    ["mysql://me:hunter2@host/center", "postgresql://me:hunter2@host", "postgresql://me:hunter2@host:port/center"],
)
def test_a_wrong_database_url_is_told_without_its_password(url: str) -> None:
    (problem,) = problems_of({"FREESWITCH_CC_DATABASE_URL": url})
    assert problem.startswith("FREESWITCH_CC_DATABASE_URL ")
    assert "hunter2" not in problem


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_env({"FREESWITCH_CC_WORKERS": " ", "FREESWITCH_CC_DATABASE_URL": ""}) == Settings()


def test_a_switch_password_comes_from_the_variable_that_its_row_names() -> None:
    assert switch_password({"MAIN_SECRET": "s3cret"}, "main", "MAIN_SECRET") == "s3cret"


@pytest.mark.parametrize("value", ["", "one\ntwo"])
def test_a_missing_or_broken_switch_password_names_its_variable_and_not_its_value(value: str) -> None:
    with pytest.raises(ConfigInvalid, match="MAIN_SECRET") as caught:
        switch_password({"MAIN_SECRET": value}, "main", "MAIN_SECRET")
    assert "two" not in str(caught.value)
