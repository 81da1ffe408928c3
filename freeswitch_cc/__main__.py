"""The first instruction of the program: gevent must patch the standard library before anything imports it."""

import signal

# Ctrl-C before there is a command that could end well: the end, without a traceback. `main` undoes it.
_is_python = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if _is_python:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from gevent import monkey

monkey.patch_all()

from psycogreen.gevent import patch_psycopg

patch_psycopg()  # a query lets other greenlets run, as every other wait does

import sys

from freeswitch_cc.cli.main import main as cli_main


def main() -> None:
    if _is_python:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(cli_main(sys.argv[1:]))


if __name__ == "__main__":
    main()
