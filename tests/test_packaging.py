"""What is installed is what is in the tree: nobody finds out on a customer's machine that a file is missing."""

import configparser
from pathlib import Path

from freeswitch_cc.store.migrate import migrations_directory
from freeswitch_cc.testcalls.address import config_directory

ROOT = Path(__file__).parent.parent


def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def listed_packages() -> set[str]:
    return set(setup_cfg()["options"]["packages"].split())


# What stands at the top of the tree and inside the package when installed.
MOVED = {"freeswitch_cc.fs_config": "fs-config", "freeswitch_cc.migrations": "migrations"}
# What a switch makes on its machine, passwords among it: no part of a package.
NOT_OURS = ROOT / "fs-config" / "generated"


def directory_of(package: str) -> Path:
    for name, directory in MOVED.items():
        if package.startswith(name):
            return ROOT / (directory + package.removeprefix(name).replace(".", "/"))
    return ROOT / package.replace(".", "/")


def test_every_package_in_the_tree_is_installed_and_no_other() -> None:
    in_tree = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("freeswitch_cc", "migrations")
        for path in (ROOT / top).rglob("__init__.py")
    }
    named = {f"freeswitch_cc.{name}" if name.startswith("migrations") else name for name in in_tree}
    # It holds no code, so it has no __init__.py.
    assert named | {"freeswitch_cc.fs_config"} == listed_packages()


def test_a_package_that_is_moved_is_moved_to_where_it_stands() -> None:
    moved = dict(line.split(" = ") for line in setup_cfg()["options"]["package_dir"].strip().splitlines())
    assert {name: ROOT / directory for name, directory in moved.items()} == {name: directory_of(name) for name in moved}
    assert set(MOVED) <= set(moved)


def test_every_data_file_beside_the_code_is_installed_and_nothing_of_this_machine() -> None:
    patterns = {
        package: [pattern.strip() for pattern in value.split(",")]
        for package, value in setup_cfg()["options.package_data"].items()
    }
    covered = {
        path for package, globs in patterns.items() for glob in globs for path in directory_of(package).glob(glob)
    }
    there = {
        path
        for top in ("freeswitch_cc", "migrations", "fs-config")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and NOT_OURS not in path.parents
    }
    assert there == covered


def test_the_configuration_of_a_switch_is_found() -> None:
    assert (config_directory() / "freeswitch.xml").is_file()


def test_the_migrations_are_found() -> None:
    assert (migrations_directory() / "env.py").is_file()
    assert list((migrations_directory() / "versions").glob("0001_*.py"))
