"""The switch of a chaos run: a simulator in a process of its own, and the lines by which people and faults reach it.

None of these lines belongs to an engine, so nobody lies to them. No plan, no engine, no judgement.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from gevent.event import Event
from gevent.lock import BoundedSemaphore
from gevent.queue import SimpleQueue
from gevent.subprocess import Popen

from freeswitch_cc.errors import SwitchFailed
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.testcalls.until import until

DIAL_LINES = 6
PASSWORD_ENV = "CHAOS_SWITCH_PASSWORD"
FIRST_DEADMAN_S, DEADMAN_S, DEADMAN_ROUNDS = 2, 4, 8
MEDIA_TIMEOUT_MS = 3_000
SETTINGS = {
    "FREESWITCH_CC_FIRST_DEADMAN_S": str(FIRST_DEADMAN_S),
    "FREESWITCH_CC_DEADMAN_S": str(DEADMAN_S),
    "FREESWITCH_CC_DEADMAN_ROUNDS": str(DEADMAN_ROUNDS),
    "FREESWITCH_CC_MEDIA_TIMEOUT_MS": str(MEDIA_TIMEOUT_MS),
}
_ADDRESS = re.compile(r"([\w.]+):(\d+)(?::[^:\s]+)?:\d+:\d+:(\d+)\b")
"""As in FREESWITCH_CC_TEST_SWITCH (testcalls.address); the name of a variable may stand for the password."""
_BACK_MS = 10_000
_TIMEOUT_S = 20.0


class Stand:
    """Use running_stand(). on_new_switch: told whenever the lines stand, at the start and after a restart."""

    def __init__(self, host: str, port: int, robots_port: int, password: str) -> None:
        self.host, self.port, self.robots_port, self.password = host, port, robots_port, password
        self.lies_told: Counter[str] = Counter()
        self.faults = 0
        self.is_up = Event()
        """Clear while the switch restarts: nobody dials then."""
        self.on_new_switch: list[Callable[[], None]] = []
        self._keys: Connection | None = None
        self._dialling: SimpleQueue[Connection | None] = SimpleQueue()
        self._turn = BoundedSemaphore(1)
        self.connect()

    # -- lines -----------------------------------------------------------------------------------

    def line(self, on_event: Callable[[bytes], None] | None = None) -> Connection:
        """Another line to this switch, open."""
        connection = Connection(self.host, self.port, self.password, timeout_s=_TIMEOUT_S, on_event=on_event)
        connection.connect()
        return connection

    def connect(self) -> None:
        """Build the lines, anew after a restart."""
        self._keys = self.line()
        while self._dialling.qsize():
            self._dialling.get()
        for _ in range(DIAL_LINES):
            self._dialling.put(self.line())
        for tell in self.on_new_switch:
            tell()
        self.is_up.set()

    def close(self) -> None:
        if self._keys is not None:
            self._keys.close()
        while self._dialling.qsize():
            line = self._dialling.get()
            if line is not None:
                line.close()

    def ask(self, text: str) -> str:
        """An api command of people, or of the harness. Raises SwitchFailed."""
        if self._keys is None:
            raise SwitchFailed("the switch is restarting")
        return self._keys.api(text)

    def try_(self, text: str) -> str | None:
        """ask(), where it does not matter whether it went well."""
        with suppress(SwitchFailed):
            return self.ask(text)
        return None

    # -- people ----------------------------------------------------------------------------------

    def contact(self, login: str, behaviour: str) -> str:
        """The dial string of an agent's phone. The host names the agent: the model looks at the port only."""
        port = 9 if behaviour == "nobody" else self.robots_port
        return f"sofia/internal/{behaviour}@{login}:{port}"

    def dial(self, number: str, name: bytes, number_from: str, sends: str) -> str | None:
        """A customer dials; the id of his phone's channel once he is answered, None when he was not."""
        asked = {"number": number, "name_hex": name.hex(), "number_from": number_from, "sends": sends}
        line = self._dialling.get()
        try:
            return None if line is None else line.api(f"fcc_simulator dial {json.dumps(asked)}").split()[-1]
        except SwitchFailed:
            return None
        finally:
            # A line of before a restart is replaced by connect(), and not put back.
            if line is not None and line.is_open:
                self._dialling.put(line)

    def live_legs(self) -> dict[str, str]:
        """Every channel that is no phone, by its name: what an engine is answerable for."""
        rows = json.loads(self.ask("show channels as json")).get("rows", [])
        return {str(row["uuid"]): str(row["name"]) for row in rows if not str(row["name"]).startswith("sofia/robots/")}

    # -- faults ----------------------------------------------------------------------------------

    def lie(self, texts: tuple[str, ...]) -> None:
        with self._turn:
            self._count_lies()
            self.ask(f"fcc_simulator lies {' '.join(texts) or 'none'}")

    def restart(self, on_gone: Callable[[], None]) -> None:
        """As a power cut and a start: another Core-UUID, everything forgotten, the same lies. on_gone: in between."""
        with self._turn:
            self._count_lies()
            self.is_up.clear()
            before = self._statistics()["core_uuid"]
            self.try_("fcc_simulator restart")  # its reply may be cut off
            keys, self._keys = self._keys, None
            assert keys is not None
            until(lambda: not keys.is_open, _BACK_MS)
            on_gone()
            until(self._is_back, _BACK_MS)
            self.connect()
            if self._statistics()["core_uuid"] == before:
                raise SwitchFailed("the simulator did not restart")

    def count(self) -> None:
        """Read the counts of the simulator; before each restart, and in the end."""
        with self._turn:
            self._count_lies()

    def _is_back(self) -> bool:
        try:
            self.line().close()
        except SwitchFailed:
            return False
        return True

    def _count_lies(self) -> None:
        statistics = self._statistics()
        self.faults = int(statistics["faults"])
        for text, times in statistics["lies"].items():
            self.lies_told[str(text).split(":")[0]] += int(times)
        told = self.ask("fcc_simulator lies").removeprefix("+OK").strip()
        self.ask(f"fcc_simulator lies {told}")  # its counts begin anew

    def _statistics(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask("fcc_simulator statistics"))
        return found


@contextmanager
def running_stand(seed: int, config: Path | None = None) -> Iterator[Stand]:
    """A simulator of this seed until the end of the block. config: another directory than fs-config."""
    password = secrets.token_hex(16)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FREESWITCH_CC_")}
    command = [sys.executable, "-m", "freeswitch_cc", "simulator", "--port", "0", "--seed", str(seed)]
    command += [] if config is None else ["--config", str(config)]
    with tempfile.TemporaryFile("w+") as complaints:
        process = Popen(
            [*command, "--password-env", PASSWORD_ENV],
            env=inherited | SETTINGS | {PASSWORD_ENV: password},
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        said = process.stdout
        assert said is not None
        try:
            stand = Stand(*_address(process, said, complaints), password)
            try:
                yield stand
            finally:
                stand.close()
        finally:
            process.terminate()
            process.wait(10)
            said.close()


def _address(process: Popen[str], said: IO[str], complaints: IO[str]) -> tuple[str, int, int]:
    """From what it says when it is up: where the Event Socket is, and the port of the robots' phones."""
    lines = []
    for line in said:
        lines.append(line)
        found = _ADDRESS.search(line)
        if found is not None:
            return found[1], int(found[2]), int(found[3])
    process.wait(10)
    complaints.seek(0)
    raise SwitchFailed(f"the simulator did not start: {''.join(lines)}{complaints.read()}")
