"""Bytes of a client become requests, replies and events become frames: the Event Socket's wire, and nothing else.

Pure: no socket, no clock, no knowledge of what a command does. Text is `str` decoded from UTF-8 with
surrogateescape and goes back the same way, so that bytes that are no UTF-8 pass through as on a real switch.
References are to src/mod/event_handlers/mod_event_socket/mod_event_socket.c ("mes") and src/switch_event.c ("ev").
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec

Event = dict[str, str | list[str]]

MAX_HEAD_BYTES = 10_485_760
"""A request that has not ended by then is taken as it is (mes:1221, 1284)."""
MAX_BODY_BYTES = 16 * 1024 * 1024
"""More than this is the end of the connection (mes:38, 1317)."""
MAX_REPLY_BYTES = 511
"""A reply line is built in a buffer of 512 bytes (mes:2641) and cut."""

AUTH_REQUEST = b"Content-Type: auth/request\n\n"
GOODBYE = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
SHUT_DOWN = "The system is being shut down.\n"
EVENTS_LOST = "killed listener because of lost events\n"

_END = re.compile(rb"\n\r*\n")
_LEADING_INTEGER = re.compile(r"\s*([+-]?[0-9]{1,18})")
_ODD = re.compile(rb"%(?![0-9A-F]{2})|[^!$'()*,\-./0-9A-Z_a-z~%]")
_HEX = [b"%%%02X" % byte for byte in range(256)]
_encode_json = msgspec.json.Encoder().encode


class NoRequest(Exception):
    """The client's stream cannot be read on; the switch ends the connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """One command of a client.

    whole: the header block as it came; the switch looks for some words anywhere in it. line: the command line.
    headers: the others, as written, the first of a name counts; a body is under `_body`, where the switch finds
    it by that name too (ev:861).
    """

    whole: str
    line: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """A header by its name in any case (ev:826)."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)

    def names(self) -> tuple[str, ...]:
        """What the command is called: its first word, and the api command behind api and bgapi."""
        words = self.line.lower().split(" ", 2)
        return tuple(words[:2]) if words[0] in ("api", "bgapi") else (words[0],)


class Splitter:
    """Cuts the bytes of one client into requests: feed(), then next() until it gives None (mes:1208-1508)."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def is_begun(self) -> bool:
        """Has a request, or a part of one, come that was not taken yet? Until it is no event is sent (mes:1375)."""
        self._skip_blank_lines()
        return bool(self._held)

    def feed(self, chunk: bytes) -> None:
        self._held += chunk

    def next(self) -> Request | None:
        """The next whole request, or None until more has come. Raises NoRequest."""
        self._skip_blank_lines()
        end = _END.search(self._held)
        if end is None:
            if len(self._held) < MAX_HEAD_BYTES:
                return None
            stop = MAX_HEAD_BYTES
        else:
            stop = end.end()
        whole = _text(bytes(self._held[:stop]))
        headers: dict[str, str] = {}
        spelled: dict[str, str] = {}
        for number, header in enumerate(_lines(whole)):
            name, colon, value = header.partition(":")
            value = value.lstrip(" ")
            if number == 0 or not colon:
                continue
            if not value:  # nothing is no header, and takes away the one that was there (ev:1090)
                headers.pop(spelled.pop(name.lower(), ""), None)
            else:
                headers.setdefault(spelled.setdefault(name.lower(), name), value)
            if name.lower() == "content-length":
                size = leading_integer(value)
                if not 0 <= size <= MAX_BODY_BYTES:
                    raise NoRequest(f"a Content-Length of {value[:40]!r}")
                if len(self._held) < stop + size:
                    return None
                if size:
                    headers["_body"] = _text(bytes(self._held[stop : stop + size]))
                    stop += size
        del self._held[:stop]
        return Request(whole, first_line(whole), headers)

    def _skip_blank_lines(self) -> None:
        """Before a command they mean nothing (mes:1270)."""
        if self._held and self._held[0] in b"\r\n":
            del self._held[: len(self._held) - len(self._held.lstrip(b"\r\n"))]


def first_line(text: str) -> str:
    """What the switch's strip_cr leaves: up to the first CR there is, or else to the first LF (mes:705)."""
    cut = text.find("\r")
    if cut < 0:
        cut = text.find("\n")
    return text if cut < 0 else text[:cut]


def _lines(text: str) -> Iterator[str]:
    """As the switch walks them: a CR further on hides the LFs before it (mes:1292)."""
    position = 0
    while position < len(text):
        cut = text.find("\r", position)
        if cut < 0:
            cut = text.find("\n", position)
        if cut < 0:
            yield text[position:]
            return
        yield first_line(text[position:cut])
        position = cut
        while position < len(text) and text[position] in "\r\n":
            position += 1


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "surrogateescape")  # C text ends there


