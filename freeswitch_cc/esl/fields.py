"""Single values out of what the switch sent: ids, instants, numbers, text from outside. Pure.

Every value is checked or cleaned here before it becomes part of a fact. No events and no dumps.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

MAX_TEXT = 256
"""Characters of a text from outside (a caller's name, a number, a Refer-To) that are kept."""

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_LEG_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UNWANTED = frozenset({"Cc", "Cs", "Zl", "Zp"})

_Said = TypeVar("_Said", bound=msgspec.Struct)


class Unreadable(Exception):
    """A value is missing or is not what it must be; the text says which."""


def decoder_of(shape: type[_Said]) -> Callable[[bytes], _Said]:
    """A decoder of the fields of `shape` (all of them str) that takes what a careless SIP stack sends.

    Fast and strict first; only a frame that fails is read again loosely: bytes that are no UTF-8 become
    U+FFFD (docs/measured.md E15), raw control characters are let through, of a list the first value counts (a
    display name `ARRAY::a|:b` arrives as one, switch_event.c:1100). Raises Unreadable.
    """
    strict = msgspec.json.Decoder(shape).decode
    names = [(one.name, one.encode_name) for one in msgspec.structs.fields(shape)]

    def decode(raw: bytes) -> _Said:
        try:
            return strict(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return shape(**_loosely(raw, names))

    return decode


def _loosely(raw: bytes, names: list[tuple[str, str]]) -> dict[str, str]:
    try:
        said = json.loads(raw.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        raise Unreadable("it is no JSON") from None
    if not isinstance(said, dict):
        raise Unreadable("it is no JSON object")
    values: dict[str, str] = {}
    for name, encoded in names:
        value = said.get(encoded)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str):
            values[name] = value
    return values


def uuid_or_none(text: str) -> str | None:
    """A canonical UUID in lower case, or None."""
    return text.lower() if _UUID.fullmatch(text) else None


def lower_uuid(text: str, name: str) -> str:
    """A canonical UUID in lower case. Raises Unreadable with the name of the field."""
    if not _UUID.fullmatch(text):
        raise Unreadable(f"{name} is no UUID")
    return text.lower()


def leg_id(text: str) -> str:
    """A channel's id as it came; capitals are refused, because the switch would not know it in lower case."""
    if not _LEG_UUID.fullmatch(text):
        raise Unreadable("a leg's id is no UUID")
    return text


def instant(text: str) -> datetime:
    """Event-Date-Timestamp (microseconds since 1970) as UTC. Raises Unreadable."""
    if not text.isdecimal() or len(text) > 18:
        raise Unreadable("Event-Date-Timestamp is no instant")
    try:
        return datetime.fromtimestamp(int(text) / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable("Event-Date-Timestamp is no instant") from None


def number(text: str) -> int:
    """A whole number of at most 18 digits, or 0."""
    return int(text) if text.isdecimal() and len(text) <= 18 else 0


def clean(text: str) -> str:
    """Text from outside that a database takes and a terminal survives: no control characters, no NUL, no
    lone surrogates, no line separators, at most MAX_TEXT characters."""
    if len(text) <= MAX_TEXT and text.isprintable():
        return text
    kept = "".join(sign for sign in text[: 4 * MAX_TEXT] if unicodedata.category(sign) not in _UNWANTED)
    return kept[:MAX_TEXT]
