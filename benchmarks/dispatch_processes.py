"""The processes of `make bench-dispatch`: how they are spoken to, and what each uses. Nothing here knows calls."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any


class Process:
    """One of ours, which answers each line with a line of JSON."""

    def __init__(self, log: Path, script: str, *arguments: str, env: dict[str, str] | None = None) -> None:
        command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
        self._log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=os.environ | (env or {}),
                start_new_session=True,  # a share of the machine of its own, as services have
            )
        self.first = self._read()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, given: dict[str, Any] | None = None) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(given or {}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def complaints(self) -> list[str]:
        """What it has logged since it began."""
        return self._log.read_text().splitlines()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            last = "\n".join(self.complaints()[-20:])
            raise SystemExit(f"{self._process.args} has ended:\n{last}")
        said: dict[str, Any] = json.loads(line)
        return said


class Usage:
    """CPU of a process and of all that it started; and the memory of it alone."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def cpu_s(self) -> float:
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            if int(stat.parent.name) == self._pid:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self._pid:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


class MemoryWatch:
    """Looks at a process's memory each second, while the block runs."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage
        self._ended = Event()
        self._began = time.monotonic()
        self._thread = Thread(target=self._look, daemon=True)
        self.seen: list[tuple[float, float]] = []

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(1.0):
            self.seen.append(((time.monotonic() - self._began) / 60, self._usage.memory_mb()))

    def slope(self, after_min: float) -> float:
        """MB a minute, by least squares, without the first minutes."""
        seen = [(x, y) for x, y in self.seen if x >= after_min]
        if len(seen) < 2:
            return float("nan")
        x_mean, y_mean = (sum(row[i] for row in seen) / len(seen) for i in (0, 1))
        return sum((x - x_mean) * (y - y_mean) for x, y in seen) / sum((x - x_mean) ** 2 for x, _ in seen)
