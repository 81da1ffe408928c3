"""The stages that scenarios are played on: one simulated switch and one real one, each for all of them."""

import os
from collections.abc import Iterator

import pytest

from freeswitch_cc.testcalls.main import SWITCH_ENV, open_stage
from freeswitch_cc.testcalls.stage import Stage


@pytest.fixture(scope="session", params=["simulator", pytest.param("freeswitch", marks=pytest.mark.freeswitch)])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """FREESWITCH_CC_TEST_SWITCH names a running switch; else one is started on fs-config."""
    is_simulated = request.param == "simulator"
    with open_stage(None if is_simulated else os.environ.get(SWITCH_ENV), simulated=is_simulated) as stage:
        yield stage
