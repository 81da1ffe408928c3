"""The stage that scenarios are played on: one switch for all of them. Nothing is asserted here."""

import os
from collections.abc import Iterator

import pytest

from freeswitch_cc.testcalls.main import SWITCH_ENV, open_stage
from freeswitch_cc.testcalls.stage import Stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """FREESWITCH_CC_TEST_SWITCH names a running switch; else one is started on fs-config."""
    with open_stage(os.environ.get(SWITCH_ENV)) as stage:
        yield stage
