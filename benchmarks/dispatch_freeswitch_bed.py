"""The test bed of `make bench-dispatch-freeswitch`: two FreeSWITCHes, a durable PostgreSQL and an engine.

One switch is the center's: fs-config with mod_callcenter beside it. The other one plays callers and agents' phones
(the robots of fs-config). The engine is `freeswitch-cc run` as anybody runs it, a process of its own. Here is how
they are started, looked at and stopped; nothing here knows a call.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import gevent
from dispatch_freeswitch_config import MODULE, PASSWORD_ENV, center_file, contact, phones_config, switch_config
from dispatch_processes import Usage
from sqlalchemy import text

from freeswitch_cc.errors import SwitchFailed
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.wire import Wire, failure_of
from freeswitch_cc.store import embedded
from freeswitch_cc.store.connect import connected
from freeswitch_cc.testcalls.address import SwitchAddress
from freeswitch_cc.testcalls.switch_process import SwitchProcess, find_binary
from freeswitch_cc.testcalls.until import until

ENGINE_READY_MS = 60_000
STOP_S = 2.0
"""A switch waits for its last legs; nobody needs those of this one."""
CALM_S = 2.0
_HEARD = "reading events, core"
"""What the engine logs when it has the switch."""


class Unfit(Exception):
    """This machine cannot run the benchmark; the text says what is missing."""


@dataclass
class Bed:
    """Everything that runs. log_of_engine: its own lines, which the breakdown is read from."""

    url: str
    switch: SwitchAddress
    phones: SwitchAddress
    log_of_engine: Path
    used_by: dict[str, Usage]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with connected(self.url) as connection:
            return [tuple(row) for row in connection.execute(text(sql))]


@contextmanager
def running_bed(agents: int, tell: Callable[[str], None], *, keep: bool, is_stock_timer: bool) -> Iterator[Bed]:
    """Start everything in order, stop it in the other. Raises Unfit, SwitchFailed, StoreFailed."""
    binary = needed_binary()
    directory = Path(tempfile.mkdtemp(prefix="fcc-versus-"))
    with ExitStack() as stack:
        if not keep:
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
        tell("starting the switch that plays callers and phones")
        phones = stack.enter_context(
            SwitchProcess(
                phones_config(directory, is_stock_timer=is_stock_timer), binary=binary, stop_s=STOP_S, keep_files=keep
            )
        )
        phone = contact(phones.address.robots_port)
        tell(f"starting the switch of the center, with {MODULE}")
        config = switch_config(directory, agents, phone, is_stock_timer=is_stock_timer)
        switch = stack.enter_context(
            SwitchProcess(config, settings={"FREESWITCH_CC_ROBOTS": "0"}, binary=binary, stop_s=STOP_S, keep_files=keep)
        )
        asking = switch.address.connect()
        stack.callback(asking.close)
        need_module(asking.api, binary)
        tell("starting PostgreSQL, with fsync, and the engine")
        url = stack.enter_context(embedded.running(directory / "pg", is_durable=True))
        postmaster = int((directory / "pg" / "postmaster.pid").read_text().split()[0])
        env = _environment(url, switch.address.password)
        center = center_file(directory, agents, phone, switch.address.esl_port)
        _command(env, "migrate")
        _command(env, "apply", str(center))
        log = directory / "engine.log"
        engine = stack.enter_context(_engine(env, log))
        with connected(url) as connection:
            # They all log in and are available, longest idle first in the order of their names.
            connection.execute(
                text("UPDATE agent SET presence = 'available', reason = NULL, idle_since = clock_timestamp()")
            )
        if keep:
            tell(f"the logs stay in {log}, {switch.log_path} (the center), {phones.log_path} (the phones)")
        pids = {"switch": switch.pid, "phones": phones.pid, "engine": engine.pid, "postgres": postmaster}
        yield Bed(
            url=url,
            switch=switch.address,
            phones=phones.address,
            log_of_engine=log,
            used_by={name: Usage(pid) for name, pid in pids.items()},
        )


def needed_binary() -> str:
    binary = find_binary()
    if binary is None:
        raise Unfit("no FreeSWITCH: put `freeswitch` on the PATH, or set FREESWITCH_BIN to its path")
    if shutil.which(binary) is None:
        raise Unfit(f"no FreeSWITCH: FREESWITCH_BIN is {binary}, and there is no program of that name")
    return binary


def need_module(api: Callable[[str], str], binary: str) -> None:
    """Raises Unfit when the running switch could not load what it is to be compared with."""
    if api(f"module_exists {MODULE}").strip() != "true":
        raise Unfit(
            f"{binary} was built without {MODULE}: add `applications/{MODULE}` to its modules.conf and build it again,"
            " or install its package (freeswitch-mod-callcenter)"
        )


def listening(address: SwitchAddress, events: str, take: Callable[[bytes], None]) -> Connection:
    """A connection that hears these events and takes commands; whoever asked for it closes it."""
    connection = Connection(address.host, address.esl_port, address.password, timeout_s=15.0, on_event=take)
    connection.connect()
    [reply] = connection.send(Wire(f"event json {events}\n\n".encode(), 1, "event json"))
    if failure_of(reply) is not None:
        raise SwitchFailed(f"the switch does not tell its events: {reply}")
    return connection


def _environment(url: str, password: str) -> dict[str, str]:
    """Settings of the developer's own shell must not reach an engine of ours."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FREESWITCH_CC_")}
    return inherited | {"FREESWITCH_CC_DATABASE_URL": url, PASSWORD_ENV: password}


