"""How soon a caller rings at an agent's phone: a whole engine, a durable PostgreSQL and the simulator, on one machine.

`make bench-dispatch`. Each is a process of its own. `dispatch`: from the switch sending CHANNEL_PARK of a caller to the
switch receiving the originate of the agent's leg. `dispatch_free`: with 300 callers waiting, from the switch sending
the end of an agent's leg to the switch receiving the originate of his next. Both are timed in the switch's process
(dispatch_switch.py), by one clock; about 500 calls are live. The engine counts for itself (dispatch_engine.py).
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatch_center import NUMBERS, PASSWORD_ENV, center
from dispatch_processes import MemoryWatch, Process, Usage
from freeswitch_cc.store import center as center_store
from freeswitch_cc.store import embedded
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.migrate import migrate
from sqlalchemy import text

PASSWORD = "bench"  # dispatch_switch.py knows it
LIVE = 500
RATES = (80, 110, 140, 170, 200)
GOOD_P95_MS = 100.0
LATE_MS = 250.0
"""A caller who dials later than that after his time: the switch's process does not keep up, and says nothing of us."""
WRAPPED_UP_WITHIN_S = 10.0
WAITING, AGENTS_OF_WAITING, TALK_OF_WAITING_S = 300, 250, 5.0


@dataclass
class Bench:
    """Everything that runs."""

    url: str
    switch: Process
    engine: Process
    of_engine: Usage
    of_postgres: Usage
    of_switch: Usage

    def say(self, name: str, value: object) -> None:
        print(f"{name}: {value}", flush=True)

    def play(self, **plan: Any) -> dict[str, Any]:
        """The switch's result, with what the engine has asked and what all have used, settling and end included."""
        counted = self.engine.ask()
        cpu = self._cpu()
        result = self.switch.ask({"numbers": NUMBERS, **plan})
        counted_after = self.engine.ask()
        result["engine"] = {name: counted_after[name] - counted[name] for name in counted}
        result["cpu"] = {name: used - cpu[name] for name, used in self._cpu().items()}
        return result

    def _cpu(self) -> dict[str, float]:
        return {
            "engine": self.of_engine.cpu_s(),
            "postgres": self.of_postgres.cpu_s(),
            "switch": self.of_switch.cpu_s(),
            "wall": time.monotonic(),
        }

    def available(self, count: int) -> None:
        """So many agents are there, the others have gone home. When the last wrap-up is over."""
        until = time.monotonic() + WRAPPED_UP_WITHIN_S
        while self.value("SELECT count(*) FROM agent WHERE activity <> 'idle'") and time.monotonic() < until:
            time.sleep(0.1)
        with connected(self.url) as connection:
            connection.execute(
                text(
                    "UPDATE agent SET presence = CASE WHEN substr(login, 2)::int < :count THEN 'available'"
                    " ELSE 'offline' END, reason = NULL,"
                    " idle_since = CASE WHEN substr(login, 2)::int < :count THEN clock_timestamp() END"
                ),
                {"count": count},
            )

    def analyze(self) -> None:
        """As autovacuum would have in a center that has run for a while."""
        with connected(self.url) as connection:
            connection.execute(text("ANALYZE"))

    def value(self, sql: str) -> Any:
        with connected(self.url) as connection:
            return connection.execute(text(sql)).scalar()


