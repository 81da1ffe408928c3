"""A switch that places no calls, paused or busier than it may be: no phone is asked, and none is to blame."""

import uuid
from collections.abc import Iterator

import pytest

from tests.contract.probe import Switch

# A new rate holds from the next second of the switch's clock on.
_NEXT_SECOND_MS = 1_200


@pytest.fixture
def busy(switch: Switch) -> Iterator[Switch]:
    """The switch, and whatever it was told not to do it may do again."""
    sps = switch.api("fsctl sps").rpartition(" ")[2]
    most = switch.api("fsctl max_sessions").rpartition(" ")[2]
    try:
        yield switch
    finally:
        switch.api("fsctl resume outbound")
        if switch.api("fsctl sps").rpartition(" ")[2] != sps:
            switch.api(f"fsctl sps {sps}")
            switch.pause(_NEXT_SECOND_MS)
        switch.api(f"fsctl max_sessions {most}")


def test_a_paused_switch_refuses_to_ring_anybody_and_makes_no_channel(busy: Switch) -> None:
    assert busy.api("fsctl pause outbound") == "+OK"
    since = busy.mark()
    leg, job = busy.ring("answer")
    assert busy.result(job, since) == "-ERR DESTINATION_OUT_OF_ORDER"
    assert busy.story(since, [leg]) == []
    assert busy.api("fsctl resume outbound") == "+OK"
    busy.agent()


def test_too_many_new_sessions_a_second_are_refused_in_the_same_words(busy: Switch) -> None:
    assert busy.api("fsctl sps 1") == "+OK sessions per second: 1"
    busy.pause(_NEXT_SECOND_MS)
    since = busy.mark()
    rung = [busy.ring("answer") for _ in range(8)]
    results = {leg: str(busy.result(job, since)) for leg, job in rung}
    refused = [leg for leg, result in results.items() if result == "-ERR DESTINATION_OUT_OF_ORDER"]
    assert refused, results
    assert busy.story(since, refused) == []


def test_a_switch_that_is_full_refuses_in_the_same_words(busy: Switch) -> None:
    busy.customer()
    assert busy.api("fsctl max_sessions 1") == "+OK max sessions: 1"
    since = busy.mark()
    leg, job = busy.ring("answer")
    assert busy.result(job, since) == "-ERR DESTINATION_OUT_OF_ORDER"
    assert busy.story(since, [leg]) == []


def test_of_a_dead_phone_there_was_a_channel_that_ends_before_the_result(busy: Switch) -> None:
    leg, since = str(uuid.uuid4()), busy.mark()
    job = busy.job(f"originate {{origination_uuid={leg},originate_timeout=5}}sofia/internal/x@127.0.0.1:9 &park")
    assert busy.result(job, since) == "-ERR NORMAL_TEMPORARY_FAILURE"
    assert busy.cause(leg, since) == "NORMAL_TEMPORARY_FAILURE"
    told = [e for e in busy.socket.events[since:] if leg == e.get("Unique-ID") or job == e.get("Job-UUID")]
    names = [e["Event-Name"] for e in told]
    assert names.index("CHANNEL_HANGUP") < names.index("BACKGROUND_JOB")