def _command(env: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "freeswitch_cc", *arguments], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unfit(f"freeswitch-cc {arguments[0]} ended with {done.returncode}: {done.stderr or done.stdout}")


@contextmanager
def _engine(env: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        engine = subprocess.Popen(
            [sys.executable, "-m", "freeswitch_cc", "run"], env=env, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        if not until(lambda: engine.poll() is not None or _HEARD in log.read_text(), ENGINE_READY_MS):
            raise Unfit(f"the engine has no switch after {ENGINE_READY_MS / 1000:g} s:\n{log.read_text()[-2000:]}")
        if engine.poll() is not None:
            raise Unfit(f"the engine ended with {engine.returncode}:\n{log.read_text()[-2000:]}")
        yield engine
    finally:
        engine.terminate()
        try:
            engine.wait(20)
        except subprocess.TimeoutExpired:
            engine.kill()
            engine.wait()


@dataclass(frozen=True, slots=True)
class Machine:
    """CPU seconds so far: of each of ours, of the whole machine while it worked, and what its host kept for others.

    What runs at a lower priority counts as well: many of them delay us, though each of them yields.
    """

    ours: dict[str, float]
    busy_s: float
    stolen_s: float
    at: float

    @classmethod
    def now(cls, bed: Bed) -> "Machine":
        ticks = os.sysconf("SC_CLK_TCK")
        user, nice, system, _idle, _iowait, irq, softirq, steal = (
            int(part) / ticks for part in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
        )
        own = os.times()  # not Usage: everything else is a child of this process
        ours = {name: usage.cpu_s() for name, usage in bed.used_by.items()} | {"bench": own.user + own.system}
        return cls(ours, user + nice + system + irq + softirq, steal, time.monotonic())

    def others_since(self, before: "Machine") -> float:
        """How many cores everybody else has used since then, on average."""
        ours = sum(self.ours.values()) - sum(before.ours.values())
        return max(0.0, self.busy_s - before.busy_s - ours) / (self.at - before.at)


def wait_for_calm(bed: Bed, others: float, patience_s: float) -> bool:
    """Until others have used no more than so many cores for CALM_S; False when they never did in patience_s."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        before = Machine.now(bed)
        gevent.sleep(CALM_S)
        if Machine.now(bed).others_since(before) <= others:
            return True
    return False
