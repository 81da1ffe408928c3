"""The wire: bytes become requests, whatever way they are cut; frames are those of a real switch, byte for byte."""

import gzip
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.simulator import wire

STREAM = Path(__file__).parents[1] / "contract" / "stream"
HEARTBEAT: wire.Event = {"Event-Name": "HEARTBEAT", "Event-Info": "System Ready", "Up-Time": "0 years, 1 day"}


def requests(data: bytes, *cuts: int) -> list[wire.Request]:
    """What comes of these bytes when they arrive in pieces."""
    splitter, found = wire.Splitter(), []
    places = sorted({0, *(cut % (len(data) + 1) for cut in cuts), len(data)})
    for start, stop in pairwise(places):
        splitter.feed(data[start:stop])
        while (request := splitter.next()) is not None:
            found.append(request)
    assert not splitter.is_begun
    return found


# -- requests ------------------------------------------------------------------------------------

LINES = st.from_regex(r"(api|bgapi|sendmsg|filter|event) [a-z0-9 :/^.+$-]{0,30}", fullmatch=True)
NAMES = st.sampled_from(["Job-UUID", "call-command", "execute-app-name", "Event-UUID"])
VALUES = st.from_regex(r"[a-zé0-9:,=/][a-zé0-9 :,=/]{0,20}", fullmatch=True)


@given(
    st.lists(st.tuples(LINES, st.dictionaries(NAMES, VALUES), st.none() | st.binary(min_size=1, max_size=30))),
    st.lists(st.integers(min_value=0)),
    st.sampled_from(["", "\n", "\r\n"]),
)
def test_requests_come_whole_however_the_bytes_are_cut(
    given_requests: list[tuple[str, dict[str, str], bytes | None]], cuts: list[int], blank: str
) -> None:
    data = b""
    for line, headers, body in given_requests:
        head = [line, *(f"{name}: {value}" for name, value in headers.items())]
        if body is not None:
            head.append(f"content-length: {len(body)}")
        data += (blank + "\n".join(head) + "\n\n").encode() + (body or b"")
    found = requests(data, *cuts)
    assert [request.line for request in found] == [line for line, _, _ in given_requests]
    for request, (_, headers, body) in zip(found, given_requests, strict=True):
        for name, value in headers.items():
            assert request.header(name.upper()) == value
        if body is not None and b"\0" not in body:
            assert request.headers["_body"].encode("utf-8", "surrogateescape") == body


def test_several_commands_in_one_write_are_several_commands() -> None:
    found = requests(b"filter Event-Name HEARTBEAT\n\nevent json ALL\n\napi status\n\n")
    assert [request.line for request in found] == ["filter Event-Name HEARTBEAT", "event json ALL", "api status"]


def test_a_request_may_end_its_lines_with_cr_and_lf() -> None:
    [request] = requests(b"sendmsg one\r\ncall-command: execute\r\nexecute-app-arg: tone_stream://%(1,2,3)\r\n\r\n")
    assert request.line == "sendmsg one"
    assert dict(request.headers) == {"call-command": "execute", "execute-app-arg": "tone_stream://%(1,2,3)"}


def test_a_lone_cr_further_on_hides_the_lines_before_it_as_in_a_real_switch() -> None:
    [request] = requests(b"bgapi status\nJob-UUID: one\nOther: two\rLast: three\n\n")
    assert request.line == "bgapi status\nJob-UUID: one\nOther: two"
    assert dict(request.headers) == {"Last": "three"}


def test_only_the_first_of_two_headers_counts_and_an_empty_one_is_none() -> None:
    [request] = requests(b"bgapi status\nJob-UUID: one\njob-uuid: two\nexecute-app-arg:\nno header\n\n")
    assert dict(request.headers) == {"Job-UUID": "one"}
    assert request.header("JOB-uuid") == "one"
    assert request.header("execute-app-arg") is None


def test_a_body_may_hold_blank_lines_and_commands() -> None:
    first, second = requests(b"sendmsg one\ncontent-length: 14\n\napi status\n\nxxapi version\n\n")
    assert first.headers["_body"] == "api status\n\nxx"
    assert second.line == "api version"


def test_half_a_request_is_begun_and_blank_lines_are_not() -> None:
    splitter = wire.Splitter()
    splitter.feed(b"\n\r\n")
    assert not splitter.is_begun
    splitter.feed(b"\napi sta")
    assert splitter.is_begun
    assert splitter.next() is None
    splitter.feed(b"tus\n\n\n")
    assert splitter.next() is not None
    assert not splitter.is_begun


@pytest.mark.parametrize("length", ["-1", str(16 * 1024 * 1024 + 1), "999999999999"])
def test_a_length_that_no_switch_takes_ends_the_connection(length: str) -> None:
    splitter = wire.Splitter()
    splitter.feed(f"sendmsg one\ncontent-length: {length}\n\n".encode())
    with pytest.raises(wire.NoRequest):
        splitter.next()


def test_bytes_that_are_no_utf8_pass_through() -> None:
    [request] = requests(b"api uuid_setvar one name Andr\xe9\n\n")
    assert wire.encode(request.line) == b"api uuid_setvar one name Andr\xe9"


# -- answers -------------------------------------------------------------------------------------


