"""The engine of `make bench-dispatch`: a whole one in a process of its own, which counts what it asks of the database.

For each line on stdin one JSON object with what has been done so far goes to stdout. `--profile FILE`: a cProfile,
from the first line to the last.
"""

from gevent import monkey

monkey.patch_all()

from psycogreen.gevent import patch_psycopg

patch_psycopg()

import cProfile
import json
import logging
import os
import sys
import time

import gevent
from gevent.fileobject import FileObjectThread

from freeswitch_cc.config import Settings
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.engine.process import spare_collections

READY_WITHIN_S = 60.0


def counted(engine: Engine) -> dict[str, float]:
    everybody = engine._sessions
    return {
        "handled": sum(worker.handled for worker in engine.workers),
        "changed": sum(worker.changed for worker in engine.workers),
        "statements": sum(session.statements for session in everybody),
        "round_trips": sum(session.round_trips for session in everybody),
        "matches": engine.matcher._session.round_trips,
        "cpu_s": time.process_time(),
    }


def main() -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    engine = Engine(Settings.from_env(os.environ), os.environ)
    spare_collections()
    engine.start()
    asked = FileObjectThread(sys.stdin, "r")
    with gevent.Timeout(READY_WITHIN_S):
        while not engine.ready_switches():
            gevent.sleep(0.05)
    print(json.dumps({"ready": True}), flush=True)
    profile = cProfile.Profile(time.thread_time) if sys.argv[1:2] == ["--profile"] else None
    while asked.readline():
        if profile is not None:
            profile.enable()
        print(json.dumps(counted(engine)), flush=True)
    if profile is not None:
        profile.disable()
        profile.dump_stats(sys.argv[2])
    engine.stop()


if __name__ == "__main__":
    main()
