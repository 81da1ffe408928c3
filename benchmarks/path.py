"""From socket to commit: a whole engine on a durable PostgreSQL, and calls that another process plays to it.

`make bench-path`. Two runs. `steady`: 50 calls a second, for latency, CPU and what is asked of the database. `full`:
as many as go with 30 calls at a time, for the rate. The engine is this process; the switch (fake_switch.py) and
PostgreSQL share the machine with it. Latency is from the write of an event to the socket to the arrival of the
command that it causes, so a commit with fsync, and the Event Socket both ways, are in it.
`--profile FILE` writes a cProfile of the engine during the full run.
"""

from gevent import monkey

monkey.patch_all()

from psycogreen.gevent import patch_psycopg

patch_psycopg()

import cProfile
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent

from freeswitch_cc.config import Settings
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.store import embedded
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.migrate import migrate
from sqlalchemy import text

AGENTS = 200
STEADY = {"seconds": 10.0, "calls": 0, "rate": 50.0, "ring_s": 0.5, "talk_s": 1.0}
FULL = {"seconds": 10.0, "calls": 30, "rate": None, "ring_s": 0.0, "talk_s": 0.0}
WARM_UP = STEADY | {"seconds": 3.0}
LIMIT_S = 60.0

CENTER = """
    INSERT INTO switch (name, host, port, password_env) VALUES ('bench', '127.0.0.1', :port, 'PASSWORD');
    INSERT INTO queue (name, music) VALUES ('bench', 'local_stream://moh');
    INSERT INTO entry_point (number, queue_id) SELECT '100', queue_id FROM queue;
    INSERT INTO agent (login, name, contact, presence, idle_since)
    SELECT 'a' || n, 'a' || n, 'user/a' || n || '@bench', 'available', now() FROM generate_series(1, :agents) n;
    INSERT INTO eligibility (agent_id, queue_id) SELECT agent_id, queue_id FROM agent, queue;
"""


class Gauge:
    """What has been done and used so far; the difference of two readings is what a run did."""

    def __init__(self, engine: Engine, postmaster: int) -> None:
        self._engine = engine
        self._postmaster = postmaster

    def read(self) -> dict[str, float]:
        engine = self._engine
        workers: list[Session] = [worker._session for worker in engine.workers]
        everybody = [*workers, engine.matcher._session, engine.deadlines._session, engine.requests._session]
        return {
            "handled": sum(worker.handled for worker in engine.workers),
            "changed": sum(worker.changed for worker in engine.workers),
            "statements": sum(session.statements for session in workers),
            "round_trips": sum(session.round_trips for session in workers),
            "all_statements": sum(session.statements for session in everybody),
            "all_round_trips": sum(session.round_trips for session in everybody),
            "cpu_s": time.process_time(),
            "postgres_cpu_s": cpu_of_children(self._postmaster),
        }


def cpu_of_children(pid: int) -> float:
    """Seconds of CPU of a process, its live children, and those that have ended."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(stat.parent.name) == pid:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == pid:
            ticks += sum(map(int, fields[11:13]))
    return ticks / 100


@contextmanager
def switch_process() -> Iterator[subprocess.Popen[str]]:
    script = str(Path(__file__).with_name("fake_switch.py"))
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def play(switch: "subprocess.Popen[str]", plan: dict[str, Any]) -> dict[str, Any]:
    assert switch.stdin is not None
    assert switch.stdout is not None
    switch.stdin.write(json.dumps(plan) + "\n")
    switch.stdin.flush()
    with gevent.Timeout(LIMIT_S):
        result: dict[str, Any] = json.loads(switch.stdout.readline())
    return result


def measured(gauge: Gauge, switch: "subprocess.Popen[str]", plan: dict[str, Any]) -> dict[str, float]:
    before = gauge.read()
    result = play(switch, plan)
    after = gauge.read()
    return {name: after[name] - before[name] for name in after} | result


def report(steady: dict[str, float], full: dict[str, float]) -> None:
    per_event = {name: steady[name] / steady["handled"] for name in steady}
    seconds_full = full["seconds"]
    print(f"path_events_per_s: {full['changed'] / seconds_full:.0f}")
    print(f"path_calls_per_s: {full['calls'] / seconds_full:.0f}")
    print(f"statements_per_event: {per_event['statements']:.2f}")
    print(f"round_trips_per_event: {per_event['round_trips']:.2f}")
    print(f"statements_per_event_with_matching: {per_event['all_statements']:.2f}")
    print(f"round_trips_per_event_with_matching: {per_event['all_round_trips']:.2f}")
    for name, run in (("steady", steady), ("full", full)):
        print(f"{name}_event_to_command_p50_ms: {run['p50_ms']:.1f}")
        print(f"{name}_event_to_command_p95_ms: {run['p95_ms']:.1f}")
        print(f"{name}_engine_cpu_ms_per_event: {run['cpu_s'] / run['changed'] * 1000:.2f}")
        print(f"{name}_postgres_cpu_ms_per_event: {run['postgres_cpu_s'] / run['changed'] * 1000:.2f}")
        print(f"{name}_events_that_changed_something: {run['changed'] / run['handled']:.2f}")
        print(f"{name}_calls_left_over: {run['left']:.0f}")


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    directory = Path(tempfile.mkdtemp(prefix="fcc-bench-"))
    try:
        with embedded.running(directory / "pg", is_durable=True) as url, switch_process() as switch:
            assert switch.stdout is not None
            migrate(url)
            with connected(url) as connection:
                values = {"port": int(switch.stdout.readline()), "agents": AGENTS}
                for statement in CENTER.split(";")[:-1]:
                    connection.execute(text(statement), values)
            engine = Engine(Settings(database_url=url), {"PASSWORD": "bench"})
            engine.start()
            with gevent.Timeout(LIMIT_S):
                while not engine.ready_switches():
                    gevent.sleep(0.05)
            gauge = Gauge(engine, int((directory / "pg" / "postmaster.pid").read_text().split()[0]))
            play(switch, WARM_UP)
            steady = measured(gauge, switch, STEADY)
            profile = cProfile.Profile() if sys.argv[1:2] == ["--profile"] else None
            if profile is not None:
                profile.enable()
            full = measured(gauge, switch, FULL)
            if profile is not None:
                profile.disable()
                profile.dump_stats(sys.argv[2])
            engine.stop()
            report(steady, full)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
