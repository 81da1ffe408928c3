"""Announcements and messages on the Event Socket: commands to text, events and dumps to facts."""

import json

import pytest

from freeswitch_cc.core.commands import Announce, Record
from freeswitch_cc.core.events import RecordingStarted, RecordingStopped, Sight, SoundStopped
from freeswitch_cc.esl.parse import parse
from freeswitch_cc.esl.render import render
from freeswitch_cc.esl.render_settings import RenderSettings
from freeswitch_cc.esl.sight import sight_of

LEG = "11111111-1111-4111-8111-111111111111"
CALL = "22222222-2222-4222-8222-222222222222"
ID = "33333333-3333-4333-8333-333333333333"
BASE = {"command_id": ID, "switch_id": "sw1", "call_id": CALL, "leg_id": LEG}
PATH = f"/var/voicemail/{CALL}.wav"


def announce(sound: str) -> Announce:
    return Announce(**BASE, sound=sound)


def record(**fields: object) -> Record:
    return Record(**{**BASE, "path": PATH, "longest_ms": 60_000, "silence_ms": 4_000, **fields})  # type: ignore[arg-type]


def text_of(command: Announce | Record) -> str:
    return render(command, RenderSettings()).data.decode()


@pytest.mark.parametrize("sound", ["/var/sounds/closed.wav", "tone_stream://%(300,100,500);loops=3"])
def test_an_announcement_is_a_playback_by_sendmsg(sound: str) -> None:
    assert text_of(announce(sound)) == (
        f"sendmsg {LEG}\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: {sound}\n"
        f"Event-UUID: {ID}\n\n"
    )


def test_a_recording_is_told_what_silence_is_and_counts_one_second_more() -> None:
    wire = render(record(), RenderSettings())
    assert wire.replies == 3
    assert wire.data.decode() == (
        f"api uuid_setvar_multi {LEG} RECORD_INITIAL_TIMEOUT_MS=8000;RECORD_FINAL_TIMEOUT_MS=4000;"
        f"RECORD_SILENCE_THRESHOLD=200;RECORD_READ_ONLY=true;RECORD_APPEND=true;record_ms=;record_completion_cause=\n\n"
        f"api uuid_record {LEG} start {PATH} 61\n\napi uuid_setvar {LEG} fcc_recording {PATH}\n\n"
    )


def test_a_recording_is_noted_on_the_leg_when_it_has_begun() -> None:
    """A line that is cut before that must not leave a note of what never began: the caller would be hung up for it."""
    *before, note = text_of(record()).strip().split("\n\n")
    assert note == f"api uuid_setvar {LEG} fcc_recording {PATH}"
    assert "uuid_record" in before[-1]
    assert "fcc_recording" not in "".join(before)


@pytest.mark.parametrize(
    "command",
    [
        announce("tone_stream://%(300,100,500);loops=-1"),
        announce("/a.wav\n\nbgapi fsctl shutdown"),
        announce("${system rm}.wav"),
        announce("/mod_event_socket/unload.wav"),
        record(path="/a b.wav"),
        record(path="/a.wav\n\nbgapi fsctl shutdown"),
        record(path="/../a.wav"),
        record(path="/mod_event_socket.wav"),
        record(longest_ms=0),
        record(silence_ms=0),
        record(leg_id="x"),
    ],
)
def test_what_may_not_be_sent_is_not(command: Announce | Record) -> None:
    with pytest.raises(ValueError, match=r"must|may not|holds"):
        render(command, RenderSettings())


def event(name: str, **headers: str) -> bytes:
    said = {"Event-Name": name, "Unique-ID": LEG, "variable_fcc_call": CALL, "Event-Sequence": "7"}
    return json.dumps({**said, "Event-Date-Timestamp": "1700000000000000", **headers}, separators=(",", ":")).encode()


def test_the_end_of_a_sound_is_told_with_its_name() -> None:
    fact = parse(event("PLAYBACK_STOP", **{"Playback-File-Path": "/a.wav", "Playback-Status": "done"}), "sw1")
    assert isinstance(fact, SoundStopped)
    assert (fact.call_id, fact.leg_id, fact.seq, fact.sound) == (CALL, LEG, 7, "/a.wav")


