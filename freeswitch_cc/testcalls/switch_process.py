"""A real FreeSWITCH of one's own for as long as a test runs: found, started, waited for, stopped for sure.

Everything is on loopback, on ports that nobody else has, with a password that nobody else knows. Here is
no knowledge of calls or phones (phones.py), and nothing about how a switch is configured (fs-config).
"""

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from freeswitch_cc.errors import CommandFailed, SwitchFailed, SwitchUnreachable
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.testcalls.address import SwitchAddress

# Below the ports that Linux gives to outgoing connections (32768 and up): nobody takes one by chance.
_FIRST_PORT, _WINDOW, _WINDOWS = 12000, 4000, 5
_RTP_OFFSET = 100
_PROFILES = ("external", "internal", "robots")


def find_binary() -> str | None:
    """FREESWITCH_BIN, or `freeswitch` on the PATH; None when this machine has none."""
    return os.environ.get("FREESWITCH_BIN") or shutil.which("freeswitch")


class SwitchProcess:
    """`with SwitchProcess(Path("fs-config")) as switch:` starts a switch and stops it at the end.

    config: the directory of the configuration. settings: more FREESWITCH_CC_* for it, such as
    `{"FREESWITCH_CC_DEADMAN_S": "3"}`. keep_files: leave the run directory with its log behind.
    Entering raises SwitchFailed when there is no binary, or when the switch is not up after start_s.
    """

    def __init__(
        self,
        config: Path,
        *,
        settings: Mapping[str, str] | None = None,
        binary: str | None = None,
        start_s: float = 60.0,
        stop_s: float = 10.0,
        keep_files: bool = False,
    ) -> None:
        self._config = config.resolve()
        self._settings = dict(settings or {})
        self._binary = binary or find_binary()
        self._start_s = start_s
        self._stop_s = stop_s
        self._keep_files = keep_files
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self.run_dir = Path()
        self.address: SwitchAddress

    def __enter__(self) -> "SwitchProcess":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log_path(self) -> Path:
        return self.run_dir / "log" / "freeswitch.log"

    @property
    def pid(self) -> int:
        """Of the running switch, for tests that kill it."""
        if self._process is None:
            raise SwitchFailed("the switch is not running")
        return self._process.pid

    def start(self) -> None:
        if self._binary is None:
            raise SwitchFailed("no FreeSWITCH: set FREESWITCH_BIN, or put `freeswitch` on the PATH")
        if self._lock is None:  # else it was killed, and comes back where it was
            self._lock, first = _lock_ports()
            self.run_dir = Path(tempfile.mkdtemp(prefix="fcc-switch-"))
            self.address = SwitchAddress(
                host="127.0.0.1",
                esl_port=first,
                password=secrets.token_hex(16),
                sip_port=first + 1,
                agents_sip_port=first + 2,
                robots_port=first + 3,
            )
        try:
            self._spawn(self.address.esl_port)
            self._wait_until_up(time.monotonic() + self._start_s)
        except BaseException:
            self._keep_files = True  # whoever reads the error wants the log
            self.stop()
            raise

    def stop(self) -> None:
        """SIGTERM, and after stop_s SIGKILL. Harmless when it has stopped already."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(self._stop_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if not self._keep_files and self.run_dir != Path():
            shutil.rmtree(self.run_dir, ignore_errors=True)

    def kill(self) -> None:
        """As a power cut would: SIGKILL, no BYE to anybody. start() brings it back at the same address."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def _spawn(self, first: int) -> None:
        places = {name: self.run_dir / name for name in ("log", "db", "run", "storage", "recordings", "temp")}
        for place in places.values():
            place.mkdir(exist_ok=True)
        given = {
            "FREESWITCH_CC_SIP_IP": "127.0.0.1",
            "FREESWITCH_CC_SIP_PORT": str(self.address.sip_port),
            "FREESWITCH_CC_AGENTS_SIP_PORT": str(self.address.agents_sip_port),
            "FREESWITCH_CC_ROBOTS": "1",
            "FREESWITCH_CC_ROBOTS_SIP_PORT": str(self.address.robots_port),
            "FREESWITCH_CC_ESL_PORT": str(self.address.esl_port),
            "FREESWITCH_CC_ESL_PASSWORD": self.address.password,
            "FREESWITCH_CC_RTP_FIRST": str(first + _RTP_OFFSET),
            "FREESWITCH_CC_RTP_LAST": str(first + _WINDOW - 1),
        }
        # Settings of the developer's own shell must not reach a switch of ours.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FREESWITCH_CC_")}
        flags = ["-nf", "-nc", "-nonat", "-np", "-conf", str(self._config)]
        for name, place in places.items():
            flags += [f"-{name}", str(place)]
        with (self.run_dir / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [str(self._binary), *flags],
                cwd=self.run_dir,
                env=inherited | given | self._settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _wait_until_up(self, deadline: float) -> None:
        why = "nothing heard of it"
        for _ in self._until(deadline):
            try:
                connection = self.address.connect(timeout_s=2.0)
            except SwitchUnreachable as error:
                why = str(error)
                continue
            try:
                for _ in self._until(deadline):
                    down = [name for name in self._profiles() if not _is_running(connection, name)]
                    # Before its core is ready the switch answers every SIP request with 503.
                    if not down and "is ready" in connection.api("status"):
                        return
                    why = f"its SIP profile {down[0]} is not up" if down else "its core is not ready"
            finally:
                connection.close()
        raise SwitchFailed(f"the switch is not up after {self._start_s:g} s: {why}; see {self.run_dir}")

    def _profiles(self) -> tuple[str, ...]:
        has_robots = self._settings.get("FREESWITCH_CC_ROBOTS", "1") == "1"
        return _PROFILES if has_robots else _PROFILES[:2]

    def _until(self, deadline: float) -> Iterator[None]:
        """Once every 50 ms until the deadline; what is waited for between is the end of the process."""
        assert self._process is not None
        while time.monotonic() < deadline:
            try:
                code = self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                yield
            else:
                raise SwitchFailed(f"the switch ended with {code} while it started; see {self.run_dir}")


def _is_running(connection: Connection, profile: str) -> bool:
    try:
        rows = connection.api("sofia status").splitlines()
    except CommandFailed:
        return False  # mod_sofia is not loaded yet
    return any(row.split()[:1] == [profile] and "RUNNING" in row for row in rows)


def _lock_ports() -> tuple[IO[str], int]:
    """A window of ports that no other switch of ours uses: the lock lasts as long as its file is open."""
    for window in range(_WINDOWS):
        first = _FIRST_PORT + window * _WINDOW
        lock = (Path(tempfile.gettempdir()) / f"freeswitch-cc-ports-{first}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        if all(_is_free(first + offset) for offset in range(4)):
            return lock, first
        lock.close()
    raise SwitchFailed("no free ports for a switch: are others running?")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as sock:
            # As the switch itself does: connections of a run before, still in TIME_WAIT, are no hindrance.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1 if kind == socket.SOCK_STREAM else 0)
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


@contextmanager
def running_switch(config: Path, settings: Mapping[str, str] | None = None) -> Iterator[SwitchAddress]:
    """The switch that FREESWITCH_CC_TEST_SWITCH names (settings are its owner's business), or one of one's own."""
    named = os.environ.get("FREESWITCH_CC_TEST_SWITCH")
    if named:
        yield SwitchAddress.parse(named)
        return
    with SwitchProcess(config, settings=settings) as switch:
        yield switch.address
