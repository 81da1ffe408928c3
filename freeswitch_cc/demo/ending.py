"""What is printed when the minute is over: what PostgreSQL says, what held and what did not, and what to do next."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.box import ROUNDED
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from freeswitch_cc.cli.output import clean
from freeswitch_cc.demo.report import Answer
from freeswitch_cc.testcalls.runner import Result

ROBOT = "sofia/internal/answer-after-2000@127.0.0.1:5080"

NEXT = """\
That was a simulated switch. Next, a real FreeSWITCH on this machine, in an empty directory and with two terminals.
{path}
1. The switch, with our small configuration and with robot phones, on loopback only:

     cp -r {config} switch
     mkdir -p run/log run/db
     export FREESWITCH_CC_ROBOTS=1
     freeswitch -nonat -nf -conf "$PWD/switch" -log "$PWD/run/log" -db "$PWD/run/db" -run "$PWD/run"

2. This very minute on it, in the other terminal; the switch has made a password when it started:

     export FREESWITCH_CC_ESL_PASSWORD=$(cat switch/generated/esl_password)
     freeswitch-cc demo --switch 127.0.0.1:8021:5060:5070:5080

3. A center of your own, there too: one agent, whose phone is a robot until you name a real one:

     cat > center.yaml <<'END'
     switches:
       - {{name: main, host: 127.0.0.1, port: 8021, password_env: FREESWITCH_CC_ESL_PASSWORD}}
     agents:
       - {{login: alice, name: Alice Martin, contact: "{robot}"}}
     queues:
       - {{name: sales, agents: [alice]}}
     entry_points:
       - {{number: "7001", queue: sales}}
     END
     export FREESWITCH_CC_DATA_DIR="$PWD/data"       # or FREESWITCH_CC_DATABASE_URL=postgresql://...
     freeswitch-cc migrate
     freeswitch-cc apply center.yaml
     freeswitch-cc run > engine.log 2>&1 &
     freeswitch-cc agent login alice
     freeswitch-cc agent available alice
     fs_cli -p "$FREESWITCH_CC_ESL_PASSWORD" -x 'originate sofia/robots/7001@127.0.0.1:5060 talk XML robots'
     freeswitch-cc calls                             # and again: first queued, then talking

{more}"""

# Where the source is, and where only the package is.
IN_THE_TREE = "README.md says what each of these does; docs/containers.md has all of it for Docker."
INSTALLED = """\
`freeswitch-cc COMMAND --help` says what each of these does, and
{config}/README.md what the switch can be told."""

PATH = """
In both of them, so that the command is found:

     export PATH="{commands}:$PATH"
"""


def show_answers(console: Console, answers: Iterable[Answer]) -> None:
    """Each question with its SQL, and its rows as a small table."""
    for answer in answers:
        console.print()
        console.print(Text(answer.title, "bold"))
        console.print(Padding.indent(Text(answer.sql, "dim"), 2))
        console.print(Padding.indent(_table(answer) if answer.rows else Text("no rows", "italic"), 2))


def show_verdict(console: Console, result: Result, promises: int, rules: int) -> None:
    """What held; or everything that did not, and how the rows stood then."""
    console.print()
    if result.has_passed:
        console.print(
            Text.assemble(
                ("PASSED  ", "bold green"),
                f"All {promises} expectations of the script held, and so did the {rules} rules of what must never be,\n"
                "before and after the end: no caller was lost, no agent is stuck, no leg is left on the switch.",
            )
        )
        return
    console.print(Text("FAILED  This did not hold:", "bold red"))
    for problem in result.problems:
        console.print(Text(f"  - {clean(problem)}"))
    console.print(Text("How the rows stood then:"))
    for row in result.left_behind:
        console.print(Text(f"    {clean(row)}", "dim"))


def next_steps(config: Path, commands: Path | None = None) -> str:
    """What to do next. config: fs-config. commands: where `freeswitch-cc` is, when no shell finds it by itself."""
    is_tree = (config.parent / "docs" / "containers.md").is_file()
    return NEXT.format(
        config=config,
        robot=ROBOT,
        path="" if commands is None else PATH.format(commands=commands),
        more=IN_THE_TREE if is_tree else INSTALLED.format(config=config),
    )


def _table(answer: Answer) -> Table:
    table = Table(header_style="bold", box=ROUNDED)
    for place, column in enumerate(answer.columns):
        is_number = any(isinstance(row[place], int | Decimal) for row in answer.rows)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in answer.rows:
        table.add_row(*(Text(_cell(cell)) for cell in row))
    return table


def _cell(cell: Any) -> str:
    return "-" if cell is None else clean(str(cell))
