"""The package as people install it: a wheel is built without a network, and what is in it works outside of the tree.

test_packaging.py compares setup.cfg with the tree; here nobody's word is taken for what is in the wheel.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.test_packaging import MOVED, NOT_OURS, ROOT, directory_of, listed_packages

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SOURCES = ("setup.cfg", "pyproject.toml", "README.md", "freeswitch_cc", "migrations", "fs-config")
# The first that makes wheels by itself; the extra `dev` brings it.
SETUPTOOLS = (70, 1)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the tree: setuptools leaves things where it builds, and packs what it finds there."""
    import setuptools

    version = tuple(int(part) for part in setuptools.__version__.split(".")[:2])
    assert version >= SETUPTOOLS, f"setuptools {setuptools.__version__} makes no wheel: pip install -e '.[dev]'"
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, source)
        else:
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    # What a switch has made on its machine must not be packed, so it has to be there.
    (source / "fs-config" / "generated").mkdir(exist_ok=True)
    (source / "fs-config" / "generated" / "esl_password").write_text("secret")
    (source / "fs-config" / "generated" / "trunk.xml").write_text("<secret/>")
    pip = ("-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    done = subprocess.run(
        [sys.executable, *pip, "--wheel-dir", str(made), str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [found] = made.iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory in which the wheel's files are, and nothing else."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """A Python of its own, outside of the tree, that knows the wheel's files and the libraries."""
    # Without -S the tree itself would be there, by the editable installation that tests run in.
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FREESWITCH_CC_", "PYTHON"))}
    env = clean | {"PYTHONPATH": os.pathsep.join([str(installed), *libraries]), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*argv: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-S", *argv], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done

    return run


def name_in_wheel(path: Path) -> str:
    """Where a file of the tree stands in the wheel."""
    for package, directory in MOVED.items():
        if path.is_relative_to(ROOT / directory):
            return f"{package.replace('.', '/')}/{path.relative_to(ROOT / directory).as_posix()}"
    return path.relative_to(ROOT).as_posix()


def test_the_wheel_holds_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    in_tree = {
        name_in_wheel(path)
        for top in ("freeswitch_cc", "migrations", "fs-config")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and NOT_OURS not in path.parents
    }
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert in_wheel == in_tree


@pytest.mark.parametrize(
    "name",
    [
        "freeswitch_cc/py.typed",
        "freeswitch_cc/center.schema.json",
        "freeswitch_cc/demo/minute.yaml",
        "freeswitch_cc/fs_config/freeswitch.xml",
        "freeswitch_cc/fs_config/startup.sh",
        "freeswitch_cc/fs_config/README.md",
        "freeswitch_cc/migrations/env.py",
        "freeswitch_cc/migrations/versions/0001_first_schema.py",
        "freeswitch_cc/migrations/sql/0001_match.sql",
    ],
)
def test_what_is_no_code_is_in_it_by_name(name: str, installed: Path) -> None:
    """The comparison above would not notice a file that is gone from the tree too."""
    assert (installed / name).is_file()


def test_every_package_is_in_it_and_it_puts_nothing_beside_them(installed: Path) -> None:
    for package in listed_packages():
        there = installed / package.replace(".", "/")
        assert any(there.iterdir()), package
        assert {path.name for path in directory_of(package).glob("*.py")} == {path.name for path in there.glob("*.py")}
    beside = [path.name for path in installed.iterdir() if path.suffix != ".dist-info"]
    assert beside == ["freeswitch_cc"]


def test_it_brings_the_command(installed: Path) -> None:
    [said] = installed.glob("*.dist-info/entry_points.txt")
    assert "freeswitch-cc = freeswitch_cc.__main__:main" in said.read_text()


def test_every_module_of_it_is_found_in_it_and_can_be_imported(run: Run, installed: Path) -> None:
    # Not env.py, which alembic runs.
    done = run(
        "-c",
        "import freeswitch_cc.__main__, importlib, pkgutil, sys\n"
        "for found in pkgutil.walk_packages(freeswitch_cc.__path__, 'freeswitch_cc.'):\n"
        "    if found.name != 'freeswitch_cc.migrations.env':\n"
        "        print(importlib.import_module(found.name).__file__)\n",
    )
    files = done.stdout.split()
    assert len(files) > 100
    assert [file for file in files if not Path(file).is_relative_to(installed)] == []


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("--help",), "usage: freeswitch-cc"),
        (("demo", "--help"), "a busy minute"),
        (("simulator", "--help"), "the fs-config that comes with freeswitch-cc"),
    ],
)
def test_the_command_tells_how_it_is_used(argv: tuple[str, ...], says: str, run: Run) -> None:
    done = run("-m", "freeswitch_cc", *argv)
    assert says in re.sub(r"\s+", " ", done.stdout)


def test_the_schema_is_the_one_of_the_tree(run: Run) -> None:
    schema = json.loads(run("-m", "freeswitch_cc", "schema").stdout)
    assert schema == json.loads((ROOT / "freeswitch_cc" / "center.schema.json").read_text(encoding="utf-8"))


def test_the_demo_sends_nobody_to_a_file_that_is_not_there(run: Run, installed: Path) -> None:
    done = run(
        "-c",
        "import freeswitch_cc.__main__\n"
        "from freeswitch_cc.demo.ending import next_steps\n"
        "from freeswitch_cc.testcalls.address import config_directory\n"
        "from freeswitch_cc.store.migrate import migrations_directory\n"
        "print(config_directory(), migrations_directory())\n"
        "print(next_steps(config_directory()))\n",
    )
    found, _, text = done.stdout.partition("\n")
    assert found == f"{installed}/freeswitch_cc/fs_config {installed}/freeswitch_cc/migrations"
    named = re.findall(r"\S+\.md\b", text)
    assert named
    assert [name for name in named if not Path(name).is_file()] == []
