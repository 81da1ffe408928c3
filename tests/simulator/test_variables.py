"""The global variables of a simulated switch: fs-config's own, with settings filled in and nothing run."""

from pathlib import Path

import pytest

from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.simulator.variables import read_variables, setting_names

CONFIG = Path(__file__).parents[2] / "fs-config"


def test_fs_config_has_its_defaults() -> None:
    values = read_variables(CONFIG, {})
    assert values["fcc_first_deadman_s"] == "5"
    assert values["fcc_fallback"] == "goodbye"
    assert values["fcc_domain"] == values["fcc_sip_ip"] == "127.0.0.1"
    assert values["media_timeout"] == values["fcc_media_timeout_ms"]
    assert values["hold_music"] == values["fcc_music"]
    assert values["fcc_music"].startswith("tone_stream://v=-26;%(1400")
    assert "$" not in "".join(values.values())


def test_a_setting_takes_the_place_of_a_default_and_of_what_rests_on_it() -> None:
    values = read_variables(CONFIG, {"FREESWITCH_CC_SIP_IP": "127.0.0.2", "FREESWITCH_CC_MUSIC": "silence_stream://-1"})
    assert values["fcc_domain"] == "127.0.0.2"
    assert values["hold_music"] == "silence_stream://-1"


def test_no_program_is_run_and_no_password_read() -> None:
    values = read_variables(CONFIG, {"FREESWITCH_CC_ESL_PASSWORD": "secret"})
    assert "fcc_guard" not in values
    assert "fcc_esl_password" not in values


def test_a_setting_that_nothing_reads_is_a_mistake() -> None:
    with pytest.raises(ConfigInvalid, match="FREESWITCH_CC_DEDMAN_S is no setting of a switch"):
        read_variables(CONFIG, {"FREESWITCH_CC_DEDMAN_S": "3"})
    assert "FREESWITCH_CC_DEADMAN_S" in setting_names(CONFIG)


def test_a_directory_without_a_configuration_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read as the variables of a switch"):
        read_variables(tmp_path, {})
    (tmp_path / "vars.xml").write_text("<include><X-PRE-PROCESS")
    with pytest.raises(ConfigInvalid, match="cannot be read as the variables of a switch"):
        read_variables(tmp_path, {})
