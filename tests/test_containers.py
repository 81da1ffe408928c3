"""What the containers of compose.yaml carry out, tried without containers, and whether docs/containers.md is true.

The file itself: test_compose.py. What was not tried at all stands in docs/containers.md.
"""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from freeswitch_cc.cli.main import _parser
from freeswitch_cc.config import variable_names
from freeswitch_cc.testcalls.main import SWITCH_ENV
from tests.database import Database
from tests.test_compose import SERVICES, SWITCHES, environment, filled_in, switch_settings
from tests.test_packaging import ROOT, directory_of, listed_packages

DOCS = ROOT / "docs" / "containers.md"
HEALTHY = ROOT / "docker" / "engine_healthy.py"


def commands() -> list[list[str]]:
    """The words of every indented line of docs/containers.md that is a command of ours, or of Compose."""
    lines = [line.split("#")[0].split() for line in DOCS.read_text().splitlines() if line.startswith("    ")]
    return [words for words in lines if words[:2] == ["docker", "compose"] or words[:1] == ["freeswitch-cc"]]


@pytest.mark.parametrize("service", SWITCHES)
def test_the_switch_starts_with_its_configuration_and_fs_cli_with_the_password(tmp_path: Path, service: str) -> None:
    shell, flag, script = SERVICES[service]["command"]
    stand_in = tmp_path / "freeswitch"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    script = filled_in(script).replace("/home/freeswitch", str(tmp_path))
    env = environment(service) | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(home)}
    done = subprocess.run([shell, flag, script], env=env, capture_output=True, text=True, check=True)
    given = done.stdout.split()
    for name in ("log", "db", "storage", "recordings", "certs"):
        assert given[given.index(f"-{name}") + 1] == str(tmp_path / name)
        assert (tmp_path / name).is_dir()
    assert given[given.index("-conf") + 1] == "/etc/freeswitch-cc"
    assert "./fs-config:/etc/freeswitch-cc:ro" in SERVICES[service]["volumes"]
    assert "esl-secret" not in done.stdout
    profile = home / ".fs_cli_conf"
    port = env.get("FREESWITCH_CC_ESL_PORT", "8021")
    assert profile.read_text() == f"[default]\nport = {port}\npassword = esl-secret\n"
    assert stat.S_IMODE(profile.stat().st_mode) == 0o600


@pytest.mark.parametrize("service", SWITCHES)
@pytest.mark.parametrize(("core", "missing", "status"), [("is ready", 0, 0), ("is ready", 1, 1), ("is not", 0, 1)])
def test_a_switch_is_healthy_when_it_is_ready_with_all_its_profiles(
    tmp_path: Path, service: str, core: str, missing: int, status: int
) -> None:
    sofia = (ROOT / "fs-config/autoload_configs/sofia.conf.xml").read_text()
    loaded = [name for name in re.findall(r"sip_profiles/(\w+)", sofia) if name != "robots" or service != "freeswitch"]
    rows = "".join(f"{name} profile sip:... RUNNING (0)\n" for name in loaded[missing:])
    (tmp_path / "fs_cli").write_text(
        f"#!/bin/sh\ncase \"$*\" in *sofia*) printf '{rows}';; *) echo 'FreeSWITCH {core}';; esac\n"
    )
    (tmp_path / "fs_cli").chmod(0o755)
    kind, test = SERVICES[service]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    env = environment(service) | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert subprocess.run(["sh", "-c", filled_in(test)], env=env, check=False).returncode == status


def test_the_image_is_built_from_what_is_let_in_and_holds_every_package() -> None:
    text = (ROOT / "Dockerfile").read_text()
    copied = {name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE) for name in line.split()}
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
    tops = {directory_of(package).relative_to(ROOT).parts[0] for package in listed_packages()}
    assert tops <= copied
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)
    command, *words = SERVICES["engine"]["healthcheck"]["test"]
    assert [command, words[0]] == ["CMD", "python"]
    assert f"docker/{HEALTHY.name} {words[1]}" in text


