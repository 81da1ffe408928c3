"""The option --switch: how the demo and scripted calls are told of a running switch. What they do with it is theirs."""

import argparse

from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import complain
from freeswitch_cc.errors import ConfigInvalid

# Without [:PASSWORD]: brackets in it, and argparse fails where it breaks the line of usage.
ADDRESS = "HOST:PORT:SIP:AGENTS:ROBOTS"

_ALONE = ""


def add_option(parser: "argparse._ActionsContainer", told: str, *, may_be_alone: bool) -> None:
    """may_be_alone: --switch without an address is that of the environment. Not where files follow it."""
    alone = "; --switch alone is the one that FREESWITCH_CC_TEST_SWITCH names" if may_be_alone else ""
    parser.add_argument(
        "--switch",
        metavar=ADDRESS,
        nargs="?" if may_be_alone else None,
        const=_ALONE if may_be_alone else None,
        help=f"{told}: its Event Socket, whose password is taken from FREESWITCH_CC_ESL_PASSWORD, and its three SIP"
        f" ports{alone}",
    )


def named_switch(context: Context) -> str | None:
    """The address that --switch gives, None without it; a password in it is complained of. Raises ConfigInvalid."""
    from freeswitch_cc.testcalls.address import PASSWORD_ENV, SWITCH_ENV, SwitchAddress, names_password

    given: str | None = context.arguments.switch
    if given is None:
        return None
    named = context.env.get(SWITCH_ENV, "") if given == _ALONE else given
    if not named:
        raise ConfigInvalid([f"--switch has no address, and {SWITCH_ENV} is not set: write --switch {ADDRESS}"])
    SwitchAddress.parse(named, context.env)  # before anything is started
    if names_password(given):
        complain(
            "the password in --switch can be read by everybody in the list of processes: "
            f"leave it out and set {PASSWORD_ENV}, or name the whole address in {SWITCH_ENV}"
        )
    return named
