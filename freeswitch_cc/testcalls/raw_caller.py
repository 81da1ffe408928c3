"""A caller who sends his name byte for byte: the little SIP that it takes to call, wait and hang up.

For names that a robot's dial string cannot carry: quotes, braces, bytes that are no UTF-8. It sends no audio and
has no keys. Whatever the switch asks in the call is answered with 200.
"""

import secrets

import gevent
from gevent import socket
from gevent.event import Event

from freeswitch_cc.errors import SwitchFailed

_ANSWER_S = 10.0
_CANNOT_BE_SENT = str.maketrans("", "", "\r\n\0")


class RawCaller:
    """call() once, then hang_up() or wait for is_up to end."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._audio = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # the switch's audio ends here
        self._audio.bind((host, 0))
        self._here = f"{host}:{self._socket.getsockname()[1]}"
        self.sip_call_id = f"{secrets.token_hex(8)}@raw"
        self._from = b""
        self._to = b""
        self._uri = ""
        self._sequence = 1
        self._status = 0
        self._answered = Event()
        self.is_up = False
        self._reader = gevent.spawn(self._read)

    def call(self, number: str, name: bytes, number_from: str) -> None:
        """Dial, and return when the switch has answered. Raises SwitchFailed with its status."""
        host, port = self._target
        self._uri = f"sip:{number}@{host}:{port}"
        shown = name.decode("latin-1").translate(_CANNOT_BE_SENT).replace("\\", "\\\\").replace('"', '\\"')
        tag = secrets.token_hex(4)
        self._from = f'From: "{shown}" <sip:{number_from}@{self._here}>;tag={tag}'.encode("latin-1")
        self._to = f"To: <{self._uri}>".encode()
        audio = self._audio.getsockname()[1]
        body = (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {audio} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
        ).encode()
        self._send("INVITE", body)
        if not self._answered.wait(timeout=_ANSWER_S) or self._status >= 300:
            raise SwitchFailed(f"{number} was not answered (status {self._status or 'none'})")

    def hang_up(self) -> None:
        """BYE. Harmless when the switch was quicker."""
        if self.is_up:
            self.is_up = False
            self._sequence += 1
            self._send("BYE")

    def close(self) -> None:
        self._reader.kill()
        self._socket.close()
        self._audio.close()

    def _send(self, method: str, body: bytes = b"") -> None:
        head = (
            f"{method} {self._uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self._here};branch=z9hG4bK{secrets.token_hex(6)};rport\r\n"
            f"Max-Forwards: 70\r\nCall-ID: {self.sip_call_id}\r\nCSeq: {self._sequence} {method}\r\n"
            f"Contact: <sip:raw@{self._here}>\r\n"
        ).encode()
        kind = b"Content-Type: application/sdp\r\n" if body else b""
        length = f"Content-Length: {len(body)}\r\n\r\n".encode()
        self._socket.sendto(head + self._from + b"\r\n" + self._to + b"\r\n" + kind + length + body, self._target)

    def _read(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(65536)
            head = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
            if head[0].startswith(b"SIP/2.0 "):
                self._take_answer(int(head[0].split()[1]), head)
            elif not head[0].startswith(b"ACK "):
                kept = [line for line in head[1:] if line.split(b":")[0].lower() in _ECHOED]
                self._socket.sendto(b"\r\n".join([b"SIP/2.0 200 OK", *kept, b"Content-Length: 0", b"", b""]), peer)
                if head[0].startswith(b"BYE "):
                    self.is_up = False

    def _take_answer(self, status: int, head: list[bytes]) -> None:
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in head[1:])}
        if status < 200 or not fields.get(b"cseq", b"").endswith(b"INVITE"):
            return
        self._to = b"To: " + fields[b"to"]
        if status < 300:
            # The switch's own address for this call; an ACK is the answer to every 200, repeated ones too.
            self._uri = fields[b"contact"].partition(b"<")[2].partition(b">")[0].decode("latin-1")
            self.is_up = self.is_up or not self._answered.is_set()
        self._send("ACK")
        self._status = status
        self._answered.set()


_ECHOED = frozenset({b"via", b"from", b"to", b"call-id", b"cseq"})
