"""Announcements and messages, as the engine plays and records them: what begins, what ends, what a leg knows after."""

import uuid
import wave
from pathlib import Path

import pytest

from tests.contract.probe import MUSIC, Event, Switch

TONES = "tone_stream://%(300,100,880);loops=2"


def _variables(switch: Switch, leg: str) -> tuple[str, str, str]:
    return tuple(switch.get(leg, name) for name in ("current_application", "current_application_response", "record_ms"))  # type: ignore[return-value]


def _record(switch: Switch, leg: str, path: str, seconds: int) -> str:
    """As the engine does it (freeswitch_cc/esl/render.py)."""
    said = "RECORD_INITIAL_TIMEOUT_MS=20000;RECORD_FINAL_TIMEOUT_MS=10000;RECORD_SILENCE_THRESHOLD=200"
    noted = "record_ms=;record_completion_cause="
    switch.api(f"uuid_setvar_multi {leg} {said};RECORD_READ_ONLY=true;RECORD_APPEND=true;{noted}")
    reply = switch.api(f"uuid_record {leg} start {path} {seconds}")
    switch.api(f"uuid_setvar {leg} fcc_recording {path}")
    return reply


def _noted(switch: Switch, leg: str) -> dict[str, str]:
    """What a look at the leg can tell of its recording."""
    names = ("fcc_recording", "record_ms", "record_completion_cause")
    return {name: value for name in names if (value := switch.get(leg, name))}


def _stopped(switch: Switch, leg: str, since: int, within_s: float = 5.0) -> Event:
    return switch.need("RECORD_STOP", leg, since=since, within_s=within_s)


def test_a_sound_that_ends_is_told_of_with_its_name_and_the_leg_knows_it_after(switch: Switch) -> None:
    customer, _ = switch.customer()
    since = switch.mark()
    switch.execute(customer, "playback", TONES)
    switch.need("PLAYBACK_START", customer, since=since)
    assert _variables(switch, customer)[:2] == ("playback", "")
    stopped = switch.need("PLAYBACK_STOP", customer, since=since)
    assert (stopped["Playback-File-Path"], stopped["Playback-Status"]) == (TONES, "done")
    switch.need("CHANNEL_EXECUTE_COMPLETE", customer, since=since)
    assert _variables(switch, customer)[:2] == ("playback", "FILE PLAYED")


def test_music_that_a_park_cuts_off_is_told_of_before_the_park(switch: Switch) -> None:
    customer, _ = switch.customer()
    since = switch.mark()
    switch.music(customer)
    switch.need("PLAYBACK_START", customer, since=since)
    since = switch.mark()
    switch.park(customer)
    story = switch.story(since, [customer])
    assert story.index("PLAYBACK_STOP") < story.index("CHANNEL_PARK")
    assert switch.need("PLAYBACK_STOP", customer, since=since)["Playback-File-Path"] == MUSIC
    assert _variables(switch, customer)[0] == "park"


def test_a_sound_that_the_rescue_cuts_off_is_told_of_with_where_its_leg_is_then(switch: Switch) -> None:
    """So that an engine knows that nobody has heard it to its end; and one that is parked again is there no more."""
    customer, _ = switch.customer()
    since = switch.mark()
    switch.execute(customer, "playback", "tone_stream://%(9000,100,880)")
    started = switch.need("PLAYBACK_START", customer, since=since)
    assert started["Caller-Context"] == "public"
    switch.api(f"sched_transfer +1 {customer} fcc_orphan XML fcc_deadman")
    stopped = switch.need("PLAYBACK_STOP", customer, since=since)
    assert (stopped["Caller-Context"], stopped["Caller-Dialplan"].lower()) == ("fcc_deadman", "xml")
    switch.park(customer)
    since = switch.mark()
    switch.execute(customer, "playback", TONES)
    stopped = switch.need("PLAYBACK_STOP", customer, since=since)
    assert (stopped["Caller-Context"], stopped["Caller-Dialplan"]) == ("fcc", "inline")


def test_a_recording_is_told_of_and_the_leg_knows_how_long_it_was(switch: Switch, tmp_path: Path) -> None:
    customer, _ = switch.customer()
    path = f"{tmp_path}/deep/message.wav"
    since = switch.mark()
    assert _record(switch, customer, path, 2) == "+OK Success"
    started = switch.need("RECORD_START", customer, since=since)
    assert started["Record-File-Path"] == path
    assert started["variable_fcc_call"] == customer
    assert _variables(switch, customer)[2] == ""
    stopped = _stopped(switch, customer, since)
    assert stopped["Record-File-Path"] == path
    assert 900 <= int(stopped["variable_record_ms"]) <= 2100, (
        "whole seconds of its clock: the first may be over at once"
    )
    assert _variables(switch, customer)[2] == stopped["variable_record_ms"]
    assert switch.hears_music(customer)


