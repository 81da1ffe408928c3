"""`make chaos-main N=2000 SEED=...`: a chaos run on an embedded PostgreSQL.

Status 0 when nothing was lost or stuck, 1 when something was, 3 when the machine was too busy to tell.
The seed is printed first: the same seed and numbers draw the same plan. What a machine makes of it differs in time.
"""

import argparse
import logging
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path

from psycogreen.gevent import patch_psycopg

from freeswitch_cc.testcalls.databases import open_databases
from tests.chaos.plan import draw_plan
from tests.chaos.record import Record
from tests.chaos.run import play
from tests.chaos.story import report, story
from tests.chaos.verdict import Verdict, judge

_STORIES = 3
_LINES = 120


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos-main", description=__doc__)
    parser.add_argument("calls", type=int, nargs="?", default=2000, help="how many callers (default: 2000)")
    parser.add_argument("--seed", type=int, help="of the plan (default: drawn)")
    parser.add_argument("--rate", type=float, default=4.0, help="callers a second (default: 4)")
    parser.add_argument("--agents", type=int, default=40, help="how many agents (default: 40)")
    parser.add_argument("--calm", action="store_true", help="no lies, kills or restarts: people only")
    parser.add_argument("--log", help="where the full log goes (default: a new file, named at the end)")
    given = parser.parse_args()
    patch_psycopg()
    seed = given.seed if given.seed is not None else secrets.randbelow(1_000_000)
    _say(f"seed: {seed}")
    path = Path(given.log) if given.log else Path(tempfile.mkdtemp(prefix="fcc-chaos-")) / f"seed-{seed}.log"
    logging.basicConfig(filename=path.with_suffix(".engine.log"), level=logging.INFO, format=_FORMAT)
    plan = draw_plan(seed, given.calls, calls_per_s=given.rate, agents=given.agents, is_calm=given.calm)
    began = time.monotonic()
    with open_databases(os.environ.get("FREESWITCH_CC_DATABASE_URL")) as databases, databases.fresh() as url:
        record = play(plan, url, _say)
    verdict = judge(record)
    for name, count in verdict.counts.items():
        _say(f"{name}: {count}")
    _say(f"seconds: {time.monotonic() - began:.0f}")
    _say(f"seed: {seed}")
    path.write_text("\n".join([f"seed: {seed}", *report(record, verdict), ""]), encoding="utf-8")
    status = conclude(record, verdict)
    _say(f"seed {seed}; the full log: {path}, and the engine's: {path.with_suffix('.engine.log')}")
    return status


def conclude(record: Record, verdict: Verdict) -> int:
    """Say what is wrong, with the stories of the first faults. The exit status of the run."""
    for fault in verdict.faults[:_STORIES]:
        _say(f"\n{fault.kind}: {fault.sentence}")
        for call_id in dict.fromkeys(fault.calls):
            _say("\n".join(story(record, call_id)[-_LINES:]))
    if verdict.is_good:
        return 0
    if verdict.says_nothing:
        return 3
    _say(f"\nfaults: {len(verdict.faults)}")
    return 1


_FORMAT = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
