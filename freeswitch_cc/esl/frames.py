"""Bytes become frames: a header block, a blank line, then as many bytes as Content-Length says.

Pure and hot: no socket, no clock, no decoding of what a frame holds. Lengths are counted in bytes,
before any decoding, because one Latin-1 byte must not shift the frames behind it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_FRAME_BYTES = 16 * 1024 * 1024
"""The switch's own limit for a body is the same (mod_event_socket.c:35-38)."""

_MAX_HEAD_BYTES = 64 * 1024
_FIRST_BYTES = b"Content-"
_EVENT_HEAD = re.compile(rb"Content-Length: (\d{1,9})\nContent-Type: text/event-json\n\n")
_LENGTH = re.compile(r"[0-9]{1,18}")


class FrameBroken(Exception):
    """The peer sent something that is no frame, or one that is too large; the stream cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Anything but a JSON event."""

    content_type: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body of an api reply, or the Reply-Text of a command."""
        if self.content_type == "api/response":
            return self.body.decode("utf-8", "replace")
        return self.headers.get("Reply-Text", "")


class Framer:
    """Cuts a byte stream into frames and hands each one over, in order.

    on_event gets the raw body of a text/event-json frame, on_frame everything else. What they raise
    goes through feed(), and the rest of that chunk is then lost: a Framer that raised is finished.
    """

    __slots__ = ("_held", "_held_bytes", "_is_first", "_max", "_need", "_on_event", "_on_frame")

    def __init__(
        self,
        on_event: Callable[[bytes], None],
        on_frame: Callable[[Frame], None],
        max_frame_bytes: int = MAX_FRAME_BYTES,
    ) -> None:
        self._on_event = on_event
        self._on_frame = on_frame
        self._max = max_frame_bytes
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._need = 0
        self._is_first = True

    @property
    def held_bytes(self) -> int:
        """Bytes of a frame that has not come whole yet."""
        return self._held_bytes

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream. Raises FrameBroken."""
        if self._held:
            self._held.append(chunk)
            self._held_bytes += len(chunk)
            if self._held_bytes < self._need:
                return  # joined once, when whole: a 16 MiB frame must not be copied with every packet
            chunk = b"".join(self._held)
            self._held = []
            self._held_bytes = 0
        position = 0
        size = len(chunk)
        match = _EVENT_HEAD.match
        on_event = self._on_event
        while position < size:
            head = match(chunk, position)
            if head is None:
                stop = self._other(chunk, position)
            else:
                start = head.end()
                length = int(head[1])
                if length > self._max:
                    raise FrameBroken(f"a frame of {length} bytes, {self._max} are allowed")
                stop = start + length
                if stop <= size:
                    on_event(chunk[start:stop])
            if stop > size:
                self._held = [chunk[position:]]
                self._held_bytes = size - position
                self._need = stop - position
                return
            position = stop

    def _other(self, chunk: bytes, position: int) -> int:
        """Hand over a frame that is no plain JSON event; where it ends, beyond the chunk when not whole."""
        if self._is_first and not _FIRST_BYTES.startswith(chunk[position : position + len(_FIRST_BYTES)]):
            raise FrameBroken(f"it begins with {chunk[position : position + 20]!r}")
        end = chunk.find(b"\n\n", position, position + _MAX_HEAD_BYTES)
        if end < 0:
            if len(chunk) - position >= _MAX_HEAD_BYTES:
                raise FrameBroken(f"a header block of more than {_MAX_HEAD_BYTES} bytes")
            return len(chunk) + 1
        headers = _headers(chunk[position:end])
        length_text = headers.get("Content-Length", "0")
        if not _LENGTH.fullmatch(length_text):
            raise FrameBroken(f"Content-Length is {length_text[:40]!r}")
        length = int(length_text)
        if length > self._max:
            raise FrameBroken(f"a frame of {length} bytes, {self._max} are allowed")
        start = end + 2
        stop = start + length
        if stop > len(chunk):
            return stop
        self._is_first = False
        content_type = headers.get("Content-Type", "")
        if not content_type:
            raise FrameBroken("a frame without Content-Type")
        body = chunk[start:stop]
        if content_type == "text/event-json":
            self._on_event(body)
        else:
            self._on_frame(Frame(content_type, headers, body))
        return stop


def _headers(block: bytes) -> dict[str, str]:
    """Split into lines first and at the first `: ` then: no value can become a header of its own."""
    headers: dict[str, str] = {}
    for line in block.split(b"\n"):
        name, colon, value = line.partition(b":")
        if not colon or not name:
            raise FrameBroken(f"a header line without a name: {line[:40]!r}")
        headers.setdefault(name.decode("utf-8", "replace"), value.strip().decode("utf-8", "replace"))
    return headers
