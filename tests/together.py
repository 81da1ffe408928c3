"""`make test`: all tests, in four processes: one computes, one asks the database, two mostly wait for phones.

    python -m tests.together [PYTEST-OPTION ...]

What is told live is the last one's; the others' follows when all are over. `pytest` alone runs the same tests, one
after the other. Nothing is tested here.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
STORIES = ("scenarios",)
RECORDS = ("store", "engine", "migrations", "cli", "chaos")
SWITCHES = ("contract", "demo", "races", "simulator")


def main(options: list[str]) -> int:
    stories, records, switches = ([str(HERE / name) for name in names] for names in (STORIES, RECORDS, SWITCHES))
    others = [f"--ignore={place}" for place in stories + records + switches]
    with tempfile.TemporaryFile() as computed, tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as told:
        beside = [
            (subprocess.Popen(_pytest(*options, *arguments), stdout=output, stderr=subprocess.STDOUT), output)
            for arguments, output in ((others, computed), (records, asked), (stories, told))
        ]
        try:
            codes = [subprocess.run(_pytest(*options, *switches), check=False).returncode]
            codes += [process.wait() for process, _ in beside]
        finally:
            for process, output in beside:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
                output.seek(0)
                sys.stdout.flush()
                sys.stdout.buffer.write(output.read())
                sys.stdout.flush()
    return int(any(codes))  # a process that was killed has a code below 0


def _pytest(*arguments: str) -> list[str]:
    # A cache that all of them wrote at the end would be nobody's.
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