def test_answers_are_those_of_the_switch() -> None:
    assert wire.AUTH_REQUEST == b"Content-Type: auth/request\n\n"
    assert wire.command_reply("+OK accepted") == b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
    assert wire.job_reply("7") == b"Content-Type: command/reply\nReply-Text: +OK Job-UUID: 7\nJob-UUID: 7\n\n"
    assert wire.api_response("é\n") == b"Content-Type: api/response\nContent-Length: 3\n\n\xc3\xa9\n"
    assert wire.api_response("") == b"Content-Type: api/response\nContent-Length: 14\n\n-ERR no reply\n"
    assert wire.rude_rejection().endswith(b"Content-Length: 24\n\nAccess Denied, go away.\n")
    assert wire.disconnect_notice("bye\n") == b"Content-Type: text/disconnect-notice\nContent-Length: 4\n\nbye\n"
    assert b"Controlled-Session-UUID: one\nContent-Disposition: disconnect\n" in wire.disconnect_notice("bye\n", "one")


def test_a_long_reply_text_is_cut_where_the_switch_cuts_it() -> None:
    assert wire.command_reply("x" * 600) == b"Content-Type: command/reply\nReply-Text: %s\n\n" % (b"x" * 511)


# -- events --------------------------------------------------------------------------------------


def frames(kind: str) -> list[bytes]:
    """The recorded stream of a real switch, frame by frame."""
    data = gzip.decompress((STREAM / f"events_{kind}.bin.gz").read_bytes())
    found, position = [], 0
    while (head := data.find(b"\n\n", position)) >= 0:
        [size] = re.findall(rb"Content-Length: (\d+)", data[position:head])
        stop = head + 2 + int(size)
        found.append(data[position:stop])
        position = stop
    return found


def test_json_events_are_the_bytes_that_a_real_switch_sent() -> None:
    compared = 0
    for frame in frames("json"):
        body = frame.partition(b"\n\n")[2]
        pairs = json.loads(body, object_pairs_hook=list)
        if len(dict(pairs)) == len(pairs):  # a real one repeats some headers of the codec; an event here does not
            assert wire.event_frame(dict(pairs), "json") == frame
            compared += 1
    assert compared > 400


def test_plain_events_are_the_bytes_that_a_real_switch_sent() -> None:
    compared = 0
    for frame in frames("plain"):
        event: wire.Event = {}
        lines = frame.partition(b"\n\n")[2].decode().rstrip("\n").split("\n")
        for line in lines:
            name, _, value = line.partition(": ")
            event[name] = re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), value)
        if len(event) == len(lines) and "%25" not in frame.decode():
            assert wire.event_frame(event, "plain") == frame
            compared += 1
    assert compared > 400


def test_a_body_comes_last_behind_its_length() -> None:
    event: wire.Event = {"Event-Name": "BACKGROUND_JOB", "_body": "-ERR é\n", "Job-UUID": "7"}
    assert wire.event_frame(event, "json").endswith(b'"Job-UUID":"7","Content-Length":"8","_body":"-ERR \xc3\xa9\\n"}')
    assert wire.event_frame(event, "plain").endswith(b"Job-UUID: 7\nContent-Length: 8\n\n-ERR \xc3\xa9\n")
    assert b"<Content-Length>8</Content-Length>\n  <body>-ERR \xc3\xa9\n  </body>" in wire.event_frame(event, "xml")


def test_a_list_is_an_array_in_json_and_one_text_in_plain() -> None:
    event: wire.Event = {"Event-Name": "CHANNEL_PARK", "variable_DP_MATCH": ["7001", "é"], "variable_one": ["1"]}
    assert b'"variable_DP_MATCH":["7001","\xc3\xa9"],"variable_one":["1"]' in wire.event_frame(event, "json")
    plain = wire.event_frame(event, "plain")
    assert b"variable_DP_MATCH: ARRAY%3A%3A7001%7C%3A%C3%A9\nvariable_one: 1\n\n" in plain


def test_an_event_in_xml_has_its_headers_as_elements() -> None:
    assert wire.event_frame(HEARTBEAT, "xml").partition(b"\n\n")[2] == (
        b"<event>\n  <headers>\n    <Event-Name>HEARTBEAT</Event-Name>\n    <Event-Info>System%20Ready</Event-Info>\n"
        b"    <Up-Time>0%20years,%201%20day</Up-Time>\n  </headers>\n</event>\n"
    )


def test_in_plain_an_empty_value_has_a_word_and_what_is_encoded_already_stays() -> None:
    event: wire.Event = {"Event-Name": "CUSTOM", "empty": "", "sip": "a%0Ab%0ac"}
    assert wire.event_frame(event, "plain").endswith(b"\n\nEvent-Name: CUSTOM\nempty: _undef_\nsip: a%0Ab%250ac\n\n")


TEXTS = st.text() | st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape"))


@given(st.dictionaries(st.text(min_size=1), TEXTS | st.lists(TEXTS, max_size=3)), TEXTS)
def test_any_text_goes_out_as_the_bytes_it_came_in(headers: wire.Event, name: str) -> None:
    event: wire.Event = {"Event-Name": "CHANNEL_PARK", "Caller-Caller-ID-Name": name} | headers
    body = wire.event_frame(event, "json").partition(b"\n\n")[2]
    read = json.loads(body.decode("utf-8", "surrogateescape"))
    assert {key: read[key] for key in event if key not in ("_body", "Content-Length")} == {
        key: value for key, value in event.items() if key not in ("_body", "Content-Length")
    }
