"""What `freeswitch-cc` understands, and how each command ends: 0, or 2 and a sentence; never a traceback.

The commands themselves stand in the files beside this one.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from freeswitch_cc import __version__
from freeswitch_cc.cli import agents, board, calls, configure, demo, queues, running, simulator, switches, voicemail
from freeswitch_cc.cli.context import Context, read_context
from freeswitch_cc.cli.output import complain
from freeswitch_cc.errors import ConfigInvalid, ContactCenterError

Command = Callable[[Context], int]

FAILED = 2
INTERRUPTED = 130


def main(argv: Sequence[str], env: Mapping[str, str] | None = None) -> int:
    """Carry out one command; the status of the process."""
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    try:
        return command(read_context(arguments, os.environ if env is None else env))
    except ConfigInvalid as wrong:
        for problem in wrong.problems:
            complain(problem)
    except ContactCenterError as failure:
        complain(str(failure))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough. Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="freeswitch-cc",
        description="A contact-center engine on FreeSWITCH.",
        epilog="Settings come from environment variables FREESWITCH_CC_*; `check-config` shows them.",
    )
    parser.add_argument("--version", action="version", version=f"freeswitch-cc {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    migrate = _add(commands, "migrate", configure.migrate, "bring the database to the newest schema")
    migrate.add_argument(
        "--beside-engines",
        action="store_true",
        help="though an engine runs: it loses what happens to calls until it is replaced",
    )

    check = _add(commands, "check-config", configure.check_config, "look for mistakes, change nothing")
    check.add_argument("file", nargs="?", metavar="FILE", help="a center file, checked too")

    apply = _add(commands, "apply", configure.apply, "make the database say what a center file says")
    apply.add_argument("file", metavar="FILE", help="the center file (YAML)")
    apply.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    _add(commands, "schema", configure.schema, "print the JSON schema of center files, for editors", prints_data=False)

    _add(commands, "run", running.run, "run the engine", prints_data=False)

    _add_agent_commands(commands)

    _add_routing_commands(commands)

    _add_call_list(_add(commands, "calls", running.calls, "the calls that are going on"))
    _add_call_commands(commands)

    alarms = _add(commands, "alarms", running.alarms, "what somebody should look at, the newest first")
    alarms.add_argument("--last", type=_count, metavar="N", default=20, help="so many of them (default: 20)")

    boxes = commands.add_parser("voicemail", help="messages that callers have left")
    of_boxes = boxes.add_subparsers(metavar="COMMAND", required=True)
    messages = _add(of_boxes, "list", voicemail.show, "messages, the newest first")
    messages.add_argument("--last", type=_count, metavar="N", default=20, help="so many of them (default: 20)")
    voicemail.add_options(messages)
    what = "forget messages, and print which files were theirs: of these calls, or older than their box keeps them"
    voicemail.add_remove_options(_add(of_boxes, "remove", voicemail.remove, what))

    simulated = commands.add_parser("simulator", help="a simulated FreeSWITCH, until Ctrl-C")
    simulated.set_defaults(command=simulator.run)
    simulator.add_options(simulated)

    demo.add_options(_add(commands, "demo", demo.run, "see it at work: a busy minute of a small center, simulated"))

    testcalls = commands.add_parser("testcalls", help="scripted calls").add_subparsers(metavar="COMMAND", required=True)
    scripted = _add(testcalls, "run", running.testcalls, "carry out scenario files and tell their story")
    scripted.add_argument("files", nargs="+", metavar="FILE", help="a scenario file")
    stage = scripted.add_mutually_exclusive_group()
    stage.add_argument(
        "--simulator",
        action="store_true",
        help="on the simulator, although there is a FreeSWITCH (without one it is the simulator anyway)",
    )
    switches.add_option(
        stage,
        "on a running FreeSWITCH with fs-config and robots (or on the one that FREESWITCH_CC_TEST_SWITCH names)",
        may_be_alone=False,
    )
    return parser


def _add_routing_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = commands.add_parser("queue", help="see queues").add_subparsers(metavar="COMMAND", required=True)
    _add(verbs, "list", queues.show, "every queue: how it serves, who waits, who could take a call")
    counted = _add(commands, "availability", queues.show_availability, "how many could take a call now")
    counted.add_argument(
        "of", nargs="?", metavar="WHAT", help="queue:NAME, group:NAME or skill:NAME (default: the center, and all)"
    )
    asked = _add(commands, "why", queues.why, "why a call is where it is: what it waits for, and how long")
    asked.add_argument("call", metavar="CALL", help="its id, or the beginning of one that no other call has")
    live = _add(commands, "board", board.show, "queues, calls and agents, live until Ctrl-C")
    live.add_argument("--once", action="store_true", help="one picture as text, as where there is no terminal")


def _add_call_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--last", type=_count, metavar="N", help="the last N calls instead, ended or not")


def _add_call_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = commands.add_parser("call", help="see a call, and ask for something about it").add_subparsers(
        metavar="COMMAND", required=True
    )
    _add_call_list(_add(verbs, "list", running.calls, "the calls that are going on"))
    shown = _add(verbs, "show", calls.show, "a call, its legs, and what its agents could ask for now")
    shown.add_argument("call", metavar="CALL", help="its id, or the beginning of one that no other call has")
    calls.add_dial_options(_add(verbs, "dial", calls.dial, "call a number or another agent: his own phone rings first"))
    for verb, kind, told in calls.VERBS:
        calls.add_request_options(_add(verbs, verb, calls.ask, told), kind)


def _add_agent_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verbs = commands.add_parser("agent", help="see agents, and change what they are").add_subparsers(
        metavar="COMMAND", required=True
    )
    _add(verbs, "list", agents.show, "every agent and what he is doing now")
    _add(verbs, "reasons", agents.show_reasons, "why an agent may be not ready")
    _add(verbs, "dispositions", agents.show_dispositions, "what may be said that came of a call")
    for verb, kind, told in agents.OWN:
        agents.add_request_options(_add(verbs, verb, agents.ask, told), kind, is_forced=False)
    forced = verbs.add_parser("force", help="as a supervisor, in an agent's place").add_subparsers(
        metavar="COMMAND", required=True
    )
    for verb, kind, told in agents.FORCED:
        agents.add_request_options(_add(forced, verb, agents.ask, told), kind, is_forced=True)


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Command,
    told: str,
    *,
    prints_data: bool = True,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=told, description=told)
    parser.set_defaults(command=command)
    parser.add_argument("--database-url", metavar="URL", help="instead of FREESWITCH_CC_DATABASE_URL")
    if prints_data:
        parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 100_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 100000")
    return int(text)
