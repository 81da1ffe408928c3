"""compose.yaml as a file: good syntax, no secret, no port too many, nothing named that is not there.

What its containers carry out, and what docs/containers.md says of them: test_containers.py. No container is started.
"""

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from freeswitch_cc.center import read_center
from freeswitch_cc.config import variable_names
from freeswitch_cc.testcalls.main import SWITCH_ENV
from freeswitch_cc.testcalls.switch_process import SwitchAddress
from tests.test_packaging import ROOT

COMPOSE = ROOT / "compose.yaml"
SWITCHES = ("freeswitch", "freeswitch-robots")
OURS = (*SWITCHES, "setup", "engine", "testcalls")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
# Of a switch only, never given to one that production uses.
ROBOTS = {"FREESWITCH_CC_ROBOTS", "FREESWITCH_CC_ROBOTS_SIP_PORT"}
REQUIRED = {"FREESWITCH_CC_ESL_PASSWORD": "esl-secret", "POSTGRES_PASSWORD": "database-secret"}


def filled_in(text: str, env: dict[str, str] = REQUIRED) -> str:
    """What Compose makes of a value: ${NAME:-default}, ${NAME:?sentence} and $$."""

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return env.get(found[1]) or (found[3] if found[2] == "-" else pytest.fail(f"{found[1]} is not given"))

    return re.sub(r"\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}", value, text)


def environment(service: str) -> dict[str, str]:
    """What a container gets when .env holds the secrets alone. A name without a value is left out, as Compose does."""
    given = SERVICES[service].get("environment", {})
    return {name: filled_in(value) for name, value in given.items() if value is not None}


def switch_settings() -> set[str]:
    """Every variable that fs-config reads."""
    text = (ROOT / "fs-config/vars.xml").read_text() + (ROOT / "fs-config/music.xml").read_text()
    return {*re.findall(r'cmd="env-set" data="\w+=\$(FREESWITCH_CC_\w+)"', text), "FREESWITCH_CC_ESL_PASSWORD"}


def dotenv() -> dict[str, str]:
    """.env.example, with the lines that are commented out."""
    return dict(re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


# -- the file itself ---------------------------------------------------------------------------------------------------


def by_the_specification(file: Path) -> subprocess.CompletedProcess[str]:
    beside = Path(sysconfig.get_path("scripts")) / "check-jsonschema"
    command = str(beside) if beside.exists() else shutil.which("check-jsonschema")
    if command is None:
        pytest.skip("check-jsonschema is not installed: pip install check-jsonschema")
    arguments = [command, "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def test_it_is_what_the_compose_specification_says() -> None:
    done = by_the_specification(COMPOSE)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("good", "bad"),
    [("stop_grace_period", "stop_grace"), ("restart: unless-stopped", "restart: {}"), ("retries: 3", "retries: [3]")],
)
def test_a_mistake_would_be_found(tmp_path: Path, good: str, bad: str) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text().replace(good, bad))
    assert by_the_specification(wrong).returncode == 1


def test_every_service_that_stays_has_a_health_check_and_comes_back() -> None:
    once = {name for name, service in SERVICES.items() if service["restart"] == "no"}
    assert once == {"setup", "testcalls"}
    for name in SERVICES.keys() - once:
        assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert SERVICES[name]["restart"] == "unless-stopped"


def test_whoever_waits_for_another_waits_for_what_it_can_reach() -> None:
    for name, service in SERVICES.items():
        for other, wait in service.get("depends_on", {}).items():
            ends = SERVICES[other]["restart"] == "no"
            assert wait["condition"] == ("service_completed_successfully" if ends else "service_healthy"), name
            assert set(SERVICES[other].get("profiles", [])) <= set(service.get("profiles", [])), name


def test_what_it_mounts_is_there_and_cannot_be_changed() -> None:
    named = set(yaml.safe_load(COMPOSE.read_text())["volumes"])
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source, target, *mode = filled_in(volume).split(":")
            assert target.startswith("/")
            if source.startswith("."):
                assert (ROOT / source).exists(), source
                assert mode == ["ro"], volume
            else:
                assert source in named


