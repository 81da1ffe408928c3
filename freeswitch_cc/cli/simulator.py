"""`freeswitch-cc simulator`: a simulated FreeSWITCH until Ctrl-C. What it does stands in the package simulator."""

import argparse
import secrets
import signal
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import say
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.simulator.shapes import SHAPES, WORDS

PASSWORD_ENV = "FREESWITCH_CC_ESL_PASSWORD"

# As argparse lays its own lines out, on the narrowest terminal.
_WIDE, _COLUMN = 78, 24


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, metavar="N", help="of its Event Socket (default: 8021; 0: any free one)")
    parser.add_argument(
        "--seed", type=int, metavar="N", help="of all that is left to chance (default: drawn, and shown)"
    )
    parser.add_argument(
        "--lie",
        dest="lies",
        action="append",
        metavar="LIE",
        default=[],
        help="a fault on purpose, as listed below; may be given again and again",
    )
    parser.add_argument(
        "--lie-to",
        choices=("engines", "all"),
        default="engines",
        help="whom the lies concern, as `--lie to:engines` (the default) or `--lie to:all` says it too",
    )
    parser.add_argument(
        "--password-env", metavar="NAME", help=f"the variable that holds its password (default: {PASSWORD_ENV})"
    )
    parser.add_argument(
        "--config",
        metavar="DIR",
        help="the directory with the configuration of a switch (its vars.xml, dialplan/ and"
        " autoload_configs/conference.conf.xml are read); default: the fs-config that comes with freeswitch-cc",
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(_lies_explained())


def _lies_explained() -> Iterator[str]:
    yield "lies (a running simulator is told others by `api fcc_simulator lies LIE ...`):"
    for shape in SHAPES.values():
        yield from _entry(shape.text, shape.means)
    yield ""
    yield "where"
    for word, meaning in WORDS.items():
        yield from _entry(word, meaning)


def _entry(text: str, meaning: str) -> Iterator[str]:
    """As argparse shows an option: what it means beside it, or below when it is long."""
    left = f"  {text}"
    if len(left) > _COLUMN - 2:
        yield left
        left = ""
    lines = textwrap.wrap(meaning, _WIDE - _COLUMN, break_on_hyphens=False)
    yield f"{left:{_COLUMN}}{lines[0]}"
    for line in lines[1:]:
        yield " " * _COLUMN + line


def run(context: Context) -> int:
    """Simulate until SIGINT or SIGTERM; both end it with status 0."""
    # Imported when it is needed: no other command should wait for it.
    from gevent import signal_handler
    from gevent.event import Event

    from freeswitch_cc.simulator.lies import Lies
    from freeswitch_cc.simulator.server import Simulator
    from freeswitch_cc.simulator.variables import setting_names
    from freeswitch_cc.testcalls.address import SWITCH_ENV, config_directory

    given = context.arguments
    lies = Lies.parse(given.lies, to_all=given.lie_to == "all")
    directory = Path(given.config) if given.config else config_directory()
    settings = {name: context.env[name] for name in setting_names(directory) if context.env.get(name)}
    name = given.password_env or PASSWORD_ENV
    password = _password(context.env, name, is_asked_for=given.password_env is not None)
    # A seed that is always the same would draw the same ids in each run, and a database knows those of the last one.
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    simulator = Simulator(directory, settings, esl_port=given.port, password=password, seed=seed, lies=lies)
    ended = Event()
    handlers = [signal_handler(number, ended.set) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with simulator:
            ports = f"{simulator.sip_port}:{simulator.agents_sip_port}:{simulator.robots_port}"
            shown = simulator.password if password is None else f"${name}"
            address = f"{simulator.host}:{simulator.esl_port}:{shown}:{ports}"
            say(f"simulating a FreeSWITCH: its Event Socket is {simulator.host}:{simulator.esl_port}, its seed {seed}")
            if password is None:
                say(f"its password was drawn for this run, since {name} is not set: {simulator.password}")
            else:
                say(f"its password is that of {name}")
            say(f'in another terminal, before `testcalls run FILE` or `demo --switch`: export {SWITCH_ENV}="{address}"')
            for text in lies.texts:
                say(f"it lies on purpose: {text}")
            say("Ctrl-C ends it")
            sys.stdout.flush()  # who reads it from a pipe waits for it
            ended.wait()
    finally:
        for handler in handlers:
            handler.cancel()
    return 0


def _password(env: Mapping[str, str], name: str, *, is_asked_for: bool) -> str | None:
    """The password in that variable; None when one is to be drawn."""
    password = env.get(name, "")
    if not password:
        if is_asked_for:
            raise ConfigInvalid([f"{name} is not set: it must hold the password of the simulator's Event Socket"])
        return None
    if any(sign in password for sign in ":\r\n"):
        raise ConfigInvalid([f"{name} holds a colon or a line break: an address for tests could not name it"])
    return password


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:6]) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
    return int(text)
