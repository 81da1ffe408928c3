"""What a verdict is made of: faults, and spans of time. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[int, int]
"""From when to when, in microseconds."""


@dataclass(slots=True)
class Fault:
    """One thing that must not be. calls: whose story explains it."""

    kind: str
    sentence: str
    calls: tuple[str, ...] = ()


def without(span: Span, others: Iterable[Span]) -> list[Span]:
    """What is left of a span."""
    left = [span]
    for begin, end in others:
        cut = [((a, min(b, begin)), (max(a, end), b)) for a, b in left]
        left = [piece for pair in cut for piece in pair if piece[0] < piece[1]]
    return left
