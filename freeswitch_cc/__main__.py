"""The first instruction of the program: gevent must patch the standard library before anything imports it."""

from gevent import monkey

monkey.patch_all()

from psycogreen.gevent import patch_psycopg

patch_psycopg()  # a query lets other greenlets run, as every other wait does

import sys

from freeswitch_cc.cli.main import main as cli_main


def main() -> None:
    sys.exit(cli_main(sys.argv[1:]))


if __name__ == "__main__":
    main()
