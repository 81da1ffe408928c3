"""The benchmarks are scripts that import each other by their bare names: here their directory is on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