def leading_integer(text: str) -> int:
    """What atoi() makes of it."""
    found = _LEADING_INTEGER.match(text)
    return int(found[1]) if found else 0


# -- frames that answer ----------------------------------------------------------------------------


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def command_reply(text: str) -> bytes:
    """`Reply-Text` of a command, cut where the switch cuts it (mes:2641, 2785)."""
    return b"Content-Type: command/reply\nReply-Text: %s\n\n" % encode(text)[:MAX_REPLY_BYTES]


def job_reply(job: str) -> bytes:
    """The reply to bgapi, the only one here with a header of its own (mes:2382)."""
    return encode(f"Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n")


def api_response(output: str) -> bytes:
    """What an api command wrote; of nothing the switch makes a failure (mes:1595)."""
    body = encode(output) or b"-ERR no reply\n"
    return b"Content-Type: api/response\nContent-Length: %d\n\n%s" % (len(body), body)


def disconnect_notice(message: str, session: str | None = None) -> bytes:
    """The last frame of a connection, with the session that it listened to if any (mes:631)."""
    more = f"Controlled-Session-UUID: {session}\nContent-Disposition: disconnect\n" if session else ""
    body = encode(message)
    head = encode(f"Content-Type: text/disconnect-notice\n{more}Content-Length: {len(body)}\n\n")
    return head + body


def rude_rejection() -> bytes:
    """The only frame for an address that may not come in (mes:2679)."""
    body = b"Access Denied, go away.\n"
    return b"Content-Type: text/rude-rejection\nContent-Length: %d\n\n%s" % (len(body), body)


# -- events ----------------------------------------------------------------------------------------


def event_frame(event: Event, format_: str) -> bytes:
    """An event as `json`, `plain` or `xml`, Content-Length first (mes:1449)."""
    body = _BODIES[format_](event)
    return b"Content-Length: %d\nContent-Type: text/event-%s\n\n%s" % (len(body), format_.encode("ascii"), body)


def _json(event: Event) -> bytes:
    """As cJSON prints it: no blanks, only what must be escaped (ev:1819, cJSON.c print_string_ptr)."""
    if "_body" in event:
        event = _with_length(event)
    try:
        return _encode_json(event)
    except UnicodeEncodeError:  # bytes that are no UTF-8 go out as they came in
        return b"{%s}" % b",".join([b"%s:%s" % (_name(name), _raw(value)) for name, value in event.items()])


def json_text(value: object) -> str:
    """Any JSON value as cJSON_PrintUnformatted writes it: no blanks."""
    try:
        return _encode_json(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=4096)
def _name(name: str) -> bytes:
    return _raw(name)


def _raw(value: str | list[str]) -> bytes:
    return encode(json_text(value))


def _plain(event: Event) -> bytes:
    """`Name: value` with the value URL-encoded, then the body as it is (ev:1528)."""
    lines = []
    for name, value in event.items():
        if name != "_body" and not (name == "Content-Length" and "_body" in event):
            lines.append(b"%s: %s\n" % (encode(name), url_encode(joined(value)) or b"_undef_"))
    body = encode(joined(event.get("_body", "")))
    lines.append(b"Content-Length: %d\n\n%s" % (len(body), body) if body else b"\n")
    return b"".join(lines)


def _xml(event: Event) -> bytes:
    """`<event><headers>...` with URL-encoded values, one element for each item of a list (ev:1892)."""
    lines = ["<event>\n  <headers>\n"]
    for name, value in event.items():
        if name != "_body" and not (name == "Content-Length" and "_body" in event):
            for item in value if isinstance(value, list) else (value,):
                lines.append(f"    <{name}>{url_encode(item).decode('ascii')}</{name}>\n")
    lines.append("  </headers>\n")
    body = joined(event.get("_body", ""))
    if body:
        escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
        indent = "  " if body.endswith("\n") else ""
        lines.append(f"  <Content-Length>{len(encode(body))}</Content-Length>\n  <body>{escaped}{indent}</body>\n")
    lines.append("</event>\n")
    return encode("".join(lines))


_BODIES = {"json": _json, "plain": _plain, "xml": _xml}


def _with_length(event: Event) -> Event:
    """The body's length stands before the body, and both at the end (ev:1842)."""
    whole = {name: value for name, value in event.items() if name not in ("_body", "Content-Length")}
    body = event["_body"]
    return whole | {"Content-Length": str(len(encode(joined(body)))), "_body": body}


def joined(value: str | list[str]) -> str:
    """A header that holds a list, as the switch sees it as one text (ev:1142)."""
    if isinstance(value, str):
        return value
    return value[0] if len(value) == 1 else "ARRAY::" + "|:".join(value)


def url_encode(text: str) -> bytes:
    """Everything unsafe as %XX; what looks like %XX already is left alone (switch_utils.c:3494)."""
    raw = encode(text)
    return _ODD.sub(lambda found: _HEX[found[0][0]], raw) if _ODD.search(raw) else raw
