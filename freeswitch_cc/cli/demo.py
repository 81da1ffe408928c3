"""`freeswitch-cc demo`: the product at work without a switch. What it does stands in the package demo."""

import argparse

from freeswitch_cc.cli import switches
from freeswitch_cc.cli.context import Context


def add_options(parser: argparse.ArgumentParser) -> None:
    switches.add_option(
        parser, "on a running FreeSWITCH with fs-config and robots, not on the simulator", may_be_alone=True
    )


def run(context: Context) -> int:
    """Play a busy minute; 0: all of it came true."""
    # Imported when it is needed: no other command should wait for it.
    from freeswitch_cc.demo.main import run as run_demo

    return run_demo(context.settings, switch=switches.named_switch(context), as_json=context.as_json)
