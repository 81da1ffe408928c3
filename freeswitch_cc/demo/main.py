"""`freeswitch-cc demo`: a database, a switch and an engine for one busy minute, what became of it, and what is next.

The minute is a scenario like any other (minute.yaml) and is played as one; only what is seen of it is this package's.
"""

import logging
import shutil
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console

from freeswitch_cc.cli.output import complain, show_json, show_text
from freeswitch_cc.config import Settings
from freeswitch_cc.demo.ending import next_steps, show_answers, show_verdict
from freeswitch_cc.demo.pace import Pace
from freeswitch_cc.demo.report import Answer, ask
from freeswitch_cc.demo.signals import Interrupted, Signals
from freeswitch_cc.demo.view import LineView, LiveView
from freeswitch_cc.errors import ContactCenterError
from freeswitch_cc.testcalls.address import config_directory
from freeswitch_cc.testcalls.databases import open_databases
from freeswitch_cc.testcalls.invariants import RULES
from freeswitch_cc.testcalls.main import open_stage
from freeswitch_cc.testcalls.runner import Result, play_scenario
from freeswitch_cc.testcalls.scenario import Ask, Expect, Hear, Scenario, Step, Together, Wait, Why
from freeswitch_cc.testcalls.scenario_file import read_scenario

PASSED, FAILED = 0, 1
MINUTE = Path(__file__).parent / "minute.yaml"

# Where no terminal says how wide it is, the lines of SQL fit.
_WIDE = 118


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """promises: how many expectations the script holds. answers: what PostgreSQL says."""

    stage: str
    result: Result
    promises: int
    answers: tuple[Answer, ...]


def run(settings: Settings, *, switch: str | None = None, as_json: bool = False, file: Path = MINUTE) -> int:
    """Play the file and show it; 0: everything held, 1: something did not, 128 + n: ended by the signal n.

    switch: a running FreeSWITCH instead of the simulator. Raises ConfigInvalid for a file that is no scenario,
    SwitchFailed and StoreFailed when nothing could be played.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a caller's name, and a bar, on a terminal that knows neither
    scenario = read_scenario(file)
    console = Console(file=sys.stdout) if sys.stdout.isatty() else Console(file=sys.stdout, width=_WIDE)
    with Signals() as signals:
        try:
            outcome = _play(scenario, settings, switch, signals, console, as_json=as_json)
            signals.check()
        except Interrupted as interrupted:
            complain(f"ended by {interrupted}: everything that was started is stopped, and the database is removed")
            return interrupted.status
    if as_json:
        result = asdict(outcome.result) | {"has_passed": outcome.result.has_passed}
        answers = [asdict(answer) for answer in outcome.answers]
        show_json({"stage": outcome.stage, "promises": outcome.promises, **result, "answers": answers})
    else:
        show_answers(console, outcome.answers)
        show_verdict(console, outcome.result, outcome.promises, len(RULES))
        if outcome.result.has_passed and switch is None:
            show_text(f"\n{next_steps(config_directory(), commands_directory())}\n")
    return PASSED if outcome.result.has_passed else FAILED


def commands_directory() -> Path | None:
    """Where our command is, if whoever types its name gets none, or another one; None when he gets it."""
    command = Path(sysconfig.get_path("scripts")) / "freeswitch-cc"
    return command.parent if command.is_file() and shutil.which(command.name) != str(command) else None


def _play(
    scenario: Scenario, settings: Settings, switch: str | None, signals: Signals, console: Console, *, as_json: bool
) -> Outcome:
    tell: Callable[[str], None] = (lambda sentence: None) if as_json else LineView().tell
    began = time.monotonic()
    try:
        server = "the server of FREESWITCH_CC_DATABASE_URL" if settings.database_url else "its own, embedded"
        tell(f"PostgreSQL ({server}), a database of this run, and our tables in it ...")
        with (
            _told_logs(lambda line: None),  # what fails here says so itself, in one sentence
            open_databases(settings.database_url) as databases,
            databases.fresh() as url,
            open_stage(switch, simulated=switch is None) as stage,
        ):
            tell(f"... and a switch ({stage.name}): ready after {time.monotonic() - began:.1f} s")
            tell("")
            pace = Pace(scenario)
            live = LiveView(console, pace, stage.name) if console.is_terminal and not as_json else None
            shown = nullcontext() if live is None else live.shown(url)
            told = tell if live is None else live.tell
            with shown, _told_logs(told):
                result = signals.run(
                    lambda: play_scenario(scenario, stage, replace(settings, database_url=url), told, pace)
                )
            return Outcome(stage=stage.name, result=result, promises=_promises(scenario), answers=ask(url))
    except ContactCenterError:
        signals.check()  # Ctrl-C reaches PostgreSQL's tools too, and they fail of it
        raise


def _promises(scenario: Scenario) -> int:
    """How many things this script looks at."""

    def each(steps: Iterable[Step]) -> Iterator[Step]:
        for step in steps:
            yield from each(step.steps) if isinstance(step, Together) else (step,)

    checks = sum(isinstance(step, Wait | Hear | Why | Expect | Ask) for step in each(scenario.steps))
    return checks + len(scenario.expect) + len(scenario.alarms)


class _Teller(logging.Handler):
    """What is logged stands in the story: a line of its own would tear the tables apart."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(f"           ({record.levelname.lower()}: {record.getMessage()})")


@contextmanager
def _told_logs(tell: Callable[[str], None]) -> Iterator[None]:
    handler = _Teller(tell)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
