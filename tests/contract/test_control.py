"""What an agent asks for by request, as the switch does it: answer, hold, mute, keys: docs/measured.md; t17, t31."""

import uuid
from array import array
from pathlib import Path

import pytest

from tests.contract.probe import OURS, Switch


def test_a_ringing_phone_that_is_asked_to_answer_does(switch: Switch) -> None:
    since = switch.mark()
    leg, job = switch.ring("ring")
    switch.need("CHANNEL_PROGRESS", leg, since=since)
    assert switch.api(f"uuid_phone_event {leg} talk") == "+OK Success"
    switch.need("CHANNEL_ANSWER", leg, since=since)
    switch.need("CHANNEL_PARK", leg, since=since)
    assert switch.result(job, since) == f"+OK {leg}"
    assert switch.seen("CHANNEL_HANGUP", leg, since=since, within_s=0.3) is None, "and stays"


def test_a_phone_that_is_to_pick_up_by_itself_is_told_so_when_it_is_called(switch: Switch) -> None:
    since = switch.mark()
    leg, _ = switch.ring("ring", variables=f"{OURS},sip_auto_answer=true,sip_auto_answer_suppress_notify=true")
    switch.need("CHANNEL_PARK", leg, since=since)
    assert switch.seen("CHANNEL_HANGUP", leg, since=since, within_s=0.3) is None, "and stays"


def test_a_phone_that_is_asked_to_answer_at_its_first_ring_is_hung_up_when_it_does(switch: Switch) -> None:
    """What `sip_auto_answer` alone does: the road not taken. On a busy machine the answer may not even be told."""
    since = switch.mark()
    leg, _ = switch.ring("ring", variables=f"{OURS},sip_auto_answer=true")
    gone = switch.need("CHANNEL_HANGUP", leg, since=since)
    assert gone["Hangup-Cause"] == "NORMAL_CLEARING"
    assert switch.every("CHANNEL_PARK", leg, since) == []


def test_a_phone_event_for_a_gone_leg_failed(switch: Switch) -> None:
    assert switch.api(f"uuid_phone_event {uuid.uuid4()} talk") == "-ERR Operation failed"


def test_a_hold_parks_both_and_a_bridge_brings_them_together_again(switch: Switch) -> None:
    """As the engine holds and retrieves: one transfer to park, music for the customer alone, one bridge."""
    customer, _, agent = switch.talk()
    for held in (customer, agent, customer):
        since = switch.mark()
        assert switch.api(f"uuid_transfer {held} park inline").startswith("+OK")
        switch.need("CHANNEL_PARK", customer, since=since)
        switch.need("CHANNEL_PARK", agent, since=since)
        assert switch.hears_music(customer)
        assert switch.every("PLAYBACK_START", agent, since) == []
        switch.bridge(customer, agent)
    assert not [leg for leg in (customer, agent) if switch.every("CHANNEL_HANGUP", leg, 0)]


def test_who_is_taken_back_in_the_moment_he_was_parked_talks_again(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    for _ in range(10):
        since = switch.mark()
        switch.api(f"uuid_transfer {agent} park inline")
        switch.need("CHANNEL_PARK", customer, since=since)
        switch.need("CHANNEL_PARK", agent, since=since)
        switch.bridge(customer, agent)
    assert not [leg for leg in (customer, agent) if switch.every("CHANNEL_HANGUP", leg, 0)]


def test_a_muted_leg_is_moved_like_any_other_and_every_word_may_be_said_twice(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    since = switch.mark()
    for _ in range(2):
        assert switch.api(f"uuid_audio {agent} start read mute 1") == "+OK"
    assert switch.seen("CHANNEL_UNBRIDGE", since=since, within_s=0.3) is None, "it moves nobody"
    switch.park(customer)
    switch.bridge(customer, agent)
    for _ in range(2):
        assert switch.api(f"uuid_audio {agent} stop") == "+OK"


def test_nobody_hears_a_muted_leg_until_it_is_let_speak_again(
    switch: Switch, is_simulated: bool, tmp_path: Path
) -> None:
    """The robot's tone, as the customer's phone hears it: over a park and a bridge, however often each is said."""
    if is_simulated:
        pytest.skip("no sound is simulated")
    customer, phone, agent = switch.talk()

    def loudest(name: str, least: int = 0) -> int:
        """What the customer hears in a whole round of the tone and its pause; once it is loud enough, in less."""
        file = tmp_path / f"{name}.wav"
        assert switch.api(f"uuid_record {phone} start {file}").startswith("+OK")
        for _ in range(18 if least == 0 else 60):
            switch.pause(250)
            if least and loudest_in(file) >= least:
                break
        switch.api(f"uuid_record {phone} stop {file}")
        return loudest_in(file)

    switch.put(phone, RECORD_READ_ONLY="true")
    assert loudest("before", 1_000) >= 1_000
    for _ in range(2):
        switch.api(f"uuid_audio {agent} start read mute 1")
    assert loudest("muted") < 100
    switch.park(agent)
    switch.bridge(customer, agent)
    assert loudest("bridged") < 100, "over a park and a bridge"
    switch.api(f"uuid_audio {agent} stop")
    assert loudest("after", 1_000) >= 1_000, "one word ends what was said twice"
    switch.api(f"uuid_audio {agent} stop")
    assert loudest("stopped", 1_000) >= 1_000, "and may be said to whom everybody hears"


def loudest_in(file: Path) -> int:
    """The highest sample of a recording that is being written: 16 bits each, behind the 44 bytes of a WAV's head."""
    raw = file.read_bytes()[44:] if file.exists() else b""
    samples = array("h", raw[: len(raw) // 2 * 2])
    return max((abs(sample) for sample in samples), default=0)


@pytest.mark.parametrize(
    "words", ["", "start read mute", "begin read mute 1", "start both mute 1", "start read loud 1"]
)
def test_muting_in_other_words_is_a_usage(switch: Switch, words: str) -> None:
    customer, _ = switch.customer()
    assert switch.api(f"uuid_audio {customer} {words}".strip()).startswith("-USAGE:")


def test_muting_a_gone_leg_is_no_such_channel(switch: Switch) -> None:
    assert switch.api(f"uuid_audio {uuid.uuid4()} start read mute 1") == "-ERR No such channel!"


def test_keys_for_a_leg_are_heard_by_its_phone_one_event_each(switch: Switch) -> None:
    customer, phone, _ = switch.talk()
    since = switch.mark()
    assert switch.api(f"uuid_send_dtmf {customer} 1A#") == f"+OK {customer} sent DTMF 1A#."
    for digit in "1A#":
        switch.need("DTMF", phone, since=since, digit=digit)


def test_a_nonsense_key_is_ok_to_the_switch(switch: Switch) -> None:
    customer, _, _ = switch.talk()
    assert switch.api(f"uuid_send_dtmf {customer} 1x!") == f"+OK {customer} sent DTMF 1x!."


def test_a_refer_from_a_phone_whose_leg_is_parked_moves_nobody(switch: Switch) -> None:
    customer, _, agent = switch.talk()
    switch.park(customer)
    since = switch.mark()
    switch.phones.refer(switch.phones.phone_of(agent), "7002")
    gone = switch.need("CHANNEL_HANGUP", agent, since=since)  # our robot hangs up after its REFER, whatever the answer
    assert gone.get("variable_endpoint_disposition") != "BLIND_TRANSFER"
    assert switch.seen("CHANNEL_PARK", customer, since=since, within_s=0.3) is None
    assert switch.hears_music(customer)
