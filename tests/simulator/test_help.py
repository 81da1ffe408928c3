"""`freeswitch-cc simulator --help` tells everything that `--lie` takes, and what the other options mean."""

import re
from pathlib import Path

import pytest

from freeswitch_cc.cli.main import main
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.simulator.lies import Lies
from freeswitch_cc.simulator.shapes import SHAPES, WORDS

# Every way in which each kind may be written, by its shape.
WRITTEN = {
    "drop": ["drop:CHANNEL_PARK:0.1"],
    "duplicate": ["duplicate:*:7", "duplicate:*:7:50-400"],
    "delay": ["delay:DTMF:1.0:200"],
    "reorder": ["reorder:*:0.5", "reorder:*:0.5:leg"],
    "cut": ["cut:HEARTBEAT:1"],
    "refuse": ["refuse:uuid_bridge:0.1", "refuse:originate:2:job"],
    "close": ["close:before:1", "close:after:1:connect", "close:middle:0.5:sendmsg"],
    "stall": ["stall:before:1", "stall:after:0.5:*"],
    "to": ["to:engines", "to:all"],
}


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What --help prints, on a narrow terminal, with every run of blanks and line breaks made one blank."""
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as caught:
        main(["simulator", "--help"], {})
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if len(line) > 80] == []
    return re.sub(r"\s+", " ", out + "\n")


@pytest.mark.parametrize("kind", SHAPES)
def test_every_kind_of_lie_is_told_with_its_shape_and_what_it_does(kind: str, told: str) -> None:
    assert f" {SHAPES[kind].text} {SHAPES[kind].means} " in told


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_a_shape_is_explained(word: str, told: str) -> None:
    assert any(word in shape.text for shape in SHAPES.values())
    assert f" {word} {WORDS[word]} " in told


def test_what_is_told_is_all_there_is_and_can_be_said() -> None:
    assert set(WRITTEN) == set(SHAPES)
    for kind, texts in WRITTEN.items():
        for text in texts:
            assert set(re.findall(r"[A-Z]+", SHAPES[kind].text)) <= set(WORDS)
            Lies.parse([text])
    with pytest.raises(ConfigInvalid) as caught:
        Lies.parse(["mumble:CHANNEL_PARK:0.1"])
    for shape in SHAPES.values():
        assert shape.text in str(caught.value)


def test_an_unknown_audience_is_told_both_that_there_are() -> None:
    with pytest.raises(ConfigInvalid, match=re.escape("to:engines|all")):
        Lies.parse(["to:everybody"])


def test_the_configuration_is_said_to_be_a_directory_and_which_one_is_taken(told: str) -> None:
    config = re.search(r"--config DIR (.*?) --", f"{told} --")
    assert config is not None
    for said in ("vars.xml", "dialplan/", "default: the fs-config that comes with freeswitch-cc"):
        assert said in config[1]


def test_the_default_configuration_has_what_the_simulator_is_said_to_read() -> None:
    from freeswitch_cc.testcalls.address import config_directory

    for name in ("vars.xml", "dialplan", "autoload_configs/conference.conf.xml"):
        assert (Path(config_directory()) / name).exists()