def test_the_containers_of_the_engine_carry_out_commands_that_there_are() -> None:
    shell, flag = SERVICES["setup"]["entrypoint"]
    (script,) = SERVICES["setup"]["command"]
    assert [shell, flag] == ["sh", "-ec"]
    for command in [
        *script.split(" && "),
        " ".join(SERVICES["testcalls"]["entrypoint"]) + " FILE",
        "freeswitch-cc run",
    ]:
        name, *words = command.split()
        assert name == "freeswitch-cc"
        _parser().parse_args(words)
    text = (ROOT / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["freeswitch-cc"]\nCMD ["run"]\n' in text
    assert not {"entrypoint", "command"} & set(SERVICES["engine"])
    (center,) = SERVICES["setup"]["volumes"]
    assert f":{script.split()[-1]}:ro" in center


@pytest.mark.parametrize(
    ("age_s", "said", "status"),
    [
        (None, r"no heartbeat of main \(never\)\n", 1),
        (5, r"well\n", 0),
        (300, r"no heartbeat of main \(3\d\d s ago\)\n", 1),
    ],
)
def test_an_engine_is_well_while_it_writes_down_heartbeats(
    db: Database, database_url: str, age_s: int | None, said: str, status: int
) -> None:
    def ask(url: str) -> tuple[str, int]:
        env = os.environ | {"FREESWITCH_CC_DATABASE_URL": url}
        done = subprocess.run([sys.executable, str(HEALTHY)], env=env, capture_output=True, text=True, check=False)
        return done.stdout, done.returncode

    assert ask(database_url) == ("the center has no switch\n", 1)
    db.run("INSERT INTO switch (name, host, port, password_env) VALUES ('main', '127.0.0.1', 8021, 'X')")
    if age_s is not None:
        db.run(
            "INSERT INTO switch_heartbeat SELECT switch_id, gen_random_uuid(), now() - make_interval(secs => %(age)s)"
            " FROM switch",
            age=age_s,
        )
    heard, ended = ask(database_url)
    assert re.fullmatch(said, heard)
    assert ended == status
    heard, ended = ask(f"{database_url}_that_is_not_there")
    assert heard.startswith("the database cannot be asked: ")
    assert ended == 1


# -- what the documentation says ---------------------------------------------------------------------------------------


def test_every_command_in_the_documentation_is_one() -> None:
    assert len(commands()) > 15
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    for words in commands():
        line = " ".join(words)
        assert {words[at + 1] for at, word in enumerate(words) if word == "--profile"} <= profiles, line
        if words[0] == "docker" and words[-1].endswith(".yaml"):
            files = words[words.index("testcalls") + 1 :]
            assert all((ROOT / "tests/scenarios" / name).is_file() for name in files), line
            words = [*SERVICES["testcalls"]["entrypoint"], *files]
        elif words[0] == "docker" and not {"config", "ps"} & set(words) and words[2:] != ["up", "--detach", "--build"]:
            assert set(words) & set(SERVICES), line
        if "freeswitch-cc" in words:
            _parser().parse_args(words[words.index("freeswitch-cc") + 1 :])


def test_every_setting_in_the_documentation_is_one() -> None:
    for file in (DOCS, ROOT / ".env.example"):
        named = set(re.findall(r"FREESWITCH_CC_\w+", file.read_text()))
        assert named <= {*variable_names(), *switch_settings(), SWITCH_ENV}, file.name


def test_the_documentation_names_the_image_and_the_ports_that_the_file_has() -> None:
    text = DOCS.read_text()
    assert f"`{filled_in(SERVICES['freeswitch']['image'])}`" in text
    robots = environment("freeswitch-robots")
    sip = ", ".join(robots[f"FREESWITCH_CC_{name}SIP_PORT"] for name in ("", "AGENTS_", "ROBOTS_"))
    assert (
        f"Event Socket {robots['FREESWITCH_CC_ESL_PORT']}, SIP {sip}, RTP {robots['FREESWITCH_CC_RTP_FIRST']} to"
        in text
    )
