"""The demo as a process of its own, with a place for its database that a test can look into afterwards."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.floor import until

ROOT = Path(__file__).parent.parent.parent
COMMAND = (sys.executable, "-m", "freeswitch_cc", "demo")


@dataclass(frozen=True)
class Place:
    """Where an embedded PostgreSQL goes. Not pytest's tmp_path: its socket needs a short path."""

    directory: Path
    env: Mapping[str, str]

    def must_be_left(self) -> None:
        """No file and no process of the demo is there any more."""
        until(lambda: not self._processes(), "its last process ended")
        # The wheel of PostgreSQL keeps a lock of its own where there is no XDG_RUNTIME_DIR.
        assert [path for path in self.directory.iterdir() if path.name != ".lockfile"] == []

    def _processes(self) -> list[str]:
        found = []
        for line in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                said = line.read_bytes().decode("utf-8", "replace")
            except OSError:
                continue  # it ended while we looked
            if str(self.directory) in said:
                found.append(said)
        return found


@pytest.fixture
def place() -> Iterator[Place]:
    directory = Path(tempfile.mkdtemp(prefix="fcc-demo-"))
    directory.chmod(0o755)  # as root, PostgreSQL runs as somebody else
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FREESWITCH_CC_")}
    env = clean | {"TMPDIR": str(directory), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    yield Place(directory, env)
    shutil.rmtree(directory, ignore_errors=True)
