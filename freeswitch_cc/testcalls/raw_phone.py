"""An agent's phone as far as registering goes: REGISTER with a password, again, and with `Expires: 0`.

Where it says that it can be rung is somebody else's address: a robot's. It places no calls and takes none.
"""

import hashlib
import re
import secrets
from contextlib import suppress

from gevent import socket

from freeswitch_cc.errors import SwitchFailed

_AGAIN_S = 0.5
_TRIES = 10
_ASKED = re.compile(r'(\w+)="?([^",]*)"?')


class RawPhone:
    """One registration of one user. rung_at: the user and address that it names, `answer@127.0.0.1:5080`. call_id: the
    same for as long as the phone is not started anew."""

    def __init__(
        self, host: str, port: int, *, user: str, domain: str, password: str, rung_at: str, call_id: str
    ) -> None:
        self._target = (host, port)
        self._user, self._domain, self._password = user, domain, password
        self._rung_at = rung_at
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.settimeout(_AGAIN_S)
        self._call_id = call_id
        self._tag = secrets.token_hex(4)
        self._sequence = 0

    def register(self) -> None:
        """Say where it can be rung; again: the same once more. Raises SwitchFailed with the status of a refusal."""
        self._ask(3600)

    def unregister(self) -> None:
        self._ask(0)

    def close(self) -> None:
        self._socket.close()

    def _ask(self, expires_s: int) -> None:
        status, fields = self._exchange(expires_s, "")
        if status == 401:
            status, fields = self._exchange(expires_s, self._proof(fields.get("www-authenticate", "")))
        if status != 200:
            raise SwitchFailed(f"{self._user}@{self._domain} may not register (status {status or 'none'})")

    def _proof(self, asked: str) -> str:
        """Digest, as every phone has it (RFC 2617)."""
        said = dict(_ASKED.findall(asked))
        realm, nonce, uri, times, own = said["realm"], said["nonce"], f"sip:{self._domain}", "00000001", "0a4f113b"
        secret = _md5(f"{self._user}:{realm}:{self._password}")
        proof = _md5(f"{secret}:{nonce}:{times}:{own}:auth:{_md5(f'REGISTER:{uri}')}")
        return (
            f'Authorization: Digest username="{self._user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
            f'response="{proof}", algorithm=MD5, cnonce="{own}", qop=auth, nc={times}\r\n'
        )

    def _exchange(self, expires_s: int, proof: str) -> tuple[int, dict[str, str]]:
        """One request, sent again until there is an answer: its status, and its header fields."""
        self._sequence += 1
        host, port = self._socket.getsockname()
        text = (
            f"REGISTER sip:{self._domain} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(6)};rport\r\n"
            f"Max-Forwards: 70\r\nCall-ID: {self._call_id}\r\nCSeq: {self._sequence} REGISTER\r\n"
            f"From: <sip:{self._user}@{self._domain}>;tag={self._tag}\r\nTo: <sip:{self._user}@{self._domain}>\r\n"
            f"Contact: <sip:{self._rung_at}>\r\nExpires: {expires_s}\r\n{proof}Content-Length: 0\r\n\r\n"
        )
        for _ in range(_TRIES):
            self._socket.sendto(text.encode("ascii"), self._target)
            with suppress(TimeoutError):
                while True:
                    status, fields = _answer(self._socket.recv(65536))
                    if status >= 200 and fields.get("cseq", "").split()[:1] == [str(self._sequence)]:
                        return status, fields
        raise SwitchFailed(f"{self._target[0]}:{self._target[1]} answers no REGISTER")


def new_call_id() -> str:
    return f"{secrets.token_hex(8)}@phone"


def _answer(data: bytes) -> tuple[int, dict[str, str]]:
    """The status of an answer, 0 of a request; and its header fields."""
    first, *lines = data.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    parts = (line.partition(":") for line in lines)
    fields = {name.strip().lower(): value.strip() for name, _, value in parts}
    return int(first.split()[1]) if first.startswith("SIP/2.0 ") else 0, fields


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
