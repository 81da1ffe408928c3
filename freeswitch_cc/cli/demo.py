"""`freeswitch-cc demo`: the product at work without a switch. What it does stands in the package demo."""

import argparse

from freeswitch_cc.cli.context import Context


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--switch",
        metavar="HOST:PORT:PASSWORD:SIP:AGENTS:ROBOTS",
        help="a running FreeSWITCH with fs-config and robots instead of the simulator, as in `testcalls run`",
    )


def run(context: Context) -> int:
    """Play a busy minute; 0: all of it came true."""
    # Imported when it is needed: no other command should wait for it.
    from freeswitch_cc.demo.main import run as run_demo

    return run_demo(context.settings, switch=context.arguments.switch, as_json=context.as_json)
