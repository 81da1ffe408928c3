"""Random roots of ids, in the order of time: one for each event. No rules."""

import os
import time
from uuid import UUID

_MS = 1_000_000


def new_root() -> UUID:
    """A UUID of version 7 (RFC 9562, 5.7 and 6.2, method 3): milliseconds, 12 bits of their fraction, 62 random bits.

    Of two that one engine draws the later one is the greater one, but within 244 ns, or when its clock was set back.
    """
    ms, rest_ns = divmod(time.time_ns(), _MS)
    high = (ms & (1 << 48) - 1) << 16 | 0x7 << 12 | rest_ns * 4096 // _MS
    low = int.from_bytes(os.urandom(8)) >> 2 | 1 << 63
    return UUID(int=high << 64 | low)