@contextmanager
def running_bench(profile: str | None) -> Iterator[Bench]:
    directory = Path(tempfile.mkdtemp(prefix="fcc-bench-"))
    try:
        with embedded.running(directory / "pg", is_durable=True) as url:
            migrate(url)
            switch = Process(directory / "switch.log", "dispatch_switch.py")
            engine: Process | None = None
            try:
                with connected(url) as connection:
                    center_store.apply(connection, center(switch.first["port"], switch.first["robots_port"]))
                env = {"FREESWITCH_CC_DATABASE_URL": url, PASSWORD_ENV: PASSWORD}
                flags = ["--profile", profile] if profile else []
                engine = Process(directory / "engine.log", "dispatch_engine.py", *flags, env=env)
                postmaster = int((directory / "pg" / "postmaster.pid").read_text().split()[0])
                yield Bench(url, switch, engine, Usage(engine.pid), Usage(postmaster), Usage(switch.pid))
            finally:
                if engine is not None:
                    engine.end()
                switch.end()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def say_used(bench: Bench, name: str, result: dict[str, Any]) -> None:
    """What the whole run used, its beginning and its end included."""
    cpu = result["cpu"]
    for who, label in (("engine", "engine"), ("postgres", "postgres"), ("switch", "simulator")):
        bench.say(f"{name}_cpu_seconds_{label}", f"{cpu[who]:.1f} of {cpu['wall']:.0f}")
    bench.say(f"{name}_simulator_busy", f"{result['cpu_s'] / result['seconds']:.2f}")
    bench.say(f"{name}_simulator_lag_ms_p95", f"{result['lag_p95_ms']:.1f}")
    bench.say(f"{name}_simulator_late_ms", f"{result['late_ms']:.0f}")


def steady(bench: Bench, seconds: float, rate: float) -> dict[str, Any]:
    result = bench.play(rate=rate, seconds=seconds, settle_s=1.5 * LIVE / rate, talk_s=LIVE / rate)
    return result


def report_steady(bench: Bench, result: dict[str, Any], rate: float) -> None:
    spread, engine = result["dispatch"], result["engine"]
    # The engine's counts are of the whole run, with the calls before and after the measured time.
    calls = result["calls_of_run"]
    bench.say("dispatch_rate", f"{rate:.0f}")
    bench.say("dispatch_calls", result["calls"])
    bench.say("dispatch_calls_not_dispatched", result["not_dispatched"])
    bench.say("dispatch_calls_live", result["live"])
    bench.say("dispatch_calls_left_over", result["left"])
    for share in ("p50", "p95", "p99", "worst"):
        bench.say(f"dispatch_ms_{share}", f"{spread[share]:.1f}")
    bench.say("sql_round_trips_per_call", f"{engine['round_trips'] / calls:.1f}")
    bench.say("sql_statements_per_call", f"{engine['statements'] / calls:.1f}")
    bench.say("events_handled_per_call", f"{engine['handled'] / calls:.1f}")
    bench.say("events_that_changed_something_per_call", f"{engine['changed'] / calls:.1f}")
    bench.say("matching_round_trips_per_call", f"{engine['matches'] / calls:.2f}")
    bench.say("engine_cpu_ms_per_call", f"{result['cpu']['engine'] / calls * 1000:.2f}")
    bench.say("postgres_cpu_ms_per_call", f"{result['cpu']['postgres'] / calls * 1000:.2f}")
    bench.say("simulator_cpu_ms_per_call", f"{result['cpu']['switch'] / calls * 1000:.2f}")
    bench.say("simulator_events_per_call", f"{result['events'] / max(1, result['calls']):.1f}")
    bench.say("simulator_commands_per_call", f"{result['commands'] / max(1, result['calls']):.1f}")
    bench.say("simulator_faults", result["faults"])
    say_used(bench, "dispatch", result)


def free(bench: Bench, seconds: float) -> None:
    bench.available(AGENTS_OF_WAITING)
    result = bench.play(waiting=WAITING, seconds=seconds, settle_s=15.0, talk_s=TALK_OF_WAITING_S)
    bench.available(1_000_000)
    spread = result["free"]
    bench.say("dispatch_free_waiting", result["waiting"])
    bench.say("dispatch_free_calls_live", result["live"])
    bench.say("dispatch_free_rate", f"{spread['count'] / result['seconds']:.0f}")
    for share in ("p50", "p95", "p99", "worst"):
        bench.say(f"dispatch_free_ms_{share}", f"{spread[share]:.1f}")
    say_used(bench, "dispatch_free", result)
    bench.say("dispatch_free_calls_left_over", result["left"])