@pytest.mark.parametrize(
    ("context", "dialplan", "is_rescued"),
    [("public", "XML", False), ("fcc_deadman", "XML", True), ("fcc_fallback", "XML", True), ("fcc", "inline", False)],
)
def test_a_sound_that_the_rescue_may_have_cut_off_is_told_so(context: str, dialplan: str, is_rescued: bool) -> None:
    headers = {"Playback-File-Path": "/a.wav", "Caller-Context": context, "Caller-Dialplan": dialplan}
    fact = parse(event("PLAYBACK_STOP", **headers), "sw1")
    assert isinstance(fact, SoundStopped)
    assert fact.is_rescued is is_rescued


@pytest.mark.parametrize("path", ["local_stream://moh", "tone_stream://%(1,2,3);loops=-1"])
def test_the_end_of_music_is_no_news(path: str) -> None:
    assert parse(event("PLAYBACK_STOP", **{"Playback-File-Path": path}), "sw1") is None


@pytest.mark.parametrize("name", ["PLAYBACK_STOP", "RECORD_START", "RECORD_STOP"])
def test_what_others_hear_is_none_of_our_business(name: str) -> None:
    assert parse(event(name, variable_fcc_call=""), "sw1") is None


def test_a_recording_is_told_with_its_file_and_its_length() -> None:
    started = parse(event("RECORD_START", **{"Record-File-Path": PATH}), "sw1")
    stopped = parse(event("RECORD_STOP", **{"Record-File-Path": PATH, "variable_record_ms": "4200"}), "sw1")
    assert isinstance(started, RecordingStarted)
    assert isinstance(stopped, RecordingStopped)
    assert (started.path, stopped.path, stopped.ms, stopped.is_failed) == (PATH, PATH, 4_200, False)


def test_a_recording_that_the_switch_could_not_write_is_told_as_that() -> None:
    """It tells its whole length all the same."""
    headers = {"Record-File-Path": PATH, "variable_record_ms": "6020", "Record-Completion-Cause": "uri-failure"}
    stopped = parse(event("RECORD_STOP", **headers), "sw1")
    assert isinstance(stopped, RecordingStopped)
    assert (stopped.ms, stopped.is_failed) == (6_020, True)


def look_at(variables: dict[str, str]) -> Sight:
    dump = {
        "Event-Name": "CHANNEL_DATA",
        "Unique-ID": LEG,
        "Event-Date-Timestamp": "1700000000000000",
        "Channel-State": "CS_EXECUTE",
        "Answer-State": "answered",
        **{f"variable_{name}": value for name, value in variables.items()},
    }
    sight = sight_of(json.dumps(dump), LEG)
    assert sight is not None
    return sight


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        ({}, (False, None)),
        ({"current_application": "playback"}, (False, None)),
        ({"current_application": "playback", "current_application_response": "FILE PLAYED"}, (True, None)),
        ({"current_application": "playback", "current_application_response": "PLAYBACK ERROR"}, (False, None)),
        ({"current_application": "park", "current_application_response": "FILE PLAYED"}, (False, None)),
        ({"current_application": "park", "record_ms": "1220"}, (False, 1_220)),
    ],
)
def test_a_look_tells_what_was_heard_to_its_end_and_what_was_recorded(
    variables: dict[str, str], seen: tuple[bool, int | None]
) -> None:
    sight = look_at(variables)
    assert (sight.has_played, sight.recorded_ms) == seen


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        ({"record_ms": "900"}, ("", 900, False)),
        ({"fcc_recording": PATH}, (PATH, None, False)),
        ({"fcc_recording": PATH, "record_completion_cause": "uri-failure"}, (PATH, None, True)),
        ({"fcc_recording": PATH, "record_ms": "9", "record_completion_cause": "success-silence"}, (PATH, 9, False)),
        ({"fcc_recording": PATH, "record_ms": "9", "record_completion_cause": "uri-failure"}, (PATH, 9, True)),
    ],
)
def test_and_how_far_a_message_is(variables: dict[str, str], seen: tuple[str, int | None, bool]) -> None:
    sight = look_at(variables)
    assert (sight.recording, sight.recorded_ms, sight.is_record_failed) == seen
