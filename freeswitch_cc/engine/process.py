"""An engine as a process of its own: what must be there before it begins, its signals, and why it stopped.

What an engine consists of stands in engine.app.
"""

import gc
import logging
import os
import signal
from collections.abc import Mapping

import gevent
from gevent.event import Event

from freeswitch_cc.config import Settings, switch_password
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.engine.switches import SWITCHES
from freeswitch_cc.errors import ConfigInvalid, ContactCenterError, StoreFailed
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)


def require_passwords(settings: Settings, env: Mapping[str, str]) -> None:
    """Every switch has its password, or ConfigInvalid names all that have none, before anything has begun."""
    problems: list[str] = []
    session = Session(settings.database_url or "")
    for _, name, _, _, password_env in session.rows(SWITCHES):
        try:
            switch_password(env, name, password_env)
        except ConfigInvalid as error:
            problems += error.problems
    session.close()
    if problems:
        raise ConfigInvalid(problems)


def spare_collections() -> None:
    """What is there now stays, and is not looked through for garbage again; what comes is looked through seldom.

    An engine makes thousands of small things for each call, and nearly all of them go by themselves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def run(settings: Settings) -> None:
    """Run an engine until SIGTERM or SIGINT; raises what made it stop by itself. A second signal kills."""
    require_passwords(settings, os.environ)
    engine = Engine(settings, os.environ)
    stop = Event()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(1)
        log.info("stopping")
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, on_signal)
    spare_collections()
    engine.start()
    log.info("the engine runs")
    try:
        gevent.wait([stop, engine.failed], count=1)
    finally:
        engine.stop()
    if engine.failure is not None:
        if isinstance(engine.failure, ContactCenterError):
            raise engine.failure
        raise StoreFailed(f"the engine crashed: {engine.failure!r}") from engine.failure
