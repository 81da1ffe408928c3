"""`python -m tests.chaos`: gevent patches before anything else, as in freeswitch_cc.__main__. The rest is cli.py's."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

from tests.chaos.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
