"""`make test`: all tests, in two processes beside each other; one computes, the other mostly waits for phones.

    python -m tests.together [PYTEST-OPTION ...]

What is told live is the second one's; the first one's follows when both are over. `pytest` alone runs the same, one
after the other. Nothing is tested here.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
WAITING = ("contract", "scenarios", "demo", "chaos", "races", "simulator")


def main(options: list[str]) -> int:
    waiting = [str(HERE / name) for name in WAITING]
    computing = [f"--ignore={place}" for place in waiting]
    with tempfile.TemporaryFile() as output:
        first = subprocess.Popen(_pytest(*options, *computing), stdout=output, stderr=subprocess.STDOUT)
        try:
            second = subprocess.run(_pytest(*options, *waiting), check=False)
            first.wait()
        finally:
            if first.poll() is None:
                first.terminate()
                first.wait()
            output.seek(0)
            sys.stdout.flush()
            sys.stdout.buffer.write(output.read())
            sys.stdout.flush()
    return first.returncode or second.returncode


def _pytest(*arguments: str) -> list[str]:
    # A cache of its own for each would be written by both at the end.
    return [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