def test_a_recording_goes_on_over_a_park_and_twice_is_once(switch: Switch, tmp_path: Path) -> None:
    customer, _ = switch.customer()
    path = f"{tmp_path}/message.wav"
    since = switch.mark()
    assert _record(switch, customer, path, 20) == "+OK Success"
    switch.need("RECORD_START", customer, since=since)
    switch.pause(300)
    switch.park(customer)
    assert switch.every("RECORD_STOP", customer, since) == []
    assert _record(switch, customer, path, 20) == "+OK Success"
    switch.pause(300)
    assert switch.api(f"uuid_record {customer} stop {path}") == "+OK Success"
    assert int(_stopped(switch, customer, since)["variable_record_ms"]) >= 500
    assert len(switch.every("RECORD_STOP", customer, since)) == 1


def test_a_leg_knows_that_it_is_recorded_that_it_was_and_that_it_could_not_be(switch: Switch, tmp_path: Path) -> None:
    customer, _ = switch.customer()
    path = f"{tmp_path}/message.wav"
    since = switch.mark()
    assert _noted(switch, customer) == {}
    _record(switch, customer, path, 20)
    switch.need("RECORD_START", customer, since=since)
    assert _noted(switch, customer) == {"fcc_recording": path}
    switch.pause(300)
    switch.api(f"uuid_record {customer} stop {path}")
    ms = str(_stopped(switch, customer, since)["variable_record_ms"])
    noted = _noted(switch, customer)
    assert (noted["fcc_recording"], noted["record_ms"]) == (path, ms)
    assert noted["record_completion_cause"] != "uri-failure"
    nowhere = "/proc/nothing/message.wav"
    assert _record(switch, customer, nowhere, 20) == "-ERR Cannot record session!"
    assert _noted(switch, customer) == {"fcc_recording": nowhere, "record_completion_cause": "uri-failure"}


def test_a_message_that_is_over_is_not_overwritten_by_one_that_is_asked_for_again(
    switch: Switch, tmp_path: Path, is_simulated: bool
) -> None:
    customer, _ = switch.customer()
    path = tmp_path / "message.wav"
    sizes = []
    for _ in range(2):
        since = switch.mark()
        assert _record(switch, customer, str(path), 20) == "+OK Success"
        switch.need("RECORD_START", customer, since=since)
        switch.pause(600)
        switch.api(f"uuid_record {customer} stop {path}")
        ms = int(_stopped(switch, customer, since)["variable_record_ms"])
        assert 400 <= ms <= 1500, "of this time alone"
        sizes.append(0 if is_simulated else path.stat().st_size)
    if not is_simulated:  # which writes no files
        assert sizes[1] > sizes[0] + 16 * 400
        with wave.open(str(path)) as sound:
            assert sound.getnframes() >= 8 * 900


@pytest.mark.parametrize("by", ["his phone", "us"])
def test_who_hangs_up_while_he_is_recorded_is_told_of_with_the_length_after_his_end(
    switch: Switch, tmp_path: Path, by: str
) -> None:
    customer, phone = switch.customer()
    since = switch.mark()
    _record(switch, customer, f"{tmp_path}/message.wav", 20)
    switch.need("RECORD_START", customer, since=since)
    switch.pause(600)
    if by == "us":
        switch.api(f"uuid_kill {customer}")
    else:
        switch.phones.hang_up(phone)
    stopped = _stopped(switch, customer, since)
    assert int(stopped["variable_record_ms"]) >= 400
    switch.need("CHANNEL_DESTROY", customer, since=since)
    story = switch.story(since, [customer])
    assert story.index("CHANNEL_HANGUP") < story.index("RECORD_STOP") < story.index("CHANNEL_HANGUP_COMPLETE")


def test_what_cannot_be_recorded_is_refused_and_the_caller_stays(switch: Switch) -> None:
    customer, _ = switch.customer()
    since = switch.mark()
    assert _record(switch, customer, "/proc/nothing/message.wav", 20) == "-ERR Cannot record session!"
    gone = f"uuid_record {uuid.uuid4()} start /tmp/message.wav 20"
    assert switch.api(gone) == "-ERR Cannot locate session!"
    assert switch.hears_music(customer)
    assert switch.every("RECORD_START", None, since) == []


def test_the_application_record_hangs_up_where_nothing_can_be_recorded(switch: Switch) -> None:
    """Why the engine does not use it."""
    customer, _ = switch.customer()
    since = switch.mark()
    switch.execute(customer, "record", "/proc/nothing/message.wav 20 200 5")
    switch.need("CHANNEL_HANGUP", customer, since=since)
    assert switch.cause(customer, since) == "DESTINATION_OUT_OF_ORDER"