def highest_rate(bench: Bench, seconds: float, first: dict[str, Any], first_rate: float) -> None:
    """Up by steps until a p95 is not good, or the switch's process does not keep up."""
    best = first_rate if is_good(first) else 0.0
    for rate in RATES:
        result = steady(bench, seconds, rate)
        spread, name = result["dispatch"], f"rate_{rate}"
        bench.say(f"{name}_dispatch_ms_p50", f"{spread['p50']:.1f}")
        bench.say(f"{name}_dispatch_ms_p95", f"{spread['p95']:.1f}")
        bench.say(f"{name}_calls_not_dispatched", result["not_dispatched"])
        bench.say(f"{name}_calls_left_over", result["left"])
        say_used(bench, name, result)
        if not is_good(result):
            if result["late_ms"] > LATE_MS:
                bench.say(f"{name}_note", "the simulator did not keep up")
            break
        best = rate
    bench.say("highest_rate_p95_under_100ms", f"{best:.0f}")


def is_good(result: dict[str, Any]) -> bool:
    is_prompt = result["dispatch"]["p95"] < GOOD_P95_MS and result["late_ms"] <= LATE_MS
    return bool(is_prompt and result["not_dispatched"] <= 0.001 * result["calls"])


def memory(bench: Bench, minutes: float, rate: float) -> None:
    with MemoryWatch(bench.of_engine) as watch:
        result = steady(bench, minutes * 60, rate)
    bench.say("engine_memory_mb", f"{max(mb for _, mb in watch.seen):.0f}")
    bench.say("engine_memory_mb_at_its_end", f"{watch.seen[-1][1]:.0f}")
    settled_min = 1.5 * LIVE / rate / 60
    bench.say("engine_memory_slope_mb_per_minute", f"{watch.slope(settled_min):.2f} over {minutes:g} minutes")
    bench.say("engine_memory_calls_live", result["live"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each thing is measured (60)")
    parser.add_argument("--step-seconds", type=float, default=20.0, help="how long each rate is measured (20)")
    parser.add_argument("--minutes", type=float, default=2.0, help="how long memory is watched (2)")
    parser.add_argument("--rate", type=float, default=50.0, help="calls a second (50)")
    parser.add_argument("--only", choices=("dispatch", "free", "rates", "memory"), help="one part, after the warm-up")
    parser.add_argument("--profile", metavar="FILE", help="write a cProfile of the engine")
    given = parser.parse_args()
    with running_bench(given.profile) as bench:
        bench.say("postgres_fsync", bench.value("SHOW fsync"))
        bench.say("postgres_synchronous_commit", bench.value("SHOW synchronous_commit"))
        bench.say("cores", os.cpu_count())
        bench.available(1_000_000)
        bench.analyze()
        warm_up = steady(bench, 3.0, given.rate)
        bench.say("warm_up_dispatch_ms_p95", f"{warm_up['dispatch']['p95']:.1f}")
        bench.say("engine_memory_mb_at_the_beginning", f"{bench.of_engine.memory_mb():.0f}")
        result: dict[str, Any] = {}
        if given.only in (None, "dispatch", "rates"):
            calls_before = bench.value("SELECT count(*) FROM call")
            result = steady(bench, given.seconds, given.rate)
            result["calls_of_run"] = bench.value("SELECT count(*) FROM call") - calls_before
            report_steady(bench, result, given.rate)
        if given.only in (None, "free"):
            free(bench, given.seconds)
        if given.only in (None, "rates"):
            highest_rate(bench, given.step_seconds, result, given.rate)
        if given.only in (None, "memory"):
            memory(bench, given.minutes, given.rate)
        for label, process in (("engine", bench.engine), ("simulator", bench.switch)):
            complaints = process.complaints()
            bench.say(f"{label}_lines_logged", len(complaints))
            for line in complaints[-3:]:
                print(f"  {line}")


if __name__ == "__main__":
    main()
