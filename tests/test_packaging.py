"""What is installed is what is in the tree: nobody finds out on a customer's machine that a file is missing."""

import configparser
from pathlib import Path

from freeswitch_cc.store.migrate import migrations_directory

ROOT = Path(__file__).parent.parent


def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def listed_packages() -> set[str]:
    return set(setup_cfg()["options"]["packages"].split())


def directory_of(package: str) -> Path:
    return (
        ROOT / package.removeprefix("freeswitch_cc.").replace(".", "/")
        if "migrations" in package
        else (ROOT / package.replace(".", "/"))
    )


def test_every_package_in_the_tree_is_installed_and_no_other() -> None:
    in_tree = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("freeswitch_cc", "migrations")
        for path in (ROOT / top).rglob("__init__.py")
    }
    assert {f"freeswitch_cc.{name}" if name.startswith("migrations") else name for name in in_tree} == listed_packages()


def test_every_data_file_beside_the_code_is_installed() -> None:
    patterns = {
        package: [pattern.strip() for pattern in value.split(",")]
        for package, value in setup_cfg()["options.package_data"].items()
    }
    covered = {
        path for package, globs in patterns.items() for glob in globs for path in directory_of(package).glob(glob)
    }
    there = {
        path
        for top in ("freeswitch_cc", "migrations")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert there == covered


def test_the_migrations_are_found() -> None:
    assert (migrations_directory() / "env.py").is_file()
    assert list((migrations_directory() / "versions").glob("0001_*.py"))
