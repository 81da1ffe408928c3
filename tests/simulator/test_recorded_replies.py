"""The same bytes bring the same bytes: what a real switch answered, recorded, against what the simulator answers.

recorded_replies.json was recorded on FreeSWITCH 1.11.2-dev (git cc93a68) with fs-config, each conversation on a
connection of its own, written at once and read to its end. Ids that are drawn are written UUID, the password PASSWORD.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from freeswitch_cc.simulator.server import Simulator
from tests.simulator.client import Client

HERE = Path(__file__).parent
CONVERSATIONS = json.loads((HERE / "recorded_replies.json").read_text(encoding="utf-8"))
DRAWN = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(HERE.parents[1] / "fs-config", password="PASSWORD") as running:
        yield running
        assert running.faults == []


@pytest.mark.parametrize("number", range(len(CONVERSATIONS)))
def test_it_answers_as_a_real_switch_did(simulator: Simulator, number: int) -> None:
    conversation = CONVERSATIONS[number]
    client = Client(simulator.esl_port)
    with gevent.Timeout(20, AssertionError("the test took too long")):
        client.write(conversation["sent"])
        came = client.rest().decode("utf-8", "surrogateescape")
    client.close()
    assert DRAWN.sub("UUID", came) == conversation["came"]
