"""Durations as people write them: `30s`, `2m`, `1500ms`, `1h`; in milliseconds for everybody else. Pure text."""

import re

_SHAPE = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?(ms|s|m|h)")
_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}

LONGEST_MS = 86_400_000


def parse(text: str) -> int:
    """Milliseconds, from 1 to a day. Raises ValueError with a sentence that says what would be right."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no duration: write it as 30s, 1.5m, 1500ms or 1h")
    whole, part, unit = found.groups()
    thousandths = int(whole) * 1_000 + int((part or "0").ljust(3, "0"))
    milliseconds, rest = divmod(thousandths * _UNITS[unit], 1_000)
    if rest:
        raise ValueError(f"{text!r} is no whole number of milliseconds")
    if not 0 < milliseconds <= LONGEST_MS:
        raise ValueError(f"{text!r} is out of range: it must be longer than nothing and no longer than 24h")
    return milliseconds


def spell(milliseconds: int) -> str:
    """So that parse() reads it again: `2m`, `90s`, `12.345s`, `300ms`."""
    for unit in ("h", "m"):
        if milliseconds and milliseconds % _UNITS[unit] == 0:
            return f"{milliseconds // _UNITS[unit]}{unit}"
    if milliseconds < 1_000:
        return f"{milliseconds}ms"
    seconds, part = divmod(milliseconds, 1_000)
    return f"{seconds}.{part:03}".rstrip("0").rstrip(".") + "s"


def spoken(milliseconds: int) -> str:
    """`42 s`, `2 min`, `1 h 5 min`: as exact as people want it."""
    seconds = milliseconds // 1000
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def spoken_up(milliseconds: int) -> str:
    """Of what is to come: never `0 s`."""
    return spoken(-(-milliseconds // 1000) * 1000)
