"""Commands that run something or look at it: run, calls, alarms, testcalls."""

import logging
from dataclasses import replace
from pathlib import Path

from freeswitch_cc.cli import switches
from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import show_rows
from freeswitch_cc.store import board
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.migrate import require_newest

_ALARM_COLUMNS = ("at", "kind", "switch", "call_id", "details")
_COLUMNS = (
    "call_id",
    "origin",
    "phase",
    "caller_number",
    "caller_name",
    "dialled",
    "queue",
    "agent",
    "started_at",
    "outcome",
)


def run(context: Context) -> int:
    """Run the engine until it is told to stop."""
    # Imported when it is needed: no other command should wait for it.
    from freeswitch_cc.engine.process import run as run_engine

    logging.basicConfig(level=context.settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with context.database() as url:
        with connected(url) as connection:
            require_newest(connection)
        run_engine(replace(context.settings, database_url=url))
    return 0


def calls(context: Context) -> int:
    """The calls that are going on, or the last ones."""
    with context.transaction() as connection:
        if context.arguments.last is None:
            rows = board.live_calls(connection)
        else:
            rows = board.last_calls(connection, context.arguments.last)
    show_rows(rows, _COLUMNS, as_json=context.as_json, empty="no calls")
    return 0


def alarms(context: Context) -> int:
    """What somebody should look at, the newest first."""
    with context.transaction() as connection:
        rows = board.alarms(connection, context.arguments.last)
    show_rows(rows, _ALARM_COLUMNS, as_json=context.as_json, empty="no alarms")
    return 0


def testcalls(context: Context) -> int:
    """Carry out scripted calls and tell their story."""
    from freeswitch_cc.testcalls.main import run as run_scenarios

    given = context.arguments
    return run_scenarios(
        [Path(file) for file in given.files],
        switches.named_switch(context),
        context.settings,
        as_json=context.as_json,
        simulated=True if given.simulator else None,
    )
