"""The switch of a chaos run: a simulator in a process of its own, and the lines by which people and faults reach it.

None of these lines belongs to an engine, so nobody lies to them. No plan, no engine, no judgement.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import uuid
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

DIAL_LINES = 8
FS_CONFIG = Path(__file__).parents[2] / "fs-config"
PASSWORD_ENV = "CHAOS_SWITCH_PASSWORD"
FIRST_DEADMAN_S, DEADMAN_S, DEADMAN_ROUNDS = 2, 4, 8
MEDIA_TIMEOUT_MS = 3_000
FEATURE_S = 4
"""How long a phone that has dialled a feature code waits for an engine."""
SETTINGS = {
    "FREESWITCH_CC_FIRST_DEADMAN_S": str(FIRST_DEADMAN_S),
    "FREESWITCH_CC_DEADMAN_S": str(DEADMAN_S),
    "FREESWITCH_CC_DEADMAN_ROUNDS": str(DEADMAN_ROUNDS),
    "FREESWITCH_CC_MEDIA_TIMEOUT_MS": str(MEDIA_TIMEOUT_MS),
    "FREESWITCH_CC_FEATURE_S": str(FEATURE_S),
}
_ADDRESS = re.compile(r"([\w.]+):(\d+)(?::[^:\s]+)?:\d+:(\d+):(\d+)\b")
"""As in FREESWITCH_CC_TEST_SWITCH (testcalls.address); the name of a variable may stand for the password."""
_BACK_MS = 10_000
_TIMEOUT_S = 20.0


class Stand:
    """Use running_stand(). on_new_switch: told whenever the lines stand, at the start and after a restart."""

    def __init__(self, host: str, port: int, agents_port: int, robots_port: int, password: str) -> None:
        self.host, self.port, self.password = host, port, password
        self.agents_port, self.robots_port = agents_port, robots_port
        self.lies_told: Counter[str] = Counter()
        self.faults = 0
        self.is_up = Event()
        """Clear while the switch restarts: nobody dials then."""
        self.on_new_switch: list[Callable[[], None]] = []
        self._keys: Connection | None = None
        self._dialling: SimpleQueue[Connection | None] = SimpleQueue()
        self._turn = BoundedSemaphore(1)
        self.connect()
        self._domain = self.ask("global_getvar fcc_domain").strip()

    # -- lines -----------------------------------------------------------------------------------

    def line(self, on_event: Callable[[bytes], None] | None = None) -> Connection:
        """Another line to this switch, open."""
        connection = Connection(self.host, self.port, self.password, timeout_s=_TIMEOUT_S, on_event=on_event)
        connection.connect()
        return connection

    def connect(self) -> None:
        """Build the lines, anew after a restart; who watches is first, for an engine may be there already."""
        for tell in self.on_new_switch:
            tell()
        self._keys = self.line()
        while self._dialling.qsize():
            self._dialling.get()
        for _ in range(DIAL_LINES):
            self._dialling.put(self.line())
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

    def user(self, login: str) -> str:
        """The contact of an agent whose phone registers."""
        return f"user/{login}@{self._domain}"

    def register(self, login: str, behaviour: str) -> None:
        rung_at = self.contact(login, behaviour).removeprefix("sofia/internal/")
        asked = {"user": f"{login}@{self._domain}", "rung_at": rung_at}
        self.try_(f"fcc_simulator register {json.dumps(asked)}")

    def unregister(self, login: str, what: str = "unregister") -> None:
        """what: it says that it goes; or expire: nothing was heard of it for too long."""
        self.try_(f"fcc_simulator {what} {login}@{self._domain}")

    def is_registered(self, login: str) -> bool:
        return "error/" not in self.ask(f"sofia_contact */{login}@{self._domain}")

    def dial_code(self, login: str, code: str) -> str | None:
        """A phone that may register dials a feature code; the id of its channel, None when nobody answered."""
        phone = str(uuid.uuid4())
        options = (
            f"origination_uuid={phone},sip_auth_username={login},sip_auth_password={self.password},"
            "originate_timeout=10,origination_caller_id_number=999,media_timeout=0"
        )
        target = f"sofia/robots/{code}@127.0.0.1:{self.agents_port}"
        return phone if self._call(f"originate {{{options}}}{target} talk XML robots") is not None else None

    def dial(self, number: str, name: bytes, number_from: str, sends: str) -> str | None:
        """A customer dials; the id of his phone's channel once he is answered, None when he was not."""
        asked = {"number": number, "name_hex": name.hex(), "number_from": number_from, "sends": sends}
        reply = self._call(f"fcc_simulator dial {json.dumps(asked)}")
        return None if reply is None else reply.split()[-1]

    def _call(self, text: str) -> str | None:
        """A command that lasts until somebody answers."""
        line = self._dialling.get()
        try:
            return None if line is None else line.api(text)
        except SwitchFailed:
            return None
        finally:
            # A line of before a restart is replaced by connect(), and not put back.
            if line is not None and line.is_open:
                self._dialling.put(line)

    def live_legs(self) -> dict[str, str]:
        """Every channel that is no phone, by its name: what an engine is answerable for. Not what an agent's phone
        dials: a feature code is no call, and ends by itself."""
        rows = json.loads(self.ask("show channels as json")).get("rows", [])
        rows = [row for row in rows if row.get("initial_context") != "agents"]
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
def running_stand(seed: int, users: tuple[str, ...] = (), config: Path | None = None) -> Iterator[Stand]:
    """A simulator of this seed until the end of the block. users: whose phones may register.

    config: another directory than fs-config.
    """
    password = secrets.token_hex(16)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FREESWITCH_CC_")}
    command = [sys.executable, "-m", "freeswitch_cc", "simulator", "--port", "0", "--seed", str(seed)]
    with tempfile.TemporaryFile("w+") as complaints, tempfile.TemporaryDirectory(prefix="fcc-chaos-") as directory:
        own = Path(directory) / "fs-config"
        shutil.copytree(config or FS_CONFIG, own)
        _write_users(own, users)
        command += ["--config", str(own)]
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


def _write_users(config: Path, users: tuple[str, ...]) -> None:
    """Who may register, as in fs-config/directory/users.robots.1.xml."""
    password = '<params><param name="password" value="$${fcc_esl_password}"/></params>'
    text = "".join(f'<user id="{user}">{password}</user>' for user in users)
    (config / "directory" / "users.robots.1.xml").write_text(f"<include>{text}</include>", encoding="utf-8")


def _address(process: Popen[str], said: IO[str], complaints: IO[str]) -> tuple[str, int, int, int]:
    """From what it says when it is up: where the Event Socket is, and the ports of agents' and of robots' phones."""
    lines = []
    for line in said:
        lines.append(line)
        found = _ADDRESS.search(line)
        if found is not None:
            return found[1], int(found[2]), int(found[3]), int(found[4])
    process.wait(10)
    complaints.seek(0)
    raise SwitchFailed(f"the simulator did not start: {''.join(lines)}{complaints.read()}")