def test_images_have_a_version_and_our_processes_have_no_rights() -> None:
    images = [service["image"] for service in SERVICES.values() if "image" in service]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for image in images:
        assert re.fullmatch(r"[\w./-]+:\d[\w.-]*", filled_in(image)), image
    for name in OURS:
        service = SERVICES[name]
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert not {"privileged", "cap_add", "devices"} & set(service)
        assert ("build" in service) or re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])


# -- secrets and ports -------------------------------------------------------------------------------------------------


def test_no_secret_stands_in_the_file_and_none_may_be_missing() -> None:
    text = COMPOSE.read_text()
    for name in REQUIRED:
        uses = re.findall(r"\$\{" + name + r"([^}]*)\}", text)
        assert uses
        assert set(uses) == {":?set it in .env, see .env.example"}, name
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name:
                assert re.fullmatch(r"\$\{\w+:\?[^}]*\}", value), name


def test_the_example_of_an_env_file_holds_no_secret_and_the_real_one_is_not_committed() -> None:
    example = dotenv()
    assert {name for name, value in example.items() if not value} == set(REQUIRED)
    asked_for = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text()))
    passed_on = {name for service in SERVICES.values() for name in service.get("environment", {})}
    assert asked_for <= set(example) <= asked_for | passed_on
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def test_only_the_database_has_a_published_port_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["postgres"]
    assert [filled_in(port) for port in published["postgres"]] == ["127.0.0.1:5432:5432"]
    event_socket = (ROOT / "fs-config/autoload_configs/event_socket.conf.xml").read_text()
    assert 'name="listen-ip" value="127.0.0.1"' in event_socket


# -- settings ----------------------------------------------------------------------------------------------------------


def test_a_switch_is_given_every_setting_that_it_reads_and_no_other() -> None:
    given = {name for name in SERVICES["freeswitch"]["environment"] if name.startswith("FREESWITCH_CC_")}
    assert given == switch_settings() - ROBOTS
    robots = {name for name in SERVICES["freeswitch-robots"]["environment"] if name.startswith("FREESWITCH_CC_")}
    assert ROBOTS <= robots <= switch_settings()


@pytest.mark.parametrize("service", ["setup", "engine", "testcalls"])
def test_the_engine_is_given_settings_that_it_reads(service: str) -> None:
    known = {*variable_names(), "FREESWITCH_CC_ESL_PASSWORD"} | ({SWITCH_ENV} if service == "testcalls" else set())
    given = {name for name in SERVICES[service]["environment"] if name.startswith("FREESWITCH_CC_")}
    assert "FREESWITCH_CC_DATABASE_URL" in given <= known
    assert environment(service)["PGPASSWORD"] == environment("postgres")["POSTGRES_PASSWORD"]


def test_the_example_center_is_right_and_names_the_switch_of_the_file() -> None:
    center = read_center(ROOT / "docs/center.example.yaml")
    (switch,) = center.switches
    assert switch.password_env in SERVICES["engine"]["environment"]
    assert f'"fcc_esl_port={switch.port}"' in (ROOT / "fs-config/vars.xml").read_text()


def test_scripted_calls_go_to_the_switch_with_robots_and_to_ports_that_the_other_one_does_not_use() -> None:
    robots = environment("freeswitch-robots")
    address = SwitchAddress.parse(environment("testcalls")[SWITCH_ENV])
    assert address == SwitchAddress(
        host="127.0.0.1",
        esl_port=int(robots["FREESWITCH_CC_ESL_PORT"]),
        password=REQUIRED["FREESWITCH_CC_ESL_PASSWORD"],
        sip_port=int(robots["FREESWITCH_CC_SIP_PORT"]),
        agents_sip_port=int(robots["FREESWITCH_CC_AGENTS_SIP_PORT"]),
        robots_port=int(robots["FREESWITCH_CC_ROBOTS_SIP_PORT"]),
    )
    text = (ROOT / "fs-config/vars.xml").read_text()
    usual = {int(port) for port in re.findall(r'data="fcc_\w*_port=(\d+)"', text)}
    assert not usual & {address.esl_port, address.sip_port, address.agents_sip_port, address.robots_port}
    first, last = (int(robots[f"FREESWITCH_CC_RTP_{end}"]) for end in ("FIRST", "LAST"))
    assert first < last < int(re.findall(r"fcc_rtp_first=(\d+)", text)[0])
